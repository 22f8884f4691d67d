"""The rule that makes open questions from multiple choice, against people who did the same: HARP holds problems in both
forms (3,797 in the complete set), and 313 more that its authors call multiple-choice only.

A rewrite means the same as the human form if its answer is equivalent and its statement is the same after undoing LaTeX
spelling. HARP's options are a separate column, so they are printed here in four styles found in other sources.
"""

import random
import string
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.hub import Files
from bigmath.normalize import canonical
from bigmath.problem import Problem
from bigmath.reformulation.rewrite import Rewrite, rewrite
from bigmath.source import Source
from bigmath.verifier.judge import equivalent

SAME = 0.95
"""Floor: share of the rewrites of twins that mean the same as the human form."""
MULTIPLE_CHOICE_ONLY = 0.05
"""Ceiling: share of the problems called multiple-choice only that are rewritten nevertheless."""

Style = Callable[[str, Mapping[str, str]], str]

STYLES: Mapping[str, Style] = {
    "bold, one line": lambda stem, options: (
        f"{stem}\n$" + r" \qquad ".join(rf"\textbf{{({k})}}\ {_bare(v)}" for k, v in options.items()) + "$"
    ),
    "(A) in a row": lambda stem, options: f"{stem} " + " ".join(f"({k}) {v}" for k, v in options.items()),
    "A) by line": lambda stem, options: f"{stem}\n" + "\n".join(f"{k}) {v}" for k, v in options.items()),
    "A. by line": lambda stem, options: f"{stem}\n" + "\n".join(f"{k}. {v}" for k, v in options.items()),
}


@dataclass(frozen=True)
class Twin:
    """One problem of HARP: its options, its answer, and its open form, None if it has multiple choice only."""

    choice: Problem
    open_form: Problem | None

    @property
    def options(self) -> Mapping[str, str]:
        return {str(letter): str(text) for letter, text in self.choice.metadata["choices"].items()}


def run(harp: Source, files: Files, say: Callable[[str], None] = lambda line: None) -> Result:
    """Rewrites every multiple-choice problem of HARP in each style.

    Raises:
        SettingError: there are no problems in both forms at hand.
    """
    twins = _twins(list(harp.read(files)))
    both = [one for one in twins if one.open_form is not None]
    if not both:
        raise SettingError("HARP's problems in both forms are not at hand", hint="--hub DIR with aadityasingh/HARP")
    figures: dict[str, Any] = {"problems_in_both_forms": len(both), "multiple_choice_only": len(twins) - len(both)}
    same, rewritten = 0, 0
    for name, style in STYLES.items():
        say(f"options printed as {name}")
        figures[name] = found = _measure(both, style)
        same, rewritten = same + found["mean_the_same"], rewritten + found["rewritten"]
    only = [one for one in twins if one.open_form is None]
    told = [rewrite(one.choice.problem, one.choice.answer or "") for one in only]
    accepted = sum(one.refusal is None for one in told)
    figures["multiple_choice_only_rewritten"] = accepted
    figures["why_multiple_choice_only_was_refused"] = _reasons(told)
    figures["answered_by_letter_alone"] = _by_letter(both)
    return Result(
        "reformulate",
        figures,
        {
            f"at least {SAME:.0%} of rewrites mean the same as the human form": same >= SAME * max(rewritten, 1),
            f"at most {MULTIPLE_CHOICE_ONLY:.0%} of multiple-choice-only problems are rewritten": accepted
            <= MULTIPLE_CHOICE_ONLY * len(only),
        },
    )


def _twins(problems: list[Problem]) -> list[Twin]:
    """The multiple-choice problems with their open forms: same year, contest and number."""
    place = ("year", "contest", "number")
    opened = {tuple(one.metadata[key] for key in place): one for one in problems if one.subset == "short_answer"}
    return [
        Twin(one, opened.get(tuple(one.metadata[key] for key in place)))
        for one in problems
        if one.subset == "mcq" and (one.metadata["multiple_choice_only"] or _is_twin(one, opened, place))
    ]


def _is_twin(one: Problem, opened: Mapping[tuple[Any, ...], Problem], place: tuple[str, ...]) -> bool:
    return tuple(one.metadata[key] for key in place) in opened


def _measure(twins: list[Twin], style: Style) -> dict[str, Any]:
    told, wanted = [], []
    for one in twins:
        assert one.open_form is not None  # the caller's choice
        told.append(rewrite(style(one.open_form.problem, one.options), one.choice.answer or ""))
        wanted.append(one.open_form)
    made = [(new, human) for new, human in zip(told, wanted, strict=True) if new.refusal is None]
    texts = canonical(pl.Series([new.problem for new, _ in made], dtype=pl.String))
    human_texts = canonical(pl.Series([human.problem for _, human in made], dtype=pl.String))
    statement = (texts == human_texts).to_list()
    answer = [equivalent(new.answer or "", human.answer or "") for new, human in made]
    same = sum(a and b for a, b in zip(statement, answer, strict=True))
    return {
        "rewritten": len(made),
        "share_rewritten": round(len(made) / len(twins), 4),
        "same_statement": sum(statement),
        "same_answer": sum(answer),
        "mean_the_same": same,
        "share_that_mean_the_same": round(same / max(len(made), 1), 4),
        "refused": _reasons(told),
    }


def _by_letter(twins: list[Twin], sample: int = 500) -> dict[str, int]:
    """How often the value is found where the reference answer is the letter alone, on a fixed sample."""
    style = STYLES["bold, one line"]
    right = told = 0
    for one in random.Random(1).sample(twins, min(sample, len(twins))):
        assert one.open_form is not None  # the caller's choice
        letter = str(one.choice.metadata["answer_choice"])
        if letter not in string.ascii_uppercase:
            continue
        new = rewrite(style(one.open_form.problem, one.options), rf"\text{{({letter})}}")
        if new.refusal is None:
            told += 1
            right += equivalent(new.answer or "", one.open_form.answer or "")
    return {"rewritten": told, "same_answer": right}


def _reasons(told: list[Rewrite]) -> dict[str, int]:
    return dict(Counter(one.refusal for one in told if one.refusal is not None).most_common())


def _bare(option: str) -> str:
    inner = option.strip()
    return inner[1:-1] if len(inner) > 2 and inner[0] == inner[-1] == "$" and "$" not in inner[1:-1] else f"${inner}$"
