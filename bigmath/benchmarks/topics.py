"""The topic classifier on labelled problems that it was not trained on, and its speed.

Held-out rows are those of `bigmath.topics.train.labelled`; the shipped model was trained on the others of MATH, HARP
and Omni-MATH. Speed is in rows per second of processor time of one core, since a benchmark may share its machine.
"""

import time
from collections.abc import Callable, Mapping

import polars as pl

from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.hub import Files
from bigmath.ingest import ingest
from bigmath.source import Source
from bigmath.topics.classify import fingerprint, shipped, topics
from bigmath.topics.train import accuracy, labelled

ACCURACY = 0.75
"""Floor: share of held-out rows named as their source names them, over six topics."""
ROWS_PER_CORE_SECOND = 10_000
"""Floor: 20,000 rows a second on two cores."""


def read(sources: Mapping[str, Source], files: Files) -> pl.DataFrame:
    """The problems (source, problem, domain) of the sources that label their topics, without multiple choice.

    Raises:
        SettingError: none of them is at hand.
    """
    columns = ["source", "subset", "problem", "domain"]
    frames = [
        rows.select(columns).filter(pl.col("domain").is_not_null() & (pl.col("subset") != "mcq"))
        for name in ("math", "harp", "omni_math")
        if name in sources
        for rows in ingest(sources[name], files)
    ]
    if not frames:
        raise SettingError("no source with topic labels is at hand; there are: math, harp, omni_math")
    return pl.concat(frames)


def run(sources: Mapping[str, Source], files: Files, say: Callable[[str], None] = lambda line: None) -> Result:
    """Measures the shipped model on the held-out rows of the data at hand."""
    say("reading the labelled sources")
    rows = read(sources, files)
    known = labelled(rows)
    model = shipped()
    say(f"asking about {known['held_out'].sum():,} held-out problems of {known.height:,}")
    found = accuracy(model, known)
    right, held = int(found["right"].sum()), int(found["rows"].sum())
    asked = rows.with_columns(problem_id=pl.lit(""), domain=pl.lit(None, dtype=pl.String))
    topics(asked.head(100))
    began, started = time.process_time(), time.perf_counter()
    topics(asked)
    spent, wall = time.process_time() - began, time.perf_counter() - started
    figures = {
        "labelled": known.height,
        "held_out": held,
        "accuracy": round(right / held, 4) if held else None,
        "by_source": _shares(found, "source"),
        "by_topic": _shares(found, "topic"),
        "rows_per_core_second": round(asked.height / spent),
        "rows_per_second": round(asked.height / wall),
        "model_sha256": fingerprint(),
    }
    return Result(
        "topics",
        figures,
        {
            f"accuracy at least {ACCURACY}": held > 0 and right >= ACCURACY * held,
            f"at least {ROWS_PER_CORE_SECOND:,} rows per core and second": asked.height >= ROWS_PER_CORE_SECOND * spent,
        },
    )


def _shares(found: pl.DataFrame, by: str) -> dict[str, float]:
    grouped = found.group_by(by).agg(pl.col("right").sum() / pl.col("rows").sum()).sort(by)
    return {name: round(share, 4) for name, share in grouped.iter_rows()}
