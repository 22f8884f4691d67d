"""ProcessBench (arXiv 2412.06559): solutions with the first wrong step marked, to measure a PRM that finds it.

A file is a JSON list of `{"id", "problem", "steps", "label"}`; `label` is the first wrong step from 0, or -1 if all are
right. The PRM names the first step whose value is below a threshold.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bigmath.errors import SettingError


@dataclass(frozen=True, slots=True)
class Case:
    """A solution and its first wrong step."""

    case_id: str
    problem: str
    steps: tuple[str, ...]
    first_wrong: int
    """From 0; -1 if none is wrong."""


def read_cases(path: Path) -> list[Case]:
    """The cases of a file.

    Raises:
        SettingError: it cannot be read as ProcessBench.
    """
    try:
        rows = json.loads(path.read_bytes())
        return [Case(row["id"], row["problem"], tuple(row["steps"]), int(row["label"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"{path} is no ProcessBench file: {error}; accepted: a JSON list of id, problem, steps, label"
        ) from error


def first_below(values: Sequence[float], threshold: float) -> int:
    """The first step of a value below the threshold, from 0; -1 if there is none."""
    return next((place for place, value in enumerate(values) if value < threshold), -1)


def scores(cases: Sequence[Case], values: Sequence[Sequence[float]], threshold: float) -> dict[str, float]:
    """Accuracy on wrong solutions (the very step must be named), on right ones, and their harmonic mean F1.

    Raises:
        SettingError: the values do not fit the steps.
    """
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for case, row in zip(cases, values, strict=True):
        if len(row) != len(case.steps):
            raise SettingError(
                f"{case.case_id}: {len(row)} values for {len(case.steps)} steps; wanted one value a step"
            )
        hits[case.first_wrong >= 0].append(first_below(row, threshold) == case.first_wrong)
    wrong, right = (sum(hits[kind]) / len(hits[kind]) if hits[kind] else 0.0 for kind in (True, False))
    f1 = 2 * wrong * right / (wrong + right) if wrong + right else 0.0
    return {"accuracy_on_wrong": wrong, "accuracy_on_right": right, "f1": f1, "cases": float(len(cases))}


def best_threshold(cases: Sequence[Case], values: Sequence[Sequence[float]]) -> float:
    """The threshold of the best F1 among the values found: to be chosen on other cases than those reported."""
    found = sorted({round(value, 3) for row in values for value in row})
    step = max(1, len(found) // 50)
    return max(found[::step], key=lambda one: scores(cases, values, one)["f1"], default=0.5)
