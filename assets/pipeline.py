"""The assets: one for each step of `bigmath.stages.STEPS`, and `catalog`, which publishes their tables as one version.

An asset names its inputs, asks the job to make its output for each partition, and returns counts. Everything else is in
`bigmath`, and is tested there without Dagster.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from assets.metadata import describe, preview, table_schema
from assets.report_command import write_report
from assets.resources import Curation
from bigmath.catalog import PUBLISHED, build_catalog
from bigmath.errors import BigMathError
from bigmath.job import ALL, Job, Made
from bigmath.progress import LogReporter, current_reporter
from bigmath.runs import record_run
from bigmath.stages import STEPS, Plan


@dataclass(frozen=True)
class Shown:
    """How a step is shown to a data engineer."""

    group: str
    description: str


SHOWN = {
    "problems": Shown("ingest", "Every problem of a source as one row type, answers found, repeats folded."),
    "benchmarks": Shown("ingest", "Problems that must never become training data: MATH-500, AIME, AMC, GSM8K test."),
    "base_rules": Shown("base_filter", "What the base filters that need only the row itself say of every row."),
    "exact_duplicates": Shown("base_filter", "Clusters of statements that are the same after undoing LaTeX spelling."),
    "contamination": Shown("base_filter", "Matches between problems and benchmark problems, with method and score."),
    "uniquely_verifiable": Shown(
        "strict_filter", "Criterion 1, one right answer a machine can check: multi_part, not_unique, unverifiable."
    ),
    "open_ended": Shown("strict_filter", "Criterion 2, not guessable: multiple_choice, true_false, yes_no."),
    "closed_form": Shown("strict_filter", "Criterion 3, a scalar or an expression, no proof: proof, not_closed_form."),
    "near_duplicates": Shown(
        "strict_filter", "Clusters of statements that differ in wording only (MinHash, then a guard)."
    ),
    "semantic_duplicates": Shown("strict_filter", "Clusters of statements whose embeddings are alike; off by default."),
    "decisions": Shown("curated", "What every filter says of every row, in the run's order: the drop ledger."),
    "base": Shown("curated", "Problems that no base filter dropped: for SFT."),
    "strict": Shown("curated", "Problems that no filter dropped, so that all three criteria hold: for RL."),
    "rejected": Shown("curated", "Problems that left before base, with first and all reasons."),
    "strict_rejected": Shown("curated", "Problems of base that left before strict, with first and all reasons."),
    "rewrites": Shown("reformulation", "Problems dropped only for their options, rewritten by rule, or why not."),
    "rewrite_duplicates": Shown("reformulation", "Rewrites that state the same problem as one of base or each other."),
    "rewrite_contamination": Shown("reformulation", "Matches between rewrites and benchmark problems."),
    "reformulated_decisions": Shown("reformulation", "What every filter says of every rewritten problem."),
    "reformulated": Shown("reformulation", "Open questions made from multiple choice that no filter dropped: for RL."),
    "label_suspects": Shown(
        "curated", "Signs of a wrong answer: boxes, solutions, duplicates or options that disagree."
    ),
    "topics": Shown("curated", "Algebra, geometry, ...: the source's label where it has one, else a small classifier."),
    "splits": Shown("curated", "Train, validation and test; no group of duplicates is divided."),
}

OWNERS = ["team:curation"]


def build_assets(sources: Sequence[str]) -> list[dg.AssetsDefinition]:
    """All assets, partitioned by the sources named where a step is made by source."""
    partitions = dg.StaticPartitionsDefinition(list(sources))
    with warnings.catch_warnings():
        # a backfill policy is how five sources run as one; Dagster marks the parameter beta
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        return [*(_step_asset(table, partitions) for table in STEPS), _catalog, _report]


def make(context: dg.AssetExecutionContext, curation: Curation, table: str) -> list[Made]:
    """Makes the table's output for each partition of this run; an expected failure becomes one clear line."""
    try:
        job = curation.reporting_to(current_reporter.get() or LogReporter(context.log))
        partitions = context.partition_keys if STEPS[table].by_source else [ALL]
        made = []
        for partition in sorted(partitions, key=list(job.partitions(table)).index):
            done = job.make(table, partition)
            made.append(done)
            metadata = _metadata(job, done)
            context.add_asset_metadata(metadata, partition_key=partition if STEPS[table].by_source else None)
    except BigMathError as error:
        raise failure(error) from error
    return made


