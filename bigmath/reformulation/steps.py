"""The steps that turn multiple choice into open questions, after the main job has decided about every problem.

    problems, decisions -> rewrites -> rewrite_duplicates, rewrite_contamination
                                    -> reformulated_decisions -> reformulated

A rewritten problem is asked every filter of the run again. It gives way to a twin: one that states the same problem as
a problem of `base`, or as another rewrite, is dropped as a duplicate, and its parent shares the twin's group of the
splits, so that no question is in training in one form and held out in another.
"""

from collections.abc import Iterator
from dataclasses import asdict

import polars as pl

from bigmath.benchmark_index import contamination
from bigmath.contamination import CONTAMINATION, contaminated_by
from bigmath.duplicates import DUPLICATES, exact_clusters, kept_instead, longest_solution, near_clusters
from bigmath.filtering import DECISIONS, LINKS, decide
from bigmath.job import ALL, Job, Step
from bigmath.normalize import canonical
from bigmath.plan import Plan, filter_settings
from bigmath.reformulation.tables import OPEN, REFORMULATED, REWRITES, candidates, rewrites, rewritten
from bigmath.reformulation.twins import mathematics_of
from bigmath.verifier.judge import equivalent
from bigmath.workers import map_rows


def _rewrites(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    if "multiple_choice" not in job.plan.order():
        return
    columns = ["problem_id", "source", "problem", "answer"]
    for problems, decisions in zip(
        job.frames("problems", source, columns), job.frames("decisions", source), strict=True
    ):
        yield map_rows(rewrites, candidates(problems, decisions))


def _duplicates(job: Job[Plan], _: str) -> Iterator[pl.DataFrame]:
    """Clusters that hold a rewrite; a row of `base` is always preferred as the one kept."""
    new = pl.concat([_new_problems(job, source) for source in job.sources])
    if new.is_empty():
        return
    columns = ["problem_id", "problem", "answer", "synthetic"]
    length = longest_solution().alias("solution_length")
    # only a text of equal numbers and operators can be a twin: few of base need to be compared
    near = mathematics_of(canonical(new["problem"])).unique()
    read = [*columns, "solutions"]
    frames = (rows for source in job.sources for rows in job.frames("base", source, read))
    twins = [map_rows(_of_mathematics, rows, near).select(*columns, length) for rows in frames]
    base = pl.concat(twins).join(new, left_on="problem_id", right_on="parent_id", how="anti")
    rows = pl.concat(
        [
            base.with_columns(alive=pl.lit(True)),
            new.select(*columns, length, alive=pl.lit(False)),
        ]
    ).with_columns(verified=pl.lit(True))
    exact = exact_clusters(rows, same_answer=equivalent)
    yield _with_rewrite(exact)
    if job.plan.near is not None:
        rest = rows.join(kept_instead(exact), on="problem_id", how="anti")
        yield _with_rewrite(near_clusters(rest, job.plan.near, same_answer=equivalent))


def _of_mathematics(rows: pl.DataFrame, near: pl.Series) -> pl.DataFrame:
    return rows.filter(mathematics_of(canonical(rows["problem"])).is_in(near.implode()))


def _contamination(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    new = _new_problems(job, source).select("problem_id", "source", "problem", "answer")
    yield contamination(job, new)


def _decisions(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    clusters = job.scan("rewrite_duplicates", ALL).collect()
    new = _new_problems(job, source)
    links = contaminated_by(job.scan("rewrite_contamination", source).collect())
    rows = new.join(links, on="problem_id", how="left", maintain_order="left")
    for method, column in (("exact", "exact_duplicate_of"), ("near", "near_duplicate_of")):
        kept = kept_instead(clusters.filter(pl.col("method") == method)).rename({"kept": column})
        rows = rows.join(kept, on="problem_id", how="left", maintain_order="left")
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in LINKS.items() if name not in rows.columns]
    yield decide(rows.with_columns(missing), list(job.plan.filters), job.plan.order(), over=map_rows)


def _reformulated(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    dropped = job.scan("reformulated_decisions", source).filter(~pl.col("kept")).select("problem_id").collect()
    yield _new_problems(job, source).join(dropped, on="problem_id", how="anti", maintain_order="left")


def _new_problems(job: Job[Plan], source: str) -> pl.DataFrame:
    """Every rewritten problem of a source as `REFORMULATED` rows, in the order of its parents."""
    made = job.scan("rewrites", source).collect()
    parents = job.scan("problems", source).join(
        made.lazy().select(problem_id="parent_id"), on="problem_id", how="semi", maintain_order="left"
    )
    return rewritten(parents.collect(), made)


def _with_rewrite(clusters: pl.DataFrame) -> pl.DataFrame:
    return clusters.filter(pl.col("problem_id").str.ends_with(OPEN).any().over("cluster"))


REFORMULATION_STEPS: dict[str, Step[Plan]] = {
    "rewrites": Step(("problems", "decisions"), REWRITES, _rewrites),
    "rewrite_duplicates": Step(
        ("rewrites", "problems", "base"),
        DUPLICATES,
        _duplicates,
        by_source=False,
        settings=lambda job, _: job.plan.near and asdict(job.plan.near),
    ),
    "rewrite_contamination": Step(
        ("rewrites", "problems", "benchmarks"),
        CONTAMINATION,
        _contamination,
        settings=lambda job, _: job.plan.ngram and asdict(job.plan.ngram),
    ),
    "reformulated_decisions": Step(
        ("rewrites", "problems", "rewrite_duplicates", "rewrite_contamination"),
        DECISIONS,
        _decisions,
        settings=lambda job, _: [filter_settings(one) for one in job.plan.filters],
    ),
    "reformulated": Step(("rewrites", "problems", "reformulated_decisions"), REFORMULATED, _reformulated),
}
"""Rewriting, and the same filters again."""


def parents_clusters(job: Job[Plan]) -> pl.LazyFrame:
    """`problem_id` and `cluster` of `rewrite_duplicates` with each rewrite replaced by its parent: a multiple-choice
    problem and its open-ended twin belong to one group of the splits."""
    return job.scan("rewrite_duplicates", ALL).select(
        pl.col("problem_id").str.strip_suffix(OPEN), pl.col("cluster").str.strip_suffix(OPEN)
    )
