"""Countdown and Game of 24: the solver's exact values against brute force, and the judge that shares nothing with
it."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath.search.protocol import Ask, State
from bigmath.search.puzzles.arithmetic import COUNTDOWN, GAME24, Arithmetic, Solver, moves, question
from bigmath.search.puzzles.judge import judge
from bigmath.verifier.policy import Verdict


def _reachable(numbers: list[Fraction]) -> set[Fraction]:
    """Every value of every expression over all the numbers, with negative intermediates, by another algorithm."""
    if len(numbers) == 1:
        return set(numbers)
    found: set[Fraction] = set()
    places = range(len(numbers))
    for size in range(1, len(numbers) // 2 + 1):
        for chosen in itertools.combinations(places, size):
            left = _reachable([numbers[one] for one in chosen])
            right = _reachable([numbers[one] for one in places if one not in chosen])
            for a, b in itertools.product(left, right):
                found |= {a + b, a - b, b - a, a * b}
                found |= {a / b} if b else set()
                found |= {b / a} if a else set()
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_game_of_24_is_solvable_exactly_when_some_expression_makes_24(seed: int) -> None:
    dice = random.Random(seed)
    numbers = [dice.randint(1, 13) for _ in range(4)]
    state = State(question("q", numbers, 24))
    assert Arithmetic(GAME24).solvable(state) == (Fraction(24) in _reachable([Fraction(one) for one in numbers]))


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (["8 / 3 = 8/3", "3 - 8/3 = 1/3", "8 / 1/3 = 24"], Verdict.CORRECT),
        (["8 / 3 = 8/3", "3 - 8/3 = 1/3"], Verdict.WRONG),  # not finished
        (["8 / 3 = 8/3", "3 - 8/3 = 1/3", "8 * 1/3 = 24"], Verdict.WRONG),  # the sum is wrong
        (["8 + 8 = 16", "8 + 16 = 24"], Verdict.WRONG),  # 8 is used three times
        (["3 * 8 = 24"], Verdict.WRONG),  # not every number is used
        (["so it is 24"], Verdict.UNPARSED),
        (["8 / 0 = 24"], Verdict.WRONG),
    ],
)
def test_the_judge_replays_the_text(steps: list[str], verdict: Verdict) -> None:
    assert judge("Use the numbers 3 3 8 8 once each to make 24.", steps, whole=False) is verdict


def test_countdown_allows_no_fraction_and_no_negative() -> None:
    text = "Use the numbers 3 3 8 8 once each to make 24."
    assert judge(text, ["8 / 3 = 8/3", "3 - 8/3 = 1/3", "8 / 1/3 = 24"], whole=True) is Verdict.WRONG
    assert not Arithmetic(COUNTDOWN).solvable(State(question("q", [3, 3, 8, 8], 24)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=2, max_size=4), st.integers(0, 2**32))
def test_whatever_the_solver_does_the_judge_agrees_with_the_numbers_left(numbers: list[int], seed: int) -> None:
    environment = Arithmetic(COUNTDOWN)
    target = random.Random(seed).randint(1, 40)
    (rollouts,) = Solver(environment).complete([Ask(State(question("q", numbers, target)), 3, seed)])
    for one in rollouts:
        left = environment.left(one.state)
        assert left is not None
        assert (environment.judge(one.state) is Verdict.CORRECT) == (left == (target,))


@pytest.mark.parametrize("skill", [0.0, 0.4])
def test_the_chance_is_the_share_of_rollouts_that_verify(skill: float) -> None:
    environment = Arithmetic(COUNTDOWN)
    state = State(question("q", [2, 3, 5, 7], 41))
    exact = environment.chance(state, skill)
    (rollouts,) = Solver(environment, skill).complete([Ask(state, 4000, 1)])
    share = sum(environment.judge(one.state) is Verdict.CORRECT for one in rollouts) / 4000
    assert abs(share - exact) < 4 * (exact * (1 - exact) / 4000) ** 0.5
    assert exact > 0


def test_candidates_are_drawn_without_replacement_and_all_can_be_had() -> None:
    environment = Arithmetic(GAME24)
    state = State(question("q", [1, 2, 3, 4], 24))
    options = moves(GAME24, environment.left(state) or ())
    (few,) = Solver(environment).propose([Ask(state, 5, 3)])
    (every,) = Solver(environment).propose([Ask(state, 999, 3)])
    assert len({one.step for one in few}) == 5
    assert {one.step for one in every} == {step for step, _ in options}
    assert sum(one.prior for one in every) == pytest.approx(1)
