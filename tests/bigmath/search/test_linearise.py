"""A trace as text and back, on real searches and on steps made to confuse; replay; mazes; metrics; behaviours."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath.errors import TraceError
from bigmath.search.behaviours import label, score
from bigmath.search.budget import Budget
from bigmath.search.linearise import Form, linearise, parse, replay, shown
from bigmath.search.mcts import Mcts
from bigmath.search.metrics import measure
from bigmath.search.protocol import Question
from bigmath.search.puzzles import maze as mazes
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Sampling
from bigmath.search.scripted import Script
from bigmath.search.trace import Trace, tree_of
from bigmath.search.tree import Beam, BestFirst, BreadthFirst, DepthFirst
from bigmath.search.values import Exact, MonteCarlo, Noisy

ENVIRONMENT = Arithmetic(COUNTDOWN)
QUESTIONS = [question(f"q{target}", [3, 5, 7, 11], target) for target in (58, 71, 997, 43, 18)]
FORMS = [Form(), Form(values=False), Form(candidates=False), Form(values=False, candidates=False)]
ALGORITHMS: list[Any] = [
    Sampling(samples=5),
    BreadthFirst(least=0.0),
    DepthFirst(),
    Beam(),
    BestFirst(),
    Mcts(simulations=40),
]


def _traces(algorithm: Any, nodes: int = 60) -> list[Trace]:
    policy = Solver(ENVIRONMENT, 0.3)
    setup = Setup(algorithm, policy, MonteCarlo(policy, ENVIRONMENT, 4), ENVIRONMENT, Budget(nodes=nodes))
    return list(run_searches(QUESTIONS, setup))


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)
def test_every_trace_parses_back_to_its_tree_and_replays(algorithm: Any) -> None:
    for trace, asked in zip(_traces(algorithm), QUESTIONS, strict=True):
        assert replay(trace.events, asked, ENVIRONMENT) is None
        for form in FORMS:
            read = parse(linearise(trace.events, form))
            assert read == shown(trace.events, form)
            assert replay(read, asked, ENVIRONMENT) is None
        whole = tree_of(parse(linearise(trace.events, Form())))
        assert [(one.parent, one.step, one.value) for one in whole] == [
            (one.parent, one.step, one.value) for one in tree_of(trace.events)
        ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="a\n :.0Try \\", max_size=12), min_size=1, max_size=4, unique=True))
def test_any_step_survives_the_text(steps: list[str]) -> None:
    script = Script({(): [(step, 0.5) for step in steps]})
    (trace,) = run_searches([Question("q", "?")], Setup(BestFirst(candidates=9), script, script, script))
    assert parse(linearise(trace.events, Form())) == shown(trace.events, Form())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Go to 0\nSo we try", "line 2: 'So we try' is no line of a search"),
        ("Go to 0.1", "line 1: there is no node 0.1 yet"),
        ("Go to 0\nTry 0.2: x", "line 2: 0.2 comes after 0 children of 0"),
        ("Go to 0\nTry 0.1: x\nBack to 0.1", "line 3: .* should be Go to"),
    ],
)
def test_a_broken_text_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        parse(text)


def test_replay_names_what_was_tampered_with() -> None:
    trace = next(one for one in _traces(BestFirst()) if one.verdict == "CORRECT")
    asked = next(one for one in QUESTIONS if one.problem_id == trace.problem_id)
    judged = next(place for place, event in enumerate(trace.events) if event.verdict == "WRONG")
    lied = [*trace.events]
    lied[judged] = replace(lied[judged], verdict="CORRECT")
    assert "is WRONG, not CORRECT" in str(replay(lied, asked, ENVIRONMENT))
    moved = [*trace.events]
    moved[3] = replace(moved[3], step="3 + 5 = 9")
    assert "the steps leave 'no such step'" in str(replay(moved, asked, ENVIRONMENT))


def _maze_trace(seed: int) -> tuple[mazes.Maze, Trace]:
    maze = mazes.make(seed)
    world, walker = mazes.MazeWorld(), mazes.Walker()
    algorithm = BestFirst(candidates=4, depth=200, once=True)
    setup = Setup(algorithm, walker, mazes.AStarCost(), world, Budget(nodes=5_000))
    (trace,) = run_searches([mazes.question(f"maze-{seed}", maze)], setup)
    return maze, trace


@pytest.mark.parametrize("seed", range(20))
def test_a_star_finds_a_shortest_path_and_its_text_gives_the_queue_back(seed: int) -> None:
    maze, trace = _maze_trace(seed)
    assert trace.verdict == "CORRECT"
    assert len(trace.solution) == mazes.shortest(maze)
    done = mazes.operations(trace)
    read = mazes.parse(mazes.text_of(done))
    assert read == done
    states = list(mazes.queue_states(read))
    closed = [token for token in done if token.kind == "close"]
    for before, token in zip([frozenset[Any](), *states], done, strict=False):
        if token.kind == "close":  # the queue holds what is closed, and nothing of less cost
            assert (token.cell, token.cost) in before
            least = min(cost + abs(x - maze.goal[0]) + abs(y - maze.goal[1]) for (x, y), cost in before)
            assert token.cost + token.heuristic == least
    assert len({token.cell for token in closed}) == len(closed)
    assert next(token.cell for token in done if token.kind == "plan") == maze.start


def test_a_maze_solution_through_a_wall_is_wrong() -> None:
    maze, trace = _maze_trace(1)
    world = mazes.MazeWorld()
    from bigmath.search.protocol import State

    asked = mazes.question("m", maze)
    assert world.judge(State(asked, trace.solution)) == "CORRECT"
    assert world.judge(State(asked, trace.solution[1:])) == "WRONG"
    assert world.judge(State(asked, ("up",))) == "UNPARSED"
    with pytest.raises(TraceError, match="is no create, close or plan"):
        mazes.parse("create 0 0 c0 c3 open 1 1")


def test_metrics_count_what_was_done() -> None:
    script = Script(
        {(): [("A", 0.5), ("B", 0.5)], ("A",): [("C", 1.0)], ("B",): [("D", 1.0)]},
        {("A",): 1.0, ("B",): 0.4},
    )
    setup = Setup(BestFirst(), script, script, script, Budget(nodes=50))
    (trace,) = run_searches([Question("q", "?")], setup)
    found = measure(trace.events)
    assert (found.visits, found.backtracks, found.high_value_backtracks, found.deepest) == (3, 1, 1, 2)


def test_best_first_backtracks_less_than_mcts_on_the_same_task() -> None:
    value = Noisy(Exact(ENVIRONMENT.solvable), 0.3)
    counts = []
    for algorithm in (BestFirst(candidates=6, least=0.0), Mcts(simulations=300, candidates=6)):
        setup = Setup(algorithm, Solver(ENVIRONMENT), value, ENVIRONMENT, Budget(nodes=400))
        counts.append(sum(measure(trace.events).backtracks for trace in run_searches(QUESTIONS, setup)))
    assert counts[0] < counts[1]


def test_the_labeller_reads_behaviour_from_the_arithmetic_alone() -> None:
    asked = "Use the numbers 3 5 7 once each to make 56."
    lines = ["5 + 3 = 8", "8 + 7 = 15", "15 is not what we want.", "8 * 7 = 56", "7 - 5 = 2", "3 * 2 = 6", "5 + 3 = 8"]
    assert label(asked, lines) == [
        set(),
        set(),
        {"verification"},
        {"backtracking"},
        {"backtracking"},
        set(),
        {"backtracking", "repetition"},
    ]
    assert label("Solve for x.", ["Wait, that is wrong.", "Let me double-check."]) == [
        {"backtracking"},
        {"verification"},
    ]


def test_labels_are_precise_on_searches_whose_truth_is_known() -> None:
    scores = score(
        [trace for algorithm in (DepthFirst(), BestFirst(), Mcts(simulations=60)) for trace in _traces(algorithm)]
    )
    for kind, one in scores.items():
        assert one.true > 20, kind
        assert one.precision > 0.8, (kind, one)
    assert scores["backtracking"].recall > 0.5
