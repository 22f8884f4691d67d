"""Multiple choice to open-ended: what the rule rewrites, into what, and what it refuses, by name."""

import json
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from bigmath.filtering import DECISIONS
from bigmath.problem import Problem, to_frame
from bigmath.reformulation.printed import take_apart
from bigmath.reformulation.rewrite import rewrite
from bigmath.reformulation.right_option import option_value, right_option, split_answer
from bigmath.reformulation.tables import candidates, rewrites, rewritten
from bigmath.reformulation.wordings import ALWAYS, UNLESS_COUNTED

AUDIT = Path(__file__).parents[1] / "data" / "audits" / "reformulated.jsonl"
BOLD = r"$\textbf{(A)}\ %s \qquad \textbf{(B)}\ %s \qquad \textbf{(C)}\ %s$"


@pytest.mark.parametrize(
    ("statement", "answer", "problem", "value"),
    [
        ("What is $3+4$?\n" + BOLD % (6, 7, 8), r"\textbf{(B)}\ 7", "What is $3+4$?", "7"),
        ("What is $3+4$?\n" + BOLD % (6, 7, 8), "B", "What is $3+4$?", "7"),
        ("What is $3+4$? (A) 6 (B) 7 (C) 8 (D) 9", "7", "What is $3+4$?", "7"),
        ("The sum $1-4$ is (   )\nA: $3$\nB: $-3$\nC: $5$", "B", "The sum $1-4$ is", "-3"),
        ("$1,000-777=$\n" + BOLD % (222, 223, 233), r"\text{B}", "$1,000-777=$", "223"),
        ("Then $x = \\textbf{(A)}\\ 3\\qquad\\textbf{(B)}\\ 5\\qquad\\textbf{(C)}\\ 8$", "5", "Then $x =$", "5"),
        ("It costs $5. What is left of $9? (A) 4 (B) 5 (C) 6", "4", "It costs $5. What is left of $9?", "4"),
        ("What is $\\sqrt[b]{x}$ for $x=2^b$?\nA) 1\nB) 2\nC) 4", "2", "What is $\\sqrt[b]{x}$ for $x=2^b$?", "2"),
        (
            "Which of the following is the value of $2^5$?\n" + BOLD % (16, 25, 32),
            "32",
            "What is the value of $2^5$?",
            "32",
        ),
        (
            "How many of the digits could be odd?\n" + BOLD % (2, 3, 4),
            "(C)",
            "How many of the digits could be odd?",
            "4",
        ),
    ],
)
def test_a_question_that_stands_alone_loses_its_options(statement: str, answer: str, problem: str, value: str) -> None:
    told = rewrite(statement, answer)
    assert told.refusal is None, told
    assert (told.problem, told.answer) == (problem, value)


@pytest.mark.parametrize(
    ("question", "options", "answer", "refusal"),
    [
        ("Which of the following is a prime?", (4, 5, 6), "5", "which_of_these"),
        ("Which of these numbers is less than its reciprocal?", (-2, 0, 1), "-2", "which_of_these"),
        ("Which number is the largest?", (0.99, 0.9, 0.909), "0.99", "which_of_these"),
        ("Find the smallest number from the numbers below.", (3, 4, 5), "3", "refers_to_options"),
        ("The value of $487 \\cdot 12$ is closest to", (500, 6000, 10), "6000", "approximate"),
        ("If $x$ is a cube, its number of divisors could be", (200, 201, 202), "202", "possible_not_certain"),
        ("One of the sides could have length", (22, 81, 91), "81", "possible_not_certain"),
        ("If $n$ is whole, $n^2(n^2-1)$ is always divisible by", (5, 12, 24), "12", "property"),
        ("One of the original integers is", (19, 21, 23), "21", "property"),
        ("The distance $AD$ is between which two integers?", ("30,31", "31,32", "32,33"), "31,32", "property"),
        ("If $a^x=b$ then", ("x=1", "a=b", "xy=q"), "xy=q", "incomplete"),
        ("What is the expression for $x+x$?", ("x", "2x", "3x"), "2x", "which_of_these"),
        ("Simplify $(x+1)^2-x^2-1$.", ("x", "2x", "3x"), "2x", "form_matters"),
        ("What is $1+1$?", (1, 3, r"\text{none of these}"), r"\text{none of these}", "none_of_these"),
        ("What curve is the graph of $y=x^2$?", (r"\text{a line}", r"\text{a parabola}", r"\text{a circle}"),
         r"\text{a parabola}", "answer_not_closed_form"),
        ("On what day was he born?", (r"\text{Friday}", r"\text{Sunday}", r"\text{Monday}"), r"\text{Friday}",
         "answer_not_closed_form"),
        ("What is $1+1$?", (1, 3, 4), "2", "answer_not_an_option"),
        ("In order, the roots are", ("1,2", "2,1", "3,1"), "1,2", "options_alike"),
        ("How large is the angle?", ("k+1", "k+2", "k+3"), "k+2", "unknown_symbols"),
    ],
)  # fmt: skip
def test_a_question_that_needs_its_options_is_refused_by_name(
    question: str, options: tuple[object, ...], answer: str, refusal: str
) -> None:
    assert rewrite(f"{question}\n{BOLD % options}", answer).refusal == refusal


