"""Independent samples (the baseline of every search), and what is picked from finished solutions: best-of-N, majority.

A sample is written as a chain of nodes of its own: equal first steps are not shared, since each was paid for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bigmath.search.recorder import Recorder
from bigmath.search.requests import Searching, evaluate, propose
from bigmath.search.trace import Trace, path_to, steps_to, tree_of
from bigmath.verifier.policy import Verdict

Pick = Literal["oracle", "last", "min", "product", "majority"]


@dataclass(frozen=True)
class Sampling:
    """N chains from the question, `at_once` of them in one batch."""

    samples: int = 64
    at_once: int = 1
    until_verified: bool = True
    """Stop at the first solution that verifies."""
    valued: bool = False
    """Value every step, as picking by a PRM needs."""
    depth: int = 64
    """Most steps of a chain."""
    name: str = "sampling"

    def settings(self) -> Mapping[str, Any]:
        return asdict(self)

    def run(self, tree: Recorder) -> Searching:
        done = 0
        while done < self.samples:
            batch = min(self.at_once, self.samples - done)
            yield from self._chains(tree, batch)
            done += batch
            if self.until_verified and tree.solved is not None:
                return

    def _chains(self, tree: Recorder, count: int) -> Searching:
        ends = [0] * count
        while ends:
            answers = yield from propose(ends, 1)
            grown = []
            for end, proposals in zip(ends, answers, strict=True):
                if not proposals:
                    continue
                node = tree.create(end, proposals[0], merge=False)
                tree.visit(node)
                grown.append(node)
            if self.valued:
                yield from evaluate(tree, grown)
            ends = []
            for node in grown:
                if tree.is_final(node):
                    tree.judge(node)
                elif tree.depth(node) < self.depth:
                    ends.append(node)


@dataclass(frozen=True)
class Finished:
    """A finished solution of a trace."""

    node: int
    steps: tuple[str, ...]
    values: tuple[float, ...]
    """Of its nodes from the first step on, where they were valued."""
    correct: bool


def finished(trace: Trace) -> list[Finished]:
    """The judged solutions of a trace, in the order they were judged."""
    nodes = tree_of(trace.events)
    found = []
    for event in trace.events:
        if event.kind == "judge":
            values = [nodes[one].value for one in path_to(nodes, event.node)[1:]]
            found.append(
                Finished(
                    event.node,
                    steps_to(nodes, event.node),
                    tuple(value for value in values if value is not None),
                    event.verdict == Verdict.CORRECT,
                )
            )
    return found


def pick(
    solutions: Sequence[Finished],
    how: Pick,
    *,
    answer_of: Callable[[Finished], str | None] = lambda one: None,
    same: Callable[[str, str], bool] = str.__eq__,
) -> Finished | None:
    """The solution a chooser takes, the earliest of equals; None where there is none.

    `oracle` takes a correct one if there is one (so its accuracy is pass@N); `last`, `min`, `product` score by a PRM's
    values of the steps; `majority` takes the largest group of equal answers, solutions without an answer standing
    alone.
    """
    if not solutions:
        return None
    if how == "majority":
        return _majority(solutions, answer_of, same)
    scores = {"oracle": lambda one: float(one.correct), "last": _last, "min": _min, "product": _product}
    return max(solutions, key=lambda one: (scores[how](one), -one.node))


def _majority(
    solutions: Sequence[Finished], answer_of: Callable[[Finished], str | None], same: Callable[[str, str], bool]
) -> Finished:
    groups: list[tuple[str | None, list[Finished]]] = []
    for one in solutions:
        answer = answer_of(one)
        for known, group in groups:
            if answer is not None and known is not None and same(known, answer):
                group.append(one)
                break
        else:
            groups.append((answer, [one]))
    # an answer beats no answer; of groups of one size the first seen
    return max(groups, key=lambda group: (group[0] is not None, len(group[1])))[1][0]


def _last(one: Finished) -> float:
    return one.values[-1] if one.values else 0.0


def _min(one: Finished) -> float:
    return min(one.values, default=0.0)


def _product(one: Finished) -> float:
    product = 1.0
    for value in one.values:
        product *= value
    return product if one.values else 0.0
