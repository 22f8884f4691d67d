"""Puzzle questions drawn by seed: solvable, all different, and the same on any machine."""

import random

from bigmath.search.protocol import Question, State
from bigmath.search.puzzles.arithmetic import COUNTDOWN, GAME24, Arithmetic, question
from bigmath.search.puzzles.maze import make as make_maze
from bigmath.search.puzzles.maze import question as maze_question


def countdown(
    count: int, seed: int, *, numbers: int = 4, highest: int = 20, targets: tuple[int, int] = (10, 100)
) -> list[Question]:
    """Countdown questions that can be solved. Stream of search has 4 numbers and targets 10 to 100."""
    environment, dice, found = Arithmetic(COUNTDOWN), random.Random(seed), dict[str, Question]()
    while len(found) < count:
        drawn = sorted(dice.randint(1, highest) for _ in range(numbers))
        target = dice.randint(*targets)
        name = f"countdown-{'-'.join(map(str, drawn))}-to-{target}"
        asked = question(name, drawn, target)
        if name not in found and environment.solvable(State(asked)):
            found[name] = asked
    return list(found.values())


def game24(count: int, seed: int) -> list[Question]:
    """Games of 24 with four cards 1 to 13 that can be solved."""
    environment, dice, found = Arithmetic(GAME24), random.Random(seed), dict[str, Question]()
    while len(found) < count:
        drawn = sorted(dice.randint(1, 13) for _ in range(4))
        name = f"game24-{'-'.join(map(str, drawn))}"
        asked = question(name, drawn, 24)
        if name not in found and environment.solvable(State(asked)):
            found[name] = asked
    return list(found.values())


def mazes(count: int, seed: int, *, size: int = 8) -> list[Question]:
    """Solvable mazes of this width and height."""
    return [
        maze_question(f"maze-{size}-{seed}-{number}", make_maze(1000 * seed + number, size)) for number in range(count)
    ]
