"""The DuckDB file of a warehouse: views over the current version, so that `duckdb bigmath.duckdb` shows every table.

It is a built artefact: the published version's manifest is the truth. The file is written aside and replaced as a
whole, so readers hold the old one or open the new one. Views find their Parquet files beside the database file wherever
it stands and whatever the reader's folder is: DuckDB's default `temp_directory` is the database's own path with `.tmp`
added, which is the one place where SQL can learn that path. In a database that *attaches* this one, set
`file_search_path` to the warehouse instead.
"""

import uuid
from importlib.resources import files
from pathlib import Path

import duckdb

from bigmath.columns import COLUMNS, TABLES
from bigmath.durable import sync_folder
from bigmath.errors import StoreError
from bigmath.store import Version, Warehouse

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

_BESIDE = r"create macro beside(path) as regexp_replace(current_setting('temp_directory'), '[^/\\]*$', '') || path"

_WITH_SPLIT = {"base", "strict", "reformulated"}


def build_catalog(warehouse: Warehouse, version: Version) -> Path:
    """Writes the DuckDB file for a published version and returns its path.

    Raises:
        StoreError: the file cannot be written.
    """
    path = warehouse.root / NAME
    temporary = path.with_name(f".{NAME}.{uuid.uuid4().hex}")
    try:
        with duckdb.connect(str(temporary)) as connection:
            _create_views(connection, version)
        temporary.replace(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"cannot write {path}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)
    return path


def connect(warehouse: Warehouse) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the catalog of the current version. Queries can read the warehouse and no other file.

    Raises:
        StoreError: nothing has been published yet.
    """
    path = warehouse.root / NAME
    if warehouse.storage.copies and (version := warehouse.current()):
        warehouse.bring(version)
        build_catalog(warehouse, version)
    if not path.is_file():
        raise StoreError(f"nothing has been published in {warehouse.storage.where}", hint="bigmath run")
    connection = duckdb.connect(str(path), read_only=True)
    root = str(warehouse.root.resolve()).replace("'", "''")
    connection.execute(f"set allowed_directories = ['{root}/']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _needed(script: str) -> set[str]:
    """The tables that the first line of a script says it needs: `-- needs: base, splits`."""
    first = script.partition("\n")[0]
    return set(first.removeprefix("-- needs:").replace(",", " ").split()) if first.startswith("-- needs:") else set()


def _create_views(connection: duckdb.DuckDBPyConnection, version: Version) -> None:
    connection.execute(_BESIDE)
    for table, outputs in sorted(version.tables.items()):
        paths = [entry.path.replace("'", "''") for output in outputs for entry in output.files]
        listed = ", ".join(f"beside('{path}')" for path in paths)
        name = f"{table}_rows" if table in _WITH_SPLIT else table
        connection.execute(f"create view {name} as select * from read_parquet([{listed}])")
    for script in sorted(files("bigmath").joinpath("sql").iterdir(), key=lambda one: one.name):
        if _needed(script.read_text()) <= version.tables.keys():
            connection.execute(script.read_text())
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
