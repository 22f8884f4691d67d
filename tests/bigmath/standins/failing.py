"""A file system whose n-th storage call fails, or where the machine loses power: what the store's fault tests use.

`Calls` wraps every call by which the store changes a folder, counts and names them, and lets one fail. Without power
whatever was not synced is gone: `lose_unsynced` empties such files.
"""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest


class PowerCut(BaseException):
    """The machine stops here; nothing that catches errors sees it."""


class Calls:
    """Storage calls of this process, in order; `fail` is the number (from 1) of the one that raises `error`.

    `skip_sync` is the number of the fsync (from 1) that is left out without a word, as a mutant of the code would.
    """

    def __init__(
        self, patch: pytest.MonkeyPatch, *, fail: int = 0, error: BaseException | None = None, skip_sync: int = 0
    ) -> None:
        self.made: list[str] = []
        self.synced: set[int] = set()
        self._fail, self._error, self._skip, self._syncs = fail, error, skip_sync, 0
        fsync, link, opened, mkdir = os.fsync, os.link, io.open, Path.mkdir
        patch.setattr(os, "fsync", lambda handle: self._sync(fsync, handle))
        patch.setattr(os, "link", self._named("link", link))
        for name in ("rename", "replace"):
            patch.setattr(Path, name, self._named(name, getattr(Path, name)))
        patch.setattr(Path, "mkdir", self._named("mkdir", mkdir))
        write = pl.DataFrame.write_parquet
        patch.setattr(
            pl.DataFrame,
            "write_parquet",
            lambda frame, path, **options: self._call(f"write {path.name}", lambda: write(frame, path, **options)),
        )
        patch.setattr(
            io, "open", lambda path, mode="r", *rest, **options: self._open(opened, path, mode, rest, options)
        )

    def _call(self, name: str, call: Callable[[], Any]) -> Any:
        self.made.append(name)
        if len(self.made) == self._fail and self._error is not None:
            raise self._error
        return call()

    def _named(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def named(path: Any, *rest: Any, **options: Any) -> Any:
            target = f" to {Path(rest[0]).name}" if rest and isinstance(rest[0], str | Path) else ""
            return self._call(f"{name} {Path(path).name}{target}", lambda: call(path, *rest, **options))

        return named

    def _sync(self, fsync: Callable[[int], None], handle: int) -> None:
        self._syncs += 1
        if self._syncs == self._skip:
            return
        self._call(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}", lambda: fsync(handle))
        self.synced.add(os.fstat(handle).st_ino)

    def _open(self, opened: Callable[..., Any], path: Any, mode: str, rest: Any, options: Any) -> Any:
        if "w" not in mode:
            return opened(path, mode, *rest, **options)
        file = self._call(f"create {Path(path).name}", lambda: opened(path, mode, *rest, **options))
        return _Closing(file, lambda: self._call(f"close {Path(path).name}", lambda: None))


class _Closing:
    """A file that asks before it is closed."""

    def __init__(self, file: Any, closing: Callable[[], None]) -> None:
        self._file, self._closing = file, closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_Closing":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._closing()


def lose_unsynced(root: Path, calls: Calls) -> None:
    """Empties every file below that was written and not synced since `calls` began."""
    for path in root.rglob("*"):
        with suppress(OSError):
            if path.is_file() and path.name != ".lock" and path.stat().st_ino not in calls.synced:
                path.write_bytes(b"")
