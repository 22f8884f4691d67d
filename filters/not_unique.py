"""not_unique: many answers are right, so that a check against one of them fails right replies.

Asking for an example, a construction or a description ("Give an example of ...", "Find one such $n$", "How can he
...?", "Explain why"), and answers that say themselves that they are one of several ("for example", "answers may
vary"). "Find all" has one answer, the set.

Kept: "Find all integers $n$ such that ...". Dropped: "Find a polynomial with integer coefficients that has
$\\sqrt 2 + \\sqrt 3$ as a root, and give another example." (asks_example). The paper's first criterion (Meta-CoT,
section 8.1) asks for a unique, verifiable answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of_row, reason_of_row
from bigmath.statement import wording
from bigmath.verdict_words import is_value

_COLUMNS = ("problem", "answer")
_CANDIDATE = pl.col("problem").str.contains(
    r"(?i)\bexamples?\b|\bany\s+one\b|\bone\s+(?:such|possible|of\s+the\s+possible)\b|\bpossible\s+(?:example"
    r"|construction)\b|\bhow\s+(?:can|could|should|would|do|did|to)\b"
    r"|\b(?:explain|describe|discuss|interpret|sketch|draw|plot|design|invent|come\s+up)\b|\bwhy\b"
    r"|\bnot\s+necessarily\b|\bconstruct\b|\bwrite\s+(?:an?|down\s+an?|any|two)\b"
) | pl.col("answer").str.contains(
    r"(?i)example|may vary|one possible|e\.g\.|etc\b|infinitely many (?:solutions|answers)|not unique|answers? var"
)

_START = r"(?:^|[.;:?!)¤]\s*|\n\s*|,\s*(?:and\s+)?|\band\s+)(?:(?:please|then|also)\s+)?"
_EXAMPLE = re.compile(
    rf"{_START}(?:give|provide|find|construct|show|write(?:\s+down)?|state|present|produce|exhibit"
    rf"|name)\s+(?:an?|one|another|any|some|at\s+least\s+one|two|three"
    rf"|several)\s+(?:\w+\s+){{0,3}}?(?:counter-?)?examples?\b"
    rf"|{_START}(?:find|give|name|write(?:\s+down)?|list|provide|construct|exhibit)\s+(?:any(?:\s+one)?"
    rf"|(?:at\s+least\s+)?one(?:\s+(?:such|possible|of\s+the\s+possible))|some\s+(?:such|possible)"
    rf"|an?\s+(?:possible|specific|concrete|suitable))\b"
    r"|\bwhat\s+is\s+(?:an\s+example|one\s+possible)\b|\bgive\s+(?:an\s+)?examples?\b|\bcan\s+you\s+(?:give"
    r"|find)\s+an\s+example\b",
    re.IGNORECASE,
)
_CONSTRUCT = re.compile(
    rf"{_START}(?:construct|design|invent|come\s+up\s+with|make\s+up|draw|sketch|plot)\s+(?:an?|some|any"
    rf"|the\s+graph|such|two|your\s+own)\b",
    re.IGNORECASE,
)
_ESSAY = re.compile(
    rf"{_START}(?:explain|describe|discuss|interpret)\s+(?:why|how|what|whether|the|in|your|briefly"
    rf"|geometrically|all)\b"
    rf"|{_START}(?:how\s+(?:can|could|should|would|do|did)\s+(?:you|we|one|he|she|they|it|this|the\s+\w+"
    rf"|[A-Z]\w+)\s+(?!many|much|expect|have\s+left)[^?]{{0,200}}\?)"
    rf"|{_START}why\s+(?:is|are|does|do|did|can|must)\b[^?]{{0,300}}\?\s*$",
    re.IGNORECASE,
)
_HOW_LAST = re.compile(
    r"(?:^|[.!?]\s+)how\s+(?:can|could|should|did|must)\s+(?:you|we|he|she|they|it|this|the\s+\w+|[A-Z]\w+)\s+"
    r"(?!many|much|expect|have\s+left)[^?.]{0,200}\?[\s#*]*$",
    re.IGNORECASE,
)
"""A method asked for last of all: then the value in the answer column is a slip of the data set."""
_ANY_WILL_DO = re.compile(
    r"\bnot\s+necessarily\s+(?:the\s+)?(?:smallest|largest|least|greatest|optimal|best|minimal|maximal)\b",
    re.IGNORECASE,
)
_ADMITS = re.compile(
    r"\bfor\s+example\b|\bfor\s+instance\b|\banswers?\s+(?:may|can|will)?\s*var(?:y|ies)|\bone\s+possible\b"
    r"|\bone\s+(?:such\s+)?example\b|\be\.g\.|\betc\b\.?|\bnot\s+unique\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NotUnique:
    """Drops rows where a right reply need not be the reference answer."""

    name: ClassVar[str] = "not_unique"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "uniquely_verifiable"
    reasons: ClassVar[Mapping[str, str]] = {
        "asks_example": "an example or a construction is asked for",
        "asks_explanation": "a description, an explanation or a method is asked for",
        "answer_is_example": "the reference answer says that it is one of several",
    }

    def reason(self) -> pl.Expr:
        """What is asked first, then the answer."""
        return reason_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)

    def detail(self) -> pl.Expr:
        """The words found."""
        return detail_of_row(_judge, where=_CANDIDATE, columns=_COLUMNS)


def _judge(row: dict[str, Any]) -> Finding | None:
    words, answer = wording(row["problem"] or ""), row["answer"] or ""
    if found := _EXAMPLE.search(words) or _ANY_WILL_DO.search(words):
        return "asks_example", found[0].strip()
    if found := _HOW_LAST.search(words):
        return "asks_explanation", found[0].strip()
    if not is_value(
        answer
    ):  # "Draw a square ... What is its area?" and "How can you ...? Find the least ..." ask for a value
        if found := _CONSTRUCT.search(words):
            return "asks_example", found[0].strip()
        if found := _ESSAY.search(words):
            return "asks_explanation", found[0].strip()
    if found := _ADMITS.search(answer):
        return "answer_is_example", found[0]
    return None
