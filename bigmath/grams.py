"""Word grams of many raw statements at once: the cheap first look of decontamination.

Almost no row shares anything rare with a benchmark, so the first look must cost next to nothing: it reads bytes, before
any normalisation, and keeps only what every spelling of a statement has in common, ASCII words in lower case and
numbers. LaTeX commands, symbols, spacing, letters outside ASCII and words that carry no content are skipped, so that
`\\dfrac12` and `\\frac{1}{2}` give one stream, as do `9,126` and `9{,}126`, `three` and `3`. The pass over the bytes is
compiled (`bigmath.gram_scan`).
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.guard import LIGHT, NUMBER_WORDS

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]
Digits = NDArray[np.int32]

LENGTH = 3
"""Words and digits in a gram: a paraphrase that changes every sixth word leaves more than half of these."""

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

_POWERS = {power: f" {digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


class _Names(NamedTuple):
    """Words that are left out or stand for another, as `bigmath.gram_scan.tokens` takes them."""

    stopped: NDArray[np.bool_]
    slots: NDArray[np.uint8]
    names: Hashes
    meant: Hashes
    named: Digits


@dataclass(frozen=True)
class Stream:
    """The words and numbers of some texts, end to end."""

    words: Hashes
    starts: Places
    """Where each text's begin; one more for the end."""
    long_words: Places
    """For each text, how many words of two letters or more."""
    digits: Digits
    """For each text (rows), how often it has each of the ten digits, those of numbers in words included."""

    @property
    def counts(self) -> Places:
        """How many words and numbers each text has."""
        return np.diff(self.starts)


def stream(texts: pl.Series) -> Stream:
    """The content words and numbers of texts (null as empty) that fit in memory together."""
    from bigmath.gram_scan import scan  # noqa: PLC0415 # compiled code is loaded when needed

    data, ends = _bytes(texts)
    count = len(ends) - 1
    words, starts = np.empty(len(data) + 1, np.uint64), np.zeros(count + 1, np.int64)
    long_words, digits = np.zeros(count, np.int64), np.zeros((count, 10), np.int32)
    scan(data, ends, *_names(), words, starts, long_words, digits)
    return Stream(words[: starts[-1]].copy(), starts, long_words, digits)


def grams(found: Stream, length: int) -> tuple[Places, Hashes]:
    """Every gram of a length within one text: whose it is, and its hash."""
    from bigmath.gram_scan import grams_of  # noqa: PLC0415

    return grams_of(found.words, found.starts, length)


@dataclass(frozen=True)
class Hits:
    """Known grams in some texts, each as often as it occurs."""

    rows: Places
    known: Places
    """The gram's place in `GramTable.known`."""
    long_words: Places
    """As `Stream` has them, of every text."""
    digits: Digits


@dataclass(frozen=True)
class GramTable:
    """Known grams, for asking many texts at once."""

    known: Hashes
    """Distinct and sorted."""
    bits: NDArray[np.uint8]
    lengths: Places
    """The lengths of gram that are known."""

    @staticmethod
    def of(hashes: Hashes, lengths: list[int]) -> "GramTable":
        from bigmath.gram_scan import BITS, bitmap  # noqa: PLC0415

        known = np.unique(hashes)
        bits = np.zeros(1 << (BITS - 3), dtype=np.uint8)
        bitmap(known, bits)
        return GramTable(known, bits, np.array(lengths, dtype=np.int64))

    def find(self, texts: pl.Series) -> Hits:
        """The known grams of texts (null as empty)."""
        from bigmath.gram_scan import find  # noqa: PLC0415

        data, ends = _bytes(texts)
        long_words, digits = np.zeros(len(texts), np.int64), np.zeros((len(texts), 10), np.int32)
        rows, known = find(data, ends, *_names(), self.lengths, self.known, self.bits, long_words, digits)
        return Hits(rows, known, long_words, digits)


def _bytes(texts: pl.Series) -> tuple[NDArray[np.uint8], Places]:
    """The texts end to end, `9²` as `9 2` and in NFKC, and where each begins; one more for the end."""
    filled = texts.fill_null("")
    foreign = filled.str.len_bytes() != filled.str.len_chars()
    if foreign.any():
        spelled = filled.filter(foreign).str.replace_many(_POWERS).str.normalize("NFKC")
        filled = filled.scatter(foreign.arg_true(), spelled)
    arrow = filled.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = arrow.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    return np.frombuffer(content, dtype=np.uint8) if content is not None else np.zeros(0, dtype=np.uint8), ends


@cache
def _names() -> _Names:
    from bigmath.gram_scan import number_hash, word_hash  # noqa: PLC0415

    def of(word: str) -> int:
        head, tail = (int.from_bytes(part.encode(), "little") for part in (word[:8], word[-8:]))
        return int(word_hash(np.uint64(head), np.uint64(tail), len(word)))

    stopped, slots = np.zeros(1 << 16, dtype=bool), np.zeros(1 << 16, dtype=np.uint8)
    stopped[[of(word) >> 48 for word in STOP_WORDS]] = True
    names = np.array([of(word) for word in (*NUMBER_WORDS, *SYNONYMS)], dtype=np.uint64)
    slots[(names >> np.uint64(48)).astype(np.int64)] = np.arange(1, len(names) + 1)
    numbers = [int(number_hash(np.uint64(int(number)))) for number in NUMBER_WORDS.values()]
    meant = np.array(numbers + [of(word) for word in SYNONYMS.values()], dtype=np.uint64)
    named = np.full((len(names), 3), -1, dtype=np.int32)
    for row, number in enumerate(NUMBER_WORDS.values()):
        named[row, : len(number)] = [int(digit) for digit in number]
    return _Names(stopped, slots, names, meant, named)
