"""What a model computed, kept by content in one SQLite file: a killed run goes on, a repeated one computes nothing."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from bigmath.errors import StoreError

V = TypeVar("V", float, bytes)

_ASKED = 500
"""Keys of one query: SQLite's oldest limit is 999."""


def cache_folder() -> Path:
    """`BIGMATH_CACHE`, else `bigmath` in the user's cache folder: everything in it can be made again."""
    root = os.environ.get("BIGMATH_CACHE")
    return Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bigmath"


def computed_once(
    path: Path,
    keys: Sequence[str],
    compute: Callable[[list[int]], Sequence[V]],
    *,
    batch: int,
    begin: Callable[[int], None] = lambda missing: None,
) -> Iterator[tuple[list[int], V]]:
    """The value of each key, with the places where the key stands: those kept in the file first, then those computed
    now, in batches of which each is kept before it is given.

    Args:
        keys: what the values depend on, hashed; equal keys are computed once.
        compute: the values of the keys at these places.
        begin: hears how many there are to compute.

    Raises:
        StoreError: the file cannot be read or written.
    """
    places: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        places.setdefault(key, []).append(at)
    try:
        with closing(_opened(path)) as store:
            missing = dict.fromkeys(places)
            for some in _batches(list(places), _ASKED):
                marks = ",".join("?" * len(some))
                for key, value in store.execute(f"select key, value from kept where key in ({marks})", some).fetchall():
                    del missing[key]
                    yield places[key], value
            begin(len(missing))
            for some in _batches(list(missing), batch):
                values = compute([places[key][0] for key in some])
                with store:
                    store.executemany("insert or replace into kept values (?, ?)", zip(some, values, strict=True))
                yield from zip((places[key] for key in some), values, strict=True)
    except sqlite3.Error as error:
        raise _refused(path, error) from error


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from error
    store = sqlite3.connect(path, timeout=60)
    with store:
        store.execute("create table if not exists kept (key text primary key, value not null)")
    return store


def _refused(path: Path, error: Exception) -> StoreError:
    return StoreError(f"cannot keep what was computed in {path}: {error}", hint="name another BIGMATH_CACHE")


def _batches(items: list[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
