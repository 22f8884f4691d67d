"""Finished generations on disk, so that none is ever made twice, whatever ends a run.

    WAREHOUSE/generations/MODEL.KEY/      KEY hashes model revision and settings
      about.json                          which they are
      journal-UUID.jsonl                  appended to as generations finish: one line each, whole or not at all
      part-UUID.parquet                   a journal that was full, or whose run ended, sealed; then the journal is gone
      .lock                               held while a run adds to it

A generation is finished when its line ends in the journal. Lines are written as soon as the engine gives a generation
back, with one system call, so a killed process loses only what the engine had not given back; a power cut loses at most
the last `SYNC_SECONDS`. A torn last line is no line. A kill between sealing and removing the journal leaves both: rows
are read by key, so none counts twice. Both kinds of file can be read at any time by Polars and DuckDB.
"""

import os
import time
import uuid
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from filelock import FileLock, Timeout

from bigmath.durable import sync_folder, write_whole
from bigmath.errors import StoreError
from bigmath.outputs import key_of
from bigmath.scoring.engine import Generation, Settings
from bigmath.store import Warehouse

PATIENCE = 5.0
"""Seconds to wait for the folder: the graders of a run that was killed hold it until they see that it is gone."""

SEAL_ROWS = 5_000
"""Lines after which a journal is sealed: parts of some megabytes."""
SYNC_SECONDS = 5.0

GENERATIONS = pl.Schema(
    {
        "request": pl.String(),
        "content": pl.String(),
        "sample": pl.Int64(),
        "attempt": pl.Int64(),
        "text": pl.String(),
        "finish_reason": pl.String(),
        "prompt_tokens": pl.Int64(),
        "tokens": pl.Int64(),
        "error": pl.String(),
    }
)
assert list(GENERATIONS) == [one.name for one in fields(Generation)]


