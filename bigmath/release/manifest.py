"""What a release is made of: every number that its card shows, and the hash of every file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bigmath.errors import StoreError

NAME = "release.json"
FORMAT = 1


@dataclass(frozen=True)
class Shard:
    """One Parquet file."""

    path: str
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class SourceCount:
    """A data set's share: rows read, rows in base and in strict, and under which licence."""

    source: str
    license: str
    repository: str
    revision: str
    original: int
    base: int
    strict: int


@dataclass(frozen=True)
class Manifest:
    """A release."""

    name: str
    """Name on the Hub, organisation and data set."""
    tag: str
    """Version, as v1.2.3."""
    date: str
    """Day of the run that made its rows, ISO 8601."""
    profile: str
    versions: Mapping[str, str]
    """bigmath, Python and the libraries that can change a row."""
    settings: Mapping[str, Any]
    shards: Sequence[Shard]
    columns: Mapping[str, Mapping[str, str]]
    """Of each configuration, its columns and their Arrow types."""
    sources: Sequence[SourceCount]
    reasons: Sequence[Mapping[str, Any]]
    """stage, filter, reason, rows."""
    benchmarks: Sequence[Mapping[str, Any]]
    """benchmark, rows, sha256 over its statements, and how many of our rows left because of it."""
    changes: Mapping[str, Any] | None
    """Against the release before, as `changes.compare` counts them."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the content of the rows: another card does not change it."""
        lines = sorted(f"{shard.path} {shard.sha256}" for shard in self.shards)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def rows(self, config: str, split: str | None = None) -> int:
        return sum(one.rows for one in self.shards if one.config == config and split in (None, one.split))

    @property
    def configs(self) -> list[str]:
        return list(dict.fromkeys(shard.config for shard in self.shards))

    @property
    def licenses(self) -> list[str]:
        return sorted({one.license for one in self.sources if one.base})

    def write(self, folder: Path) -> None:
        body = {"format": FORMAT, "fingerprint": self.fingerprint, **asdict(self)}
        text = json.dumps(body, indent=1, ensure_ascii=False, default=str)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a release.

    Raises:
        StoreError: the folder holds none, or one of another format.
    """
    path = folder / NAME
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder} is no release: cannot read {NAME} ({error})") from error
    if body.pop("format", None) != FORMAT:
        raise StoreError(f"{path} is of another format; this bigmath reads format {FORMAT}")
    body.pop("fingerprint")
    body["shards"] = [Shard(**one) for one in body["shards"]]
    body["sources"] = [SourceCount(**one) for one in body["sources"]]
    return Manifest(**body)
