"""The same batch functions on Ray: signatures, band joins and comparisons run as tasks on a cluster; the driver holds
the texts, 16 bytes of keys a document and the components. The result is that of one machine, byte for byte.

Ray's own shuffle is not needed: a band is one task, as its keys of a hundred million documents fit into one process.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.engine import Rows, compare_batch, sign_batch
from bigmath.on_ray import connected, over_ray

BATCH = 25_000


class OnRay:
    """An `Engine` over a Ray cluster: the one that is connected to, else one of `processes` on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, processes: int = 2) -> None:
        self._ray = connected(processes)

    def sign(self, texts: pl.Series) -> pl.DataFrame:
        rows = texts.to_frame("text")
        return pl.concat(over_ray([(sign_batch, rows.slice(at, BATCH)) for at in range(0, max(1, rows.height), BATCH)]))

    def pairs(self, keys: Sequence[NDArray[np.uint32]], numbers: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
        shared = self._ray.put(numbers)
        return over_ray([(_band, key, shared) for key in keys])

    def compare(self, texts: pl.Series, left: Rows, right: Rows, least: float) -> pl.DataFrame:
        asked = []
        for at in range(0, max(1, len(left)), BATCH):
            pairs = {"one": texts.gather(left[at : at + BATCH]), "other": texts.gather(right[at : at + BATCH])}
            asked.append((compare_batch, pl.DataFrame(pairs), least))
        return pl.concat(over_ray(asked))


def _band(keys: NDArray[np.uint32], numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    from bigmath.dedup.candidates import band_pairs  # noqa: PLC0415 # compiled code is loaded when needed

    return band_pairs(keys, numbers)
