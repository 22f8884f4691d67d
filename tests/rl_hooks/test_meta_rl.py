"""The optima of RL² and E-RL² on hidden-goal tasks: by hand, by brute force, and as the end of the exact ascent."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from rl_hooks.meta_rl import Outcome, Task, _slopes, ascend, hidden_goal, optimum


def test_two_hidden_arms_by_hand() -> None:
    task = hidden_goal(3, 2, Fraction(4, 5))
    assert optimum(task, "rl2") == Outcome(final=0.8, total=1.6)
    assert optimum(task, "e_rl2") == Outcome(final=1.0, total=1.5)


def test_without_a_tempting_arm_both_objectives_look_for_the_goal() -> None:
    task = hidden_goal(3, 2, Fraction(1, 10))
    assert optimum(task, "rl2") == optimum(task, "e_rl2") == Outcome(final=1.0, total=1.5)


@pytest.mark.parametrize("objective", ["rl2", "e_rl2"])
def test_no_deterministic_policy_is_better(objective: str) -> None:
    task = Task(((Fraction(1, 2), Fraction(1, 3)), (Fraction(1), Fraction(0)), (Fraction(0), Fraction(3, 4))), 2)
    best = Fraction(0)
    for first, after_miss, after_pay in product(range(3), repeat=3):
        total, final = Fraction(0), Fraction(0)
        for goal in range(2):
            pays = task.chances[first][goal]
            last = pays * task.chances[after_pay][goal] + (1 - pays) * task.chances[after_miss][goal]
            total, final = total + (pays + last) / 2, final + last / 2
        best = max(best, total if objective == "rl2" else final)
    found = optimum(task, objective)  # type: ignore[arg-type]
    assert (found.total if objective == "rl2" else found.final) == pytest.approx(float(best))


def test_the_gradient_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    task = hidden_goal(3, 2, Fraction(4, 5))
    chances = np.array([[float(one) for one in row] for row in task.chances])
    tables = [rng.normal(size=(1, 3)), rng.normal(size=(6, 3))]

    def value() -> float:
        def soft(table: np.ndarray) -> np.ndarray:
            weights = np.exp(table)
            return np.asarray(weights / weights.sum(axis=1, keepdims=True))

        found = 0.0
        for goal, first, paid, second in product(range(2), range(3), range(2), range(3)):
            chance = chances[first, goal] if paid else 1 - chances[first, goal]
            reach = 0.5 * soft(tables[0])[0, first] * chance * soft(tables[1])[first * 2 + paid, second]
            found += reach * (paid + chances[second, goal])
        return found

    for table, slope in zip(tables, _slopes(tables, chances, "rl2"), strict=True):
        for place in np.ndindex(table.shape):
            table[place] += 1e-5
            up = value()
            table[place] -= 2e-5
            down = value()
            table[place] += 1e-5
            assert slope[place] == pytest.approx((up - down) / 2e-5, abs=1e-7)


def test_the_ascent_arrives_where_each_objective_points() -> None:
    task = hidden_goal(3, 2, Fraction(4, 5))
    rl2, e_rl2 = ascend(task, "rl2", steps=1_000), ascend(task, "e_rl2", steps=1_000)
    assert (rl2.final, rl2.total) == (pytest.approx(0.8, abs=1e-3), pytest.approx(1.6, abs=1e-3))
    assert (e_rl2.final, e_rl2.total) == (pytest.approx(1.0, abs=1e-3), pytest.approx(1.5, abs=1e-3))


def test_a_task_that_hides_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        hidden_goal(2, 2, Fraction(1, 2))
