"""The assets: one for each step of `bigmath.stages.STEPS`, and `catalog`, which publishes their tables as one version.

An asset names its inputs, asks the job to make its output for each partition, and returns counts. Everything else is in
`bigmath`, and is tested there without Dagster.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from assets.metadata import (
    OWNERS,
    barred,
    beta,
    cut,
    declared,
    describe,
    figures,
    image,
    megabytes,
    output_figures,
    tags,
)
from assets.report_command import made_report
from assets.resources import Curation
from assets.source_files import SOURCE_FILES
from bigmath.bars import bars
from bigmath.catalog import PUBLISHED, build_catalog, connect
from bigmath.credentials import masked
from bigmath.curate import REJECTED
from bigmath.errors import BigMathError, ServiceError
from bigmath.job import ALL, Job, Made
from bigmath.progress import LogReporter, current_reporter
from bigmath.runs import RUNS, record_run
from bigmath.stages import STEPS, Plan

HUB = "hub"
"""The pool of what asks the Hub; `dagster.yaml` limits it."""

AGAIN = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For the assets that read from outside: only a `ServiceError` is tried again, see `failure`."""

READS_OUTSIDE = ("problems", "benchmarks")

IS_BEHIND = (
    dg.AutomationCondition.any_deps_updated().since(dg.AutomationCondition.newly_updated())
    & ~dg.AutomationCondition.will_be_requested()
)
"""Of an asset: something it is made from changed after it, and it is not made again in this run."""

REBUILD = dg.AutomationCondition.eager() & ~dg.AutomationCondition.any_deps_match(IS_BEHIND)
"""An asset is made again once something it is made from was, and nothing of that is missing, being made, or behind:
`decisions` of a source that changed waits for the tables that compare all sources."""

FRESH = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=7), fail_window=timedelta(days=30))
"""What people read is expected to be made again every week."""


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


def build_assets(sources: Sequence[str]) -> list[dg.AssetsDefinition]:
    """All assets, partitioned by the sources named where a step is made by source."""
    partitions = by_source(sources)
    with beta():  # a backfill policy is how five sources run as one
        return [*(_step_asset(table, partitions) for table in STEPS), _catalog, _report]


def by_source(sources: Sequence[str]) -> dg.PartitionsDefinition[str]:
    """A partition for each source."""
    return dg.StaticPartitionsDefinition(list(sources))


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
    """The error as Dagster shows it: its line and its hint. Only what failed outside may be tried again: anything else
    would fail alike. Dagster stores the causes with it, so credentials in their messages are hidden, too."""
    cause = error.__cause__ or error.__context__
    while cause is not None:
        cause.args = tuple(masked(one) if isinstance(one, str) else one for one in cause.args)
        cause = cause.__cause__ or cause.__context__
    hint = {"hint": dg.MetadataValue.text(error.hint)} if error.hint else {}
    return dg.Failure(description=cut(str(error)), metadata=hint, allow_retries=isinstance(error, ServiceError))


