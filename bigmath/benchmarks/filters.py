"""All filters together: rows a second on the cores at hand; and what HARP's own files say of three of them.

HARP prints the same problems as short answers and with five options, and keeps its proof problems in a file of their
own, so that it is a label by itself: no proof may be left by all filters, options must be seen in whatever style they
are printed, and short answers are neither.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from bigmath.benchmarks.report import Result
from bigmath.filtering import LINKS, Filter, decide
from bigmath.workers import SLICE, map_rows, workers

ROWS_PER_SECOND = 20_000
"""Floor, on two cores. It is held by processor time, as the cores at hand may be busy with something else; where they
are not, wall time says the same."""
STYLES_SEEN = 0.99
"""Floor: share of HARP's multiple-choice rows told as such, in each style of printing."""
SHORT_CALLED = 0.01
"""Ceiling: share of HARP's short answers called proof, multiple choice or multi-part; each such call is an error or a
slip of the source, so this bounds the errors."""
RUNS = 3
"""The fastest of these counts: the machine may be busy with something else."""

LETTERS = "ABCDE"
STYLES: dict[str, Callable[[Sequence[str]], str]] = {
    "(A) x (B) y": lambda texts: " ".join(f"({letter}) {text}" for letter, text in zip(LETTERS, texts, strict=False)),
    "A. x on lines": lambda texts: "\n" + "\n".join(f"{a}. {text}" for a, text in zip(LETTERS, texts, strict=False)),
    r"\textbf{(A)} \qquad": lambda texts: r" \qquad ".join(
        rf"$\textbf{{({letter})}}$ {text}" for letter, text in zip(LETTERS, texts, strict=False)
    ),
    "(A) x on lines": lambda texts: "\n" + "\n".join(f"({a}) {text}" for a, text in zip(LETTERS, texts, strict=False)),
}
"""Four common ways to print options after a statement."""


def run(problems: pl.DataFrame, filters: Sequence[Filter], say: Callable[[str], None] = lambda line: None) -> Result:
    """Measures the filters on the rows of a `problems` table."""
    rows = problems.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in LINKS)
    by_name = {one.name: one for one in filters}
    say(f"{rows.height:,} rows, each filter by itself")
    alone = {one.name: rows.height / _cpu_seconds(rows, one) for one in filters}
    say("all filters together")
    needed = _needed(rows, filters)
    decide(needed.head(2 * SLICE), filters, over=map_rows)  # starts the worker processes
    seconds = [_together(needed, filters) for _ in range(RUNS)]
    together = rows.height / min(wall for wall, _ in seconds)
    busy = rows.height / min(cores for _, cores in seconds)
    figures: dict[str, Any] = {
        "rows": rows.height,
        "rows_per_second": round(together),
        "rows_per_second_of_processor_time": round(busy),
        "workers": workers(),
        "rows_per_cpu_second": {name: round(rate) for name, rate in sorted(alone.items(), key=lambda item: item[1])},
    }
    holds = {f"at least {ROWS_PER_SECOND:,} rows a second of processor time": busy >= ROWS_PER_SECOND}
    harp = rows.filter(pl.col("source") == "harp")
    if not harp.is_empty():
        say("HARP's files")
        _harp(harp, by_name, figures, holds)
    return Result("filters", figures, holds)


def _harp(harp: pl.DataFrame, by_name: dict[str, Filter], figures: dict[str, Any], holds: dict[str, bool]) -> None:
    proofs = harp.filter(pl.col("subset") == "proof")
    if not proofs.is_empty():
        left = proofs.filter(pl.all_horizontal(one.reason().is_null() for one in by_name.values()))
        named = proofs.select(by_name["proof"].reason().is_not_null().sum()).item()
        figures["harp_proofs"] = {"rows": proofs.height, "left_in_strict": left.height, "called_proof": named}
        holds["no row of HARP's proof file is left"] = left.is_empty()
    choices = harp.filter(pl.col("subset") == "mcq")
    if not choices.is_empty():
        figures["harp_choices_seen"] = seen = {
            style: round(rate, 4) for style, rate in styles_seen(choices, by_name["multiple_choice"]).items()
        }
        holds[f"options are seen in each style, at least {STYLES_SEEN:.0%}"] = min(seen.values()) >= STYLES_SEEN
    short = harp.filter(pl.col("subset") == "short_answer")
    if not short.is_empty():
        called = {name: by_name[name].reason().is_not_null() for name in ("proof", "multiple_choice", "multi_part")}
        figures["harp_short_answers_called"] = counts = short.select(pl.col.problem_id.len().alias("rows"), **{
            name: fired.sum() for name, fired in called.items()
        }).row(0, named=True)  # fmt: skip
        anything = short.select(pl.any_horizontal(called.values()).mean()).item()
        holds[f"at most {SHORT_CALLED:.0%} of HARP's short answers are called any of these"] = anything <= SHORT_CALLED
        assert counts["rows"] == short.height


def styles_seen(choices: pl.DataFrame, one: Filter) -> dict[str, float]:
    """For each style, the share of rows (statement and `choices` in their metadata) that the filter drops."""
    stems, options = [], []
    for statement, metadata in choices.select("problem", "metadata").iter_rows():
        texts = [str(text) for text in json.loads(metadata).get("choices", {}).values()]
        if len(texts) >= 2:
            stems.append(statement.rpartition("\n\n")[0])
            options.append(texts)
    rates = {}
    for name, style in STYLES.items():
        printed = [f"{stem} {style(texts)}" for stem, texts in zip(stems, options, strict=True)]
        frame = pl.DataFrame(
            {"problem": printed, "answer": [None] * len(printed)}, schema_overrides={"answer": pl.String}
        )
        rates[name] = float(frame.select(one.reason().is_not_null().mean()).item())
    return rates


def _cpu_seconds(rows: pl.DataFrame, one: Filter) -> float:
    """Processor seconds for the reasons of one filter: wall time would tell of the machine's other work."""
    started = time.process_time()
    rows.select(one.reason())
    return max(time.process_time() - started, 1e-9)


def _together(rows: pl.DataFrame, filters: Sequence[Filter]) -> tuple[float, float]:
    """Wall seconds for every filter's decision and evidence on every row in the worker processes of the job; and the
    seconds it would take were the cores free: processor time of this process, and of the workers over their number."""
    spent: list[float] = []

    def over(work: Callable[..., pl.DataFrame], asked: pl.DataFrame, *arguments: Any) -> pl.DataFrame:
        found = map_rows(_timed, asked, work, *arguments)
        spent.append(float(found["worker_seconds"].sum()))
        return found.drop("worker_seconds")

    started, busy = time.perf_counter(), time.process_time()
    decided = decide(rows, filters, over=over)
    wall, here = time.perf_counter() - started, time.process_time() - busy
    assert decided.height == rows.height * len(filters)
    alone = workers() < 2 or rows.height < 2 * SLICE  # then the work was done here
    return wall, here if alone else here + sum(spent) / workers()


def _timed(rows: pl.DataFrame, work: Callable[..., pl.DataFrame], *arguments: Any) -> pl.DataFrame:
    started = time.process_time()
    found = work(rows, *arguments)
    share = (time.process_time() - started) / max(found.height, 1)
    return found.with_columns(pl.lit(share).alias("worker_seconds"))


def _needed(rows: pl.DataFrame, filters: Sequence[Filter]) -> pl.DataFrame:
    """The columns that some filter reads, as the job hands them to its workers."""
    read = {name for one in filters for ask in (one.reason(), one.detail()) for name in ask.meta.root_names()}
    return rows.select(sorted({"problem_id", "source", *read}))
