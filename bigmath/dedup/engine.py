"""Clusters and families of a column of statements, on one machine or, through another `Engine`, on several.

The result is a function of the set of texts alone: of neither row order, nor process count, nor engine. Copies with
the same
tokens are one text from the start, of which the smallest spelling is read. A cluster is a component of the pairs called
*same*, a family one of those called *same* or *variant*: every link was verified, none is merely inferred from a
bucket.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.workers import map_rows

Rows = NDArray[np.int64]
Say = Callable[[str, int, int], None]
"""Hears of progress: the stage, how many of its items are done, and how many there are."""

STAGES = (1, 3, 6, 10)
"""Bands in each round of candidates: what one round joins, the next need not compare again."""
SHARD = 25_000
"""Rows, or pairs, worth a worker's while."""


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

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        """`sign_batch` of all texts, in order."""
        ...

    def pairs(self, keys: Sequence[NDArray[np.uint32]], numbers: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
        """`bigmath.dedup.candidates.band_pairs` of each band."""
        ...

    def compare(self, texts: pl.Series, left: Rows, right: Rows, least: float) -> pl.DataFrame:
        """`compare_batch` of the pairs, in order."""
        ...


class Local:
    """This machine; large batches are sharded over worker processes."""

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        return map_rows(sign_batch, texts.to_frame("text"), slice_rows=SHARD)

    def pairs(self, keys: Sequence[NDArray[np.uint32]], numbers: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
        from bigmath.dedup.candidates import band_pairs  # noqa: PLC0415 # compiled code is loaded when needed

        return [band_pairs(key, numbers) for key in keys]

    def compare(self, texts: pl.Series, left: Rows, right: Rows, least: float) -> pl.DataFrame:
        from bigmath.dedup.guarding import compare  # noqa: PLC0415

        if len(left) < 2 * SHARD:
            verdicts, similarity = compare(texts, left, right, least)
            return pl.DataFrame({"verdict": verdicts, "similarity": similarity})
        pairs = pl.DataFrame({"one": texts.gather(left), "other": texts.gather(right)})
        return map_rows(compare_batch, pairs, least, slice_rows=SHARD)


def sign_batch(rows: pl.DataFrame) -> pl.DataFrame:
    """Column `text` to columns `exact`, `numbers`, `nearest` and one for each band: a pure function of a batch."""
    from bigmath.dedup.signing import signed  # noqa: PLC0415

    exact, numbers, nearest, bands = signed(rows["text"])
    return pl.DataFrame(
        {
            "exact": exact,
            "numbers": numbers,
            "nearest": nearest,
            **{f"band_{at}": keys for at, keys in enumerate(bands)},
        }
    )


def compare_batch(pairs: pl.DataFrame, least: float) -> pl.DataFrame:
    """Columns `one` and `other` to `verdict` and `similarity`: a pure function of a batch."""
    from bigmath.dedup.guarding import compare  # noqa: PLC0415

    texts = pl.concat([pairs["one"].alias("text"), pairs["other"].alias("text")])
    places = np.arange(pairs.height, dtype=np.int64)
    verdicts, similarity = compare(texts, places, places + pairs.height, least)
    return pl.DataFrame({"verdict": verdicts, "similarity": similarity})


def link(
    texts: pl.Series, *, least: float = 0.5, near: bool = True, engine: Engine | None = None, say: Say | None = None
) -> Linked:
    """Clusters and families of texts; null and texts without a token belong to none.

    Args:
        least: least exact Jaccard similarity of skeletons.
        near: off, only exact copies are found.
    """
    engine = engine or Local()
    told = say or (lambda stage, done, total: None)
    told("signatures", 0, len(texts))
    signs = engine.sign(texts)
    told("signatures", len(texts), len(texts))
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
    numbers = firsts["numbers"].to_numpy()
    names = [name for name in signs.columns if name.startswith("band_")]
    bands = np.empty((len(row_of), len(names)), dtype=np.uint32)
    for at, name in enumerate(names):
        bands[:, at] = signs[name].gather(row_of).to_numpy()
    del signs, rows, joined
    same, family, compared = _verified(
        texts.gather(row_of), bands, numbers, firsts["nearest"].to_numpy(), least, engine, told
    )
    return Linked(exact, _spread(row_of[same], place_of), _spread(row_of[family], place_of), compared)


def _verified(
    texts: pl.Series,
    bands: NDArray[np.uint32],
    numbers: NDArray[np.uint64],
    nearest: NDArray[np.uint32],
    least: float,
    engine: Engine,
    told: Say,
) -> tuple[Rows, Rows, int]:
    """Components of the verified pairs: of clusters, and of families."""
    from bigmath.dedup.candidates import apart, each_once, numbered_pairs, promising, roots, unite, without  # noqa: PLC0415
    from bigmath.dedup.guarding import SAME, VARIANT  # noqa: PLC0415

    same, family = (np.arange(len(texts), dtype=np.int64) for _ in range(2))
    compared = np.zeros(0, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    first = 0
    for count in STAGES:
        found = [numbered_pairs(numbers, nearest)] if first == 0 else []
        found += engine.pairs([np.ascontiguousarray(bands[:, at]) for at in range(first, first + count)], numbers)
        first += count
        asked = without(each_once(np.concatenate(found)), compared)
        asked = asked[apart(same, asked)]
        asked = asked[promising(asked, bands, numbers)]
        if first > count:  # variants known to be of one family need not be compared again
            left, right = (asked >> np.uint64(32)).astype(np.int64), (asked & low).astype(np.int64)
            asked = asked[(numbers[left] == numbers[right]) | apart(family, asked)]
        told("comparisons", 0, len(asked))
        left, right = (asked >> np.uint64(32)).astype(np.int64), (asked & low).astype(np.int64)
        verdicts = engine.compare(texts, left, right, least)["verdict"].to_numpy()
        unite(same, asked[verdicts == SAME])
        unite(family, asked[verdicts >= VARIANT])
        compared = each_once(np.concatenate([compared, asked]))
        told("comparisons", len(asked), len(asked))
    return roots(same), roots(family), len(compared)


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
