"""What a warehouse holds, as records: a data file, a finished output of a table and a published version of all tables;
their JSON, and the keys and folders that outputs go by."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


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


def key_of(made_from: Mapping[str, Any]) -> str:
    """The key of an output: 20 hex digits of the SHA-256 of what it is made from."""
    return hashlib.sha256(json_bytes(made_from)).hexdigest()[:20]


def folder_of(table: str, partition: str, key: str) -> str:
    """The name of an output's folder; `ValueError` for a part that is no name of one folder."""
    if bad := [part for part in (table, partition, key) if part in ("", ".", "..") or "/" in part or "\0" in part]:
        raise ValueError(f"{bad[0]!r} cannot name a folder of the warehouse")
    return f"tables/{table}/{partition}/{key}"


def version_from(body: Mapping[str, Any]) -> Version:
    """A version from the JSON of its file."""
    return Version(
        number=body["version"],
        parent=body["parent"],
        about=body["about"],
        tables={name: tuple(output_from(one) for one in outputs) for name, outputs in body["tables"].items()},
    )


def body_of(tables: Mapping[str, Sequence[Output]], about: Mapping[str, Any]) -> dict[str, Any]:
    """What the file of a version says beside its number, parent and format, as JSON data."""
    named = {name: [asdict(output) for output in outputs] for name, outputs in sorted(tables.items())}
    return {"about": dict(about), "tables": named}


def output_from(manifest: Mapping[str, Any]) -> Output:
    """An output from the JSON of its manifest."""
    files = tuple(FileEntry(**entry) for entry in manifest["files"])
    return Output(**{**manifest, "files": files})


def json_bytes(value: Any) -> bytes:
    """JSON as the warehouse writes it: equal data gives equal bytes."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()
