"""The warehouse: Parquet tables, in a folder or a bucket, whose outputs appear whole or not at all.

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
create-if-absent, then `current.json` is moved forward by compare and swap. `bigmath.storage` says what that asks of the
place, and does it in a folder; `bigmath.object_storage` does it on S3. `bigmath.catalog` builds the DuckDB file.
"""

import json
import os
import re
import shutil
import uuid
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bigmath.durable import sha256_of, write_frame, write_synced
from bigmath.errors import ConflictError, StoreError, TamperError
from bigmath.outputs import FileEntry, Output, Version, body_of, folder_of, json_bytes, output_from, version_from
from bigmath.storage import Folder, Storage, foreign, make_folders, stage_bytes
from bigmath.workers import ahead, workers

FORMAT = 1
"""Version of the layout above; a warehouse of a higher one is refused, of a lower one is read."""


class Warehouse:
    """Reads and writes one warehouse; create with `Warehouse.open`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.root = storage.root
        """The folder on this machine: of the warehouse itself, or of copies of a bucket's files."""
        self._hashed: dict[str, tuple[Hashable, str]] = {}

    @classmethod
    def open(cls, root: Path | str, *, create: bool = True) -> "Warehouse":
        """The warehouse at `root`, a folder or `s3://BUCKET/PREFIX`; made where it is missing if `create`.

        Raises:
            StoreError: `root` is not a folder, cannot be written, is missing, or was made by a newer version.
            MissingExtraError: `root` is a bucket and the extra `s3` is not installed.
            ServiceError: the bucket's server does not answer.
        """
        if bucket := _bucket(root):
            return cls(_in_bucket(bucket, create=create))
        root = Path(root)
        marker = root / "format.json"
        if not create and not marker.is_file():
            raise StoreError(f"no warehouse at {root}: format.json is missing", hint="bigmath run --warehouse DIR")
        storage = Folder(root)
        if marker.is_file():
            _check_format(storage)
            return cls(storage)
        try:
            root.mkdir(parents=True, exist_ok=True)
            if others := foreign(root):
                raise StoreError(
                    f"{root} is not a warehouse and not empty (it holds {others[0]!r})",
                    hint="name a new or empty folder with --warehouse",
                )
            make_folders(root, json_bytes({"format": FORMAT}))
        except OSError as error:
            raise StoreError(f"cannot write the warehouse {root}: {error.strerror or error}") from error
        return cls(storage)

    # Outputs

    def find(self, table: str, partition: str, key: str) -> Output | None:
        """The finished output of this key with every file whole (size and SHA-256), or None."""
        try:
            output = output_from(json.loads(self.storage.read(f"{folder_of(table, partition, key)}/manifest.json")))
            for entry in output.files:
                self.check(entry)
        except (FileNotFoundError, ValueError, KeyError, TypeError, TamperError):
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self.storage.where}: {error.strerror or error}") from error
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
        """Writes one output, a Parquet file per frame, and returns it. Streams: one frame is written while the next is
        made, in a thread of its own.

        Raises:
            StoreError: the disk refused, or a frame does not have `schema` (a bug of the stage, named with the column).
        """
        stage = self._stage()
        try:
            parts = []
            for number, frame in enumerate(ahead(frames)):
                _check_schema(table, frame, schema)
                parts.append(_write_part(stage / f"part-{number:05}.parquet", frame))
            if not parts:
                parts.append(_write_part(stage / "part-00000.parquet", pl.DataFrame(schema=schema)))
            base = folder_of(table, partition, key)
            output = Output(
                table=table,
                partition=partition,
                key=key,
                rows=sum(part.rows for part in parts),
                schema={name: str(dtype) for name, dtype in schema.items()},
                content=_content([stage / part.path for part in parts], schema),
                made_from=made_from,
                files=tuple(FileEntry(f"{base}/{part.path}", part.bytes, part.rows, part.sha256) for part in parts),
            )
            write_synced(stage / "manifest.json", json_bytes(asdict(output)))
            self.storage.put(stage, base, lambda: self.find(table, partition, key) is not None)
        except OSError as error:
            raise StoreError(
                f"cannot write table {table} to {self.storage.where}: {error.strerror or error}"
            ) from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        return output

    def paths(self, output: Output) -> list[Path]:
        """The data files of an output, in order."""
        return [self.storage.local(entry.path) for entry in output.files]

    def scan(self, *outputs: Output) -> pl.LazyFrame:
        """All rows of the outputs, in order, lazily."""
        return pl.scan_parquet([path for output in outputs for path in self.paths(output)])

    def frames(self, output: Output, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows of an output, a data file at a time, as they were written."""
        for path in self.paths(output):
            yield pl.read_parquet(path, columns=list(columns) if columns is not None else None, use_statistics=False)

    def check(self, entry: FileEntry, *, content: bool = True) -> None:
        """Raises `TamperError` unless the file is there with its size and, if `content`, its SHA-256.

        A file is hashed once while its size and modification time, or its tag in a bucket, stay the same."""
        try:
            size, mark = self.storage.state(entry.path)
            if size != entry.bytes:
                raise TamperError(f"{entry.path} has {size:,} bytes; its manifest says {entry.bytes:,}", hint=_REMAKE)
            if not content:
                return
            known = self._hashed.get(entry.path)
            if known is None or known[0] != (size, mark):
                self._hashed[entry.path] = known = ((size, mark), sha256_of(self.storage.local(entry.path)))
        except FileNotFoundError as error:
            raise TamperError(f"{entry.path} is missing from {self.storage.where}", hint=_REMAKE) from error
        except OSError as error:
            raise StoreError(f"cannot read {entry.path} of {self.storage.where}: {error.strerror or error}") from error
        if known[1] != entry.sha256:
            raise TamperError(f"{entry.path} was changed: its SHA-256 is not its manifest's", hint=_REMAKE)

    # Versions

    def publish(self, tables: Mapping[str, Sequence[Output]], about: Mapping[str, Any], parent: int | None) -> Version:
        """Makes the outputs the current version, all at once. The same tables and `about` as the current version, or as
        the one that was published over `parent`, give that version back: a lost reply may be asked for again.

        Raises:
            ConflictError: another version was published over `parent`; nothing was published.
            TamperError: a file is not what its manifest says.
        """
        files = [entry for outputs in tables.values() for output in outputs for entry in output.files]
        for entry in files:
            self.check(entry)
        newest = self.current()
        body = body_of(tables, about)
        if newest is not None and json_bytes(body) == json_bytes(body_of(newest.tables, newest.about)):
            self._point_to(newest.number)
            return newest
        number = (parent or 0) + 1
        stage = self._stage()
        try:
            staged = stage_bytes(stage, json_bytes({"format": FORMAT, "version": number, "parent": parent, **body}))
            self.storage.claim(staged, _claim(number), lambda: self._still_there(files))
        except FileExistsError as error:
            raise ConflictError(
                f"another run published version {number} of {self.storage.where} first; nothing was mixed into it",
                hint="run again: finished work is reused",
            ) from error
        except OSError as error:
            raise StoreError(f"cannot publish to {self.storage.where}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        self._point_to(number)
        return self.version(number)

    def current(self) -> Version | None:
        """The version readers see, or None before the first."""
        try:
            number = int(json.loads(self.storage.read(_POINTER))["version"])
        except FileNotFoundError:
            # Claimed but killed before the pointer moved: the claim is whole, so it counts.
            number = max(self._claimed(), default=0)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read {_POINTER} of {self.storage.where}: {error}", hint=_RESTORE) from error
        newest = max([number, *self._claimed()])
        return self.version(newest) if newest else None

    def version(self, number: int) -> Version:
        """A published version.

        Raises:
            StoreError: there is none of this number, it cannot be read, or it is of a newer format.
        """
        try:
            body = json.loads(self.storage.read(_claim(number)))
            _refuse_newer(f"{self.storage.where}/{_claim(number)}", body)
            return version_from(body)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read version {number} of {self.storage.where}: {error}", hint=_RESTORE) from error

    def bring(self, version: Version) -> None:
        """Brings copies of a version's files, each checked, and of the runs to `root`, where the place is a bucket.

        Raises:
            TamperError: a file is not what its manifest says.
        """
        if not self.storage.copies:
            return
        for entry in version.files():
            self.check(entry)
        try:
            for name in self.storage.names("runs"):
                self.storage.local(f"runs/{name}")
        except OSError as error:
            raise StoreError(f"cannot read {self.storage.where}: {error.strerror or error}") from error

    def damages(self) -> list[str]:
        """What is wrong with the current version, a line a file; empty if it is whole. Unnamed files count too."""
        version = self.current()
        if version is None:
            return [f"nothing has been published in {self.storage.where}"]
        found = []
        named: dict[str, set[str]] = {}
        self._hashed.clear()
        for outputs in version.tables.values():
            for output in outputs:
                folder = folder_of(output.table, output.partition, output.key)
                named.setdefault(folder, {"manifest.json"})
                if self._manifest(folder) != output:
                    found.append(f"{folder}/manifest.json is not the published one")
        for entry in version.files():
            folder, _, name = entry.path.rpartition("/")
            named[folder].add(name)
        with ThreadPoolExecutor(max_workers=workers()) as threads:  # hashing and reading leave the interpreter free
            found += [damage for damage in threads.map(self._damage, version.files()) if damage]
        for folder, names in named.items():
            found += [f"{folder}/{name} is in no manifest" for name in self._names(folder) if name not in names]
        return found

    def _damage(self, entry: FileEntry) -> str | None:
        try:
            self.check(entry)
        except StoreError as error:
            return str(error)
        return None

    def clean(self, *, keep: int = 2, apply: bool = False) -> list[str]:
        """Folders, by name, of unfinished work and of outputs that none of the `keep` newest versions names, older than
        the grace time. Deleted only if `apply`; the list is the same either way."""

        def named() -> set[str]:
            numbers = sorted(self._claimed())[-keep:] if keep else []
            return {entry.path.rpartition("/")[0] for number in numbers for entry in self.version(number).files()}

        try:
            return self.storage.clean(named, apply=apply)
        except OSError as error:
            raise StoreError(f"cannot clean {self.storage.where}: {error.strerror or error}") from error

    # Runs

    def record_run(self, run: pl.DataFrame, run_id: str) -> Path:
        """Adds one run's row; a run is recorded once."""
        name = f"runs/{run_id}.parquet"
        stage = self._stage()
        try:
            _write_part(stage / "run.parquet", run)
            self.storage.add(stage / "run.parquet", name)
        except OSError as error:
            raise StoreError(f"cannot record the run in {self.storage.where}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        return self.root / name

    # Inside

    def _stage(self) -> Path:
        path = self.root / ".stage" / uuid.uuid4().hex
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"cannot write the warehouse {self.root}: {error.strerror or error}") from error
        return path

    def _manifest(self, folder: str) -> Output | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return output_from(json.loads(self.storage.read(f"{folder}/manifest.json")))
        return None

    def _still_there(self, files: Iterable[FileEntry]) -> None:
        for entry in files:
            self.check(entry, content=False)

    def _claimed(self) -> list[int]:
        return [int(name.removesuffix(".json")) for name in self._names("versions") if name[:1].isdigit()]

    def _names(self, folder: str) -> list[str]:
        try:
            return self.storage.names(folder)
        except OSError as error:
            raise StoreError(f"cannot read {self.storage.where}: {error.strerror or error}") from error

    def _point_to(self, number: int) -> None:
        """Moves `current.json` forward, never back; an unreadable one is replaced."""

        def forward(pointer: bytes | None) -> bytes | None:
            with suppress(ValueError, KeyError, TypeError):
                if pointer is not None and int(json.loads(pointer)["version"]) >= number:
                    return None
            return json_bytes({"format": FORMAT, "version": number})

        try:
            self.storage.advance(_POINTER, forward)
        except OSError as error:
            raise StoreError(f"cannot publish to {self.storage.where}: {error.strerror or error}") from error


_POINTER = "current.json"
_REMAKE = "bigmath run makes it again from its sources"
_RESTORE = "restore the file, or name another folder with --warehouse"


def _claim(number: int) -> str:
    return f"versions/{number:06}.json"


def _bucket(root: Path | str) -> str | None:
    """`s3://BUCKET/PREFIX` where that was named, also after a `Path` has taken one of its slashes away."""
    found = re.fullmatch(r"s3:/+(.+?)/*", str(root))
    return f"s3://{found[1]}" if found else None


def _in_bucket(url: str, *, create: bool) -> Storage:
    from bigmath.object_storage import Bucket  # noqa: PLC0415 # an optional package

    try:
        storage = Bucket(url)
        try:
            _check_format(storage)
        except FileNotFoundError as error:
            if not create:
                hint = f"bigmath run --warehouse {url}"
                raise StoreError(f"no warehouse at {url}: format.json is missing", hint=hint) from error
            storage.begin(json_bytes({"format": FORMAT}))
    except OSError as error:
        raise StoreError(f"cannot open the warehouse {url}: {error}") from error
    return storage


def _check_format(storage: Storage) -> None:
    marker = f"{storage.where}/format.json"
    data = storage.read("format.json")
    try:
        _refuse_newer(marker, json.loads(data))
    except (ValueError, TypeError) as error:
        raise StoreError(f"cannot read {marker}: {error}", hint=_RESTORE) from error


def _refuse_newer(path: str, body: Mapping[str, Any]) -> None:
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
    write_frame(frame, path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return FileEntry(path.name, path.stat().st_size, frame.height, sha256_of(path))


def _content(paths: Sequence[Path], columns: Iterable[str]) -> str:
    """See `Output.content`. A row's text is that of its values, divided by a character that no text has use for."""
    texts = ", ".join(f'coalesce("{name}"::varchar, chr(30))' for name in columns)
    with duckdb.connect(config={"threads": 2}) as connection:
        row = connection.execute(
            f"select sum(md5_number_lower(concat_ws(chr(31), {texts}))) % 18446744073709551616 from read_parquet($1)",
            [[str(path) for path in paths]],
        ).fetchone()
    return f"{int(row[0] or 0):016x}" if row else "0" * 16
