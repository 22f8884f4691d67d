"""A stopping rule that is written down before it is followed, and what it yields: exact, no simulation.

A schedule says for every (rollouts n, correct c) at the end of a round whether another round follows. Because it
depends on nothing else, the rate c / n, which is biased once stopping depends on the outcomes, has an unbiased
counterpart: the share, among all orders of outcomes that lead to (c, n) without stopping earlier, of those that begin
with a correct one (Girshick, Mosteller and Savage 1946). It is counted here along with the rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from bigmath.scoring.prior import Floats, Prior, bands_of

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Yield:
    """What a schedule gives over a prior, in expectation over problems and outcomes."""

    samples: float
    """Rollouts a problem."""
    error: float
    """Mean squared error of the unbiased rate."""
    misplaced: float
    """Share of problems put into another band than their true rate's."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """`goes_on[k][c]`: whether another round follows after `first + k * step` rollouts of which c were correct."""

    first: int
    step: int
    goes_on: tuple[Flags, ...]

    @cached_property
    def ends(self) -> list[int]:
        """Rollouts at the end of each round."""
        return [self.first + k * self.step for k in range(len(self.goes_on))]

    def more(self, correct: int, n: int) -> int:
        """Rollouts that are needed whatever their outcomes, so that they can be asked for at once; 0 ends it."""
        k, rest = divmod(n - self.first, self.step)
        if rest or not 0 <= k < len(self.goes_on):
            return 0
        steps = 0
        while (
            k + steps < len(self.goes_on) and self.goes_on[k + steps][correct : correct + steps * self.step + 1].all()
        ):
            steps += 1
        return steps * self.step

    @cached_property
    def rates(self) -> list[Floats]:
        """The unbiased rate at the end of each round, for every c; NaN where no order of outcomes leads there."""
        n = self.first
        # orders that lead to c, scaled by 2^-n so that they stay finite, and those of them that begin with a success
        orders = binom.pmf(np.arange(n + 1), n, 0.5)
        begun = orders * np.arange(n + 1) / n
        found = []
        draws = binom.pmf(np.arange(self.step + 1), self.step, 0.5)
        for flags in self.goes_on:
            with np.errstate(invalid="ignore"):
                found.append(begun / orders)
            orders = np.convolve(np.where(flags, orders, 0.0), draws)
            begun = np.convolve(np.where(flags, begun, 0.0), draws)
        return found

    def rate(self, correct: int, n: int) -> float:
        """The unbiased rate where the schedule stopped; the plain one where it never would have come."""
        k, rest = divmod(n - self.first, self.step)
        if not rest and 0 <= k < len(self.rates):
            rate = float(self.rates[k][correct])
            if not np.isnan(rate):
                return rate
        return correct / n

    def over(self, prior: Prior, assigned: Sequence[npt.NDArray[np.int64]] | None = None) -> Yield:
        """What the schedule gives over a prior.

        Args:
            assigned: for each round and c the band given to a problem that stops there; by default that of c / n.
        """
        rates, mass, true = prior.rates, prior.mass, bands_of(prior.rates)
        steps = binom.pmf(np.arange(self.step + 1)[:, None], self.step, rates[None, :])
        reach = binom.pmf(np.arange(self.first + 1)[:, None], self.first, rates[None, :])
        samples = error = misplaced = 0.0
        for k, (n, flags) in enumerate(zip(self.ends, self.goes_on, strict=True)):
            stops = reach[~flags]
            band = assigned[k] if assigned is not None else bands_of(np.arange(n + 1) / n)
            samples += n * float((stops @ mass).sum())
            rate = np.nan_to_num(self.rates[k][~flags])
            error += float(((stops * (rate[:, None] - rates) ** 2) @ mass).sum())
            misplaced += float(((stops * (band[~flags][:, None] != true)) @ mass).sum())
            goes = np.where(flags[:, None], reach, 0.0)
            reach = np.zeros((n + self.step + 1, len(rates)))
            for hits in range(self.step + 1):
                reach[hits : hits + n + 1] += goes * steps[hits]
        return Yield(samples, error, misplaced)


def fixed_yield(n: int, prior: Prior) -> Yield:
    """The yield of n rollouts for every problem, its band that of c / n."""
    return Schedule(n, 1, (np.zeros(n + 1, dtype=np.bool_),)).over(prior)
