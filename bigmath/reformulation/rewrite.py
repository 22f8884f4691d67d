r"""The rule: a multiple-choice problem and its answer in, an open-ended problem and its answer out, or why not.

    >>> told = rewrite(r"What is $3+4$? $\textbf{(A)}\ 6 \qquad \textbf{(B)}\ 7 \qquad \textbf{(C)}\ 8$", "(B)")
    >>> told.problem, told.answer, told.letter
    ('What is $3+4$?', '7', 'B')

Big-Math has a model rewrite 117,000 such problems and a second one judge them (arXiv 2502.17387, section 4.2), which
gave 47,010. A rule reaches fewer, costs nothing, and never invents: apart from two fixed phrases it only takes away.
"""

import re
from dataclasses import dataclass

from bigmath import AnswerKind, Verdict, answer_kind, equivalent, verify
from bigmath.reformulation.alone import Refused, alone
from bigmath.reformulation.printed import take_apart
from bigmath.reformulation.right_option import right_option
from bigmath.statement import wording

CHECKABLE = frozenset(AnswerKind) - {
    AnswerKind.NONE, AnswerKind.PARTS, AnswerKind.CHOICE, AnswerKind.WORD, AnswerKind.TIME,
}  # fmt: skip
"""Kinds of answers that make a problem open-ended and closed-form."""

WORDS = 3
"""Words an answer may have beside its formula: "square inches", not "1 real and 2 imaginary pairs"."""

_FORM_KINDS = {AnswerKind.EQUATION, AnswerKind.INEQUALITY, AnswerKind.FUNCTION}
_ASKS_FORM = re.compile(
    r"\b(?:equations?|inequalit(?:y|ies)|formula|functions?|express\w*|solve|values?|range|domain|set)\b", re.IGNORECASE
)
_OTHERS = re.compile(
    r"\b(?:none|neither|all|both|any|one)\s+of\s+(?:the|these|those|them|above)|\b(?:none|above|cannot|can't|not|another|"
    r"other|impossible)\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"\$+([^$]+)\$+|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SIDES = re.compile(r"(?<![<>!\\])=|\\equiv|\\text\{ ?(?:and|or) ?\}")
_SYMBOL = re.compile(
    r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])|\\(?:alpha|beta|gamma|theta|phi|lambda|mu|omega|delta|rho|sigma)\b"
)
_SAID = re.compile(r"\\(?:text|mathrm|textbf|mbox|operatorname)\s*\{[^{}]*\}|\\[a-zA-Z]+(?=[^a-zA-Z]|$)")
_FUNCTION = re.compile(r"(?<![A-Za-z\\])[fghFGPQ]\s*\(")
_IN_TERMS = re.compile(r"\bin\s+terms\s+of\b|\bexpress", re.IGNORECASE)
_ONE_SYMBOL = re.compile(r"[A-Za-z](?:_\{?\w\}?)?|\\[a-z]+")
_WORDS = re.compile(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}")
_CONSTANTS = frozenset("eidC")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What came of one multiple-choice problem: `problem`, `answer`, `letter` and `form`, or `refusal`."""

    problem: str | None = None
    answer: str | None = None
    letter: str | None = None
    """The right option's place, A for the first."""
    form: str | None = None
    """`as_printed`, or the name of the fixed phrase that was reworded."""
    refusal: str | None = None
    """A key of `bigmath.reformulation.alone.REFUSALS`."""
    detail: str | None = None
    """The words that decided a refusal."""


def rewrite(statement: str, answer: str) -> Rewrite:
    """Rewrites one multiple-choice problem by rule, or refuses. Pure: the same input gives the same output."""
    parts = take_apart(statement)
    if parts is None or not parts.question:
        return Rewrite(refusal="unreadable")
    right = right_option(parts.options, answer)
    if isinstance(right, str):
        return Rewrite(refusal=right, detail=answer)
    refused = _unfit(right.value)
    if refused is not None:
        return Rewrite(refusal=refused, detail=right.value)
    kind = answer_kind(right.value)
    told = alone(parts.question, kind)
    if isinstance(told, Refused):
        return Rewrite(refusal=told.reason, detail=told.detail)
    if (form := _form_asked(told.problem, right.value, kind)) is not None:
        return Rewrite(refusal=form[0], detail=form[1])
    return Rewrite(told.problem, right.value, right.letter, told.form)


def _unfit(value: str) -> str | None:
    if _OTHERS.search(value):
        return "none_of_these"
    if answer_kind(value) not in CHECKABLE or len(" ".join(_WORDS.findall(value)).split()) > WORDS:
        return "answer_not_closed_form"
    if verify(value, f"\\boxed{{{value}}}") is not Verdict.CORRECT:
        return "answer_not_verifiable"
    return None


def _form_asked(problem: str, value: str, kind: AnswerKind) -> tuple[str, str] | None:
    """Where only the answer's form makes it right: an equation nobody asked for, or an expression that already stands
    in the question; and where its symbols are not the question's."""
    if kind in _FORM_KINDS and not _ASKS_FORM.search(wording(problem)[-200:]):
        return "form_matters", value
    if _FUNCTION.search(value) or ("\\log" in value and "\\log" in problem and not _IN_TERMS.search(problem)):
        return "form_matters", value
    if kind is AnswerKind.EXPRESSION and not _ONE_SYMBOL.fullmatch(value.strip()):
        for formula in _FORMULA.findall(problem):
            for side in _SIDES.split("".join(formula)):
                if side.strip(" .,?:") and equivalent(side.strip(" .,?:"), value):
                    return "form_matters", side.strip()
    said = set(_SYMBOL.findall(_SAID.sub(" ", value))) - _CONSTANTS
    named = set(_SYMBOL.findall(problem)) | set(re.findall(r"[A-Za-z]", problem)) if said else set()
    if missing := said - named:
        return "unknown_symbols", " ".join(sorted(missing))
    return None
