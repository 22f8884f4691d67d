"""Taking a data set back: a release without it, made from the old release alone, and a notice that a machine can read.

`recalls.json` of the new release lists every notice so far. The same notice is put into the old folder as
`recalled.json` (no file of the release itself is touched), so that checking it warns; who holds another copy names the
new release, or the Hub, where to look for notices.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from bigmath.durable import write_whole
from bigmath.errors import SettingError
from bigmath.release import certificate, shards
from bigmath.release.manifest import NAME as MANIFEST
from bigmath.release.manifest import Manifest

NAME = "recalls.json"
MARK = "recalled.json"


@dataclass(frozen=True)
class Notice:
    """What was taken back."""

    source: str
    reason: str
    date: str
    """ISO 8601."""
    name: str
    """The data set on the Hub."""
    last_tag: str
    """Newest release that still has it: this one and all before are recalled."""
    fixed_in: str
    rows: dict[str, int]
    """Rows taken out, by configuration."""
    fingerprint: str
    """Of the release `last_tag`."""


def notices(folder: Path) -> list[dict[str, Any]]:
    """The notices that a release carries, oldest first."""
    path = folder / NAME
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def concerning(release: Manifest, folder: Path, also: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """The notices by which this release should no longer be used: of its own mark, and of `also`.

    A notice concerns every release of the same name that still has rows of its source.
    """
    mark = folder / MARK
    marked = list(json.loads(mark.read_text(encoding="utf-8"))) if mark.is_file() else []
    known = {json.dumps(one, sort_keys=True): one for one in [*marked, *also]}
    sources = {one.source for one in release.sources}
    return [one for one in known.values() if one["name"] == release.name and one["source"] in sources]


def read_notices(path: Path) -> list[dict[str, Any]]:
    """Notices from a release folder, which may tell of no recall, or a `recalls.json`.

    Raises:
        SettingError: there are none to read.
    """
    file = path / NAME if path.is_dir() else path
    if (path / MANIFEST).is_file() and not file.is_file():
        return []
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return [asdict(Notice(**one)) for one in found]
    except (OSError, ValueError, TypeError) as error:
        raise SettingError(
            f"{file}: no notices of recalls ({error}); accepted: a release folder or its {NAME}"
        ) from error


def write_without(old_folder: Path, old: Manifest, source: str, folder: Path) -> dict[str, int]:
    """Writes the shards and certificate of a release without a source; returns the rows taken out by configuration."""
    taken: dict[str, int] = {}
    with duckdb.connect() as connection:
        gone: set[str] = set()
        for config in old.configs:
            before = old.rows(config)
            for split in old.splits(config):
                paths = [
                    str(old_folder / shard.path)
                    for shard in old.shards
                    if (shard.config, shard.split) == (config, split)
                ]
                rows = "select * from read_parquet($1) where source <> $2"
                shards.write(connection, rows, [paths, source], config=config, split=split, folder=folder)
                if config == "unfiltered":
                    ids = "select problem_id from read_parquet($1) where source = $2"
                    gone.update(one for (one,) in connection.execute(ids, [paths, source]).fetchall())
            taken[config] = before - sum(one.rows for one in shards.found(folder) if one.config == config)
        certificate.without(old_folder, gone, folder)
    return taken


def refuse_unknown(old: Manifest, source: str) -> None:
    """Raises `SettingError` where the release has no such source, or no other."""
    names = [one.source for one in old.sources]
    if source not in names:
        raise SettingError(f"{old.name} {old.tag} has no source {source!r}; there are: {', '.join(names)}")
    if names == [source]:
        raise SettingError(f"{source} is the only source of {old.name} {old.tag}; delete the data set instead")


def done(folder: Path, old: Manifest, source: str, reason: str, tag: str | None) -> Notice | None:
    """The notice of this very recall, where `folder` is the release that came of it."""
    told = [Notice(**one) for one in notices(folder)[-1:]]
    if not told:
        return None
    fixed_in = tag or next_tag(old, told[0].rows)
    same = replace(told[0], source=source, reason=reason, name=old.name, last_tag=old.tag, fixed_in=fixed_in)
    return same if same == told[0] and same.fingerprint == old.fingerprint else None


def refuse_again(release: Manifest) -> None:
    """Raises `SettingError` where a release has rows of a source that its own notices take back."""
    sources = {one.source for one in release.sources}
    for one in release.recalls:
        if one["name"] == release.name and one["source"] in sources:
            raise SettingError(
                f"{one['source']} was recalled from {release.name} in {one['fixed_in']} ({one['reason']}); nothing was"
                " released",
                hint="bigmath run without it, then release",
            )


def mark(old_folder: Path, notice: Notice) -> None:
    """Puts the notice into the old release's folder, beside its files; once."""
    path = old_folder / MARK
    marked = list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []
    if asdict(notice) not in marked:
        write_whole(path, (json.dumps([*marked, asdict(notice)], indent=1) + "\n").encode())


def next_tag(old: Manifest, taken: Mapping[str, int]) -> str:
    """The tag a recall gets by itself: a minor step, as rows change; a major one where a configuration loses all."""
    major, minor, _ = old.tag.removeprefix("v").split(".")
    if any(rows == old.rows(config) for config, rows in taken.items()):
        return f"v{int(major) + 1}.0.0"
    return f"v{major}.{int(minor) + 1}.0"
