"""What a release is made of: every number that its card shows, and the hash of every file.

Numbers are never kept apart from what they count: `bigmath.release.recount` gets each of them from the files of the
folder, when a release is made and whenever it is checked.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bigmath.errors import StoreError

NAME = "release.json"
FORMAT = 2


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
class Identity:
    """What is said of a release and not counted from it."""

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


@dataclass(frozen=True)
class Counts:
    """What is counted from the files."""

    shards: Sequence[Shard]
    columns: Mapping[str, Mapping[str, str]]
    """Of each configuration, its columns and their Arrow types."""
    sources: Sequence[SourceCount]
    funnel: Sequence[Mapping[str, Any]]
    """filter, first (rows whose first drop it is), all (rows that it drops), left; in the run's order."""
    reasons: Sequence[Mapping[str, Any]]
    """filter, reason, rows."""
    benchmarks: Sequence[Mapping[str, Any]]
    """benchmark, origin, rows, sha256 over its statements' hashes, hits before and after."""
    quality: Sequence[Mapping[str, Any]]
    """Filters against labels: class, labelled, fired, right."""
    changes: Mapping[str, Any] | None
    """Against the release before: since, and for each configuration how many of each change."""
    recalls: Sequence[Mapping[str, Any]]
    """Notices of what was taken back, oldest first: see `bigmath.release.recall`."""


@dataclass(frozen=True)
class Manifest(Counts, Identity):
    """A release."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the content of the rows: another card does not change it."""
        lines = sorted(f"{shard.path} {shard.sha256}" for shard in self.shards)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def rows(self, config: str, split: str | None = None) -> int:
        return sum(one.rows for one in self.shards if one.config == config and split in (None, one.split))

    def splits(self, config: str) -> list[str]:
        names = {shard.split for shard in self.shards if shard.config == config}
        return sorted(names, key=lambda name: ["train", "validation", "test"].index(name) if name in SPLITS else 3)

    @property
    def configs(self) -> list[str]:
        return list(dict.fromkeys(shard.config for shard in self.shards))

    @property
    def licenses(self) -> list[str]:
        return sorted({one.license for one in self.sources})

    def body(self) -> dict[str, Any]:
        """The manifest as JSON data."""
        return json.loads(json.dumps({"format": FORMAT, "fingerprint": self.fingerprint, **asdict(self)}, default=str))  # type: ignore[no-any-return]

    def write(self, folder: Path) -> None:
        text = json.dumps(self.body(), indent=1, ensure_ascii=False)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


SPLITS = ("train", "validation", "test")


def read(folder: Path) -> Manifest:
    """The manifest of a release.

    Raises:
        StoreError: the folder holds none, or one of another format.
    """
    body = read_body(folder)
    body.pop("format")
    body.pop("fingerprint", None)
    try:
        body["shards"] = [Shard(**one) for one in body["shards"]]
        body["sources"] = [SourceCount(**one) for one in body["sources"]]
        return Manifest(**body)
    except (TypeError, KeyError) as error:
        raise StoreError(f"{folder / NAME} is no manifest of a release: {error}") from error


def read_body(folder: Path) -> dict[str, Any]:
    """The manifest as it is written.

    Raises:
        StoreError: the folder holds none, or one of another format.
    """
    path = folder / NAME
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{folder} is no release: cannot read {NAME} ({error})", hint="bigmath release --out DIR"
        ) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise StoreError(f"{path} is of another format; this bigmath reads format {FORMAT}")
    return body
