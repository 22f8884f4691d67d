"""Signs of a wrong label: which disagreements are recorded, and which differences are none."""

from typing import Any

import polars as pl
import pytest

from bigmath.duplicates import exact_clusters
from bigmath.label_suspects import REASONS, agree, duplicate_signs, option_signs, row_signs
from bigmath.reformulation.tables import rewrites
from bigmath.verifier.judge import equivalent


def _row(**changes: Any) -> pl.DataFrame:
    row = {
        "problem_id": "a",
        "source": "toy",
        "answer": "7",
        "answer_from": "column",
        "answers": ["7"],
        "solutions": [],
    }
    return pl.DataFrame(
        [row | changes],
        schema={
            "problem_id": pl.String,
            "source": pl.String,
            "answer": pl.String,
            "answer_from": pl.String,
            "answers": pl.List(pl.String),
            "solutions": pl.List(pl.String),
        },
    )


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({"solutions": ["so \\boxed{8}"]}, {"answer_and_boxes_differ": "7 | 8"}),
        ({"solutions": ["so \\boxed{8}", "so \\boxed{7}"]}, {"solutions_differ": "7 | 8"}),
        ({"answer": "\\frac12", "solutions": ["so \\boxed{0.5}"]}, {}),
        ({"solutions": ["so \\boxed{\\textbf{(B)}\\ 7}"]}, {}),
        ({"solutions": ["so \\boxed{\\textbf{(B)}}"]}, {}),
        ({"solutions": ["x is \\boxed{3}, y is \\boxed{4}"]}, {}),
        ({"solutions": ["no box at all"]}, {}),
        ({"answer_from": "boxed", "solutions": ["first \\boxed{6}, then \\boxed{7}"]}, {"boxes_disagree": "7 | 6"}),
        ({"answer_from": "boxed", "solutions": ["first \\boxed{7.0}, then \\boxed{7}"]}, {}),
        ({"answer_from": "boxed", "solutions": ["so \\boxed{7}"]}, {}),
        ({"answers": ["7", "14"]}, {"folded_answers_differ": "7 | 14"}),
        ({"answers": ["1/2", "0.5"], "answer": "1/2"}, {}),
        ({"answer": None, "solutions": ["so \\boxed{7}"]}, {}),
    ],
)
def test_answers_within_a_row_that_disagree_are_signs(changes: dict[str, Any], signs: dict[str, str]) -> None:
    told = row_signs(_row(**changes))
    assert dict(told.select("reason", "detail").rows()) == signs
    assert set(told["reason"]) <= set(REASONS)


def test_duplicates_that_disagree_name_each_other() -> None:
    problems = pl.DataFrame(
        {
            "problem_id": ["a", "b", "c", "d", "e"],
            "source": ["x", "y", "y", "x", "x"],
            "problem": ["Find $x^2$.", "Find  $x^{2}$", "find $x^2$", "Find $y$.", "find $y$"],
            "answer": ["4", "5", "4.0", "1", "(B)"],
            "solutions": [["long solution"], [""], [""], [""], [""]],
        }
    )
    clusters = exact_clusters(problems, same_answer=equivalent)
    told = duplicate_signs(problems.select("problem_id", "source", "answer"), clusters)
    assert told.select("problem_id", "source", "reason", "detail", "other_id").sort("problem_id").rows() == [
        ("a", "x", "duplicates_differ", "4 | 5", "b"),
        ("b", "y", "duplicates_differ", "5 | 4", "a"),
    ]


def test_an_answer_that_is_none_of_the_options_is_a_sign() -> None:
    candidates = pl.DataFrame(
        {"problem_id": ["a", "b"], "source": "toy", "problem": ["What is $1+1$? (A) 1 (B) 2 (C) 3"] * 2,
         "answer": ["4", "2"]}
    )  # fmt: skip
    told = option_signs(rewrites(candidates))
    assert told.select("problem_id", "reason", "detail").rows() == [("a", "answer_not_an_option", "4")]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [("7", "7.0", True), ("7", "8", False), ("7", None, None), ("B", "7", None), ("(B) 7", "7", True)],
)
def test_a_letter_alone_says_nothing_about_the_value(one: str | None, other: str | None, told: bool | None) -> None:
    assert agree(one, other) is told
    assert agree(other, one) is told
