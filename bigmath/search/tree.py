"""Breadth-first, depth-first, beam and best-first search (section 3.3; Tree of Thoughts; "A*" of 4.3.2).

All go on until a solution verifies, where `until_verified`, and judge each finished solution once. Ties go to the node
made first, so a run is repeatable. A node is *visited* when its candidates are asked for.
"""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bigmath.search.recorder import Recorder
from bigmath.search.requests import Searching, evaluate, expand


@dataclass(frozen=True)
class _Settings:
    candidates: int = 4
    """b: candidates asked for at a node."""
    depth: int = 16
    """d: nodes this deep are not expanded."""
    until_verified: bool = True
    """Stop at the first solution that verifies; without it go on until nothing is left."""
    least: float | None = None
    """A node of this value or less is never expanded: Tree of Thoughts drops the "impossible"."""

    def settings(self) -> Mapping[str, Any]:
        return asdict(self)

    def _is_done(self, tree: Recorder) -> bool:
        return self.until_verified and tree.solved is not None

    def _open(self, tree: Recorder, nodes: Sequence[int]) -> list[int]:
        """Judges the finished ones; of the others those that may be expanded."""
        still = []
        for node in nodes:
            if tree.is_final(node):
                tree.judge(node)
            elif tree.depth(node) < self.depth and (self.least is None or tree.values.get(node, 1.0) > self.least):
                still.append(node)
        return still


@dataclass(frozen=True)
class BreadthFirst(_Settings):
    """First in, first out. Values are asked for only if nodes are dropped by them."""

    name: str = "breadth_first"

    def run(self, tree: Recorder) -> Searching:
        queue = deque([0])
        while queue and not self._is_done(tree):
            node = queue.popleft()
            tree.visit(node)
            (children,) = yield from expand(tree, [node], self.candidates)
            if self.least is not None:
                yield from evaluate(tree, children)
            queue.extend(self._open(tree, children))


@dataclass(frozen=True)
class DepthFirst(_Settings):
    """Last in, first out; of siblings the one of the highest value first."""

    name: str = "depth_first"

    def run(self, tree: Recorder) -> Searching:
        stack = [0]
        while stack and not self._is_done(tree):
            node = stack.pop()
            tree.visit(node)
            (children,) = yield from expand(tree, [node], self.candidates)
            yield from evaluate(tree, children)
            still = self._open(tree, children)
            stack.extend(sorted(still, key=lambda one: (tree.values[one], -one)))


@dataclass(frozen=True)
class Beam(_Settings):
    """Keeps the `width` nodes of the highest value of each level; `candidates` from each (the paper: N = 5, width
    4)."""

    width: int = 4
    name: str = "beam"

    def run(self, tree: Recorder) -> Searching:
        level = [0]
        while level and not self._is_done(tree):
            for node in level:
                tree.visit(node)
            grown = yield from expand(tree, level, self.candidates)
            children = [child for group in grown for child in group]
            yield from evaluate(tree, children)
            still = self._open(tree, children)
            level = sorted(still, key=lambda one: (-tree.values[one], one))[: self.width]


@dataclass(frozen=True)
class BestFirst(_Settings):
    """A max priority queue on the value; pops the best, adds its candidates (4.3.2). With values that are minus the
    length so far plus an admissible estimate, and `once`, it is A* proper."""

    once: bool = False
    """Expand a state once: a node whose described state was expanded before is passed over."""
    name: str = "best_first"

    def run(self, tree: Recorder) -> Searching:
        yield from evaluate(tree, [0])
        frontier = [(-tree.values[0], 0)]
        seen: set[str] = set()
        while frontier and not self._is_done(tree):
            _, node = heapq.heappop(frontier)
            if self.once:
                state = tree.environment.describe(tree.state(node))
                if state in seen:
                    continue
                seen.add(state)
            tree.visit(node)
            if tree.is_final(node):  # only where finished nodes wait in the queue, as A* needs
                tree.judge(node)
                continue
            (children,) = yield from expand(tree, [node], self.candidates)
            yield from evaluate(tree, children)
            for child in children if self.once else self._open(tree, children):
                heapq.heappush(frontier, (-tree.values[child], child))
