"""What training must show: fine-tuning and then GRPO learn to add on a CPU, and a run that breaks down is reported.

The tables come from the assets that Dagster materializes; `make` runs them into a warehouse.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from bigmath import plots
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.outputs import Output
from bigmath.plots import Plot
from bigmath.store import Warehouse
from rl_hooks.collapse import HELD_OUT, signs
from rl_hooks.evaluation import best_at, figure_2, table_1

MINUTES = 10.0
"""Ceiling for everything, on two cores."""
BROKEN_RATE = 1e-2
"""A learning rate that breaks the policy within a few steps, for the report of a collapse."""

Say = Callable[[str], None]
Make = Callable[[Path, dict[str, Any], tuple[str, ...]], dict[str, Output]]
"""(warehouse, settings of the assets' resource, tables) to the outputs of the task `sums`."""

LEARNING = ("training_rows", "sft_model", "rl_model")
MEASURED = ("prm_rows", "prm_model", "evaluation_samples", "evaluation")
PARTS = ("learning", "collapse")


@dataclass(frozen=True)
class Rate:
    """A share with its interval."""

    rate: float
    low: float
    high: float

    def shown(self) -> str:
        return f"{self.rate:.3f} ({self.low:.3f} to {self.high:.3f})"


def run(make: Make, part: str | None, figures: Path | None, say: Say = lambda line: None) -> Result:
    """Both parts, or one of learning, collapse; `figures` is a folder for the curves.

    Raises:
        SettingError: there is no such part.
    """
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r}; there are: {', '.join(PARTS)}")
    found: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        root = Path(scratch)
        made = make(root, {}, (*LEARNING, *MEASURED) if part != "collapse" else LEARNING[:2])
        if part != "collapse":
            _learning(Warehouse.open(root), made, figures, found, holds)
            minutes = (time.monotonic() - began) / 60
            found["minutes"] = round(minutes, 2)
            holds[f"fine-tuning, GRPO, PRM and evaluation take less than {MINUTES:g} minutes"] = minutes < MINUTES
        if part != "learning":
            say(f"GRPO at a learning rate of {BROKEN_RATE:g}, which breaks it")
            broken = make(root, {"rl_rate": BROKEN_RATE, "rl_steps": 20}, LEARNING)
            seen = signs(Warehouse.open(root).scan(broken["rl_model"]).collect())
            found["broken run"] = "; ".join(f"{one.name}: {one.said}" for one in seen)
            holds["a run that breaks down is reported as falling"] = any(one.name == "falling" for one in seen)
    return Result("train", found, holds)


