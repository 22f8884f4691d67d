"""Each sign of a collapse on a curve that has it, and none on one that learns."""

import polars as pl
import pytest

from rl_hooks.collapse import HELD_OUT, signs
from rl_hooks.trl_training import CURVE

LEARNS = {
    HELD_OUT: [0.4, 0.5, 0.6, 0.62],
    "reward": [0.3, 0.4, 0.5, 0.55],
    "reward/correct": [0.3, 0.4, 0.5, 0.55],
    "frac_reward_zero_std": [0.1, 0.1, 0.2, 0.2],
    "entropy": [0.5, 0.4, 0.3, 0.25],
    "completions/clipped_ratio": [0.1, 0.0, 0.0, 0.0],
    "loss": [0.1, 0.0, 0.1, 0.0],
}


def _curve(**changed: list[float]) -> pl.DataFrame:
    values = LEARNS | {name.replace("__", "/"): value for name, value in changed.items()}
    rows = [(step, name, value) for name, line in values.items() for step, value in enumerate(line)]
    return pl.DataFrame(rows, schema=CURVE, orient="row")


def test_a_run_that_learns_has_no_sign() -> None:
    assert signs(_curve()) == []


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"held_out__accuracy": [0.4, 0.6, 0.3, 0.1]}, "falling"),
        ({"frac_reward_zero_std": [0.1, 0.5, 0.9, 0.97]}, "no signal"),
        ({"entropy": [0.5, 0.3, 0.1, 0.01]}, "no variety"),
        ({"completions__clipped_ratio": [0.1, 0.3, 0.6, 0.9]}, "cut off"),
        ({"loss": [0.1, float("nan"), float("nan"), float("nan")]}, "not a number"),
    ],
)
def test_each_sign_is_seen_alone(changed: dict[str, list[float]], name: str) -> None:
    assert [one.name for one in signs(_curve(**changed))] == [name]


def test_a_fall_within_the_noise_of_the_measurement_is_none() -> None:
    assert signs(_curve(held_out__accuracy=[0.4, 0.6, 0.58, 0.55])) == []


@pytest.mark.parametrize(
    ("accuracy", "rows", "seen"),
    [
        ([0.833, 0.797, 0.813, 0.763], 300, True),  # 2.1 standard errors below the start
        ([0.833, 0.797, 0.813, 0.783], 300, False),
        ([0.833, 0.797, 0.813, 0.783], 800, True),  # the same fall, measured on more rows
        ([0.4, 0.65, 0.6, 0.54], 300, False),  # 2.8 below the best of several, which is too high by chance
        ([0.4, 0.65, 0.6, 0.52], 300, True),
    ],
)
def test_a_fall_is_seen_where_chance_does_not_explain_it(accuracy: list[float], rows: int, seen: bool) -> None:
    curve = _curve(held_out__accuracy=accuracy, held_out__rows=[rows] * len(accuracy))
    assert [one.name for one in signs(curve)] == ["falling"] * seen


def test_a_task_that_is_solved_is_no_collapse() -> None:
    solved = _curve(
        reward__correct=[0.5, 0.9, 0.99, 1.0],
        frac_reward_zero_std=[0.1, 0.8, 0.95, 0.99],
        entropy=[0.5, 0.1, 0.01, 0.01],
    )
    assert signs(solved) == []
