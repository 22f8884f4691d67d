"""Part `model` of `bigmath bench search`: real problems searched with a language model, by the command a user gives.

Best-first and MCTS each run in a process of their own; best-first is killed with SIGKILL once its first answers are on
the disk, and started again. That nothing is asked twice shows in the tokens: what the second process spent and what the
journal of the first holds are together what the traces spent.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError
from bigmath.search.requests import Say
from bigmath.search.trace import Trace, from_frame
from bigmath.verifier.policy import Verdict
from rl_hooks.prm import rows_of_traces

PROBLEMS = 50
TOKENS, NODES = 1_000, 300
"""Most of each a problem."""
OPTIONS = (
    "--model", "embedded", "--temperature", "0.4", "--candidates", "2", "--rollouts", "2", "--step-tokens", "32",
    "--tokens", str(TOKENS), "--nodes", str(NODES), "--count", str(PROBLEMS),
)  # fmt: skip


def model(problems: pl.DataFrame, say: Say) -> Result:
    """`problems` are at least `PROBLEMS` rows with problem and answer; the first are searched."""
    figures: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "problems.jsonl"
        problems.select("problem", "answer").head(PROBLEMS).write_ndjson(file)
        for algorithm in ("best_first", "mcts"):
            out = Path(scratch) / algorithm
            command = [sys.executable, "-m", "assets", "search", str(file), *OPTIONS, "-a", algorithm, "-o", str(out)]
            kept = 0
            started = time.monotonic()
            if algorithm == "best_first":
                say("best_first, killed after its first answers")
                kept = _killed(command, out)
            say(f"{algorithm}, to its end")
            _to_its_end(command)
            traces = from_frame(pl.read_parquet(out / "traces.parquet"))
            spent = json.loads((out / "ledger.json").read_bytes())["spent_in_this_run"]["tokens"]
            figures[algorithm] = {**_figures(traces), "tokens before the kill": kept, "tokens after it": spent}
            figures[algorithm]["wall seconds"] = round(time.monotonic() - started)
            holds[f"{algorithm}: {PROBLEMS} searches end within their budgets"] = len(traces) == PROBLEMS and all(
                trace.tokens <= TOKENS and trace.nodes <= NODES for trace in traces
            )
            holds[f"{algorithm}: writes PRM rows"] = bool(rows_of_traces(traces))
            holds[f"{algorithm}: nothing is asked twice"] = kept + spent == sum(trace.tokens for trace in traces)
            if algorithm == "best_first":
                holds["best_first: goes on after kill -9"] = 0 < kept < kept + spent
    return Result("search", figures, holds)


def _figures(traces: Sequence[Trace]) -> dict[str, Any]:
    stopped = [trace.stopped for trace in traces]
    judged = [event for trace in traces for event in trace.events if event.kind == "judge"]
    valued = [event for trace in traces for event in trace.events if event.kind == "value"]
    return {
        "searches": len(traces),
        "ended by": {reason: stopped.count(reason) for reason in sorted(set(stopped))},
        "verified": sum(trace.verdict == Verdict.CORRECT for trace in traces),
        "tokens, most of one problem": (sum(one.tokens for one in traces), max(one.tokens for one in traces)),
        "nodes, most of one problem": (sum(one.nodes for one in traces), max(one.nodes for one in traces)),
        "finished solutions": len(judged),
        "states valued, with a right rollout": (len(valued), sum(bool(event.c) for event in valued)),
        "PRM rows": len(rows_of_traces(traces)),
    }


def _killed(command: Sequence[str], out: Path) -> int:
    """Runs it until it has kept its first batch of answers, kills it, and returns the tokens of what is kept.

    Raises:
        BigMathError: it ended before that.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not any(path.stat().st_size for path in out.glob(".journal-*.jsonl")):
        if process.poll() is not None:
            raise _failed(process.stderr.read() if process.stderr else b"")
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (journal,) = out.glob(".journal-*.jsonl")
    lines = [orjson.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]]
    # an answer is ["values", [value, n, c, tokens], ...] or ["candidates", [[step, prior, tokens, ended], ...], ...]
    return sum(
        sum(one[3] for one in answers) if kind == "values" else sum(one[2] for group in answers for one in group)
        for _, _, _, (kind, *answers) in lines
    )


def _to_its_end(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise _failed(done.stderr)


def _failed(said: bytes) -> BigMathError:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.startswith("error:")]
    return BigMathError(f"the search failed: {lines[-1] if lines else 'it said nothing'}")
