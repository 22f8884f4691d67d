"""From texts to what they are compared by: exact key, hash of the numbers, band keys of a MinHash signature.

`signed` is the pure function of a batch that every engine calls. What is shingled is not the text but its skeleton:
content words and operators, with every number, letter and unknown word (a name, a slip of the keyboard) taken for any
other, and light words left out. Copies meet whatever was renamed or misspelt, and so do the variants of a template,
which the
guard tells apart. MinHash is Broder's (1997) with multiply-shift hashing, 20 bands of 4 rows: texts meet with
probability 0.73
at Jaccard similarity 0.5, 0.94 at 0.6, 0.996 at 0.7.
"""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.framing import frame
from bigmath.dedup.reading import Bytes, Known, Places, Values, read
from bigmath.dedup.vocabulary import (
    DOTS,
    FUNCTION,
    KNOWN,
    LETTER,
    LIGHT,
    NUMBER,
    SYMBOL,
    UNICODE,
    WORD,
    table,
)  # fmt: skip

BANDS, ROWS = 20, 4
SEED = 1
LONGEST = 20_000
"""Bytes of a text that are read for comparison; all of it counts for the exact key."""
SHINGLES = 2_000
"""Shingles of a text that are compared."""

Hashes = NDArray[np.uint32]
_U = np.uint64
_GOLDEN, _FIRST, _SECOND = _U(0x9E3779B97F4A7C15), _U(0xBF58476D1CE4E5B9), _U(0x94D049BB133111EB)
_STEP = _U(0x100000001B3)


def plain_bytes(texts: pl.Series) -> tuple[Bytes, NDArray[np.int64]]:
    """The texts end to end as bytes, and where each begins (one more for the end); null is empty. Characters that
    LaTeX can
    spell are spelt so, and other compatibility characters as NFKC has them."""
    filled = texts.fill_null("").rechunk()
    foreign = filled.str.len_bytes() != filled.str.len_chars()
    if foreign.any():
        spelled = filled.filter(foreign).str.replace_many(UNICODE, leftmost=True).str.normalize("NFKC")
        filled = filled.scatter(foreign.arg_true(), spelled).rechunk()
    arrow = filled.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = arrow.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(content, dtype=np.uint8) if content is not None else np.zeros(0, dtype=np.uint8)
    return data, ends


def signed(texts: pl.Series) -> tuple[Values, Values, Hashes, Hashes]:
    """For each text: exact key, hash of its numbers and operators, one minimum (a rough order of likeness) and
    `BANDS` rows of
    band keys. Key 0: no text."""
    data, ends = plain_bytes(texts)
    return signed_bytes(data, ends)


def signed_bytes(data: Bytes, ends: NDArray[np.int64]) -> tuple[Values, Values, Hashes, Hashes]:
    """`signed` of what `plain_bytes` gives."""
    count = len(ends) - 1
    exact, numbers = np.zeros(count, dtype=np.uint64), np.zeros(count, dtype=np.uint64)
    nearest, bands = np.zeros(count, dtype=np.uint32), np.zeros((BANDS, count), dtype=np.uint32)
    if count:
        _sign(data, ends, *table(), *permutations(), *columns(int(np.diff(ends).max())), exact, numbers, nearest, bands)
    return exact, numbers, nearest, bands


def columns(longest: int) -> tuple[Bytes, Values, Places, Places, Bytes, Known]:
    """Room for the tokens of a text of so many bytes."""
    size = longest + 4
    return (
        np.zeros(size, np.uint8), np.zeros(size, np.uint64), np.zeros(size, np.int32), np.zeros(size, np.int32),
        np.zeros(size, np.uint8), np.zeros(size, np.uint32),
    )  # fmt: skip


