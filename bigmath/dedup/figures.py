"""Letters that only a figure explains: renamed, they point at something else."""

import numpy as np

from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import Bytes, Places, Values
from bigmath.dedup.vocabulary import LETTER, WORD, hashed

_POINTS_AT_FIGURE = tuple(np.uint64(hashed(word)) for word in "figure diagram picture shown pictured".split())


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
