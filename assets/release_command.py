"""`bigmath release`, `bigmath diff` and what they print."""

from dataclasses import asdict
from pathlib import Path

import polars as pl

from assets.console import messages, show_table
from bigmath.errors import SettingError
from bigmath.release import build, changes, inspect, manifest, push
from bigmath.store import Warehouse


def make_release(
    root: Path, out: Path, *, name: str, tag: str, licenses: list[str], previous: Path | None, as_json: bool
) -> None:
    """Writes a release folder and prints what is in it."""
    request = build.Request(name, tag, (*build.ALLOWED, *licenses), previous)
    release = build.build(Warehouse.open(root, create=False), request, out)
    counts = pl.DataFrame([asdict(shard) for shard in release.shards]).group_by("config", "split", maintain_order=True)
    show_table(counts.agg(pl.col("rows", "bytes").sum(), pl.len().alias("shards")), title=str(out), as_json=as_json)
    messages.print(f"next:   bigmath release --push {out}", markup=False, soft_wrap=True)


def check_release(folder: Path, *, as_json: bool) -> bool:
    """Prints what is wrong with a release; true if anything is."""
    found = inspect.faults(folder)
    if found:
        show_table(pl.DataFrame({"fault": found}), as_json=as_json)
    else:
        messages.print(f"{folder}: every file and every number is what it says", markup=False, soft_wrap=True)
    return bool(found)


def push_release(folder: Path, *, public: bool) -> None:
    commit = push.push(folder, private=not public, say=lambda line: messages.print(line, markup=False))
    release = manifest.read(folder)
    messages.print(f"{release.name} {release.tag} is commit {commit}", markup=False, soft_wrap=True)


def show_changes(old: Path, new: Path, *, as_json: bool) -> None:
    """Prints how many problems changed and, as JSON, each of them."""
    if old == new:
        raise SettingError("the two releases are the same folder")
    before, after = manifest.read(old), manifest.read(new)
    listed = changes.listed(old, before, new, after)
    if as_json:
        show_table(listed, as_json=True)
        return
    found = changes.compare(old, before, new, after)
    rows = [{"config": config, **asdict(one)} for config, one in found.items()]
    show_table(pl.DataFrame(rows).with_columns(pl.col(pl.List(pl.String)).list.join(", ")),
               title=f"{before.tag} to {after.tag}: a {changes.step_needed(found)} step")  # fmt: skip
    show_table(listed.head(20), title=f"{min(20, listed.height)} of {listed.height:,} changes; --json lists all")
