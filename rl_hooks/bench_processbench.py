"""Part `processbench` of `bigmath bench search`: does a PRM name the first wrong step of a mathematics solution?

With --prm a saved PRM is measured; its threshold for one half of the problems is the best of the other half. Without,
two small ones are trained on the rows themselves, in five folds cut by problem: each case is measured by a model and a
threshold that saw neither it nor another solution of its problem:

    from scratch   a Llama of some 100,000 numbers beside its embedding, on words, of all files together
    embedded       a linear head on the hidden states of SmolLM2-135M-Instruct after a third of its layers, on the file
                   gsm8k alone: what CPU minutes allow

ProcessBench is made to test; a PRM trained on it, even across folds, is no entry for its table.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.scoring.embedded import PACKAGE
from bigmath.scoring.embedded import folder as embedded_folder
from bigmath.search.requests import Say
from rl_hooks.prm_files import load_prm, name_of
from rl_hooks.prm_head import features, fit_head, head_values
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.prm_train import TrainSettings, counted, train_prm
from rl_hooks.processbench import (
    Case,
    baselines,
    best_threshold,
    first_below,
    folds_of,
    interval,
    places_by_other_fold,
    prm_row,
    read_cases,
    scores_of_places,
    step_values,
)
from rl_hooks.tokenizer import tokenizer_named, words

FOLDS = 5
SCRATCH = TrainSettings(
    ModelSettings(hidden=64, layers=2, length=256), label="hard", steps=100, batch=8, rate=2e-3, checkpoint_every=25
)
"""Fixed beforehand, not searched for."""
LENGTH = 512
"""Tokens that the embedded model reads of a solution; its beginning is left out beyond."""
FROZEN_ON = "gsm8k"
LAYERS = 10
"""Of its 30."""

Values = dict[str, list[list[float]]]
Places = dict[str, list[int]]


def processbench(parts: Mapping[str, Sequence[Case]], prm: Path | None, say: Say) -> Result:
    """The figures of the cases of each file, by its name; of a saved PRM where one is named.

    Raises:
        SettingError: the folder named holds no PRM.
    """
    figures: dict[str, Any] = {
        f"{name}: {how}": _rounded(row) for name, cases in parts.items() for how, row in baselines(cases).items()
    }
    named: dict[str, Places] = {}
    if prm is not None:
        model = load_prm(prm)
        named[name_of(prm)] = {
            name: places_by_other_fold(cases, step_values(model, cases)) for name, cases in parts.items()
        }
    else:
        if FROZEN_ON in parts and (base := _embedded(say)) is not None:
            named["embedded, linear head"] = {FROZEN_ON: frozen(parts[FROZEN_ON], base, say)}
            say(f"{FROZEN_ON}: {scores_of_places(parts[FROZEN_ON], named['embedded, linear head'][FROZEN_ON])}")
        named["from scratch"] = from_scratch(parts, say)
    holds = {}
    for how, places in named.items():
        for name, found in places.items():
            measured = scores_of_places(parts[name], found)
            low, high = interval(parts[name], found)
            blind = figures[f"{name}: coin and place"]["f1"]
            figures[f"{name}: {how}"] = {**_rounded(measured), "f1_interval": (round(low, 3), round(high, 3))}
            figures[f"{name}: {how}: better than without reading"] = "yes" if low > blind else "not shown"
            holds[f"{name}: {how}: every case is measured"] = len(found) == len(parts[name]) > 0
    return Result("search", figures, holds)


def read_folder(folder: Path | None) -> dict[str, list[Case]]:
    """The cases of each file of a folder, by its name without `ProcessBench_`.

    Raises:
        SettingError: no folder was named, or it holds none.
    """
    files = sorted(folder.glob("*.json")) if folder is not None else []
    if not files:
        raise SettingError(
            f"{'no folder was named' if folder is None else f'{folder} holds no .json file'}: the part processbench "
            "needs the rows of Qwen/ProcessBench",
            hint="--gold DIR with ProcessBench_gsm8k.json, ProcessBench_math.json or others of its files",
        )
    return {path.stem.removeprefix("ProcessBench_"): read_cases(path) for path in files}


def from_scratch(parts: Mapping[str, Sequence[Case]], say: Say, settings: TrainSettings = SCRATCH) -> Places:
    """The steps named by models made from scratch, one a fold, trained on all files."""
    every = [(name, case) for name, cases in parts.items() for case in cases]
    cases = [case for _, case in every]

    def train(places: list[int]) -> Callable[[list[int]], list[list[float]]]:
        tokenizer = words([*(text for one in places for text in (cases[one].problem, *cases[one].steps)), "+-\n"])
        model: Prm = train_prm([prm_row(cases[one]) for one in places], tokenizer, settings, say=say)
        return lambda asked: step_values(model, [cases[one] for one in asked])

    found = across_folds(cases, train, say)
    by_file: Places = {name: [] for name in parts}
    for (name, _), place in zip(every, found, strict=True):
        by_file[name].append(place)
    return by_file


def frozen(cases: Sequence[Case], base: Path, say: Say) -> list[int]:
    """The steps named by linear heads on one body, which reads each case once."""
    model = Prm(
        tokenizer_named(str(base)),
        ModelSettings(base=str(base), frozen=True, first_layers=LAYERS, length=LENGTH),
    )
    hidden = features(model, [(one.problem, one.steps, ("",) * (len(one.steps) + 1)) for one in cases], say)
    rows = [prm_row(one) for one in cases]

    def train(places: list[int]) -> Callable[[list[int]], list[list[float]]]:
        # without the question's own row: it is always right and says nothing
        given = [hidden[one][1 : len(rows[one].steps) + 1] for one in places]
        fit_head(model, given, [counted(rows[one])[1:] for one in places])
        return lambda asked: head_values(model, [hidden[one][1:] for one in asked])

    return across_folds(cases, train, say)


def across_folds(
    cases: Sequence[Case], train: Callable[[list[int]], Callable[[list[int]], list[list[float]]]], say: Say
) -> list[int]:
    """The step named in each case: trained on three folds, the threshold chosen on a fourth, used on the fifth.

    `train` is given the places of cases to train on and returns the values of others."""
    folds = folds_of(cases, FOLDS)
    found: dict[int, int] = {}
    for tested in range(FOLDS):
        chosen_on = (tested + 1) % FOLDS
        by_use: dict[str, list[int]] = {"test": [], "choose": [], "train": []}
        for place, fold in enumerate(folds):
            by_use["test" if fold == tested else "choose" if fold == chosen_on else "train"].append(place)
        say(f"fold {tested + 1} of {FOLDS}: {', '.join(f'{len(some)} to {use}' for use, some in by_use.items())}")
        values = train(by_use["train"])
        threshold = best_threshold([cases[one] for one in by_use["choose"]], values(by_use["choose"]))
        for place, row in zip(by_use["test"], values(by_use["test"]), strict=True):
            found[place] = first_below(row, threshold)
    return [found[place] for place in range(len(cases))]


def _embedded(say: Say) -> Path | None:
    try:
        distribution(PACKAGE)
    except PackageNotFoundError:
        say(f"the embedded model is not installed ({PACKAGE}): only the model from scratch is measured")
        return None
    return embedded_folder()


def _rounded(row: Mapping[str, float]) -> dict[str, Any]:
    return {name: round(value, 3) for name, value in row.items()}
