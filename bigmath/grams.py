"""Word grams of many raw statements at once: the cheap first look of decontamination.

Almost no row shares anything rare with a benchmark, so the first look must cost next to nothing: it reads bytes, before
any normalisation, and keeps only what every spelling of a statement has in common, ASCII words in lower case and
numbers. LaTeX commands, symbols, spacing, letters outside ASCII and words that carry no content are skipped, so that
`\\dfrac12` and `\\frac{1}{2}` give one stream, as do `9,126` and `9{,}126`, `three` and `3`. Everything is NumPy over
blocks of rows that fit a processor's cache; hashes are of a word's first and last eight bytes and its length.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from bigmath.guard import LIGHT, NUMBER_WORDS

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

LENGTH = 3
"""Words and digits in a gram: a paraphrase that changes every sixth word leaves more than half of these."""
BLOCK = 4_096
"""Rows looked at together: about half a megabyte of text."""
_LONG = 1 << 16
"""Bytes of one statement that are looked at; nothing that long is a problem."""

_LATEX = """
    begin end align aligned array tabular matrix pmatrix bmatrix vmatrix cases equation gather gathered center split
    eqnarray multline hline frac dfrac tfrac sqrt text textbf mathrm mathbb mathbf left right cdot cdots ldots dots
    times div pm le leq ge geq ne neq lt gt circ degree degrees angle triangle pi infty sum int lim log ln sin cos tan
    sec csc cot mod pmod to quad qquad displaystyle asy
"""
_ASKING = """
    problem question solve simplify expression please step steps reasoning reason answer answers final boxed put within
    or show box
"""
ASKING = frozenset(_ASKING.split()) | LIGHT
"""Words that only ask."""
STOP_WORDS = frozenset(_LATEX.split()) | ASKING
"""Words left out of the stream: those, and names that LaTeX writes as commands and plain text as words."""

SYNONYMS = {
    word: words.split()[0]
    for words in (
        "largest greatest biggest highest maximum maximal maximize max",
        "smallest least lowest minimum minimal minimize min",
        "distinct different",
        "every each",
        "total altogether overall",
        "purchase buy buys bought purchases purchased",
        "people person persons",
        "children kid kids child",
        "begin begins start starts",
        "receive receives get gets got",
    )
    for word in words.split()
}
"""Words that problems use for one another."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_ROLL = np.uint64(0x100000001B3)
_BITS = 22
"""The bitmap of known grams has 2^22 bits, 512 KB."""

