"""What kind of answer a whole row has: the answer's own kind, seen with what the statement asks.

`answer_kind` reads the answer alone. With the statement more is known: a formula under "prove that" is no answer, one
value under two questions is one part of several, and a pair of numbers where a range is asked is an interval.
"""

import re
from collections.abc import Mapping

from bigmath.parts import labelled_parts, variants
from bigmath.proving import PSEUDO_ANSWER, proof_request
from bigmath.separate_questions import separate_questions
from bigmath.statement import wording
from bigmath.verifier.kinds import AnswerKind, answer_kind

_RANGE = re.compile(
    r"\b(?:range|interval|domain|solution\s+set|for\s+(?:what|which)\s+(?:real\s+)?(?:values?|numbers?)|inequality"
    r"|(?:in|de)creasing|monotonic\w*|set\s+of\s+(?:all\s+)?(?:real\s+)?(?:values?|numbers?))\b",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"\b(?:ordered|pairs?|points?|coordinates?|vertex|center|centre|vector|intersection)\b", re.IGNORECASE
)


def row_answer_kind(problem: str, answer: str | None) -> AnswerKind:
    """The kind of a row's reference answer; `NONE` where there is none or a proof is asked for.

    >>> str(row_answer_kind("Find the range of $x$ with $|x-3|<1$.", "(2, 4)"))
    'interval'
    """
    if answer is None or not answer.strip() or PSEUDO_ANSWER.match(answer):
        return AnswerKind.NONE
    kind = answer_kind(answer)
    if kind is AnswerKind.CHOICE:
        return kind
    if proof_request(wording(problem)):
        return AnswerKind.NONE
    if variants(problem) or labelled_parts(problem) or separate_questions(problem):
        return AnswerKind.PARTS
    if kind is AnswerKind.TUPLE and answer.count(",") == 1 and _RANGE.search(problem) and not _POINT.search(problem):
        return AnswerKind.INTERVAL
    return kind


_LETTER, _NONE = frozenset({AnswerKind.CHOICE}), frozenset({AnswerKind.NONE})
LABELLED_KINDS: Mapping[str, frozenset[AnswerKind]] = {
    "text_choice_letter": _LETTER,
    "proof_none": _NONE,
    "missing": _NONE,
    "word_or_name": frozenset({AnswerKind.WORD}),
    "several_parts": frozenset({AnswerKind.PARTS}),
    "function": frozenset({AnswerKind.FUNCTION, AnswerKind.EQUATION}),
    "time_or_date": frozenset({AnswerKind.TIME}),
    "number_with_unit": frozenset({AnswerKind.QUANTITY, AnswerKind.ANGLE}),
    "interval": frozenset({AnswerKind.INTERVAL, AnswerKind.INEQUALITY}),
    "other": frozenset(
        {AnswerKind.RATIO, AnswerKind.INEQUALITY, AnswerKind.BASE_N, AnswerKind.EQUATION, AnswerKind.WORD}
    ),
    **{
        str(kind): frozenset({kind})
        for kind in (
            AnswerKind.INTEGER, AnswerKind.DECIMAL, AnswerKind.FRACTION, AnswerKind.EXPRESSION, AnswerKind.EQUATION,
            AnswerKind.TUPLE, AnswerKind.SET, AnswerKind.MATRIX, AnswerKind.PERCENT, AnswerKind.MONEY,
        )
    },
}  # fmt: skip
"""The labels of hand-labelled sets, which tell less finely, and the kinds that each stands for."""
