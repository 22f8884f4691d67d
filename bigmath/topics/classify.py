r"""A problem's topic: the source's own label, else a rule for calculus, else a linear model over words.

The model is a multinomial logistic regression with its weights rounded to one byte, trained by `bigmath train-topics`
on MATH, HARP and Omni-MATH and shipped as `model.npz` (weights, words, features); scikit-learn is needed to train it,
not to ask it. Its probability is a softmax of the rounded weights: good for ordering, not calibrated.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.job import Job, Step
from bigmath.plan import Plan
from bigmath.topics.features import features
from bigmath.topics.vocabulary import from_source

TOPIC_COLUMNS = pl.Schema(
    {
        "problem_id": pl.String,
        "source": pl.String,
        "topic": pl.String,
        "topic_by": pl.String,
        "topic_probability": pl.Float64,
    }
)
"""`topic_by` is source, rule or model; `topic_probability` is the model's, null where it was not asked."""

_CALCULUS = (
    r"(?i)\\i?i?int(?:_|\b|\s*[^a-z])|\bderivatives?\b|\bdifferentia(?:te|ble|l\s+equation)|\bdefinite\s+integral"
    r"|\bintegrat|\\lim\b|f'\s*\(|\btangent\s+to\s+the\s+(?:curve|graph)"
    r"|\bextreme\s+(?:values?|points?)\s+of\s+the\s+function"
)
"""No source with labels teaches calculus, so the model cannot know it."""


@dataclass(frozen=True)
class Model:
    """A linear classifier: `weights` is features by topics, `scale` turns its bytes into numbers."""

    topics: tuple[str, ...]
    words: pl.DataFrame
    """`word` and `id`."""
    features: pl.DataFrame
    """`feature` (see `bigmath.topics.features`) and `place`, the row of `weights`."""
    weights: NDArray[np.int8]
    scale: float
    bias: NDArray[np.float64]

    def probabilities(self, problems: pl.Series) -> NDArray[np.float64]:
        """Statements by topics; each row adds up to 1."""
        found = features(problems, self.words).join(self.features, on="feature")
        row, place = found["row"].to_numpy(), found["place"].to_numpy()
        sums = np.stack(
            [np.bincount(row, weights=column, minlength=len(problems)) for column in self.weights[place].T],
            axis=1,
        )
        count = np.bincount(row, minlength=len(problems))
        scores = sums * self.scale / np.sqrt(np.maximum(count, 1))[:, None] + self.bias
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@cache
def shipped() -> Model:
    """The model in the package."""
    with as_file(files("bigmath.topics").joinpath("model.npz")) as path, np.load(path, allow_pickle=False) as data:
        words = bytes(data["words"]).decode().split("\n")
        return Model(
            topics=tuple(bytes(data["topics"]).decode().split("\n")),
            words=pl.DataFrame({"word": words}).with_row_index("id"),
            features=pl.DataFrame({"feature": data["features"]}).with_row_index("place"),
            weights=data["weights"],
            scale=float(data["scale"]),
            bias=data["bias"],
        )


def topics(rows: pl.DataFrame, model: Model | None = None) -> pl.DataFrame:
    """`TOPIC_COLUMNS` rows for problems (columns problem_id, source, problem, domain), in the order given."""
    model = model or shipped()
    calculus = pl.when(pl.col("problem").str.contains(_CALCULUS)).then(pl.lit("calculus"))
    known = rows.select(
        "problem_id", "source", "problem", labelled=from_source(pl.col("domain")), ruled=calculus
    ).with_row_index("at")
    unknown = known.filter(pl.col("labelled").is_null() & pl.col("ruled").is_null())
    odds = model.probabilities(unknown["problem"])
    best = odds.argmax(axis=1) if len(unknown) else np.zeros(0, dtype=np.int64)
    asked = pl.DataFrame(
        {
            "at": unknown["at"],
            "modelled": pl.Series([model.topics[at] for at in best], dtype=pl.String),
            "topic_probability": odds.max(axis=1) if len(unknown) else np.zeros(0),
        }
    )
    ruled = pl.when(pl.col("ruled").is_not_null()).then(pl.lit("rule")).otherwise(pl.lit("model"))
    by = pl.when(pl.col("labelled").is_not_null()).then(pl.lit("source")).otherwise(ruled)
    return (
        known.join(asked, on="at", how="left", maintain_order="left")
        .with_columns(topic=pl.coalesce("labelled", "ruled", "modelled"), topic_by=by)
        .match_to_schema(TOPIC_COLUMNS, extra_columns="ignore")
    )


def fingerprint() -> str:
    """SHA-256 of the shipped model: what decides the rows beside the code."""
    return hashlib.sha256(files("bigmath.topics").joinpath("model.npz").read_bytes()).hexdigest()


def _build(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    for rows in job.frames("problems", source, ["problem_id", "source", "problem", "domain"]):
        yield topics(rows)


TOPIC_STEP: Step[Plan] = Step(("problems",), TOPIC_COLUMNS, _build, settings=lambda job, _: fingerprint())
"""Every problem's topic."""
