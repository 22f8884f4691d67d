"""The Parquet files of a release: which rows are in which, and how they are written so that they are the same twice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from bigmath.durable import sha256_of
from bigmath.errors import SettingError
from bigmath.release.manifest import Shard
from bigmath.release.secrets import secret_in

SHARD_ROWS = 200_000
"""Rows of a shard: about 100 to 300 MB of statements with their solutions."""


def write(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    parameters: Sequence[Any],
    *,
    config: str,
    split: str,
    folder: Path,
) -> None:
    """Writes the rows of a query by problem id; nothing where there are none.

    Raises:
        SettingError: a text looks like a credential.
    """
    counted = connection.execute(f"select count(*) from ({rows})", list(parameters)).fetchone()
    total = counted[0] if counted else 0
    parts = -(-total // SHARD_ROWS)
    for part in range(parts):
        table = connection.execute(
            f"select * from ({rows}) order by problem_id limit {SHARD_ROWS} offset {part * SHARD_ROWS}",
            list(parameters),
        ).to_arrow_table()
        if found := secret_in(pl.DataFrame(table)):
            problem_id, column, kind = found
            raise SettingError(f"{problem_id}: its {column} holds what looks like {kind}; nothing was released")
        (folder / config).mkdir(exist_ok=True)
        # chunks by content, so that the Hub stores a changed release as its changes; a page index for readers
        pq.write_table(
            table,
            folder / config / f"{split}-{part:05}-of-{parts:05}.parquet",
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
        )


def found(folder: Path) -> list[Shard]:
    """The shards that a folder holds, as their files are."""
    return [_shard(folder, path) for path in sorted(folder.glob("*/*.parquet"))]


def columns(folder: Path, shards: Sequence[Shard]) -> dict[str, dict[str, str]]:
    """Of each configuration, its columns and their Arrow types."""
    first = {shard.config: shard.path for shard in reversed(shards)}
    configs = dict.fromkeys(shard.config for shard in shards)
    return {
        config: {field.name: str(field.type) for field in pq.read_schema(folder / first[config])} for config in configs
    }


def _shard(folder: Path, path: Path) -> Shard:
    return Shard(
        path=path.relative_to(folder).as_posix(),
        config=path.parent.name,
        split=path.name.partition("-")[0],
        rows=pq.read_metadata(path).num_rows,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )
