"""Running the assets in this process, for the command line: the same definitions that Dagster's UI materializes."""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

import dagster as dg

from assets.definitions import build
from assets.resources import Curation
from bigmath.progress import Reporter, Task, current_reporter

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds that work has to end by itself after Ctrl-C."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to; `failures` are lines, each with an optional hint; empty if all went well."""

    run_id: str
    failures: tuple[tuple[str, str | None], ...]
    gate_failed: bool
    """A blocking asset check failed: the tables are not published."""


def run_in_process(curation: Curation, reporter: Reporter) -> Outcome:
    """Materializes every asset over all partitions, with every blocking check, and returns what failed.

    Uses the instance of `DAGSTER_HOME` where that is set, so that the run is in its history, else none that lasts.
    """
    definitions = build(curation)
    partitions = next(one for one in definitions.resolve_all_asset_specs() if one.partitions_def is not None)
    assert partitions.partitions_def is not None  # every graph has assets by source
    names = partitions.partitions_def.get_partition_keys()
    tags = {"dagster/asset_partition_range_start": names[0], "dagster/asset_partition_range_end": names[-1]}
    job = definitions.resolve_implicit_global_asset_job_def()

    def execute() -> tuple[str, list[tuple[str, str | None]], list[dg.AssetCheckEvaluation]]:
        with _instance() as instance:
            result = job.execute_in_process(
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=instance,
                tags=tags,
                raise_on_error=False,
            )
            failures = [_failure(event) for event in result.all_events if event.is_step_failure]
            return result.run_id, failures, [one for one in result.get_asset_check_evaluations() if not one.passed]

    run_id, failures, checks = _stoppable(execute, reporter)
    gates = [(f"check {one.check_name} of {one.asset_key.to_user_string()}: {one.description}", None) for one in checks]
    # a blocking check that failed also fails its step; the check's own line says more
    shown = gates or failures
    return Outcome(run_id, tuple(shown), gate_failed=bool(gates))


def _stoppable(work: Callable[[], T], reporter: Reporter) -> T:
    """The result of `work`, done in a thread: on the main thread Dagster takes Ctrl-C for itself, and may lose it.

    After Ctrl-C the work ends at its next sign of progress, or is left where it is: nothing half made is ever found.
    """
    stopped = threading.Event()
    done: Future[T] = Future()

    def run() -> None:
        current_reporter.set(_Stopping(reporter, stopped))
        try:
            done.set_result(work())
        except BaseException as error:  # handed to the thread that waits
            done.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True)
    thread.start()
    try:
        while not done.done():
            # the system may hand the signal to any thread, and this one hears of it only between two calls
            wait([done], timeout=0.2)
        return done.result()
    except KeyboardInterrupt:
        stopped.set()
        thread.join(PATIENCE)
        raise


class _Stopping:
    """A reporter that ends the work it hears of, once that was asked for."""

    def __init__(self, reporter: Reporter, stopped: threading.Event) -> None:
        self._reporter = reporter
        self._stopped = stopped

    def begin(self, task: Task) -> None:
        self._check()
        self._reporter.begin(task)

    def advance(self, task: Task, rows: int) -> None:
        self._check()
        self._reporter.advance(task, rows)

    def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None:
        self._reporter.end(task, rows, seconds, reused=reused)
        self._check()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise KeyboardInterrupt


def _instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else dg.DagsterInstance.ephemeral()


def _failure(event: dg.DagsterEvent) -> tuple[str, str | None]:
    data = event.step_failure_data
    user = data.user_failure_data
    if user is not None:
        hint: Mapping[str, Any] = user.metadata or {}
        return user.description or event.step_key or "", str(hint["hint"].value) if "hint" in hint else None
    error = data.error
    return f"{event.step_key}: {error.to_string() if error else 'failed'}", None
