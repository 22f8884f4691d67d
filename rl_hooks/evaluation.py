"""How good a trained model is on held-out rows: greedy, pass@k, maj@k and best-of-N with a PRM, by source and level.

    pass@k, maj@k    unbiased over the n samples of a row (bigmath.scoring.statistics)
    best-of-k        the reply of the highest value among k drawn without replacement; exact, not sampled; ties shared
                     evenly. With the verdict as the value it is pass@k, with a constant it is the mean.

The tables have the shapes of the paper's Fig. 2 (accuracy by training step and k) and Table 1 (policies by budget).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from bigmath.plots import Plot
from bigmath.scoring.statistics import Z95, majority_at, pass_at, powers_up_to, same_answers, wilson
from bigmath.verifier.judge import equivalent
from rl_hooks import language_model
from rl_hooks.reward import Reward

SAMPLES = pl.Schema(
    {
        "model": pl.String(),
        "problem_id": pl.String(),
        "source": pl.String(),
        "level": pl.Float64(),
        "place": pl.Int64(),
        "reply": pl.String(),
        "tokens": pl.Int64(),
        "ended": pl.Boolean(),
        "answer": pl.String(),
        "correct": pl.Boolean(),
        "value": pl.Float64(),
    }
)
"""One reply to a held-out row; `place` is -1 for the greedy one; `correct` is null where it was not judged; `value` is
the PRM's, null without one."""

EVALUATION = pl.Schema(
    {
        "model": pl.String(),
        "source": pl.String(),
        "level": pl.Float64(),
        "metric": pl.String(),
        "k": pl.Int64(),
        "rate": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "problems": pl.Int64(),
        "tokens": pl.Float64(),
    }
)
"""A rate over held-out problems with its 95 % interval (Wilson's for greedy, normal over problems else); a null level
is all levels. `tokens` is the mean number spent on a problem."""

Values = Callable[[Sequence[tuple[str, str]]], list[float]]
"""The value of each (prompt, reply)."""


def sample_rows(
    name: str, folder: Path, rows: pl.DataFrame, *, n: int, temperature: float, tokens: int, seed: int,
    values: Values | None = None,
) -> pl.DataFrame:  # fmt: skip
    """`SAMPLES` of the model of a folder: one greedy and n sampled replies to each row."""
    model, tokenizer = language_model.load(folder)
    prompts = [language_model.as_text(prompt, tokenizer) for prompt in rows["prompt"]]
    greedy = language_model.sample(model, tokenizer, prompts, limit=tokens)
    drawn = language_model.sample(model, tokenizer, prompts, n=n, temperature=temperature, limit=tokens, seed=seed)
    found: list[dict[str, Any]] = []
    for row, first, more in zip(rows.iter_rows(named=True), greedy, drawn, strict=True):
        about = {key: row[key] for key in ("problem_id", "source", "level")}
        for place, reply in enumerate([*first, *more], start=-1):
            found.append(
                {
                    "model": name, **about, "place": place, "reply": reply.text, "tokens": reply.tokens,
                    "ended": reply.ended, "prompt": row["prompt"], "gold": row["answer"],
                }
            )  # fmt: skip
    scores = Reward()(
        [one["gold"] for one in found],
        [one["reply"] for one in found],
        truncated=[not one["ended"] for one in found],
    )
    worth = values([(one["prompt"], one["reply"]) for one in found]) if values else [None] * len(found)
    for one, score, value in zip(found, scores, worth, strict=True):
        one |= {"answer": score.extracted, "correct": None if score.correct is None else score.correct == 1.0}
        one["value"] = value
    return pl.DataFrame([{key: one[key] for key in SAMPLES} for one in found], schema=SAMPLES)