@cache
def permutations() -> tuple[Hashes, Hashes]:
    """Factors and terms of the `BANDS * ROWS` permutations."""
    generator = np.random.default_rng(SEED)
    size = BANDS * ROWS
    return (
        generator.integers(0, 1 << 31, size, dtype=np.uint32) * np.uint32(2) + np.uint32(1),
        generator.integers(0, 1 << 32, size, dtype=np.uint32),
    )


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """A 64-bit finaliser (Steele, Lea and Flood's splitmix): every input bit reaches every output bit."""
    value = value + _GOLDEN
    value = (value ^ (value >> _U(30))) * _FIRST
    value = (value ^ (value >> _U(27))) * _SECOND
    return value ^ (value >> _U(31))


@compiled
def counts_in_order(kind: int, value: np.uint64) -> bool:
    """Whether a token is a number, an operator, a relation or a function: what must agree in order."""
    if kind == SYMBOL:
        return not (
            value == _U(40)
            or value == _U(41)
            or value == _U(91)
            or value == _U(93)
            or value == _U(95)
            or _U(135) <= value <= _U(136)
            or value == _U(DOTS)
        )
    return kind == NUMBER or kind == FUNCTION


@compiled
def in_order(first: int, last: int, kinds: Bytes, values: Values) -> np.uint64:
    """A hash of the numbers, operators, relations and functions in order."""
    value = _U(0)
    for at in range(first, last):
        if counts_in_order(kinds[at], values[at]):
            value = mixed(value ^ values[at])
    return value


@compiled
def shingled(first: int, last: int, kinds: Bytes, values: Values, known: Known, out: Hashes) -> int:
    """Fills `out` with the hashes of the skeleton's windows of two; returns how many."""
    count = 0
    before = _U(0)
    length = 0
    for at in range(first, last):
        kind = kinds[at]
        if kind == WORD:
            if not known[at] & KNOWN or known[at] & LIGHT:
                continue
            item = values[at]
        elif kind == NUMBER:
            item = _U(1)
        elif kind == LETTER:
            item = _U(2)
        elif kind == FUNCTION or counts_in_order(kind, values[at]):
            item = values[at]
        else:
            continue
        length += 1
        if length >= 2:
            window = mixed(mixed(before) ^ item)
            out[count] = np.uint32(window >> _U(32))
            count += 1
            if count == len(out):
                return count
        before = item
    if count == 0:
        out[0] = np.uint32(mixed(before + _U(7)) >> _U(32))
        count = 1
    return count


@compiled
def _sign(
    data: Bytes, ends: NDArray[np.int64], keys: Values, targets: Values, flags: Known, factors: Hashes, terms: Hashes,
    kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known,
    exact: Values, numbers: Values, nearest: Hashes, bands: Hashes,
) -> None:  # fmt: skip
    shingles = np.zeros(SHINGLES, np.uint32)
    size = BANDS * ROWS
    minima = np.zeros(size, np.uint32)
    for row in range(len(ends) - 1):
        begin, end = ends[row], ends[row + 1]
        n, figure = read(
            data[begin:end], 0, end - begin, keys, targets, flags, kinds, values, starts, stops, marks, known
        )
        if n == 0:
            continue
        first, last, label = frame(data[begin:end], n, kinds, values, starts, stops, marks, known)
        all_of_it = mixed(figure ^ mixed(label))
        for at in range(first, last):
            all_of_it = (all_of_it ^ (values[at] + _U(kinds[at] == NUMBER))) * _STEP
            all_of_it ^= all_of_it >> _U(29)
        exact[row] = mixed(all_of_it) | _U(1)
        numbers[row] = in_order(first, last, kinds, values)
        count = shingled(first, last, kinds, values, known, shingles)
        minima[:] = np.uint32(0xFFFFFFFF)
        for at in range(count):
            window = shingles[at]
            for place in range(size):
                value = np.uint32(window * factors[place] + terms[place])
                value ^= value >> np.uint32(15)
                minima[place] = min(minima[place], value)
        nearest[row] = minima[0]
        for band in range(BANDS):
            key = _U(0)
            for place in range(band * ROWS, band * ROWS + ROWS):
                key = mixed(key ^ _U(minima[place]))
            bands[band, row] = np.uint32(key >> _U(32))
