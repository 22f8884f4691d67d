"""Search on puzzles whose values are known: what it saves over sampling, whether it does what it says, its texts.

    curve    accuracy against nodes for sampling, breadth-first, beam, best-first and MCTS; exact, noisy and random
    values exact    MCTS adds up, best-first pops the maximum, best-of-N against pass@N, the error of Eq. 11 against K
    text     every trace back from its text, replayed; labels of behaviours; backtracks of MCTS against best-first

Further parts come from `rl_hooks` (training sets and models); the command line puts them together.
"""

import heapq
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from bigmath import plots
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.plots import Plot
from bigmath.search.behaviours import score
from bigmath.search.budget import Budget
from bigmath.search.linearise import Form, linearise, parse, replay, shown
from bigmath.search.mcts import Mcts, statistics
from bigmath.search.metrics import measure
from bigmath.search.protocol import Question, State, Value
from bigmath.search.puzzles import make, maze
from bigmath.search.puzzles.arithmetic import COUNTDOWN, GAME24, Arithmetic, Rules, Solver
from bigmath.search.requests import Algorithm, Say
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Sampling, finished, pick
from bigmath.search.trace import Trace, tree_of
from bigmath.search.tree import Beam, BestFirst, BreadthFirst, DepthFirst
from bigmath.search.values import Exact, MonteCarlo, Noisy, Random
from bigmath.verifier.policy import Verdict

Part = Callable[[Say, Path | None], Result]

NODES = 1_000
"""Most nodes a puzzle."""
LEVEL = 0.5
"""The fixed accuracy at which nodes are compared: half the puzzles, a level that sampling reaches within the budget."""
TIMES_FEWER = 4.0
"""Tree of Thoughts on Game of 24, as the paper's figure 5 tells it."""
SEEDS = 3
"""Searches of each puzzle: the median over 60 searches by MCTS moved by a third from seed to seed."""
MINUTES = 10.0
"""CPU minutes of all parts together."""


def run(
    part: str | None = None,
    figures: Path | None = None,
    further: Mapping[str, Part] | None = None,
    say: Say = lambda line: None,
) -> Result:
    """One part, or all that need nothing but the packages at hand.

    Raises:
        SettingError: there is no such part.
    """
    parts = {**PARTS, **(further or {})}
    if part is not None and part not in parts:
        raise SettingError(f"benchmark search has no part {part!r}; it has: {', '.join(parts)}")
    found: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    minutes = 0.0
    for name in [part] if part else [one for one in parts if one not in ON_DEMAND]:
        say(f"part {name}")
        started = _cpu_seconds()
        result = parts[name](say, figures)
        minutes += (_cpu_seconds() - started) / 60
        found |= {f"{name}: {key}": value for key, value in result.figures.items()}
        holds |= {f"{name}: {key}": value for key, value in result.holds.items()}
    found["cpu_minutes"] = round(minutes, 2)
    if part is None:
        holds[f"at most {MINUTES:.0f} CPU minutes together"] = minutes <= MINUTES
    return Result("search", found, holds)


