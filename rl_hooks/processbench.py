"""ProcessBench (arXiv 2412.06559): solutions with the first wrong step marked, to measure a PRM that finds it.

A file is a JSON list of `{"id", "problem", "steps", "label"}`; `label` is the first wrong step from 0, or -1 if all are
right. The PRM names the first step whose value is below a threshold. The threshold comes from other problems than those
it is used on: folds are cut by the problem's text, as solutions of one problem share it.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bigmath.errors import SettingError
from rl_hooks.prm import PrmRow
from rl_hooks.prm_model import Prm


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
    for case, row in zip(cases, values, strict=True):
        if len(row) != len(case.steps):
            raise SettingError(
                f"{case.case_id}: {len(row)} values for {len(case.steps)} steps; wanted one value a step"
            )
    return scores_of_places(cases, [first_below(row, threshold) for row in values])


def scores_of_places(cases: Sequence[Case], places: Sequence[int]) -> dict[str, float]:
    """`scores` of the steps named, one a case; -1 names none."""
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for case, place in zip(cases, places, strict=True):
        hits[case.first_wrong >= 0].append(place == case.first_wrong)
    wrong, right = (sum(hits[kind]) / len(hits[kind]) if hits[kind] else 0.0 for kind in (True, False))
    return {
        "accuracy_on_wrong": wrong,
        "accuracy_on_right": right,
        "f1": harmonic(wrong, right),
        "cases": float(len(cases)),
    }


def harmonic(wrong: float, right: float) -> float:
    """The paper's F1: the harmonic mean of both accuracies."""
    return 2 * wrong * right / (wrong + right) if wrong + right else 0.0


def best_threshold(cases: Sequence[Case], values: Sequence[Sequence[float]]) -> float:
    """The threshold of the best F1 among the values found: to be chosen on other cases than those reported."""
    found = sorted({round(value, 3) for row in values for value in row})
    step = max(1, len(found) // 50)
    return max(found[::step], key=lambda one: scores(cases, values, one)["f1"], default=0.5)


def folds_of(cases: Sequence[Case], folds: int) -> list[int]:
    """A fold for each case, by a hash of its problem's text alone."""
    return [int.from_bytes(hashlib.sha256(one.problem.encode()).digest()[:6]) % folds for one in cases]


def places_by_other_fold(cases: Sequence[Case], values: Sequence[Sequence[float]]) -> list[int]:
    """The step named in each case, by the threshold that was best on the other half of the problems."""
    halves = folds_of(cases, 2)
    thresholds = {}
    for half in (0, 1):
        others = [place for place, one in enumerate(halves) if one != half]
        thresholds[half] = best_threshold([cases[one] for one in others], [values[one] for one in others])
    return [first_below(row, thresholds[half]) for row, half in zip(values, halves, strict=True)]


def baselines(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """What is reached without reading a step, as expectations, not samples.

    always -1       calls every solution right
    random step     any step, or none, evenly
    coin and place  the commonest first wrong step, or none, by the coin of the best F1; place and coin are chosen on
                    these very cases, so it is the most that knows no text can reach with one place
    """
    wrong = [one for one in cases if one.first_wrong >= 0]
    right = [one for one in cases if one.first_wrong < 0]
    even_wrong, even_right = (
        fmean(1 / (len(one.steps) + 1) for one in part) if part else 0.0 for part in (wrong, right)
    )
    commonest = max((sum(one.first_wrong == place for one in wrong) for place in range(64)), default=0)
    common = commonest / max(1, len(wrong))
    coin = max((share / 100 for share in range(101)), key=lambda none: harmonic((1 - none) * common, none))
    found = {
        "always -1": (0.0, 1.0),
        "random step": (even_wrong, even_right),
        "coin and place": ((1 - coin) * common, coin),
    }
    return {
        name: {"accuracy_on_wrong": one, "accuracy_on_right": other, "f1": harmonic(one, other)}
        for name, (one, other) in found.items()
    }


def interval(
    cases: Sequence[Case], places: Sequence[int], *, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """A 95 % bootstrap interval of F1: cases are drawn again, wrong and right ones apart."""
    dice = random.Random(seed)
    hits: tuple[list[bool], list[bool]] = ([], [])
    for case, place in zip(cases, places, strict=True):
        hits[case.first_wrong < 0].append(place == case.first_wrong)
    drawn = sorted(
        harmonic(*(fmean(dice.choices(part, k=len(part))) if part else 0.0 for part in hits)) for _ in range(resamples)
    )
    return drawn[int(0.025 * resamples)], drawn[int(0.975 * resamples)]


def prm_row(case: Case) -> PrmRow:
    """A case as a training row, up to its first wrong step: what comes after it was not judged. One "rollout" a step,
    so that c says whether the step is right."""
    kept = case.steps if case.first_wrong < 0 else case.steps[: case.first_wrong + 1]
    right = [place != case.first_wrong for place in range(len(kept))]
    return PrmRow(
        problem_id=case.case_id,
        question=case.problem,
        steps=kept,
        states=("",) * (len(kept) + 1),
        n=(1,) * (len(kept) + 1),
        c=(1, *map(int, right)),
        verdict="CORRECT" if case.first_wrong < 0 else "WRONG",
    )


def step_values(prm: Prm, cases: Sequence[Case]) -> list[list[float]]:
    """The PRM's value after each step of each case."""
    return [row[1:] for row in prm.values([(one.problem, one.steps, ("",) * (len(one.steps) + 1)) for one in cases])]