def _learning(
    warehouse: Warehouse, made: dict[str, Output], figures: Path | None, found: dict[str, Any], holds: dict[str, bool]
) -> None:
    sft, rl, prm = (warehouse.scan(made[name]).collect() for name in ("sft_model", "rl_model", "prm_model"))
    evaluation = warehouse.scan(made["evaluation"]).collect()
    rows = warehouse.scan(made["training_rows"]).collect()
    start = _curve(sft)[0][1]
    found["trained on, held out"] = f"{rows.filter(split='train').height:,}, {rows.filter(split='held_out').height:,}"
    found["before training, greedy"] = round(start, 4)
    rates = {
        (name, metric): _rate(evaluation, name, metric)
        for name in ("sft_model", "rl_model")
        for metric in ("greedy", "pass")
    }
    for (name, metric), rate in rates.items():
        found[f"{name}, {'greedy' if metric == 'greedy' else 'sampled (pass@1)'}"] = rate.shown()
    before, after = rates["sft_model", "pass"], rates["rl_model", "pass"]
    greedy_before, greedy_after = rates["sft_model", "greedy"], rates["rl_model", "greedy"]
    holds["fine-tuning learns: greedy accuracy from below 0.05 to an interval above 0.4"] = (
        start < 0.05 and greedy_before.low > 0.4
    )
    holds["GRPO learns: sampled accuracy rises, the intervals apart"] = after.low > before.high
    holds["GRPO learns: greedy accuracy rises, the intervals apart"] = greedy_after.low > greedy_before.high
    seen = signs(rl)
    found["signs of a collapse"] = "; ".join(f"{one.name}: {one.said}" for one in seen) or "none seen"
    holds["no sign of a collapse in the run that learns"] = not seen
    mae = prm.filter(name="mae").sort("step")["value"]
    of_mean = float(prm.filter(name="mae_of_the_mean")["value"][0])
    found["PRM: mean absolute error, of always saying the mean"] = f"{mae[-1]:.3f}, {of_mean:.3f}"
    holds["the PRM is nearer than the mean"] = float(mae[-1]) < of_mean
    best = {k: _rate(evaluation, "sft_model", "best_of", k) for k in (1, 8)}
    for name, metric in (("best of 8 by the PRM", "best_of"), ("majority of 8", "maj"), ("any of 8 right", "pass")):
        found[f"sft_model, {name}"] = _rate(evaluation, "sft_model", metric, 8).shown()
    holds["best-of-8 by the PRM beats one sample, the intervals apart"] = best[8].low > best[1].high
    found |= _what_the_prm_sees(warehouse.scan(made["evaluation_samples"]).filter(pl.col("model") == "sft_model"))
    for row in table_1(evaluation).iter_rows(named=True):
        rounded = {name: round(rate, 3) for name, rate in row.items() if isinstance(rate, float)}
        found[f"Table 1, {row['model']}"] = rounded
    by_level = evaluation.filter(pl.col("level").is_not_null(), metric="greedy")
    for (name,), group in by_level.group_by("model", maintain_order=True):
        greedy = {f"{level:g} digits": round(rate, 3) for level, rate in group.select("level", "rate").iter_rows()}
        found[f"greedy by level, {name}"] = greedy
    if figures is not None:
        plots.save(_plots(sft, rl), figures / "training.svg")
        plots.save([figure_2(evaluation, "sums: held-out accuracy by samples")], figures / "evaluation.svg")


def _what_the_prm_sees(samples: pl.LazyFrame) -> dict[str, str]:
    """Its mean value of right and wrong replies with and without work, and best-of-8 by work alone: what it knows
    beyond that work was shown."""
    drawn = samples.filter(pl.col("place") >= 0).with_columns(work=pl.col("reply").str.contains("=")).collect()
    found = {}
    for work, said in ((True, "work shown"), (False, "the box alone")):
        values = [drawn.filter(work=work, correct=right)["value"].to_list() for right in (True, False)]
        means = [f"{fmean(one):.3f}" if one else "none" for one in values]
        found[f"PRM's mean value with {said}: right, wrong"] = ", ".join(means)
    chances = [
        best_at(group.height, group["work"].cast(pl.Float64).to_list(), group["correct"].to_list())
        for _, group in drawn.group_by("problem_id", maintain_order=True)
    ]
    return {**found, "sft_model, best of 8 by whether work is shown": f"{fmean(chances):.3f}"}


def _rate(evaluation: pl.DataFrame, model: str, metric: str, k: int = 1) -> Rate:
    row = evaluation.filter(pl.col("level").is_null(), model=model, metric=metric, k=k).row(0, named=True)
    return Rate(row["rate"], row["low"], row["high"])


def _curve(curve: pl.DataFrame, name: str = HELD_OUT) -> list[tuple[float, float]]:
    rows = curve.filter(name=name).sort("step")
    return list(zip(map(float, rows["step"]), rows["value"], strict=True))


def _plots(sft: pl.DataFrame, rl: pl.DataFrame) -> list[Plot]:
    return [
        Plot("Fine-tuning", "steps", "share", {"held out, greedy": _curve(sft), "loss": _curve(sft, "loss")}),
        Plot(
            "GRPO", "steps", "share",
            {
                "held out, greedy": _curve(rl),
                "reward (sampled)": _curve(rl, "reward"),
                "groups without variance": _curve(rl, "frac_reward_zero_std"),
                "entropy": _curve(rl, "entropy"),
            },
        ),
        Plot("GRPO", "steps", "tokens of a reply", {"mean": _curve(rl, "completions/mean_length")}),
    ]  # fmt: skip
