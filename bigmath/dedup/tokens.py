"""What a statement is read into: columns of tokens, the marks of a token, and a statement that was read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.vocabulary import FORENAME, KNOWN, ORIGIN, PROTECTED

Bytes = NDArray[np.uint8]
Values = NDArray[np.uint64]
Places = NDArray[np.int32]
Known = NDArray[np.uint32]

CAPITAL, SENTENCE, GLUED, ITEM, ANCHORED, BREAK, SPELT, LINE = 1, 2, 4, 8, 16, 32, 64, 128
"""Marks of a token: begins with a capital; first of a sentence; no space before it; a list label (`3.`, `b)`); a letter
that names an axis or a shape (`x-axis`, `n-gon`); after a colon or dash; a number in words; first of a line.
Sentences, colons and lines matter to `bigmath.dedup.framing` only: no token depends on where lines break."""


class Tokens(NamedTuple):
    """Columns of equal length, a token each."""

    kinds: Bytes
    values: Values
    """A hash without case: equal for tokens that say the same."""
    starts: Places
    stops: Places
    """The bytes it was read from."""
    marks: Bytes
    known: Known
    """Flags of `bigmath.dedup.vocabulary`."""


class Statement(NamedTuple):
    """A text that was read and found to be a problem from token `first` to the one before `last`."""

    text: Bytes
    tokens: Tokens
    first: int
    last: int
    label: np.uint64
    """A hash of what numbers it (`bigmath.dedup.framing.frame`)."""
    figure: np.uint64
    """A hash of the numbers in its figure, 0 without one."""


@compiled
def room_for(size: int) -> Tokens:
    """Columns for so many tokens, of which only what is filled is ever touched."""
    return Tokens(
        np.empty(size, np.uint8), np.empty(size, np.uint64), np.empty(size, np.int32), np.empty(size, np.int32),
        np.empty(size, np.uint8), np.empty(size, np.uint32),
    )  # fmt: skip


@compiled
def part(tokens: Tokens, start: int, stop: int) -> Tokens:
    """The tokens from `start` to the one before `stop`, not copied."""
    return Tokens(
        tokens.kinds[start:stop], tokens.values[start:stop], tokens.starts[start:stop], tokens.stops[start:stop],
        tokens.marks[start:stop], tokens.known[start:stop],
    )  # fmt: skip


@inlined
def put(
    tokens: Tokens, at: int, kind: int, value: np.uint64, start: int, stop: int, mark: int, known: np.uint32
) -> int:
    """Fills one place; returns the next."""
    tokens.kinds[at], tokens.values[at], tokens.starts[at], tokens.stops[at] = kind, value, start, stop
    tokens.marks[at], tokens.known[at] = mark, known
    return at + 1


@inlined
def may_be_name(known: int) -> bool:
    """Whether a word with these flags is a person where it is capitalised: none of the language of problems."""
    return not known & PROTECTED and (not known & (KNOWN | ORIGIN) or known & FORENAME != 0)
