"""not_closed_form: the reference answer is no number, expression or collection of such.

Asked through `bigmath.answer_kind`, the same reading of answers that the verifier has. A letter of an option, a word, a
date, a proof and an answer in parts cannot be compared as mathematics. No answer at all is the filter `no_answer`'s.

Kept: "\\frac{3}{4}", "(1, 2]", "x = 3". Dropped: Omni-MATH, "\\text{linear functions and downward-facing parabolas}"
(word). The paper's third criterion: a closed-form answer, no proof (Meta-CoT, section 8.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath import AnswerKind, answer_kind
from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_once, reason_once

_NUMBER = pl.col("answer").str.contains(
    r"^-?(?:\d{1,12}(?:\.\d{1,9})?|\\[dt]?frac\{\d{1,9}\}\{\d{1,9}\}|\d{0,6}\\sqrt\{\d{1,6}\}|\d{0,6}\\pi)$"
)
"""Answers that need no reading."""


@dataclass(frozen=True)
class NotClosedForm:
    """Drops rows whose answer is not mathematics."""

    name: ClassVar[str] = "not_closed_form"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "closed_form"
    reasons: ClassVar[Mapping[str, str]] = {
        "choice_letter": "the answer is the letter of an option",
        "word": "the answer is words: a name, a verdict, a description",
        "time": "the answer is a date or a time of day",
        "several_parts": "the answer has several labelled parts",
        "prose": "the answer is a proof, a sentence, or nothing that can be read",
    }

    def reason(self) -> pl.Expr:
        """By the answer alone, once for each distinct answer."""
        return reason_once(_judge, "answer", where=~_NUMBER)

    def detail(self) -> pl.Expr:
        """The answer."""
        return detail_once(_judge, "answer", where=~_NUMBER)


_REASONS = {
    AnswerKind.CHOICE: "choice_letter",
    AnswerKind.WORD: "word",
    AnswerKind.TIME: "time",
    AnswerKind.PARTS: "several_parts",
    AnswerKind.NONE: "prose",
}
"""The kinds that are no mathematics, and what the filter says of them."""


def _judge(answer: str) -> Finding | None:
    reason = _REASONS.get(answer_kind(answer)) if answer.strip() else None
    return (reason, answer) if reason else None
