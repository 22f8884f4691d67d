"""The record of one search: question q, Meta-CoT Z as typed events, solution S, answer a (Eq. 1 of the paper).

Every search writes it and every training set is derived from it. Z is the list of events in the order they happened;
the tree is what the `create` events say, so it is stored once. `TRACES` is the Polars schema of the table.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson
import polars as pl

EventKind = Literal["create", "repeat", "value", "visit", "judge"]
Stopped = Literal["solved", "exhausted", "done", "nodes", "tokens", "seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing a search did. The fields a kind does not name are None."""

    kind: EventKind
    """`create`: a candidate step became a node. `repeat`: a candidate equal to a sibling was paid for. `value`: a node
    was valued. `visit`: the search went to a node to expand it. `judge`: a finished solution was judged."""
    node: int
    """Number of the node in the order of creation; 0 is the question itself."""
    parent: int | None = None
    """create: the node the step was added to; None for the root."""
    step: str | None = None
    """create: the step's text."""
    state: str | None = None
    """create: what the environment says of the state reached, such as the numbers left."""
    prior: float | None = None
    """create: the policy's probability of the step among its candidates, 0 to 1."""
    value: float | None = None
    """value: estimated chance of ending right, 0 to 1 (mazes: minus the A* cost)."""
    n: int | None = None
    """value: rollouts it is the mean of, where it is one (Eq. 11)."""
    c: int | None = None
    """value: how many of them were right."""
    verdict: str | None = None
    """judge: a `Verdict`."""
    tokens: int = 0
    """Tokens this event cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One search over one question."""

    trace_id: str
    """20 hex digits of a hash of question, environment, algorithm, settings and seed."""
    problem_id: str
    environment: str
    question: str
    algorithm: str
    settings: Mapping[str, Any]
    """Of the algorithm, policy, value and budget."""
    seed: int
    events: tuple[Event, ...]
    solution: tuple[str, ...]
    """Steps from the root to the node the search settled on; empty where it settled on none."""
    answer: str | None
    verdict: str | None
    """Of the solution, by the environment's judge; None where there is no solution."""
    stopped: Stopped
    """`solved`; `exhausted` (nothing left to expand); `done` (its own count of samples or simulations reached); or
    the budget that ran out."""
    nodes: int
    """Candidates paid for; equal siblings are one node of the tree but are paid for apart."""
    tokens: int


@dataclass(slots=True)
class Node:
    """A node of the tree a trace describes."""

    number: int
    parent: int | None
    step: str | None
    state: str | None
    depth: int
    prior: float | None = None
    value: float | None = None
    """The last value given."""
    n: int | None = None
    c: int | None = None
    verdict: str | None = None
    visits: int = 0
    children: list[int] = field(default_factory=list)


def tree_of(events: Iterable[Event]) -> list[Node]:
    """The nodes by number, with their last value, verdict and number of visits."""
    nodes: list[Node] = []
    for event in events:
        if event.kind == "create":
            depth = 0 if event.parent is None else nodes[event.parent].depth + 1
            nodes.append(Node(event.node, event.parent, event.step, event.state, depth, event.prior))
            if event.parent is not None:
                nodes[event.parent].children.append(event.node)
        elif event.kind == "value":
            node = nodes[event.node]
            node.value, node.n, node.c = event.value, event.n, event.c
        elif event.kind == "visit":
            nodes[event.node].visits += 1
        elif event.kind == "judge":
            nodes[event.node].verdict = event.verdict
    return nodes


def path_to(nodes: list[Node], number: int) -> list[int]:
    """Numbers of the nodes from the root to this one, both included."""
    path = []
    at: int | None = number
    while at is not None:
        path.append(at)
        at = nodes[at].parent
    return path[::-1]


def steps_to(nodes: list[Node], number: int) -> tuple[str, ...]:
    """The steps from the question to this node."""
    return tuple(nodes[one].step or "" for one in path_to(nodes, number)[1:])


def trace_id(problem_id: str, environment: str, algorithm: str, settings: Mapping[str, Any], seed: int) -> str:
    """The id of a search, known before it runs."""
    made_from = [problem_id, environment, algorithm, dict(settings), seed]
    return hashlib.sha256(orjson.dumps(made_from, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]


_EVENT = pl.Struct(
    {
        "kind": pl.String,
        "node": pl.Int64,
        "parent": pl.Int64,
        "step": pl.String,
        "state": pl.String,
        "prior": pl.Float64,
        "value": pl.Float64,
        "n": pl.Int64,
        "c": pl.Int64,
        "verdict": pl.String,
        "tokens": pl.Int64,
    }
)

TRACES = pl.Schema(
    {
        "trace_id": pl.String(),
        "problem_id": pl.String(),
        "environment": pl.String(),
        "question": pl.String(),
        "algorithm": pl.String(),
        "settings": pl.String(),
        "seed": pl.Int64(),
        "events": pl.List(_EVENT),
        "solution": pl.List(pl.String),
        "answer": pl.String(),
        "verdict": pl.String(),
        "stopped": pl.String(),
        "nodes": pl.Int64(),
        "tokens": pl.Int64(),
    }
)


def to_frame(traces: Iterable[Trace]) -> pl.DataFrame:
    """Rows of the `traces` table, in the order given; `settings` as JSON."""
    rows = [{**asdict(trace), "settings": _settings_text(trace.settings)} for trace in traces]
    return pl.DataFrame(rows, schema=TRACES)


def from_frame(frame: pl.DataFrame) -> list[Trace]:
    """The traces of a frame of the `traces` table."""
    return [
        Trace(
            **{
                **row,
                "settings": orjson.loads(row["settings"]),
                "events": tuple(Event(**event) for event in row["events"]),
                "solution": tuple(row["solution"]),
            }
        )
        for row in frame.iter_rows(named=True)
    ]


def _settings_text(settings: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(settings), option=orjson.OPT_SORT_KEYS).decode()
