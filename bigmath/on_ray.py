"""Batch functions as tasks of a Ray cluster: the one that `RAY_ADDRESS` names, else one started on this machine.

A task whose worker or node was lost is run again by Ray (`RETRIES` times); tasks are pure, so that changes no row.
Every node needs bigmath of the same version installed. Extra `ray`.
"""

import os
import re
import socket
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from bigmath.errors import MissingExtraError, SettingError, WorkerError

RETRIES = 3
AT_ONCE = 4
"""Tasks in flight for each processor of the cluster: enough to keep it busy, few enough for its object store."""
_WAIT = 5.0
"""Seconds within which a cluster must take a connection."""
_ADDRESS = re.compile(r"(?:ray://)?[\w.\-\[\]:]+:\d{1,5}")


def connected(processes: int | None = None) -> Any:
    """The module `ray`, connected to a cluster.

    Args:
        processes: of the cluster that is started where none is named; `bigmath.workers.workers()` by default.

    Raises:
        MissingExtraError: Ray is not installed.
        SettingError: no cluster answers at RAY_ADDRESS, or none could be started here.
    """
    try:
        import ray  # noqa: PLC0415 # optional and slow to import
    except ImportError as error:
        raise MissingExtraError("the engine ray needs the extra bigmath[ray]") from error
    if not ray.is_initialized():
        from bigmath.workers import workers  # noqa: PLC0415 # it chooses between this module and processes

        _connect(ray, os.environ.get("RAY_ADDRESS"), processes or workers())
    return ray


def _connect(ray: Any, address: str | None, processes: int) -> None:
    """Joins the cluster at an address, `auto` for one that runs on this machine; starts one where none is named."""
    here = not address or address == "local"
    if not here and address != "auto" and not _ADDRESS.fullmatch(str(address)):
        raise SettingError(f"RAY_ADDRESS {address!r} is no address; accepted: HOST:PORT, ray://HOST:PORT, auto, local")
    try:
        if here:
            ray.init(address="local", num_cpus=processes, include_dashboard=False, log_to_driver=False)
        else:
            _knock(str(address))
            ray.init(address=address, log_to_driver=False)
    except Exception as error:  # Ray raises plain Exception, RuntimeError, ValueError and ConnectionError
        where = "Ray did not start on this machine" if here else f"no Ray cluster at RAY_ADDRESS {address}"
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SettingError(f"{where}: {reason}") from error


def _knock(address: str) -> None:
    """Raises `OSError` where nothing listens; Ray itself tries for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_WAIT).close()


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
