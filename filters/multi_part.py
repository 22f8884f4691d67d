"""multi_part: the statement asks for several things, so that one answer cannot be checked.

`labelled_parts`: (1) (2), (a) (b), (i) (ii), 1. 2., each asked for, or one request over a labelled list of objects.
`separate_questions`: two requests without labels, two different quantities, two blanks. `variants`: one statement over
a table of parameters. Labelled conditions, statements to be judged, definitions and
options are no parts, unknowns of one system are one question. Big-Math's rule (arXiv 2502.17387) fires on 1,073 of
7,474 MATH problems, of which 2 % carry part labels.

Kept: "Let $f$ satisfy (i) $f(1) = 1$; (ii) ... Find $f(2)$." Dropped: cn_k12, "(I) Find the standard equation of the
ellipse $C$. (II) Let $Q$ be ... Find the range of values ..." (labelled_parts).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of, reason_of
from bigmath.parts import labelled_parts, variants
from bigmath.separate_questions import separate_questions

# Which rows are worth reading: labels, or two requests each at the head of a sentence, or two in one sentence.
_VERBS = (
    r"(?:find|determine|calculate|compute|evaluate|prove|show|provide|give|describe|solve|derive|sketch|specify"
    r"|indicate)"
)
_REQUESTS = pl.col("problem").str.count_matches(r"[?？]") + pl.col("problem").str.count_matches(
    rf"(?i)(?:^|[.!?]\s|\n)\W*(?:[a-z]+,?\s+){{0,2}}{_VERBS}\b"
)
_LABELLED = pl.col("problem").str.contains(
    r"\(\s*(?:2|b|ii|II|ll|Ⅱ)\s*\)|②|Ⅱ|(?m)^\W{0,8}(?:2|b|ii|II)\s?[.):：]"
    r"|\b(?:2|b|ii|II)\s?\)"
    r"|\\[a-z]+\{\(?(?:2|b|ii|II)\)"
    r"|(?i)(?:part|question|problem|task)\s+\(?(?:2|b)\b"
)
_JOINED = pl.col("problem").str.contains(
    r"(?i)\b(?:maximum|largest|greatest|highest)\s+and\s+(?:the\s+)?(?:minimum|smallest|least|lowest)\b"
    r"|\b(?:find|determine|calculate|compute)\s+(?:the|its|their)\s+(?:\w+\s+){1,3}and\s+(?:the|its|their)\s"
    r"|\band\s+(?:also\s+|then\s+|hence\s+)?(?:find|determine|describe|prove|show|give|construct|calculate|compute|judge|what"
    r"|how|all)\s"
    r"|\b(?:find|determine|calculate|compute)\s[^.?!]{1,200}\band\s+(?:the|its|their|\$)"
    r"|_{2,}[^_]+_{2,}|(?:\\_\s?){2,}[^_]+(?:\\_\s?){2,}|param\s?1"
)
_CANDIDATE = _LABELLED | (_REQUESTS > 1) | _JOINED


@dataclass(frozen=True)
class MultiPart:
    """Drops rows with several questions."""

    name: ClassVar[str] = "multi_part"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "uniquely_verifiable"
    reasons: ClassVar[Mapping[str, str]] = {
        "labelled_parts": "labelled parts are each asked for",
        "variants": "a table holds variants of the problem, each with its own answer",
        "separate_questions": "two requests stand side by side without labels",
    }

    def reason(self) -> pl.Expr:
        """Labelled parts first."""
        return reason_of(_judge, where=_CANDIDATE)

    def detail(self) -> pl.Expr:
        """The parts, or the requests."""
        return detail_of(_judge, where=_CANDIDATE)


def _judge(text: str) -> Finding | None:
    if table := variants(text):
        return "variants", table
    if parts := labelled_parts(text):
        return "labelled_parts", parts
    if both := separate_questions(text):
        return "separate_questions", both
    return None
