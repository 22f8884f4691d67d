"""Releases compared: seven known changes among a million problems, and the step of the version that changes ask for.

The rows are those of a release's own files, repeated under other ids until there are enough, with the columns that a
comparison reads; statements are left out, which Parquet would not read either.
"""

import dataclasses
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import polars as pl

from bigmath.errors import SettingError
from bigmath.release import changes, manifest, shards

ROWS = 1_000_000
SECONDS = 60.0
"""Target: for the comparison of two releases of `ROWS` problems, the command's start included."""

_COLUMNS = ["problem_id", "source", "revision", "license", "answer", "filter", "reason"]


def measure(
    released: Path, root: Path, rows: int, bigmath: Callable[..., "CompletedProcess[str]"]
) -> tuple[dict[str, Any], dict[str, bool]]:
    """Figures of `bigmath diff` and of the rule for versions; `root` gets two folders."""
    old, new = root / "old", root / "new"
    wanted = _two_releases(released, rows, old, new)
    began = time.monotonic()
    said = bigmath("diff", old, new, "--json")
    seconds = time.monotonic() - began
    found = sorted(
        (one["problem_id"], one["change"], one["reason"]) for one in map(json.loads, said.stdout.split("\n")[:-1])
    )
    before = manifest.read(released)
    renamed = dataclasses.replace(
        before,
        tag="v1.1.0",
        columns={name: {"grade" if one == "level" else one: kind for one, kind in columns.items()}
                 for name, columns in before.columns.items()},
    )  # fmt: skip
    edited = root / "edited"
    shutil.copytree(released, edited)
    (edited / "README.md").write_text("another text\n", encoding="utf-8")
    again = dataclasses.replace(manifest.read(edited), shards=shards.found(edited))
    figures = {"problems": rows, "changes": len(found), "seconds": round(seconds, 1)}
    return figures, {
        "seven known changes are the seven found, with their reasons": found == sorted(wanted),
        f"{rows:,} problems compared in {SECONDS:.0f} s": seconds < SECONDS,
        "a renamed column is refused as a minor step": _refused(before, renamed),
        "and accepted as a major one": not _refused(before, dataclasses.replace(renamed, tag="v2.0.0")),
        "another card keeps the fingerprint": again.fingerprint == before.fingerprint,
        "and is accepted as a patch": not _refused(before, dataclasses.replace(again, tag="v1.0.1")),
    }


def _refused(old: manifest.Manifest, new: manifest.Manifest) -> bool:
    try:
        changes.refuse_small_step(old, new)
    except SettingError:
        return True
    return False


def _two_releases(released: Path, rows: int, old: Path, new: Path) -> list[tuple[str, str, str]]:
    """Writes both and returns the changes: problem, change, reason."""
    sample = pl.read_parquet(released / "unfiltered" / "*.parquet", columns=_COLUMNS).sort("problem_id")
    copies = pl.DataFrame({"copy": range(-(-rows // sample.height))})
    whole = copies.join(sample, how="cross").head(rows)
    whole = whole.with_columns(problem_id=pl.format("{}-{}", "problem_id", "copy")).drop("copy")
    kept = whole.filter(pl.col("filter").is_null())["problem_id"]
    dropped = whole.filter(pl.col("filter").is_not_null())["problem_id"]
    gone, leaves, one, two, three = kept[0], kept[1], kept[len(kept) // 2], kept[-1], kept[-2]
    also, enters = dropped[0], dropped[-1]
    fresh = whole.filter(problem_id=two).with_columns(problem_id=pl.lit("fresh"))
    name = pl.col("problem_id")
    later = whole.filter(name != gone).with_columns(
        filter=pl.when(name == leaves).then(pl.lit("proof")).when(name != enters).then("filter"),
        reason=pl.when(name == leaves).then(pl.lit("shown")).when(name != enters).then("reason"),
        answer=pl.when(name.is_in([one, two])).then(pl.format("-{}", "answer")).otherwise("answer"),
        license=pl.when(name == three).then(pl.lit("CC0-1.0")).otherwise("license"),
    )
    # a row that was dropped before and now has another reason is no change of the released problems
    later = later.with_columns(reason=pl.when(name == also).then(pl.lit("otherwise")).otherwise("reason"))
    _write(released, whole, old, "v1.0.0")
    _write(released, pl.concat([later, fresh]), new, "v1.1.0")
    was = whole.filter(problem_id=enters).select(pl.format("was dropped: {}:{}", "filter", "reason")).item()
    anew = "read anew from the same revision"
    inside = {
        (gone, "removed", "no longer read"),
        (leaves, "removed", "now dropped: proof:shown"),
        (enters, "added", was),
        ("fresh", "added", "new"),
        (one, "answer changed", anew),
        (two, "answer changed", anew),
        (three, "licence changed", anew),
    }
    return list(inside)


def _write(released: Path, rows: pl.DataFrame, folder: Path, tag: str) -> None:
    kept = rows.filter(pl.col("filter").is_null()).drop("filter", "reason")
    for config, frame in {"base": kept, "strict": kept, "unfiltered": rows}.items():
        (folder / config).mkdir(parents=True)
        frame.write_parquet(folder / config / "train-00000-of-00001.parquet")
    found = shards.found(folder)
    same = manifest.read(released)
    dataclasses.replace(same, tag=tag, shards=found, columns=shards.columns(folder, found)).write(folder)