def curve(say: Say, plots_to: Path | None) -> Result:
    """Accuracy against nodes. One run with the largest budget gives the whole curve: a puzzle counts as solved within n
    nodes if its search, which starts over with other candidates when it has nothing left, needed at most n."""
    drawn: list[Plot] = []
    needed: dict[str, float | None] = {}
    accuracies: dict[str, float] = {}
    saved: dict[str, float] = {}
    for rules, questions in ((GAME24, make.game24(60, 1)), (COUNTDOWN, make.countdown(60, 1))):
        environment = Arithmetic(rules)
        exact = Exact(environment.solvable)
        values: dict[str, Value] = {"exact": exact, "noisy": Noisy(exact, 0.5), "random": Random()}
        sampled = _nodes_of(Sampling(samples=NODES), rules, Random(), questions)
        for kind, value in values.items():
            say(f"{rules.name}, {kind} value")
            least = 0.0 if kind == "exact" else None
            solved = {"sampling": sampled}
            for algorithm in _algorithms(least):
                solved[algorithm.name] = _nodes_of(algorithm, rules, value, questions)
            for name, nodes in solved.items():
                key = f"{rules.name} {kind} {name}"
                needed[key] = _nodes_at(nodes, LEVEL, len(questions))
                accuracies[key] = round(len(nodes) / (len(questions) * SEEDS), 3)
                base = needed[f"{rules.name} {kind} sampling"]
                at = needed[key]
                if base and at:
                    saved[key] = round(base / at, 1)
            lines = {name: _accuracy_line(nodes, len(questions)) for name, nodes in solved.items()}
            drawn.append(Plot(f"{rules.name}, {kind} value", "nodes", "accuracy", lines, log_x=True, marks=False))
    _save(drawn[:3], plots_to, "game24.svg")
    _save(drawn[3:], plots_to, "countdown.svg")
    claim = f"with the exact value reaches {LEVEL:.0%} with {TIMES_FEWER:.0f} times fewer nodes than sampling"
    holds = {
        f"{rules.name}: {name} {claim}": saved.get(f"{rules.name} exact {name}", 0.0) >= TIMES_FEWER
        for rules in (GAME24, COUNTDOWN)
        for name in ("breadth_first", "depth_first", "beam", "best_first", "mcts", "mcts_solver")
    }
    figures = {
        f"nodes to {LEVEL:.0%}": needed,
        "times fewer than sampling": saved,
        f"accuracy at {NODES} nodes": accuracies,
    }
    return Result("search", figures, holds)


def exact(say: Say, plots_to: Path | None) -> Result:
    """What must be equal, and Eq. 11's error against the exact value."""
    environment = Arithmetic(COUNTDOWN)
    questions = make.countdown(40, 2)
    noisy = Noisy(Exact(environment.solvable), 0.4)
    budget = Budget(nodes=300)
    trees = _traces(Mcts(simulations=150, candidates=6), COUNTDOWN, noisy, questions, budget)
    popped = _traces(BestFirst(candidates=6), COUNTDOWN, Random(), questions, budget)
    sampled = _traces(Sampling(samples=16, at_once=16, until_verified=False), COUNTDOWN, Random(), questions, budget)
    solutions = [finished(trace) for trace in sampled]
    oracle = [pick(group, "oracle") for group in solutions]
    constant = [pick(group, "last") for group in solutions]
    say("Eq. 11 against exact values")
    errors = _errors_of_rollouts(make.countdown(150, 3, numbers=3))
    slope = _slope([(math.log(k), math.log(error)) for k, error in errors])
    _save(
        [
            Plot(
                "Eq. 11 against the exact value",
                "rollouts K",
                "root mean square error",
                {"Countdown": errors},
                True,
                True,
            )
        ],
        plots_to,
        "rollouts.svg",
    )
    pass_at_n = fmean(any(one.correct for one in group) for group in solutions)
    pass_at_1 = fmean(group[0].correct for group in solutions)
    best = fmean(one is not None and one.correct for one in oracle)
    blind = fmean(one is not None and one.correct for one in constant)
    return Result(
        "search",
        {
            "mcts trees": len(trees),
            "best-first pops": sum(_pops(trace)[1] for trace in popped),
            "oracle best-of-16, pass@16": (best, pass_at_n),
            "constant best-of-16, first sample": (blind, pass_at_1),
            "error by K": {k: round(error, 4) for k, error in errors},
            "slope of log error against log K": round(slope, 3),
        },
        {
            "visits and values of MCTS add up": all(_adds_up(trace) for trace in trees),
            "best-first pops the maximum each time": all(_pops(trace)[0] for trace in popped),
            "oracle best-of-N = pass@N": best == pass_at_n,
            "constant verifier = pass@1": blind == pass_at_1,
            "Eq. 11's error falls as 1/sqrt(K)": abs(slope + 0.5) < 0.05,
        },
    )


