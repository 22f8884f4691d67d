"""The kind of a row's answer, seen with its statement; and letters of options before an answer."""

import pytest

from bigmath import answer_kind
from bigmath.row_kind import LABELLED_KINDS, row_answer_kind
from bigmath.verifier.choices import option_letter
from bigmath.verifier.kinds import AnswerKind

ROWS = [
    ("What is $1+1$?", "2", "integer"),
    ("Prove that $n<2^n$.", "n<2^n", "proof/none"),
    ("Is it so?", "证明题", "proof/none"),
    ("What is it?", None, "proof/none"),
    ("(1) Find $a$. (2) Find the area.", "5", "several parts"),
    ("Find the range of $f$.", "(0, 1)", "interval"),
    ("Find the point of intersection.", "(0, 1)", "tuple"),
    ("Find $x$. A) 1 B) 2 C) 3", "\\textbf{(B)}\\ 2", "choice letter"),
]


@pytest.mark.parametrize(("problem", "answer", "kind"), ROWS)
def test_a_statement_tells_more_of_an_answer_than_the_answer_alone(problem: str, answer: str | None, kind: str) -> None:
    assert row_answer_kind(problem, answer) == kind


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("\\textbf{(D)}\\ 3", "D"), ("B: 35^\\circ", "B"), ("**C)** $x$", "C"), ("The correct answer is C.", "C"),
        ("D (one branch of a hyperbola)", "D"), ("D (x + 1)", None),
        ("\\mathrm{(A)}\\ x \\heartsuit 0", "A"), ("(A)", None), ("A", None), ("(A+B)^2", None), ("A(1,2)", None),
        ("C = 3", None), ("(B)^2", None), ("ABC", None),
    ],
)  # fmt: skip
def test_an_options_letter_is_read_only_before_its_text(answer: str, letter: str | None) -> None:
    assert option_letter(answer) == letter


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("[0, 25]", "interval"), ("(2,+\\infty)", "interval"), ("(3,4)", "tuple"), ("\\text{June}", "time"),
        ("\\text{No, there is no such prime } p.", "word"), ("e=\\frac{1}{2}", "fraction"),
        ("a > 2 \\text{ or } a < -1", "inequality"), ("A positive integral solution exists.", "word"),
        ("\\text{II only}", "word"), ("\\text{only }4", "integer"),
        ("4 \\text{ (minimum)}, 6 \\text{ (maximum)}", "several parts"),
    ],
)  # fmt: skip
def test_kinds_that_an_answer_shows_by_itself(answer: str, kind: str) -> None:
    assert answer_kind(answer) == kind


def test_every_label_stands_for_kinds_that_there_are() -> None:
    assert all(kinds <= frozenset(AnswerKind) and kinds for kinds in LABELLED_KINDS.values())
