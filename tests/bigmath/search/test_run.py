"""Budgets are hard, trees do not depend on each other, and a killed run goes on without asking twice."""

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from bigmath.errors import SettingError, StoreError
from bigmath.search.budget import Budget, Ledger
from bigmath.search.journal import Journal
from bigmath.search.mcts import Mcts
from bigmath.search.protocol import Ask, Proposal
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.requests import Algorithm
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Sampling
from bigmath.search.tree import Beam, BestFirst, BreadthFirst, DepthFirst
from bigmath.search.values import MonteCarlo

ENVIRONMENT = Arithmetic(COUNTDOWN)
QUESTIONS = [question(f"q{target}", [3, 5, 7, 11], target) for target in (58, 71, 997, 43)]
ALGORITHMS: list[Algorithm] = [
    Sampling(samples=10_000, at_once=3),
    BreadthFirst(),
    DepthFirst(),
    Beam(),
    BestFirst(),
    Mcts(simulations=200),
    Mcts(simulations=200, close=True, least=0.0, name="mcts_solver"),
]


class KilledError(Exception):
    """Stands for `kill -9`."""


class Counting(Solver):
    """A solver that counts what it was asked, and dies at an appointed ask."""

    def __init__(self, dies_at: int | None = None) -> None:
        super().__init__(ENVIRONMENT)
        object.__setattr__(self, "asked", 0)
        object.__setattr__(self, "dies_at", dies_at)

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        if self.asked == self.dies_at:  # type: ignore[attr-defined]
            raise KilledError
        object.__setattr__(self, "asked", self.asked + 1)  # type: ignore[attr-defined]
        return super().propose(asks)


def _setup(algorithm: Algorithm, policy: Solver, budget: Budget, rollouts: int = 2) -> Setup:
    return Setup(algorithm, policy, MonteCarlo(policy, ENVIRONMENT, rollouts), ENVIRONMENT, budget, restarts=True)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)
@pytest.mark.parametrize("budget", [Budget(nodes=37), Budget(nodes=None, tokens=2_011), Budget(nodes=50, tokens=300)])
def test_no_budget_is_ever_passed(algorithm: Algorithm, budget: Budget) -> None:
    for trace in run_searches(QUESTIONS, _setup(algorithm, Solver(ENVIRONMENT), budget)):
        assert trace.nodes <= (budget.nodes or trace.nodes)
        assert trace.tokens <= (budget.tokens or trace.tokens)
        assert trace.tokens == sum(event.tokens for event in trace.events)
        assert trace.stopped in {"solved", "nodes", "tokens", "exhausted"}
    assert trace.stopped


def test_seconds_stop_a_search() -> None:
    setup = _setup(Sampling(samples=10**9), Solver(ENVIRONMENT), Budget(nodes=None, seconds=0.05))
    (trace,) = run_searches([QUESTIONS[2]], setup)
    assert trace.stopped == "seconds"


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)
def test_a_trace_does_not_depend_on_what_shares_its_batch(algorithm: Algorithm) -> None:
    setup = _setup(algorithm, Solver(ENVIRONMENT), Budget(nodes=60))
    alone = [next(iter(run_searches([one], setup))) for one in QUESTIONS]
    together = list(run_searches(QUESTIONS, _setup(algorithm, Solver(ENVIRONMENT), Budget(nodes=60)), in_flight=3))
    assert [one.events[:9] for one in together] == [one.events[:9] for one in alone]
    assert [one.solution for one in together] == [one.solution for one in alone]


@pytest.mark.parametrize("algorithm", [BestFirst(), Mcts(simulations=200)], ids=lambda one: one.name)
@pytest.mark.parametrize("dies_at", [0, 1, 7, 19])
def test_a_killed_run_goes_on_and_asks_nothing_twice(tmp_path: Path, dies_at: int, algorithm: Algorithm) -> None:
    budget = Budget(nodes=80)
    whole = Counting()
    expected = list(run_searches(QUESTIONS, _setup(algorithm, whole, budget)))
    first = Counting(dies_at)
    with Journal(tmp_path / "journal") as journal, pytest.raises(KilledError):
        list(run_searches(QUESTIONS, _setup(algorithm, first, budget), journal=journal))
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'["torn')  # the line that was being written
    second, ledger = Counting(), Ledger()
    with Journal(tmp_path / "journal") as journal:
        again = run_searches(QUESTIONS, _setup(algorithm, second, budget), journal=journal, ledger=ledger)
        assert list(again) == expected
    assert first.asked + second.asked == whole.asked  # type: ignore[attr-defined]
    finished = Counting(dies_at=0)
    with Journal(tmp_path / "journal") as journal:
        assert list(run_searches(QUESTIONS, _setup(algorithm, finished, budget), journal=journal)) == expected


def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = Budget(nodes=40)
    expected = list(run_searches(QUESTIONS, _setup(BestFirst(), Solver(ENVIRONMENT), budget)))
    rounds = 0

    def full(handle: int) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, Journal(tmp_path / "journal") as journal:
        patch.setattr("bigmath.search.journal.os.fsync", full)
        with pytest.raises(StoreError, match="No space left on device; answers before this are kept"):
            list(run_searches(QUESTIONS, _setup(BestFirst(), Solver(ENVIRONMENT), budget), journal=journal))
    with Journal(tmp_path / "journal") as journal:
        assert len(journal.kept) >= 2
        again = run_searches(QUESTIONS, _setup(BestFirst(), Solver(ENVIRONMENT), budget), journal=journal)
        assert list(again) == expected


def test_a_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b'{"a": 1}\n[1, 2]\n')
    with pytest.raises(StoreError, match="line 1 is no answer of a search"):
        Journal(tmp_path / "journal")


def test_a_budget_must_say_something() -> None:
    with pytest.raises(SettingError, match="at least one of nodes, tokens, seconds"):
        Budget(nodes=None)
    with pytest.raises(SettingError, match="budget nodes is -1"):
        Budget(nodes=-1)


def test_the_forecast_is_never_less_than_what_was_spent() -> None:
    setup = _setup(BestFirst(), Solver(ENVIRONMENT), Budget(nodes=40))
    ledger = Ledger()
    list(run_searches(QUESTIONS, setup, ledger=ledger))
    most = setup.forecast(len(QUESTIONS))
    assert most.nodes is not None
    assert most.tokens is not None
    assert 0 < ledger.nodes <= most.nodes
    assert 0 < ledger.tokens <= most.tokens
