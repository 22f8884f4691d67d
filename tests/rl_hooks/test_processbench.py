"""ProcessBench without a model: folds, thresholds, baselines and training rows."""

from typing import Any

import pytest

from rl_hooks.bench_processbench import across_folds
from rl_hooks.processbench import (
    Case,
    baselines,
    folds_of,
    interval,
    places_by_other_fold,
    prm_row,
    scores_of_places,
)


def cases(count: int = 60) -> list[Case]:
    """One right and two wrong ones of each three, two solutions of each problem."""
    return [Case(f"c{place}", f"p{place // 2}", ("a", "b", "c"), place % 3 - 1) for place in range(count)]


def test_solutions_of_a_problem_share_a_fold() -> None:
    folds = folds_of(cases(), 5)
    assert folds[::2] == folds[1::2]
    assert set(folds) == set(range(5))


def test_a_case_is_never_measured_by_what_saw_its_problem() -> None:
    given = cases()
    problems: list[set[str]] = []

    def train(places: list[int]) -> Any:
        seen = {given[one].problem for one in places}
        problems.append(seen)

        def values(asked: list[int]) -> list[list[float]]:
            assert not seen & {given[one].problem for one in asked}
            return [[0.1 if place == given[one].first_wrong else 0.9 for place in range(3)] for one in asked]

        return values

    found = across_folds(given, train, lambda line: None)
    assert len(problems) == 5
    assert scores_of_places(given, found)["f1"] == 1.0


def test_the_threshold_of_a_half_comes_from_the_other() -> None:
    given = cases()
    halves = folds_of(given, 2)
    # the halves have other scales: each half's own threshold would be right everywhere
    values = [
        [(0.2 if place == case.first_wrong else 0.4) + half * 0.5 for place in range(3)]
        for case, half in zip(given, halves, strict=True)
    ]
    found = places_by_other_fold(given, values)
    assert {place for place, half in zip(found, halves, strict=True) if half == 1} == {-1}
    assert {place for place, half in zip(found, halves, strict=True) if half == 0} == {0}


def test_baselines_are_the_expectations_of_guessing() -> None:
    found = baselines(cases())
    assert found["always -1"] == {"accuracy_on_wrong": 0.0, "accuracy_on_right": 1.0, "f1": 0.0}
    assert found["random step"]["f1"] == pytest.approx(0.25)  # three steps or none
    coin = found["coin and place"]
    # half of the wrong ones begin at the commonest place: 2q(1-q)/2 / (q + (1-q)/2) is largest at q = sqrt(2) - 1
    assert coin["accuracy_on_right"] == pytest.approx(2**0.5 - 1, abs=0.01)
    assert coin["f1"] == pytest.approx(0.343, abs=0.001)


def test_the_interval_holds_f1_and_narrows_with_cases() -> None:
    def width(count: int) -> float:
        given = cases(count)
        named = [one.first_wrong if place % 2 else 7 for place, one in enumerate(given)]
        low, high = interval(given, named, resamples=200)
        assert low < scores_of_places(given, named)["f1"] < high
        return high - low

    assert width(600) < width(60)


def test_a_training_row_ends_at_the_first_wrong_step() -> None:
    row = prm_row(Case("c", "p", ("a", "b", "c"), 1))
    assert (row.steps, row.c, row.verdict) == (("a", "b"), (1, 1, 0), "WRONG")
    right = prm_row(Case("c", "p", ("a", "b", "c"), -1))
    assert (right.steps, right.c, right.verdict) == (("a", "b", "c"), (1, 1, 1, 1), "CORRECT")
