"""Puzzles whose values are known exactly, so that every claim about search can be checked on a laptop.

`arithmetic.py` plays Countdown and Game of 24 (numbers joined two at a time until the target is left); `judge.py`
replays a solution from its text alone and shares no code with it. `maze.py` is Searchformer's maze with A*.
"""
