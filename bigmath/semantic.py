"""Rows that mean the same in other words: sentence embeddings propose, and what a rewording cannot change must agree.

Guarded, the default: a row leaves for a row kept before it if numbers, relations, functions, names and answer agree
(`bigmath.agreement`) *and* the cosine of their embeddings is over the threshold. Agreement comes first: it leaves small
groups, so only their rows are embedded, and an exact product inside each group takes the place of a neighbour index.

Unguarded, SemDeDup (arXiv 2303.09540) without its k-means step, since a blocked matrix product misses no pair. The
Meta-CoT paper (arXiv 2501.04682, section 8.1) uses it with all-MiniLM-L6-v2 at cosine 0.5. The model sees topics rather
than numbers: docs/semantic.md has what pairs are joined by either, read one by one.

Greedy, best row first by the keeper rule: a row leaves if it is nearer than the threshold to a row kept before it, and
joins the cluster of the nearest one. Rows that are not `alive` neither keep nor leave.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.agreement import AGREEMENT, agreement
from bigmath.dedup.engine import Say
from bigmath.duplicates import SameAnswer, clusters_of, ranked_rows
from bigmath.sentence_model import Embed, kept_minilm
from bigmath.workers import map_rows

BLOCK = 1_024
"""Rows compared at once."""
COLUMNS = 8_192
"""Kept rows they are compared with at once: a product of a block and these takes 32 MiB, whatever the table's size."""
DIGITS = 4
"""Decimals of a cosine that count, also where it is asked which of two rows is nearer: the last bits of a product
differ between machines and with the size of a block."""


@dataclass(frozen=True)
class SemanticSettings:
    """How alike is the same."""

    cosine: float = 0.7
    """A row leaves above it."""
    guarded: bool = True
    """Whether numbers, relations, functions, names and answers must agree too."""


def semantic_clusters(
    rows: pl.DataFrame,
    settings: SemanticSettings = SemanticSettings(),
    *,
    embed: Embed | None = None,
    same_answer: SameAnswer | None = None,
    say: Say | None = None,
) -> pl.DataFrame:
    """`DUPLICATES` rows: each cluster is a kept row and those that leave for it. Independent of the order of rows.

    Args:
        rows: as `bigmath.duplicates` describes them.
        embed: the model; all-MiniLM-L6-v2 by default, whose vectors are kept.

    Raises:
        MissingExtraError: the default model is asked for and not installed.
    """
    told = say or (lambda stage, done, total: None)
    ranked = ranked_rows(rows).filter("alive")
    ranked = ranked.join(rows.select("problem_id", "problem"), on="problem_id", how="left", maintain_order="left")
    ranked = _agreeing(ranked) if settings.guarded else ranked.with_columns(group=pl.lit(0))
    statements = ranked["problem"]
    # each text once, by length: slices of processes take about as long
    texts = sorted(set(statements.to_list()), key=lambda text: (len(text), text))
    place = {text: at for at, text in enumerate(texts)}
    vectors = np.zeros((0, 1), dtype=np.float32)
    if texts:
        vectors = _unit(embed(texts) if embed else kept_minilm(texts, say))
    order = np.array([place[text] for text in statements], dtype=np.int64)
    kept, similarity = np.arange(ranked.height), np.ones(ranked.height)
    compared = 0

    def advance(rows: int) -> None:
        nonlocal compared
        compared += rows
        told("comparisons", compared, ranked.height)

    told("comparisons", 0, ranked.height)
    here = ranked.select("group").with_row_index("here")
    for members in here.group_by("group", maintain_order=True).agg("here")["here"]:
        at = members.to_numpy().astype(np.int64)
        nearest, similarity[at] = nearest_kept(vectors, order[at], settings, advance)
        kept[at] = at[nearest]
    keyed = ranked.with_columns(cluster_key=pl.Series(kept).cast(pl.String), similarity=pl.Series(similarity))
    return clusters_of(keyed, "embedding", same_answer)


def _agreeing(ranked: pl.DataFrame) -> pl.DataFrame:
    """The rows that agree with another row, with the `group` they agree in."""
    told = pl.concat([ranked, map_rows(agreement, ranked.select("problem", "answer"))], how="horizontal")
    told = told.drop_nulls("answer_text").filter(pl.len().over(list(AGREEMENT)) > 1).with_row_index("group")
    return told.with_columns(pl.col("group").first().over(list(AGREEMENT))).drop(list(AGREEMENT))


def nearest_kept(
    vectors: NDArray[np.float32],
    order: NDArray[np.int64],
    settings: SemanticSettings,
    advance: Callable[[int], None] = lambda rows: None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For the vectors taken in `order`, best first: the place in it of the kept row each belongs to (its own where it
    is kept; of equally near ones the first), and the cosine between the two."""
    kept = np.arange(len(order))
    similarity = np.ones(len(order))
    keepers = np.zeros(0, dtype=np.int64)
    for start in range(0, len(order), BLOCK):
        block = vectors[order[start : start + BLOCK]]
        nearest, cosine = _nearest(block, vectors, order, keepers)
        within = np.round(block @ block.T, DIGITS)
        stays = np.zeros(len(block), dtype=bool)
        for at in range(len(block)):
            before = np.flatnonzero(stays[:at])
            if len(before) and (highest := float(within[at, before].max())) > cosine[at]:
                nearest[at], cosine[at] = start + before[within[at, before].argmax()], highest
            stays[at] = round(float(cosine[at]), DIGITS) <= settings.cosine
        leaves = np.flatnonzero(~stays)
        kept[start + leaves] = nearest[leaves]
        similarity[start + leaves] = np.round(np.minimum(cosine[leaves], 1.0), DIGITS)
        keepers = np.concatenate([keepers, start + np.flatnonzero(stays)])
        advance(len(block))
    return kept, similarity


def _nearest(
    block: NDArray[np.float32], vectors: NDArray[np.float32], order: NDArray[np.int64], keepers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each vector of the block the nearest of the rows kept so far, and its cosine; -1 and -2 if there is none."""
    nearest = np.full(len(block), -1, dtype=np.int64)
    cosine = np.full(len(block), -2.0)
    for start in range(0, len(keepers), COLUMNS):
        some = keepers[start : start + COLUMNS]
        product = np.round(block @ vectors[order[some]].T, DIGITS)
        best = product.argmax(axis=1)
        highest = product[np.arange(len(block)), best]
        nearer = highest > cosine
        nearest[nearer], cosine[nearer] = some[best[nearer]], highest[nearer]
    return nearest, cosine


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
