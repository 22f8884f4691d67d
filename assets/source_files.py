"""`source_files`, which stands for the files that sources are read from, and the sensor that notices when they change.

The files are not ours to make: the asset is external, and the sensor reports a new version of a source's partition when
its files are no longer the ones last seen. The automation of `problems` and of all that comes after it then makes again
what the change touches. Both start switched off.
"""

import hashlib
import json
import time

import dagster as dg
import polars as pl

from assets.metadata import OWNERS, declared, figures, preview, tags
from assets.resources import Curation
from bigmath.errors import BigMathError
from bigmath.hub import Files, HubFiles, located
from bigmath.source import HubSource, Source
from sources.user_file import UserFile

SOURCE_FILES = "source_files"

EVERY_SECONDS = 3600

FILES = pl.Schema({"repository": pl.String, "revision": pl.String, "file": pl.String, "bytes": pl.Int64})


def build_source_files(partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    """The external asset, by source."""
    return dg.AssetSpec(
        SOURCE_FILES,
        group_name="ingest",
        description="The files of the sources, as last seen by the sensor `source_revisions`.",
        kinds={"huggingface"},
        owners=OWNERS,
        tags=tags("run"),
        metadata=declared(FILES, listed),
        partitions_def=partitions,
    )


def listed(source: Source, files: Files) -> pl.DataFrame:
    """The files of a source as `FILES` rows; those on the Hub are named by their patterns, for nothing is fetched.

    Raises:
        SourceError: a file is missing.
    """
    rows: list[tuple[str, str, str, int | None]] = []
    if isinstance(source, HubSource) and isinstance(files, HubFiles):
        rows = [(source.repository, source.revision, pattern, None) for pattern in source.patterns()]
    elif isinstance(source, HubSource):
        found = source.locate(files)
        rows = [(found.repository, found.revision, one.name, one.size) for one in found.files]
    elif isinstance(source, UserFile):
        one = located(source.path)
        rows = [(source.repository, f"sha256:{one.sha256[:16]}", one.name, one.size)]
    return pl.DataFrame(rows, schema=FILES, orient="row")


def state_of(source: Source, files: Files) -> str:
    """Equal means equal files and settings. On the Hub a commit is pinned, so it says what the files are."""
    if isinstance(source, HubSource) and isinstance(files, HubFiles):
        return hashlib.sha256(repr(source).encode()).hexdigest()
    return source.fingerprint(files)


@dg.sensor(
    name="source_revisions",
    minimum_interval_seconds=EVERY_SECONDS,
    description="Reports a new version of `source_files` for each source whose files, revision or settings changed.",
)
def source_revisions(context: dg.SensorEvaluationContext, curation: Curation) -> dg.SensorResult | dg.SkipReason:
    """The cursor holds, as JSON, the last state of each source."""
    seen: dict[str, str] = json.loads(context.cursor or "{}")
    try:
        plan = curation.job.plan
        now = {name: state_of(source, plan.files) for name, source in plan.sources.items()}
        changed = [name for name in now if now[name] != seen.get(name)]
        events = [_seen(name, plan.sources[name], plan.files, now[name]) for name in changed]
    except BigMathError as error:
        return dg.SkipReason(str(error))
    if not changed:
        return dg.SkipReason(f"no change of {', '.join(now)}")
    return dg.SensorResult(asset_events=events, cursor=json.dumps(now))


def _seen(name: str, source: Source, files: Files, state: str) -> dg.AssetMaterialization:
    began = time.monotonic()
    rows = listed(source, files)
    shown = figures(
        rows=rows.height,
        uri=source.repository,
        seconds=time.monotonic() - began,
        megabytes=float(rows["bytes"].sum()) / 1e6,
        reused=False,
    )
    return dg.AssetMaterialization(
        SOURCE_FILES,
        partition=name,
        metadata={**shown, "preview": dg.MetadataValue.md(preview(rows.head(5)))},
        tags={"dagster/data_version": state},
    )
