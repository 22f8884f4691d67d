"""What a trace looks like (4.3, 4.4): how often it goes back, repeats itself, leaves what was good, and how long it
is."""

from collections.abc import Sequence
from dataclasses import dataclass

from bigmath.search.linearise import Form, linearise
from bigmath.search.trace import Event, tree_of

HIGH = 0.99
"""The paper finds MCTS going back from states of value 1.0 and blames the exploration bonus."""


@dataclass(frozen=True, slots=True)
class TraceMetrics:
    """Counts over one trace."""

    visits: int
    backtracks: int
    """Visits of a node whose parent is not the node visited just before; the first visit is none."""
    high_value_backtracks: int
    """Backtracks that leave a node of value `HIGH` or more."""
    high_value_returns: int
    """Visits of a node of value `HIGH` or more that was visited before."""
    repeats: int
    """Visits of a state that was visited before, at the same node or another."""
    deepest: int
    words: int
    """Of the whole text with values and candidates."""


def measure(events: Sequence[Event]) -> TraceMetrics:
    """The metrics of a trace."""
    nodes = tree_of(events)
    visits = backtracks = from_high = to_high = repeats = 0
    at: int | None = None
    seen: set[str] = set()
    gone: set[int] = set()
    values: dict[int, float] = {}
    for event in events:
        if event.kind == "value" and event.value is not None:
            values[event.node] = event.value
        if event.kind != "visit":
            continue
        node = nodes[event.node]
        visits += 1
        if at is not None and node.parent != at:
            backtracks += 1
            from_high += values.get(at, 0.0) >= HIGH
        to_high += event.node in gone and values.get(event.node, 0.0) >= HIGH
        state = node.state if node.state is not None else f"node {event.node}"
        repeats += state in seen
        seen.add(state)
        gone.add(event.node)
        at = event.node
    return TraceMetrics(
        visits=visits,
        backtracks=backtracks,
        high_value_backtracks=from_high,
        high_value_returns=to_high,
        repeats=repeats,
        deepest=max((node.depth for node in nodes), default=0),
        words=len(linearise(events, Form()).split()),
    )