def text(say: Say, plots_to: Path | None) -> Result:
    """Traces as text and back, and what they look like."""
    environment, world = Arithmetic(COUNTDOWN), maze.MazeWorld()
    questions = make.countdown(40, 4)
    value = Noisy(Exact(environment.solvable), 0.3)
    budget = Budget(nodes=200)
    by_algorithm = {
        one.name: _traces(one, COUNTDOWN, value, questions, budget)
        for one in (Sampling(samples=20), *_algorithms(None))
    }
    traces = [trace for group in by_algorithm.values() for trace in group]
    asked = {one.problem_id: one for one in questions}
    forms = [Form(values=values, candidates=candidates) for values in (True, False) for candidates in (True, False)]
    back = [parse(linearise(trace.events, form)) == shown(trace.events, form) for trace in traces for form in forms]
    replayed = [replay(trace.events, asked[trace.problem_id], environment) is None for trace in traces]
    say("mazes")
    walls = make.mazes(40, 1, size=10)
    setup = Setup(
        BestFirst(candidates=4, depth=200, once=True), maze.Walker(), maze.AStarCost(), world, Budget(nodes=5_000)
    )
    plans = list(run_searches(walls, setup))
    shortest = [maze.shortest(found) for one in walls if (found := maze.read(one.text))]
    read_back = [maze.parse(maze.text_of(maze.operations(trace))) == maze.operations(trace) for trace in plans]
    labels = score(by_algorithm["depth_first"] + by_algorithm["best_first"] + by_algorithm["mcts"])
    looks = {
        name: {
            "backtracks": round(fmean(measure(trace.events).backtracks for trace in group), 1),
            "from states of value 0.99 up": round(
                fmean(measure(trace.events).high_value_backtracks for trace in group), 2
            ),
            "repeats": round(fmean(measure(trace.events).repeats for trace in group), 1),
            "words": round(fmean(measure(trace.events).words for trace in group)),
        }
        for name, group in by_algorithm.items()
    }
    by_c = {
        c: round(
            fmean(measure(trace.events).backtracks for trace in _traces(_mcts(c), COUNTDOWN, value, questions, budget)),
            1,
        )
        for c in (0.25, 0.5, 1.25, 3.0)
    }
    return Result(
        "search",
        {
            "traces": len(traces),
            "texts read back": len(back) + len(read_back),
            "by algorithm": looks,
            "backtracks of MCTS by c_puct": by_c,
            "labels": {
                kind: {"lines": one.true, "precision": round(one.precision, 3), "recall": round(one.recall, 3)}
                for kind, one in labels.items()
            },
        },
        {
            "every trace parses back to its tree": all(back),
            "every trace replays": all(replayed),
            "every maze text parses back, and its plan is shortest": all(read_back)
            and [len(trace.solution) for trace in plans] == shortest
            and all(
                world.judge(State(one, trace.solution)) is Verdict.CORRECT
                for one, trace in zip(walls, plans, strict=True)
            ),
            "best-first backtracks less than MCTS": looks["best_first"]["backtracks"] < looks["mcts"]["backtracks"],
            "a smaller c_puct backtracks less": by_c[0.25] < by_c[3.0],
            "labels have a precision of at least 0.85": all(one.precision >= 0.85 for one in labels.values()),
        },
    )


PARTS: dict[str, Part] = {"curve": curve, "exact": exact, "text": text}
ON_DEMAND = ("model", "paths", "processbench")
"""Parts that take long or need a model: run by name only."""


