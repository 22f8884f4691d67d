"""What changed from one release to the next, problem by problem and why, and which step of the version it asks for."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.errors import SettingError
from bigmath.release.manifest import Manifest

NAME = "changes.jsonl"
STEPS = ("major", "minor", "patch")
KINDS = ("added", "removed", "answer changed", "licence changed")

_CHANGE = pl.Schema(
    {
        "problem_id": pl.String(),
        "source": pl.String(),
        "change": pl.String(),
        "reason": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
        "configs": pl.List(pl.String()),
    }
)


@dataclass(frozen=True)
class Step:
    """What a comparison asks of the version."""

    columns_added: Mapping[str, list[str]]
    columns_removed: Mapping[str, list[str]]
    """By configuration; a renamed column is in both."""
    configs_removed: list[str]
    rows_changed: bool

    @property
    def needed(self) -> str:
        """`major` where a column or configuration went, `minor` where rows or columns changed, else `patch`."""
        if self.configs_removed or any(self.columns_removed.values()):
            return "major"
        return "minor" if self.rows_changed or any(self.columns_added.values()) else "patch"


def step(old: Manifest, new: Manifest) -> Step:
    """What the two manifests say by themselves; rows are compared by the hashes of their files."""
    both = [config for config in old.configs if config in new.configs]
    added, removed = {}, {}
    for config in both:
        before, after = set(old.columns[config].items()), set(new.columns[config].items())
        added[config] = sorted(name for name, _ in after - before)
        removed[config] = sorted(name for name, _ in before - after)
    gone = [config for config in old.configs if config not in new.configs]
    return Step(added, removed, gone, old.fingerprint != new.fingerprint)


def refuse_small_step(old: Manifest, new: Manifest) -> None:
    """Raises `SettingError` where the new tag is not after the old one, or says less than has changed."""
    before, after = _numbers(old.tag), _numbers(new.tag)
    if after <= before:
        raise SettingError(f"{new.tag} is not after {old.tag}")
    found = step(old, new)
    given = STEPS[next(index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)]
    if STEPS.index(given) > STEPS.index(found.needed):
        gone = [f"{config}.{name}" for config, names in found.columns_removed.items() for name in names]
        why = f" (gone: {', '.join([*found.configs_removed, *gone])})" if found.needed == "major" else ""
        raise SettingError(
            f"{new.tag} is a {given} step from {old.tag}, but what changed asks for a {found.needed} one{why}"
        )


def listed(old_folder: Path, old: Manifest, new_folder: Path, new: Manifest) -> pl.DataFrame:
    """Every change of a problem, once: problem_id, source, change, reason, before, after, and the configurations."""
    configs = dict.fromkeys([*old.configs, *new.configs])
    frames = [
        _joined(_read(old_folder, old, config), _read(new_folder, new, config)).with_columns(config=pl.lit(config))
        for config in configs
    ]
    keys = ["problem_id", "source", "change", "before", "after"]
    changes = pl.concat(frames).group_by([*keys, "revisions"]).agg(pl.col("config").sort().alias("configs"))
    fates = _fates(old_folder, old, "was").join(
        _fates(new_folder, new, "now"), on="problem_id", how="full", coalesce=True
    )
    recalled = {one["source"]: one["reason"] for one in new.recalls}
    told = changes.join(fates, on="problem_id", how="left").with_columns(
        reason=pl.when(change="added")
        .then(pl.coalesce(pl.format("was dropped: {}", "was"), pl.lit("new")))
        .when(change="removed")
        .then(
            pl.coalesce(
                pl.format("now dropped: {}", "now"),
                pl.format(
                    "recalled: {}", pl.col("source").replace_strict(recalled, default=None, return_dtype=pl.String)
                ),
                pl.lit("no longer read"),
            )
        )
        .otherwise(pl.coalesce("revisions", pl.lit("read anew from the same revision")))
    )
    return told.select(list(_CHANGE)).sort("problem_id", "change", "before", "after").collect()


def by_config(changes: pl.DataFrame, since: str) -> dict[str, Any]:
    """How many of each change there are, as a manifest holds them."""
    rows = changes.explode("configs").group_by("configs", "change").len().sort("configs").iter_rows()
    counts: dict[str, dict[str, int]] = {}
    for config, change, number in rows:
        counts.setdefault(config, {kind.replace(" ", "_"): 0 for kind in KINDS})[change.replace(" ", "_")] = number
    return {"since": since, "configs": counts}


def write(changes: pl.DataFrame, since: str, folder: Path) -> None:
    """Writes `changes.jsonl`: the release that is compared with, then a line a change."""
    lines = [json.dumps({"since": since}), *(json.dumps(row, ensure_ascii=False) for row in changes.to_dicts())]
    (folder / NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def counted(folder: Path) -> dict[str, Any] | None:
    """The counts of a release's own list of changes; None where it has none."""
    path = folder / NAME
    if not path.is_file():
        return None
    first, *rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return by_config(pl.DataFrame(rows, schema=_CHANGE), first["since"])


def told(found: Step) -> dict[str, Any]:
    """The step as JSON data."""
    return {"step": found.needed, **asdict(found)}


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.removeprefix("v").split("."))


def _joined(before: pl.LazyFrame, after: pl.LazyFrame) -> pl.LazyFrame:
    """The problems of a configuration that differ; one with another answer and licence is there twice."""
    both = before.join(after, on="problem_id", how="full", coalesce=True, suffix="_after").with_columns(
        source=pl.coalesce("source", "source_after"),
        revisions=pl.when(pl.col("revision") != pl.col("revision_after")).then(
            pl.format("revision {} to {}", "revision", "revision_after")
        ),
    )
    nothing = pl.lit(None, pl.String)
    kinds = [
        ("added", pl.col("here").is_null(), nothing, nothing),
        ("removed", pl.col("here_after").is_null(), nothing, nothing),
    ]
    stayed = pl.col("here").is_not_null() & pl.col("here_after").is_not_null()
    for change, column in (("answer changed", "answer"), ("licence changed", "license")):
        differs = stayed & pl.col(column).ne_missing(pl.col(f"{column}_after"))
        kinds.append((change, differs, pl.col(column), pl.col(f"{column}_after")))
    frames = [
        both.filter(condition).select(
            "problem_id", "source", change=pl.lit(change), before=old_value, after=new_value, revisions="revisions"
        )
        for change, condition, old_value, new_value in kinds
    ]
    return pl.concat(frames)


_READ = ["problem_id", "source", "answer", "license", "revision"]


def _read(folder: Path, release: Manifest, config: str) -> pl.LazyFrame:
    paths = _paths(folder, release, config)
    if not paths:
        return pl.LazyFrame(schema=dict.fromkeys(_READ, pl.String) | {"here": pl.Boolean})
    return pl.scan_parquet(paths).select(*_READ, here=pl.lit(value=True))


def _fates(folder: Path, release: Manifest, name: str) -> pl.LazyFrame:
    """`problem_id` and why each dropped problem left."""
    why = pl.format("{}:{}", "filter", "reason").alias(name)
    paths = _paths(folder, release, "unfiltered")
    if not paths:
        return pl.LazyFrame(schema={"problem_id": pl.String, name: pl.String})
    return pl.scan_parquet(paths).filter(pl.col("filter").is_not_null()).select("problem_id", why)


def _paths(folder: Path, release: Manifest, config: str) -> list[Path]:
    return [folder / shard.path for shard in release.shards if shard.config == config]
