"""pass@k and maj@k against brute force over every subset; intervals against their definition."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath import equivalent
from bigmath.scoring.statistics import majority_at, pass_at, powers_up_to, same_answers, wilson


@pytest.mark.parametrize("n", [1, 4, 7])
def test_pass_at_k_is_the_share_of_subsets_with_a_correct_rollout(n: int) -> None:
    for correct, k in itertools.product(range(n + 1), range(1, n + 1)):
        subsets = list(itertools.combinations([True] * correct + [False] * (n - correct), k))
        assert pass_at(k, correct, n) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def brute_majority(k: int, votes: list[int], correct: int | None, n: int) -> Fraction:
    """Every subset of k rollouts, the ties shared out."""
    rollouts: list[int | None] = [place for place, size in enumerate(votes) for _ in range(size)]
    rollouts += [None] * (n - len(rollouts))
    total = Fraction(0)
    subsets = list(itertools.combinations(rollouts, k))
    for subset in subsets:
        counts = Counter(vote for vote in subset if vote is not None)
        best = max(counts.values(), default=0)
        winners = [vote for vote, count in counts.items() if count == best]
        total += Fraction(correct in winners, len(winners)) if winners else 0
    return total / len(subsets)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=0, max_size=5), st.integers(0, 3), st.data())
def test_majority_at_k_is_the_share_over_all_subsets(votes: list[int], silent: int, data: st.DataObject) -> None:
    n = sum(votes) + silent
    if n == 0 or n > 11:
        return
    correct = data.draw(st.one_of(st.none(), st.integers(0, len(votes) - 1))) if votes else None
    k = data.draw(st.integers(1, n))
    assert majority_at(k, votes, correct, n) == pytest.approx(float(brute_majority(k, votes, correct, n)))


def test_majority_of_all_rollouts_is_the_plain_majority() -> None:
    assert majority_at(64, [20, 19, 10], 0, 64) == 1.0
    assert majority_at(64, [20, 20, 10], 0, 64) == 0.5
    assert majority_at(64, [19, 20, 10], 0, 64) == 0.0
    assert majority_at(4, [], None, 4) == 0.0


def test_majority_at_one_is_the_solve_rate_and_at_many_answers_is_quick() -> None:
    assert majority_at(1, [16] + [1] * 40, 0, 64) == pytest.approx(16 / 64)
    assert majority_at(32, [16] + [1] * 40, 0, 64) > 0.9


@pytest.mark.parametrize("k", [0, 5])
def test_k_outside_the_rollouts_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=r"needs 1 <= k <= n"):
        pass_at(k, 1, 4)
    with pytest.raises(ValueError, match=r"needs 1 <= k <= n"):
        majority_at(k, [1], 0, 4)


@given(st.integers(1, 200), st.data())
def test_wilson_solves_its_own_equation(n: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, n))
    low, high = wilson(correct, n)
    assert 0.0 <= low <= correct / n <= high <= 1.0
    for end in (low, high):
        if 0.0 < end < 1.0:
            assert abs(correct / n - end) == pytest.approx(1.959963984540054 * math.sqrt(end * (1 - end) / n), rel=1e-6)


def test_nothing_is_known_without_rollouts() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert powers_up_to(0) == []
    assert powers_up_to(6) == [1, 2, 4, 6]


def test_answers_are_grouped_by_mathematics_not_by_spelling() -> None:
    answers = ["7", r"\frac12", "0.5", "7.0", "1/2", "x"]
    assert same_answers(answers, equivalent) == [[1, 2, 4], [0, 3], [5]]
