"""From a published version to a release folder. The same version, name, tag and predecessor give the same bytes."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bigmath.catalog import connect
from bigmath.durable import sync_folder
from bigmath.errors import SettingError, StoreError
from bigmath.release import card, changes, croissant, manifest
from bigmath.release.manifest import Manifest, Shard, SourceCount
from bigmath.release.secrets import secrets_in
from bigmath.runs import table3
from bigmath.store import Version, Warehouse

ALLOWED = ("MIT", "Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
"""Licences under which rows may be passed on with their origin named."""

CONFIGS = ("base", "strict", "reformulated")
SHARD_ROWS = 200_000
"""Rows of a shard: about 100 to 300 MB of statements with their solutions."""
TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Request:
    """What to release."""

    name: str
    """Organisation and data set, as in `acme/bigmath`."""
    tag: str
    """v and three numbers."""
    licenses: Sequence[str] = ALLOWED
    previous: Path | None = None
    """The folder of the release before, for the changes and to check that the tag says enough."""

    def __post_init__(self) -> None:
        if not HUB_NAME.fullmatch(self.name):
            raise SettingError(f"no name for the Hub: {self.name!r}; accepted: ORGANISATION/DATASET")
        if not TAG.fullmatch(self.tag):
            raise SettingError(f"no version: {self.tag!r}; accepted: vMAJOR.MINOR.PATCH, such as v1.0.0")


def build(warehouse: Warehouse, request: Request, out: Path) -> Manifest:
    """Writes the release into `out`, which must not exist; it appears whole or not at all.

    Raises:
        StoreError: nothing is published, a file of the version is damaged, `out` exists or cannot be written.
        SettingError: a row's licence is not allowed, a text holds a secret, or the tag says less than has changed.
    """
    if out.exists():
        raise StoreError(f"{out} is there already; a release is written into a new folder")
    if damages := warehouse.damages():
        raise StoreError(f"the version is damaged: {damages[0]}", hint="bigmath check")
    stage = out.with_name(f".{out.name}.part")
    shutil.rmtree(stage, ignore_errors=True)
    try:
        stage.mkdir(parents=True)
        release = _build(warehouse, request, stage)
        stage.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return release


def _build(warehouse: Warehouse, request: Request, folder: Path) -> Manifest:
    with connect(warehouse) as connection:
        version = warehouse.current()
        assert version is not None  # there is a catalog
        _refuse_licenses(connection, request.licenses)
        shards: list[Shard] = []
        columns: dict[str, dict[str, str]] = {}
        for config in _configs(connection):
            columns[config] = _columns(connection, config)
            shards += _shards(connection, config, folder)
        run = connection.sql(
            f"select started_at, versions from runs where version = {version.number} order by started_at limit 1"
        ).fetchone()
        if run is None:
            raise StoreError(f"version {version.number} has no run recorded", hint="bigmath run")
        previous = manifest.read(request.previous) if request.previous else None
        release = Manifest(
            name=request.name,
            tag=request.tag,
            date=run[0].date().isoformat(),
            profile=str(version.about.get("profile")),
            versions=json.loads(run[1]),
            settings=dict(version.about),
            shards=shards,
            columns=columns,
            sources=_sources(connection, version),
            reasons=_rows(connection, "select stage, filter, reason, sum(rows)::bigint as rows from reasons"
                          " group by all order by stage, filter, rows desc, reason"),
            benchmarks=_benchmarks(connection),
            changes=None,
        )  # fmt: skip
    if previous is not None and request.previous is not None:
        found = changes.compare(request.previous, previous, folder, release)
        changes.refuse_small_step(previous.tag, release.tag, found)
        release = replace(release, changes=changes.counted(previous.tag, found))
    release.write(folder)
    (folder / "README.md").write_text(card.render(release), encoding="utf-8")
    (folder / croissant.NAME).write_text(croissant.render(release), encoding="utf-8")
    return release


def _configs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    shown = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    return [config for config in CONFIGS if config in shown]


def _refuse_licenses(connection: duckdb.DuckDBPyConnection, allowed: Sequence[str]) -> None:
    forbidden = connection.execute(
        "select source, coalesce(license, 'none'), count(*) from base"
        " where license is null or not list_contains($1, license) group by all order by all",
        [list(allowed)],
    ).fetchall()
    if forbidden:
        source, license_, rows = forbidden[0]
        raise SettingError(
            f"{rows:,} rows of {source} are under the licence {license_!r}; allowed: {', '.join(allowed)}",
            hint="run again without this source, or allow its licence with --license",
        )


def _columns(connection: duckdb.DuckDBPyConnection, config: str) -> dict[str, str]:
    described = connection.sql(f"from {config} limit 0").to_arrow_table().schema
    return {field.name: str(field.type) for field in described if field.name != "split"}


def _shards(connection: duckdb.DuckDBPyConnection, config: str, folder: Path) -> Iterator[Shard]:
    splits = connection.execute(f"select split, count(*) from {config} group by 1 order by 1").fetchall()
    for split, rows in splits:
        parts = -(-rows // SHARD_ROWS)
        for part in range(parts):
            table = connection.execute(
                f"select * exclude (split) from {config} where split = $1 order by problem_id limit $2 offset $3",
                [split, SHARD_ROWS, part * SHARD_ROWS],
            ).to_arrow_table()
            _refuse_secrets(table)
            path = f"{config}/{split}-{part:05}-of-{parts:05}.parquet"
            (folder / config).mkdir(exist_ok=True)
            # chunks by content, so that the Hub stores a changed release as its changes; a page index for readers
            pq.write_table(
                table, folder / path, compression="zstd", use_content_defined_chunking=True, write_page_index=True
            )
            content = (folder / path).read_bytes()
            yield Shard(path, config, split, table.num_rows, len(content), hashlib.sha256(content).hexdigest())


def _refuse_secrets(table: pa.Table) -> None:
    for name in ("problem", "answer"):
        for problem_id, text in zip(table["problem_id"].to_pylist(), table[name].to_pylist(), strict=True):
            if text and (kind := secrets_in(text)):
                raise SettingError(f"{problem_id}: its {name} holds what looks like {kind}; nothing was released")


def _sources(connection: duckdb.DuckDBPyConnection, version: Version) -> list[SourceCount]:
    origins = {
        row["source"]: row
        for row in _rows(
            connection,
            "select source, min(license) as license, min(repository) as repository, min(revision) as revision"
            " from problems group by 1",
        )
    }
    return [SourceCount(**(origins[one["source"]] | one)) for one in table3(version).to_dicts()]


def _benchmarks(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Each benchmark, with a hash of its statements that anyone with the benchmark can compute."""
    rows = _rows(
        connection,
        "select benchmark, benchmark_row, problem from benchmarks order by benchmark, benchmark_row",
    )
    hits = dict(
        connection.execute("select benchmark, count(distinct problem_id) from contamination group by 1").fetchall()
    )
    names = dict.fromkeys(row["benchmark"] for row in rows)
    return [
        {
            "benchmark": name,
            "rows": sum(row["benchmark"] == name for row in rows),
            "sha256": _hash(row["problem"] for row in rows if row["benchmark"] == name),
            "rows_removed": hits.get(name, 0),
        }
        for name in names
    ]


def _hash(texts: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for text in texts:
        whole.update(hashlib.sha256(text.encode()).digest())
    return whole.hexdigest()


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return connection.execute(query).pl().to_dicts()
