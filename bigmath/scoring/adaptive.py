"""Adaptive sampling: rollouts where they tell most, until the set's error is that of a stated fixed number.

Every problem gets `first` rollouts. From their outcomes a prior is fitted, and from the prior a schedule is computed
whose expected error is that of `as_good_as` rollouts for every problem; then each problem follows its schedule alone.
The problems are divided in two halves by their hash and each follows the schedule that the other half's outcomes gave,
so no outcome chooses its own stopping rule, and the rate of `Schedule.rate` stays unbiased.

Two goals:
- `rate`: the mean squared error of solve rates. A problem ends after T(m) rollouts, m the lesser of its successes and
  failures, T(m) = a + b m^g up to the cap: the variance of a rate is p (1 - p) / n, so problems at 0 and 1 need least.
  Shape and size are those that cost least over the prior.
- `band`: the share of problems put into a wrong difficulty band. A problem goes on while what another round is expected
  to take off its chance of being misplaced is worth its rollouts (value of information, by backward induction over all
  later rounds); it is put into its likeliest band.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import binom

from bigmath.errors import SettingError
from bigmath.scoring.prior import BANDS, Prior, bands_of, fit_prior
from bigmath.scoring.sampling import Tally
from bigmath.scoring.schedule import Flags, Schedule, fixed_yield

Goal = Literal["rate", "band"]
Bands = tuple[npt.NDArray[np.int64], ...]


@dataclass(frozen=True)
class AdaptiveSettings:
    """What an adaptive plan aims at."""

    goal: Goal = "rate"
    as_good_as: int = 64
    """Rollouts of a fixed plan whose error is to be met; Big-Math used 64."""
    cap: int = 128
    """Most rollouts of one problem."""
    first: int = 16
    """Rollouts of every problem before anything is known."""
    step: int = 1
    """How finely a schedule may stop; what is asked for at once is as much as it cannot stop before."""

    def __post_init__(self) -> None:
        if self.goal not in ("rate", "band"):
            raise SettingError(f"goal {self.goal!r}; accepted: rate, band")
        if not 1 <= self.first <= self.as_good_as <= self.cap or self.step < 1:
            raise SettingError(
                f"first {self.first}, as_good_as {self.as_good_as}, cap {self.cap}, step {self.step}; "
                "accepted: 1 <= first <= as_good_as <= cap, step >= 1"
            )


def adaptive(goal: str, *, as_good_as: int = 64, cap: int | None = None) -> AdaptiveSettings:
    """The settings for a goal. Without a cap, twice `as_good_as`: hardly a schedule wants more.

    For bands the first look is short, since most problems at 0 and 1 are placed by it, and rounds are of four: the
    induction over all later rounds costs memory and time with each. For rates no schedule ended before 16.
    """
    first, step = (8, 4) if goal == "band" else (16, 1)
    cap = cap or 2 * as_good_as
    # a goal that is none is refused there
    return AdaptiveSettings(goal, as_good_as, cap, min(first, as_good_as), step)  # type: ignore[arg-type]


def rate_schedule(prior: Prior, settings: AdaptiveSettings) -> Schedule:
    """The cheapest schedule of the form T(m) that meets the error of the fixed plan over the prior."""
    target = fixed_yield(settings.as_good_as, prior).error

    def schedule(shape: npt.NDArray[np.float64]) -> Schedule:
        start, slope, power = np.clip(shape, [0.0, 0.0, 0.1], [np.inf, np.inf, 1.5])
        return _schedule(settings, lambda m: start + slope * m**power)

    def cost(shape: npt.NDArray[np.float64]) -> float:
        """Samples times error, which for a larger schedule of the same shape stays about the same; held near the
        target."""
        found = schedule(shape).over(prior)
        return float(np.log(found.samples * found.error) + 5 * np.log(found.error / target) ** 2)

    best, least = None, np.inf
    for start in (0.25, 0.5):
        first = np.array([start * settings.as_good_as, 0.15 * settings.as_good_as, 0.55])
        simplex = np.stack([first, first * [1.4, 1, 1], first * [1, 1.5, 1], first * [1, 1, 1.25]])
        options = {"initial_simplex": simplex, "maxiter": 50, "fatol": 1e-5}
        found = minimize(cost, first, method="Nelder-Mead", options=options)
        if found.fun < least:
            best, least = found.x, found.fun
    assert best is not None  # the cost is finite: every schedule takes samples and errs
    low, high = 0.5, 3.0
    while high - low > 0.005:
        size = (low + high) / 2
        enough = schedule(best * [size, size, 1]).over(prior).error <= target
        low, high = (low, size) if enough else (size, high)
    return schedule(best * [high, high, 1])


def band_schedule(prior: Prior, settings: AdaptiveSettings) -> tuple[Schedule, Bands]:
    """The cheapest schedule that misplaces no more problems than the fixed plan over the prior, and its bands."""
    target = fixed_yield(settings.as_good_as, prior).misplaced
    posteriors = [prior.posterior(n) for n in _ends(settings)]
    low, high = np.log(1e-6), np.log(1e-1)  # price of a rollout, in misplaced problems
    best = _by_value(prior, posteriors, settings, float(np.exp(low)))
    for _ in range(12):
        middle = (low + high) / 2
        tried = _by_value(prior, posteriors, settings, float(np.exp(middle)))
        if tried[0].over(prior, tried[1]).misplaced <= target:
            low, best = middle, tried
        else:
            high = middle
    return best


def _by_value(
    prior: Prior, posteriors: list[npt.NDArray[np.float64]], settings: AdaptiveSettings, price: float
) -> tuple[Schedule, Bands]:
    """Backward induction: at each state the lesser of stopping, at the chance of being misplaced, and of going on."""
    is_band = (bands_of(prior.rates)[:, None] == np.arange(1, BANDS + 1)).astype(np.float64)
    outcomes = binom.pmf(np.arange(settings.step + 1)[:, None], settings.step, prior.rates[None, :])
    flags: list[Flags] = []
    bands = []
    later: npt.NDArray[np.float64] | None = None
    for posterior in reversed(posteriors):
        chances = posterior @ is_band
        loss = 1.0 - chances.max(axis=1)
        bands.append(chances.argmax(axis=1) + 1)
        if later is None:
            goes, later = np.zeros(len(loss), dtype=np.bool_), loss
        else:
            ahead = np.stack([later[hits : hits + len(loss)] for hits in range(settings.step + 1)], axis=1)
            on = price * settings.step + ((posterior @ outcomes.T) * ahead).sum(axis=1)
            goes, later = on < loss, np.minimum(on, loss)
        flags.append(goes)
    return Schedule(settings.first, settings.step, tuple(reversed(flags))), tuple(reversed(bands))


def _ends(settings: AdaptiveSettings) -> range:
    return range(settings.first, settings.cap + 1, settings.step)


def _schedule(settings: AdaptiveSettings, ends_at: Any) -> Schedule:
    """Goes on while n is below `ends_at(m)`; the last round never does."""
    flags = []
    for n in _ends(settings):
        correct = np.arange(n + 1)
        flags.append(n < ends_at(np.minimum(correct, n - correct)))
    flags[-1] = np.zeros_like(flags[-1])
    return Schedule(settings.first, settings.step, tuple(flags))


@dataclass
class Adaptive:
    """A plan for `bigmath.scoring.sampling.sample`; after `settle` its priors say all there is to say of it."""

    settings: AdaptiveSettings
    priors: tuple[Prior, ...] = ()
    """For statements of even and of odd hash."""
    adaptive: bool = True
    _schedules: tuple[tuple[Schedule, Bands | None], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.priors:
            self._schedules = tuple(_made(prior, self.settings) for prior in self.priors)

    @property
    def first(self) -> int:
        return self.settings.first

    @property
    def most(self) -> int:
        return self.settings.cap

    def settle(self, tallies: Mapping[str, Tally]) -> None:
        halves: tuple[list[Tally], list[Tally]] = ([], [])
        for content, tally in tallies.items():
            if tally.graded:
                halves[1 - half_of(content)].append(tally)  # what one half showed steers the other
        self.priors = tuple(
            fit_prior([one.correct for one in half], [one.graded for one in half])
            if half
            else fit_prior(np.zeros(0, np.int64), np.zeros(0, np.int64))
            for half in halves
        )
        self._schedules = tuple(_made(prior, self.settings) for prior in self.priors)

    def more(self, content: str, tally: Tally) -> int:
        """A statement with a rollout that could not be graded has left its schedule, and ends."""
        if tally.graded < tally.n or not self._schedules:
            return 0
        return self._schedules[half_of(content)][0].more(tally.correct, tally.n)

    def schedule(self, half: int) -> Schedule:
        """What statements of this half follow; after `settle`."""
        return self._schedules[half][0]

    def bands(self, half: int) -> Bands | None:
        """The bands that go with it, where they are the goal."""
        return self._schedules[half][1]

    def rate(self, content: str, correct: int, n: int) -> float:
        """The unbiased solve rate of a statement whose schedule ended with `correct` of `n`."""
        return self._schedules[half_of(content)][0].rate(correct, n) if self._schedules else correct / n

    def band(self, content: str, correct: int, n: int) -> int:
        """Its difficulty band: the likeliest one where that is the goal, else that of the unbiased rate."""
        if self._schedules:
            schedule, bands = self._schedules[half_of(content)]
            k, rest = divmod(n - schedule.first, schedule.step)
            if bands is not None and not rest and 0 <= k < len(bands):
                return int(bands[k][correct])
        return int(bands_of(self.rate(content, correct, n)))


def half_of(content: str) -> int:
    """0 or 1, from the hash of a statement."""
    return int(content[-1], 16) & 1


def _made(prior: Prior, settings: AdaptiveSettings) -> tuple[Schedule, Bands | None]:
    if settings.goal == "rate":
        return rate_schedule(prior, settings), None
    return band_schedule(prior, settings)
