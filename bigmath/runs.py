"""The `runs` table: what each run was asked, what it was made with, what came out and how long each step took."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import distribution
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from bigmath.errors import StoreError
from bigmath.outputs import Version
from bigmath.store import Warehouse
from bigmath.verifier.policy import VERIFIER_VERSION

RUNS = pl.Schema(
    {
        "run_id": pl.String(),
        "version": pl.Int64(),
        "profile": pl.String(),
        "started_at": pl.Datetime("us", "UTC"),
        "seconds": pl.Float64(),
        "settings": pl.String(),
        "versions": pl.String(),
        "counts": pl.List(
            pl.Struct({"source": pl.String(), "original": pl.Int64(), "base": pl.Int64(), "strict": pl.Int64()})
        ),
        "timings": pl.List(pl.Struct({"step": pl.String(), "seconds": pl.Float64()})),
    }
)

LIBRARIES = ("polars", "pyarrow", "duckdb", "datasketch", "fasttext-predict", "sympy", "python-flint", "numpy", "scipy")
"""Libraries whose version can change a row: part of every key, and recorded with every run."""


PAPER_TABLE_3 = {
    "harp": (4_780, 3_691, 2_996),
    "numina": (859_608, 452_820, 231_887),
    "omni_math": (4_428, 3_660, 2_478),
    "openmathinstruct2": (607_324, 600_191, 496_331),
}
"""Rows ingested, in base and in strict: Table 3 of arXiv 2501.04682."""


def versions() -> dict[str, str]:
    """Versions of bigmath and its commit, its verifier, Python and `LIBRARIES`."""
    own = {
        "bigmath": version_of("bigmath"),
        "commit": code_commit(),
        "verifier": VERIFIER_VERSION,
        "python": platform.python_version(),
    }
    return own | {name: version_of(name) for name in LIBRARIES}


def code_commit() -> str:
    """The commit that this code is at, with `-dirty` where files differ from it, or that it was installed from; where
    neither is known (a wheel), `release` and the version."""
    here = Path(__file__)
    try:
        # a virtual environment may lie inside another project's checkout: only one that holds this file is asked
        _git(here.parent, "ls-files", "--error-unmatch", here.name)
        return _git(here.parent, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        installed = json.loads(distribution("bigmath").read_text("direct_url.json") or "{}")
        return str(installed.get("vcs_info", {}).get("commit_id") or f"release {version_of('bigmath')}")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def config_hash(about: Mapping[str, Any]) -> str:
    """SHA-256 of the settings that a version says it was made with: sources, filters, benchmarks, thresholds."""
    return hashlib.sha256(orjson.dumps(dict(about), option=orjson.OPT_SORT_KEYS)).hexdigest()


def table3(version: Version) -> pl.DataFrame:
    """Rows ingested, in base and in strict, by source in the order they were run: the shape of the paper's Table 3."""
    counts: dict[str, dict[str, int]] = {}
    for table in ("problems", "base", "strict"):
        for output in version.tables[table]:
            counts.setdefault(output.partition, {})[table] = output.rows
    rows = [(name, one["problems"], one["base"], one["strict"]) for name, one in counts.items()]
    return pl.DataFrame(rows, schema=["source", "original", "base", "strict"], orient="row")


def with_paper(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts with a total and, beside them, the paper's."""
    total = counts.select(pl.lit("total").alias("source"), pl.col("original", "base", "strict").sum())
    paper = pl.DataFrame(
        [(name, *numbers) for name, numbers in PAPER_TABLE_3.items()],
        schema=["source", "paper original", "paper base", "paper strict"],
        orient="row",
    )
    return pl.concat([counts, total]).join(paper, on="source", how="left", maintain_order="left")


def record_run(
    warehouse: Warehouse,
    version: Version,
    *,
    run_id: str,
    started_at: datetime,
    seconds: float,
    timings: Mapping[str, float],
) -> pl.DataFrame:
    """Adds the run's row to `runs` and returns it; `started_at` is in UTC.

    Raises:
        StoreError: the warehouse cannot be written.
    """
    counts = table3(version).to_dicts()
    row = {
        "run_id": run_id,
        "version": version.number,
        "profile": version.about.get("profile"),
        "started_at": started_at,
        "seconds": seconds,
        "settings": orjson.dumps(dict(version.about), option=orjson.OPT_SORT_KEYS).decode(),
        "versions": orjson.dumps(versions(), option=orjson.OPT_SORT_KEYS).decode(),
        "counts": counts,
        "timings": [{"step": name, "seconds": took} for name, took in sorted(timings.items())],
    }
    run = pl.DataFrame([row], schema=RUNS)
    if not run_id.replace("-", "").isalnum():
        raise StoreError(f"run id {run_id!r} is not letters, digits and dashes")
    warehouse.record_run(run, run_id)
    return run
