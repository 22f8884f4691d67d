"""The last step of reading: deleted tokens are left out, and what can be written in two orders gets one."""

import numpy as np

from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import BREAK, LINE, SENTENCE, Bytes, Known, Places, Values
from bigmath.dedup.vocabulary import (
    COMMAND_SEED,
    FUNCTION,
    LETTER,
    MONEY,
    NUMBER,
    NUMBER_SEED,
    SYMBOL,
    UNIT,
    WORD,
    hashed,
)

_U = np.uint64
_FRAC = _U(hashed("frac", COMMAND_SEED))
_SQUARE, _SQ, _CUBIC = (_U(hashed(name)) for name in ("square", "sq", "cubic"))
_TWO, _THREE = (_U(hashed(name, NUMBER_SEED)) for name in ("2", "3"))


@compiled
def swap(
    a: int, b: int, kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known
) -> None:
    kinds[a], kinds[b] = kinds[b], kinds[a]
    values[a], values[b] = values[b], values[a]
    starts[a], starts[b] = starts[b], starts[a]
    stops[a], stops[b] = stops[b], stops[a]
    known[a], known[b] = known[b], known[a]
    edge = SENTENCE | BREAK | LINE
    marks[a], marks[b] = (marks[b] & ~edge) | (marks[a] & edge), marks[a] & ~edge


@compiled
def tidied(n: int, kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known) -> int:
    r"""Leaves out deleted tokens and gives one order to what has two: `\$5` and "5 dollars"; "square cm" and `cm^2`;
    `\frac{1}{2}` and `1/2` where both are single atoms."""
    m = 0
    left = 0
    for at in range(n):
        if kinds[at] == 0:
            left |= marks[at] & (SENTENCE | BREAK | LINE)
            continue
        if m != at:
            kinds[m], values[m], starts[m], stops[m] = kinds[at], values[at], starts[at], stops[at]
            marks[m], known[m] = marks[at], known[at]
        marks[m] |= left
        left = 0
        m += 1
    at = 0
    while at < m:
        if kinds[at] == SYMBOL and values[at] == _U(MONEY) and at + 1 < m and kinds[at + 1] == NUMBER:
            swap(at, at + 1, kinds, values, starts, stops, marks, known)
            at += 1
        elif kinds[at] == FUNCTION and values[at] == _FRAC and at + 2 < m:
            first, second = kinds[at + 1], kinds[at + 2]
            if (first == NUMBER or first == LETTER) and (second == NUMBER or second == LETTER):
                swap(at, at + 1, kinds, values, starts, stops, marks, known)
                kinds[at + 1], values[at + 1] = SYMBOL, _U(47)
                at += 2
        elif kinds[at] == WORD and at + 1 < m and kinds[at + 1] == WORD and known[at + 1] & UNIT:
            if values[at] == _SQUARE or values[at] == _SQ or values[at] == _CUBIC:
                power = _THREE if values[at] == _CUBIC else _TWO
                # square cm -> cm ^ 2 needs a third token: the hat is left to the number's mark
                kinds[at], values[at], known[at] = kinds[at + 1], values[at + 1], known[at + 1]
                kinds[at + 1], values[at + 1], known[at + 1] = NUMBER, power, 0
                at += 1
        elif (
            kinds[at] == WORD
            and known[at] & UNIT
            and at + 2 < m
            and kinds[at + 1] == SYMBOL
            and values[at + 1] == _U(94)
        ):
            kinds[at + 1] = 0  # cm ^ 2 -> cm 2, as above
            at += 2
        at += 1
    if m > 0:
        count = 0
        for at in range(m):
            if kinds[at] != 0:
                if count != at:
                    kinds[count], values[count], starts[count] = kinds[at], values[at], starts[at]
                    stops[count], marks[count], known[count] = stops[at], marks[at], known[at]
                count += 1
        m = count
    return m
