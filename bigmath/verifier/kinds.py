"""What kind of thing an answer is: the closed-form filter, and the columns of a report.

The kind follows from the tree the verifier reads, so that what is called closed-form is what can be judged.
"""

import re
from enum import StrEnum

from bigmath.verifier.choices import option_letter
from bigmath.verifier.dates import DAYS, MONTHS, date
from bigmath.verifier.reading import Reading, read
from bigmath.verifier.shapes import shape
from bigmath.verifier.tree import Node, has, names, walk


class AnswerKind(StrEnum):
    """One kind per answer; the first that fits, from the most special to the most general."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FRACTION = "fraction"
    """A ratio of two integers, mixed numbers included."""
    EXPRESSION = "expression"
    """Any other scalar: radicals, powers, formulas in the problem's symbols."""
    EQUATION = "equation"
    """An equation that does not merely name a value (x = 5 is an integer)."""
    INEQUALITY = "inequality"
    TUPLE = "tuple"
    SET = "set"
    """A list or set of several answers of one kind, plus-minus included."""
    INTERVAL = "interval"
    """Intervals, their unions, set-builders, number sets."""
    MATRIX = "matrix"
    FUNCTION = "function"
    """f(x) = ..., piecewise definitions."""
    CHOICE = "choice letter"
    """A to H alone, in brackets, or as a label before an option's text."""
    WORD = "word"
    """Up to six words, or a sentence that begins with yes or no: yes, even, Alice."""
    QUANTITY = "quantity with unit"
    PERCENT = "percent"
    MONEY = "money"
    TIME = "time"
    """A time of day, a date, a month, a day of the week."""
    RATIO = "ratio"
    ANGLE = "angle"
    BASE_N = "base-n"
    PARTS = "several parts"
    """Answers to parts (a), (b), or named values of different things."""
    NONE = "proof/none"
    """Prose, a proof, nothing at all, or text that cannot be read."""


CLOSED_FORM = frozenset(AnswerKind) - {AnswerKind.NONE, AnswerKind.PARTS, AnswerKind.CHOICE}
"""Kinds whose answers can be judged by value."""

_CHOICE = re.compile(r"\(?\s*([A-H])\s*\)?")
_CALENDAR = frozenset((*MONTHS, *DAYS))
_VERDICT = re.compile(r"\W*(?:text\W*)?(?:yes|no)\s*[,.;:]\s*\S", re.IGNORECASE)
_ONLY = re.compile(r"\bonly\b")
_NUMERAL = re.compile(r"(?<!\()\d|=")
"""`I and II only` names statements, `only 4` and `x = 0 only` give a number."""
_NAMED_EXTREMES = re.compile(r"\(\s*min(?:imum)?\s*\).*\(\s*max(?:imum)?\s*\)", re.IGNORECASE | re.DOTALL)
_SENTENCE = re.compile(r"(?:\b[A-Za-z]{2,}\s+){3}[A-Za-z]{2,}")
_MONEY = re.compile(r"(?:\\\$|\\textdollar|^\$|[€£¥₹])\s*\d|\d\s*(?:dollars?|cents?|yuan|euros?|pounds?|USD|rupees?)\b")
_PART = re.compile(r"\(\s*(?:[a-d]|i{1,3}|[1-4])\s*\)\s*\S")
_NOTHING = re.compile(
    r"(?:see|refer to|proof|prove|shown|none of|not applicable|n/?a\b|no answer|as follows|omitted)", re.IGNORECASE
)
WORDS_OF_AN_ANSWER = 6


def answer_kind(text: str) -> AnswerKind:
    """The kind of a bare answer; `NONE` for what the verifier could not judge.

    >>> answer_kind(r"\\frac{3}{4}"), answer_kind("x = 5"), answer_kind("see the figure")
    (<AnswerKind.FRACTION: 'fraction'>, <AnswerKind.INTEGER: 'integer'>, <AnswerKind.NONE: 'proof/none'>)
    """
    if option_letter(text):
        return AnswerKind.CHOICE
    try:
        return _kind_of(read(text), text)
    except Exception:  # as in `explain`: one strange answer must not stop a run over a million
        return AnswerKind.NONE


