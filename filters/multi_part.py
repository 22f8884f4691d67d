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
_STOPPED = r"(?:^|[\s;,?!:.$}~*_{（])"  # what may stand before a label without an opening bracket
_LABELLED = (
    pl.col("problem").str.contains(r"[(（]\s*(?:2|b|ii|II|ll|Ⅱ)\s*[)）]|②|Ⅱ|\\[a-z]+\{\(?(?:2|b|ii|II)\)")
    | (
        pl.col("problem").str.contains(rf"{_STOPPED}(?:2|b|ii|II)[\s$}}]{{0,3}}[)）]")
        & pl.col("problem").str.contains(rf"{_STOPPED}(?:1|a|i|I)[\s$}}]{{0,3}}[)）]")
    )
    | pl.col("problem").str.contains(r"(?m)^[\W_]{0,8}(?:2|b|ii|II)\s{0,2}[.:：．]")
    | pl.col("problem").str.contains(r"(?i)(?:part|question|exercise|problem|task)\s+\(?(?:2|b)\b")
    | pl.col("problem").str.contains(rf"[(（]\s*B\s*[)）]\s*(?i:{_VERBS})\b")
)
_JOINED = pl.col("problem").str.contains(
    r"(?i)\b(?:maximum|largest|greatest|highest)(?:\s+and\s+|\s*/\s*)(?:the\s+)?(?:minimum|smallest|least|lowest)\b"
    r"|\b(?:minimum|smallest|least|lowest)(?:\s+and\s+|\s*/\s*)(?:the\s+)?(?:maximum|largest|greatest|highest)\b"
    r"|\b(?:find|determine|calculate|compute)\s+(?:the|its|their)\s+(?:\w+\s+){1,3}and\s+(?:the|its|their)\s"
    r"|\band\s+(?:also\s+|then\s+|hence\s+)?(?:find|determine|describe|prove|show|give|construct|calculate|compute|judge|what"
    r"|how|all)\s"
    r"|\band\s+(?:the|its|their)\s+(?:\w+\s+){0,3}(?:areas?|volume|perimeter|circumference|radius|diameter|lengths?|width|height"
    r"|values?|maximum|minimum|equations?|range|domain|period|probability|variance|coordinates|cent(?:er|re)|vertex|focus|foci"
    r"|eccentricity|slope|speed|velocity|magnitude|direction|measure|size|formula|cost|price|profit|mass|weight|mode|median|power"
    r"|intervals?|sum|product|distance|number)\b"
    r"|\b(?:domain|cent(?:er|re)|slope|intercepts?|vertex|focus|foci|symmetry|asymptotes?|eccentricity|amplitude|period|shift|mean"
    r"|median|deviation|area|perimeter|volume|quotient|remainder|range|radius|mode),?\s+and\s+\w"
    r"|\$,?\s+and\s+\$[^$]+\$\s*[.;]?\s*(?:$|\n)"
    r"|_{2,}[^_]+_{2,}|(?:\\_\s?){2,}[^_]+(?:\\_\s?){2,}"
)
_SEVERAL = (_REQUESTS > 1) | _JOINED
_TABLE = pl.col("problem").str.contains(r"(?i)\bparam\s?1\b")


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
        """Variants first, then labelled parts."""
        return pl.coalesce(reason_of(rule, where=where) for rule, where in _RULES)

    def detail(self) -> pl.Expr:
        """The parts, or the requests."""
        return pl.coalesce(detail_of(rule, where=where) for rule, where in _RULES)


def _table(text: str) -> Finding | None:
    found = variants(text)
    return ("variants", found) if found else None


def _labelled(text: str) -> Finding | None:
    found = labelled_parts(text)
    return ("labelled_parts", found) if found else None


def _separate(text: str) -> Finding | None:
    found = separate_questions(text)
    return ("separate_questions", found) if found else None


_RULES = ((_table, _TABLE), (_labelled, _LABELLED), (_separate, _SEVERAL))
