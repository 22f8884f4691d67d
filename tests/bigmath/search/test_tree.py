"""The search algorithms on spaces small enough to follow by hand, and on puzzles."""

import heapq
from typing import Any

import pytest

from bigmath.search.budget import Budget
from bigmath.search.mcts import Mcts, most_visited, statistics
from bigmath.search.protocol import Question
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Sampling, finished, pick
from bigmath.search.scripted import Script
from bigmath.search.trace import Trace, from_frame, to_frame, tree_of
from bigmath.search.tree import Beam, BestFirst, BreadthFirst, DepthFirst
from bigmath.search.values import Exact, Noisy, Random

BY_HAND = Script(
    children={
        (): [("A", 0.5), ("B", 0.5)],
        ("A",): [("A1", 0.5), ("A2", 0.5)],
        ("B",): [("B1", 0.7), ("B2", 0.3)],
    },
    values={(): 0.5, ("A",): 0.2, ("B",): 0.9},
    right=frozenset({("A", "A1")}),
)


def _search(algorithm: Any, script: Script = BY_HAND, nodes: int = 100) -> Trace:
    (trace,) = run_searches([Question("q", "?")], Setup(algorithm, script, script, script, Budget(nodes=nodes)))
    return trace


def _visited(trace: Trace) -> list[str]:
    nodes = tree_of(trace.events)
    return [nodes[event.node].state or "" for event in trace.events if event.kind == "visit"]


def test_mcts_equals_the_tree_worked_out_by_hand() -> None:
    """c = 1. Scores by hand: 2: A .5, B .5, tie to A. 3: A .2+.5*1.414/2 = .554, B .5*1.414 = .707.
    4: A .633, B .9+.433 = 1.333; B1 .7, B2 .3. 5: A .7, B .45+.333 = .783; B1 .495, B2 .424.
    6: A .2+.559 = .759, B .3+.2795 = .58; A1 before A2; right."""
    trace = _search(Mcts(simulations=50, c_puct=1.0))
    assert _visited(trace) == ["", "A", "B", "B/B1", "B/B1", "A/A1"]
    assert trace.stopped == "solved"
    counted = {node.state: one for node, one in zip(tree_of(trace.events), statistics(trace.events), strict=True)}
    got = {state: (one.visits, round(one.total, 9)) for state, one in counted.items() if one.visits}
    assert got == {"": (6, 2.6), "A": (2, 1.2), "B": (3, 0.9), "B/B1": (2, 0.0), "A/A1": (1, 1.0)}
    assert most_visited(statistics(trace.events), [1, 2]) == 2


def test_mcts_that_closes_what_is_settled_visits_every_node_once_at_most() -> None:
    """As above to the fourth visit; then B1, judged wrong, and after B2 the whole of B are out of the selection."""
    trace = _search(Mcts(simulations=50, c_puct=1.0, close=True))
    assert _visited(trace) == ["", "A", "B", "B/B1", "B/B2", "A/A1"]
    assert trace.stopped == "solved"
    never = Script(BY_HAND.children, BY_HAND.values)
    trace = _search(Mcts(simulations=50, c_puct=1.0, close=True), never)
    assert sorted(_visited(trace)) == ["", "A", "A/A1", "A/A2", "B", "B/B1", "B/B2"]
    assert trace.stopped == "exhausted"
    assert _search(Mcts(simulations=50, c_puct=1.0), never).nodes == trace.nodes == 6


def test_mcts_does_not_expand_a_node_of_the_least_value() -> None:
    trace = _search(Mcts(simulations=50, c_puct=1.0, close=True, least=0.2))
    assert _visited(trace) == ["", "A", "B", "B/B1", "B/B2"]  # the way to A1 was given up by its value
    assert trace.stopped == "exhausted"
    assert trace.nodes == 4
    again = _visited(_search(Mcts(simulations=9, c_puct=1.0, least=0.2)))
    assert again.count("A") > 1  # not closed: visited again, and still not expanded


