"""What stands beside the statement proper and may change without changing it: a list of choices; and what may not: a
letter that only a figure explains.

The same contest problem is printed with choices, with the choices in another order, and without them. Another
*content* of a choice is left to the guard, as it may have been changed on purpose.
"""

import numpy as np

from bigmath.dedup.compiled import compiled
from bigmath.dedup.reading import CAPITAL, ITEM, Bytes, Places, Values
from bigmath.dedup.vocabulary import LETTER, SYMBOL, WORD, WORD_SEED, hashed

FEWEST = 3
"""Choices that make a list."""
SHORTEST_STEM = 8
"""Tokens of the shortest statement that is taken for a whole question without its choices."""

_U = np.uint64
_A = _U(hashed("a"))
_PRIME = _U(0x100000001B3)
_SEED = _U(WORD_SEED)
_OPEN, _CLOSE = _U(40), _U(41)
_LABELS = tuple(_U(hashed(letter)) for letter in "abcdefgh")
_NEEDS_CHOICES = tuple(
    _U(hashed(word))
    for word in """which following these those choose choice choices option options correct incorrect true false
    statement statements except above below best closest nearest approximately none""".split()
)
"""Words of a stem that may ask for one of the choices: without them it would be another question."""
_POINTS_AT_FIGURE = tuple(_U(hashed(word)) for word in "figure diagram picture shown pictured".split())


@compiled
def choices_begin(first: int, last: int, kinds: Bytes, values: Values, marks: Bytes) -> int:
    """The first token of the list of choices that ends a statement, its bracket included; `last` if there is none."""
    begin, known = last, 0
    for at in range(first, last):
        if kinds[at] != LETTER or not marks[at] & ITEM or not marks[at] & CAPITAL:
            continue
        if values[at] == _A:
            begin, known = at, 1
        elif 0 < known < len(_LABELS) and values[at] == _LABELS[known]:
            known += 1
    if known < FEWEST:
        return last
    return begin - 1 if begin > first and kinds[begin - 1] == SYMBOL and values[begin - 1] == _OPEN else begin


@compiled
def choices_hash(begin: int, last: int, kinds: Bytes, values: Values, marks: Bytes) -> tuple[np.uint64, bool]:
    """A hash of what the choices hold, whatever their order and labels, and whether letters or names are among it."""
    total, one = _U(0), _U(0)
    named = False
    at = begin
    while at < last:
        label = kinds[at] == LETTER and marks[at] & ITEM != 0 and marks[at] & CAPITAL != 0
        ahead = (
            kinds[at] == SYMBOL and values[at] == _OPEN and at + 1 < last
            and kinds[at + 1] == LETTER and marks[at + 1] & ITEM != 0
        )  # fmt: skip
        if label:
            total += one * one
            one = _SEED
            if at + 1 < last and kinds[at + 1] == SYMBOL and values[at + 1] == _CLOSE:
                at += 1
        elif not ahead:
            one = (one ^ values[at] ^ (_U(kinds[at]) << _U(56))) * _PRIME
            named = named or kinds[at] == LETTER or (kinds[at] == WORD and marks[at] & CAPITAL != 0)
        at += 1
    return total + one * one, named


@compiled
def is_whole(first: int, stop: int, kinds: Bytes, values: Values) -> bool:
    """Whether a statement asks something that needs no choices."""
    if stop - first < SHORTEST_STEM:
        return False
    for at in range(first, stop):
        if kinds[at] == WORD:
            for word in _NEEDS_CHOICES:
                if values[at] == word:
                    return False
    return True


@compiled
def points_at_figure(first: int, stop: int, kinds: Bytes, values: Values) -> bool:
    """Whether a statement speaks of a figure."""
    for at in range(first, stop):
        if kinds[at] == WORD:
            for word in _POINTS_AT_FIGURE:
                if values[at] == word:
                    return True
    return False


@compiled
def renames(pairs: Places, count: int, values: Values, values2: Values) -> bool:
    """Whether an aligned letter or name differs."""
    for step in range(count):  # noqa: SIM110 # compiled: no generators
        if values[pairs[step] >> 32] != values2[pairs[step] & 0xFFFFFFFF]:
            return True
    return False


@compiled
def renames_a_mark(
    pairs: Places, count: int, kinds: Bytes, values: Values, kinds2: Bytes, values2: Values
) -> bool:  # fmt: skip
    """Whether a letter that stands only once differs: beside a figure it is a mark there ("the face marked x")."""
    for step in range(count):
        a, b = pairs[step] >> 32, pairs[step] & 0xFFFFFFFF
        if kinds[a] != LETTER or kinds2[b] != LETTER or values[a] == values2[b]:
            continue
        times = 0
        for again in range(count):
            times += kinds[pairs[again] >> 32] == LETTER and values[pairs[again] >> 32] == values[a]
        if times == 1:
            return True
    return False
