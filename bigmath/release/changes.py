"""What changed from one release to the next, and which step of the version that asks for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.errors import SettingError
from bigmath.release.manifest import Manifest

STEPS = ("major", "minor", "patch")


@dataclass(frozen=True)
class Changes:
    """Of one configuration: how many problems came, left, or stayed with another answer or licence."""

    added: int
    removed: int
    answer_changed: int
    license_changed: int
    columns_added: list[str]
    columns_removed: list[str]


def compare(old_folder: Path, old: Manifest, new_folder: Path, new: Manifest) -> dict[str, Changes]:
    """The changes of each configuration that either release has."""
    configs = dict.fromkeys([*old.configs, *new.configs])
    return {config: _of(config, old_folder, old, new_folder, new) for config in configs}


def listed(old_folder: Path, old: Manifest, new_folder: Path, new: Manifest) -> pl.DataFrame:
    """Every changed problem: config, problem_id, source, change, before, after."""
    configs = dict.fromkeys([*old.configs, *new.configs])
    return pl.concat(
        [_joined(config, old_folder, old, new_folder, new).with_columns(config=pl.lit(config)) for config in configs]
    ).select("config", "problem_id", "source", "change", "before", "after")


def step_needed(found: Mapping[str, Changes]) -> str:
    """`major` where a column or configuration went, `minor` where rows or columns changed, else `patch`."""
    if any(one.columns_removed for one in found.values()):
        return "major"
    rows = any(one.added or one.removed or one.answer_changed or one.license_changed for one in found.values())
    return "minor" if rows or any(one.columns_added for one in found.values()) else "patch"


def refuse_small_step(old_tag: str, new_tag: str, found: Mapping[str, Changes]) -> None:
    """Raises `SettingError` where the new tag is not after the old one, or says less than has changed."""
    old, new = _numbers(old_tag), _numbers(new_tag)
    needed = step_needed(found)
    if new <= old:
        raise SettingError(f"{new_tag} is not after {old_tag}")
    step = STEPS[next(index for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)]
    if STEPS.index(step) > STEPS.index(needed):
        raise SettingError(f"{new_tag} is a {step} step from {old_tag}, but what changed asks for a {needed} one")


def counted(since: str, found: Mapping[str, Changes]) -> dict[str, Any]:
    """The counts as a manifest holds them."""
    return {"since": since, "configs": {config: asdict(one) for config, one in found.items()}}


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.removeprefix("v").split("."))


def _of(config: str, old_folder: Path, old: Manifest, new_folder: Path, new: Manifest) -> Changes:
    counts = dict(_joined(config, old_folder, old, new_folder, new).group_by("change").len().iter_rows())
    before, after = set(old.columns.get(config, {}).items()), set(new.columns.get(config, {}).items())
    return Changes(
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        answer_changed=counts.get("answer changed", 0),
        license_changed=counts.get("licence changed", 0),
        columns_added=sorted(name for name, _ in after - before),
        columns_removed=sorted(name for name, _ in before - after),
    )


def _joined(config: str, old_folder: Path, old: Manifest, new_folder: Path, new: Manifest) -> pl.DataFrame:
    """The problems of a configuration that differ; one with another answer and licence is there twice."""
    before, after = _read(old_folder, old, config), _read(new_folder, new, config)
    both = before.join(after, on="problem_id", how="full", coalesce=True, suffix="_after").with_columns(
        source=pl.coalesce("source", "source_after")
    )
    kinds = [
        ("added", pl.col("here").is_null(), pl.lit(None, pl.String), pl.lit(None, pl.String)),
        ("removed", pl.col("here_after").is_null(), pl.lit(None, pl.String), pl.lit(None, pl.String)),
    ]
    stayed = pl.col("here").is_not_null() & pl.col("here_after").is_not_null()
    for change, column in (("answer changed", "answer"), ("licence changed", "license")):
        differs = stayed & pl.col(column).ne_missing(pl.col(f"{column}_after"))
        kinds.append((change, differs, pl.col(column), pl.col(f"{column}_after")))
    frames = [
        both.filter(condition).select("problem_id", "source", change=pl.lit(change), before=old_value, after=new_value)
        for change, condition, old_value, new_value in kinds
    ]
    return pl.concat(frames).sort("problem_id", "change").collect()


def _read(folder: Path, release: Manifest, config: str) -> pl.LazyFrame:
    paths = [folder / shard.path for shard in release.shards if shard.config == config]
    columns: list[Any] = ["problem_id", "source", "answer", "license"]
    if not paths:
        return pl.LazyFrame(schema=dict.fromkeys([*columns], pl.String) | {"here": pl.Boolean})
    return pl.scan_parquet(paths).select(*columns, here=pl.lit(value=True))
