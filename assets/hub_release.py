"""`hub_release`: the current version as a data set for the Hub. Without `repo_id` it is a dry run: the same folder, its
checks and its card, and nothing leaves this machine.

It is made from what `catalog` published: a table whose blocking check failed is never released. A folder's name
carries what it was made from: one that is there is found and not made again, so that a killed upload goes on from it.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from assets.metadata import LIMIT, OWNERS, declared, describe, figures, tags
from assets.pipeline import HUB, failure
from assets.release_command import requested
from assets.resources import Curation
from bigmath.durable import sha256_of
from bigmath.errors import BigMathError
from bigmath.job import code_fingerprint
from bigmath.outputs import key_of
from bigmath.release import build, card, manifest, push
from bigmath.release.manifest import Manifest
from bigmath.runs import LIBRARIES
from bigmath.stages import STEPS
from bigmath.store import Warehouse

FOLDER = "releases"
"""Folder in the warehouse that release folders are put into."""

NO_NAME = "me/bigmath"
"""What the card of a dry run calls the data set."""


class HubRelease(dg.Config):
    """What is released, and whether it is uploaded."""

    repo_id: str = Field(default="", description="ORGANISATION/DATASET on the Hub to upload to; empty for a dry run.")
    tag: str = Field(default="v1.0.0", description="Version: vMAJOR.MINOR.PATCH; a tag on the Hub never moves.")
    public: bool = Field(default=False, description="Whether a repository that is new on the Hub is public.")
    license_allow: list[str] = Field(
        default_factory=list,
        description="Only rows under these licences (SPDX), others are left out; empty: others stop the release.",
    )
    previous: str = Field(default="", description="Folder of the release before: lists what changed, checks the tag.")
    labelled: str = Field(default="", description="JSONL of labelled problems: the card tells how good filters are.")
    endpoint: str = Field(default="", description="Address of the Hub; empty for the client's own (HF_ENDPOINT).")


@dg.asset(
    name="hub_release",
    deps=["catalog"],
    group_name="published",
    description="The current version as a data set for the Hub: Parquet shards, card, Croissant. A dry run to a folder "
    "unless `repo_id` is set. Its columns are those of the configuration base.",
    kinds={"huggingface", "parquet"},
    owners=OWNERS,
    tags=tags("release", needs=HUB),
    metadata=declared(STEPS["base"].schema, build.build),
    pool=HUB,
)
def hub_release(
    context: dg.AssetExecutionContext, curation: Curation, config: HubRelease
) -> dg.MaterializeResult[None]:
    began = time.monotonic()
    try:
        warehouse = Warehouse.open(curation.warehouse, create=False)
        folder, release, is_found = made(warehouse, config)
        commit = None
        if config.repo_id:
            commit = push.push(
                folder, private=not config.public, say=context.log.info, endpoint=config.endpoint or None
            )
    except BigMathError as error:
        raise failure(error) from error
    uri = f"hf://datasets/{release.name}@{release.tag}" if commit else folder
    common = figures(
        rows=sum(one.rows for one in release.shards),
        uri=uri,
        seconds=time.monotonic() - began,
        megabytes=sum(one.bytes for one in release.shards) / 1e6,
        reused=is_found,
    )
    return dg.MaterializeResult(metadata={**common, **dict(_shown(folder, release, commit))})


def made(warehouse: Warehouse, config: HubRelease) -> tuple[Path, Manifest, bool]:
    """The release's folder, its manifest, and whether it was there already.

    Raises:
        BigMathError: see `bigmath.release.build.build`.
    """
    request = requested(
        config.repo_id or NO_NAME,
        config.tag,
        only=config.license_allow,
        previous=Path(config.previous) if config.previous else None,
        labelled=Path(config.labelled) if config.labelled else None,
    )
    version = warehouse.current()
    key = key_of(
        {
            "version": version.number if version else None,
            "name": request.name,
            "licenses": [*request.licenses, request.leave_out],
            "previous": manifest.read(request.previous).fingerprint if request.previous else None,
            "labelled": sha256_of(Path(config.labelled)) if config.labelled else None,
            "code": code_fingerprint(("bigmath",), LIBRARIES),
        }
    )
    folder = warehouse.root / FOLDER / f"{request.tag}-{key}"
    if folder.is_dir():  # it appeared whole
        return folder, manifest.read(folder), True
    return folder, build.build(warehouse, request, folder), False


def _shown(folder: Path, release: Manifest, commit: str | None) -> Iterator[tuple[str, Any]]:
    yield "release", f"{release.name} {release.tag}"
    yield "folder", dg.MetadataValue.path(str(folder))
    yield "uploaded", f"commit {commit}" if commit else "no: a dry run; set repo_id to upload"
    yield "rows", dg.MetadataValue.md(describe(_splits(release)))
    licences: list[Mapping[str, Any]] = [asdict(one) for one in release.sources]
    columns = ["source", "license", "repository", "revision", "original", "base", "strict"]
    yield "licences", dg.MetadataValue.md(describe(pl.DataFrame(licences).select(columns)))
    yield "card", dg.MetadataValue.md(opening(card.render(release)))


def _splits(release: Manifest) -> pl.DataFrame:
    """A row for each configuration: its problems by split."""
    shards = pl.DataFrame([asdict(one) for one in release.shards])
    return shards.pivot("split", index="config", values="rows", aggregate_function="sum", maintain_order=True)


def opening(text: str) -> str:
    """The card without the Hub's metadata block, up to the last blank line before `LIMIT` characters."""
    body = text.split("\n---\n", 1)[-1].lstrip()
    more = "\n\n... and so on in README.md"
    if len(body) <= LIMIT:
        return body
    return body[: LIMIT - len(more)].rpartition("\n\n")[0] + more
