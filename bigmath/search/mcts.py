"""Monte-Carlo tree search as in section 4.3.1, after AlphaZero: PUCT selection, one value per leaf, mean backup.

One simulation goes from the root to a leaf by the child of the largest

    Q(child) + c_puct * P(child) * sqrt(N(parent)) / (1 + N(child)),

P the policy's prior over the candidates it gave, Q the mean of the values backed up through the child (0 before its
first), ties to the child made first. The leaf is visited: judged if it is final (value 1 or 0), else valued and
expanded. The value is added to every node from the leaf to the root. A trace shows the leaf of each simulation as one
`visit`; `statistics` gets N and W of every node back from the events, so they are stored nowhere twice.

AlphaZero goes back to a leaf below which nothing can follow; that is how the paper's traces leave states of value 1 and
return to wrong solutions. With `close` such a leaf is settled by its first visit and a node by its last child, and
neither is selected again: MCTS-Solver (Winands, Bjornsson and Saito 2008), with wrong solutions for proven losses.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bigmath.search.recorder import Recorder
from bigmath.search.requests import Searching, evaluate, expand
from bigmath.search.trace import Event
from bigmath.verifier.policy import Verdict


@dataclass(slots=True)
class Statistics:
    """N and W of a node; W / N is its mean value Q."""

    visits: int = 0
    total: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.visits if self.visits else 0.0


@dataclass(frozen=True)
class Mcts:
    """PUCT search."""

    simulations: int = 100
    candidates: int = 4
    """Children asked for when a leaf is expanded."""
    depth: int = 16
    """Leaves this deep are valued and not expanded."""
    c_puct: float = 1.25
    """AlphaZero's c_init; the paper blames it for backtracks from states of value 1."""
    until_verified: bool = True
    least: float | None = None
    """A node of this value or less is never expanded, as in the other searches."""
    close: bool = False
    """Never select again what is settled: a leaf that cannot be expanded, a node all of whose children are settled."""
    name: str = "mcts"

    def settings(self) -> Mapping[str, Any]:
        return asdict(self)

    def run(self, tree: Recorder) -> Searching:
        children: dict[int, list[int]] = {}
        priors: dict[int, float] = {0: 1.0}
        counted: dict[int, Statistics] = {0: Statistics()}
        settled: set[int] = set()
        for _ in range(self.simulations):
            path = self._select(children, priors, counted, settled)
            leaf = path[-1]
            tree.visit(leaf)
            if tree.is_final(leaf):
                value = float(tree.judge(leaf) is Verdict.CORRECT) if self.until_verified else None
                if value is None:
                    tree.judge(leaf)
                    yield from evaluate(tree, [leaf])
                    value = tree.values[leaf]
            else:
                yield from evaluate(tree, [leaf])
                value = tree.values[leaf]
                is_hopeless = self.least is not None and value <= self.least
                if tree.depth(leaf) < self.depth and leaf not in children and not is_hopeless:
                    yield from self._expand(tree, leaf, children, priors, counted)
            for node in path:
                counted[node].visits += 1
                counted[node].total += value
            if self.until_verified and tree.solved is not None:
                return
            if self.close:
                for node in reversed(path):
                    if not settled.issuperset(children.get(node, ())):
                        break
                    settled.add(node)
                if 0 in settled:
                    return

    def _select(
        self,
        children: Mapping[int, list[int]],
        priors: Mapping[int, float],
        counted: Mapping[int, Statistics],
        settled: Collection[int],
    ) -> list[int]:
        path = [0]
        while children.get(path[-1]):
            root_of_visits = math.sqrt(counted[path[-1]].visits)

            def score(child: int, root_of_visits: float = root_of_visits) -> float:
                known = counted[child]
                return known.mean + self.c_puct * priors[child] * root_of_visits / (1 + known.visits)

            open_ = [child for child in children[path[-1]] if child not in settled]
            path.append(max(open_, key=lambda child: (score(child), -child)))
        return path

    def _expand(
        self,
        tree: Recorder,
        leaf: int,
        children: dict[int, list[int]],
        priors: dict[int, float],
        counted: dict[int, Statistics],
    ) -> Searching:
        (grown,) = yield from expand(tree, [leaf], self.candidates)
        children[leaf] = grown
        shares = [tree.prior(child) for child in grown]
        whole = sum(shares)
        for child, share in zip(grown, shares, strict=True):
            priors[child] = share / whole if whole > 0 else 1 / len(grown)
            counted[child] = Statistics()


def statistics(events: Iterable[Event]) -> list[Statistics]:
    """N and W of every node, by number, from the trace of a finished or stopped search: each `visit` is a simulation,
    its value the judge's where the leaf was final, else the leaf's own."""
    parents: list[int | None] = []
    leaves: list[int] = []
    values: dict[int, float] = {}
    for event in events:
        if event.kind == "create":
            parents.append(event.parent)
        elif event.kind == "visit":
            leaves.append(event.node)
        elif event.kind == "value" and event.value is not None:
            values[event.node] = event.value
        elif event.kind == "judge" and event.node not in values:
            values[event.node] = float(event.verdict == Verdict.CORRECT)
    counted = [Statistics() for _ in parents]
    for leaf in leaves:
        if leaf not in values:
            continue  # the budget ended between its visit and its value
        at: int | None = leaf
        while at is not None:
            counted[at].visits += 1
            counted[at].total += values[leaf]
            at = parents[at]
    return counted


def most_visited(counted: Sequence[Statistics], children: Sequence[int]) -> int:
    """The child that MCTS recommends: the most visited, then the best, then the first."""
    return max(children, key=lambda child: (counted[child].visits, counted[child].mean, -child))
