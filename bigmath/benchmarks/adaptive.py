"""Adaptive sampling beside 64 rollouts of every problem, on known solve rates: rollouts at equal error.

Two mixes of problems: Big-Math's difficulty bands (28.6, 12.2, 10.3, 12.4 and 36.5 %, easiest first) with rates uniform
inside each, and the same with 60 % of the two outer bands exactly at 1 and at 0. Problems are drawn, their first
rollouts simulated, and the plan is made from those as in a run; what its schedules then yield over the true mix is
computed exactly. A whole run is simulated as well, which must agree and show no bias.

- rates: rollouts at the mean squared error of the fixed plan, beside the oracle's, who knows every rate and allocates
  in proportion to its standard deviation (Neyman 1934).
- bands: rollouts at the fixed plan's share of problems put into a wrong band.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from bigmath.benchmarks.report import Result
from bigmath.scoring.adaptive import Adaptive, adaptive, band_schedule, half_of
from bigmath.scoring.prior import PIECES, Prior
from bigmath.scoring.sampling import Tally
from bigmath.scoring.schedule import Yield, fixed_yield

SHARES = (0.286, 0.122, 0.103, 0.124, 0.365)
"""Of Big-Math's bands, easiest first (arXiv 2502.17387)."""
FIXED = 64
"""Its rollouts of each problem."""
OF_ORACLE = 0.6
"""Floor: least share of the oracle's saving."""
BAND_SHARE = 0.55
"""Floor: most rollouts for bands on the second mix, as a share of the fixed plan's."""


def mix(at_ends: float) -> Prior:
    """Big-Math's bands with this share of the outer two exactly at 1 and at 0."""
    weights = np.zeros(PIECES + 2)
    for place, share in enumerate(SHARES):
        outer = place in (0, len(SHARES) - 1)
        first = PIECES - 3 - 4 * place  # a band is four pieces of the histogram
        weights[first : first + 4] = share * (1 - at_ends * outer) / 4
    weights[-1], weights[0] = SHARES[0] * at_ends, SHARES[-1] * at_ends
    return Prior(tuple(weights / weights.sum()))


def run(say: Callable[[str], None] = lambda line: None, rows: int = 4_000) -> Result:
    """Both goals on both mixes, with plans made from `rows` problems."""
    figures: dict[str, Any] = {"problems": rows, "fixed": FIXED}
    holds: dict[str, bool] = {}
    for name, at_ends in (("uniform", 0.0), ("at_ends", 0.6)):
        true = mix(at_ends)
        chance = np.random.default_rng(1)
        rates = chance.choice(true.rates, size=rows, p=true.mass)
        say(f"mix {name}: solve rates")
        rate = _rates(true, rates, chance)
        say(f"mix {name}: difficulty bands")
        band = _bands(true, rates, chance)
        figures[name] = {**rate, **band}
        holds[f"{name}: at least {OF_ORACLE:.0%} of the oracle's saving"] = rate["of_oracle_saving"] >= OF_ORACLE
        holds[f"{name}: simulation agrees, no bias"] = (
            abs(rate["bias"]) <= 3 * rate["bias_error"]
            and abs(rate["simulated_samples"] / rate["samples"] - 1) <= 0.03
            and abs(rate["simulated_mse"] / rate["mse"] - 1) <= 0.1
        )
        if at_ends:
            holds[f"{name}: bands with at most {BAND_SHARE:.0%} of the rollouts"] = band["band_share"] <= BAND_SHARE
    return Result("adaptive", figures, holds)


def _rates(true: Prior, rates: np.ndarray[Any, Any], chance: np.random.Generator) -> dict[str, float]:
    plan, contents, outcomes = _settled("rate", rates, chance)
    made = [plan.schedule(half).over(true) for half in (0, 1)]
    samples, mse = _mean(made, "samples"), _mean(made, "error")
    deviations = np.sqrt(true.rates * (1 - true.rates))
    oracle = float(true.mass @ deviations) ** 2 / true.variance
    share = samples * mse / true.variance  # a fixed plan has this error with variance / mse rollouts
    counts, errors = [], []
    for content, row, rate in zip(contents, outcomes, rates, strict=True):
        n = plan.first
        while more := plan.more(content, Tally(n, n, int(row[:n].sum()))):
            n += more
        counts.append(n)
        errors.append(plan.rate(content, int(row[:n].sum()), n) - rate)
    return {
        "samples": round(samples, 2),
        "mse": mse,
        "fixed_mse": fixed_yield(FIXED, true).error,
        "rate_share": round(share, 4),
        "oracle_share": round(oracle, 4),
        "of_oracle_saving": round((1 - share) / (1 - oracle), 3),
        "simulated_samples": round(float(np.mean(counts)), 2),
        "simulated_mse": float(np.mean(np.square(errors))),
        "bias": float(np.mean(errors)),
        "bias_error": float(np.std(errors) / np.sqrt(len(errors))),
    }


def _bands(true: Prior, rates: np.ndarray[Any, Any], chance: np.random.Generator) -> dict[str, float]:
    plan, _, _ = _settled("band", rates, chance)
    fixed = fixed_yield(FIXED, true).misplaced
    points = []
    for as_good_as in (40, 52, 64, 76, 88):
        settings = adaptive("band", as_good_as=as_good_as, cap=2 * FIXED)
        made = [schedule.over(true, bands) for schedule, bands in (band_schedule(one, settings) for one in plan.priors)]
        points.append((_mean(made, "misplaced"), _mean(made, "samples")))
    points.sort()
    samples = float(np.interp(fixed, [one for one, _ in points], [one for _, one in points]))
    asked = [plan.schedule(half).over(true, plan.bands(half)) for half in (0, 1)]
    return {
        "fixed_misplaced": round(fixed, 4),
        "band_samples": round(_mean(asked, "samples"), 2),
        "band_misplaced": round(_mean(asked, "misplaced"), 4),
        "band_share": round(samples / FIXED, 4),
    }


def _settled(
    goal: str, rates: np.ndarray[Any, Any], chance: np.random.Generator
) -> tuple[Adaptive, list[str], np.ndarray[Any, Any]]:
    """A plan made from simulated first rollouts, with every problem's outcomes up to its cap."""
    plan = Adaptive(adaptive(goal, as_good_as=FIXED))
    contents = [hashlib.sha256(str(place).encode()).hexdigest() for place in range(len(rates))]
    outcomes = chance.random((len(rates), plan.most)) < rates[:, None]
    first = plan.first
    tallies = {
        content: Tally(first, first, int(row[:first].sum())) for content, row in zip(contents, outcomes, strict=True)
    }
    plan.settle(tallies)
    assert {half_of(content) for content in contents} == {0, 1}
    return plan, contents, outcomes


def _mean(made: list[Yield], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in made]))
