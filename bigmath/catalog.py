"""The DuckDB file of a warehouse: views over the current version, so that `duckdb bigmath.duckdb` shows every table.

It is a built artefact: the published version's manifest is the truth. The file is written aside and replaced as a
whole, so readers hold the old one or open the new one. Views find their Parquet files beside the database file wherever
it stands and whatever the reader's folder is: DuckDB's default `temp_directory` is the database's own path with `.tmp`
added, which is the one place where SQL can learn that path. In a database that *attaches* this one, set
`file_search_path` to the warehouse instead.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import duckdb
from filelock import FileLock

from bigmath.columns import COLUMNS, MACROS, TABLES
from bigmath.durable import sync_folder
from bigmath.errors import SettingError, StoreError
from bigmath.outputs import Output, Version
from bigmath.store import Warehouse

PUBLISHED = {
    "problems": ["problems"],
    "benchmarks": ["benchmarks"],
    "decisions": ["decisions"],
    "duplicates": ["exact_duplicates", "near_duplicates", "semantic_duplicates", "rewrite_duplicates"],
    "contamination": ["contamination", "rewrite_contamination"],
    "base": ["base"],
    "strict": ["strict"],
    "rejected": ["rejected"],
    "strict_rejected": ["strict_rejected"],
    "splits": ["splits"],
    "label_suspects": ["label_suspects"],
    "topics": ["topics"],
    "rewrites": ["rewrites"],
    "reformulated": ["reformulated"],
    "reformulated_decisions": ["reformulated_decisions"],
}
"""Each published table and the steps whose outputs it is made of."""

NAME = "bigmath.duckdb"

DRAFT = "draft.duckdb"
"""The same views over tables that a failed check kept from being published."""

_BESIDE = r"create macro beside(path) as regexp_replace(current_setting('temp_directory'), '[^/\\]*$', '') || path"

_UNDER = "create macro beside(path) as '{root}/' || path"

_WITH_SPLIT = {"base", "strict", "reformulated"}


def build_catalog(warehouse: Warehouse) -> Path:
    """Writes the DuckDB file for the current version and returns its path. Runs that publish at the same time take
    turns, so that it never goes back to an older version.

    Raises:
        StoreError: nothing has been published, or the file cannot be written.
    """
    try:
        with FileLock(warehouse.root / ".catalog.lock", timeout=60):
            if (version := warehouse.current()) is None:
                raise _nothing(warehouse, "nothing has been published")
            warehouse.bring(version)
            return _build(warehouse, version.tables, NAME)
    except OSError as error:
        raise StoreError(f"cannot write {warehouse.root / NAME}: {error.strerror or error}") from error


def build_draft(warehouse: Warehouse, tables: Mapping[str, Sequence[Output]]) -> Path:
    """Writes the DuckDB file for outputs that are not published, to look further where a check failed.

    Raises:
        StoreError: the file cannot be written.
    """
    return _build(warehouse, tables, DRAFT)


def _build(warehouse: Warehouse, tables: Mapping[str, Sequence[Output]], name: str) -> Path:
    path = warehouse.root / name
    temporary = path.with_name(f".{name}.{uuid.uuid4().hex}")
    try:
        with duckdb.connect(str(temporary)) as connection:
            create_views(connection, tables, has_runs=any((warehouse.root / "runs").glob("*.parquet")))
            _comment(connection)
        temporary.replace(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)
    return path


def connect(warehouse: Warehouse, name: str = NAME) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the catalog of the current version. Queries can read the warehouse and no other file.

    Raises:
        StoreError: nothing has been published yet, or no check has failed where the draft is asked for.
    """
    path = warehouse.root / name
    if name == NAME and warehouse.storage.copies:
        build_catalog(warehouse)
    if not path.is_file():
        raise _nothing(warehouse, "no check has failed" if name == DRAFT else "nothing has been published")
    connection = duckdb.connect(str(path), read_only=True)
    confine(connection, str(warehouse.root.resolve()))
    return connection


