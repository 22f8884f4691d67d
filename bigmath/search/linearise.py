"""A search as text, in the order of visiting, with backtracks and values (4.1.2, 4.2.1; stream of search), and back.

    Go to 0
    Try 0.1: 3 + 5 = 8
    Value 0.1: 0.25 (4 of 16)
    Try 0.2: 3 * 5 = 15
    Go to 0.1
    Back to 0.2
    Check 0.2.1: CORRECT

0 is the question; 0.2.1 is the first step tried after 0.2. *Go to* moves to a child of where the search is, *Back to*
anywhere else: each *Back to* is a backtrack. A step of several lines goes on with lines indented by four spaces. The
text says all of the tree that its `Form` shows: `parse(linearise(events, form)) == shown(events, form)`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bigmath.errors import TraceError
from bigmath.search.protocol import Environment, Question, State
from bigmath.search.trace import Event, Trace, tree_of
from bigmath.verifier.policy import Verdict

INDENT = "    "


@dataclass(frozen=True)
class Form:
    """What of a search its text shows."""

    values: bool = True
    """Values, so that a model learns to judge its states."""
    candidates: bool = True
    """Candidates that were never visited; without them a node is named when the search first goes to it."""
    digits: int = 2
    """Decimals of a value that is no count of rollouts."""


def shown(events: Iterable[Event], form: Form) -> list[Event]:
    """The events that a text of this form tells: nodes numbered as they appear, values rounded, costs left out."""
    kept = [_bare(event, form) for event in events if event.kind != "repeat"]
    if not form.values:
        kept = [event for event in kept if event.kind != "value"]
    if not form.candidates:
        kept = _when_visited(kept)
    numbers: dict[int, int] = {}
    for event in kept:
        if event.kind == "create":
            numbers[event.node] = len(numbers)
    return [
        replace(event, node=numbers[event.node], parent=None if event.parent is None else numbers[event.parent])
        for event in kept
    ]


def linearise(events: Iterable[Event], form: Form) -> str:
    """The text of a search, without a last line end."""
    lines: list[str] = []
    names: dict[int, str] = {}
    children: dict[int, int] = {}
    parents: dict[int, int | None] = {}
    at: int | None = None
    for event in shown(events, form):
        if event.kind == "create":
            parents[event.node] = event.parent
            if event.parent is None:
                names[event.node] = "0"
                continue
            children[event.parent] = children.get(event.parent, 0) + 1
            names[event.node] = f"{names[event.parent]}.{children[event.parent]}"
            step = (event.step or "").replace("\n", "\n" + INDENT)
            lines.append(f"Try {names[event.node]}: {step}")
        elif event.kind == "visit":
            verb = "Go" if at is None or parents[event.node] == at else "Back"
            lines.append(f"{verb} to {names[event.node]}")
            at = event.node
        elif event.kind == "judge":
            lines.append(f"Check {names[event.node]}: {event.verdict}")
        else:
            share = "" if event.n is None else f" ({event.c} of {event.n})"
            lines.append(f"Value {names[event.node]}: {event.value}{share}")
    return "\n".join(lines)


_NAME = r"(0(?:\.[1-9]\d*)*)"
_TRY = re.compile(rf"Try {_NAME}: (.*)", re.DOTALL)
_GO = re.compile(rf"(Go|Back) to {_NAME}")
_VALUE = re.compile(rf"Value {_NAME}: (-?\d+(?:\.\d+)?(?:e-?\d+)?)(?: \((\d+) of (\d+)\))?")
_CHECK = re.compile(rf"Check {_NAME}: ({'|'.join(Verdict)})")


def parse(text: str) -> list[Event]:
    """The events of a linearised search, the root first.

    Raises:
        TraceError: a line is none of the five, names a node that is not there, or says Go where it means Back.
    """
    reader = _Reader()
    for number, line in _logical_lines(text):
        reader.read(number, line)
    return reader.events


class _Reader:
    def __init__(self) -> None:
        self.events = [Event(kind="create", node=0)]
        self._names = {"0": 0}
        self._children: dict[str, int] = {}
        self._at: str | None = None

    def read(self, number: int, line: str) -> None:
        if found := _TRY.fullmatch(line):
            self._try(number, found[1], found[2])
        elif found := _GO.fullmatch(line):
            node = self._known(number, found[2])
            is_child = self._at is None or found[2].rpartition(".")[0] == self._at
            if is_child != (found[1] == "Go"):
                meant = "Go" if is_child else "Back"
                raise TraceError(f"line {number}: {line!r} from {self._at or 'the start'} should be {meant} to")
            self._at = found[2]
            self.events.append(Event(kind="visit", node=node))
        elif found := _VALUE.fullmatch(line):
            n, c = (None, None) if found[4] is None else (int(found[4]), int(found[3]))
            node = self._known(number, found[1])
            self.events.append(Event(kind="value", node=node, value=float(found[2]), n=n, c=c))
        elif found := _CHECK.fullmatch(line):
            self.events.append(Event(kind="judge", node=self._known(number, found[1]), verdict=found[2]))
        else:
            raise TraceError(
                f"line {number}: {line[:60]!r} is no line of a search; accepted: Try, Go to, Back to, Value, Check"
            )

    def _try(self, number: int, name: str, step: str) -> None:
        above = name.rpartition(".")[0]
        parent = self._known(number, above)
        expected = self._children.get(above, 0) + 1
        if name != f"{above}.{expected}":
            raise TraceError(f"line {number}: {name} comes after {expected - 1} children of {above}; not {expected}")
        self._children[above] = expected
        self._names[name] = len(self._names)
        self.events.append(Event(kind="create", node=self._names[name], parent=parent, step=step))

    def _known(self, number: int, name: str) -> int:
        if name not in self._names:
            raise TraceError(f"line {number}: there is no node {name or 'above 0'} yet")
        return self._names[name]


def replay(events: Sequence[Event], question: Question, environment: Environment) -> str | None:
    """Why the events are no search of this question, or None if they are: every step is taken again from the question
    on, the states must be those written down, and every verdict must be the judge's."""
    states: dict[int, State] = {}
    for event in events:
        if event.kind == "create":
            if event.parent is None:
                state = State(question)
            elif event.parent in states:
                before = states[event.parent]
                state = State(question, (*before.steps, event.step or ""))
            else:
                return f"node {event.node} comes before its parent"
            states[event.node] = state
            if event.state is not None and environment.describe(state) != event.state:
                return f"node {event.node}: the steps leave {environment.describe(state)!r}, not {event.state!r}"
        elif event.node not in states:
            return f"{event.kind} of node {event.node}, which is not there"
        elif event.kind == "judge":
            verdict = environment.judge(states[event.node])
            if verdict != event.verdict:
                return f"node {event.node} is {verdict}, not {event.verdict}"
    return None


