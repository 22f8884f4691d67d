"""What a rewording cannot change: pairs of statements that agree, and pairs that do not."""

import polars as pl
import pytest

from bigmath.agreement import AGREEMENT, agreement

ROPE = "A rope of 12 meters is cut into 3 equal parts. How long is each?"

AGREE = [
    (ROPE, "Somebody cuts twelve meters of rope into three equal parts: what is one of them long?"),
    (r"Find $x$ if $x<\frac{1}{2}$ and $x>0$.", r"$x > 0$ and also $x < \dfrac12$: which number is $x$?"),
    ("It is Monday. What day is it in 5 days?", "After 5 days, what day is it if it is Monday today?"),
    ("What is the sine $\\sin(30)$?", "Give $\\sin 30$."),
]
DIFFER = [
    (ROPE, "A rope of 12 meters is cut into 4 equal parts. How long is each?"),
    (ROPE, "A rope of 12 meters is cut into 3 equal parts, 3 times. How long is each?"),
    ("Find $x$ with $x<5$.", "Find $x$ with $x>5$."),
    ("Find $x$ with $x<5$.", r"Find $x$ with $x\le 5$."),
    ("Solve $x+y=mn-2$.", "Solve $x+y=2mn$."),
    ("Solve $x^4+y=3$.", "Solve $x^3+y=4$."),
    ("How many edges has the cube with 3 red faces?", "How many edges has the pyramid with 3 red faces?"),
    ("Which of 3 circles can be tangent?", "Which of 3 circles cannot be tangent?"),
    (r"Find $\sin 30$.", r"Find $\cos 30$."),
    ("If it is Monday, what day is it in 5 days?", "If it is Friday, what day is it in 5 days?"),
]


def agree(one: str, other: str, answers: tuple[str | None, str | None] = ("4", "4")) -> bool:
    told = agreement(
        pl.DataFrame({"problem": [one, other], "answer": list(answers)}, schema_overrides={"answer": pl.String})
    )
    assert told.schema == AGREEMENT
    first, second = told.rows()
    return first == second and None not in first


@pytest.mark.parametrize(("one", "other"), AGREE)
def test_other_words_and_other_latex_agree(one: str, other: str) -> None:
    assert agree(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFER)
def test_another_number_relation_function_or_name_does_not(one: str, other: str) -> None:
    assert not agree(one, other)


def test_answers_must_be_there_and_equal_but_for_their_spelling() -> None:
    assert agree(ROPE, ROPE, (r"\frac{1}{2}", r"\dfrac12"))
    assert not agree(ROPE, ROPE, ("4", "5"))
    assert not agree(ROPE, ROPE, (None, None))
    assert not agree(ROPE, ROPE, ("", ""))


@pytest.mark.parametrize("letter", ["C", r"\textbf{(C)}", r"\text{(C)}", "(C)", "C)", r"$\boxed{C}$"])
def test_the_letter_of_a_choice_is_no_answer(letter: str) -> None:
    assert not agree(ROPE, ROPE, (letter, letter))


def test_an_answer_with_its_letter_is_one_and_a_statement_without_numbers_says_too_little() -> None:
    assert agree(ROPE, ROPE, (r"\textbf{(C)}\ 4", r"\textbf{(C)}\ 4"))
    assert not agree("Which shape is it?", "Which shape is it?")


def test_statements_that_are_missing_empty_or_very_long_are_read() -> None:
    problems = [None, "", "7 " * 100_000]
    told = agreement(pl.DataFrame({"problem": problems, "answer": ["1", "1", "1"]}))
    assert told["numbers"].to_list()[:2] == [b"", b""] and len(told["numbers"][2]) > 8
    assert agreement(pl.DataFrame(schema={"problem": pl.String, "answer": pl.String})).schema == AGREEMENT
