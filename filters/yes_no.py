"""yes_no: the question is answered by yes or no, so that the answer can be guessed.

A question that begins with its verb ("Is there ...?", "then does it follow ...?") or "determine whether ...", which
offers no third choice ("even, odd or neither") and is not followed by a request for a value ("if so, how many?"). An
answer that is plainly a value overrides the wording ("Can you find the sum of ...?" asks for a sum), unless the
question begins a sentence and is the last thing asked. An answer that begins with yes or no settles it.

Kept: "Which of the two numbers is larger?". Dropped: Omni-MATH, "Does there exist a finite set $A$ ...?" (asks_yes_no).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of_row, reason_of_row
from bigmath.parts import labelled_parts
from bigmath.verdict_questions import only_verdicts, verdict_demanded, yes_no_question
from bigmath.verdict_words import is_value, is_yes_no

_COLUMNS = ("problem", "answer")
# An answer that is a number or a letter rules most questions out before they are read.
_VALUE = pl.col("answer").str.contains(
    r"^[\s$]*(?:[-+]?[\d.,/]+|\(?[A-Za-z]\)?|-?\\d?frac\s*\{?-?\d+\}?\s*\{?\d+\}?)[\s$%.]*$"
)
# An option's letter answers a choice; whether it is one between yes and no is the filter `multiple_choice`'s business.
_LETTERED = pl.col("answer").str.contains(
    r"^[\s$*-]*(?:\\(?:text|textbf|textrm|mathrm|mathbf|bf|rm)\s*\{?\s*)*(?:\([A-H]\)|[A-H](?:[).:]|\s*\}|\s*$))"
)
_VERB = (
    r"(?:is|are|was|were|does|do|did|can|could|will|would|has|have|must|should|may|need|isn't|aren't|doesn't|don't"
    r"|can't)"
)
_BEFORE = r"(?:^|[.?!,;:\n\])*]\s*|\b(?:then|so|and|but|or|thus|hence|now|always),?\s+)"
_PROBLEM = pl.col("problem")
_ASKS = (
    (_PROBLEM.str.contains(r"[?？]") & _PROBLEM.str.contains(rf"(?i){_BEFORE}{_VERB}\s"))
    | _PROBLEM.str.contains(r"(?i)\bwhether\b")
    | _PROBLEM.str.contains(
        r"(?i)\b(?:determine|decide|ascertain|find\s+out|investigate|check|examine|tell|state|see|verify|judge|establish"
        r"|prove|explain|discuss|explore|analyze|figure\s+out)\b[^.?]{0,80}\bif\b"
    )
)
_SURE = _PROBLEM.str.contains(
    r"(?:^|[.?!)]\s+|\n)\W{0,6}(?:(?:Determine|Decide),? (?:with \w+,? )?(?:whether|if)|Does|Do|Is|Are"
    r"|Can|Could|Must|Will)\s"
)
_SAYS = pl.col("answer").str.contains(r"(?i)^\W*(?:text\W*)?(?:yes|no)\b")
_CANDIDATE = (((_ASKS & ~_VALUE.fill_null(False)) | _SURE) & ~_LETTERED.fill_null(False)) | _SAYS


@dataclass(frozen=True)
class YesNo:
    """Drops rows whose answer is yes or no."""

    name: ClassVar[str] = "yes_no"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "open_ended"
    reasons: ClassVar[Mapping[str, str]] = {
        "asks_yes_no": "the question is answered by yes or no",
        "answer_yes_no": "the reference answer begins with yes or no",
    }

    def reason(self) -> pl.Expr:
        """The answer first: it is the surer sign."""
        return reason_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)

    def detail(self) -> pl.Expr:
        """The answer, or the question."""
        return detail_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)


def _judge(row: dict[str, Any]) -> Finding | None:
    problem, answer = row["problem"] or "", row["answer"]
    if is_yes_no(answer):
        found = "answer_yes_no", answer
    else:
        asked = verdict_demanded(problem) if is_value(answer) else yes_no_question(problem)
        if asked is None:
            return None
        found = "asks_yes_no", asked
    # one part of several is the filter `multi_part`'s, unless the parts are all alike
    return None if labelled_parts(problem) and not only_verdicts(problem) else found
