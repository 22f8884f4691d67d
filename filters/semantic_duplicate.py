"""semantic_duplicate: another row asks the same in other words.

In profile `semantic` numbers, relations, functions, names and answers must agree before embeddings are compared;
profile `paper` uses SemDeDup with all-MiniLM-L6-v2 at cosine 0.5 and no guard, as the paper does
(Meta-CoT, section 8.1), where
most rows dropped only share a topic with the row kept: see `bigmath.semantic`. Where the stage did not run, the filter
is not asked.

Kept: a row whose cosine with every row kept before it is at most the threshold. Dropped: "How many ways can 4 people
sit in a row?" beside "In how many ways can 4 people be seated in a row?".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage


@dataclass(frozen=True)
class SemanticDuplicate:
    """Drops rows that a cross-row stage has linked; the stage's settings are in the profile."""

    name: ClassVar[str] = "semantic_duplicate"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {"same_meaning": "another row that asks the same is kept instead"}

    def reason(self) -> pl.Expr:
        """By the column `semantic_duplicate_of` of `LINKS`."""
        return pl.when(pl.col("semantic_duplicate_of").is_not_null()).then(pl.lit("same_meaning"))

    def detail(self) -> pl.Expr:
        """The id of the row kept instead."""
        return pl.col("semantic_duplicate_of")
