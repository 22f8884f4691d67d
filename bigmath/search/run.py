"""Runs many searches at once: their asks go to policy and value in one batch a round, budgets are kept, answers are
kept.

Prefixes are shared in the model's own cache: all candidates of a node, and nodes below each other, go out with the same
beginning. A tree's trace does not depend on the trees beside it, since every ask carries a seed of its own.
"""

import hashlib
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bigmath.search.budget import Budget, Forecast, Ledger, forecast
from bigmath.search.journal import Answers, Journal
from bigmath.search.protocol import Ask, Environment, Policy, Question, State, Value
from bigmath.search.recorder import Recorder
from bigmath.search.requests import Algorithm, Propose, Request, Say, Searching
from bigmath.search.trace import Stopped, Trace


@dataclass(frozen=True)
class Setup:
    """What searches are run with."""

    algorithm: Algorithm
    policy: Policy
    value: Value
    environment: Environment
    budget: Budget = field(default_factory=Budget)
    restarts: bool = False
    """Start over, with new candidates, where a search has nothing left to do and the budget has."""

    def settings(self) -> Mapping[str, Any]:
        """All that decides a trace beside the question and the seed, as JSON data."""
        return {
            "algorithm": dict(self.algorithm.settings()),
            "policy": dict(self.policy.settings()),
            "value": dict(self.value.settings()),
            "budget": asdict(self.budget),
            "restarts": self.restarts,
        }

    def forecast(self, trees: int) -> Forecast:
        """The most that this many searches can spend."""
        return forecast(trees, self.budget, step_tokens=self.policy.step_tokens, value_tokens=self.value.tokens_each)


class _Tree:
    """One search on its way."""

    def __init__(self, question: Question, setup: Setup, seed: int) -> None:
        self.recorder = Recorder(
            State(question),
            setup.environment,
            algorithm=setup.algorithm.name,
            settings=setup.settings(),
            seed=seed,
        )
        self.ledger = Ledger()
        self.stopped: Stopped | None = None
        self.request: Request | None = None
        self._setup = setup
        self._searching = self._attempts()
        self.send(None)

    def send(self, answers: Answers | None) -> None:
        """Goes on with the answers to its request; then either `request` or `stopped` is set."""
        try:
            self.request = self._searching.send(answers)
        except StopIteration:
            self._stop("solved" if self.recorder.solved is not None else "exhausted")

    def asks(self) -> list[Ask]:
        """The request as asks for the policy, cut to what the budget leaves; empty, and stopped, if it leaves none."""
        assert self.request is not None
        if reached := self.ledger.spent(self._setup.budget):
            self._stop(reached)
            return []
        nodes, tokens = self.ledger.left(self._setup.budget)
        count = self.request.count if isinstance(self.request, Propose) else 1
        each = self._setup.policy.step_tokens if isinstance(self.request, Propose) else self._setup.value.tokens_each
        by_tokens = tokens // each if each else float("inf")
        if isinstance(self.request, Propose):
            left = min(nodes, by_tokens)
            if left < 1:
                self._stop("tokens")
                return []
        else:
            left = by_tokens
            if left < len(self.request.nodes):
                self._stop("tokens")
                return []
        asks = []
        for place, node in enumerate(self.request.nodes):
            granted = int(min(count, left))
            left -= granted
            asks.append(Ask(self.recorder.state(node), granted, self._seed(place)))
        return asks

    def answered(self, answers: Answers, seconds: float) -> None:
        """Books what the answers cost, and goes on."""
        if isinstance(self.request, Propose):
            proposals = [one for group in answers for one in group]
            self.ledger.add(len(proposals), sum(one.tokens for one in proposals), seconds)
        else:
            self.ledger.add(0, sum(one.tokens for one in answers), seconds)
        self.send(answers)

    def trace(self) -> Trace:
        assert self.stopped is not None
        return self.recorder.finish(self.stopped, self.ledger.nodes, self.ledger.tokens)

    def _attempts(self) -> Searching:
        while True:
            before = self.ledger.nodes
            yield from self._setup.algorithm.run(self.recorder)
            if not self._setup.restarts or self.recorder.solved is not None or self.ledger.nodes == before:
                return

    def _stop(self, reason: Stopped) -> None:
        self.stopped = reason
        self.request = None
        self._searching.close()

    def _seed(self, place: int) -> int:
        text = f"{self.recorder.trace_id}/{self.ledger.requests}/{place}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def run_searches(
    questions: Sequence[Question],
    setup: Setup,
    *,
    seed: int = 0,
    journal: Journal | None = None,
    in_flight: int = 64,
    ledger: Ledger | None = None,
    say: Say = lambda line: None,
) -> Iterator[Trace]:
    """The trace of each question, in the order given.

    Args:
        journal: where answers are kept; those it has already are not asked for again.
        in_flight: trees searched at once: the size of a batch.
        ledger: if given, what all trees of this call spent is added to it, answers from the journal not counted.
        say: hears a line every ten seconds: trees done, tokens, time left.
    """
    waiting = deque(enumerate(questions))
    active: dict[int, _Tree] = {}
    done: dict[int, Trace] = {}
    given = 0
    spent = ledger if ledger is not None else Ledger()
    progress = _Progress(len(questions), spent, say)
    while waiting or active:
        while waiting and len(active) < in_flight:
            place, question = waiting.popleft()
            active[place] = _Tree(question, setup, seed)
        _round([tree for tree in active.values() if tree.request is not None], setup, journal, spent)
        for place in [place for place, tree in active.items() if tree.stopped is not None]:
            done[place] = active.pop(place).trace()
        while given in done:
            yield done.pop(given)
            given += 1
        progress.at(given + len(done))


