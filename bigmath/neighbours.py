"""Semantic neighbours of benchmark problems: rows whose sentence embedding is nearer to a test than a threshold.

No guard: numbers need not agree, as the model hardly sees them, so variants of a test and other problems of its
template are flagged too. It finds what tells a test in other words, at the price of more clean rows lost and of
embedding every row, and is therefore off by default.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from bigmath.dedup.engine import Say
from bigmath.sentence_model import Embed, Vectors, kept_minilm

COSINE = 0.9
"""The threshold where none is named: over all clean rows that were looked at (docs/contamination.md)."""
_BLOCK = 4_096
_DIGITS = 4
"""Decimals of a cosine that count: the last bits of a product differ between machines."""


@dataclass(frozen=True)
class Neighbours:
    """Embedded tests."""

    vectors: Vectors
    """One row a test, of length 1."""
    cosine: float
    embed: Embed

    @staticmethod
    def of(tests: pl.Series, cosine: float, embed: Embed | None = None, say: Say | None = None) -> "Neighbours":
        """Embeds the tests.

        Raises:
            MissingExtraError: no `embed` is given and the extra of the default model is not installed.
        """
        model = embed or kept_minilm
        return Neighbours(_unit(embed or partial(kept_minilm, say=say), tests), cosine, model)

    def matches(self, problems: pl.Series) -> pl.DataFrame:
        """`row`, `test` and `score`, its cosine, of the nearest test of each row that has one at the threshold; of
        equally near ones the first. Empty and null statements have none."""
        given = pl.DataFrame({"text": problems.str.strip_chars()}).with_row_index("row").drop_nulls()
        given = given.filter(pl.col("text") != "")
        texts = given["text"].unique(maintain_order=True)
        found = (
            [self._nearest(texts.slice(at, _BLOCK)) for at in range(0, len(texts), _BLOCK)] if len(self.vectors) else []
        )
        near = pl.concat(found) if found else pl.DataFrame(schema=_NEAREST)
        near = near.filter(pl.col("score") >= self.cosine)
        return given.join(near, on="text", maintain_order="left").select(pl.col("row").cast(pl.Int64), "test", "score")

    def _nearest(self, texts: pl.Series) -> pl.DataFrame:
        product = _unit(self.embed, texts) @ self.vectors.T
        test = product.argmax(axis=1)
        score = np.minimum(product[np.arange(len(test)), test].astype(np.float64), 1.0).round(_DIGITS)
        return pl.DataFrame({"text": texts, "test": test, "score": score}, schema=_NEAREST)


_NEAREST = {"text": pl.String, "test": pl.Int64, "score": pl.Float64}


def _unit(embed: Callable[..., Vectors], texts: pl.Series) -> Vectors:
    if not len(texts):
        return np.zeros((0, 1), dtype=np.float32)
    vectors = embed(texts.to_list())
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit
