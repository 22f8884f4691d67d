"""`bigmath.load`: a table or view of a warehouse or release, for whichever library the reader works with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import duckdb

from bigmath.columns import TABLES
from bigmath.errors import SettingError
from bigmath.remote import connect

As = Literal["polars", "arrow", "pandas", "datasets", "torch"]
FORMS = ("polars", "arrow", "pandas", "datasets", "torch")

BATCH_ROWS = 10_000
"""Rows of a batch of what is read lazily."""


def load(
    name: str = "strict",
    *,
    split: str | None = None,
    where: str | None = None,
    columns: list[str] | None = None,
    limit: int | None = None,
    as_: As = "polars",
    lazy: bool = False,
    warehouse: str | Path = "warehouse",
) -> Any:
    """Rows of a published table or view, by problem id where it has one, as one of `FORMS`.

    Only the columns asked for, and those of the condition, are read from the files. With `lazy` no row is read before
    it is wanted, and memory holds a batch.

    Args:
        name: any table that `bigmath sql "show tables"` lists, such as base, strict, rejected, decisions, funnel.
        split: train, validation or test, for base, strict and reformulated.
        where: a condition in DuckDB's SQL; it can read the tables at `warehouse` and nothing else.
        columns: which columns, all by default.
        limit: at most so many rows.
        as_: polars.DataFrame, pyarrow.Table, pandas.DataFrame, datasets.Dataset, or the last with format torch.
        lazy: polars.LazyFrame, pyarrow.RecordBatchReader, an iterator of pandas.DataFrame, or
            datasets.IterableDataset in place of these.
        warehouse: a folder, a release's folder, `s3://BUCKET/PATH`, or a release as `hf://datasets/ORG/NAME@TAG`.

    Raises:
        SettingError: there is no such table, split, column or form; the condition is refused.
        StoreError: there is nothing published at `warehouse`, or it cannot be reached.

    >>> load("strict", split="train", where="source = 'math' and level >= 4", as_="pandas")  # doctest: +SKIP
    """
    if as_ not in FORMS:
        raise SettingError(f"as_={as_!r}; accepted: {', '.join(FORMS)}")
    if limit is not None and limit < 0:
        raise SettingError(f"limit={limit}; accepted: 0 or more")
    if lazy and as_ in ("datasets", "torch"):
        question = {"name": name, "split": split, "where": where, "columns": columns, "limit": limit}
        return _iterable(as_, {**question, "warehouse": str(warehouse)})
    connection = connect(warehouse)
    try:
        rows = _rows(connection, name, split, where, columns, limit)
        return _lazily(rows, connection, as_) if lazy else _whole(rows, as_)
    except duckdb.Error as error:
        raise SettingError(f"DuckDB refused the question: {' '.join(str(error).split())}") from error
    finally:
        if not lazy:  # what is lazy reads through the connection, and closes it when it is collected
            connection.close()


def _rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    split: str | None,
    where: str | None,
    columns: list[str] | None,
    limit: int | None,
) -> duckdb.DuckDBPyRelation:
    shown = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    names = {one for (one,) in shown}
    if name not in names:
        known = names & {*TABLES, "unfiltered"}
        raise SettingError(f"no table {name!r}; there are: {', '.join(sorted(known))}")
    rows = connection.view(name)
    if split is not None:
        if "split" not in rows.columns:
            raise SettingError(f"{name} has no splits; base and strict have train, validation and test")
        splits = [one for (one,) in connection.execute(f'select distinct split from "{name}" order by 1').fetchall()]
        if split not in splits:
            raise SettingError(f"no split {split!r} in {name}; there are: {', '.join(splits)}")
        rows = rows.filter(duckdb.ColumnExpression("split") == duckdb.ConstantExpression(split))
    if where is not None:
        rows = rows.filter(_condition(where))
    if "problem_id" in rows.columns:
        rows = rows.order("problem_id")  # a join keeps no order, and training should see the same one each time
    if columns is not None:
        if unknown := [one for one in columns if one not in rows.columns]:
            raise SettingError(f"{name} has no column {unknown[0]!r}; there are: {', '.join(rows.columns)}")
        rows = rows.select(*(duckdb.ColumnExpression(one) for one in columns))
    return rows if limit is None else rows.limit(limit)


def _condition(where: str) -> duckdb.Expression:
    """The condition as an expression, so that nothing but a condition can be said.

    Raises:
        SettingError: it is none.
    """
    try:
        return duckdb.SQLExpression(where)
    except duckdb.Error as error:
        raise SettingError(f"where={where!r} is no condition in SQL: {' '.join(str(error).split())}") from error


def _whole(rows: duckdb.DuckDBPyRelation, form: As) -> Any:
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


def _lazily(rows: duckdb.DuckDBPyRelation, connection: duckdb.DuckDBPyConnection, form: As) -> Any:
    if form == "polars":
        return rows.pl(lazy=True)
    return rows.to_arrow_reader(BATCH_ROWS) if form == "arrow" else _pandas_batches(rows, connection)


def _iterable(form: As, question: dict[str, Any]) -> Any:
    """A datasets.IterableDataset that asks anew for each pass, also in the worker processes of a loader."""
    import datasets  # noqa: PLC0415 - slow to load, and only two forms need it

    schema = load(**(question | {"limit": 0}), as_="arrow").schema
    features = datasets.Features.from_arrow_schema(schema)
    found = datasets.IterableDataset.from_generator(_records, features=features, gen_kwargs={"question": question})
    return found.with_format("torch") if form == "torch" else found


def _records(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for batch in load(**question, as_="arrow", lazy=True):
        yield from batch.to_pylist()


def _pandas_batches(rows: duckdb.DuckDBPyRelation, connection: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    try:
        for batch in rows.to_arrow_reader(BATCH_ROWS):
            yield batch.to_pandas()
    finally:
        connection.close()
