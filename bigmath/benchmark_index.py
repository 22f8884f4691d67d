"""The index of a job's benchmarks, made once for all steps that look for them, and the search in worker processes."""

from functools import lru_cache

import polars as pl

from bigmath.contamination import Benchmarks, NgramSettings, index, matches
from bigmath.job import ALL, Job
from bigmath.plan import Plan
from bigmath.workers import Shared, map_rows


@lru_cache(maxsize=1)
def benchmark_index(job: Job[Plan]) -> Shared[Benchmarks]:
    """The index of the step `benchmarks`."""
    return Shared(index(job.scan("benchmarks", ALL).collect(), job.plan.ngram or NgramSettings()))


def contamination(job: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    """`CONTAMINATION` rows of problems (columns problem_id, source, problem, answer), by problem, benchmark and row."""
    found = map_rows(_matches, rows, benchmark_index(job), job.plan.ngram is None)
    return found.sort("problem_id", "benchmark", "benchmark_row")


def _matches(rows: pl.DataFrame, benchmarks: Shared[Benchmarks], exact_only: bool) -> pl.DataFrame:
    return matches(rows, benchmarks.value, exact_only=exact_only)
