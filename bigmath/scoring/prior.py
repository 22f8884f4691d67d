"""How solve rates are spread over a set of problems, learnt from a first few rollouts of each.

Solve rates pile up at 0 and at 1 (Big-Math: 36.5 % below 0.2, 28.6 % above 0.8), which no Beta distribution fits, so
the prior is a histogram: 20 uniform pieces and two atoms, exactly 0 and exactly 1, their weights fitted by EM.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

Floats = npt.NDArray[np.float64]

PIECES = 20
POINTS = 6
"""Support points of a uniform piece."""
BANDS = 5


@dataclass(frozen=True)
class Prior:
    """Weights of the atom 0, the pieces [0, 0.05), ..., [0.95, 1), and the atom 1; they sum to 1."""

    weights: tuple[float, ...]

    @cached_property
    def rates(self) -> Floats:
        """Support points, increasing."""
        inside = (np.arange(PIECES * POINTS) + 0.5) / (PIECES * POINTS)
        return np.concatenate([[0.0], inside, [1.0]])

    @cached_property
    def mass(self) -> Floats:
        """Probability of each support point."""
        inside = np.repeat(np.asarray(self.weights[1:-1]) / POINTS, POINTS)
        return np.concatenate([[self.weights[0]], inside, [self.weights[-1]]])

    @property
    def variance(self) -> float:
        """Mean of p (1 - p): what one rollout's outcome varies by, given the problem."""
        return float(self.mass @ (self.rates * (1 - self.rates)))

    def posterior(self, n: int) -> Floats:
        """Row c: probabilities of the support points after c of n rollouts were correct. Shape (n + 1, points)."""
        joint = binom.pmf(np.arange(n + 1)[:, None], n, self.rates[None, :]) * self.mass
        total = joint.sum(axis=1, keepdims=True)
        share: Floats = np.divide(joint, total, out=np.full_like(joint, 1 / joint.shape[1]), where=total > 0)
        return share


UNIFORM = Prior((1 / (PIECES + 2),) * (PIECES + 2))


def fit_prior(correct: npt.ArrayLike, n: npt.ArrayLike, *, rounds: int = 300) -> Prior:
    """The histogram under which outcomes `correct` of `n`, one pair a problem, are most likely.

    Each weight starts with half a problem, so that a small set cannot rule anything out.
    """
    pairs, counts = np.unique(np.stack([np.asarray(correct), np.asarray(n)], axis=1), axis=0, return_counts=True)
    likelihood = binom.pmf(pairs[:, :1], pairs[:, 1:], UNIFORM.rates[None, :])
    pieces = likelihood[:, 1:-1].reshape(len(pairs), PIECES, POINTS).mean(axis=2)
    likelihood = np.concatenate([likelihood[:, :1], pieces, likelihood[:, -1:]], axis=1)
    weights = np.asarray(UNIFORM.weights)
    for _ in range(rounds):
        share = likelihood * weights
        share /= share.sum(axis=1, keepdims=True)
        weights = share.T @ counts + 0.5
        weights /= weights.sum()
    return Prior(tuple(float(weight) for weight in weights))


def bands_of(rates: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Big-Math's difficulty bands by solve rate: 1 for [0.8, 1], 2 for [0.6, 0.8), ..., 5, the hardest, for [0,
    0.2)."""
    fifths = np.floor(np.asarray(rates, dtype=np.float64) * BANDS + 1e-9).astype(np.int64)
    return BANDS - np.minimum(fifths, BANDS - 1)
