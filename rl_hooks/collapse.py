"""Signs in a training curve that learning has stopped or broken down: what a person would look for in the plots.

falling       held-out accuracy ends below where it began, or below the best on the way, by more than chance explains
no signal     most groups have replies that are all right or all wrong, so they give no gradient
no variety    the entropy of the policy has fallen to a small part of what it was
cut off       most replies run into their limit
not a number  a loss or reward is none
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import polars as pl

HELD_OUT = "held_out/accuracy"
HELD_OUT_ROWS = "held_out/rows"
"""How many rows are behind each accuracy."""


@dataclass(frozen=True)
class CollapseSettings:
    """From when on something is reported."""

    errors: float = 2.0
    """Held-out accuracy at the end below that at the start by more than this many standard errors of the difference."""
    best_errors: float = 3.0
    """The same below the best on the way: the highest of some ten measurements lies above its own truth by chance."""
    measured: int = 300
    """Rows behind each accuracy, for the standard error, where the curve does not say."""
    zero_variance: float = 0.9
    """Share of groups without variance over the last quarter; harmless once nearly all is right."""
    solved: float = 0.95
    """Mean reward from which groups without variance are a success."""
    entropy: float = 0.1
    """Entropy over the last quarter as a share of that over the first."""
    cut: float = 0.5
    """Share of replies that ran into their limit over the last quarter."""


@dataclass(frozen=True)
class Sign:
    """One finding."""

    name: str
    said: str


def signs(curve: pl.DataFrame, settings: CollapseSettings | None = None) -> list[Sign]:
    """What is wrong with a run, from its `CURVE`; empty where nothing is."""
    asked = settings or CollapseSettings()
    return [*_broken(curve), *_falling(curve, asked), *_flat(curve, asked)]


def _broken(curve: pl.DataFrame) -> list[Sign]:
    watched = curve.filter(pl.col("name").is_in(["loss", "reward", "grad_norm"]))
    bad = watched.filter(~pl.col("value").is_finite()).sort("step")
    if not bad.height:
        return []
    return [Sign("not a number", f"{bad['name'][0]} is {bad['value'][0]} at step {bad['step'][0]}")]


def _falling(curve: pl.DataFrame, asked: CollapseSettings) -> list[Sign]:
    measured = curve.filter(name=HELD_OUT).sort("step")
    if not measured.height:
        return []
    steps, values = measured["step"].to_list(), measured["value"].to_list()
    rows = int((_values(curve, HELD_OUT_ROWS) or [asked.measured])[-1])
    best = max(range(len(values)), key=values.__getitem__)
    for place, errors in ((0, asked.errors), (best, asked.best_errors)):
        before, last = values[place], values[-1]
        # as if other rows were asked each time; they are the same, so the true error is smaller
        error = math.sqrt((before * (1 - before) + last * (1 - last)) / rows)
        if before - last > errors * error:
            said = f"held-out accuracy {last:.3f} at the end, {before:.3f} at step {steps[place]}"
            return [Sign("falling", f"{said}: {(before - last) / max(error, 1e-9):.1f} standard errors")]
    return []


def _flat(curve: pl.DataFrame, asked: CollapseSettings) -> list[Sign]:
    found = []
    zero, reward = _last(_values(curve, "frac_reward_zero_std")), _last(_values(curve, "reward/correct"))
    if zero is not None and zero > asked.zero_variance and (reward is None or reward < asked.solved):
        of = "" if reward is None else f", {reward:.3f} of the replies are right"
        found.append(Sign("no signal", f"{zero:.0%} of the groups have no variance{of}"))
    entropy = _values(curve, "entropy")
    # a policy that has solved its task is rightly sure of itself
    if len(entropy) >= 4 and (reward is None or reward < asked.solved):
        first, last = fmean(entropy[: len(entropy) // 4]), _last(entropy) or 0.0
        if first > 0 and last < asked.entropy * first:
            found.append(Sign("no variety", f"entropy {last:.4f} at the end, {first:.4f} at the start"))
    cut = _last(_values(curve, "completions/clipped_ratio"))
    if cut is not None and cut > asked.cut:
        found.append(Sign("cut off", f"{cut:.0%} of the replies run into their limit"))
    return found


def _values(curve: pl.DataFrame, name: str) -> list[float]:
    return curve.filter(pl.col("name") == name, pl.col("value").is_finite()).sort("step")["value"].to_list()


def _last(values: Sequence[float]) -> float | None:
    """The mean over the last quarter."""
    return fmean(values[-max(1, len(values) // 4) :]) if values else None
