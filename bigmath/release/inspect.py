"""Whether a release folder is what it says: hashes, rows, card and metadata, each computed again."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from bigmath.release import card, croissant, manifest

SHOWN = 5
"""Lines of one file that are told; a moved line makes all after it differ."""


def faults(folder: Path) -> list[str]:
    """What is wrong with a release, one line each; none where all of it holds.

    Raises:
        StoreError: the folder is no release.
    """
    release = manifest.read(folder)
    return [
        *_file_faults(folder, release),
        *_text_faults(folder / "README.md", card.render(release)),
        *_text_faults(folder / croissant.NAME, croissant.render(release)),
    ]


def _file_faults(folder: Path, release: manifest.Manifest) -> Iterator[str]:
    for shard in release.shards:
        path = folder / shard.path
        if not path.is_file():
            yield f"{shard.path}: missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != shard.sha256:
            yield f"{shard.path}: its content is not what {manifest.NAME} says"
        elif (rows := pq.read_metadata(path).num_rows) != shard.rows:
            yield f"{shard.path}: {rows:,} rows, {manifest.NAME} says {shard.rows:,}"
    known = {shard.path for shard in release.shards}
    for path in sorted(folder.rglob("*.parquet")):
        if (name := path.relative_to(folder).as_posix()) not in known:
            yield f"{name}: not in {manifest.NAME}"


def _text_faults(path: Path, expected: str) -> Iterator[str]:
    found = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    wanted = expected.splitlines()
    lines = enumerate(zip(found, wanted, strict=False), start=1)
    for number, (one, other) in islice((line for line in lines if line[1][0] != line[1][1]), SHOWN):
        yield f"{path.name}:{number}: {one[:120]!r} should be {other[:120]!r}"
    if len(found) != len(wanted):
        yield f"{path.name}: {len(found)} lines, there should be {len(wanted)}"