_POWERS = {power: f" {digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}

_LOWER = np.zeros(256, dtype=np.uint8)
_LOWER[48:58] = np.arange(48, 58)
_LOWER[97:123] = np.arange(97, 123)
_LOWER[65:91] = np.arange(97, 123)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
"""Keeps the first bytes of a little-endian word."""


@dataclass(frozen=True)
class Stream:
    """The words and numbers of a block of texts, end to end."""

    owners: Places
    """Which text each is of, from 0; ascending."""
    words: Hashes
    counts: Places
    """How many each text has."""
    all_owners: Places
    """Of all words and numbers, those that are left out of the stream too."""
    long_word: NDArray[np.bool_]
    """Of all, whether it is in the stream and has two letters or more."""
    digit_owners: Places
    all_digits: NDArray[np.uint8]
    """Every digit, numbers in words included, and whose it is."""

    def counts_of(self, texts: Places) -> tuple[Places, Places]:
        """For each of some texts: how many words of two letters or more, and how often each of the ten digits."""
        asked = np.zeros(len(self.counts), dtype=bool)
        asked[texts] = True
        words = np.flatnonzero(asked[self.all_owners] & self.long_word)
        names = np.bincount(self.all_owners[words], minlength=len(self.counts))
        digits = np.flatnonzero(asked[self.digit_owners])
        places = self.digit_owners[digits] * 10 + self.all_digits[digits]
        return names[texts], np.bincount(places, minlength=10 * len(self.counts)).reshape(-1, 10)[texts]


def streams(texts: pl.Series) -> Iterator[tuple[int, Stream]]:
    """Blocks of texts (null as empty): the first text's number and the block's stream."""
    for first in range(0, len(texts), BLOCK):
        yield first, stream(texts.slice(first, BLOCK))


def stream(texts: pl.Series) -> Stream:
    """The content words and numbers of texts that fit in memory together."""
    given = _plainer(without_drawings(texts.fill_null("")))
    sizes = given.str.len_bytes().to_numpy().astype(np.int64)
    if (sizes > _LONG).any():
        given = given.str.slice(0, _LONG)
        sizes = given.str.len_bytes().to_numpy().astype(np.int64)
    raw = np.frombuffer(("\n" + str(given.str.join("\n").item()) + "\n" * 9).encode(), dtype=np.uint8)
    low = _LOWER[raw]
    letter, digit = low >= 97, (low - np.uint8(48)) < 10
    begins, stops = _edges(letter | digit, digit, low)
    starts, ends = np.flatnonzero(begins), np.flatnonzero(stops)
    lengths = ends - starts + 1
    windows = as_strided(low, shape=(len(low) - 8, 8), strides=(1, 1))
    words = _word_hashes(windows, starts, lengths)
    slot = (words >> np.uint64(48)).astype(np.int64)
    number = digit[starts]
    kept = number | ~(_STOPPED[slot] | (raw[starts - 1] == 92))
    bounds = np.concatenate([[0], np.cumsum(sizes + 1)])  # a text begins one after the line break before it
    owners = np.repeat(np.arange(len(sizes)), np.diff(np.searchsorted(starts, bounds)))
    at = np.flatnonzero(number)
    values, joined = _values(raw, starts[at], ends[at])
    words[at] = _number_hashes(values)
    kept[at[joined]] = False
    named_owners, named_digits = _read_names(words, slot, owners, np.flatnonzero((_NAMED[slot] > 0) & ~number))
    kept_owners = owners[kept]
    return Stream(
        owners=kept_owners,
        words=words[kept],
        counts=np.bincount(kept_owners, minlength=len(sizes)),
        all_owners=owners,
        long_word=kept & ~number & (lengths > 1),
        digit_owners=np.concatenate([np.repeat(owners[at], lengths[at]), named_owners]),
        all_digits=np.concatenate([raw[digit] - np.uint8(48), named_digits]),
    )


def without_drawings(texts: pl.Series) -> pl.Series:
    """Asymptote code would tear apart the words before and after it, in one copy and not in another."""
    drawn = texts.str.contains("[asy]", literal=True)
    if not drawn.any():
        return texts
    plain = pl.col(texts.name).str.replace_all(r"(?s)\[asy\].*?(?:\[/asy\]|\z)", " ")
    return texts.to_frame().select(pl.when(drawn).then(plain).otherwise(pl.col(texts.name))).to_series()


def _plainer(texts: pl.Series) -> pl.Series:
    """`9²` as `9 2`, and NFKC, where there is anything to do."""
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return texts
    kept = (
        texts.filter(foreign).to_frame().select(pl.first().str.replace_many(_POWERS).str.normalize("NFKC")).to_series()
    )
    return texts.scatter(foreign.arg_true(), kept)


def grams(found: Stream, length: int) -> tuple[Places, Hashes]:
    """Every gram of a length within one text: whose it is, and its hash."""
    size = len(found.words) - length + 1
    if size <= 0:
        return found.owners[:0], found.words[:0]
    rolled = found.words[:size].copy()
    for at in range(1, length):
        rolled *= _ROLL
        rolled += found.words[at : at + size]
    inside = found.owners[:size] == found.owners[length - 1 :]
    return found.owners[:size][inside], rolled[inside]


@dataclass(frozen=True)
class GramTable:
    """Known grams of one length, for asking many at once."""

    known: Hashes
    """Distinct and sorted."""
    bits: NDArray[np.uint8]

    @staticmethod
    def of(hashes: Hashes) -> "GramTable":
        known = np.unique(hashes)
        bits = np.zeros(1 << (_BITS - 3), dtype=np.uint8)
        place = _bit_of(known)
        np.bitwise_or.at(bits, place >> 3, (1 << (place & 7)).astype(np.uint8))
        return GramTable(known, bits)

    def find(self, hashes: Hashes) -> tuple[Places, Places]:
        """Which of the hashes are known, and which known one each is."""
        place = _bit_of(hashes)
        maybe = np.flatnonzero((self.bits[place >> 3] >> (place & 7).astype(np.uint8)) & np.uint8(1))
        at = np.searchsorted(self.known, hashes[maybe])
        hit = self.known[np.minimum(at, len(self.known) - 1)] == hashes[maybe]
        return maybe[hit], at[hit]


def _bit_of(hashes: Hashes) -> Places:
    return ((hashes * _FACTOR) >> np.uint64(64 - _BITS)).astype(np.int64)


def _edges(
    word: NDArray[np.bool_], digit: NDArray[np.bool_], low: NDArray[np.uint8]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where runs of letters and runs of digits begin and end; `\\frac12` is two runs."""
    begins, stops = word.copy(), word.copy()
    inside = word[1:] & word[:-1] & (digit[1:] == digit[:-1])
    inside[1:] &= ~(digit[2:] & digit[1:-1] & (low[:-2] == 99))
    begins[1:] &= ~inside
    stops[:-1] &= ~inside
    return begins, stops


def _word_hashes(windows: NDArray[np.uint8], starts: Places, lengths: Places) -> Hashes:
    """A hash of each run of lower-case bytes, by its first and last eight and its length."""
    words = (windows[starts].view("<u8").ravel() & _MASKS[np.minimum(lengths, 8)]) * _FACTOR
    long = np.flatnonzero(lengths > 8)
    tail = windows[starts[long] + lengths[long] - 8].view("<u8").ravel()
    words[long] += (tail ^ lengths[long].astype(np.uint64)) * _ROLL * _FACTOR
    words ^= words >> np.uint64(29)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(32)
    return words


def _number_hashes(values: Hashes) -> Hashes:
    words = (values + np.uint64(0xD1B54A32D192ED03)) * _FACTOR
    words ^= words >> np.uint64(32)
    return words * np.uint64(0xBF58476D1CE4E5B9)


def _values(raw: NDArray[np.uint8], starts: Places, ends: Places) -> tuple[Hashes, Places]:
    """The value of each run of digits (of its first eight), and the runs that a comma joins to the one before."""
    lengths = ends - starts + 1
    values = (raw[starts] - np.uint8(48)).astype(np.uint64)
    longer = np.arange(len(starts))
    for place in range(1, 8):
        longer = longer[lengths[longer] > place]
        if not len(longer):
            break
        values[longer] = values[longer] * np.uint64(10) + (raw[starts[longer] + place] - np.uint8(48))
    gap = starts[1:] - ends[:-1]
    triple = lengths[1:] == 3
    comma = triple & (gap == 2) & (raw[ends[:-1] + 1] == 44)
    spelt = triple & ((gap == 4) | (gap == 3)) & (raw[ends[:-1] + gap - 2 + (gap == 3)] == 44)
    joined = np.flatnonzero(comma | spelt & np.isin(raw[ends[:-1] + 1], (92, 123))) + 1
    for at in joined:
        values[at : at + 1] += values[at - 1 : at] * np.uint64(1000)  # of an array, as it may wrap
    return values, joined - 1


def _read_names(words: Hashes, slot: Places, owners: Places, named: Places) -> tuple[Places, NDArray[np.uint8]]:
    """Gives numbers in words, at `named`, the hash of the number, and synonyms one hash; returns the numbers' digits
    and whose they are."""
    which = _NAMED[slot[named]].astype(np.int64) - 1
    true = _NAMES[which] == words[named]
    named, which = named[true], which[true]
    words[named] = _NAME_HASHES[which]
    numbers = which < len(NUMBER_WORDS)
    named, which = named[numbers], which[numbers]
    sizes = _NAME_SIZES[which]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(owners[named], sizes), _NAME_DIGITS[np.repeat(which, sizes), within]


def _hash_of(word: str) -> int:
    padded = np.frombuffer(word.encode() + b"\0" * 9, dtype=np.uint8)
    windows = as_strided(padded, shape=(len(padded) - 8, 8), strides=(1, 1))
    return int(_word_hashes(windows, np.array([0]), np.array([len(word)]))[0])


_STOPPED = np.zeros(1 << 16, dtype=bool)
_STOPPED[[_hash_of(word) >> 48 for word in STOP_WORDS]] = True
_NAMES = np.array([_hash_of(word) for word in (*NUMBER_WORDS, *SYNONYMS)], dtype=np.uint64)
_NAMED = np.zeros(1 << 16, dtype=np.uint8)
"""For the first bits of a hash, which of `_NAMES` it may be, from 1."""
_NAMED[(_NAMES >> np.uint64(48)).astype(np.int64)] = np.arange(1, len(_NAMES) + 1)
_NAME_HASHES = np.concatenate(
    [
        _number_hashes(np.array([int(number) for number in NUMBER_WORDS.values()], dtype=np.uint64)),
        np.array([_hash_of(word) for word in SYNONYMS.values()], dtype=np.uint64),
    ]
)
_NAME_SIZES = np.array([len(number) for number in NUMBER_WORDS.values()])
_NAME_DIGITS = np.array([[int(digit) for digit in number.ljust(3, "0")] for number in NUMBER_WORDS.values()], np.uint8)