def failure(error: BigMathError) -> dg.Failure:
    """The error as Dagster shows it: its line, its hint, no retries since a rerun would fail alike."""
    hint = {"hint": dg.MetadataValue.text(error.hint)} if error.hint else {}
    return dg.Failure(description=str(error), metadata=hint, allow_retries=False)


def _step_asset(table: str, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    step, shown = STEPS[table], SHOWN[table]

    @dg.asset(
        name=table,
        deps=list(step.inputs),
        group_name=shown.group,
        description=shown.description,
        kinds={"polars", "parquet"},
        owners=OWNERS,
        metadata={"dagster/column_schema": table_schema(step.schema)},
        partitions_def=partitions if step.by_source else None,
        backfill_policy=dg.BackfillPolicy.single_run() if step.by_source else None,
    )
    def asset(context: dg.AssetExecutionContext, curation: Curation) -> None:
        make(context, curation, table)

    return asset


@dg.asset(
    name="catalog",
    deps=[step for steps in PUBLISHED.values() for step in steps],
    group_name="published",
    description="Publishes all tables as one version, records the run, and rebuilds the DuckDB file readers open.",
    kinds={"duckdb"},
    owners=OWNERS,
)
def _catalog(context: dg.AssetExecutionContext, curation: Curation) -> dg.MaterializeResult[None]:
    try:
        job = curation.job
        now = time.time()
        version = job.publish(PUBLISHED, job.plan.about())
        times = _times(context)
        run = record_run(
            job.warehouse,
            version,
            run_id=context.run.run_id,
            started_at=datetime.fromtimestamp(min((start for start, _ in times.values()), default=now), UTC),
            seconds=now - min((start for start, _ in times.values()), default=now),
            timings={step: end - start for step, (start, end) in times.items()},
        )
        path = build_catalog(job.warehouse, version)
    except BigMathError as error:
        raise failure(error) from error
    return dg.MaterializeResult(
        metadata={
            "version": version.number,
            "dagster/uri": str(path),
            "funnel": dg.MetadataValue.md(describe(run)),
        }
    )


@dg.asset(
    name="report",
    deps=["catalog"],
    group_name="published",
    description="One HTML page of the version: funnel, reasons, duplicates, contamination, and problems to browse.",
    kinds={"html"},
    owners=OWNERS,
)
def _report(curation: Curation) -> dg.MaterializeResult[None]:
    try:
        path = write_report(curation.job.warehouse.root)
    except BigMathError as error:
        raise failure(error) from error
    return dg.MaterializeResult(metadata={"dagster/uri": str(path), "megabytes": path.stat().st_size / 1e6})


def _metadata(job: Job[Plan], made: Made) -> dict[str, Any]:
    output = made.output
    rows = job.warehouse.scan(output)
    metadata: dict[str, Any] = {
        "dagster/row_count": output.rows,
        "dagster/uri": str((job.warehouse.root / output.files[0].path).parent),
        "seconds": made.seconds,
        "reused": made.reused,
        "preview": dg.MetadataValue.md(preview(rows.head(5).collect())),
    }
    if "reason" in output.schema:
        named = [name for name in ("filter", "reason") if name in output.schema]
        drops = rows.filter(pl.col("reason").is_not_null())
        reasons = (
            drops.group_by(named).len("rows").sort(pl.col("rows"), *named, descending=[True, *[False] * len(named)])
        )
        metadata["reasons"] = dg.MetadataValue.md(describe(reasons.head(30).collect()))
    return metadata


def _times(context: dg.AssetExecutionContext) -> dict[str, tuple[float, float]]:
    """Start and end of each finished step of this run, in seconds since 1970, as Dagster recorded them."""
    stats = context.instance.get_run_step_stats(context.run.run_id)
    return {one.step_key: (one.start_time, one.end_time) for one in stats if one.end_time and one.start_time}
