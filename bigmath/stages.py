"""The graph of the main job: one step a table, each a pure function of its inputs and of the plan's settings.

    problems -> base_rules, uniquely_verifiable, open_ended, closed_form -> exact_duplicates, contamination
             -> near_duplicates -> semantic_duplicates -> decisions -> base, strict, rejected, strict_rejected
             -> rewrites ... -> reformulated (see `bigmath.reformulation.steps`) -> splits

Every filter is asked about every row, so the filters that need only the row itself all read `problems`; the stages that
compare rows come after them, so that a cluster keeps a row that is still alive. Steps by source stream: one file of
their input is held at a time, and the files of `decisions` line up with those of `problems`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from bigmath.benchmark_index import contamination
from bigmath.contamination import CONTAMINATION, contaminated_by, hashed
from bigmath.curate import REJECTED, SPLITS, assign_splits, dropped_rows, kept_rows
from bigmath.duplicates import DUPLICATES, exact_clusters, kept_instead, longest_solution, near_clusters
from bigmath.filtering import DECISIONS, LINKS, Criterion, Stage, decide
from bigmath.ingest import ingest
from bigmath.job import ALL, Job, Step
from bigmath.label_suspects import LABEL_SUSPECT_STEP
from bigmath.normalize import canonical
from bigmath.plan import Plan, filter_settings, is_linked, ngram_settings, row_filters, semantic_settings
from bigmath.problem import PROBLEMS
from bigmath.progress import Stages
from bigmath.reformulation.steps import REFORMULATION_STEPS, parents_clusters
from bigmath.semantic import semantic_clusters
from bigmath.source import BENCHMARKS
from bigmath.topics.classify import TOPIC_STEP
from bigmath.verifier.judge import equivalent
from bigmath.workers import map_rows

__all__ = ["DUPLICATE_LINKS", "ROW_DECISIONS", "STEPS", "Plan"]


def _problems(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    return ingest(job.plan.sources[source], job.plan.files)


def _benchmarks(job: Job[Plan], _: str) -> Iterator[pl.DataFrame]:
    for benchmark in job.plan.benchmarks.values():
        rows = [(row.benchmark, row.row, row.problem, row.answer, None) for row in benchmark.read(job.plan.files)]
        yield hashed(pl.DataFrame(rows, schema=BENCHMARKS, orient="row"))


def _decided(stage: Stage, criterion: Criterion) -> Step[Plan]:
    """A step that asks the row filters of one stage and criterion."""

    def build(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
        asked = row_filters(job.plan, stage, criterion)
        read = {name for one in asked for ask in (one.reason(), one.detail()) for name in ask.meta.root_names()}
        columns = ["problem_id", "source", *sorted(read - {"problem_id", "source"})]
        for rows in job.frames("problems", source, columns):
            yield decide(rows, asked, job.plan.order(), over=map_rows)

    def settings(job: Job[Plan], _: str) -> Any:
        return [job.plan.order(), *(filter_settings(one) for one in row_filters(job.plan, stage, criterion))]

    return Step(("problems",), DECISIONS, build, settings=settings)


def _exact_duplicates(job: Job[Plan], _: str) -> Iterable[pl.DataFrame]:
    if "exact_duplicate" not in job.plan.order():
        return []
    rows = _compared(job, before="exact_duplicate")
    texts = map_rows(_canonical_texts, rows.select("problem"))
    return [exact_clusters(rows.drop("problem").hstack(texts), same_answer=equivalent)]


def _canonical_texts(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(canonical=canonical(rows["problem"]))


def _contamination(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    for rows in job.frames("problems", source, ["problem_id", "source", "problem", "answer"]):
        yield contamination(job, rows)


def _near_duplicates(job: Job[Plan], _: str) -> Iterable[pl.DataFrame]:
    if job.plan.near is None or "near_duplicate" not in job.plan.order():
        return []
    rows = _compared(job, before="near_duplicate")
    say = Stages(job.reporter, "near_duplicates", ALL)
    return [near_clusters(rows, job.plan.near, same_answer=equivalent, say=say)]


def _semantic_duplicates(job: Job[Plan], _: str) -> Iterable[pl.DataFrame]:
    if job.plan.semantic is None or "semantic_duplicate" not in job.plan.order():
        return []
    rows = _compared(job, before="semantic_duplicate")
    say = Stages(job.reporter, "semantic_duplicates", ALL)
    return [semantic_clusters(rows, job.plan.semantic, same_answer=equivalent, say=say)]


def _decisions(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    linked = [one for one in job.plan.filters if is_linked(one)]
    links = _links_of(job, source)
    parts = zip(job.frames("problems", source), *(job.frames(name, source) for name in ROW_DECISIONS), strict=True)
    for rows, *decided in parts:
        compared = decide(
            rows.join(links, on="problem_id", how="left", maintain_order="left"), linked, job.plan.order()
        )
        place = rows.select("problem_id").with_row_index("place")
        yield (
            pl.concat([*decided, compared]).join(place, on="problem_id").sort("place", "position").select(*DECISIONS)
        )


def _set(stage: Stage, *, kept: bool) -> Step[Plan]:
    """A step that takes the problems kept at a stage, or those that left at it."""

    def build(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
        frames = zip(job.frames("problems", source), job.frames("decisions", source), strict=True)
        for problems, decisions in frames:
            yield (kept_rows if kept else dropped_rows)(problems, decisions, stage)

    return Step(("problems", "decisions"), PROBLEMS if kept else REJECTED, build)


def _splits(job: Job[Plan], _: str) -> Iterator[pl.DataFrame]:
    base = job.scan("base").select("problem_id", "source").collect()
    clusters = [job.scan(name, ALL).select("problem_id", "cluster") for name in DUPLICATE_LINKS]
    clusters.append(parents_clusters(job))
    yield assign_splits(base, pl.concat(clusters).collect(), job.plan.splits)


def _links_of(job: Job[Plan], source: str) -> pl.DataFrame:
    """For each row of a source that a comparing stage found something about: the columns of `LINKS`."""
    found = [
        kept_instead(job.scan(table, ALL).collect()).rename({"kept": column})
        for table, column in DUPLICATE_LINKS.items()
    ]
    found.append(contaminated_by(job.scan("contamination", source).collect()))
    links = job.scan("problems", source).select("problem_id")
    for frame in found:
        links = links.join(frame.lazy(), on="problem_id", how="left")
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in LINKS.items() if name not in _MADE_LINKS]
    return links.with_columns(missing).filter(pl.any_horizontal(pl.col(*LINKS).is_not_null())).collect()


def _compared(job: Job[Plan], before: str) -> pl.DataFrame:
    """What the stages that compare rows need of every row: its text, and what decides whether it is kept.

    `alive`: no filter that comes before the named one drops it. `verified`: its answer verifies against itself."""
    position = job.plan.order().index(before)
    tables = [name for name in job.steps[f"{before}s"].inputs if name in ROW_DECISIONS]
    drops = pl.concat([job.scan(name).filter(~pl.col("kept")) for name in tables])
    dead = [drops.filter(pl.col("position") < position).select("problem_id")]
    clustered = [name for name in job.steps[f"{before}s"].inputs if name in DUPLICATE_LINKS]
    dead += [job.scan(name, ALL).filter(~pl.col("keeper")).select("problem_id") for name in clustered]
    if "contamination" in job.steps[f"{before}s"].inputs:
        dead.append(job.scan("contamination").select("problem_id"))
    unverified = drops.filter(pl.col("filter") == "unverifiable").select("problem_id")
    flags = {"alive": pl.concat(dead), "verified": unverified}
    texts = ["problem_id", "source", "problem", "answer", "synthetic"]
    length = longest_solution().alias("solution_length")
    # a frame at a time: only the lengths of the solutions are held
    frames = (rows for source in job.sources for rows in job.frames("problems", source, [*texts, "solutions"]))
    rows = pl.concat([rows.select(*texts, length) for rows in frames]).lazy()
    for name, without in flags.items():
        marked = without.unique().with_columns(pl.lit(value=False).alias(name))
        rows = rows.join(marked, on="problem_id", how="left").with_columns(pl.col(name).fill_null(value=True))
    return rows.collect().sort("problem_id")


DUPLICATE_LINKS = {
    "exact_duplicates": "exact_duplicate_of",
    "near_duplicates": "near_duplicate_of",
    "semantic_duplicates": "semantic_duplicate_of",
}
"""The stages that cluster rows, and the link column in which their filter finds the row kept instead."""

_MADE_LINKS = (*DUPLICATE_LINKS.values(), "contaminated_by")

ROW_DECISIONS = ("base_rules", "uniquely_verifiable", "open_ended", "closed_form")
"""Steps that hold the decisions of the filters that need only the row itself."""

STEPS: dict[str, Step[Plan]] = {
    "problems": Step(
        (), PROBLEMS, _problems, settings=lambda job, source: job.plan.sources[source].fingerprint(job.plan.files)
    ),
    "benchmarks": Step(
        (),
        BENCHMARKS,
        _benchmarks,
        by_source=False,
        settings=lambda job, _: {name: one.fingerprint(job.plan.files) for name, one in job.plan.benchmarks.items()},
    ),
    "base_rules": _decided("base", "hygiene"),
    "uniquely_verifiable": _decided("strict", "uniquely_verifiable"),
    "open_ended": _decided("strict", "open_ended"),
    "closed_form": _decided("strict", "closed_form"),
    "exact_duplicates": Step(
        ("problems", "base_rules", "uniquely_verifiable"),
        DUPLICATES,
        _exact_duplicates,
        by_source=False,
        settings=lambda job, _: job.plan.order(),
    ),
    "contamination": Step(
        ("problems", "benchmarks"),
        CONTAMINATION,
        _contamination,
        settings=lambda job, _: ngram_settings(job.plan),
    ),
    "near_duplicates": Step(
        ("problems", *ROW_DECISIONS, "exact_duplicates", "contamination"),
        DUPLICATES,
        _near_duplicates,
        by_source=False,
        settings=lambda job, _: [job.plan.order(), job.plan.near and asdict(job.plan.near)],
    ),
    "semantic_duplicates": Step(
        ("problems", *ROW_DECISIONS, "exact_duplicates", "contamination", "near_duplicates"),
        DUPLICATES,
        _semantic_duplicates,
        by_source=False,
        settings=lambda job, _: [job.plan.order(), semantic_settings(job.plan)],
    ),
    "decisions": Step(
        ("problems", *ROW_DECISIONS, "contamination", *DUPLICATE_LINKS),
        DECISIONS,
        _decisions,
        settings=lambda job, _: [filter_settings(one) for one in job.plan.filters],
    ),
    "base": _set("base", kept=True),
    "strict": _set("strict", kept=True),
    "rejected": _set("base", kept=False),
    "strict_rejected": _set("strict", kept=False),
    **REFORMULATION_STEPS,
    "label_suspects": LABEL_SUSPECT_STEP,
    "topics": TOPIC_STEP,
    "splits": Step(
        ("base", *DUPLICATE_LINKS, "rewrite_duplicates"),
        SPLITS,
        _splits,
        by_source=False,
        settings=lambda job, _: asdict(job.plan.splits),
    ),
}
