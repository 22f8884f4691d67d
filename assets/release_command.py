"""`bigmath release`, `card`, `diff`, `recall` and what they print."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from assets.console import messages, show_table
from bigmath.errors import SettingError
from bigmath.release import build, card, changes, inspect, manifest, notices, push, recall
from bigmath.release.manifest import Manifest
from bigmath.release.names import ALLOWED
from bigmath.store import Warehouse


def make_release(
    root: Path,
    out: Path,
    *,
    name: str,
    tag: str,
    licenses: list[str],
    only: list[str],
    previous: Path | None,
    labelled: Path | None,
    as_json: bool,
) -> None:
    """Writes a release folder and prints what is in it."""
    request = requested(name, tag, licenses=licenses, only=only, previous=previous, labelled=labelled)
    release = build.build(Warehouse.open(root, create=False), request, out)
    _show(release, out, as_json=as_json)
    messages.print(f"next:   bigmath release --push {out}", markup=False, soft_wrap=True)


def requested(
    name: str,
    tag: str,
    *,
    licenses: Sequence[str] = (),
    only: Sequence[str] = (),
    previous: Path | None = None,
    labelled: Path | None = None,
) -> build.Request:
    """What to release.

    Args:
        licenses: allowed beside the usual ones; rows of others stop the release.
        only: the only licences allowed; rows of others are left out.
        previous: folder of the release before.
        labelled: JSONL that the filters are measured on.

    Raises:
        SettingError: a name or tag that the Hub would refuse, or rows that are not labelled.
    """
    from sources.benchmarks import BENCHMARKS  # noqa: PLC0415 # only a release names them

    return build.Request(
        name,
        tag,
        licenses=tuple(only) or (*ALLOWED, *licenses),
        leave_out=bool(only),
        previous=previous,
        origins={one.name: f"{one.repository} at {one.revision}" for one in BENCHMARKS.values()},
        quality=_measured(labelled) if labelled else (),
    )


def check_release(folder: Path, *, where: str | None, as_json: bool) -> tuple[bool, bool]:
    """Prints what is wrong with a release; returns whether anything is, and whether the release was recalled.

    Args:
        where: a release folder, a `recalls.json`, or `hub`: where to look for notices of recalls.
    """
    found = inspect.faults(folder)
    release = manifest.read(folder)
    told = recall.concerning(release, folder, notices.known(where, release.name) if where else ())
    if found or told:
        lines = [("fault", one, "") for one in found]
        lines += [
            ("recalled", f"{one['source']}: {one['reason']}", f"first release without it: {one['fixed_in']}")
            for one in told
        ]
        show_table(pl.DataFrame(lines, schema=["kind", "what", "more"], orient="row"), as_json=as_json)
    else:
        messages.print(f"{folder}: every file and every number is what it says", markup=False, soft_wrap=True)
    return bool(found), bool(told)


def show_card(folder: Path, *, as_json: bool) -> None:
    """Prints the card as it follows from the manifest, whatever README.md says; as JSON the manifest itself."""
    release = manifest.read(folder)
    text = json.dumps(release.body(), ensure_ascii=False) + "\n" if as_json else card.render(release)
    print(text, end="")


def push_release(folder: Path, *, public: bool, as_json: bool) -> None:
    commit = push.push(folder, private=not public, say=lambda line: messages.print(line, markup=False))
    release = manifest.read(folder)
    if as_json:
        print(json.dumps({"name": release.name, "tag": release.tag, "commit": commit}))
    else:
        messages.print(f"{release.name} {release.tag} is commit {commit}", markup=False, soft_wrap=True)


def recall_source(old: Path, out: Path, *, source: str, reason: str, tag: str | None, as_json: bool) -> None:
    """Writes a release without a source and prints the notice."""
    today = datetime.now(UTC).date().isoformat()
    notice = build.recall_source(old, source, out, reason=reason, date=today, tag=tag)
    if as_json:
        print(json.dumps(asdict(notice), ensure_ascii=False))
    else:
        rows = ", ".join(f"{rows:,} of {config}" for config, rows in notice.rows.items())
        messages.print(f"{source} is out of {out} ({notice.fixed_in}): {rows}", markup=False, soft_wrap=True)
        messages.print(f"next:   bigmath release --push {out}", markup=False, soft_wrap=True)


def show_changes(old: Path, new: Path, *, as_json: bool) -> None:
    """Prints how many problems changed and, as JSON, each of them."""
    if old.resolve() == new.resolve():
        raise SettingError("the two releases are the same folder")
    before, after = manifest.read(old), manifest.read(new)
    listed = changes.listed(old, before, new, after)
    if as_json:
        show_table(listed, as_json=True)
        return
    counts = changes.by_config(listed, before.tag)["configs"]
    rows = [{"config": config, **one} for config, one in counts.items()]
    needed = changes.step(before, after).needed
    title = f"{before.tag} to {after.tag}: {listed.height:,} changes, a {needed} step"
    show_table(pl.DataFrame(rows).rename(lambda name: name.replace("_", " ")), title=title)
    flat = listed.with_columns(pl.col("configs").list.join(", "))
    show_table(flat.head(20), title=f"{min(20, listed.height)} of {listed.height:,} changes; --json lists all")


def _show(release: Manifest, out: Path, *, as_json: bool) -> None:
    counts = pl.DataFrame([asdict(shard) for shard in release.shards]).group_by("config", "split", maintain_order=True)
    show_table(counts.agg(pl.col("rows", "bytes").sum(), pl.len().alias("shards")), title=str(out), as_json=as_json)


def _measured(labelled: Path) -> list[dict[str, object]]:
    """Counts of the filters against labelled rows, those of sure label."""
    from assets.ask_commands import measured  # noqa: PLC0415 # loads the filters

    sure = measured(labelled, "default").scores.filter(pl.col("rows") == "sure")
    return sure.select("class", "labelled", "fired", "right").to_dicts()
