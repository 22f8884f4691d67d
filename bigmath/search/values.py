"""Values of states: Monte-Carlo rollouts (Eq. 11), exact where a puzzle knows it, and the controls noisy, random,
constant."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bigmath.search.protocol import Ask, Environment, Estimate, Policy, State
from bigmath.verifier.policy import Verdict

WILSON_Z = 1.96
"""Of a 95 % interval."""


@dataclass
class MonteCarlo:
    """Eq. 11: the share of K rollouts of the policy from the state that verify. The equation as printed has both an
    expectation and a mean; this is the mean, an estimate of the expectation. Cached by prefix: a state asked about
    again costs nothing and gives the same value."""

    policy: Policy
    environment: Environment
    rollouts: int = 16
    """K. The paper: 128 for values, 16 for PRM labels."""
    seed: int = 0
    cache: dict[tuple[str, tuple[str, ...]], Estimate] = field(default_factory=dict)

    @property
    def tokens_each(self) -> int:
        return self.rollouts * self.policy.rollout_tokens

    def settings(self) -> Mapping[str, Any]:
        return {"value": "monte_carlo", "rollouts": self.rollouts, "seed": self.seed, **self.policy.settings()}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        keys = [(state.question.problem_id, state.steps) for state in states]
        asked: dict[tuple[str, tuple[str, ...]], State] = {}
        for key, state in zip(keys, states, strict=True):
            if key not in self.cache and key not in asked:
                asked[key] = state
        new = set(asked)
        for key, estimate in zip(asked, self._measure(list(asked.values())), strict=True):
            self.cache[key] = estimate
        estimates = []
        for key in keys:
            known = self.cache[key]
            # paid for once: a second ask, in this batch or a later one, is free
            estimates.append(known if key in new else Estimate(known.value, known.n, known.c, 0))
            new.discard(key)
        return estimates

    def _measure(self, states: Sequence[State]) -> list[Estimate]:
        finals = [state for state in states if self.environment.is_final(state)]
        open_ = [state for state in states if not self.environment.is_final(state)]
        asks = [Ask(state, self.rollouts, seed_of(self.seed, state)) for state in open_]
        measured: dict[tuple[str, tuple[str, ...]], Estimate] = {}
        for state, rollouts in zip(open_, self.policy.complete(asks), strict=True):
            right = sum(self.environment.judge(one.state) is Verdict.CORRECT for one in rollouts)
            tokens = sum(one.tokens for one in rollouts)
            measured[state.question.problem_id, state.steps] = Estimate(
                right / self.rollouts, self.rollouts, right, tokens
            )
        for state in finals:
            right = int(self.environment.judge(state) is Verdict.CORRECT)
            measured[state.question.problem_id, state.steps] = Estimate(
                float(right), self.rollouts, right * self.rollouts
            )
        return [measured[state.question.problem_id, state.steps] for state in states]


@dataclass(frozen=True)
class Exact:
    """A value known by calculation; `of` maps a state to 0..1."""

    of: Callable[[State], float]
    name: str = "exact"
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {"value": self.name}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [Estimate(self.of(state)) for state in states]


@dataclass(frozen=True)
class Noisy:
    """Another value plus a normal error of standard deviation `sigma`, cut to 0..1; the same error for the same
    state."""

    value: Exact
    sigma: float
    seed: int = 0
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {**self.value.settings(), "sigma": self.sigma, "seed": self.seed}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [
            Estimate(min(1.0, max(0.0, one.value + self.sigma * _normal(self.seed, state))))
            for one, state in zip(self.value.estimate(states), states, strict=True)
        ]


@dataclass(frozen=True)
class Random:
    """Uniform in 0..1 and says nothing; the same for the same state."""

    seed: int = 0
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {"value": "random", "seed": self.seed}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [Estimate(seed_of(self.seed, state) / 2**48) for state in states]


@dataclass(frozen=True)
class Constant:
    """The same for all."""

    value: float = 0.5
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {"value": "constant", "constant": self.value}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [Estimate(self.value) for _ in states]


def wilson(n: int, c: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of which c of n were right."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = c / n, WILSON_Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = WILSON_Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def seed_of(seed: int, state: State) -> int:
    """48 bits that depend on the seed, the question and the steps alone."""
    digest = hashlib.sha256(str(seed).encode())
    for part in (state.question.problem_id, *state.steps):
        digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest.digest()[:6])


def _normal(seed: int, state: State) -> float:
    """A standard normal number by the Box-Muller transform of the state's hash."""
    bits = seed_of(seed, state)
    first, second = (bits >> 24) + 1, bits & 0xFFFFFF
    return math.sqrt(-2 * math.log(first / 2**24)) * math.cos(2 * math.pi * second / 2**24)
