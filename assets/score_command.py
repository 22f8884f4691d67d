"""`bigmath score` and `bigmath regrade`."""

import time
from pathlib import Path

import polars as pl
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from assets.console import PLAIN_EVERY, LiveBar, messages, show_note, show_table
from assets.score_plan import Asking, scoring_of
from bigmath.catalog import NAME, build_catalog
from bigmath.errors import MissingExtraError, StoreError
from bigmath.scoring.budget import Budget, Progress, clock
from bigmath.scoring.figure import draw
from bigmath.scoring.score import Scoring, regrade
from bigmath.store import Warehouse

PARTLY = 3


class ScoreProgress(LiveBar):
    """A bar of requests where there is a terminal, else a line every `PLAIN_EVERY` seconds."""

    def __init__(self) -> None:
        self._said = time.monotonic()
        self.block = ""
        if messages.is_terminal:
            self._bar = Bar(
                TextColumn("{task.fields[block]}"), BarColumn(), TextColumn("{task.fields[state]}"),
                TimeElapsedColumn(), console=messages, transient=True,
            )  # fmt: skip
            self._task = self._bar.add_task("score", total=None, state="loading the model", block="")

    def __call__(self, progress: Progress) -> None:
        if self._bar:
            self._bar.update(
                self._task, total=progress.requests, completed=progress.requests_done, state=progress.line(),
                block=self.block,
            )  # fmt: skip
        elif progress.requests_done and time.monotonic() - self._said >= PLAIN_EVERY:
            self._said = time.monotonic()
            messages.print(f"{self.block}{progress.line()}", markup=False, soft_wrap=True)


def score(
    root: Path,
    what: str,
    asking: Asking,
    *,
    limit: int | None,
    where: str | None,
    blocks: int | None,
    budget: Budget,
    as_json: bool,
) -> int:
    """Scores and returns the exit code: 0, or 3 where the budget ended it early."""
    warehouse = Warehouse.open(root)
    scoring = scoring_of(warehouse, what, asking, limit=limit, where=where, blocks=blocks)
    show_note(f"forecast: {scoring.forecast().line()}")
    stopped, sampled = None, []
    requests = tokens = errors = 0
    seconds = 0.0
    try:
        with ScoreProgress() as progress:
            for number, name in enumerate(scoring.blocks, start=1):
                progress.block = f"block {number} of {len(scoring.blocks)}: " if len(scoring.blocks) > 1 else ""
                left = _left(budget, tokens, seconds)
                result = scoring.sample(name, budget=left, report=progress)
                requests, tokens = requests + result.requests, tokens + result.tokens
                seconds, errors = seconds + result.seconds, errors + result.errors
                scoring.make(name)
                sampled.append(name)
                if result.stopped:
                    stopped = result.stopped
                    break
    finally:
        scoring.close()
    scoring.publish(sampled)
    build_catalog(warehouse)
    speed = f", {tokens / seconds:,.0f} tokens/s" if seconds else ""
    show_note(f"spent: {requests:,} requests, {tokens:,} tokens, {clock(seconds)}{speed}, {errors:,} errors")
    _tell(warehouse, scoring, sampled, as_json=as_json)
    if stopped:
        show_note(f"stopped: {stopped}; the same command with a larger one goes on")
        return PARTLY
    return 0


def regrade_all(root: Path, *, as_json: bool) -> None:
    """Grades every published rollout again and shows what changed.

    Raises:
        StoreError: no rollouts are published.
    """
    warehouse = Warehouse.open(root, create=False)
    before = warehouse.current()
    version = regrade(warehouse)
    if version is None or before is None:
        raise StoreError(f"no rollouts are published in {root}", hint="bigmath score strict --model ...")
    build_catalog(warehouse)
    old, new = (warehouse.scan(*one.tables["rollouts"]).select("model", "request", "problem_id", "verdict").collect()
                for one in (before, version))  # fmt: skip
    both = old.join(new, on=["model", "request", "problem_id"], suffix="_now")
    counts = both.group_by("model", "verdict", "verdict_now").len("rollouts").sort("model", "verdict", "verdict_now")
    show_table(counts, title="verdicts before and now", as_json=as_json)
    changed = both.filter(pl.col("verdict").ne_missing(pl.col("verdict_now"))).height
    messages.print(f"{both.height:,} rollouts, {changed:,} verdicts changed; version {version.number}", markup=False)


def _left(budget: Budget, tokens: int, seconds: float) -> Budget:
    """What of the budget a next block may spend; a cap that is spent leaves the least there is."""
    return Budget(
        None if budget.tokens is None else max(1, budget.tokens - tokens),
        None if budget.minutes is None else max(1e-9, budget.minutes - seconds / 60),
    )


def _tell(warehouse: Warehouse, scoring: Scoring, names: list[str], *, as_json: bool) -> None:
    rows = warehouse.scan(*(scoring.job.output("difficulty", name) for name in names)).collect()
    graded = rows.filter(pl.col("n") > 0)
    summary = (
        graded.group_by("source")
        .agg(
            pl.len().alias("problems"),
            pl.col("n").sum().alias("rollouts"),
            pl.col("estimate").mean().alias("solve rate"),
            (pl.col("estimate") == 0).mean().alias("at 0"),
            (pl.col("estimate") == 1).mean().alias("at 1"),
            pl.col("mean_tokens").mean().alias("tokens"),
            pl.col("truncated").mean().alias("truncated"),
            pl.col("label_suspect").sum().alias("suspect references"),
        )
        .sort("source")
    )
    show_table(summary, title=f"{scoring.job.plan.asked.model} on {rows.height:,} problems", as_json=as_json)
    try:
        path = draw(rows, warehouse.root / "plots" / f"difficulty-{scoring.prefix.rstrip('.')}.svg")
        show_note(f"plot:   {path}")
    except MissingExtraError as missing:
        show_note(f"{missing}: {missing.hint}")
    if rows.height > graded.height:
        show_note(f"{rows.height - graded.height:,} problems have no graded rollout: no usable reference, or errors")
    messages.print(f'next:   bigmath sql -w {warehouse.root} "from quintiles"   ({warehouse.root / NAME})',
                   markup=False, soft_wrap=True)  # fmt: skip
