"""`bigmath.load`: a table or view of a warehouse, for whichever library the reader works with."""

from pathlib import Path
from typing import Any, Literal

import duckdb

from bigmath.catalog import connect
from bigmath.columns import TABLES
from bigmath.errors import SettingError
from bigmath.store import Warehouse

As = Literal["polars", "arrow", "pandas", "datasets", "torch"]
FORMS = ("polars", "arrow", "pandas", "datasets", "torch")


def load(
    name: str = "strict",
    *,
    split: str | None = None,
    where: str | None = None,
    columns: list[str] | None = None,
    limit: int | None = None,
    as_: As = "polars",
    warehouse: str | Path = "warehouse",
) -> Any:
    """Rows of a published table or view, by problem id where it has one, as one of `FORMS`.

    Args:
        name: any table that `bigmath sql "show tables"` lists, such as base, strict, rejected, decisions, funnel.
        split: train, validation or test, for base and strict.
        where: a condition in DuckDB's SQL; it can read the warehouse's tables and nothing else.
        columns: which columns, all by default. Only these are read from the files.
        limit: at most so many rows.
        as_: polars.DataFrame, pyarrow.Table, pandas.DataFrame, datasets.Dataset, or the last with format torch.

    Raises:
        SettingError: there is no such table, split, column or form; the condition is refused.
        StoreError: nothing has been published in `warehouse`.

    >>> load("strict", split="train", where="source = 'math' and level >= 4", as_="pandas")  # doctest: +SKIP
    """
    if as_ not in FORMS:
        raise SettingError(f"as_={as_!r}; accepted: {', '.join(FORMS)}")
    with connect(Warehouse.open(warehouse, create=False)) as connection:
        names = {
            one for (one,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
        if name not in names:
            raise SettingError(f"no table {name!r}; there are: {', '.join(sorted(names & set(TABLES)))}")
        try:
            return _as(_rows(connection, name, split, where, columns, limit), as_)
        except duckdb.Error as error:
            raise SettingError(f"DuckDB refused the question: {' '.join(str(error).split())}") from error


def _rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    split: str | None,
    where: str | None,
    columns: list[str] | None,
    limit: int | None,
) -> duckdb.DuckDBPyRelation:
    rows = connection.sql(f'from "{name}"')
    if split is not None:
        if "split" not in rows.columns:
            raise SettingError(f"{name} has no splits; base and strict have train, validation and test")
        splits = [one for (one,) in connection.execute(f'select distinct split from "{name}" order by 1').fetchall()]
        if split not in splits:
            raise SettingError(f"no split {split!r} in {name}; there are: {', '.join(splits)}")
        rows = rows.filter(f"split = '{split}'")
    if where is not None:
        rows = rows.filter(where)
    if "problem_id" in rows.columns:
        rows = rows.order("problem_id")  # a join keeps no order, and training should see the same one each time
    if columns is not None:
        if unknown := [one for one in columns if one not in rows.columns]:
            raise SettingError(f"{name} has no column {unknown[0]!r}; there are: {', '.join(rows.columns)}")
        rows = rows.project(", ".join(f'"{one}"' for one in columns))
    return rows if limit is None else rows.limit(limit)


def _as(rows: duckdb.DuckDBPyRelation, form: As) -> Any:
    if form == "polars":
        return rows.pl()
    if form == "pandas":
        return rows.df()
    table = rows.to_arrow_table()
    if form == "arrow":
        return table
    import datasets  # noqa: PLC0415 - slow to load, and only two forms need it

    found = datasets.Dataset(datasets.table.InMemoryTable(table))
    return found.with_format("torch") if form == "torch" else found
