"""The job without Dagster, for benchmarks that start it often: `python -m assets.bare_run WAREHOUSE HUB SOURCE...`

The steps, the publishing and the catalog are those of `bigmath run`; checks and the report are left out.
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from assets.plan import build_job
from bigmath.catalog import PUBLISHED, build_catalog
from bigmath.errors import BigMathError
from bigmath.runs import record_run


def bare_run(warehouse: str, hub: str, sources: list[str]) -> None:
    """Makes every table of the sample that is not made yet, and publishes them."""
    job = build_job(warehouse=warehouse, hub=hub, profile="default", sources=sources)
    for table in job.steps:
        for partition in job.partitions(table):
            job.make(table, partition)
    version = job.publish(PUBLISHED, job.plan.about())
    now = datetime.now(UTC)
    record_run(job.warehouse, version, run_id=uuid.uuid4().hex, started_at=now, seconds=0.0, timings={})
    build_catalog(job.warehouse)


def command(warehouse: Path | str, hub: str, sources: list[str]) -> list[str]:
    return [sys.executable, "-m", "assets.bare_run", str(warehouse), hub, *sources]


if __name__ == "__main__":
    try:
        bare_run(sys.argv[1], sys.argv[2], sys.argv[3:])
    except BigMathError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
