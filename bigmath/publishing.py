"""Adding tables to what a warehouse has published, beside those of the main job: rollouts, traces, training sets."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import polars as pl

from bigmath.catalog import build_catalog
from bigmath.errors import ConflictError
from bigmath.outputs import Output, Version, key_of
from bigmath.store import Warehouse

TRIES = 5


def publish(
    warehouse: Warehouse, made: Mapping[str, Sequence[Output]], *, replaces: Callable[[Output], bool]
) -> Version:
    """One more version: what is published now, with these outputs in place of those they replace. Where another run
    publishes at the same moment, its version is built upon.

    Raises:
        ConflictError: others published first, `TRIES` times.
    """
    for left in reversed(range(TRIES)):
        current = warehouse.current()
        tables = dict(current.tables) if current else {}
        for table, outputs in made.items():
            kept = [output for output in tables.get(table, ()) if not replaces(output)]
            tables[table] = tuple(sorted([*kept, *outputs], key=lambda output: output.partition))
        about = current.about if current else {}
        try:
            return warehouse.publish(tables, about, parent=current.number if current else None)
        except ConflictError:
            if not left:
                raise
    raise AssertionError("unreachable")


def publish_partition(warehouse: Warehouse, made: Mapping[str, Sequence[Output]]) -> Version:
    """Publishes outputs in place of those of the same table and partition, and rebuilds the catalog."""
    partitions = {output.partition for outputs in made.values() for output in outputs}
    version = publish(warehouse, made, replaces=lambda output: output.partition in partitions)
    build_catalog(warehouse)
    return version


def publish_frames(
    warehouse: Warehouse, partition: str, tables: Mapping[str, pl.DataFrame], made_from: Mapping[str, object]
) -> Version:
    """Frames become tables of the warehouse: the same rows, made from the same, are written once.

    Args:
        partition: their name among the partitions of these tables; what stood under it before is replaced.
        made_from: JSON data that names what they were made from.
    """
    outputs: dict[str, list[Output]] = {}
    for table, frame in tables.items():
        buffer = BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        settings = {**made_from, "rows": hashlib.sha256(buffer.getvalue()).hexdigest()}
        about = {"table": table, "partition": partition, "inputs": {}, "settings": settings}
        key = key_of(about)
        found = warehouse.find(table, partition, key)
        outputs[table] = [
            found or warehouse.write(table, partition, key, schema=frame.schema, frames=[frame], made_from=about)
        ]
    return publish_partition(warehouse, outputs)