@pytest.mark.parametrize(
    ("answer", "split"),
    [
        (r"\textbf{(E) }75", ("E", "75")),
        (r"\text{(C)}\ n(n+2)", ("C", "n(n+2)")),
        (r"\textbf{(B)}\ \frac{1}{12}", ("B", r"\frac{1}{12}")),
        (r"(\textbf{B})\: \frac{2}{3}", ("B", r"\frac{2}{3}")),
        (r"\frac{37}{56}\ \textbf{(B)}", ("B", r"\frac{37}{56}")),
        (r"C: 12", ("C", "12")),
        (r"\text{B}", ("B", None)),
        ("(D)", ("D", None)),
        ("75", (None, "75")),
    ],
)
def test_an_answer_is_split_into_letter_and_value(answer: str, split: tuple[str | None, str | None]) -> None:
    assert split_answer(answer) == split


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        (r"}\ 12 \qquad \textbf{", "12"),
        (r" $-\frac12$" + "\n", r"-\frac12"),
        (r" .03 \\ \text{", ".03"),
        (" 5\n\nEnter the letter of the correct option.", "5"),
        (r"} \hspace{.05in}139 \hspace{1cm} $(\mathrm{", "139"),
        ("$x$ or $y$", "$x$ or $y$"),
    ],
)
def test_an_option_is_read_without_what_belongs_to_the_list(printed: str, value: str) -> None:
    assert option_value(printed) == value


def test_a_letter_that_is_the_text_of_an_option_is_a_value() -> None:
    right = right_option((" $b^2$", " $b$", " $c$"), "b")
    assert not isinstance(right, str)
    assert (right.letter, right.value) == ("B", "b")


def test_a_figure_before_the_options_stays_with_the_question() -> None:
    parts = take_apart("What is the area of this shape?\n[asy]draw((0,0)--(1,1));[/asy]\n(A) 1 (B) 2 (C) 3")
    assert parts is not None
    assert parts.question.endswith("[/asy]")


def _problem(problem: str, answer: str | None) -> Problem:
    return Problem(
        problem_id="toy-1", source="toy", subset="", problem=problem, answer=answer, answer_from="column",
        solutions=("so it is (B)",), level=3.0, domain="algebra", license="MIT", repository="toy", revision="1",
        config="", source_split="train", row=0, notes=("seen",),
    )  # fmt: skip


def _drops(*why: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [("toy-1", "toy", "strict", "open_ended", name, at, reason is None, reason, None)
         for at, (name, reason) in enumerate(why)],
        schema=DECISIONS,
        orient="row",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("why", "asked"),
    [
        ([("multiple_choice", "lettered_options"), ("proof", None)], True),
        ([("multiple_choice", "lettered_options"), ("not_closed_form", "choice_letter")], True),
        ([("multiple_choice", "lettered_options"), ("not_closed_form", "word")], False),
        ([("multiple_choice", "asks_letter")], False),
        ([("multiple_choice", "lettered_options"), ("figure", "missing_figure")], False),
        ([("not_closed_form", "choice_letter")], False),
        ([("proof", None)], False),
    ],
)
def test_only_problems_dropped_for_nothing_but_their_options_are_candidates(
    why: list[tuple[str, str | None]], asked: bool
) -> None:
    rows = to_frame([_problem("What is $3+4$? (A) 6 (B) 7 (C) 8", "B")])
    assert (candidates(rows, _drops(*why)).height == 1) is asked


def test_a_rewritten_problem_keeps_its_lineage_and_its_parents_facts() -> None:
    parent = to_frame([_problem("What is $3+4$? (A) 6 (B) 7 (C) 8", "B")])
    (new,) = rewritten(parent, rewrites(parent)).to_dicts()
    assert (new["problem_id"], new["parent_id"], new["letter"]) == ("toy-1-open", "toy-1", "B")
    assert (new["problem"], new["answer"], new["answers"], new["answer_from"]) == (
        "What is $3+4$?",
        "7",
        ["7"],
        "option",
    )
    assert new["notes"] == ["seen", "reformulated: option B of toy-1"]
    assert (new["level"], new["domain"], new["license"], new["solutions"]) == (3.0, "algebra", "MIT", ["so it is (B)"])


def test_a_refused_candidate_says_why_and_makes_no_problem() -> None:
    parent = to_frame([_problem("Which of the following is prime? (A) 4 (B) 5 (C) 6", "B")])
    made = rewrites(parent)
    assert made["refusal"].to_list() == ["which_of_these"]
    assert made["problem_id"].to_list() == [None]
    assert rewritten(parent, made).is_empty()


def test_hostile_statements_are_answered_quickly() -> None:
    started = time.process_time()  # the machine may be busy with other work
    for filler in (" " * 40_000, "$" * 40_000, "\\textbf{" * 8_000, "(" * 40_000, "which of " * 5_000, "a, " * 15_000):
        rewrite(f"What is it? {filler} (A) 1 {filler} (B) 2 {filler} (C) 3", f"(B) {filler}")
        rewrite(f"{filler} is\n(A) 1 (B) 2 (C) 3", "2")
    assert time.process_time() - started < 12


def test_every_refusal_a_wording_gives_is_documented() -> None:
    from bigmath.reformulation.alone import REFUSALS

    assert {reason for reason, _ in (*ALWAYS, *UNLESS_COUNTED)} <= set(REFUSALS)


def test_the_audit_of_read_pairs_holds_the_floor() -> None:
    rows = [json.loads(line) for line in AUDIT.read_text().splitlines()]
    verdicts = Counter(row["verdict"] for row in rows)
    assert len({row["id"] for row in rows}) == 100
    assert verdicts["same"] >= 95
    assert sum(row["stands_alone"] for row in rows) >= 95
