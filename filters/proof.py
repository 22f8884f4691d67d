"""proof: the statement asks for a proof, which no answer check can judge.

What counts is being told to prove, in the imperative: "Prove that", "show that", "then prove:", "Proof that". A
value asked "with proof" is a value. A row whose answer is only a word for a proof (`Proven`) asks for one however it
is worded; a statement that asks for nothing and argues instead is a proof, pasted into the wrong field.

Kept: USAMO, "Determine, with proof, the largest possible value of ...". Dropped: HARP, "Show that there are
infinitely many positive integers that ..." (asks_proof). Big-Math's rule finds 48 % of them (arXiv 2502.17387).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of_row, reason_of_row
from bigmath.proving import PSEUDO_ANSWER, proof_request
from bigmath.statement import asks, wording
from bigmath.verdict_words import is_value

_COLUMNS = ("problem", "answer")
_CANDIDATE = pl.col("problem").str.contains(
    r"(?i)\b(?:dis)?prove\b|\bproof\b|\bshow\b|\bdemonstrate\b|\bverify\b|\bestablish\b|\bdeduce\b"
    r"|证明|求证|證明|\b(?:done|hence|thus|follows"
    r"|suppose|therefore)\b"
) | pl.col("answer").str.contains(r"(?i)pro(?:of|ve)|证明|Q\.?E\.?D")

_ARGUES = re.compile(
    r"\b(?:we\s+(?:have|get|know|conclude|see|obtain|are\s+done|'re\s+done)|we're\s+done|hence|thus|therefore"
    r"|it\s+follows"
    r"|which\s+(?:implies|means)|by\s+induction|suppose|assume|contradiction|WLOG|is\s+equivalent\s+to|so)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Proof:
    """Drops rows that ask for a proof, or are one."""

    name: ClassVar[str] = "proof"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "closed_form"
    reasons: ClassVar[Mapping[str, str]] = {
        "asks_proof": "the statement tells the reader to prove or show something",
        "answer_is_proof": "the reference answer is only a word for a proof",
        "argument_without_question": "the text asks for nothing and argues instead",
    }

    def reason(self) -> pl.Expr:
        """What the statement asks first, then the answer."""
        return reason_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)

    def detail(self) -> pl.Expr:
        """The words that ask for the proof, or the answer."""
        return detail_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)


def _judge(row: dict[str, Any]) -> Finding | None:
    words = wording(row["problem"] or "")
    if request := proof_request(words):
        return "asks_proof", request
    if PSEUDO_ANSWER.match(row["answer"] or ""):
        return "answer_is_proof", row["answer"]
    if not is_value(row["answer"]) and len(_ARGUES.findall(words)) >= 3 and not asks(words):
        return "argument_without_question", words[-80:]
    return None
