"""Mazes with A*, and Searchformer's text of it (arXiv 2402.14083): `create x y cG cH`, `close x y cG cH`, `plan x y`.

A* is best-first search with the value -(steps so far + Manhattan distance): the max queue of 4.3.2 pops the least
cost. The distance never overestimates, so the first goal popped is on a shortest path. `shortest` finds its length by
breadth-first flooding instead, for the tests.
"""

import random
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bigmath.errors import TraceError
from bigmath.search.protocol import Ask, Estimate, Proposal, Question, Rollout, State
from bigmath.search.trace import Trace, path_to, tree_of
from bigmath.verifier.policy import Verdict

Cell = tuple[int, int]


@dataclass(frozen=True)
class Maze:
    """A grid; x to the right, y down, from 0."""

    width: int
    height: int
    start: Cell
    goal: Cell
    walls: frozenset[Cell]

    def open_neighbours(self, cell: Cell) -> list[Cell]:
        """The cells beside this one that can be entered."""
        x, y = cell
        near = [(x, y - 1), (x, y + 1), (x - 1, y), (x + 1, y)]
        return [one for one in near if 0 <= one[0] < self.width and 0 <= one[1] < self.height and one not in self.walls]


def make(seed: int, size: int = 8, share: float = 0.35) -> Maze:
    """A solvable maze with this share of walls (Searchformer: 30 to 50 %), drawn until there is a path."""
    dice = random.Random(seed)
    cells = [(x, y) for x in range(size) for y in range(size)]
    while True:
        start, goal = dice.sample(cells, 2)
        walls = frozenset(one for one in cells if dice.random() < share and one not in {start, goal})
        maze = Maze(size, size, start, goal, walls)
        if shortest(maze) is not None:
            return maze


def shortest(maze: Maze) -> int | None:
    """Steps of a shortest path, by flooding; None where there is none."""
    distance = {maze.start: 0}
    queue = deque([maze.start])
    while queue:
        cell = queue.popleft()
        for near in maze.open_neighbours(cell):
            if near not in distance:
                distance[near] = distance[cell] + 1
                queue.append(near)
    return distance.get(maze.goal)


def question(problem_id: str, maze: Maze) -> Question:
    """The maze in Searchformer's prompt form."""
    walls = " ".join(f"wall {x} {y}" for x, y in sorted(maze.walls))
    (sx, sy), (gx, gy) = maze.start, maze.goal
    return Question(problem_id, f"maze {maze.width} {maze.height} start {sx} {sy} goal {gx} {gy} {walls}".rstrip())


@lru_cache(maxsize=1 << 12)
def read(text: str) -> Maze | None:
    """The maze a question states; None where it states none."""
    head = re.match(r"maze (\d+) (\d+) start (\d+) (\d+) goal (\d+) (\d+)", text)
    if head is None:
        return None
    width, height, sx, sy, gx, gy = map(int, head.groups())
    walls = frozenset((int(x), int(y)) for x, y in re.findall(r"wall (\d+) (\d+)", text))
    return Maze(width, height, (sx, sy), (gx, gy), walls)


def _cell(state: State) -> Cell:
    maze = read(state.question.text)
    assert maze is not None, state.question.text
    if not state.steps:
        return maze.start
    x, y = state.steps[-1].split()
    return int(x), int(y)


@dataclass(frozen=True)
class MazeWorld:
    """The environment: a step names the next cell."""

    name: str = "maze"

    def describe(self, state: State) -> str:
        return "{} {}".format(*_cell(state))

    def is_final(self, state: State) -> bool:
        maze = read(state.question.text)
        return maze is not None and _cell(state) == maze.goal

    def answer(self, state: State) -> str | None:
        return str(len(state.steps)) if self.is_final(state) else None

    def judge(self, state: State) -> Verdict:
        """CORRECT for a walk from start to goal through open cells, shortest or not."""
        maze = read(state.question.text)
        if maze is None:
            return Verdict.UNPARSED
        at = maze.start
        for step in state.steps:
            parts = re.fullmatch(r"(\d+) (\d+)", step)
            if parts is None:
                return Verdict.UNPARSED
            x, y = int(parts[1]), int(parts[2])
            inside = x < maze.width and y < maze.height and (x, y) not in maze.walls
            if not inside or abs(x - at[0]) + abs(y - at[1]) != 1:
                return Verdict.WRONG
            at = (x, y)
        return Verdict.CORRECT if at == maze.goal else Verdict.WRONG