def best_at(k: int, values: Sequence[float], right: Sequence[bool]) -> float:
    """Chance that the reply of the highest value among k, drawn without replacement from the n, is right.

    Of replies with the same highest value each is chosen with the same chance.

    Raises:
        ValueError: k is not between 1 and n, or the lists differ in length.
    """
    n = len(values)
    if not 1 <= k <= n or len(right) != n:
        raise ValueError(f"best of {k} among {n} values and {len(right)} verdicts: needs 1 <= k <= n of both")
    chance, below = 0.0, 0
    for value in sorted(set(values)):
        tied = [good for one, good in zip(values, right, strict=True) if one == value]
        # the best of the k is of this value: all k lie in this or lower values, not all of them lower
        ways = math.comb(below + len(tied), k) - math.comb(below, k)
        chance += ways / math.comb(n, k) * sum(tied) / len(tied)
        below += len(tied)
    return chance


def evaluate(samples: pl.DataFrame) -> pl.DataFrame:
    """`EVALUATION` of `SAMPLES`: by model and source over all levels, and by each level."""
    found = []
    for (name, source), group in samples.group_by("model", "source", maintain_order=True):
        levels = sorted(group["level"].drop_nulls().unique())
        for level in [None, *levels]:
            rows = group if level is None else group.filter(level=level)
            found += [{"model": name, "source": source, "level": level, **measured} for measured in _measured(rows)]
    return pl.DataFrame(found, schema=EVALUATION)


def _measured(rows: pl.DataFrame) -> Iterable[dict[str, Any]]:
    greedy = rows.filter(pl.col("place") < 0, pl.col("correct").is_not_null())
    right = int(greedy["correct"].sum())
    low, high = wilson(right, greedy.height)
    if greedy.height:
        yield {
            "metric": "greedy", "k": 1, "rate": right / greedy.height, "low": low, "high": high,
            "problems": greedy.height, "tokens": fmean(greedy["tokens"]),
        }  # fmt: skip
    drawn = rows.filter(pl.col("place") >= 0, pl.col("correct").is_not_null())
    problems = [group for _, group in drawn.group_by("problem_id", maintain_order=True)]
    if not problems:
        return
    tokens = fmean(drawn["tokens"])
    for k in powers_up_to(min(group.height for group in problems)):
        rates = {"pass": [pass_at(k, int(group["correct"].sum()), group.height) for group in problems]}
        rates["maj"] = [_majority(k, group) for group in problems]
        if drawn["value"].null_count() == 0:
            rates["best_of"] = [best_at(k, group["value"].to_list(), group["correct"].to_list()) for group in problems]
        for metric, each in rates.items():
            yield {"metric": metric, "k": k, "problems": len(each), "tokens": k * tokens, **_interval(each)}


def _majority(k: int, group: pl.DataFrame) -> float:
    right = int(group["correct"].sum())
    wrong = group.filter(~pl.col("correct"), pl.col("answer").is_not_null())["answer"].to_list()
    votes = [len(places) for places in same_answers(wrong, equivalent)] + ([right] if right else [])
    return majority_at(k, votes, len(votes) - 1 if right else None, group.height)


def _interval(rates: Sequence[float]) -> dict[str, float]:
    mean, n = fmean(rates), len(rates)
    spread = math.sqrt(sum((rate - mean) ** 2 for rate in rates) / max(1, n - 1) / n)
    return {"rate": mean, "low": max(0.0, mean - Z95 * spread), "high": min(1.0, mean + Z95 * spread)}


def table_1(evaluation: pl.DataFrame) -> pl.DataFrame:
    """Models as rows, metric and budget as columns, over all levels: the shape of the paper's Table 1."""
    rows = evaluation.filter(pl.col("level").is_null()).with_columns(
        column=pl.when(pl.col("metric") == "greedy").then(pl.lit("greedy")).otherwise(pl.format("{}@{}", "metric", "k"))
    )
    return rows.pivot("column", index=["model", "source"], values="rate", maintain_order=True)


def figure_2(evaluation: pl.DataFrame, title: str) -> Plot:
    """Accuracy by the number of samples k, a line for each model and metric: the shape of the paper's Fig. 2."""
    rows = evaluation.filter(pl.col("level").is_null(), pl.col("metric") != "greedy")
    lines = {
        f"{model} {metric}@k": sorted(zip(map(float, group["k"]), group["rate"], strict=True))
        for (model, metric), group in rows.group_by("model", "metric", maintain_order=True)
    }
    return Plot(title, "samples a problem (k)", "share of held-out problems", lines, log_x=True)
