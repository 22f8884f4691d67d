"""Letters that only a figure explains: renamed, they point at something else."""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import Statement, Tokens
from bigmath.dedup.vocabulary import LETTER, WORD, hashed

_POINTS_AT_FIGURE = tuple(np.uint64(hashed(word)) for word in "figure diagram picture shown pictured".split())


@compiled
def points_at_figure(one: Statement) -> bool:
    """Whether a statement speaks of a figure."""
    for at in range(one.first, one.last):
        if one.tokens.kinds[at] == WORD:
            for word in _POINTS_AT_FIGURE:
                if one.tokens.values[at] == word:
                    return True
    return False


@compiled
def renames_a_mark(one: Tokens, other: Tokens, pairs: NDArray[np.int64], count: int) -> bool:
    """Whether a letter that stands only once differs: beside a figure it is a mark there ("the face marked x")."""
    kinds, values, kinds2, values2 = one.kinds, one.values, other.kinds, other.values
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