@dataclass(frozen=True)
class Walker:
    """The policy: every open neighbour; a rollout is a random walk."""

    step_tokens: int = 3
    rollout_tokens: int = 600

    def settings(self) -> dict[str, Any]:
        return {"policy": "walker"}

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        return [self._near(ask.state)[: ask.count] for ask in asks]

    def complete(self, asks: Sequence[Ask]) -> list[list[Rollout]]:
        return [self._walks(ask) for ask in asks]

    def _near(self, state: State) -> list[Proposal]:
        maze = read(state.question.text)
        near = maze.open_neighbours(_cell(state)) if maze else []
        return [Proposal(f"{x} {y}", 1 / len(near), 3) for x, y in near]

    def _walks(self, ask: Ask) -> list[Rollout]:
        dice, world, found = random.Random(ask.seed), MazeWorld(), []
        for _ in range(ask.count):
            state = ask.state
            for _ in range(self.rollout_tokens // 3):
                near = self._near(state)
                if world.is_final(state) or not near:
                    break
                state = state.then(dice.choice(near))
            found.append(Rollout(state, 3 * (len(state.steps) - len(ask.state.steps))))
        return found


@dataclass(frozen=True)
class AStarCost:
    """The value -(g + h): steps so far and Manhattan distance to the goal."""

    tokens_each: int = 0

    def settings(self) -> dict[str, Any]:
        return {"value": "a_star_cost"}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [Estimate(-float(len(state.steps) + distance(state))) for state in states]


def distance(state: State) -> int:
    """Manhattan distance from the state's cell to the goal."""
    maze = read(state.question.text)
    assert maze is not None
    x, y = _cell(state)
    return abs(maze.goal[0] - x) + abs(maze.goal[1] - y)


@dataclass(frozen=True)
class Token:
    """One operation of Searchformer's trace; `plan` has no costs."""

    kind: str
    cell: Cell
    cost: int = 0
    heuristic: int = 0

    def text(self) -> str:
        x, y = self.cell
        return f"plan {x} {y}" if self.kind == "plan" else f"{self.kind} {x} {y} c{self.cost} c{self.heuristic}"


def operations(trace: Trace) -> list[Token]:
    """What an A* search did to its queue: a cell is created when it is first reached, or reached at a lower cost,
    closed when it is expanded, and the plan is the solution."""
    nodes = tree_of(trace.events)
    best: dict[Cell, int] = {}
    done: list[Token] = []
    for event in trace.events:
        if event.kind not in {"create", "visit"}:
            continue
        node = nodes[event.node]
        x, y = map(int, (node.state or "").split())
        # the goal's cell gives the heuristic without asking the environment
        token = Token("create" if event.kind == "create" else "close", (x, y), node.depth, _manhattan(trace, (x, y)))
        if event.kind == "visit":
            done.append(token)
        elif token.cost < best.get(token.cell, token.cost + 1):
            best[token.cell] = token.cost
            done.append(token)
    solved = next((node.number for node in nodes if node.verdict == Verdict.CORRECT), None)
    if solved is not None:
        done += [Token("plan", _as_cell(nodes[one].state)) for one in path_to(nodes, solved)]
    return done


def text_of(tokens: Sequence[Token]) -> str:
    """Searchformer's text."""
    return " ".join(token.text() for token in tokens)


_TOKEN = re.compile(r"(create|close) (\d+) (\d+) c(\d+) c(\d+)|(plan) (\d+) (\d+)")


def parse(text: str) -> list[Token]:
    """The operations of a text.

    Raises:
        TraceError: it is not wholly made of them.
    """
    found, at = [], 0
    for match in _TOKEN.finditer(text):
        if text[at : match.start()].strip():
            break
        at = match.end()
        if match[6]:
            found.append(Token("plan", (int(match[7]), int(match[8]))))
        else:
            found.append(Token(match[1], (int(match[2]), int(match[3])), int(match[4]), int(match[5])))
    if text[at:].strip():
        raise TraceError(f"character {at}: {text[at : at + 30]!r} is no create, close or plan")
    return found


def queue_states(tokens: Sequence[Token]) -> Iterator[frozenset[tuple[Cell, int]]]:
    """The open cells with their costs after each operation of the search."""
    queue: dict[Cell, int] = {}
    for token in tokens:
        if token.kind == "create":
            queue[token.cell] = token.cost
        elif token.kind == "close":
            queue.pop(token.cell, None)
        else:
            return
        yield frozenset(queue.items())


def _manhattan(trace: Trace, cell: Cell) -> int:
    maze = read(trace.question)
    assert maze is not None
    return abs(maze.goal[0] - cell[0]) + abs(maze.goal[1] - cell[1])


def _as_cell(state: str | None) -> Cell:
    x, y = map(int, (state or "").split())
    return x, y
