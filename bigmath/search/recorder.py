"""Writes down what a search does, as it does it; a search knows its tree only through this."""

from collections.abc import Mapping
from typing import Any

from bigmath.search.protocol import Environment, Estimate, Proposal, State
from bigmath.search.trace import Event, Stopped, Trace, trace_id
from bigmath.verifier.policy import Verdict


class Recorder:
    """The growing trace of one search. Node 0 is the question."""

    def __init__(
        self, root: State, environment: Environment, *, algorithm: str, settings: Mapping[str, Any], seed: int
    ) -> None:
        self.environment = environment
        self.trace_id = trace_id(root.question.problem_id, environment.name, algorithm, settings, seed)
        self.seed = seed
        self.solved: int | None = None
        """The first node judged CORRECT."""
        self.verdicts: dict[int, Verdict] = {}
        self.values: dict[int, float] = {}
        self._algorithm = algorithm
        self._settings = settings
        self._states: list[State] = []
        self._parents: list[int | None] = []
        self._priors: list[float] = []
        self._children: dict[tuple[int, str], int] = {}
        self._events: list[Event] = []
        self._create(root, None, None, 0, None)

    def state(self, node: int) -> State:
        return self._states[node]

    def depth(self, node: int) -> int:
        return len(self._states[node].steps)

    def parent(self, node: int) -> int | None:
        return self._parents[node]

    def prior(self, node: int) -> float:
        """The policy's probability of the node's step among its candidates."""
        return self._priors[node]

    def is_final(self, node: int) -> bool:
        return self.environment.is_final(self._states[node])

    def create(self, parent: int, proposal: Proposal, *, merge: bool = True) -> int:
        """Adds a step to a node and returns the new node; with `merge` an equal sibling is returned instead."""
        key = (parent, proposal.step)
        if merge and key in self._children:
            node = self._children[key]
            self._events.append(Event(kind="repeat", node=node, tokens=proposal.tokens))
            return node
        node = self._create(self._states[parent].then(proposal), parent, proposal.step, proposal.tokens, proposal.prior)
        self._children.setdefault(key, node)
        return node

    def visit(self, node: int) -> None:
        """The search goes to a node."""
        self._events.append(Event(kind="visit", node=node))

    def value(self, node: int, estimate: Estimate) -> None:
        """A node was valued."""
        self.values[node] = estimate.value
        self._events.append(
            Event(kind="value", node=node, value=estimate.value, n=estimate.n, c=estimate.c, tokens=estimate.tokens)
        )

    def judge(self, node: int) -> Verdict:
        """Judges a finished solution, once."""
        if node not in self.verdicts:
            verdict = self.environment.judge(self._states[node])
            self.verdicts[node] = verdict
            self._events.append(Event(kind="judge", node=node, verdict=verdict.value))
            if verdict is Verdict.CORRECT and self.solved is None:
                self.solved = node
        return self.verdicts[node]

    def finish(self, stopped: Stopped, nodes: int, tokens: int) -> Trace:
        """The trace. Its solution is the first node judged CORRECT, else the judged node of the highest value (the
        earliest of equals), else none."""
        chosen = self.solved
        if chosen is None and self.verdicts:
            chosen = max(self.verdicts, key=lambda node: (self.values.get(node, 0.0), -node))
        state = None if chosen is None else self._states[chosen]
        return Trace(
            trace_id=self.trace_id,
            problem_id=self._states[0].question.problem_id,
            environment=self.environment.name,
            question=self._states[0].question.text,
            algorithm=self._algorithm,
            settings=self._settings,
            seed=self.seed,
            events=tuple(self._events),
            solution=() if state is None else state.steps,
            answer=None if state is None else self.environment.answer(state),
            verdict=None if chosen is None else self.verdicts[chosen].value,
            stopped=stopped,
            nodes=nodes,
            tokens=tokens,
        )

    def _create(self, state: State, parent: int | None, step: str | None, tokens: int, prior: float | None) -> int:
        node = len(self._states)
        self._states.append(state)
        self._parents.append(parent)
        self._priors.append(1.0 if prior is None else prior)
        self._events.append(
            Event(
                kind="create",
                node=node,
                parent=parent,
                step=step,
                state=self.environment.describe(state),
                prior=prior,
                tokens=tokens,
            )
        )
        return node