def _step_asset(table: str, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    step, shown = STEPS[table], SHOWN[table]
    outside = table in READS_OUTSIDE

    @dg.asset(
        name=table,
        deps=[*step.inputs, *([SOURCE_FILES] if table == "problems" else [])],
        group_name=shown.group,
        description=shown.description,
        kinds={"polars", "parquet", *({"huggingface"} if outside else ())},
        owners=OWNERS,
        tags=tags("run", needs=HUB if outside else None),
        metadata=declared(step.schema, step.build),
        partitions_def=partitions if step.by_source else None,
        backfill_policy=dg.BackfillPolicy.single_run() if step.by_source else None,
        pool=HUB if outside else None,
        retry_policy=AGAIN if outside else None,
        automation_condition=REBUILD,
    )
    def asset(context: dg.AssetExecutionContext, curation: Curation) -> None:
        make(context, curation, table)

    return asset


def publish(context: dg.AssetExecutionContext, curation: Curation) -> dict[str, Any]:
    """Publishes every table, records the run, writes the catalog; returns what is to be shown of it."""
    job, now = curation.job, time.time()
    before = job.warehouse.current()
    version = job.publish(PUBLISHED, job.plan.about())
    times = _times(context)
    began = min((start for start, _ in times.values()), default=now)
    run = record_run(
        job.warehouse,
        version,
        run_id=context.run.run_id,
        started_at=datetime.fromtimestamp(began, UTC),
        seconds=now - began,
        timings={step: end - start for step, (start, end) in times.items()},
    )
    path = build_catalog(job.warehouse)
    with connect(job.warehouse) as connection:
        left = connection.execute(
            'select filter, sum("left")::int from funnel group by filter, position order by position'
        ).fetchall()
        solved = connection.execute("select source, original, base, strict from table3").pl()
    published = [output for table in PUBLISHED for output in version.tables[table]]
    original = int(solved["original"].sum())
    return {
        **figures(
            rows=sum(output.rows for output in published),
            uri=path,
            seconds=time.time() - now,
            megabytes=megabytes(*published),
            reused=before is not None and before.number == version.number,
        ),
        "version": version.number,
        "base": int(solved["base"].sum()),
        "strict": int(solved["strict"].sum()),
        "funnel": barred(pl.DataFrame(left, schema=["filter", "left"], orient="row"), "left", original),
        "plot": image("funnel", bars("Problems left after each filter", [("ingested", original), *left], original)),
        "table 3": dg.MetadataValue.md(describe(solved)),
        "run": dg.MetadataValue.md(describe(run.drop("settings", "versions"))),
    }


@dg.asset(
    name="catalog",
    deps=[step for steps in PUBLISHED.values() for step in steps],
    group_name="published",
    description="Publishes all tables as one version, records the run, and rebuilds the DuckDB file readers open. "
    "Its columns are those of the table of runs.",
    kinds={"duckdb"},
    owners=OWNERS,
    tags=tags("run"),
    metadata=declared(RUNS, build_catalog),
    freshness_policy=FRESH,
    automation_condition=REBUILD,
)
def _catalog(context: dg.AssetExecutionContext, curation: Curation) -> dg.MaterializeResult[None]:
    try:
        return dg.MaterializeResult(metadata=publish(context, curation))
    except BigMathError as error:
        raise failure(error) from error


ON_PAGE = ("problem_id", "source", "filter", "reason", "detail", "reasons", "problem", "answer", "license", "level")
"""Columns of a problem on the report's page."""


@dg.asset(
    name="report",
    deps=["catalog"],
    group_name="published",
    description="One HTML page of the version: funnel, reasons, duplicates, contamination, and problems to browse. "
    "Its columns are those of the problems on the page.",
    kinds={"html"},
    owners=OWNERS,
    tags=tags("report"),
    metadata=declared(pl.Schema({name: REJECTED[name] for name in ON_PAGE}), made_report),
    freshness_policy=FRESH,
    automation_condition=REBUILD,
)
def _report(curation: Curation) -> dg.MaterializeResult[None]:
    began = time.monotonic()
    try:
        path, rows = made_report(curation.job.warehouse)
    except BigMathError as error:
        raise failure(error) from error
    took = time.monotonic() - began
    return dg.MaterializeResult(
        metadata=figures(rows=rows, uri=path, seconds=took, megabytes=path.stat().st_size / 1e6, reused=False)
    )


def _metadata(job: Job[Plan], made: Made) -> dict[str, Any]:
    return output_figures(job.warehouse, made, dict(_drops(job, made)))


def _drops(job: Job[Plan], made: Made) -> Iterator[tuple[str, Any]]:
    """Of a table with reasons: how many rows each of them takes, as a chart and as a table."""
    output = made.output
    if "reason" not in output.schema:
        return
    named = [name for name in ("filter", "reason") if name in output.schema]
    reasons = (
        job.warehouse.scan(output)
        .filter(pl.col("reason").is_not_null())
        .group_by(named)
        .len("rows")
        .sort(pl.col("rows"), *named, descending=[True, *[False] * len(named)])
        .collect()
    )
    yield "dropped", int(reasons["rows"].sum())
    if reasons.height:
        counts = list(zip(reasons["reason"], reasons["rows"], strict=True))
        yield "reasons", barred(reasons, "rows")
        yield "plot", image("reasons", bars("Rows by reason", counts))


def _times(context: dg.AssetExecutionContext) -> dict[str, tuple[float, float]]:
    """Start and end of each finished step of this run, in seconds since 1970, as Dagster recorded them."""
    stats = context.instance.get_run_step_stats(context.run.run_id)
    return {one.step_key: (one.start_time, one.end_time) for one in stats if one.end_time and one.start_time}
