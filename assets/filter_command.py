"""`bigmath filter`: every filter asked about every row of a user's file, the answers in the order of the input."""

import tempfile
import time
from pathlib import Path

import polars as pl

from assets.console import ConsoleReporter, messages, show_note, show_table
from assets.plan import build_job, profile_named, runnable
from bigmath.durable import write_parquet
from bigmath.errors import SettingError
from bigmath.job import steps_for
from bigmath.progress import Task
from bigmath.second_opinion.asking import Asked, YesNo, default_cache
from bigmath.second_opinion.policy import apply, opinions, unsure
from bigmath.stages import STEPS

WRITTEN = ("row", "problem_id", "filter", "stage", "criterion", "kept", "reason", "detail")

NEEDED = steps_for("decisions", STEPS)


def filter_rows(file: Path, out: Path, profile: str, *, second: YesNo | None = None, as_json: bool) -> None:
    """Writes OUT/decisions.parquet: `row` counts the rows of the input from 0; each has one line a filter. With a model
    for a second opinion also OUT/opinions.parquet: every question it was asked, and what its answer changed.

    Raises:
        SettingError: `out` is a file, or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"cannot write the folder {out}: {error.strerror or error}") from error
    target = out / "decisions.parquet"
    with tempfile.TemporaryDirectory() as scratch:
        job = build_job(warehouse=Path(scratch) / "w", hub="sample", profile=profile, files=[str(file)])
        (source,) = job.sources
        show_note(runnable(profile_named(profile))[1])
        with ConsoleReporter(len(NEEDED)) as reporter:
            job.reporter = reporter
            for table in NEEDED:
                job.make(table, job.partitions(table)[0])
        rows = job.scan("problems", source).select("problem_id", "row", "problem", "answer")
        asked = job.scan("decisions", source).join(rows, on="problem_id").sort("row", "position").collect()
    decisions = asked.select(WRITTEN)
    if second is not None:
        given = _second_opinions(asked, second)
        decisions = apply(decisions, given)
        write_parquet(given, out / "opinions.parquet")
    write_parquet(decisions, target)
    shown = (
        decisions.filter(~pl.col("kept"))
        .group_by("stage", "filter", "reason")
        .len("rows")
        .sort("rows", descending=True)
    )
    show_table(shown, title=f"{decisions['row'].n_unique():,} rows of {file.name}", as_json=as_json)
    messages.print(f"decisions: {target}", markup=False, soft_wrap=True)


def _second_opinions(asked: pl.DataFrame, model: YesNo) -> pl.DataFrame:
    """The model's answers about the decisions that the rules are unsure of; says how many it flipped."""
    doubtful = unsure(asked).height
    keeper = Asked(model, default_cache())
    with ConsoleReporter(1) as reporter:
        task = Task("second_opinion", model.name, doubtful)
        reporter.begin(task)
        started = time.monotonic()
        given = opinions(asked, keeper, advance=lambda done: reporter.advance(task, done))
        reporter.end(task, given.height, time.monotonic() - started, reused=keeper.computed == 0)
    flipped = given.filter(pl.col("kept") != pl.col("rule_kept")).height
    line = f"second opinion: {doubtful:,} decisions of {asked.height:,} unsure, {keeper.computed:,} asked now"
    messages.print(f"{line}, {flipped:,} flipped by {model.name}", markup=False, soft_wrap=True)
    return given
