"""Clusters and families of a column of statements, on one machine or, through another `Engine`, on several.

The result is a function of the set of texts alone: of neither row order, nor process count, nor engine. Copies with
the same
tokens are one text from the start, of which the smallest spelling is read. A cluster is a component of the pairs called
*same*, a family one of those called *same* or *variant*: every link was verified, none is merely inferred from a
bucket. Only texts that differ in light words or in the order of sentences are one cluster, and texts of one skeleton
one family, at once.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.workers import workers

Rows = NDArray[np.int64]
Content = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Texts end to end, and where each begins (`bigmath.dedup.signing.plain_bytes`)."""
Say = Callable[[str, int, int], None]
"""Hears of progress: the stage, how many of its items are done, and how many there are."""

STAGES = (1, 3, 6, 10)
"""Bands in each round of candidates: what one round joins, the next need not compare again."""
SHARD = 5_000
"""Rows, or pairs, worth a thread's while."""


@dataclass(frozen=True)
class Linked:
    """What was found about each row. Labels are row positions, -1 where a text is empty."""

    exact: Rows
    """The same for rows of equal tokens."""
    near: Rows
    """The same for rows of one cluster, exact copies included."""
    family: Rows
    """The same for rows of one family, clusters included."""
    compared: int
    """Pairs that were verified."""


class Engine(Protocol):
    """Where batches are worked on."""

    portion: int
    """Rows, or pairs, that it is given at a time: enough for all its processes, and few enough to tell of progress."""

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        """`sign_batch` of all texts, in order."""
        ...

    def pairs(self, keys: Sequence[NDArray[np.uint32]], traits: NDArray[np.uint16]) -> list[NDArray[np.uint64]]:
        """`bigmath.dedup.candidates.band_pairs` of each band."""
        ...

    def compare(self, content: Content, left: Rows, right: Rows, least: float) -> NDArray[np.uint8]:
        """The verdict (`bigmath.dedup.guarding.SAME`, ...) of each pair of texts, given by position."""
        ...


class Local:
    """This machine; large batches are sharded over threads, as compiled code and Polars let go of the interpreter."""

    portion = 100_000

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        signs: pl.DataFrame = pl.concat(
            _over(len(texts), lambda first, stop: sign_batch(texts[first:stop].to_frame("text")))
        )
        return signs

    def pairs(self, keys: Sequence[NDArray[np.uint32]], traits: NDArray[np.uint16]) -> list[NDArray[np.uint64]]:
        from bigmath.dedup.candidates import band_pairs  # noqa: PLC0415 # compiled code is loaded when needed

        if len(traits) < SHARD or workers() == 1:
            return [band_pairs(key, traits) for key in keys]
        with ThreadPoolExecutor(workers()) as threads:
            return list(threads.map(lambda key: band_pairs(key, traits), keys))

    def compare(self, content: Content, left: Rows, right: Rows, least: float) -> NDArray[np.uint8]:
        from bigmath.dedup.guarding import compare_bytes  # noqa: PLC0415

        def verdicts(first: int, stop: int) -> NDArray[np.uint8]:
            return compare_bytes(*content, left[first:stop], right[first:stop], least)[0]

        return np.concatenate(_over(len(left), verdicts))


def _over(count: int, work: Callable[[int, int], Any]) -> list[Any]:
    """`work(first, stop)` over slices of so many items, in threads where there are enough for two."""
    edges = [*range(0, count, SHARD), count] if count else [0, 0]
    if len(edges) < 3 or workers() == 1:
        return [work(first, stop) for first, stop in pairwise(edges)]
    with ThreadPoolExecutor(workers()) as threads:
        return list(threads.map(lambda edge: work(*edge), pairwise(edges)))


def _in_portions(stage: str, count: int, work: Callable[[int, int], Any], portion: int, told: Say) -> list[Any]:
    """`work(first, stop)` over portions of so many items; says how far it is after each."""
    told(stage, 0, count)
    made = []
    for first in range(0, max(1, count), portion):
        stop = min(first + portion, count)
        made.append(work(first, stop))
        if stop:
            told(stage, stop, count)
    return made


def sign_batch(rows: pl.DataFrame) -> pl.DataFrame:
    """Column `text` to a column for each of the `Signs`, bands and bags as arrays: a pure function of a batch."""
    from bigmath.dedup.signing import signed  # noqa: PLC0415

    return pl.DataFrame(vars(signed(rows["text"])))


