"""`bigmath run`: the assets in this process, then the funnel and where the tables lie."""

from pathlib import Path

import polars as pl

from assets.console import ConsoleReporter, messages, show_error, show_note, show_table
from assets.plan import profile_named, runnable, split_names
from assets.report_command import NAME as REPORT
from assets.resources import Curation
from assets.running import run_in_process
from bigmath.catalog import NAME
from bigmath.runs import table3, with_paper
from bigmath.stages import STEPS


def run_job(
    *,
    warehouse: Path,
    hub: str,
    profile: str,
    named: list[str],
    source_license: str = "unknown",
    benchmarks: list[str],
    engine: str,
    as_json: bool,
) -> int:
    """Runs the job and returns the exit code."""
    sources, files = split_names(named)
    curation = Curation(
        warehouse=str(warehouse),
        hub=hub,
        profile=profile,
        sources=sources,
        files=files,
        source_license=source_license,
        benchmarks=benchmarks,
        engine=engine,
    )
    job = curation.job
    show_note(runnable(profile_named(profile))[1])
    outputs = sum(len(job.partitions(table)) for table in STEPS)
    with ConsoleReporter(outputs) as reporter:
        outcome = run_in_process(curation, reporter)
    if outcome.failures:
        code = 1 if outcome.gate_failed else 2
        for line, hint in outcome.failures:
            show_error(line, hint, code=code, as_json=as_json)
        return code
    version = job.warehouse.current()
    assert version is not None  # the catalog asset has just published it
    counts = with_paper(table3(version))
    show_table(counts, title=f"version {version.number}, profile {profile}", as_json=as_json)
    if not as_json:
        funnel = (
            job.scan("decisions")
            .filter(~pl.col("kept"))
            .group_by("stage", "filter")
            .agg(pl.len().alias("rows dropped"), pl.col("position").first())
        )
        show_table(funnel.collect().sort("position").drop("position"), title="why rows left (a row may have several)")
        where, here = job.warehouse.storage.where, job.warehouse.root
        messages.print(f"tables: {where}/   catalog: {here / NAME}", markup=False, soft_wrap=True)
        messages.print(f"report: {here / REPORT}", markup=False, soft_wrap=True)
        messages.print(f'next:   bigmath sql -w {where} "from strict limit 3"', markup=False, soft_wrap=True)
    return 0
