"""The same batch functions on Ray: signatures, band joins and comparisons run as tasks on a cluster; the driver holds
the texts, 16 bytes of keys a document and the components. The result is that of one machine, byte for byte.

Ray's own shuffle is not needed: a band is one task, as its keys of a hundred million documents fit into one process.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.engine import Content, Rows, sign_batch
from bigmath.on_ray import connected, over_ray

BATCH = 25_000


class OnRay:
    """An `Engine` over a Ray cluster: the one that is connected to or that the environment variable RAY_ADDRESS names,
    else one of `processes` on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        SettingError: no cluster answers at RAY_ADDRESS, or none could be started here.
    """

    def __init__(self, processes: int = 2) -> None:
        self._ray = connected(processes)
        self.portion = 4 * BATCH * max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        rows = texts.to_frame("text")
        return pl.concat(over_ray([(sign_batch, rows.slice(at, BATCH)) for at in range(0, max(1, rows.height), BATCH)]))

    def pairs(self, keys: Sequence[NDArray[np.uint32]], traits: NDArray[np.uint16]) -> list[NDArray[np.uint64]]:
        shared = self._ray.put(traits)
        return over_ray([(_band, key, shared) for key in keys])

    def compare(self, content: Content, left: Rows, right: Rows, least: float) -> NDArray[np.uint8]:
        asked = [
            (_verdicts, *_picked(content, left[at : at + BATCH], right[at : at + BATCH]), least)
            for at in range(0, max(1, len(left)), BATCH)
        ]
        return np.concatenate(over_ray(asked))


def _band(keys: NDArray[np.uint32], traits: NDArray[np.uint16]) -> NDArray[np.uint64]:
    from bigmath.dedup.candidates import band_pairs  # noqa: PLC0415 # compiled code is loaded when needed

    return band_pairs(keys, traits)


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