def meta_cot(trace: Trace, form: Form) -> str:
    """Z as text."""
    return linearise(trace.events, form)


def _bare(event: Event, form: Form) -> Event:
    value = event.value if event.value is None or event.n is not None else round(event.value, form.digits)
    return replace(event, state=None, prior=None, tokens=0, value=value)


def _when_visited(events: Sequence[Event]) -> list[Event]:
    """Without the nodes that are never visited or judged; each of the others created, and valued, when first met."""
    created = {event.node: event for event in events if event.kind == "create"}
    waiting: dict[int, Event] = {}
    met: set[int] = set()
    kept: list[Event] = []
    for event in events:
        if event.kind == "create":
            continue
        if event.kind == "value" and event.node not in met:
            waiting[event.node] = event
            continue
        path = []
        at: int | None = event.node
        while at is not None and at not in met:
            path.append(at)
            at = created[at].parent
        for node in reversed(path):
            met.add(node)
            kept.append(created[node])
            kept += [waiting.pop(node)] if node in waiting else []
        kept.append(event)
    if 0 not in met:
        kept.insert(0, created[0])
    return kept


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Numbered lines with their continuations put back."""
    current: tuple[int, str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if current is not None and line.startswith(INDENT):
            current = (current[0], f"{current[1]}\n{line.removeprefix(INDENT)}")
            continue
        if current is not None:
            yield current
        current = (number, line)
    if current is not None and current[1]:
        yield current


def visited(events: Iterable[Event]) -> list[int]:
    """The nodes in the order the search stood on them: visits, and finished solutions when they are judged."""
    events = list(events)
    final = {node.number for node in tree_of(events) if node.verdict is not None}
    return [
        event.node for event in events if (event.kind == "visit" and event.node not in final) or event.kind == "judge"
    ]
