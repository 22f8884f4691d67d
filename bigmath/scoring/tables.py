"""The tables `rollouts` and `difficulty`: pure functions of problems, generations and verdicts.

`difficulty` needs nothing but `rollouts`, and `rollouts` keeps every raw text beside its verdict, so both can be made
again, by a better verifier or with a corrected reference, without any model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from bigmath.scoring.adaptive import Adaptive, AdaptiveSettings
from bigmath.scoring.grading import GRADED, Graded
from bigmath.scoring.prior import Prior, bands_of
from bigmath.scoring.statistics import majority_at, pass_at, powers_up_to, same_answers, wilson
from bigmath.verifier.judge import Explanation, equivalent
from bigmath.verifier.many import explain_many
from bigmath.verifier.policy import VERIFIER_VERSION, Verdict
from bigmath.workers import map_rows

ROLLOUTS = pl.Schema(
    {
        "problem_id": pl.String(),
        "source": pl.String(),
        "level": pl.Float64(),
        "model": pl.String(),
        "model_revision": pl.String(),
        "sampling": pl.String(),
        "content": pl.String(),
        "request": pl.String(),
        "sample": pl.Int64(),
        "text": pl.String(),
        "finish_reason": pl.String(),
        "prompt_tokens": pl.Int64(),
        "tokens": pl.Int64(),
        "error": pl.String(),
        "reference": pl.String(),
        "final_answer": pl.String(),
        "verdict": pl.String(),
        "rule": pl.String(),
        "verifier_version": pl.String(),
    }
)
_AT = pl.List(pl.Struct({"k": pl.Int64(), "rate": pl.Float64()}))
DIFFICULTY = pl.Schema(
    {
        "problem_id": pl.String(),
        "source": pl.String(),
        "level": pl.Float64(),
        "model": pl.String(),
        "model_revision": pl.String(),
        "sampling": pl.String(),
        "plan": pl.String(),
        "rollouts": pl.Int64(),
        "n": pl.Int64(),
        "correct": pl.Int64(),
        "solve_rate": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "estimate": pl.Float64(),
        "band": pl.Int64(),
        "pass_at": _AT,
        "majority_at": _AT,
        "agreement": pl.Float64(),
        "other_answer": pl.String(),
        "other_votes": pl.Int64(),
        "label_suspect": pl.Boolean(),
        "truncated": pl.Float64(),
        "unanswered": pl.Float64(),
        "ungraded": pl.Int64(),
        "errors": pl.Int64(),
        "mean_tokens": pl.Float64(),
        "tokens": pl.Int64(),
        "prompt_tokens": pl.Int64(),
        "verifier_version": pl.String(),
    }
)

SUSPECT_VOTES = 4
"""Least rollouts that must give the same other answer before a reference is suspected."""
SUSPECT_SHARE = 0.6
"""And their least share of the graded rollouts: wrong answers scatter, so agreement on one is evidence."""


@dataclass(frozen=True)
class Asked:
    """Who was asked, and how: the same for every row of an output."""

    model: str
    revision: str
    sampling: str
    """`Settings.fingerprint`."""


def readable(references: pl.Series) -> list[str | None]:
    """Each reference, or None where the verifier does not accept it against itself: nothing can be graded with it."""
    pairs = [(text or "", text or "") for text in references]
    told = explain_many(pairs)
    return [pair[0] if one.verdict is Verdict.CORRECT else None for pair, one in zip(pairs, told, strict=True)]


def rollout_rows(
    problems: pl.DataFrame, generations: pl.DataFrame, asked: Asked, known: Mapping[str, Graded]
) -> pl.DataFrame:
    """`ROLLOUTS`: the generations of each problem, graded.

    Args:
        problems: `problem_id`, `source`, `level`, `content`, `reference` (None where unusable), in the order wanted.
        generations: `GENERATIONS` rows to be used.
        known: what was graded already, by request; all else is graded here.
    """
    rows = problems.join(generations, on="content", how="inner", maintain_order="left_right").with_columns(
        pl.lit(asked.model).alias("model"),
        pl.lit(asked.revision).alias("model_revision"),
        pl.lit(asked.sampling).alias("sampling"),
    )
    return graded_rows(rows, known)


def graded_rows(rows: pl.DataFrame, known: Mapping[str, Graded]) -> pl.DataFrame:
    """The rows with the verifier's columns, made anew from `text` and `reference`."""
    asked = rows.with_row_index("place").filter(pl.col("text").is_not_null() & pl.col("reference").is_not_null())
    told: dict[int, Any] = {}
    pairs: list[tuple[str, str]] = []
    places: list[int] = []
    for place, request, reference, text in asked.select("place", "request", "reference", "text").iter_rows():
        before = known.get(request)
        if before is not None and before.explanation is not None:
            told[place] = before.explanation
        else:
            places.append(place)
            pairs.append((reference, text))
    told.update(zip(places, explain_many(pairs), strict=True))
    found = [told.get(place) for place in range(rows.height)]
    return rows.with_columns(
        pl.Series("final_answer", [one and final_answer(one) for one in found], dtype=pl.String),
        pl.Series("verdict", [None if one is None else str(one.verdict) for one in found], dtype=pl.String),
        pl.Series("rule", [one and one.rule for one in found], dtype=pl.String),
        pl.lit(VERIFIER_VERSION).alias("verifier_version"),
    ).select(ROLLOUTS.names())


