"""Tables that are not in a local warehouse: of a release folder, or at an address on S3 or the Hub.

    DIR                          a release made by `bigmath release`, or a warehouse
    s3://BUCKET/PATH             a warehouse or a release; keys and endpoint from the usual AWS_... variables
    hf://datasets/ORG/NAME@REV   a release on the Hub; address and token from HF_ENDPOINT and HF_TOKEN

Views are made in memory over the same Parquet files: a connection sees one version, the next one the newest. DuckDB
reads remote files through pyarrow's S3 client and the Hub's own: no extension is installed, no file is downloaded
whole, and a query fetches the columns that it reads.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import duckdb

from bigmath import catalog
from bigmath.errors import SettingError, StoreError
from bigmath.outputs import version_from
from bigmath.store import Warehouse

SCHEMES = ("s3", "hf")
RELEASE = "release.json"


class _Files(Protocol):
    """The part of fsspec's file systems that is used here."""

    def cat_file(self, path: str) -> bytes: ...

    def glob(self, path: str) -> list[str]: ...


@contextmanager
def tables(where: str | Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection over the tables at a place, closed afterwards. It can read that place and nothing else.

    Raises:
        SettingError: the address has an unknown scheme.
        StoreError: there is neither a warehouse nor a release, or the service does not answer.
    """
    connection = connect(where)
    try:
        yield connection
    finally:
        connection.close()


def connect(where: str | Path) -> duckdb.DuckDBPyConnection:
    """As `tables`; the caller closes the connection."""
    text = str(where)
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme:
        if scheme not in SCHEMES:
            raise SettingError(f"{text}: cannot read {scheme}://; accepted: a folder, s3://BUCKET/PATH, {_HUB_FORM}")
        return _connected(text.rstrip("/"), _filesystem(text, scheme))
    if (Path(where) / RELEASE).is_file():
        return _connected(Path(where).resolve().as_posix(), None)
    warehouse = Warehouse.open(where, create=False)
    version = warehouse.current()
    if version is None:
        raise StoreError(f"nothing has been published in {warehouse.root}", hint="bigmath run")
    return catalog.connect_to(warehouse, version)


_HUB_FORM = "hf://datasets/ORG/NAME[@REVISION]"


def _connected(root: str, files: Any) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    try:
        if files is not None:
            connection.register_filesystem(files)
        release = _json_at(root, RELEASE, files)
        if release is not None:
            _show_release(connection, root, release)
        elif (pointer := _json_at(root, "current.json", files)) is not None:
            body = _json_at(root, f"versions/{pointer['version']:06}.json", files)
            if body is None:
                raise StoreError(f"{root}: version {pointer['version']} is missing")
            has_runs = files is not None and bool(files.glob(f"{root}/runs/*.parquet"))
            catalog.create_views(connection, version_from(body).tables, has_runs=has_runs, root=root)
        else:
            raise StoreError(f"{root}: neither a warehouse (current.json) nor a release ({RELEASE}) is there")
        catalog.confine(connection, root)
    except duckdb.Error as error:
        connection.close()
        raise StoreError(f"cannot read {root}: {' '.join(str(error).split())}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _show_release(connection: duckdb.DuckDBPyConnection, root: str, release: dict[str, Any]) -> None:
    """A view of each configuration, with the column `split` that its files are named by."""
    configs: dict[str, dict[str, list[str]]] = {}
    for shard in release["shards"]:
        configs.setdefault(shard["config"], {}).setdefault(shard["split"], []).append(f"{root}/{shard['path']}")
    for config, splits in configs.items():
        parts = [
            f"select *, {_text(split)} as split from read_parquet([{', '.join(map(_text, paths))}])"
            for split, paths in splits.items()
        ]
        connection.execute(f"create view {_name(config)} as {' union all by name '.join(parts)}")


def _json_at(root: str, name: str, files: _Files | None) -> Any:
    """The JSON of a file; None where it is missing."""
    path = f"{root}/{name}"
    try:
        return json.loads(Path(path).read_bytes() if files is None else files.cat_file(path))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreError(f"{path} is not JSON: {error}") from error
    except Exception as error:  # each client has exceptions of its own
        if type(error).__name__ in ("RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"):
            raise StoreError(f"{root}: {str(error).splitlines()[0]}") from error
        raise StoreError(f"cannot read {path}: {str(error).splitlines()[0] if str(error) else error!r}") from error


def _filesystem(address: str, scheme: str) -> Any:
    if scheme == "s3":
        return _s3()
    if not address.startswith("hf://datasets/") or address.count("/") < 4:
        raise SettingError(f"{address}: accepted: {_HUB_FORM}")
    return _hub()


def _s3() -> Any:
    """S3 through pyarrow, for reading only."""
    from fsspec.implementations.arrow import ArrowFSWrapper  # noqa: PLC0415 - slow to load
    from pyarrow.fs import S3FileSystem  # noqa: PLC0415

    class ReadOnlyS3(ArrowFSWrapper):  # type: ignore[misc]  # fsspec ships no types
        protocol = "s3"

        def _open(self, path: str, mode: str = "rb", *args: Any, **kwargs: Any) -> Any:
            _refuse_writing(path, mode)
            return super()._open(path, mode, *args, **kwargs)

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint is None:
        return ReadOnlyS3(S3FileSystem())
    parts = urlsplit(endpoint)
    return ReadOnlyS3(S3FileSystem(endpoint_override=parts.netloc.rpartition("@")[2], scheme=parts.scheme))


def _hub() -> Any:
    """The Hub through its own client, for reading only."""
    from huggingface_hub import HfFileSystem  # noqa: PLC0415 - slow to load

    class ReadOnlyHub(HfFileSystem):
        def modified(self, path: str, **kwargs: Any) -> datetime:
            """DuckDB asks for it; what a revision holds does not change."""
            return datetime(2000, 1, 1, tzinfo=UTC)

        def _open(self, path: str, mode: str = "rb", *args: Any, **kwargs: Any) -> Any:
            _refuse_writing(path, mode)
            return super()._open(path, mode, *args, **kwargs)

    return ReadOnlyHub()


def _refuse_writing(path: str, mode: str) -> None:
    if mode != "rb":
        raise PermissionError(f"{path} is read only")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
