"""The same batch functions on Ray: signatures, band joins and comparisons run as tasks on a cluster; the driver
holds the texts,
16 bytes of keys a document and the components. The result is that of one machine, byte for byte. Extra `ray`.

Ray's own shuffle is not needed: a band is one task, as its keys of a hundred million documents fit into one process.
"""

import os
import re
import socket
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.engine import Content, Rows, sign_batch
from bigmath.errors import MissingExtraError, SettingError

BATCH = 25_000
EXTRA = "bigmath[ray]"
_WAIT = 5.0
"""Seconds within which a cluster must take a connection."""
_ADDRESS = re.compile(r"(?:ray://)?[\w.\-\[\]:]+:\d{1,5}")


class OnRay:
    """An `Engine` over a Ray cluster: the one that is connected to or that the environment variable RAY_ADDRESS names,
    else one of `processes` on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        SettingError: no cluster answers at RAY_ADDRESS, or none could be started here.
    """

    def __init__(self, processes: int = 2) -> None:
        try:
            import ray  # noqa: PLC0415 # optional and slow to import
        except ImportError as error:
            raise MissingExtraError(f"the engine ray needs the extra {EXTRA}") from error
        if not ray.is_initialized():
            _connect(ray, os.environ.get("RAY_ADDRESS"), processes)
        self._ray: Any = ray

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        rows = texts.to_frame("text")
        return pl.concat(
            self._over([(sign_batch, rows.slice(at, BATCH)) for at in range(0, max(1, rows.height), BATCH)])
        )

    def pairs(self, keys: Sequence[NDArray[np.uint32]], numbers: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
        shared = self._ray.put(numbers)
        return self._over([(_band, key, shared) for key in keys])

    def compare(self, content: Content, left: Rows, right: Rows, least: float) -> NDArray[np.uint8]:
        asked = [
            (_verdicts, *_picked(content, left[at : at + BATCH], right[at : at + BATCH]), least)
            for at in range(0, max(1, len(left)), BATCH)
        ]
        return np.concatenate(self._over(asked))

    def _over(self, calls: Sequence[tuple[Any, ...]]) -> Any:
        """Each call as a task, the results in order."""

        def run(work: Callable[..., Any], *arguments: Any) -> Any:
            return work(*arguments)

        task = self._ray.remote(run)
        done: Any = self._ray.get([task.remote(*call) for call in calls])
        return done


def _connect(ray: Any, address: str | None, processes: int) -> None:
    if address and address not in ("auto", "local") and not _ADDRESS.fullmatch(address):
        raise SettingError(f"RAY_ADDRESS {address!r} is no address; accepted: HOST:PORT, ray://HOST:PORT, auto, local")
    try:
        if address and address != "local":
            if address != "auto":  # Ray itself keeps trying for minutes
                host, _, port = address.removeprefix("ray://").rpartition(":")
                socket.create_connection((host.strip("[]"), int(port)), timeout=_WAIT).close()
            ray.init(address=address, log_to_driver=False)
        else:
            ray.init(address="local", num_cpus=processes, include_dashboard=False, log_to_driver=False)
    except Exception as error:  # Ray raises plain Exception, RuntimeError, ValueError and ConnectionError
        remote = address and address != "local"
        where = f"no Ray cluster at RAY_ADDRESS {address}" if remote else "Ray did not start on this machine"
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SettingError(f"{where}: {reason}") from error


def _band(keys: NDArray[np.uint32], numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    from bigmath.dedup.candidates import band_pairs  # noqa: PLC0415 # compiled code is loaded when needed

    return band_pairs(keys, numbers)


def _picked(content: Content, left: Rows, right: Rows) -> tuple[bytes, Rows, Rows, Rows]:
    """The texts of some pairs end to end, where each begins, and the pairs by position among these texts."""
    data, ends = content
    texts, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    begins = np.concatenate([[0], np.cumsum(ends[texts + 1] - ends[texts])])
    some = b"".join(data[ends[text] : ends[text + 1]].tobytes() for text in texts)
    return some, begins, places[: len(left)], places[len(left) :]


def _verdicts(data: bytes, ends: Rows, left: Rows, right: Rows, least: float) -> NDArray[np.uint8]:
    from bigmath.dedup.guarding import compare_bytes  # noqa: PLC0415 # compiled code is loaded when needed

    return compare_bytes(np.frombuffer(data, dtype=np.uint8), ends, left, right, least)[0]
