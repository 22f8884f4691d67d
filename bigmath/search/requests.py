"""What a search asks for while it runs: it yields one of these and is sent the answers, in the same order."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bigmath.search.protocol import Estimate, Proposal
from bigmath.search.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Propose:
    """Wanted: `count` candidates for each node. Answer: a list of proposals a node; near the end of the budget
    fewer."""

    nodes: Sequence[int]
    count: int


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Wanted: a value for each node. Answer: an estimate a node."""

    nodes: Sequence[int]


Request = Propose | Evaluate
Answers = Any
"""`list[list[Proposal]]` to a `Propose`, `list[Estimate]` to an `Evaluate`."""

Searching = Generator[Request, Answers, None]


class Algorithm(Protocol):
    """A search algorithm with its settings: a frozen dataclass whose `run` is the search."""

    @property
    def name(self) -> str: ...

    def settings(self) -> Mapping[str, Any]: ...

    def run(self, tree: Recorder) -> Searching:
        """Searches until solved (where it looks at verdicts), or until nothing is left to do."""
        ...


def propose(nodes: Sequence[int], count: int) -> Generator[Request, Answers, list[list[Proposal]]]:
    """Candidates for each node."""
    answers: list[list[Proposal]] = yield Propose(nodes, count)
    return answers


def expand(tree: Recorder, nodes: Sequence[int], count: int) -> Generator[Request, Answers, list[list[int]]]:
    """New children for each node: as many as differ."""
    answers = yield from propose(nodes, count)
    return [
        list(dict.fromkeys(tree.create(node, one) for one in proposals))
        for node, proposals in zip(nodes, answers, strict=True)
    ]


def evaluate(tree: Recorder, nodes: Sequence[int]) -> Generator[Request, Answers, None]:
    """Values for nodes that have none yet."""
    fresh = [node for node in nodes if node not in tree.values]
    if fresh:
        answers: list[Estimate] = yield Evaluate(fresh)
        for node, estimate in zip(fresh, answers, strict=True):
            tree.value(node, estimate)


Say = Callable[[str], None]
