"""Every number of a release, counted from the files of its folder and from nothing else."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb

from bigmath.release import certificate, changes, recall, shards
from bigmath.release.manifest import Counts, Identity, Manifest, Shard, SourceCount

QUALITY = "quality.json"
"""Filters against labelled rows, where they were measured for the release."""


def described(identity: Identity, folder: Path) -> Manifest:
    """The manifest of what lies in a folder.

    Raises:
        OSError, ValueError, KeyError, duckdb.Error: as `counted`.
    """
    counts = counted(folder, [one["filter"] for one in identity.settings["filters"]])
    parts = {one.name: getattr(part, one.name) for part in (identity, counts) for one in fields(part)}
    return Manifest(**parts)


def counted(folder: Path, order: Sequence[str]) -> Counts:
    """What the files of a release folder hold; `order` is that of the run's filters.

    Raises:
        OSError, ValueError, KeyError, duckdb.Error: a file is missing or not what it should be.
    """
    found = shards.found(folder)
    with duckdb.connect() as connection:
        show(connection, folder, found)
        sources = connection.execute(_SOURCES).pl().to_dicts()
        reasons = connection.execute(_REASONS).pl().to_dicts()
        firsts = dict(connection.execute(_FIRSTS).fetchall())
    quality = folder / QUALITY
    return Counts(
        shards=found,
        columns=shards.columns(folder, found),
        sources=[SourceCount(**one) for one in sources],
        funnel=_funnel(order, sum(one["original"] for one in sources), firsts, reasons),
        reasons=reasons,
        benchmarks=certificate.counted(folder, found),
        quality=json.loads(quality.read_text(encoding="utf-8")) if quality.is_file() else [],
        changes=changes.counted(folder),
        recalls=recall.notices(folder),
    )


_SOURCES = """
select u.source, any_value(license) as license, any_value(repository) as repository, any_value(revision) as revision,
    count(*) as original, count(b.problem_id) as base, count(s.problem_id) as strict
from unfiltered u
left join (select problem_id from base) b using (problem_id)
left join (select problem_id from strict) s using (problem_id)
group by source order by source
"""
_REASONS = """
with drops as (select unnest(reasons) as drop from unfiltered)
select split_part(drop, ':', 1) as filter, split_part(drop, ':', 2) as reason, count(*) as rows
from drops group by all order by filter, rows desc, reason
"""
_FIRSTS = "select filter, count(*) from unfiltered where filter is not null group by 1"


def _funnel(
    order: Sequence[str], rows: int, firsts: Mapping[str, int], reasons: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    everything: Counter[str] = Counter()
    for one in reasons:
        everything[one["filter"]] += one["rows"]
    lines = []
    for name in order:
        rows -= firsts.get(name, 0)
        lines.append({"filter": name, "first": firsts.get(name, 0), "all": everything[name], "left": rows})
    return lines


def show(connection: duckdb.DuckDBPyConnection, folder: Path, found: Sequence[Shard]) -> None:
    """Makes a view of each configuration; an empty table of one that the release has not."""
    for config in ("base", "strict", "reformulated", "unfiltered"):
        paths = [str(folder / shard.path) for shard in found if shard.config == config]
        if paths:
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            connection.execute(f"create view {config} as select * from read_parquet([{listed}])")
        else:
            columns = "problem_id, source, revision, license, outcome, filter"
            connection.execute(f"create table {config} ({columns.replace(',', ' varchar,')} varchar)")
