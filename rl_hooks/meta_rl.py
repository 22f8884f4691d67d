"""What RL² (Eq. 13) and E-RL² (Eq. 14 of arXiv 2501.04682) each make optimal, worked out exactly on hidden-goal tasks.

A task hides one of several goals. Each of the K episodes of a context is one choice of an arm, which pays 1 with a
chance that depends on the goal; what earlier episodes paid is seen. RL² maximises the sum of all episodes' rewards,
E-RL² the last one's. Where a safe arm tempts, RL² takes it every time; E-RL² gives up reward early to learn the goal.

`optimum` is dynamic programming over beliefs in fractions. `ascend` climbs the exact gradient of a softmax policy over
histories, no sampling: what a learner that computes its objective without noise arrives at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

import numpy as np

Objective = Literal["rl2", "e_rl2"]
Belief = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """`chances[arm][goal]`: how likely an arm pays under a goal; goals are equally likely at first."""

    chances: tuple[tuple[Fraction, ...], ...]
    episodes: int

    @property
    def goals(self) -> int:
        """How many goals there may be."""
        return len(self.chances[0])

    @property
    def prior(self) -> Belief:
        """Every goal equally likely."""
        return (Fraction(1, self.goals),) * self.goals


def hidden_goal(arms: int, episodes: int, safe: Fraction) -> Task:
    """One safe arm that pays with chance `safe`, and arms - 1 others of which one, the goal, always pays.

    Raises:
        ValueError: fewer than three arms hide nothing, no episode, or a chance outside 0 to 1.
    """
    if arms < 3 or episodes < 1 or not 0 <= safe <= 1:
        raise ValueError(f"{arms} arms, {episodes} episodes, safe {safe}: at least 3, at least 1 and 0 to 1 are needed")
    hidden = arms - 1
    others = tuple(tuple(Fraction(int(goal == arm)) for goal in range(hidden)) for arm in range(hidden))
    return Task(((safe,) * hidden, *others), episodes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Expected rewards of a policy; `total` is the sum over all episodes."""

    final: float
    total: float


def optimum(task: Task, objective: Objective) -> Outcome:
    """What the best policy for the objective earns. Of several best ones that of the largest total."""

    @cache
    def best(episode: int, belief: Belief) -> tuple[Fraction, Fraction, Fraction]:
        """Objective, total and final from here on."""
        if episode == task.episodes:
            return Fraction(0), Fraction(0), Fraction(0)
        last = episode == task.episodes - 1
        found = []
        for arm in range(len(task.chances)):
            pays = sum((task.chances[arm][goal] * belief[goal] for goal in range(task.goals)), Fraction(0))
            value = pays if objective == "rl2" or last else Fraction(0)
            total, final = pays, pays if last else Fraction(0)
            for paid, chance in ((True, pays), (False, 1 - pays)):
                if chance:
                    after = best(episode + 1, _update(task, belief, arm, paid=paid))
                    value, total, final = (
                        value + chance * after[0], total + chance * after[1], final + chance * after[2],
                    )  # fmt: skip
            found.append((value, total, final))
        return max(found)

    _, total, final = best(0, task.prior)
    return Outcome(float(final), float(total))


def _update(task: Task, belief: Belief, arm: int, *, paid: bool) -> Belief:
    """The belief after an arm paid or did not."""
    weights = [
        chance * (task.chances[arm][goal] if paid else 1 - task.chances[arm][goal])
        for goal, chance in enumerate(belief)
    ]
    whole = sum(weights, Fraction(0))
    return tuple(weight / whole for weight in weights)


def ascend(task: Task, objective: Objective, *, steps: int = 4_000, rate: float = 8.0) -> Outcome:
    """Gradient ascent from the uniform policy on the exact objective.

    The gradient at a history h of reach probability P(h) is P(h) pi(a|h) (Q(h,a) - V(h)); `rate` is the step along it.
    """
    arms, chances = len(task.chances), np.array([[float(one) for one in row] for row in task.chances])
    tables = [np.zeros(((2 * arms) ** episode, arms)) for episode in range(task.episodes)]
    for _ in range(steps):
        for table, slope in zip(tables, _slopes(tables, chances, objective), strict=True):
            np.add(table, rate * slope, out=table)
    reached = _reach(tables, chances)
    paid = [
        float(np.einsum("gh,ha,ag->", reach, _softmax(table), chances))
        for reach, table in zip(reached, tables, strict=True)
    ]
    return Outcome(paid[-1], sum(paid))


def _softmax(table: np.ndarray) -> np.ndarray:
    weights = np.exp(table - table.max(axis=1, keepdims=True))
    softened: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return softened


def _reach(tables: Sequence[np.ndarray], chances: np.ndarray) -> list[np.ndarray]:
    """For each episode P(goal, history): rows are goals, columns histories; history h then arm a and outcome o becomes
    history (h * arms + a) * 2 + o."""
    goals = chances.shape[1]
    reached = [np.full((goals, 1), 1.0 / goals)]
    outcomes = np.stack([1.0 - chances, chances])  # outcome, arm, goal
    for table in tables[:-1]:
        following = np.einsum("gh,ha,oag->ghao", reached[-1], _softmax(table), outcomes)
        reached.append(following.reshape(goals, -1))
    return reached


def _slopes(tables: Sequence[np.ndarray], chances: np.ndarray, objective: Objective) -> list[np.ndarray]:
    """The gradient of the objective in each table's entries, by one pass forwards and one back."""
    reached, outcomes = _reach(tables, chances), np.stack([1.0 - chances, chances])
    slopes: list[np.ndarray] = []
    after: np.ndarray | None = None  # what follows a history, for each goal
    for episode in reversed(range(len(tables))):
        policy = _softmax(tables[episode])
        counted = objective == "rl2" or episode == len(tables) - 1
        worth = np.repeat(chances.T[:, None, :] * counted, policy.shape[0], axis=1)  # goal, history, arm
        if after is not None:
            following = after.reshape(after.shape[0], policy.shape[0], policy.shape[1], 2)
            worth = worth + np.einsum("ghao,oag->gha", following, outcomes)
        value = np.einsum("ha,gha->gh", policy, worth)
        mean = np.einsum("gh,gh->h", reached[episode], value)[:, None]
        gain = np.einsum("gh,gha->ha", reached[episode], worth) - mean
        slopes.append(policy * gain)
        after = value
    return slopes[::-1]
