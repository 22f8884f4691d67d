"""Schedules: unbiased by enumeration, their yield by simulation; priors and plans by what they were made from."""

import itertools

import numpy as np
import pytest

from bigmath.errors import SettingError
from bigmath.scoring.adaptive import Adaptive, AdaptiveSettings, adaptive, band_schedule, half_of, rate_schedule
from bigmath.scoring.prior import PIECES, Prior, bands_of, fit_prior
from bigmath.scoring.sampling import Tally
from bigmath.scoring.schedule import Schedule, fixed_yield

TINY = Schedule(
    2, 2, (np.array([True, True, False]), np.array([False, True, True, True, False]), np.zeros(7, dtype=np.bool_))
)
"""Stops after two successes; after four rollouts at none or at four; else after six."""


def spread(zero: float, one: float) -> Prior:
    """Two atoms, the rest uniform."""
    return Prior((zero, *([(1 - zero - one) / PIECES] * PIECES), one))


SMALL = AdaptiveSettings("rate", as_good_as=16, cap=32, first=4, step=1)


def follow(schedule: Schedule, outcomes: tuple[int, ...]) -> tuple[int, int]:
    n = schedule.first
    while more := schedule.more(sum(outcomes[:n]), n):
        n += more
    return sum(outcomes[:n]), n


@pytest.mark.parametrize("rate", [0.0, 0.07, 0.5, 0.9, 1.0])
def test_the_rate_of_a_schedule_is_unbiased_over_every_sequence_of_outcomes(rate: float) -> None:
    mean = naive = 0.0
    for outcomes in itertools.product((0, 1), repeat=6):
        chance = rate ** sum(outcomes) * (1 - rate) ** (6 - sum(outcomes))
        correct, n = follow(TINY, outcomes)
        mean += chance * TINY.rate(correct, n)
        naive += chance * correct / n
    assert mean == pytest.approx(rate)
    if rate in (0.5, 0.9):
        assert abs(naive - rate) > 0.01  # what the plain rate would have given


def test_what_is_asked_at_once_is_what_no_outcome_can_make_needless() -> None:
    always = Schedule(
        1, 1, (np.ones(2, bool), np.ones(3, bool), np.array([False, True, True, False]), np.zeros(5, bool))
    )
    assert always.more(0, 1) == 2
    assert always.more(1, 3) == 1
    assert always.more(0, 3) == 0
    assert TINY.more(2, 2) == 0
    assert TINY.more(1, 3) == 0  # not at the end of a round


@pytest.mark.parametrize("goal", ["rate", "band"])
def test_the_yield_of_a_schedule_is_what_simulation_gives(goal: str) -> None:
    prior = spread(0.3, 0.2)
    bands = None
    if goal == "rate":
        schedule = rate_schedule(prior, SMALL)
    else:
        schedule, bands = band_schedule(prior, AdaptiveSettings("band", 16, 32, 4, 4))
    said = schedule.over(prior, bands)
    rng = np.random.default_rng(7)
    rates = rng.choice(prior.rates, size=8_000, p=prior.mass)
    error, samples, misplaced = [], [], []
    for rate in rates:
        correct, n = follow(schedule, tuple(rng.random(32) < rate))
        error.append((schedule.rate(correct, n) - rate) ** 2)
        samples.append(n)
        if bands is not None:
            misplaced.append(bands[(n - 4) // 4][correct] != bands_of(rate))
    assert np.mean(samples) == pytest.approx(said.samples, rel=0.03)
    assert np.mean(error) == pytest.approx(said.error, rel=0.08)
    if bands is not None:
        assert np.mean(misplaced) == pytest.approx(said.misplaced, abs=0.012)


def test_a_schedule_meets_the_error_of_the_fixed_plan_with_fewer_rollouts() -> None:
    prior = spread(0.3, 0.2)
    fixed = fixed_yield(16, prior)
    assert fixed.error == pytest.approx(prior.variance / 16)
    found = rate_schedule(prior, SMALL).over(prior)
    assert found.error <= fixed.error
    assert found.samples < 0.9 * fixed.samples
    schedule, bands = band_schedule(prior, AdaptiveSettings("band", 16, 32, 4, 4))
    placed = schedule.over(prior, bands)
    assert placed.misplaced <= fixed.misplaced
    assert placed.samples < 0.75 * fixed.samples


def test_a_prior_finds_the_atoms_that_made_the_outcomes() -> None:
    rng = np.random.default_rng(3)
    true = spread(0.35, 0.25)
    rates = rng.choice(true.rates, size=3_000, p=true.mass)
    found = fit_prior(rng.binomial(16, rates), np.full(3_000, 16))
    assert sum(found.weights) == pytest.approx(1)
    assert found.weights[0] + found.weights[1] == pytest.approx(0.37, abs=0.04)
    assert found.weights[-1] + found.weights[-2] == pytest.approx(0.27, abs=0.04)
    assert found.variance == pytest.approx(true.variance, rel=0.08)


def test_each_half_follows_what_the_other_half_showed() -> None:
    plan = Adaptive(AdaptiveSettings("rate", 8, 16, 4, 1))
    easy = {f"a{i:x}0": Tally(4, 4, 4) for i in range(30)}  # even hash: always solved
    mixed = {f"a{i:x}1": Tally(4, 4, i % 5) for i in range(30)}  # odd
    plan.settle(easy | mixed)
    assert half_of("a0") == 0
    assert plan.priors[1].variance < 0.1 < plan.priors[0].variance
    again = Adaptive(plan.settings, plan.priors)
    assert again.more("f0", Tally(4, 4, 2)) == plan.more("f0", Tally(4, 4, 2)) > 0
    assert plan.more("f0", Tally(4, 3, 2)) == 0  # a rollout could not be graded


def test_bands_are_fifths_with_their_lower_ends() -> None:
    assert bands_of([0, 0.199, 0.2, 0.4, 0.6, 0.79, 0.8, 1]).tolist() == [5, 5, 4, 3, 2, 2, 1, 1]


def test_settings_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(SettingError, match="accepted: rate, band"):
        adaptive("speed")
    with pytest.raises(SettingError, match="as_good_as <= cap"):
        adaptive("rate", as_good_as=64, cap=32)
