"""Countdown and Game of 24: join two numbers at a time until one is left, which should be the target.

Differences are never negative and Countdown divides only without remainder. Neither rule loses a solution of Game of
24: a negative intermediate result can always be written the other way round, its sign moved on to the next step.
`value` of a state is exact in two senses: `solvable` (1 if best play reaches the target) and `chance` (probability
that a given policy does), which is what Eq. 11 estimates.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from bigmath.search.protocol import Ask, Proposal, Question, Rollout, State
from bigmath.search.puzzles.judge import judge
from bigmath.search.puzzles.judge import read_question as _read
from bigmath.verifier.policy import Verdict

Numbers = tuple[Fraction, ...]
"""What is left, in ascending order."""

TOKENS_A_STEP = 5
"""A step `a + b = c` counts as five tokens, its words, whatever the tokenizer."""


@dataclass(frozen=True)
class Rules:
    """Which results are allowed."""

    name: str
    whole: bool
    """Only whole numbers from 0 up."""


COUNTDOWN = Rules("countdown", whole=True)
GAME24 = Rules("game24", whole=False)


def question(problem_id: str, numbers: Sequence[int], target: int) -> Question:
    """The question in words."""
    listed = " ".join(map(str, numbers))
    return Question(problem_id, f"Use the numbers {listed} once each to make {target}.", str(target))


@lru_cache(maxsize=1 << 18)
def moves(rules: Rules, numbers: Numbers) -> tuple[tuple[str, Numbers], ...]:
    """Every different step from here and what it leaves, in a fixed order."""
    found: dict[str, Numbers] = {}
    for i, a in enumerate(numbers):
        for j in range(i + 1, len(numbers)):
            b = numbers[j]
            rest = numbers[:i] + numbers[i + 1 : j] + numbers[j + 1 :]
            for left, sign, right, result in _results(rules, b, a):
                found[f"{left} {sign} {right} = {result}"] = tuple(sorted((*rest, result)))
    return tuple(found.items())


def _results(rules: Rules, large: Fraction, small: Fraction) -> list[tuple[Fraction, str, Fraction, Fraction]]:
    results = [
        (large, "+", small, large + small),
        (large, "-", small, large - small),
        (large, "*", small, large * small),
    ]
    for over, under in ((large, small), (small, large)):
        if under and (not rules.whole or (over / under).denominator == 1):
            results.append((over, "/", under, over / under))
        if large == small:
            break
    return results


@lru_cache(maxsize=1 << 20)
def solvable(rules: Rules, numbers: Numbers, target: int) -> bool:
    """Whether some way of joining the numbers leaves the target."""
    if len(numbers) == 1:
        return numbers[0] == target
    return any(solvable(rules, left, target) for _, left in moves(rules, numbers))


@lru_cache(maxsize=1 << 20)
def chance(rules: Rules, numbers: Numbers, target: int, skill: float) -> float:
    """Probability that `Solver(skill)` reaches the target from here: the exact value of Eq. 11."""
    if len(numbers) == 1:
        return float(numbers[0] == target)
    weights = step_weights(rules, numbers, target, skill)
    return sum(
        weight * chance(rules, left, target, skill)
        for weight, (_, left) in zip(weights, moves(rules, numbers), strict=True)
        if weight
    )


def step_weights(rules: Rules, numbers: Numbers, target: int, skill: float) -> list[float]:
    """The probability of each of `moves`: with chance `skill` one that keeps the puzzle solvable, if there is one; else
    any."""
    options = moves(rules, numbers)
    if not options:
        return []
    good = [solvable(rules, left, target) for _, left in options] if skill else [False] * len(options)
    if not any(good):
        return [1 / len(options)] * len(options)
    return [(1 - skill) / len(options) + skill * one / sum(good) for one in good]


@dataclass(frozen=True)
class Arithmetic:
    """The environment of both puzzles."""

    rules: Rules

    @property
    def name(self) -> str:
        return self.rules.name

    def left(self, state: State) -> Numbers | None:
        """The numbers left, or None after a step that is not allowed."""
        return _left(self.rules, state.question.text, state.steps)

    def target(self, state: State) -> int:
        return _start(state.question.text)[1]

    def describe(self, state: State) -> str:
        left = self.left(state)
        if left is None:
            return "no such step"
        return f"{self.target(state)} from {' '.join(map(str, left))}"

    def is_final(self, state: State) -> bool:
        left = self.left(state)
        return left is None or len(left) == 1 or not moves(self.rules, left)

    def judge(self, state: State) -> Verdict:
        return judge(state.question.text, state.steps, whole=self.rules.whole)

    def answer(self, state: State) -> str | None:
        left = self.left(state)
        return str(left[0]) if left is not None and len(left) == 1 else None

    def solvable(self, state: State) -> float:
        """1 if the target can still be reached, else 0."""
        left = self.left(state)
        return float(left is not None and solvable(self.rules, left, self.target(state)))

    def chance(self, state: State, skill: float) -> float:
        """Exact probability that `Solver(skill)` solves it from here."""
        left = self.left(state)
        return 0.0 if left is None else chance(self.rules, left, self.target(state), skill)


@lru_cache(maxsize=1 << 16)
def _start(text: str) -> tuple[Numbers, int]:
    numbers, target = _read(text) or ([], 0)
    return tuple(sorted(numbers)), int(target)


@lru_cache(maxsize=1 << 20)
def _left(rules: Rules, text: str, steps: tuple[str, ...]) -> Numbers | None:
    if not steps:
        return _start(text)[0]
    before = _left(rules, text, steps[:-1])
    return None if before is None else dict(moves(rules, before)).get(steps[-1])


@dataclass(frozen=True)
class Solver:
    """A policy with exactly known probabilities: see `step_weights`. `skill` 0 draws evenly from all allowed steps.

    Candidates of one state are drawn without replacement; a rollout draws one step after another."""

    environment: Arithmetic
    skill: float = 0.0
    step_tokens: int = TOKENS_A_STEP
    rollout_tokens: int = TOKENS_A_STEP * 8

    def settings(self) -> dict[str, Any]:
        return {"policy": "solver", "skill": self.skill}

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        return [self._candidates(ask) for ask in asks]

    def complete(self, asks: Sequence[Ask]) -> list[list[Rollout]]:
        return [self._rollouts(ask) for ask in asks]

    def _candidates(self, ask: Ask) -> list[Proposal]:
        left = self.environment.left(ask.state)
        if left is None or ask.count < 1:
            return []
        options = moves(self.environment.rules, left)
        weights = step_weights(self.environment.rules, left, self.environment.target(ask.state), self.skill)
        chosen = _without_replacement(weights, ask.count, random.Random(ask.seed))
        return [Proposal(options[one][0], weights[one], TOKENS_A_STEP) for one in chosen]

    def _rollouts(self, ask: Ask) -> list[Rollout]:
        dice = random.Random(ask.seed)
        found = []
        for _ in range(ask.count):
            state, tokens = ask.state, 0
            left = self.environment.left(state)
            while left is not None and len(left) > 1 and (options := moves(self.environment.rules, left)):
                weights = step_weights(self.environment.rules, left, self.environment.target(state), self.skill)
                step, left = dice.choices(options, weights)[0]
                state = State(state.question, (*state.steps, step))
                tokens += TOKENS_A_STEP
            found.append(Rollout(state, tokens))
        return found


def _without_replacement(weights: Sequence[float], count: int, dice: random.Random) -> list[int]:
    """Places drawn one after another in proportion to their weights (Efraimidis and Spirakis: the largest u^(1/w))."""
    keyed = [(dice.random() ** (1 / weight) if weight > 0 else -1.0, place) for place, weight in enumerate(weights)]
    return [place for key, place in sorted(keyed, key=lambda one: (-one[0], one[1]))[:count] if key >= 0]
