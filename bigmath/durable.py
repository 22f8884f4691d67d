"""Files that are whole after a crash: write aside, sync, rename, sync the folder. Used by everything that publishes."""

import hashlib
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from bigmath.errors import StoreError

if TYPE_CHECKING:
    import polars as pl


def write_whole(path: Path, data: bytes) -> None:
    """Replaces a file's content so that a reader, also after a power cut, sees the old or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_synced(temporary, data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Writes a new file and waits until its bytes are on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable. Windows cannot sync a folder: there it is left to the system."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """Waits until all files and names below a folder are on the disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_frame(frame: "pl.DataFrame | pl.LazyFrame", path: Path) -> None:
    """Writes a table as Parquet, a lazy one piece by piece.

    A disk that refuses is an `OSError`; Polars makes a `ComputeError` of it.
    """
    import polars as pl  # noqa: PLC0415 - the rest of this module needs no library

    try:
        write = frame.sink_parquet if isinstance(frame, pl.LazyFrame) else frame.write_parquet
        write(path, compression="zstd", statistics=True)
    except pl.exceptions.ComputeError as error:
        raise OSError(f"{path.name}: {str(error).partition(chr(10))[0]}") from error


def write_parquet(frame: "pl.DataFrame | pl.LazyFrame", target: Path) -> None:
    """Writes a table aside and puts it in place whole; raises `StoreError` where that cannot be done."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        write_frame(frame, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