def _kind_of(reading: Reading, text: str) -> AnswerKind:
    if _VERDICT.match(text) and _SENTENCE.search(text):
        return AnswerKind.WORD
    if not reading.readable:
        return AnswerKind.NONE
    plain = (
        reading.text.replace("\\text", "")
        .replace("\\mathrm", "")
        .replace("\\textbf", "")
        .replace("{", "")
        .replace("}", "")
    )
    if _CHOICE.fullmatch(plain):
        return AnswerKind.CHOICE
    if _ONLY.search(plain) and not _NUMERAL.search(plain):
        return AnswerKind.WORD
    if _NAMED_EXTREMES.search(text):
        return AnswerKind.PARTS
    if reading.node is None or (reading.node.op == "unit" and _SENTENCE.search(text)):
        return _kind_of_words(reading)
    if _MONEY.search(reading.text) and reading.node.op in ("num", "dec", "unit", "mul"):
        return AnswerKind.MONEY
    return _kind(reading.node)


def _kind_of_words(reading: Reading) -> AnswerKind:
    if _NOTHING.search(reading.text):
        return AnswerKind.NONE
    if len(_PART.findall(reading.text)) > 1:
        return AnswerKind.PARTS
    if reading.words.removesuffix(".") in _CALENDAR or date(reading.words):
        return AnswerKind.TIME
    letters = sum(char.isalpha() or char.isspace() for char in reading.words)
    few = len(reading.text.split()) <= WORDS_OF_AN_ANSWER and "\\frac" not in reading.text
    return AnswerKind.WORD if few and letters >= 0.7 * len(reading.words) else AnswerKind.NONE


def _kind(node: Node) -> AnswerKind:
    kind = _BY_OP.get(node.op)
    if kind is not None:
        return kind
    if node.op == "num":
        return AnswerKind.INTEGER if node.value.denominator == 1 else AnswerKind.FRACTION
    if node.op == "neg":
        return _kind(node.args[0])
    if node.op == "where":
        return _kind(node.args[0])
    if node.op == "group":
        return AnswerKind.TUPLE if node.value == "()" and not _reaches_infinity(node) else AnswerKind.INTERVAL
    if node.op == "const":
        return AnswerKind.INTERVAL if node.value in ("R", "empty", "Z", "N", "Q", "C") else AnswerKind.EXPRESSION
    if node.op == "div":
        return AnswerKind.FRACTION if all(_is_integer(arg) for arg in node.args) else AnswerKind.EXPRESSION
    if node.op == "rel":
        return _kind_of_relation(node)
    if shape(node) == "point":
        return AnswerKind.TUPLE
    if node.op in ("list", "set"):
        return _kind_of_list(node)
    if has(node, "matrix"):
        return AnswerKind.MATRIX
    return AnswerKind.EXPRESSION


_BY_OP = {
    "dec": AnswerKind.DECIMAL,
    "base": AnswerKind.BASE_N,
    "percent": AnswerKind.PERCENT,
    "degree": AnswerKind.ANGLE,
    "time": AnswerKind.TIME,
    "ratio": AnswerKind.RATIO,
    "cong": AnswerKind.EQUATION,
    "unit": AnswerKind.QUANTITY,
    "matrix": AnswerKind.MATRIX,
    "cases": AnswerKind.FUNCTION,
    "family": AnswerKind.SET,
    "pm": AnswerKind.SET,
    "builder": AnswerKind.INTERVAL,
    "union": AnswerKind.INTERVAL,
    "inter": AnswerKind.INTERVAL,
    "minus": AnswerKind.INTERVAL,
}


def _reaches_infinity(node: Node) -> bool:
    return any(one.op == "const" and one.value == "inf" for arg in node.args for one in walk(arg))


def _is_integer(node: Node) -> bool:
    return (node.op == "neg" and _is_integer(node.args[0])) or (node.op == "num" and node.value.denominator == 1)


def _kind_of_relation(node: Node) -> AnswerKind:
    if node.value == ("in",):
        return AnswerKind.INTERVAL
    if any(operator != "=" for operator in node.value):
        return AnswerKind.EQUATION if "~" in node.value or "==" in node.value else AnswerKind.INEQUALITY
    left, right = node.args[0], node.args[-1]
    if left.op == "call":
        return AnswerKind.FUNCTION
    named = left.op in ("sym", "sub") or (left.op == "const" and left.value == "e")  # an eccentricity, not the number
    if named and left not in walk(right):
        return _kind(right) if not names(right) else AnswerKind.EQUATION
    return AnswerKind.EQUATION


def _kind_of_list(node: Node) -> AnswerKind:
    named = [arg for arg in node.args if arg.op == "rel" and "=" in arg.value]
    if len(named) == len(node.args) > 1 and len({arg.args[0] for arg in named}) > 1:
        return AnswerKind.PARTS
    if all(arg.op == "rel" and not {"=", "~", "=="} & set(arg.value) for arg in node.args):
        return AnswerKind.INEQUALITY
    return AnswerKind.SET
