"""Batch functions as tasks of a Ray cluster: the one that `RAY_ADDRESS` names, else one started on this machine.

A task whose worker or node was lost is run again by Ray (`RETRIES` times); tasks are pure, so that changes no row.
Every node needs bigmath of the same version installed. Extra `ray`.
"""

import os
import socket
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from bigmath.errors import MissingExtraError, SettingError, WorkerError

RETRIES = 3
AT_ONCE = 4
"""Tasks in flight for each processor of the cluster: enough to keep it busy, few enough for its object store."""


def connected(processes: int | None = None) -> Any:
    """The module `ray`, connected to a cluster.

    Args:
        processes: of the cluster that is started where none is named; `bigmath.workers.workers()` by default.

    Raises:
        MissingExtraError: Ray is not installed.
        SettingError: there is no cluster at that address.
    """
    try:
        import ray  # noqa: PLC0415 # optional and slow to import
    except ImportError as error:
        raise MissingExtraError("the engine ray needs the extra bigmath[ray]") from error
    if not ray.is_initialized():
        from bigmath.workers import workers  # noqa: PLC0415 # it chooses between this module and processes

        if address := os.environ.get("RAY_ADDRESS"):
            _refuse_silent(address)
            ray.init(log_to_driver=False)
        else:
            ray.init(num_cpus=processes or workers(), include_dashboard=False, log_to_driver=False)
    return ray


def _refuse_silent(address: str) -> None:
    """Ray itself tries for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return  # `auto`, or a name that Ray resolves
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise SettingError(f"no Ray cluster at RAY_ADDRESS={address}: {error.strerror or error}") from error


def over_ray(calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Each call, a function and its arguments, as a task; the results in order.

    Raises:
        WorkerError: a task lost its worker `RETRIES` + 1 times. What a function itself raises comes through.
    """
    ray = connected()
    task, most = _task(), AT_ONCE * max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting: dict[Any, int] = {}
    done: dict[int, Any] = {}
    try:
        for at, call in enumerate(calls):
            waiting[task.remote(*call)] = at
            if len(waiting) >= most:
                _take(ray, waiting, done, 1)
        _take(ray, waiting, done, len(waiting))
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError) as error:
        raise WorkerError(
            f"a task lost its worker {RETRIES + 1} times: {' '.join(str(error).split())[:200]}",
            hint="give the cluster's nodes more memory, or fewer processors each",
        ) from error
    return [done[at] for at in range(len(calls))]


def _take(ray: Any, waiting: dict[Any, int], done: dict[int, Any], least: int) -> None:
    ready, _ = ray.wait(list(waiting), num_returns=least)
    for one in ready:
        done[waiting.pop(one)] = ray.get(one)


@cache
def _task() -> Any:
    def run(work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    return connected().remote(max_retries=RETRIES)(run)
