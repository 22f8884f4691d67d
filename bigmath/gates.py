"""The five gates that every table which leaves the warehouse must pass, beside the invariants of `bigmath.invariants`:
its schema, ids that are unique, a licence on every row, no benchmark problem, and a ledger that adds up.

Each gate counts anew from the rows themselves and from another table, never from what the step that made the rows says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bigmath.contamination import hashed
from bigmath.invariants import Finding, Invariant, finding, same_ids
from bigmath.job import ALL, Job
from bigmath.plan import Plan
from bigmath.workers import map_rows

REQUIRED = ("problem_id", "source", "problem", "answer", "license", "repository", "revision")
"""Columns that no exported row may leave empty."""


@dataclass(frozen=True)
class Exported:
    """A table that is exported, and where its rows are accounted for."""

    table: str
    ledger: str
    """The decisions about each row that could have come here."""
    matches: str
    """The matches of such rows with benchmarks."""
    stages: tuple[str, ...]
    """A row is here if no filter of these stages drops it."""


EXPORTED = (
    Exported("base", "decisions", "contamination", ("base",)),
    Exported("strict", "decisions", "contamination", ("base", "strict")),
    Exported("reformulated", "reformulated_decisions", "rewrite_contamination", ("base", "strict")),
)


def _schema(of: Exported) -> Callable[[Job[Plan], Sequence[str]], Finding]:
    def ask(job: Job[Plan], sources: Sequence[str]) -> Finding:
        declared = job.steps[of.table].schema
        rows, broken = 0, []
        for source in sources:
            for path in job.warehouse.paths(job.output(of.table, source)):
                file = pl.scan_parquet(path)
                shown = file.select("problem_id") if "problem_id" in file.collect_schema() else None
                if file.collect_schema() == declared:
                    blank = [pl.col(name).is_null() | (pl.col(name) == "") for name in REQUIRED if name != "problem"]
                    shown = file.filter(pl.any_horizontal(blank)).select("problem_id")
                rows += file.select(pl.len()).collect().item()
                broken.append(shown.collect().to_series() if shown is not None else pl.Series([path.name]))
        return finding(rows, pl.concat(broken))

    return ask


def _ids(of: Exported) -> Callable[[Job[Plan], Sequence[str]], Finding]:
    def ask(job: Job[Plan], sources: Sequence[str]) -> Finding:
        ids = job.scan(of.table, *sources).select("problem_id").collect().to_series()
        return finding(ids.len(), ids.filter(ids.is_duplicated()).unique(maintain_order=True))

    return ask


def _licences(of: Exported) -> Callable[[Job[Plan], Sequence[str]], Finding]:
    def ask(job: Job[Plan], sources: Sequence[str]) -> Finding:
        declared = pl.LazyFrame(
            [(name, job.plan.sources[name].license) for name in sources],
            schema={"source": pl.String, "declared": pl.String},
            orient="row",
        )
        rows = job.scan(of.table, *sources).select("problem_id", "source", "license")
        told = rows.join(declared, on="source", how="left").collect()
        return finding(told.height, told.filter(told["license"].ne_missing(told["declared"]))["problem_id"])

    return ask


def _clean(of: Exported) -> Callable[[Job[Plan], Sequence[str]], Finding]:
    def ask(job: Job[Plan], sources: Sequence[str]) -> Finding:
        rows = job.scan(of.table, *sources).select("problem_id", "problem").collect()
        matched = job.scan(of.matches, *sources).select("problem_id").collect()["problem_id"]
        tests = job.scan("benchmarks", ALL).select("sha256").collect()["sha256"]
        hashes = map_rows(_hashes, rows.select("problem"))["sha256"]
        hit = hashes.is_in(tests.implode()) | rows["problem_id"].is_in(matched.implode())
        return finding(rows.height, rows.filter(hit)["problem_id"])

    return ask


def _hashes(rows: pl.DataFrame) -> pl.DataFrame:
    return hashed(rows).select("sha256")


def _ledger(of: Exported) -> Callable[[Job[Plan], Sequence[str]], Finding]:
    def ask(job: Job[Plan], sources: Sequence[str]) -> Finding:
        dropped = ~pl.col("kept") & pl.col("stage").is_in(of.stages)
        kept = job.scan(of.ledger, *sources).group_by("problem_id").agg(dropped.any()).filter(~pl.col("kept"))
        return same_ids(kept.select("problem_id"), job.scan(of.table, *sources).select("problem_id"))

    return ask


def _gates(of: Exported) -> dict[str, Invariant]:
    table = of.table
    rows = f"{table}_rows"  # the view without what other tables add
    stages = ", ".join(f"'{one}'" for one in of.stages)
    return {
        "every_row_has_the_declared_columns": Invariant(
            table,
            f"Every file of {table} has the declared columns and types; those every reader relies on are filled.",
            _schema(of),
            f"select problem_id, {', '.join(REQUIRED[1:])} from {rows} where answer is null or license is null",
        ),
        "ids_are_unique": Invariant(
            table,
            f"No two rows of {table} share an id.",
            _ids(of),
            f"select problem_id, count(*) from {rows} group by 1 having count(*) > 1",
        ),
        "every_row_has_its_sources_licence": Invariant(
            table,
            f"Every row of {table} carries the licence that its source declares.",
            _licences(of),
            f"select source, license, count(*) from {rows} group by 1, 2 order by 1",
        ),
        "no_benchmark_problem_is_kept": Invariant(
            table,
            f"No row of {table} matches a benchmark problem, nor states the same as one.",
            _clean(of),
            f"select problem_id, benchmark, benchmark_row, method, score from contamination semi join {rows}"
            " using (problem_id)",
            also=(of.matches, "benchmarks"),
        ),
        "the_ledger_adds_up": Invariant(
            table,
            f"{table} holds exactly the problems that no filter drops, each once.",
            _ledger(of),
            f"select problem_id, string_agg(filter || ':' || reason, ' ') from {of.ledger} semi join {rows}"
            f" using (problem_id) where not kept and stage in ({stages}) group by 1",
            also=(of.ledger,),
        ),
    }


GATES = {one.table: _gates(one) for one in EXPORTED}
"""The gates of each exported table, by name."""
