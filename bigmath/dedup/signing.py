"""From texts to what they are compared by: exact key, hash of the numbers, band keys of a MinHash signature.

`signed` is the pure function of a batch that every engine calls. What is shingled is not the text but its skeleton:
content words and operators, with every number, letter and unknown word (a name, a slip of the keyboard) taken for any
other, and light words left out. Copies meet whatever was renamed or misspelt, and so do the variants of a template,
which the
guard tells apart. MinHash is Broder's (1997) with multiply-shift hashing, 20 bands of 4 rows: texts meet with
probability 0.73
at Jaccard similarity 0.5, 0.94 at 0.6, 0.996 at 0.7.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.framing import frame
from bigmath.dedup.reading import read
from bigmath.dedup.tokens import SENTENCE, SPELT, Bytes, Tokens, Values, may_be_name, room_for
from bigmath.dedup.vocabulary import (
    DEGREE,
    DOTS,
    FUNCTION,
    KNOWN,
    LETTER,
    LIGHT,
    MISSPELT,
    MONEY,
    NUMBER,
    PERCENT,
    SYMBOL,
    UNICODE,
    WORD,
    Words,
    table,
)  # fmt: skip

BANDS, ROWS = 20, 4
SEED = 1
SHINGLES = 2_000
"""Shingles of a text that are compared."""
COUNTERS = 64
"""Sorts of tokens that are counted."""
SPARE = 4
"""Tokens that a reader may need beyond one for each byte."""
CONTENT = 4
"""Known words that a skeleton must have before its texts are one family without being compared."""

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


@dataclass(frozen=True)
class Signs:
    """What texts are compared by, a row each; all 0 where a text has no token."""

    exact: Values
    """All tokens, in order."""
    core: Values
    """All but light words, whatever the order of sentences."""
    template: Values
    """The skeleton in order; 0 where it says too little."""
    numbers: Values
    """Numbers, operators, relations and functions in order."""
    digits: Values
    """Of these what is written in digits and signs."""
    nearest: Hashes
    """One minimum: a rough order of likeness."""
    bands: Hashes
    """Of each text a row of keys, one for each of `BANDS` bands."""
    bags: Bytes
    """Of each text a row of `COUNTERS`: how many tokens of which sort it has."""


def signed(texts: pl.Series) -> Signs:
    """The signs of texts."""
    data, ends = plain_bytes(texts)
    count = len(ends) - 1
    exact, core, template, numbers, digits = (np.zeros(count, dtype=np.uint64) for _ in range(5))
    nearest, bands = np.zeros(count, dtype=np.uint32), np.zeros((count, BANDS), dtype=np.uint32)
    signs = Signs(exact, core, template, numbers, digits, nearest, bands, np.zeros((count, COUNTERS), np.uint8))
    if count:
        _sign(data, ends, table(), *permutations(), int(np.diff(ends).max()), *vars(signs).values())
    return signs


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
def in_order(first: int, last: int, tokens: Tokens) -> np.uint64:
    """A hash of the numbers, operators, relations and functions in order."""
    kinds, values = tokens.kinds, tokens.values
    value = _U(0)
    for at in range(first, last):
        if counts_in_order(kinds[at], values[at]):
            value = mixed(value ^ values[at])
    return value


@compiled
def shingled(first: int, last: int, tokens: Tokens, out: Hashes) -> int:
    """Fills `out` with the hashes of the skeleton's windows of two; returns how many."""
    kinds, values, known = tokens.kinds, tokens.values, tokens.known
    count = 0
    before = _U(0)
    length = 0
    for at in range(first, last):
        kind = kinds[at]
        if kind == WORD:
            if not known[at] & (KNOWN | MISSPELT) or known[at] & LIGHT:
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
def digits_in_order(first: int, last: int, tokens: Tokens) -> np.uint64:
    """The same of numbers in digits and of signs that are not also written in words, which no slip of the keyboard in a
    word touches."""
    kinds, values, marks = tokens.kinds, tokens.values, tokens.marks
    value = _U(0)
    for at in range(first, last):
        if kinds[at] == NUMBER and not marks[at] & SPELT:
            value = mixed(value ^ values[at])
        elif kinds[at] == SYMBOL and counts_in_order(kinds[at], values[at]):
            if values[at] != _U(MONEY) and values[at] != _U(PERCENT) and values[at] != _U(DEGREE):
                value = mixed(value ^ values[at])
    return value


