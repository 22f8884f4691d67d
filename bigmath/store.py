"""The warehouse: a folder of Parquet tables whose outputs appear whole or not at all.

    WAREHOUSE/
      format.json                          the layout's version
      tables/TABLE/PARTITION/KEY/          one output: part-00000.parquet, ..., manifest.json (written last)
      versions/000001.json                 one published version: every table's outputs, with their SHA-256
      current.json                         which version readers see
      runs/RUN.parquet                     one row per run
      bigmath.duckdb                       views over the current version: a built artefact, replaced as a whole
      .stage/UUID/                         unfinished work

An output's KEY is a hash of everything it is made from (input content, settings, code, library versions), so a finished
output is never made twice, a change of any of these makes another, and a reader never sees a mix. Order of a write:
data files, each synced; manifest, synced; folder synced; one rename; parent synced. A version is claimed by
create-if-absent (`link`), then `current.json` is moved forward under a lock. `bigmath.catalog` builds the DuckDB file.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from filelock import FileLock

from bigmath.durable import sha256_of, sync_folder, write_synced, write_whole
from bigmath.errors import ConflictError, StoreError, TamperError

FORMAT = 1
"""Version of the layout above; a warehouse of a higher one is refused, of a lower one is read."""

GRACE_HOURS = 24.0
"""Staged and unreferenced files younger than this are never cleaned: a running job or an open reader may need them."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A data file of an output; `path` is relative to the warehouse, with forward slashes."""

    path: str
    bytes: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Output:
    """One finished output of one table and partition, as its manifest says."""

    table: str
    partition: str
    key: str
    rows: int
    schema: Mapping[str, str]
    """Column to Polars type, in order."""
    content: str
    """Order-free fingerprint of the rows: the sum modulo 2^64 of the low MD5 halves of each row's text."""
    made_from: Mapping[str, Any]
    """What the key was hashed from: inputs, settings, code."""
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: for each table its outputs, one a partition."""

    number: int
    parent: int | None
    about: Mapping[str, Any]
    """Profile, settings and code of the run that published it; nothing that differs between two equal runs."""
    tables: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)

    def files(self) -> Iterator[FileEntry]:
        for outputs in self.tables.values():
            for output in outputs:
                yield from output.files


class Warehouse:
    """Reads and writes one warehouse folder; create with `Warehouse.open`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._hashed: dict[Path, tuple[tuple[int, int], str]] = {}

    @classmethod
    def open(cls, root: Path | str, *, create: bool = True) -> "Warehouse":
        """The warehouse at `root`; made where it is missing, unless `create` is false.

        Raises:
            StoreError: `root` is not a folder, cannot be written, is missing, or was made by a newer version.
        """
        root = Path(root)
        marker = root / "format.json"
        if not create and not marker.is_file():
            raise StoreError(f"no warehouse at {root}: format.json is missing", hint="bigmath run --warehouse DIR")
        if marker.is_file():
            _check_format(marker)
            return cls(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            if leftovers := [path.name for path in root.iterdir() if path.name not in {".stage", ".lock"}]:
                raise StoreError(
                    f"{root} is not a warehouse and not empty (it holds {leftovers[0]!r})",
                    hint="name a new or empty folder with --warehouse",
                )
            for name in ("tables", "versions", "runs", ".stage"):
                (root / name).mkdir(exist_ok=True)
            write_whole(marker, _json({"format": FORMAT}))
        except OSError as error:
            raise StoreError(f"cannot write the warehouse {root}: {error.strerror or error}") from error
        return cls(root)

    # Outputs

    def find(self, table: str, partition: str, key: str) -> Output | None:
        """The finished output of this key with every file whole (size and SHA-256), or None."""
        manifest = self._folder(table, partition, key) / "manifest.json"
        try:
            output = _output(json.loads(manifest.read_bytes()))
            for entry in output.files:
                self.check(entry)
        except (OSError, ValueError, KeyError, TypeError, TamperError):
            return None
        return output

    def write(
        self,
        table: str,
        partition: str,
        key: str,
        *,
        schema: pl.Schema,
        frames: Iterable[pl.DataFrame],
        made_from: Mapping[str, Any],
    ) -> Output:
        """Writes one output, a Parquet file per frame, and returns it. Streams: one frame is held at a time.

        Raises:
            StoreError: the disk refused, or a frame does not have `schema` (a bug of the stage, named with the column).
        """
        stage = self._stage()
        try:
            parts = []
            for number, frame in enumerate(frames):
                _check_schema(table, frame, schema)
                parts.append(_write_part(stage / f"part-{number:05}.parquet", frame))
            if not parts:
                parts.append(_write_part(stage / "part-00000.parquet", pl.DataFrame(schema=schema)))
            folder = self._folder(table, partition, key)
            base = folder.relative_to(self.root).as_posix()
            output = Output(
                table=table,
                partition=partition,
                key=key,
                rows=sum(part.rows for part in parts),
                schema={name: str(dtype) for name, dtype in schema.items()},
                content=_content([stage / part.path for part in parts]),
                made_from=made_from,
                files=tuple(FileEntry(f"{base}/{part.path}", part.bytes, part.rows, part.sha256) for part in parts),
            )
            write_synced(stage / "manifest.json", _json(asdict(output)))
            sync_folder(stage)
            self._put_in_place(stage, folder)
        except OSError as error:
            raise StoreError(f"cannot write table {table} to {self.root}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        return output

    def paths(self, output: Output) -> list[Path]:
        """The data files of an output, in order."""
        return [self.root / entry.path for entry in output.files]

    def scan(self, *outputs: Output) -> pl.LazyFrame:
        """All rows of the outputs, in order, lazily."""
        return pl.scan_parquet([path for output in outputs for path in self.paths(output)])

    def frames(self, output: Output, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows of an output, a data file at a time, as they were written."""
        for path in self.paths(output):
            yield pl.read_parquet(path, columns=list(columns) if columns is not None else None, use_statistics=False)

    def check(self, entry: FileEntry, *, content: bool = True) -> None:
        """Raises `TamperError` unless the file is there with its size and, if `content`, its SHA-256.

        A file is hashed once while its size and modification time stay the same."""
        path = self.root / entry.path
        try:
            state = path.stat()
        except OSError as error:
            raise TamperError(f"{entry.path} is missing from {self.root}", hint=_REMAKE) from error
        if state.st_size != entry.bytes:
            raise TamperError(
                f"{entry.path} has {state.st_size:,} bytes; its manifest says {entry.bytes:,}", hint=_REMAKE
            )
        if not content:
            return
        stamp = (state.st_size, state.st_mtime_ns)
        known = self._hashed.get(path)
        if known is None or known[0] != stamp:
            self._hashed[path] = known = (stamp, sha256_of(path))
        if known[1] != entry.sha256:
            raise TamperError(f"{entry.path} was changed: its SHA-256 is not its manifest's", hint=_REMAKE)

    # Versions

    def publish(self, tables: Mapping[str, Sequence[Output]], about: Mapping[str, Any], parent: int | None) -> Version:
        """Makes the outputs the current version, all at once. The same tables and `about` as the current version give
        that version back.

        Raises:
            ConflictError: the current version is no longer `parent`; nothing was published.
            TamperError: a file is not what its manifest says.
        """
        for outputs in tables.values():
            for output in outputs:
                for entry in output.files:
                    self.check(entry)
        newest = self.current()
        body = {"about": dict(about), "tables": {n: [asdict(o) for o in outs] for n, outs in sorted(tables.items())}}
        if newest is not None and _json(body) == _json(_body(newest)):
            self._point_to(newest.number)
            return newest
        number = (parent or 0) + 1
        claim = self.root / "versions" / f"{number:06}.json"
        stage = self._stage()
        try:
            staged = stage / "version.json"
            write_synced(staged, _json({"format": FORMAT, "version": number, "parent": parent, **body}))
            os.link(staged, claim)
            sync_folder(claim.parent)
        except FileExistsError as error:
            raise ConflictError(
                f"another run published version {number} of {self.root} first; nothing was mixed into it",
                hint="run again: finished work is reused",
            ) from error
        except OSError as error:
            raise StoreError(f"cannot publish to {self.root}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        self._point_to(number)
        return self.version(number)

    def current(self) -> Version | None:
        """The version readers see, or None before the first."""
        try:
            number = int(json.loads((self.root / "current.json").read_bytes())["version"])
        except FileNotFoundError:
            # Claimed but killed before the pointer moved: the claim is whole, so it counts.
            number = max(self._claimed(), default=0)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read {self.root / 'current.json'}: {error}", hint=_RESTORE) from error
        newest = max([number, *self._claimed()])
        return self.version(newest) if newest else None

    def version(self, number: int) -> Version:
        """A published version.

        Raises:
            StoreError: there is none of this number, it cannot be read, or it is of a newer format.
        """
        path = self.root / "versions" / f"{number:06}.json"
        try:
            body = json.loads(path.read_bytes())
            _refuse_newer(path, body)
            return version_from(body)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read version {number} of {self.root}: {error}", hint=_RESTORE) from error

    def damages(self) -> list[str]:
        """What is wrong with the current version, a line a file; empty if it is whole. Unnamed files count too."""
        version = self.current()
        if version is None:
            return [f"nothing has been published in {self.root}"]
        found = []
        named: dict[Path, set[str]] = {}
        self._hashed.clear()
        for outputs in version.tables.values():
            for output in outputs:
                folder = self._folder(output.table, output.partition, output.key)
                named.setdefault(folder, {"manifest.json"})
                if self._manifest(folder) != output:
                    found.append(f"{folder.relative_to(self.root).as_posix()}/manifest.json is not the published one")
        for entry in version.files():
            named[(self.root / entry.path).parent].add(Path(entry.path).name)
            try:
                self.check(entry)
            except TamperError as error:
                found.append(str(error))
        for folder, names in named.items():
            if folder.is_dir():
                extra = sorted(path.name for path in folder.iterdir() if path.name not in names)
                found += [f"{folder.relative_to(self.root).as_posix()}/{name} is in no manifest" for name in extra]
        return found

    def clean(self, *, keep: int = 2, apply: bool = False) -> list[Path]:
        """Folders of unfinished work, and outputs that none of the `keep` newest versions names, older than the grace
        time. Deleted only if `apply`; the list is the same either way."""
        numbers = sorted(self._claimed())[-keep:] if keep else []
        named = {(self.root / entry.path).parent for number in numbers for entry in self.version(number).files()}
        outputs = [path.parent for path in (self.root / "tables").glob("*/*/*/manifest.json")]
        stale = [path for path in [*self.root.glob(".stage/*"), *outputs] if path not in named and _is_old(path)]
        if apply:
            for path in stale:
                shutil.rmtree(path, ignore_errors=True)
        return sorted(stale)

    # Runs

    def record_run(self, run: pl.DataFrame, run_id: str) -> Path:
        """Adds one run's row; a run is recorded once."""
        path = self.root / "runs" / f"{run_id}.parquet"
        stage = self._stage()
        try:
            _write_part(stage / "run.parquet", run)
            (stage / "run.parquet").replace(path)
            sync_folder(path.parent)
        except OSError as error:
            raise StoreError(f"cannot record the run in {self.root}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        return path

    # Inside

    @cached_property
    def _lock(self) -> FileLock:
        return FileLock(self.root / ".lock", timeout=60)

    def _folder(self, table: str, partition: str, key: str) -> Path:
        return self.root / "tables" / table / partition / key

    def _stage(self) -> Path:
        path = self.root / ".stage" / uuid.uuid4().hex
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"cannot write the warehouse {self.root}: {error.strerror or error}") from error
        return path

    def _put_in_place(self, stage: Path, folder: Path) -> None:
        """Renames `stage` to `folder`. A whole output of the same key is left; a damaged one is moved out first."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if folder.exists():
                if self.find(*folder.parts[-3:]) is not None:
                    return
                folder.rename(self._stage() / "damaged")
            stage.rename(folder)
        sync_folder(folder.parent)

    def _manifest(self, folder: Path) -> Output | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return _output(json.loads((folder / "manifest.json").read_bytes()))
        return None

    def _claimed(self) -> list[int]:
        return [int(path.stem) for path in (self.root / "versions").glob("[0-9]*.json")]

    def _point_to(self, number: int) -> None:
        """Moves `current.json` forward, never back: compare and swap under the warehouse's lock."""
        pointer = self.root / "current.json"
        with self._lock:
            with suppress(OSError, ValueError, KeyError, TypeError):
                if int(json.loads(pointer.read_bytes())["version"]) >= number:
                    return
            write_whole(pointer, _json({"format": FORMAT, "version": number}))


_REMAKE = "bigmath run makes it again from its sources"
_RESTORE = "restore the file, or name another folder with --warehouse"


def key_of(made_from: Mapping[str, Any]) -> str:
    """The key of an output: 20 hex digits of the SHA-256 of what it is made from."""
    return hashlib.sha256(_json(made_from)).hexdigest()[:20]


def _json(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def _body(version: Version) -> dict[str, Any]:
    tables = {name: [asdict(output) for output in outputs] for name, outputs in sorted(version.tables.items())}
    return {"about": dict(version.about), "tables": tables}


def version_from(body: Mapping[str, Any]) -> Version:
    """A version from the JSON of its file."""
    return Version(
        number=body["version"],
        parent=body["parent"],
        about=body["about"],
        tables={name: tuple(_output(one) for one in outputs) for name, outputs in body["tables"].items()},
    )


def _output(manifest: Mapping[str, Any]) -> Output:
    files = tuple(FileEntry(**entry) for entry in manifest["files"])
    return Output(**{**manifest, "files": files})


def _check_format(marker: Path) -> None:
    try:
        _refuse_newer(marker, json.loads(marker.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"cannot read {marker}: {error}", hint=_RESTORE) from error


def _refuse_newer(path: Path, body: Mapping[str, Any]) -> None:
    if (found := int(body.get("format", 0))) > FORMAT:
        raise StoreError(
            f"{path} has format {found}; this bigmath reads up to {FORMAT}",
            hint="install a newer bigmath, or name another folder with --warehouse",
        )


def _check_schema(table: str, frame: pl.DataFrame, schema: pl.Schema) -> None:
    if frame.schema == schema:
        return
    for name, dtype in schema.items():
        if frame.schema.get(name) != dtype:
            raise StoreError(f"table {table}: column {name} is {frame.schema.get(name)}, not {dtype}")
    raise StoreError(f"table {table}: columns are {list(frame.columns)}, not {list(schema)}")


def _write_part(path: Path, frame: pl.DataFrame) -> FileEntry:
    frame.write_parquet(path, compression="zstd", statistics=True)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return FileEntry(path.name, path.stat().st_size, frame.height, sha256_of(path))


def _content(paths: Sequence[Path]) -> str:
    with duckdb.connect(config={"threads": 2}) as connection:
        row = connection.execute(
            "select sum(md5_number_lower(rows::varchar)::hugeint % 18446744073709551616) % 18446744073709551616"
            " from read_parquet($1) rows",
            [[str(path) for path in paths]],
        ).fetchone()
    return f"{int(row[0] or 0):016x}" if row else "0" * 16


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > GRACE_HOURS * 3600
    except OSError:
        return False
