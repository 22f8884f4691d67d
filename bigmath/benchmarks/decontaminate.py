"""Decontamination: recall of planted copies by class, clean rows lost, variants flagged, documents a CPU second.

Real rows that equal no test are the clean ones; a flag on one counts as a false drop, although some are true copies
nobody planted, so the clean drop is an upper bound. Two n-gram methods as others use them run on the same corpus.
"""

import time
from collections.abc import Callable
from typing import Any

import polars as pl

from bigmath.benchmarks.dedup_edits import asked
from bigmath.benchmarks.ngram_overlap import flagged
from bigmath.benchmarks.planting import COPIES, VARIANTS, Edit, planted
from bigmath.benchmarks.report import Result
from bigmath.contamination import index, matches
from bigmath.normalize import canonical

RECALL = 0.996
"""Floor: of planted verbatim, respelled, headed and lightly reworded copies together; the best public method's, which
drops 1.4 % of the clean rows for it."""
CLEAN_DROP = 0.005
VARIANTS_FLAGGED = 0.01
SPEED = 70_000
"""Floor: documents a CPU second, with normalisation, index excluded, best of `RUNS`."""
SHORT = 8
"""Words below which a test is short."""
PER_CLASS = 150
RUNS = 3

ASKED = (
    "verbatim", "spacing and case", "LaTeX respelled", "plain text for LaTeX", "header", "options",
    "respelled, options and header", "light paraphrase", "light paraphrase and header", "question moved first",
)  # fmt: skip
"""The classes the floor on recall is for; the others are measured beside."""
OTHER_QUESTIONS: dict[str, Edit] = {"another quantity asked": lambda text, random: asked(random, text)}
"""Another problem with the same numbers: the area for the perimeter, the largest for the smallest; measured beside."""


def run(
    rows: pl.DataFrame, tests: pl.DataFrame, say: Callable[[str], None] = lambda line: None, seed: int = 1
) -> Result:
    """Measures on rows with `problem` and tests as `bigmath.contamination.index` takes them."""
    corpus = _corpus(rows, tests, seed)
    say(f"{corpus.height:,} documents against {tests.height:,} tests")
    started = time.process_time()
    benchmarks = index(tests)
    index_seconds = time.process_time() - started
    seconds = []
    for _ in range(RUNS):
        started = time.process_time()
        found = matches(corpus, benchmarks)
        seconds.append(time.process_time() - started)
    ours = _scores(_hits(corpus, found))
    pooled = ours.filter(pl.col("edit").is_in(ASKED))
    recall = _share(pooled)
    clean, variants = ours.filter(pl.col("edit") == "clean"), ours.filter(pl.col("edit").is_in(list(VARIANTS)))
    short = _hits(corpus, found).filter(pl.col("edit").is_in(ASKED) & (pl.col("words") < SHORT))
    short_recall = int(short["hit"].sum()) / max(1, short.height)
    speed = corpus.height / min(seconds)
    figures: dict[str, Any] = {
        "documents": corpus.height,
        "tests": tests.height,
        "recall": round(recall, 4),
        "recall_of_short_tests": round(short_recall, 4),
        "short_tests_planted": short.height,
        "clean_drop": round(_share(clean), 5),
        "variants_flagged": round(_share(variants), 4),
        "documents_per_cpu_second": round(speed),
        "index_cpu_seconds": round(index_seconds, 2),
        "classes": _rows(ours),
    }
    for size in (13, 8):
        say(f"{size}-gram overlap on plain words")
        figures[f"{size}_gram_overlap"] = _peer(corpus, tests, size)
    holds = {
        f"recall of planted copies >= {RECALL}": recall >= RECALL,
        f"clean drop <= {CLEAN_DROP:.1%}": _share(clean) <= CLEAN_DROP,
        f"number variants flagged <= {VARIANTS_FLAGGED:.0%}": _share(variants) <= VARIANTS_FLAGGED,
        f"tests under {SHORT} words: recall >= {RECALL}": short.height > 0 and short_recall >= RECALL,
        f">= {SPEED:,} documents a CPU second": speed >= SPEED,
    }
    return Result("decontaminate", figures, holds)


def _corpus(rows: pl.DataFrame, tests: pl.DataFrame, seed: int) -> pl.DataFrame:
    """edit (`clean` or a class of edits), benchmark, benchmark_row, words, problem and problem_id, in a mixed order."""
    known = canonical(tests["problem"])
    clean = rows.filter(pl.col("problem").is_not_null() & ~canonical(rows["problem"]).is_in(known.to_list()))
    parts = [
        clean.select(edit=pl.lit("clean"), benchmark=None, benchmark_row=None, words=None, problem="problem"),
        planted(tests, COPIES, PER_CLASS, seed),
        planted(tests, VARIANTS, PER_CLASS, seed + 1),
        planted(tests, OTHER_QUESTIONS, PER_CLASS, seed + 2),
    ]
    mixed = pl.concat(parts, how="vertical_relaxed").sample(fraction=1, shuffle=True, seed=seed)
    return mixed.with_row_index("problem_id").with_columns(pl.col("problem_id").cast(pl.String))


def _hits(corpus: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Each document with `hit`: a copy or variant matched with its own test, a clean row with any."""
    own = found.select("problem_id", "benchmark", "benchmark_row").with_columns(own=True)
    some = found.select("problem_id").unique().with_columns(some=True)
    joined = corpus.join(own, on=["problem_id", "benchmark", "benchmark_row"], how="left").join(
        some, on="problem_id", how="left"
    )
    hit = pl.when(pl.col("edit") == "clean").then("some").otherwise("own").fill_null(False)
    return joined.with_columns(hit=hit)


def _scores(hits: pl.DataFrame) -> pl.DataFrame:
    order = pl.Enum(["clean", *COPIES, *VARIANTS, *OTHER_QUESTIONS])
    scored = hits.group_by(pl.col("edit").cast(order)).agg(documents=pl.len(), flagged=pl.col("hit").sum())
    return scored.sort("edit").with_columns(pl.col("edit").cast(pl.String))


def _share(scored: pl.DataFrame) -> float:
    return int(scored["flagged"].sum()) / max(1, int(scored["documents"].sum()))


def _rows(scored: pl.DataFrame) -> dict[str, str]:
    return {
        edit: f"{flags:,} of {documents:,} ({flags / documents:.4f})" for edit, documents, flags in scored.iter_rows()
    }


def _peer(corpus: pl.DataFrame, tests: pl.DataFrame, size: int) -> dict[str, Any]:
    """The same figures of n-gram overlap, which names no test: any flag on a copy counts as found."""
    started = time.process_time()
    hit = flagged(corpus["problem"].to_list(), tests["problem"].to_list(), size)
    seconds = time.process_time() - started
    scored = _scores(corpus.with_columns(hit=pl.Series(hit)))
    return {
        "recall": round(_share(scored.filter(pl.col("edit").is_in(ASKED))), 4),
        "clean_drop": round(_share(scored.filter(pl.col("edit") == "clean")), 5),
        "variants_flagged": round(_share(scored.filter(pl.col("edit").is_in(list(VARIANTS)))), 4),
        "documents_per_cpu_second": round(corpus.height / seconds),
        "classes": _rows(scored),
    }
