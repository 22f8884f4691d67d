"""Folds repeated rows of large Parquet files into groups, out of core and the same on any machine.

DuckDB groups by key with a memory limit and spills to disk; only key and value columns are read for that. The other
columns of each group's first row come from a second, streaming pass: both run in the order of the files, so they are
merged without a sort or a second table in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bigmath.errors import SourceError
from bigmath.read_parquet import check_schema
from bigmath.tabular import Columns

_BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one key."""

    first: int
    """Number of its first row, counted through all files in order."""
    rows: int
    values: tuple[str, ...]
    """Distinct values that are not null, from the most frequent to the least; ties by first appearance."""


# row numbers run through all files; grouping twice keeps the state of the first, spilling aggregate small
_GROUPS = """
    with numbered as (
        select rows.{key} as key, rows.{value} as value, starts.first_row + rows.file_row_number as row
        from read_parquet($paths, filename = true, file_row_number = true) as rows
        join (select unnest($paths) as path, unnest($starts) as first_row) as starts on starts.path = rows.filename
    ),
    pairs as (
        select key, value, count(*) as rows, min(row) as first from numbered group by key, value
    )
    select
        min(first)::bigint as first,
        sum(rows)::bigint as rows,
        coalesce(list(value order by rows desc, first) filter (value is not null), []) as found
    from pairs
    group by key
    order by first
"""


def fold_groups(
    paths: list[Path], columns: Columns, *, key: str, value: str, memory_limit: str, spill: Path
) -> Iterator[Group]:
    """The groups of equal `key`, by their first row. Null is a key like any other.

    Raises:
        SourceError: a file that is no Parquet or lacks a column of `columns`.
    """
    starts = _starts(paths, columns)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"set memory_limit = '{memory_limit}'")
        connection.execute("set preserve_insertion_order = false")  # the query orders by itself; buffers less
        connection.execute("set temp_directory = ?", [str(spill)])
        connection.execute("set threads = 2")  # each thread needs its share of the limit
        query = _GROUPS.format(key=f'"{key}"', value=f'"{value}"')
        try:
            result = connection.execute(query, {"paths": [str(path) for path in paths], "starts": starts})
            while batch := result.fetchmany(_BATCH_ROWS):
                for first, rows, found in batch:
                    yield Group(first, rows, tuple(found))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0][:200]
            raise SourceError(f"{paths[0].parent}: cannot be grouped by {key} ({reason})") from error


def rows_at(paths: list[Path], columns: Columns, groups: Iterator[Group]) -> Iterator[tuple[Group, dict[str, Any]]]:
    """Each group with the values of its first row. The groups must come by their first row."""
    names = list(columns.required)
    offset = 0
    group = next(groups, None)
    for path in paths:
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                for part in range(file.num_row_groups):
                    rows = file.metadata.row_group(part).num_rows
                    if group is None or group.first >= offset + rows:
                        offset += rows  # every problem here was seen before: its solutions are not decoded
                        continue
                    for batch in file.iter_batches(_BATCH_ROWS, [part], names, use_threads=False):
                        wanted = []
                        while group is not None and group.first < offset + batch.num_rows:
                            wanted.append(group)
                            group = next(groups, None)
                        if wanted:
                            picked = batch.take(pa.array(np.array([each.first for each in wanted]) - offset))
                            yield from zip(wanted, picked.to_pylist(), strict=True)
                        offset += batch.num_rows
        except UnicodeDecodeError as error:
            raise SourceError(f"{path}: invalid UTF-8 near row {offset}; accepted: UTF-8 text") from error
        except (pa.ArrowException, OSError, EOFError) as error:
            raise SourceError(f"{path}: truncated or not Parquet ({str(error).splitlines()[0][:160]})") from error


def _starts(paths: list[Path], columns: Columns) -> list[int]:
    """The number of each file's first row; every file's schema is checked on the way."""
    starts, total = [], 0
    for path in paths:
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                check_schema(path, file.schema_arrow, columns)
                starts.append(total)
                total += file.metadata.num_rows
        except (pa.ArrowException, OSError, EOFError) as error:
            reason = str(error).splitlines()[0][:160]
            raise SourceError(f"{path}: truncated or not Parquet ({reason}); accepted: {columns.accepted()}") from error
    if total == 0:
        raise SourceError(f"{paths[0].parent}: no rows; accepted: {columns.accepted()}")
    return starts
