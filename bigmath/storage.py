"""Where a warehouse lies: what it asks of that place, and the answer of a folder on this machine.

Names are relative to the warehouse, with forward slashes. Every place keeps three promises, and one set of tests checks
them for each (`tests/bigmath/test_store.py`): a folder or file appears whole or not at all, a claim has one content,
and a file that is advanced never goes back. `bigmath.object_storage` is the other place, an S3-compatible bucket.
"""

import os
import shutil
import time
from collections.abc import Callable, Collection, Hashable
from functools import cached_property
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from bigmath.durable import sync_folder, write_synced, write_whole

GRACE_HOURS = 24.0
"""Staged and unreferenced files younger than this are never cleaned: a running job or an open reader may need them."""

FOLDERS = ("tables", "versions", "runs", ".stage")


class Storage(Protocol):
    """What a warehouse asks of the place it lies in. Any call may raise `OSError`, or `ServiceError` of a server."""

    @property
    def root(self) -> Path:
        """The folder on this machine that holds the files, or copies of them."""

    @property
    def where(self) -> str:
        """The place as its user named it."""

    @property
    def copies(self) -> bool:
        """Whether `root` holds copies, which may be missing or old, and not the files themselves."""

    def read(self, name: str) -> bytes:
        """A file's bytes; `FileNotFoundError` where there is none."""

    def state(self, name: str) -> tuple[int, Hashable]:
        """A file's size, and a mark that differs once it was changed; `FileNotFoundError` where there is none."""

    def local(self, name: str) -> Path:
        """The file on this machine, brought here if need be."""

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, without it; empty where there is none."""

    def put(self, stage: Path, folder: str, whole: Callable[[], bool]) -> None:
        """Moves the files of `stage` to a folder of outputs, all at once: `manifest.json` makes them visible. Where
        `whole()` finds the folder complete it is left as it is; a damaged one is replaced."""

    def add(self, staged: Path, name: str) -> None:
        """Moves one staged file to a name that nobody else uses."""

    def claim(self, staged: Path, name: str, ready: Callable[[], None]) -> None:
        """Creates a file from a staged one; `FileExistsError` where it is there with other bytes: one with the same is
        ours, whose reply was lost, or a twin's. No cleaning comes between `ready()`, which may refuse by raising, and
        the claim."""

    def advance(self, name: str, decide: Callable[[bytes | None], bytes | None]) -> None:
        """Compare and swap: replaces a file by `decide(its bytes, or None)`, or leaves it where that is None."""

    def clean(self, named: Callable[[], Collection[str]], *, apply: bool) -> list[str]:
        """Folders of outputs that are not `named()`, and of unfinished work, older than the grace time, in order of
        name. Deleted only if `apply`."""


class Folder:
    """A folder on this machine. Swaps and claims of one machine's processes take turns by a lock file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    copies = False

    @property
    def where(self) -> str:
        return str(self.root)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def state(self, name: str) -> tuple[int, Hashable]:
        found = (self.root / name).stat()
        return found.st_size, found.st_mtime_ns

    def local(self, name: str) -> Path:
        return self.root / name

    def names(self, folder: str) -> list[str]:
        path = self.root / folder
        return sorted(one.name for one in path.iterdir()) if path.is_dir() else []

    def put(self, stage: Path, folder: str, whole: Callable[[], bool]) -> None:
        target = self.root / folder
        sync_folder(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if target.exists():
                if whole():
                    return
                damaged = stage.with_name(stage.name + ".damaged")
                target.rename(damaged)
                shutil.rmtree(damaged, ignore_errors=True)
            stage.rename(target)
        sync_folder(target.parent)

    def add(self, staged: Path, name: str) -> None:
        staged.replace(self.root / name)
        sync_folder((self.root / name).parent)

    def claim(self, staged: Path, name: str, ready: Callable[[], None]) -> None:
        target = self.root / name
        with self._lock:
            ready()
            try:
                os.link(staged, target)
            except FileExistsError:
                if target.read_bytes() != staged.read_bytes():
                    raise
        sync_folder(target.parent)

    def advance(self, name: str, decide: Callable[[bytes | None], bytes | None]) -> None:
        target = self.root / name
        with self._lock:
            data = decide(target.read_bytes() if target.exists() else None)
            if data is not None:
                write_whole(target, data)

    def clean(self, named: Callable[[], Collection[str]], *, apply: bool) -> list[str]:
        with self._lock:
            kept = named()
            outputs = [path.parent for path in (self.root / "tables").glob("*/*/*/manifest.json")]
            found = {path.relative_to(self.root).as_posix(): path for path in [*self.root.glob(".stage/*"), *outputs]}
            stale = {name: path for name, path in found.items() if name not in kept and _is_old(path)}
            if apply:
                for path in stale.values():
                    shutil.rmtree(path, ignore_errors=True)
        return sorted(stale)

    @cached_property
    def _lock(self) -> FileLock:
        return FileLock(self.root / ".lock", timeout=60)


def foreign(root: Path) -> list[str]:
    """The names in a folder that no warehouse has that was killed while it was laid out."""
    return sorted(
        path.name
        for path in root.iterdir()
        if not (path.name in FOLDERS and path.is_dir() and not any(path.iterdir()))
        and path.name not in {".stage", ".lock"}
        and not path.name.startswith(".format.json.")
    )


def make_folders(root: Path, marker: bytes) -> None:
    """Lays out an empty warehouse; `format.json`, the marker, comes last."""
    root.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    write_whole(root / "format.json", marker)


def stage_bytes(stage: Path, data: bytes) -> Path:
    """A staged file of these bytes, on the disk."""
    path = stage / "staged.json"
    write_synced(path, data)
    return path


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > GRACE_HOURS * 3600
    except OSError:
        return False
