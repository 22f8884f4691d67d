"""Worker processes for the parts of the job that are Python rather than Polars, so that every core is used.

Two engines run the same batch functions and give the same tables: `local`, processes of this machine that are started
once and reused (loky: they do not import the caller's main program), and `ray`, tasks on a cluster
(`bigmath.on_ray`). A batch whose worker died is worked on once more; rows are cut into slices, so that a small table
never waits for processes to start.
"""

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Any, Generic, TypeVar

import polars as pl

from bigmath.errors import SettingError, WorkerError

T = TypeVar("T")

SLICE = 2_500
"""Least rows worth a worker's while: below two slices the work is done here."""

ENGINES = ("local", "ray")
ENGINE_VARIABLE = "BIGMATH_ENGINE"


def workers() -> int:
    """The number of processes: `BIGMATH_WORKERS`, else one a core."""
    return int(os.environ.get("BIGMATH_WORKERS") or os.cpu_count() or 1)


def use_engine(name: str) -> None:
    """Chooses the engine of this process and of those that it starts.

    Raises:
        SettingError: there is no such engine.
        MissingExtraError: Ray is not installed.
    """
    if name not in ENGINES:
        raise SettingError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
    if name == "ray":
        from bigmath.on_ray import connected  # noqa: PLC0415 # optional

        connected()
    os.environ[ENGINE_VARIABLE] = name


class Shared(Generic[T]):
    """A large argument of many calls: pickled once, and read once in each worker process."""

    def __init__(self, value: T) -> None:
        self.value = value

    @cached_property
    def _pickled(self) -> tuple[str, bytes]:
        data = pickle.dumps(self.value, protocol=pickle.HIGHEST_PROTOCOL)
        return sha256(data).hexdigest(), data

    def __reduce__(self) -> tuple[Callable[[str, bytes], "Shared[Any]"], tuple[str, bytes]]:
        return _read_once, self._pickled


_last_read: dict[str, Shared[Any]] = {}
"""In a worker: the last shared argument, by the SHA-256 of its bytes."""


def _read_once(digest: str, data: bytes) -> Shared[Any]:
    if digest not in _last_read:
        _last_read.clear()
        _last_read[digest] = Shared(pickle.loads(data))
    return _last_read[digest]


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items; the next one is made in a thread while the last one is worked on. What fails there is raised here."""
    iterator = iter(items)
    context = copy_context()

    def one_more() -> list[T]:
        return list(islice(iterator, 1))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(context.run, one_more)
        while made := coming.result():
            coming = pool.submit(context.run, one_more)
            yield made[0]


def map_rows(
    work: Callable[..., pl.DataFrame], rows: pl.DataFrame, *arguments: Any, slice_rows: int | None = None
) -> pl.DataFrame:
    """`work(slice, *arguments)` over slices of the rows in worker processes, put together in order.

    `work` must treat each row by itself.
    `slice_rows` is the size of a slice where work is quick; by default a core gets two of at least `SLICE` rows.

    Raises:
        WorkerError: a worker died twice at the same slices.
    """
    on_ray = os.environ.get(ENGINE_VARIABLE) == "ray"
    count = workers()
    size = slice_rows or max(SLICE, -(-rows.height // (2 * count)))
    if (count < 2 and not on_ray) or rows.height < 2 * (slice_rows or SLICE):
        if slice_rows is None or rows.height <= slice_rows:
            return work(rows, *arguments)
        # one slice at a time, so that the working copies stay small
        return pl.concat([work(rows.slice(at, size), *arguments) for at in range(0, rows.height, size)])
    calls = [(work, rows.slice(at, size), *arguments) for at in range(0, rows.height, size)]
    if on_ray:
        from bigmath.on_ray import over_ray  # noqa: PLC0415 # optional

        done: list[pl.DataFrame] = over_ray(calls)
    else:
        done = _over_processes(calls, count)
    return pl.concat(done)


def _over_processes(calls: Sequence[tuple[Any, ...]], count: int) -> list[pl.DataFrame]:
    """Each call in a worker process, the results in order. Where a process dies, what is not done is asked again."""
    from loky import get_reusable_executor  # noqa: PLC0415 # small jobs never start a process
    from loky.process_executor import BrokenProcessPool  # noqa: PLC0415

    done: dict[int, pl.DataFrame] = {}
    for _ in range(2):
        executor = get_reusable_executor(max_workers=count, timeout=60)
        try:
            asked = {at: executor.submit(*call) for at, call in enumerate(calls) if at not in done}
            for at, one in asked.items():
                done[at] = one.result()
        except BrokenProcessPool:
            done |= {at: one.result() for at, one in asked.items() if one.done() and not one.exception()}
            continue
        return [done[at] for at in range(len(calls))]
    raise WorkerError(
        "worker processes died twice at the same rows, most likely for want of memory",
        hint=f"BIGMATH_WORKERS=1 uses less of it; it was {count}",
    )
