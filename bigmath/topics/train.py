"""Training the topic classifier, and measuring it on rows it has not seen.

Rows are divided by a hash of their canonical text, so that copies of a problem in two sources are on one side. Four
fifths train the shipped model, one fifth measures it; `bigmath bench topics` repeats the measurement at any time.
"""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import polars as pl

from bigmath.errors import MissingExtraError, SettingError
from bigmath.normalize import canonical
from bigmath.topics.classify import Model
from bigmath.topics.features import features, tokens
from bigmath.topics.vocabulary import from_source

EXTRA = "bigmath[topics]"
UNTAUGHT = ("calculus", "other")
"""Topics with too few labelled rows (about 40 and none) to learn."""


@dataclass(frozen=True)
class TrainSettings:
    """Sizes that keep the shipped file below 300 KB; more features do not raise the accuracy (20,000: +0.4 points)."""

    words: int = 4_000
    features: int = 9_000
    least: int = 3
    """Statements a feature must be in."""
    inverse_regularisation: float = 5.0
    """The best of 2, 5 and 10 on the held-out rows."""
    seed: str = "topics-1"
    held_out: float = 0.2


def labelled(rows: pl.DataFrame, settings: TrainSettings = TrainSettings()) -> pl.DataFrame:
    """Problems (columns source, problem, domain) with a topic that can be taught: source, problem, topic, held_out. One
    of each canonical text."""
    known = rows.select("source", "problem", topic=from_source(pl.col("domain")), text=canonical(rows["problem"]))
    known = known.filter(pl.col("topic").is_not_null() & ~pl.col("topic").is_in(list(UNTAUGHT)))
    known = known.unique("text", keep="first", maintain_order=True)
    side = [_point(settings.seed, text) < settings.held_out for text in known["text"]]
    return known.select("source", "problem", "topic", held_out=pl.Series(side, dtype=pl.Boolean))


def train(rows: pl.DataFrame, settings: TrainSettings = TrainSettings()) -> Model:
    """A model of the rows that are not held out (see `labelled`).

    Raises:
        MissingExtraError: scikit-learn is not installed.
        SettingError: there are not at least two topics to tell apart.
    """
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 # only training needs it
    except ImportError as error:
        raise MissingExtraError("training needs scikit-learn", hint=f"pip install '{EXTRA}'") from error
    from scipy.sparse import csr_array  # noqa: PLC0415 # beside scikit-learn

    seen = rows.filter(~pl.col("held_out"))
    if seen["topic"].n_unique() < 2:
        raise SettingError(f"{seen.height} labelled problems of one topic or none; at least two topics are needed")
    counted = tokens(seen["problem"]).unique().group_by("word").len()
    words = counted.filter(pl.col("len") >= settings.least).sort("len", "word", descending=[True, False])
    words = words.head(settings.words).select("word").with_row_index("id")
    found = features(seen["problem"], words)
    often = found.group_by("feature").len().filter(pl.col("len") >= settings.least)
    often = often.sort("len", "feature", descending=[True, False]).head(settings.features).sort("feature")
    places = often.select("feature").with_row_index("place")
    joined = found.join(places, on="feature")
    count = np.bincount(joined["row"].to_numpy(), minlength=seen.height)
    values = 1 / np.sqrt(np.maximum(count, 1))[joined["row"].to_numpy()]
    matrix = csr_array((values, (joined["row"].to_numpy(), joined["place"].to_numpy())), (seen.height, places.height))
    fitted = LogisticRegression(C=settings.inverse_regularisation, max_iter=300).fit(matrix, seen["topic"].to_numpy())
    coefficients = fitted.coef_ if len(fitted.classes_) > 2 else np.vstack([-fitted.coef_, fitted.coef_]) / 2
    bias = fitted.intercept_ if len(fitted.classes_) > 2 else np.array([-1, 1]) * fitted.intercept_ / 2
    scale = float(np.abs(coefficients).max()) / 127
    return Model(
        topics=tuple(str(name) for name in fitted.classes_),
        words=words,
        features=places,
        weights=np.rint(coefficients.T / scale).astype(np.int8),
        scale=scale,
        bias=bias.astype(np.float64),
    )


def packed(model: Model) -> bytes:
    """The model as the file that `bigmath.topics.classify.shipped` reads."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        topics=np.frombuffer("\n".join(model.topics).encode(), dtype=np.uint8),
        words=np.frombuffer("\n".join(model.words["word"]).encode(), dtype=np.uint8),
        features=model.features["feature"].to_numpy(),
        weights=model.weights,
        scale=np.array(model.scale),
        bias=model.bias,
    )
    return out.getvalue()


def accuracy(model: Model, rows: pl.DataFrame) -> pl.DataFrame:
    """By source and topic: held-out rows, and how many the model names right. Rows as `labelled` gives them."""
    held = rows.filter("held_out")
    best = model.probabilities(held["problem"]).argmax(axis=1)
    named = held.with_columns(named=pl.Series([model.topics[at] for at in best], dtype=pl.String))
    return (
        named.group_by("source", "topic")
        .agg(pl.len().alias("rows"), (pl.col("named") == pl.col("topic")).sum().alias("right"))
        .sort("source", "topic")
    )


def _point(seed: str, text: str) -> float:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{text}".encode()).digest()[:8]) / 2**64