class Generations:
    """The generations of one model revision and settings; use as a context manager to add to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / ".lock")
        self._journal: Path | None = None
        self._handle = -1
        self._rows = 0
        self._size = 0
        self._synced = 0.0

    @classmethod
    def of(cls, warehouse: Warehouse, model: str, revision: str, settings: Settings) -> "Generations":
        """The store for a model and settings; made where it is missing.

        Raises:
            StoreError: the warehouse cannot be written.
        """
        about = {"model": model, "revision": revision, "settings": {**asdict(settings), "stop": list(settings.stop)}}
        key = key_of({"revision": revision, "settings": about["settings"]})
        folder = warehouse.root / "generations" / f"{slug(model)}.{key[:12]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "about.json").is_file():
                write_whole(folder / "about.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise StoreError(f"cannot write {folder}: {error.strerror or error}") from error
        return cls(folder)

    @classmethod
    def all(cls, warehouse: Warehouse) -> "list[Generations]":
        """Every store of a warehouse, by name."""
        return [cls(path.parent) for path in sorted((warehouse.root / "generations").glob("*/about.json"))]

    @property
    def about(self) -> dict[str, Any]:
        """`model`, `revision` and `settings`, as JSON data."""
        try:
            found: dict[str, Any] = orjson.loads((self.folder / "about.json").read_bytes())
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read {self.folder / 'about.json'}: {error}") from error
        return found

    @property
    def settings(self) -> Settings:
        stored = self.about["settings"]
        return Settings(**{**stored, "stop": tuple(stored["stop"])})

    # Reading

    def read(self, contents: Collection[str] | None = None) -> pl.DataFrame:
        """Every finished generation of these statements, or of all: for each request its text, else its last error.

        Sorted by content and sample, whatever the order in which they were made."""
        # journals first: one that is sealed meanwhile is then found among the parts
        frames = [_read_journal(path).lazy() for path in sorted(self.folder.glob("journal-*.jsonl"))]
        frames += [pl.scan_parquet(path) for path in sorted(self.folder.glob("part-*.parquet"))]
        if not frames:
            return pl.DataFrame(schema=GENERATIONS)
        rows = pl.concat(frames)
        if contents is not None:
            rows = rows.filter(pl.col("content").is_in(list(contents)))
        return (
            rows.sort("request", "attempt", pl.col("error").is_null(), maintain_order=True)
            .unique("request", keep="last", maintain_order=True)
            .sort("content", "sample")
            .collect()
        )

    def attempts(self) -> dict[str, int]:
        """How often each request has failed, refusals left out."""
        rows = self.read().filter(pl.col("error").is_not_null())
        return {
            request: attempt
            for request, attempt, error in rows.select("request", "attempt", "error").iter_rows()
            if not Generation(request, "", 0, attempt, None, None, 0, 0, error).refused
        }

    def speed(self) -> float | None:
        """Tokens per second of the last run that generated any; None before the first."""
        try:
            return float(orjson.loads((self.folder / "speed.json").read_bytes())["tokens_per_second"])
        except (OSError, ValueError, KeyError):
            return None

    # Writing

    def note_speed(self, tokens_per_second: float) -> None:
        """Remembers it for the next forecast."""
        with suppress(OSError):  # a forecast without it says less
            write_whole(self.folder / "speed.json", orjson.dumps({"tokens_per_second": tokens_per_second}))

    def __enter__(self) -> "Generations":
        try:
            self._lock.acquire(timeout=PATIENCE, poll_interval=0.1)
        except Timeout:
            raise StoreError(
                f"another run is adding to {self.folder}", hint="wait for it, or stop it: finished rollouts are kept"
            ) from None
        except OSError as error:
            raise StoreError(f"cannot write {self.folder}: {error.strerror or error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._seal()
        finally:
            self._lock.release()

    def append(self, generations: Sequence[Generation]) -> None:
        """Makes generations finished.

        Raises:
            StoreError: the disk refused; what was appended before is whole, and nothing of this batch remains.
        """
        if not generations:
            return
        data = b"".join(orjson.dumps(_storable(one), option=orjson.OPT_APPEND_NEWLINE) for one in generations)
        try:
            if self._journal is None:
                self._journal = self.folder / f"journal-{uuid.uuid4().hex}.jsonl"
                self._handle = os.open(self._journal, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
                self._rows = self._size = 0
            self._write(data)
            self._rows += len(generations)
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._handle)
                self._synced = time.monotonic()
        except OSError as error:
            raise StoreError(
                f"cannot write {self.folder}: {error.strerror or error}; finished rollouts are kept",
                hint="free some space and run the same command again",
            ) from error
        if self._rows >= SEAL_ROWS:
            self._seal()

    def _write(self, data: bytes) -> None:
        """Appends all of the data or nothing."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._handle, data[written:])
        except OSError:
            os.ftruncate(self._handle, self._size)
            raise
        self._size += len(data)

    def _seal(self) -> None:
        """Turns the journals of ended runs, and this run's, into parts."""
        if self._journal is not None:
            os.close(self._handle)
            self._journal = None
        for journal in self.folder.glob("journal-*.jsonl"):
            part = journal.with_name(f"part-{journal.stem.removeprefix('journal-')}.parquet")
            temporary = part.with_name(f".{part.name}.tmp")
            try:
                _read_journal(journal).write_parquet(temporary, compression="zstd")
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
                temporary.replace(part)
                sync_folder(self.folder)
                journal.unlink()
            except (OSError, pl.exceptions.PolarsError):
                temporary.unlink(missing_ok=True)  # the journal itself is whole and will be sealed another time
                return


def slug(model: str) -> str:
    """A model's name as part of a folder's: the last piece of a path or Hub id, plain characters only."""
    last = [piece for piece in model.replace("\\", "/").split("/") if piece][-1:] or ["model"]
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in last[0])[:60]


def _read_journal(path: Path) -> pl.DataFrame:
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last line end is torn
    except FileNotFoundError:  # sealed since the folder was listed
        lines = []
    rows: Iterable[dict[str, Any]] = (orjson.loads(line) for line in lines if line)
    return pl.DataFrame(list(rows), schema=GENERATIONS)


def _storable(generation: Generation) -> dict[str, Any]:
    """As JSON data; a lone surrogate, which no file format takes, becomes U+FFFD."""
    row = asdict(generation)
    if generation.text is not None:
        row["text"] = generation.text.encode("utf-8", "replace").decode()
    return row