@pytest.mark.parametrize("until_verified", [True, False])
def test_visits_and_values_of_mcts_add_up(until_verified: bool) -> None:
    environment = Arithmetic(COUNTDOWN)
    setup = Setup(
        Mcts(simulations=120, candidates=5, until_verified=until_verified),
        Solver(environment),
        Noisy(Exact(environment.solvable), 0.4),
        environment,
        Budget(nodes=400),
    )
    (trace,) = run_searches([question("q", [3, 5, 7, 11], 58)], setup)
    nodes, counted = tree_of(trace.events), statistics(trace.events)
    simulations = sum(event.kind == "visit" for event in trace.events)
    assert simulations > 20
    assert counted[0].visits in {simulations, simulations - 1}  # the budget may end within the last one
    for node, one in zip(nodes, counted, strict=True):
        if not node.children:
            continue
        below = [counted[child] for child in node.children]
        own = 1 if one.visits else 0  # its own simulation, before it had children
        assert one.visits == own + sum(child.visits for child in below)
        assert one.total == pytest.approx((node.value or 0) * own + sum(child.total for child in below))


def test_best_first_pops_the_maximum_each_time() -> None:
    environment = Arithmetic(COUNTDOWN)
    setup = Setup(BestFirst(candidates=4), Solver(environment), Random(7), environment, Budget(nodes=300))
    (trace,) = run_searches([question("q", [3, 5, 7, 11], 997)], setup)
    frontier: list[tuple[float, int]] = []
    pops = 0
    values = {event.node: event.value for event in trace.events if event.kind == "value"}
    final = {event.node for event in trace.events if event.kind == "judge"}
    for event in trace.events:
        if event.kind == "value" and event.value is not None and event.node not in final:
            heapq.heappush(frontier, (-event.value, event.node))
        elif event.kind == "visit":
            popped = frontier[0]
            assert -popped[0] == max(-value for value, _ in frontier) == values[event.node]
            assert popped[1] == event.node
            heapq.heappop(frontier)
            pops += 1
    assert pops == 1 + 4 + 16  # nothing makes 997, so every node is popped once


def test_breadth_first_goes_level_by_level_and_depth_first_down() -> None:
    never = Script(BY_HAND.children, BY_HAND.values)
    assert _visited(_search(BreadthFirst(), never)) == ["", "A", "B"]
    assert _visited(_search(DepthFirst(), never)) == ["", "B", "A"]
    assert _search(BreadthFirst(), never).stopped == "exhausted"


def test_beam_keeps_the_best_of_each_level() -> None:
    assert _visited(_search(Beam(width=1))) == ["", "B"]
    assert _visited(_search(Beam(width=2))) == ["", "B", "A"]


def test_nodes_of_the_least_value_are_never_expanded() -> None:
    assert _visited(_search(BestFirst(least=0.2))) == ["", "B"]


def test_depth_is_a_limit() -> None:
    assert _visited(_search(BestFirst(depth=1))) == [""]


def test_oracle_best_of_n_is_pass_at_n_and_a_constant_verifier_pass_at_1() -> None:
    environment = Arithmetic(COUNTDOWN)
    questions = [question(f"q{target}", [2, 3, 7], target) for target in range(1, 43)]
    setup = Setup(
        Sampling(samples=8, at_once=8, until_verified=False),
        Solver(environment),
        Random(),
        environment,
        Budget(nodes=100),
    )
    any_right = first_right = oracle = constant = 0
    for trace in run_searches(questions, setup):
        solutions = finished(trace)
        assert len(solutions) == 8
        any_right += any(one.correct for one in solutions)
        first_right += solutions[0].correct
        best, blind = pick(solutions, "oracle"), pick(solutions, "last")  # nothing is valued: all score the same
        assert best is not None
        assert blind is not None
        oracle += best.correct
        constant += blind.correct
    assert 0 < first_right < any_right
    assert (oracle, constant) == (any_right, first_right)


def test_majority_takes_the_largest_group_and_no_answer_never_wins() -> None:
    trace = _search(Sampling(samples=1), Script({(): [("x", 1.0)]}), nodes=50)
    (one,) = finished(trace)
    answers = {1: "2", 2: None, 3: "1/2", 4: None, 5: "0.5", 6: None}
    solutions = [type(one)(node, (), (), False) for node in answers]
    same = {("1/2", "0.5")}
    chosen = pick(
        solutions, "majority", answer_of=lambda one: answers[one.node], same=lambda a, b: a == b or (a, b) in same
    )
    assert chosen is not None
    assert chosen.node == 3


def test_a_trace_survives_parquet(tmp_path: Any) -> None:
    traces = [_search(Mcts(simulations=9)), _search(Sampling(samples=2)), _search(BestFirst())]
    path = tmp_path / "traces.parquet"
    to_frame(traces).write_parquet(path)
    import polars as pl

    assert from_frame(pl.read_parquet(path)) == traces
