"""PRM rows in the forms that trainers and other sets use. Each is made from the counts; a form that knows only right
and wrong never gets a fraction silently."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bigmath.errors import SettingError
from rl_hooks.prm import Label, PrmRow, labels

TAG = "ки"
"""Math-Shepherd's step tag."""


def trl_stepwise(rows: Iterable[PrmRow], label: Label = "hard", threshold: float | None = None) -> list[dict[str, Any]]:
    """TRL's stepwise supervision: `prompt`, `completions`, `labels` (booleans).

    TRL calls `int(label)`, which makes 0 of a soft label of 0.7. So `soft` needs a `threshold`: a step is right if its
    label is at least that. `advantage` has the same rule (0 for "does not lose").

    Raises:
        SettingError: a fractional label without a threshold.
    """
    if label != "hard" and threshold is None:
        raise SettingError(
            f"TRL's stepwise form holds booleans: int() would make 0 of a {label} label of 0.7",
            hint="give a threshold, use label hard, or export text_value, which keeps fractions",
        )
    return [
        {
            "prompt": row.question,
            "completions": list(row.steps),
            "labels": [value >= (0.5 if threshold is None else threshold) for value in labels(row, label)],
        }
        for row in rows
    ]


def math_shepherd(rows: Iterable[PrmRow]) -> list[dict[str, str]]:
    """Math-Shepherd: `input` with its tag after each step, `label` the same text with + or - in its place (hard
    labels)."""
    found = []
    for row in rows:
        marks = ["+" if value > 0 else "-" for value in labels(row, "hard")]
        steps = [f"Step {number}: {step}" for number, step in enumerate(row.steps, 1)]
        found.append(
            {
                "input": row.question + " " + "\n".join(f"{step} {TAG}" for step in steps),
                "label": row.question
                + " "
                + "\n".join(f"{step} {mark}" for step, mark in zip(steps, marks, strict=True)),
            }
        )
    return found


def prm800k(rows: Iterable[PrmRow], sure: float = 0.5) -> list[dict[str, Any]]:
    """PRM800K: `label.steps[].completions[].rating`: -1 where no rollout was right, 1 from `sure` on, 0 between; as
    there, labelling stops at the first -1."""
    found = []
    for row in rows:
        steps: list[dict[str, Any]] = []
        finish = "solution" if row.verdict == "CORRECT" else "give_up"
        for step, value in zip(row.steps, labels(row, "soft"), strict=True):
            rating = -1 if value == 0 else int(value >= sure)
            steps.append({"completions": [{"text": step, "rating": rating, "flagged": None}], "chosen_completion": 0})
            if rating == -1:
                steps[-1]["chosen_completion"] = None
                finish = "found_error"
                break
        found.append(
            {
                "question": {"problem": row.question, "ground_truth_answer": None},
                "label": {"steps": steps, "finish_reason": finish},
            }
        )
    return found


def text_value(rows: Iterable[PrmRow], label: Label = "soft") -> list[dict[str, Any]]:
    """One row a prefix: `text`, the question and the steps so far, and `value`, a fraction."""
    return [
        {"text": "\n".join((row.question, *row.steps[: place + 1])), "value": value}
        for row in rows
        for place, value in enumerate(labels(row, label))
    ]


FORMS: Mapping[str, Callable[[Iterable[PrmRow]], list[dict[str, Any]]]] = {
    "trl_stepwise": trl_stepwise,
    "math_shepherd": math_shepherd,
    "prm800k": prm800k,
    "text_value": text_value,
}
"""Every form by its name."""
