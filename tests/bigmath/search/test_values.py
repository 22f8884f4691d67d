"""Eq. 11 against exact values, its cache, and the controls."""

import math
import statistics

import pytest

from bigmath.search.protocol import Estimate, State
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.values import Constant, Exact, MonteCarlo, Noisy, Random, wilson

ENVIRONMENT = Arithmetic(COUNTDOWN)
STATES = [State(question(f"q{target}", [2, 3, 5, 7], target)) for target in range(5, 65)]


def _errors(rollouts: int) -> float:
    """Root of the mean squared error against the exact chance."""
    found = MonteCarlo(Solver(ENVIRONMENT, 0.5), ENVIRONMENT, rollouts).estimate(STATES)
    return math.sqrt(
        statistics.fmean(
            (one.value - ENVIRONMENT.chance(state, 0.5)) ** 2 for one, state in zip(found, STATES, strict=True)
        )
    )


def test_the_error_of_rollouts_falls_as_one_over_root_k() -> None:
    few, many = _errors(4), _errors(256)
    expected = math.sqrt(statistics.fmean((p := ENVIRONMENT.chance(state, 0.5)) * (1 - p) / 4 for state in STATES))
    assert few == pytest.approx(expected, rel=0.25)
    assert few / many == pytest.approx(8, rel=0.3)


def test_a_state_is_paid_for_once() -> None:
    value = MonteCarlo(Solver(ENVIRONMENT), ENVIRONMENT, 8)
    first, twin = value.estimate([STATES[0], STATES[0]])
    (again,) = value.estimate([STATES[0]])
    assert first.tokens > 0
    assert (twin.tokens, again.tokens) == (0, 0)
    assert (first.value, first.n) == (again.value, 8)
    assert again.value == (again.c or 0) / 8


def test_a_finished_solution_needs_no_rollout() -> None:
    state = State(question("q", [2, 3], 6), ("3 * 2 = 6",))
    assert MonteCarlo(Solver(ENVIRONMENT), ENVIRONMENT, 8).estimate([state]) == [Estimate(1.0, 8, 8)]


def test_controls_are_repeatable_and_what_they_say() -> None:
    assert {one.value for one in Constant(0.3).estimate(STATES)} == {0.3}
    random = [one.value for one in Random(1).estimate(STATES)]
    assert random == [one.value for one in Random(1).estimate(STATES)]
    assert len(set(random)) == len(STATES)
    assert statistics.fmean(random) == pytest.approx(0.5, abs=0.15)
    noisy = [one.value for one in Noisy(Exact(lambda _: 0.5), 0.1).estimate(STATES)]
    assert statistics.stdev(noisy) == pytest.approx(0.1, rel=0.4)


@pytest.mark.parametrize(("n", "c", "low", "high"), [(10, 5, 0.2366, 0.7634), (16, 0, 0.0, 0.1936), (0, 0, 0.0, 1.0)])
def test_the_interval_is_wilsons(n: int, c: int, low: float, high: float) -> None:
    assert wilson(n, c) == pytest.approx((low, high), abs=1e-4)
