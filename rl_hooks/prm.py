"""Training rows for a process reward model (section 5): solutions whose every prefix was continued K times.

What is stored is the count: n rollouts, c of them right (Eq. 11). Labels are derived from it when they are wanted and
are never stored: `hard` (some rollout was right: Math-Shepherd's), `soft` (c / n), `advantage` (the step's gain in c /
n over the step before: Setlur et al.'s progress).
"""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import polars as pl

from bigmath.errors import SettingError
from bigmath.search.protocol import Ask, Environment, Policy, Question, State
from bigmath.search.trace import Trace, path_to, tree_of
from bigmath.search.values import MonteCarlo, seed_of
from bigmath.verifier.policy import Verdict

Label = Literal["hard", "soft", "advantage"]
Split = Literal["line", "blank_line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrmRow:
    """A solution and what rollouts say of each prefix of it."""

    problem_id: str
    question: str
    steps: tuple[str, ...]
    states: tuple[str, ...]
    """What the environment says of the question, then after each step; empty texts where it says nothing."""
    n: tuple[int, ...]
    """Rollouts from the question, then after each step: one more than there are steps."""
    c: tuple[int, ...]
    """How many of them were right."""
    verdict: str
    trace_id: str = ""


PRM = pl.Schema(
    {
        "problem_id": pl.String(),
        "question": pl.String(),
        "steps": pl.List(pl.String),
        "states": pl.List(pl.String),
        "n": pl.List(pl.Int64),
        "c": pl.List(pl.Int64),
        "verdict": pl.String(),
        "trace_id": pl.String(),
    }
)


def split_steps(solution: str, rule: Split = "blank_line") -> tuple[str, ...]:
    """The steps of a solution text: what is between blank lines (as in PRM800K's and Hugging Face's sets), or its
    lines. Pieces without a word or digit join the step before."""
    pieces = solution.split("\n\n") if rule == "blank_line" else solution.split("\n")
    steps: list[str] = []
    for piece in (one.strip() for one in pieces):
        if not piece:
            continue
        if steps and not any(character.isalnum() for character in piece):
            steps[-1] += "\n" + piece
        else:
            steps.append(piece)
    return tuple(steps)


def labels(row: PrmRow, kind: Label) -> list[float]:
    """One label a step, in 0..1 (`advantage`: -1..1)."""
    values = [right / tried for right, tried in zip(row.c, row.n, strict=True)]
    if kind == "soft":
        return values[1:]
    if kind == "hard":
        return [float(right > 0) for right in row.c[1:]]
    if kind == "advantage":
        return [after - before for before, after in pairwise(values)]
    raise SettingError(f"no label {kind!r}; there are: hard, soft, advantage")


def sample_rows(
    questions: Sequence[Question],
    policy: Policy,
    environment: Environment,
    *,
    rollouts: int = 16,
    solutions: int = 1,
    seed: int = 0,
    held_out: Collection[str] = frozenset(),
) -> list[PrmRow]:
    """Solutions of the policy with K rollouts from each prefix; equal solutions of a question are one row.

    Args:
        rollouts: K; 16 in the paper.
        solutions: how many solutions are sampled a question.
        held_out: problems kept for evaluation: they give no row.
    """
    asked = [question for question in questions if question.problem_id not in held_out]
    states = [State(question) for question in asked]
    sampled = policy.complete([Ask(state, solutions, seed_of(seed, state)) for state in states])
    value = MonteCarlo(policy, environment, rollouts, seed + 1)
    chosen = [one.state for found in sampled for one in dict.fromkeys(found) if one.state.steps]
    unique = list({(one.question.problem_id, one.steps): one for one in chosen}.values())
    prefixes = [State(one.question, one.steps[:size]) for one in unique for size in range(len(one.steps))]
    counted = iter(value.estimate([*prefixes, *unique]))
    measured = {(one.question.problem_id, one.steps): next(counted) for one in [*prefixes, *unique]}
    rows = []
    for one in unique:
        path = [State(one.question, one.steps[:size]) for size in range(len(one.steps) + 1)]
        counts = [measured[state.question.problem_id, state.steps] for state in path]
        rows.append(
            PrmRow(
                problem_id=one.question.problem_id,
                question=one.question.text,
                steps=one.steps,
                states=tuple(environment.describe(state) for state in path),
                n=tuple(count.n or rollouts for count in counts),
                c=tuple(count.c or 0 for count in counts),
                verdict=environment.judge(one).value,
            )
        )
    return rows


def rows_of_traces(traces: Iterable[Trace], held_out: Collection[str] = frozenset()) -> list[PrmRow]:
    """The finished solutions of searches whose values were counted (`MonteCarlo`); others give no row."""
    rows: dict[tuple[str, tuple[str, ...]], PrmRow] = {}
    for trace in traces:
        if trace.problem_id in held_out:
            continue
        nodes = tree_of(trace.events)
        for event in trace.events:
            if event.kind != "judge":
                continue
            path = [nodes[one] for one in path_to(nodes, event.node)]
            counts = [(one.n, one.c) for one in path]
            if path[-1].n is None:  # a finished solution is its own rollout
                counts[-1] = (1, int(event.verdict == Verdict.CORRECT))
            if any(n is None for n, _ in counts):
                continue
            steps = tuple(one.step or "" for one in path[1:])
            rows.setdefault(
                (trace.problem_id, steps),
                PrmRow(
                    problem_id=trace.problem_id,
                    question=trace.question,
                    steps=steps,
                    states=tuple(one.state or "" for one in path),
                    n=tuple(n or 0 for n, _ in counts),
                    c=tuple(c or 0 for _, c in counts),
                    verdict=event.verdict or "",
                    trace_id=trace.trace_id,
                ),
            )
    return list(rows.values())


def fewer_rollouts(row: PrmRow, rollouts: int, seed: int = 0) -> PrmRow:
    """The row as if only so many of its rollouts had been made: drawn without replacement from those counted."""
    if rollouts > min(row.n):
        raise SettingError(f"{rollouts} rollouts asked for; this row has {min(row.n)}")
    dice = random.Random(f"{seed}/{row.problem_id}/{row.steps}")
    kept = [
        sum(dice.sample(range(tried), rollouts)[place] < right for place in range(rollouts))
        for tried, right in zip(row.n, row.c, strict=True)
    ]
    fields = {name: getattr(row, name) for name in PRM}
    return PrmRow(**{**fields, "n": (rollouts,) * len(row.n), "c": tuple(kept)})


def miscounted(rows: Iterable[PrmRow]) -> list[str]:
    """The problems of the rows whose counts cannot be: not one more than there are steps, outside 0..n, of no rollout,
    or at odds with the verdict on the whole solution."""
    return [
        row.problem_id
        for row in rows
        if not len(row.steps) + 1 == len(row.states) == len(row.n) == len(row.c)
        or not all(0 <= right <= tried and tried for right, tried in zip(row.c, row.n, strict=True))
        or (row.c[-1] > 0) != (row.verdict == Verdict.CORRECT)
    ]


def to_frame(rows: Iterable[PrmRow]) -> pl.DataFrame:
    """The `prm` table."""
    return pl.DataFrame([asdict(row) for row in rows], schema=PRM)


def from_frame(frame: pl.DataFrame) -> list[PrmRow]:
    """The rows of a frame of the `prm` table."""
    return [PrmRow(**{name: _tuple(value) for name, value in row.items()}) for row in frame.iter_rows(named=True)]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
