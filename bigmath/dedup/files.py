"""Clusters and families of the rows of users' files, and of new files against a release that stays as it is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.dedup.engine import Engine, Say
from bigmath.duplicates import FAMILY, SameAnswer, near_clusters
from bigmath.errors import SourceError
from bigmath.store import Warehouse
from bigmath.tabular import Columns, Row, read_rows

CLUSTERS = pl.Schema(
    {"row": pl.Int64, "cluster": pl.Int64, "keeper": pl.Boolean, "method": pl.String, "similarity": pl.Float64,
     "answers_conflict": pl.Boolean, "released": pl.String}
)  # fmt: skip
"""`row` counts the input's rows from 0 over all files in order; `cluster` is the smallest row in it. `method` says
how a row was
found: `exact` (the keeper's tokens) or `near`; of a keeper, how its cluster was. `released` is the row of the
release that is
kept instead, where there is one. Only rows in a cluster of two or more are listed, of the release none."""

FAMILIES = pl.Schema({"row": pl.Int64, "family": pl.Int64})
"""Rows that are variants of one template (or copies of such a row): sample one row of each `family`."""

COLUMNS = Columns(
    {}, {"problem": "text", "question": "text", "answer": "any", "solution": "text", "problem_id": "text"},
    any_of=("problem", "question"),
)  # fmt: skip
_BATCH = 50_000


def read_statements(files: Sequence[Path], say: Say) -> pl.DataFrame:
    """The rows of the files in order: problem, answer, solution_length, problem_id (of the file, may be null).

    Raises:
        SourceError: a file cannot be read, or has neither a column `problem` nor `question`.
    """
    schema = {"problem": pl.String, "answer": pl.String, "solution_length": pl.Int64, "name": pl.String}
    frames = [pl.DataFrame(schema=schema)]
    batch: list[tuple[Any, ...]] = []
    total = 0
    say("reading", 0, 0)
    for row in _rows(files):
        answer = row.values.get("answer")
        batch.append(
            (row.text("problem") or row.text("question"), None if answer is None else str(answer),
             len(row.text("solution") or ""), row.text("problem_id"))
        )  # fmt: skip
        if len(batch) == _BATCH:
            total += _BATCH
            frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
            say("reading", total, 0)
            batch = []
    frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    return pl.concat(frames, rechunk=False)


def read_release(path: Path, say: Say) -> pl.DataFrame:
    """The statements of a release: the table `base` of a warehouse, or a file.

    Raises:
        SourceError: the warehouse has no published version.
    """
    if not path.is_dir():
        return read_statements([path], say)
    warehouse = Warehouse.open(path, create=False)
    version = warehouse.current()
    if version is None:
        raise SourceError(f"{path}: nothing is published here; give a warehouse that `bigmath run` made, or a file")
    rows = warehouse.scan(*version.tables["base"]).select("problem", "answer", name="problem_id").collect()
    return rows.select("problem", "answer", pl.lit(0, dtype=pl.Int64).alias("solution_length"), "name")


def dedup_files(
    rows: pl.DataFrame,
    release: pl.DataFrame | None = None,
    *,
    same_answer: SameAnswer | None = None,
    engine: Engine | None = None,
    say: Say | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`CLUSTERS` and `FAMILIES` of rows as `read_statements` gives them; with a release, whose rows all stay, only
    new rows
    go."""
    count = 0 if release is None else release.height
    table = rows if release is None else pl.concat([rows, release])
    table = table.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    table = table.with_columns(
        problem_id=pl.col("row").cast(pl.String).str.zfill(12), alive=pl.col("row") >= table.height - count
    )
    if release is None:
        table = table.with_columns(alive=pl.lit(value=True))
    found = near_clusters(table, same_answer=same_answer, engine=engine, say=say, split_exact=True)
    found = found.with_columns(row=pl.col("problem_id").cast(pl.Int64), cluster=pl.col("cluster").cast(pl.Int64))
    new = pl.col("row") < rows.height
    families = found.filter((pl.col("method") == FAMILY) & new).select("row", family="cluster").sort("row")
    clusters = found.filter(pl.col("method") != FAMILY)
    names = table.filter(pl.col("row") >= rows.height).select(
        "row", released=pl.coalesce("name", (pl.col("row") - rows.height).cast(pl.String))
    )
    kept = clusters.filter(pl.col("keeper")).join(names, on="row").select("cluster", "released")
    clusters = clusters.filter(new).join(kept, on="cluster", how="left").sort("row")
    return clusters.match_to_schema(CLUSTERS, extra_columns="ignore"), families.match_to_schema(FAMILIES)


def _rows(files: Sequence[Path]) -> Iterator[Row]:
    for file in files:
        yield from read_rows(file, COLUMNS)
