"""Worker processes for the parts of the job that are Python rather than Polars, so that every core is used.

Processes are started once and reused (loky: they do not import the caller's main program, and a worker that dies is an
error, never a hang). Rows are cut into slices, so that a small table never waits for processes to start.
"""

import os
from collections.abc import Callable
from typing import Any

import polars as pl

SLICE = 2_500
"""Least rows worth a worker's while: below two slices the work is done here."""


def workers() -> int:
    """The number of processes: `BIGMATH_WORKERS`, else one a core."""
    return int(os.environ.get("BIGMATH_WORKERS") or os.cpu_count() or 1)


def map_rows(
    work: Callable[..., pl.DataFrame], rows: pl.DataFrame, *arguments: Any, slice_rows: int | None = None
) -> pl.DataFrame:
    """`work(slice, *arguments)` over slices of the rows in worker processes, put together in order.

    `work` must treat each row by itself.
    `slice_rows` is the size of a slice where work is quick; by default a core gets two of at least `SLICE` rows.
    """
    count = workers()
    size = slice_rows or max(SLICE, -(-rows.height // (2 * count)))
    if count < 2 or rows.height < 2 * (slice_rows or SLICE):
        if slice_rows is None or rows.height <= slice_rows:
            return work(rows, *arguments)
        # one slice at a time, so that the working copies stay small
        return pl.concat([work(rows.slice(at, size), *arguments) for at in range(0, rows.height, size)])
    from loky import get_reusable_executor  # noqa: PLC0415 # small jobs never start a process

    executor = get_reusable_executor(max_workers=count, timeout=60)
    slices = [executor.submit(work, rows.slice(at, size), *arguments) for at in range(0, rows.height, size)]
    done: list[pl.DataFrame] = [one.result() for one in slices]
    return pl.concat(done)
