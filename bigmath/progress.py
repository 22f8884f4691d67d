"""How long work tells how far it is: a `Reporter` hears of every output begun, advanced and ended."""

import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Task:
    """One output being made, or a stage of it. `rows` is how many rows its first input has, or None where it has none:
    progress counts rows read, or rows written where nothing of the warehouse is read. A stage counts its own items."""

    table: str
    partition: str
    rows: int | None


class Reporter(Protocol):
    """Hears of progress. Calls come one at a time, in order, not all from one thread."""

    def begin(self, task: Task) -> None: ...

    def advance(self, task: Task, rows: int) -> None: ...

    def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None:
        """`rows` were written; `reused` if a finished output was found and nothing was done."""
        ...


class Quiet:
    """A reporter that says nothing."""

    def begin(self, task: Task) -> None: ...

    def advance(self, task: Task, rows: int) -> None: ...

    def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None: ...


class LogReporter:
    """Says so in a log every `every` seconds, with rate and time left where the row count is known."""

    def __init__(self, log: logging.Logger, every: float = 5.0) -> None:
        self._log = log
        self._every = every
        self._started = self._said = 0.0
        self._rows = 0

    def begin(self, task: Task) -> None:
        self._started = self._said = time.monotonic()
        self._rows = 0

    def advance(self, task: Task, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            self._log.info(progress_line(task, self._rows, now - self._started))

    def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None:
        how = "found finished" if reused else f"made in {seconds:.1f} s"
        self._log.info(f"{task.table} of {task.partition}: {rows:,} rows, {how}")


def progress_line(task: Task, rows: int, seconds: float) -> str:
    """One line of progress: rows done, rate and, where the total is known, the time left."""
    rate = rows / seconds if seconds > 0 else 0.0
    line = f"{task.table} of {task.partition}: {rows:,} rows"
    if task.rows and rate:
        line += f" of {task.rows:,}, {max(0.0, (task.rows - rows) / rate):.0f} s left"
    return f"{line}, {rate:,.0f} rows/s"


class Stages:
    """Tells a reporter of the stages of one output, each counted by itself: `bigmath.dedup.engine.Say`."""

    def __init__(self, reporter: Reporter, table: str, partition: str) -> None:
        self._reporter = reporter
        self._table = table
        self._partition = partition
        self._told = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` items of the stage, 0 as it begins."""
        task = Task(f"{self._table}, {stage}", self._partition, total)
        if done == 0:
            self._reporter.begin(task)
        else:
            self._reporter.advance(task, done - self._told)
        self._told = done


current_reporter: ContextVar[Reporter | None] = ContextVar("current_reporter", default=None)
"""Who hears of progress in this process; the command line sets it, Dagster's own processes log instead."""
