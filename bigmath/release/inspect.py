"""Whether a release folder is what it says: every hash and number is computed again, and what is wrong is named."""

import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bigmath.durable import sha256_of
from bigmath.release import card, certificate, croissant, gates, manifest, recall, recount
from bigmath.release.manifest import Identity, Manifest

SUMS = "SHA256SUMS"
"""A line a file, as `sha256sum --check` reads them."""

SHOWN = 5
"""Faults of one file that are told; a moved line makes all after it differ."""


def faults(folder: Path) -> list[str]:
    """What is wrong with a release, one line each, naming file and field; none where all of it holds.

    Raises:
        StoreError: the folder is no release.
    """
    body, release = manifest.read_body(folder), manifest.read(folder)
    found = [*_sum_faults(folder)]
    identity = Identity(**{one.name: getattr(release, one.name) for one in fields(Identity)})
    try:
        counted = recount.described(identity, folder)
        found += [*gates.broken(folder, counted.shards)]
        certified = json.loads((folder / certificate.NAME).read_text(encoding="utf-8"))
        whole = certificate.completed(folder, counted.benchmarks)
    except (OSError, ValueError, KeyError, IndexError, duckdb.Error, pa.ArrowException) as error:
        return [*found, f"{folder}: cannot be counted again: {' '.join(str(error).split())}"]
    kept_out = [f"{certificate.NAME}: {one['benchmark']} has {one['hits_after']} statements in the release"
                for one in counted.benchmarks if one["hits_after"]]  # fmt: skip
    return [
        *kept_out,
        *islice(_differing(manifest.NAME, body, counted.body()), SHOWN),
        *islice(_differing(certificate.NAME, certified, whole), SHOWN),
        *_card_faults(folder / "README.md", counted),
        *islice(_croissant_faults(folder / croissant.NAME, counted), SHOWN),
        *found,
    ]


def _sum_faults(folder: Path) -> Iterator[str]:
    path = folder / SUMS
    if not path.is_file():
        return  # being made
    lines = [line.partition("  ") for line in path.read_text(encoding="utf-8").splitlines()]
    sums = {name: digest for digest, _, name in lines}
    there = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    for name in sorted(sums.keys() | there - {SUMS, recall.MARK}):
        if name not in there:
            yield f"{name}: missing"
        elif name not in sums:
            yield f"{name}: not in {SUMS}"
        elif sha256_of(folder / name) != sums[name]:
            yield f"{name}: its content is not what {SUMS} says"


def _differing(place: str, found: Any, wanted: Any) -> Iterator[str]:
    """The leaves that differ, by their path in the JSON."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys([*wanted, *found]):
            yield from _differing(f"{place}: {key}" if place.endswith(".json") else f"{place}.{key}",
                                  found.get(key, "missing"), wanted.get(key, "nothing"))  # fmt: skip
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from _differing(f"{place}[{number}]", one, other)
    elif found != wanted:
        yield f"{place} is {_short(found)}, the files say {_short(wanted)}"


def _croissant_faults(path: Path, release: Manifest) -> Iterator[str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield f"{path.name}: cannot be read ({error})"
        return
    yield from _differing(path.name, found, json.loads(croissant.render(release)))


def _card_faults(path: Path, release: Manifest) -> Iterator[str]:
    found = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    wanted = card.render(release).splitlines()
    lines = enumerate(zip(found, wanted, strict=False))
    for number, (one, other) in islice((line for line in lines if line[1][0] != line[1][1]), SHOWN):
        yield f"{path.name}:{number + 1}: {_named(wanted, number, one)}: {_short(one)} should be {_short(other)}"
    if len(found) != len(wanted):
        yield f"{path.name}: {len(found)} lines, there should be {len(wanted)}"


def _named(wanted: list[str], number: int, found: str) -> str:
    """What a line of the card says: its section, and of a table the row and the column that differ."""
    section = next((line.lstrip("# ") for line in reversed(wanted[: number + 1]) if line.startswith("#")), "metadata")
    cells, others = found.split("|"), wanted[number].split("|")
    header = next((at for at in range(number, 1, -1) if wanted[at].startswith("| ---")), None)
    if not wanted[number].startswith("|") or header is None or len(cells) != len(others):
        return section
    names = wanted[header - 1].split("|")
    column = next(at for at, (one, other) in enumerate(zip(cells, others, strict=True)) if one != other)
    return f"{section}, {others[1].strip()}, {names[column].strip()}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
