"""true_false: a statement is to be judged, so that the answer can be guessed.

Asked in words ("True or False?", "determine whether the following is correct", "is it true that ...?", "prove or
disprove"), as a blank to be filled with true or false, or seen by an answer that is true, false, a tick or a cross.

Kept: "How many ways are there to answer a five-question true-or-false test?". Dropped: TheoremQA, "True or false: there
exists a graph with score (1, 2, 3, 4, 5)." (asks_true_false).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of_row, reason_of_row
from bigmath.proving import proof_request
from bigmath.statement import wording
from bigmath.verdict_questions import true_false_question, yes_no_question
from bigmath.verdict_words import is_true_false, is_value

_COLUMNS = ("problem", "answer")
_CANDIDATE = pl.col("problem").str.contains(
    r"(?i)\btrue\b|\bfalse\b|\bcorrect\b|\bright\"?\s*(?:or|/)|\b(?:is|are)\s+(?:it|this|that|the|his|her|their)\s[^?.]{0,60}\bright\b"
    r"|\bdisprove\b|\bjudge\b|\bgive\s+a\s+counter|\bvalid\b|\bT\s*/\s*F\b|正确|判断"
) | pl.col("answer").str.contains(r"(?i)true|false|√|×|✓|right|wrong|correct|\\times|\\surd|checkmark")


@dataclass(frozen=True)
class TrueFalse:
    """Drops rows whose answer is the truth of a statement."""

    name: ClassVar[str] = "true_false"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "open_ended"
    reasons: ClassVar[Mapping[str, str]] = {
        "asks_true_false": "the reader is to say whether a statement is true",
        "answer_true_false": "the reference answer is true or false, a tick or a cross",
    }

    def reason(self) -> pl.Expr:
        """The question first, then the answer."""
        return reason_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)

    def detail(self) -> pl.Expr:
        """The answer, or the words that ask."""
        return detail_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)


def _judge(row: dict[str, Any]) -> Finding | None:
    problem, answer = row["problem"] or "", row["answer"]
    asked = true_false_question(problem)
    if asked and (not is_value(answer) or answer.strip(" $().") in ("T", "F")):
        return "asks_true_false", asked
    # "Is there another number ...?" with the answer False is a yes/no question; a proof may have True for an answer.
    if is_true_false(answer) and not yes_no_question(problem) and not proof_request(wording(problem)):
        return "answer_true_false", answer
    return None