@compiled
def templated(first: int, last: int, tokens: Tokens) -> np.uint64:
    """A hash of the skeleton in order: texts that share it differ in numbers, letters, names and light words only. 0
    for one with few known words, as in another language."""
    kinds, values, known = tokens.kinds, tokens.values, tokens.known
    value = _U(0)
    words = unknown = 0
    for at in range(first, last):
        kind = kinds[at]
        if kind == WORD:
            if not known[at] & (KNOWN | MISSPELT):
                unknown += 1
            elif not known[at] & LIGHT:
                words += 1
                value = mixed(value ^ values[at])
        elif kind == NUMBER or kind == LETTER:
            value = mixed(value ^ _U(kind))
        elif kind == FUNCTION or counts_in_order(kind, values[at]):
            value = mixed(value ^ values[at])
    return value if words >= CONTENT and unknown <= words else _U(0)


@compiled
def fill_bag(first: int, last: int, tokens: Tokens, bag: Bytes) -> None:
    """Counts the tokens by sort, up to 255 of each: letters, words that may be names, and the others by value. Where
    two texts are aligned, tokens of different sorts never stand beside each other, so that they differ by at least as
    many tokens as their counters do."""
    for at in range(first, last):
        if tokens.kinds[at] == LETTER:
            sort = 0
        elif tokens.kinds[at] == WORD and may_be_name(tokens.known[at]):
            sort = 1
        else:
            sort = 2 + int(tokens.values[at] >> _U(32)) % (COUNTERS - 2)
        if bag[sort] < 255:
            bag[sort] += np.uint8(1)


@compiled
def by_sentence(first: int, last: int, tokens: Tokens) -> np.uint64:
    """A hash of all but light words, in order within a sentence, whatever the order of sentences."""
    kinds, values, marks, known = tokens.kinds, tokens.values, tokens.marks, tokens.known
    total = sentence = _U(0)
    for at in range(first, last):
        if marks[at] & SENTENCE:
            total += mixed(sentence)
            sentence = _U(0)
        if not (kinds[at] == WORD and known[at] & LIGHT):
            sentence = mixed(sentence ^ (values[at] + _U(kinds[at])))
    return total + mixed(sentence)


@compiled
def raw_value(data: Bytes, start: int, stop: int) -> np.uint64:
    """A hash of a word as it is written."""
    value = _U(0)
    for at in range(start, stop):
        value = (value ^ _U(data[at] | 32)) * _STEP
    return value


@compiled
def _sign(
    data: Bytes, ends: NDArray[np.int64], words: Words, factors: Hashes, terms: Hashes, longest: int,
    exact: Values, core: Values, template: Values, numbers: Values, digits: Values, nearest: Hashes, bands: Hashes,
    bags: Bytes,
) -> None:  # fmt: skip
    tokens = room_for(longest + SPARE)
    kinds, values = tokens.kinds, tokens.values
    shingles = np.zeros(SHINGLES, np.uint32)
    minima = np.zeros(BANDS * ROWS, np.uint32)
    for row in range(len(ends) - 1):
        text = data[ends[row] : ends[row + 1]]
        n, figure = read(text, words, tokens)
        if n == 0:
            continue
        first, last, label = frame(text, n, tokens)
        around = mixed(figure ^ mixed(label))
        all_of_it = around
        for at in range(first, last):
            all_of_it = (all_of_it ^ (values[at] + _U(kinds[at] == NUMBER))) * _STEP
            all_of_it ^= all_of_it >> _U(29)
            if tokens.known[at] & MISSPELT:
                all_of_it ^= raw_value(text, tokens.starts[at], tokens.stops[at])
        exact[row] = mixed(all_of_it) | _U(1)
        core[row] = mixed(around ^ by_sentence(first, last, tokens))
        template[row] = templated(first, last, tokens)
        numbers[row] = in_order(first, last, tokens)
        digits[row] = digits_in_order(first, last, tokens)
        fill_bag(first, last, tokens, bags[row])
        count = shingled(first, last, tokens, shingles)
        minima[:] = np.uint32(0xFFFFFFFF)
        for at in range(count):
            window = shingles[at]
            for place in range(BANDS * ROWS):
                value = np.uint32(window * factors[place] + terms[place])
                value ^= value >> np.uint32(15)
                minima[place] = min(minima[place], value)
        nearest[row] = minima[0]
        for band in range(BANDS):
            key = _U(0)
            for place in range(band * ROWS, band * ROWS + ROWS):
                key = mixed(key ^ _U(minima[place]))
            bands[row, band] = np.uint32(key >> _U(32))