def final_answer(told: Explanation) -> str | None:
    """The answer a reply gives; one that was read as words as a whole, where no words were asked for, gives none."""
    prose = told.found == "whole" and told.answer_shape == "text" and told.gold_shape != "text"
    return None if prose and told.verdict is not Verdict.CORRECT else told.answer


def plan_about(plan: Any) -> dict[str, Any]:
    """A plan as JSON data, from which `plan_of` makes it again."""
    if isinstance(plan, Adaptive):
        one = plan.settings
        return {
            "kind": "adaptive",
            "settings": {
                "goal": one.goal, "as_good_as": one.as_good_as, "cap": one.cap, "first": one.first, "step": one.step
            },
            "priors": [list(prior.weights) for prior in plan.priors],
        }  # fmt: skip
    return {"kind": "fixed", "n": plan.first}


def plan_of(about: Mapping[str, Any]) -> Adaptive | None:
    """The adaptive plan that `plan_about` described; None for a fixed one."""
    if about["kind"] != "adaptive":
        return None
    return Adaptive(AdaptiveSettings(**about["settings"]), tuple(Prior(tuple(one)) for one in about["priors"]))


def difficulty_rows(rollouts: pl.DataFrame, about: Mapping[str, Any]) -> pl.DataFrame:
    """`DIFFICULTY`: one row a problem, in the order in which the problems appear.

    Args:
        about: the plan, as `plan_about` gives it.
    """
    lists = rollouts.group_by("problem_id", maintain_order=True).agg(
        pl.col("source", "level", "model", "model_revision", "sampling", "content", "verifier_version").first(),
        pl.col("text").is_not_null().alias("texts"),
        pl.col("finish_reason", "prompt_tokens", "tokens", "final_answer", "verdict"),
    )
    return map_rows(_measured, lists, dict(about))


def _measured(lists: pl.DataFrame, about: Mapping[str, Any]) -> pl.DataFrame:
    plan = plan_of(about)
    shown: dict[str, Any] = dict(about)
    if plan is not None:
        shown = {"kind": "adaptive", "goal": plan.settings.goal, "as_good_as": plan.settings.as_good_as}
    text = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode()
    rows = [_measure(row, plan) | {"plan": text} for row in lists.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=DIFFICULTY)


def _measure(row: Mapping[str, Any], plan: Adaptive | None) -> dict[str, Any]:
    """The columns of one problem."""
    verdicts, answers = row["verdict"], row["final_answer"]
    counted = [i for i, verdict in enumerate(verdicts) if verdict in GRADED]
    n = len(counted)
    right = [i for i in counted if verdicts[i] == Verdict.CORRECT]
    correct = len(right)
    wrong = [i for i in counted if verdicts[i] == Verdict.WRONG and answers[i]]
    groups = same_answers([answers[i] for i in wrong], equivalent)
    votes = [len(group) for group in groups] + ([correct] if correct else [])
    other = wrong[groups[0][0]] if groups else None
    other_votes = len(groups[0]) if groups else 0
    low, high = wilson(correct, n)
    texts = sum(row["texts"])
    estimate = None if n == 0 else correct / n
    if plan is not None and n and n == len(verdicts):
        estimate = plan.rate(row["content"], correct, n)
        band: int | None = plan.band(row["content"], correct, n)
    else:
        band = None if estimate is None else int(bands_of(estimate))
    tokens = [count for count, there in zip(row["tokens"], row["texts"], strict=True) if there]
    ks = powers_up_to(n)
    return {
        **{name: row[name] for name in ("problem_id", "source", "level", "model", "model_revision", "sampling")},
        "rollouts": len(verdicts),
        "n": n,
        "correct": correct,
        "solve_rate": correct / n if n else None,
        "low": low,
        "high": high,
        "estimate": estimate,
        "band": band,
        "pass_at": [{"k": k, "rate": pass_at(k, correct, n)} for k in ks],
        "majority_at": [{"k": k, "rate": majority_at(k, votes, len(groups) if correct else None, n)} for k in ks],
        "agreement": max(votes) / n if votes else None,
        "other_answer": answers[other] if other is not None else None,
        "other_votes": other_votes,
        "label_suspect": other_votes >= SUSPECT_VOTES and other_votes >= SUSPECT_SHARE * n,
        "truncated": sum(reason == "length" for reason in row["finish_reason"]) / texts if texts else None,
        "unanswered": (n - correct - len(wrong)) / n if n else None,
        "ungraded": texts - n,
        "errors": len(verdicts) - texts,
        "mean_tokens": sum(tokens) / len(tokens) if tokens else None,
        "tokens": sum(tokens),
        "prompt_tokens": sum(count or 0 for count in row["prompt_tokens"]),
        "verifier_version": row["verifier_version"],
    }
