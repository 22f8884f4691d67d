"""The last step of reading: deleted tokens are left out, and what can be written in two orders gets one."""

import numpy as np

from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.tokens import BREAK, LINE, SENTENCE, Tokens, put
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


@inlined
def swap(a: int, b: int, tokens: Tokens) -> None:
    """Exchanges two tokens; what stands at the edge of a sentence or a line stays there."""
    kinds, values, starts, stops, marks, known = tokens
    kinds[a], kinds[b] = kinds[b], kinds[a]
    values[a], values[b] = values[b], values[a]
    starts[a], starts[b] = starts[b], starts[a]
    stops[a], stops[b] = stops[b], stops[a]
    known[a], known[b] = known[b], known[a]
    edge = SENTENCE | BREAK | LINE
    marks[a], marks[b] = (marks[b] & ~edge) | (marks[a] & edge), marks[a] & ~edge


@inlined
def packed(n: int, tokens: Tokens, edges: int) -> int:
    """Leaves deleted tokens out; returns how many stay. The next one takes over of their marks what is in `edges`."""
    count = left = 0
    for at in range(n):
        mark = tokens.marks[at]
        if tokens.kinds[at] == 0:
            left |= mark & edges
            continue
        count = put(
            tokens, count, tokens.kinds[at], tokens.values[at], tokens.starts[at], tokens.stops[at], mark | left,
            tokens.known[at],
        )  # fmt: skip
        left = 0
    return count


@compiled
def tidied(n: int, tokens: Tokens) -> int:
    r"""Leaves out deleted tokens and gives one order to what has two: `\$5` and "5 dollars"; "square cm" and `cm^2`;
    `\frac{1}{2}` and `1/2` where both are single atoms."""
    kinds, values, known = tokens.kinds, tokens.values, tokens.known
    m = packed(n, tokens, SENTENCE | BREAK | LINE)
    at = 0
    while at < m:
        if kinds[at] == SYMBOL and values[at] == _U(MONEY) and at + 1 < m and kinds[at + 1] == NUMBER:
            swap(at, at + 1, tokens)
            at += 1
        elif kinds[at] == FUNCTION and values[at] == _FRAC and at + 2 < m:
            first, second = kinds[at + 1], kinds[at + 2]
            if (first == NUMBER or first == LETTER) and (second == NUMBER or second == LETTER):
                swap(at, at + 1, tokens)
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
    return packed(m, tokens, 0)