def link(
    texts: pl.Series, *, least: float = 0.5, near: bool = True, engine: Engine | None = None, say: Say | None = None
) -> Linked:
    """Clusters and families of texts; null and texts without a token belong to none.

    Args:
        least: least exact Jaccard similarity of skeletons.
        near: off, only exact copies are found.
    """
    from bigmath.dedup.signing import plain_bytes  # noqa: PLC0415

    engine = engine or Local()
    told = say or (lambda stage, done, total: None)
    signed = _in_portions("signatures", len(texts), lambda a, b: engine.sign(texts[a:b]), engine.portion, told)
    signs: pl.DataFrame = pl.concat(signed)
    rows = (
        signs.select("exact", "numbers", "nearest")
        .with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
        .filter(pl.col("exact") != 0)
    )
    firsts = _firsts(rows, texts).sort("numbers", "nearest", "exact")
    row_of = firsts["row"].to_numpy()
    exact = np.full(len(texts), -1, dtype=np.int64)
    place_of = np.full(len(texts), -1, dtype=np.int64)
    joined = rows.join(firsts.select("exact", first="row", place=pl.int_range(pl.len(), dtype=pl.Int64)), on="exact")
    exact[joined["row"].to_numpy()] = joined["first"].to_numpy()
    place_of[joined["row"].to_numpy()] = joined["place"].to_numpy()
    if not near or len(row_of) < 2:
        return Linked(exact, exact.copy(), exact.copy(), 0)
    del rows, joined, firsts
    by = {name: signs[name].to_numpy()[row_of] for name in signs.columns if name != "exact"}
    del signs
    same, family, compared = _verified(plain_bytes(texts.gather(row_of)), by, least, engine, told)
    return Linked(exact, _spread(row_of[same], place_of), _spread(row_of[family], place_of), compared)


def _verified(
    content: Content, by: dict[str, NDArray[Any]], least: float, engine: Engine, told: Say
) -> tuple[Rows, Rows, int]:
    """Components of the verified pairs: of clusters, and of families."""
    from bigmath.dedup import candidates  # noqa: PLC0415
    from bigmath.dedup.guarding import SAME, VARIANT  # noqa: PLC0415

    numbers, digits, bands = by["numbers"], by["digits"], by["bands"]
    same, family = (np.arange(len(numbers), dtype=np.int64) for _ in range(2))
    copies = candidates.equal_neighbours(by["core"])
    candidates.unite(same, copies)
    candidates.unite(family, copies)
    candidates.unite(family, candidates.equal_neighbours(by["template"]))
    compared, tried = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint64)
    first = 0
    for count in STAGES:
        of = candidates.roots(family)
        traits = candidates.traits(numbers, digits, of, candidates.roots(same))
        found = engine.pairs([np.ascontiguousarray(bands[:, at]) for at in range(first, first + count)], traits)
        if first == 0:
            found.append(candidates.numbered_pairs(numbers, by["nearest"], traits))
        first += count
        found = [pairs[candidates.promising(pairs, bands, traits)] for pairs in found]
        asked = candidates.without(candidates.each_once(np.concatenate(found)), compared)
        asked = asked[candidates.alignable(asked, by["bags"])]
        asked, tried = candidates.one_a_family(asked, numbers, digits, of, tried)
        asked = candidates.together(asked, len(numbers))
        left, right = (asked >> np.uint64(32)).astype(np.int64), (asked & np.uint64(0xFFFFFFFF)).astype(np.int64)

        def compare(begin: int, end: int, left: Rows = left, right: Rows = right) -> NDArray[np.uint8]:
            return engine.compare(content, left[begin:end], right[begin:end], least)

        verdicts = np.concatenate(_in_portions("comparisons", len(asked), compare, engine.portion, told))
        candidates.unite(same, asked[verdicts == SAME])
        candidates.unite(family, asked[verdicts >= VARIANT])
        compared = candidates.each_once(np.concatenate([compared, asked]))
    return candidates.roots(same), candidates.roots(family), len(compared)


def _firsts(rows: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """One row for each exact key: that of the smallest text, so that the choice does not depend on row order."""
    several = pl.col("exact").is_duplicated()
    alone = rows.filter(~several)
    crowd = rows.filter(several)
    crowd = (
        crowd.with_columns(text=texts.gather(crowd["row"]))
        .sort("exact", "text", "row")
        .unique("exact", keep="first", maintain_order=True)
    )
    return pl.concat([alone, crowd.select(alone.columns)])


def _spread(labels: Rows, place_of: Rows) -> Rows:
    """Each row's label, by its text's place."""
    return np.where(place_of >= 0, labels[place_of], -1)