def _nothing(warehouse: Warehouse, said: str) -> StoreError:
    return StoreError(f"{said} in {warehouse.storage.where}", hint="bigmath run")


def connect_to(warehouse: Warehouse, version: Version) -> duckdb.DuckDBPyConnection:
    """A connection in memory to one version, which need not be the one whose catalog was written last."""
    warehouse.bring(version)
    connection = duckdb.connect()
    root = warehouse.root.resolve().as_posix()
    create_views(connection, version.tables, has_runs=any((warehouse.root / "runs").glob("*.parquet")), root=root)
    confine(connection, root)
    return connection


def confine(connection: duckdb.DuckDBPyConnection, root: str) -> None:
    """Lets a connection read what lies under `root` and nothing else, whatever it is asked from now on."""
    quoted = root.replace("'", "''")
    connection.execute(f"set allowed_directories = ['{quoted}/']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """The result of a query from outside.

    Raises:
        SettingError: DuckDB refuses it, or it does not only read (COPY could write into the warehouse).
    """
    try:
        statements = connection.extract_statements(query)
        wrong = [one for one in statements if one.type not in _READING]
        if wrong or not statements:
            kind = wrong[0].type.name if wrong else "no statement"
            raise SettingError(
                f"only queries are answered, not {kind}; accepted: select, from, with, show, describe, summarize"
            )
        return connection.execute(query)
    except duckdb.Error as error:
        raise SettingError(f"DuckDB refused the query: {' '.join(str(error).split())}") from error


_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.RELATION)
"""Also show, describe and summarize; not explain, since `explain analyze copy` would write."""


def _is_wanted(script: str, tables: Collection[str]) -> bool:
    """Whether what the first line of a script says is so: `-- needs: base, strict; lacks: difficulty`."""
    for part in script.partition("\n")[0].removeprefix("-- ").split(";"):
        word, _, names = part.strip().partition(":")
        named = set(names.replace(",", " ").split())
        if word == "needs" and not named <= set(tables):
            return False
        if word == "lacks" and not named.isdisjoint(tables):
            return False
    return True


def create_views(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Sequence[Output]],
    *,
    has_runs: bool,
    root: str | None = None,
) -> None:
    """Views and macros over tables: of the files beside the database, or of those under `root`."""
    connection.execute(_BESIDE if root is None else _UNDER.format(root=root.replace("'", "''")))
    there = tables.keys() | ({"runs"} if has_runs else set())
    for table, outputs in sorted(tables.items()):
        paths = [entry.path.replace("'", "''") for output in outputs for entry in output.files]
        listed = ", ".join(f"beside('{path}')" for path in paths)
        name = f"{table}_rows" if table in _WITH_SPLIT else table
        connection.execute(f"create view {name} as select * from read_parquet([{listed}])")
    for script in sorted(files("bigmath").joinpath("sql").iterdir(), key=lambda one: one.name):
        if _is_wanted(script.read_text(), there):
            connection.execute(script.read_text())
    for table in sorted(_WITH_SPLIT & tables.keys()):
        connection.execute(f"create view if not exists {table} as from {table}_rows")  # a draft may have no splits yet


def _comment(connection: duckdb.DuckDBPyConnection) -> None:
    """Says in the database what each table, column and macro is."""
    shown = {
        name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    }
    for table, text in TABLES.items():
        if table in shown:
            quoted = text.replace("'", "''")
            connection.execute(f"comment on view {table} is '{quoted}'")
            columns = connection.execute(f"select column_name from (describe {table})").fetchall()
            for (column,) in columns:
                if column in COLUMNS:
                    quoted = COLUMNS[column].replace("'", "''")
                    connection.execute(f"comment on column {table}.{column} is '{quoted}'")
    macros = connection.execute("select distinct function_name from duckdb_functions() where not internal").fetchall()
    for (name,) in macros:
        if name in MACROS:
            quoted = MACROS[name].partition(": ")[2].replace("'", "''")
            connection.execute(f"comment on macro table {name} is '{quoted}'")