def _round(trees: Sequence[_Tree], setup: Setup, journal: Journal | None, spent: Ledger) -> None:
    """Answers one request of each tree: from the journal, or in one batch a kind."""
    proposing: list[tuple[_Tree, list[Ask]]] = []
    evaluating: list[tuple[_Tree, list[Ask]]] = []
    for tree in trees:
        key = (tree.recorder.trace_id, tree.ledger.requests)
        if journal is not None and key in journal.kept:
            seconds, kept = journal.kept[key]
            tree.answered(kept, seconds)
            continue
        kind = proposing if isinstance(tree.request, Propose) else evaluating
        if asks := tree.asks():
            kind.append((tree, asks))
    answered: list[tuple[_Tree, Answers, float]] = []
    if proposing:
        started = time.monotonic()
        candidates = setup.policy.propose([ask for _, asks in proposing for ask in asks])
        answered += _shared_out(proposing, candidates, time.monotonic() - started)
    if evaluating:
        started = time.monotonic()
        values = setup.value.estimate([ask.state for _, asks in evaluating for ask in asks])
        answered += _shared_out(evaluating, values, time.monotonic() - started)
    if journal is not None and answered:
        journal.append(
            ((tree.recorder.trace_id, tree.ledger.requests), seconds, answers) for tree, answers, seconds in answered
        )
    for tree, answers, seconds in answered:
        before = (tree.ledger.nodes, tree.ledger.tokens)
        tree.answered(answers, seconds)
        spent.add(tree.ledger.nodes - before[0], tree.ledger.tokens - before[1], seconds / len(answered))


def _shared_out(
    asked: Sequence[tuple[_Tree, list[Ask]]], answers: Sequence[Any], seconds: float
) -> list[tuple[_Tree, Answers, float]]:
    """The answers of a batch by tree; each tree waited for the whole batch."""
    at = 0
    shared = []
    for tree, asks in asked:
        shared.append((tree, list(answers[at : at + len(asks)]), seconds))
        at += len(asks)
    assert at == len(answers), f"{len(answers)} answers to {at} asks"
    return shared


class _Progress:
    def __init__(self, trees: int, spent: Ledger, say: Say) -> None:
        self._trees, self._spent, self._say = trees, spent, say
        self._started = self._said = time.monotonic()

    def at(self, done: int) -> None:
        now = time.monotonic()
        if now - self._said < 10:
            return
        self._said = now
        seconds = now - self._started
        left = f", {seconds / done * (self._trees - done):.0f} s left" if done else ""
        rate = self._spent.tokens / seconds
        self._say(f"{done} of {self._trees} searches{left}, {self._spent.nodes:,} nodes, {rate:,.0f} tokens/s")