def _cpu_seconds() -> float:
    """Of this process and those it started and waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _algorithms(least: float | None) -> list[Algorithm]:
    """The tree searches compared, with 8 candidates a node. `least` 0 drops what the exact value calls impossible."""
    return [
        BreadthFirst(candidates=8, least=least),
        DepthFirst(candidates=8, least=least),
        Beam(candidates=8, width=5, least=least),
        BestFirst(candidates=8, least=least),
        _mcts(0.5),
        Mcts(simulations=60, candidates=8, c_puct=0.5, least=least, close=True, name="mcts_solver"),
    ]


def _mcts(c_puct: float) -> Mcts:
    return Mcts(simulations=60, candidates=8, c_puct=c_puct)


def _traces(
    algorithm: Algorithm, rules: Rules, value: Value, questions: Sequence[Question], budget: Budget, skill: float = 0.0
) -> list[Trace]:
    environment = Arithmetic(rules)
    return list(run_searches(questions, Setup(algorithm, Solver(environment, skill), value, environment, budget)))


def _nodes_of(algorithm: Algorithm, rules: Rules, value: Value, questions: Sequence[Question]) -> list[int]:
    """Nodes each solved search took, ascending."""
    environment = Arithmetic(rules)
    setup = Setup(algorithm, Solver(environment), value, environment, Budget(nodes=NODES), restarts=True)
    traces = (trace for seed in range(SEEDS) for trace in run_searches(questions, setup, seed=seed))
    return sorted(trace.nodes for trace in traces if trace.verdict == Verdict.CORRECT)


def _nodes_at(solved: Sequence[int], level: float, puzzles: int) -> float | None:
    """The least budget within which this share of the searches succeeds; None if the largest does not."""
    place = math.ceil(level * puzzles * SEEDS) - 1
    return float(solved[place]) if place < len(solved) else None


def _accuracy_line(solved: Sequence[int], puzzles: int) -> list[tuple[float, float]]:
    budgets = sorted({int(NODES ** (step / 40)) for step in range(12, 41)})
    return [(budget, sum(nodes <= budget for nodes in solved) / (puzzles * SEEDS)) for budget in budgets]


def _adds_up(trace: Trace) -> bool:
    nodes, counted = tree_of(trace.events), statistics(trace.events)
    for node, one in zip(nodes, counted, strict=True):
        if node.children and one.visits:
            below = [counted[child] for child in node.children]
            if one.visits != 1 + sum(child.visits for child in below):
                return False
            if abs(one.total - (node.value or 0.0) - sum(child.total for child in below)) > 1e-9:
                return False
    return True


def _pops(trace: Trace) -> tuple[bool, int]:
    """Whether each visit took the best of the frontier, and how many there were."""
    judged = {event.node for event in trace.events if event.kind == "judge"}
    frontier: list[tuple[float, int]] = []
    count = 0
    for event in trace.events:
        if event.kind == "value" and event.value is not None and event.node not in judged:
            heapq.heappush(frontier, (-event.value, event.node))
        elif event.kind == "visit":
            if heapq.heappop(frontier)[1] != event.node:
                return False, count
            count += 1
    return True, count


def _errors_of_rollouts(questions: Iterable[Question]) -> list[tuple[float, float]]:
    """(K, root mean square error) on the questions and on states after one step."""
    environment, skill = Arithmetic(COUNTDOWN), 0.5
    policy = Solver(environment, skill)
    states = [State(question) for question in questions]
    truth = [environment.chance(state, skill) for state in states]
    found = []
    for rollouts in (1, 4, 16, 64, 256):
        # several seeds where K is small, so that each error is measured about as well
        squares = []
        for seed in range(max(1, 16 // rollouts)):
            estimates = MonteCarlo(policy, environment, rollouts, seed).estimate(states)
            squares += [(one.value - true) ** 2 for one, true in zip(estimates, truth, strict=True)]
        found.append((float(rollouts), math.sqrt(fmean(squares))))
    return found


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the least-squares line."""
    x0, y0 = fmean(x for x, _ in points), fmean(y for _, y in points)
    return sum((x - x0) * (y - y0) for x, y in points) / sum((x - x0) ** 2 for x, _ in points)


def _save(drawn: Sequence[Plot], folder: Path | None, name: str) -> None:
    if folder is not None:
        plots.save(drawn, folder / name)
