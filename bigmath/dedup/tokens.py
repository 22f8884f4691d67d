"""What a statement is read into: columns of tokens, and the marks of a token.

Tokens are columns of equal length: `kinds` and `known` (flags of `vocabulary`), `values` (a hash without case),
`starts` and `stops` (the bytes it was read from), `marks` (below).
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.vocabulary import FORENAME, KNOWN, ORIGIN, PROTECTED

Bytes = NDArray[np.uint8]
Values = NDArray[np.uint64]
Places = NDArray[np.int32]
Known = NDArray[np.uint32]

CAPITAL, SENTENCE, GLUED, ITEM, ANCHORED, BREAK, SPELT, LINE = 1, 2, 4, 8, 16, 32, 64, 128
"""Marks of a token: begins with a capital; first of a sentence; no space before it; a list label (`3.`, `b)`); a letter
that names an axis or a shape (`x-axis`, `n-gon`); after a colon or dash; a number in words; first of a line.
Sentences, colons and lines matter to `bigmath.dedup.framing` only: no token depends on where lines break."""


@compiled
def may_be_name(known: int) -> bool:
    """Whether a word with these flags is a person where it is capitalised: none of the language of problems."""
    return not known & PROTECTED and (not known & (KNOWN | ORIGIN) or known & FORENAME != 0)
