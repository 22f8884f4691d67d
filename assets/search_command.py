"""`bigmath search` and `bigmath traces`: searches written to a folder, and what is in it."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

import polars as pl

from assets.console import messages, show_note, show_table
from assets.search_plan import Asked, questions_of, setup_of
from bigmath.durable import write_parquet, write_whole
from bigmath.errors import SettingError
from bigmath.outputs import key_of
from bigmath.publishing import publish_frames
from bigmath.search.budget import Ledger
from bigmath.search.journal import Journal
from bigmath.search.linearise import Form, linearise
from bigmath.search.metrics import measure
from bigmath.search.protocol import Question
from bigmath.search.run import Setup, run_searches
from bigmath.search.trace import TRACES, Trace, from_frame, to_frame
from bigmath.store import Warehouse

FILE = "traces.parquet"


def search_puzzles(
    asked: Asked,
    out: Path,
    *,
    count: int,
    seed: int,
    warehouse: Path,
    where: str | None,
    publish: bool,
    dry: bool,
    as_json: bool,
) -> None:
    """Searches `count` puzzles or problems and writes OUT/traces.parquet and OUT/ledger.json; the same command goes on
    after a kill."""
    if asked.puzzle == "maze":
        asked = replace(
            asked, value="exact" if asked.value == "monte_carlo" else asked.value, nodes=asked.nodes and 5_000
        )
    # a wrong name is told before a model is loaded
    questions = questions_of(asked.puzzle, count, seed, warehouse=warehouse, where=where)
    run(questions, setup_of(asked), out, seed=seed, dry=dry, as_json=as_json)
    if publish and not dry:
        frame, name = pl.read_parquet(out / FILE), out.resolve().name
        version = publish_frames(Warehouse.open(warehouse), name, {"traces": frame}, {"exported": name})
        show_note(f"published as partition {name} of traces; version {version.number}")


def run(questions: list[Question], setup: Setup, out: Path, *, seed: int, dry: bool, as_json: bool) -> None:
    """Says what may be spent, searches, writes.

    Raises:
        StoreError: the folder cannot be written.
    """
    most = setup.forecast(len(questions))
    spend = ", ".join(
        f"{value:,.0f} {name}" for name, value in asdict(most).items() if name != "trees" and value is not None
    )
    show_note(f"{most.trees} searches spend at most {spend}")
    if dry:
        return
    key = key_of({"settings": setup.settings(), "questions": [one.problem_id for one in questions], "seed": seed})
    ledger = Ledger()
    with Journal(out / f".journal-{key}.jsonl") as journal:
        found = run_searches(questions, setup, seed=seed, journal=journal, ledger=ledger, say=show_note)
        traces = list(found)
    write_traces(traces, out)
    write_whole(out / "ledger.json", json.dumps({"forecast": most.row(), "spent_in_this_run": asdict(ledger)}).encode())
    journal.path.unlink(missing_ok=True)
    show_table(summary(traces), title=str(out / FILE), as_json=as_json)


def write_traces(traces: list[Trace], out: Path) -> None:
    """OUT/traces.parquet, whole or not at all."""
    write_parquet(to_frame(traces), out / FILE)


def read_traces(path: Path) -> list[Trace]:
    """The traces of a file, or of a folder that `bigmath search` wrote.

    Raises:
        SettingError: it holds none.
    """
    file = path / FILE if path.is_dir() else path
    if not file.is_file():  # Polars shortens long paths in what it says
        raise SettingError(f"cannot read traces: no file {file}", hint="bigmath search --out DIR makes them")
    try:
        frame = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SettingError(
            f"cannot read traces from {path}: {error}", hint="bigmath search --out DIR makes them"
        ) from error
    if frame.schema != TRACES:
        missing = [name for name in TRACES if name not in frame.schema]
        raise SettingError(f"{file} is no table of traces; it lacks: {', '.join(missing) or 'the right column types'}")
    return from_frame(frame)


def summary(traces: list[Trace]) -> pl.DataFrame:
    """One row an environment and algorithm: solved, spent, and what the traces look like."""
    groups: dict[tuple[str, str], list[Trace]] = {}
    for trace in traces:
        groups.setdefault((trace.environment, trace.algorithm), []).append(trace)
    rows = []
    for (environment, algorithm), group in groups.items():
        looks = [measure(trace.events) for trace in group]
        rows.append(
            {
                "environment": environment,
                "algorithm": algorithm,
                "searches": len(group),
                "solved": sum(trace.verdict == "CORRECT" for trace in group),
                "nodes": sum(trace.nodes for trace in group),
                "tokens": sum(trace.tokens for trace in group),
                "backtracks": fmean(one.backtracks for one in looks),
                "repeats": fmean(one.repeats for one in looks),
                "words": fmean(one.words for one in looks),
            }
        )
    return pl.DataFrame(rows)


def show_traces(path: Path, trace_id: str | None, *, values: bool, candidates: bool, as_json: bool) -> None:
    """A table of the traces, or one as text.

    Raises:
        SettingError: no trace, or several, have an id that begins so.
    """
    traces = read_traces(path)
    if trace_id is None:
        show_table(summary(traces), as_json=as_json)
        listed = to_frame(traces).select("trace_id", "problem_id", "algorithm", "verdict", "stopped", "nodes", "tokens")
        show_table(listed.head(20), title=f"{min(20, len(traces))} of {len(traces)} traces", as_json=as_json)
        return
    found = [trace for trace in traces if trace.trace_id.startswith(trace_id)]
    if len(found) != 1:
        raise SettingError(f"{len(found)} traces of {path} have an id that begins with {trace_id!r}; wanted one")
    (trace,) = found
    messages.print(f"{trace.problem_id}, {trace.algorithm}, {trace.verdict}, {trace.stopped}", markup=False)
    print(trace.question)
    print(linearise(trace.events, Form(values=values, candidates=candidates)))
    if trace.solution:
        print("Solution:", *trace.solution, sep="\n")
