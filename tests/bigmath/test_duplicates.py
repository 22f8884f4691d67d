"""Canonical text, signatures against datasketch, the guard and clusters, on planted rows."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath.duplicates import DUPLICATES, exact_clusters, kept_instead, near_clusters
from bigmath.normalize import canonical_text

SAME = [
    (r"Evaluate $\dfrac12$.", r"evaluate \(\frac{1}{2}\)"),
    (r"Find $\left(x^2\right)$", "Find $(x^{2})$."),
    ("x² ≤ 5", r"$x^2 \leqslant 5$"),
    ("There are 9,126 cats", "There are 9{,}126 cats?"),
    (r"\tfrac18 \times20", r"\frac{1}{8}\times 20"),
    (r"costs \$5<br/>each", r"costs \textdollar 5 each"),
    (r"costs {\textdollar}5 each", r"costs $\$5$ each"),
    (r"costs \textdollar{}1,000", r"costs \mathdollar1000"),
    ("all [real](https://a.org/wiki/Real_number) $x$", "all real $x$"),
    ('the [circle](https://a.org/Circle_(geometry) "a title") and [line](/wiki/Line)', "the circle and line"),
    (r"[$\triangle$](http://a.org/t)[$ABC$](http://a.org/abc)", r"$\triangle ABC$"),
    ("![the figure](https://a.org/1.jpg?top=3) Find x", "![](https://a.org/1.jpg?top=3) Find $x$."),
    ("$x_{}^{2} + a_{ }b^{}$", "$x^2+ab$"),
    (r"$\sum_{}n$", r"$\sum n$"),
    (r"${}_5C_2 \pi{}r$", r"$_5C_2 \pi r$"),
]
DIFFERENT = [
    (r"$\frac{t+1}{t}$", r"$t+\frac{1}{t}$"),
    ("12 birds", "13 birds"),
    ("$x < 5$", r"$x \le 5$"),
    ("$x^2$", "$x_2$"),
    ("$a + b$", "$a - b$"),
    ("all [12](https://a.org) birds", "all [13](https://a.org) birds"),
    ("![](https://a.org/1.jpg?top=3) Find x", "![](https://a.org/1.jpg?top=4) Find x"),
    ("[a](b+1)", "a"),
    (r"costs \$5", r"costs \$6"),
    (r"$\frac{}{12} = 3$", r"$\frac{12}{} = 3$"),
    (r"$\frac{}{\sqrt{2}}$", r"$\frac{\sqrt{2}}{}$"),
    ("$x_{}^{2}$", "$x_{2}^{}$"),
    (r"$\{\}$", "$ $"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_statement_have_one_canonical_text(one: str, other: str) -> None:
    assert canonical_text(one) == canonical_text(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_mathematics_has_another_canonical_text(one: str, other: str) -> None:
    assert canonical_text(one) != canonical_text(other)


PIECES = st.sampled_from(
    [
        *"xyA1 29,.{}^_$+-=<>()²≤π",
        "\\dfrac",
        "\\frac",
        "\\le",
        "\\leq",
        "\\left",
        "\\text{",
        "\\times",
        "\\\\",
        "1,234",
        "\\$",
        "{}",
        "_{}",
        "[x](https://a.b/c_1)",
        "![",
        "\\textdollar",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_the_canonical_text_of_a_canonical_text_is_itself(text: str) -> None:
    assert canonical_text(canonical_text(text)) == canonical_text(text)


def rows(*problems: str, **columns: list[Any]) -> pl.DataFrame:
    count = len(problems)
    plain = {"problem_id": [f"p{at}" for at in range(count)], "problem": list(problems), "answer": ["1"] * count}
    return pl.DataFrame({**plain, "solutions": [["long"]] * count, **columns})


LONG = "A farmer has {} cows and {} hens on a rectangular farm. How many legs do all of these animals have together?"


def test_exact_clusters_keep_one_row_by_the_rule_and_flag_other_answers() -> None:
    table = rows("What is $\\dfrac12$?", "what is \\(\\frac{1}{2}\\)", "other", answer=["1", "2", "3"])
    found = exact_clusters(table)
    assert found.schema == DUPLICATES
    assert found.select("problem_id", "cluster", "keeper", "why_kept", "answers_conflict").rows() == [
        ("p0", "p0", True, "smallest id", True),
        ("p1", "p0", False, None, True),
    ]
    assert kept_instead(found).rows() == [("p1", "p0")]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"alive": [False, True]}, "passed the filters"),
        ({"verified": [False, True]}, "verified answer"),
        ({"synthetic": [True, False]}, "human-written"),
        ({"solutions": [["short"], ["much longer"]]}, "longest solution"),
    ],
)
def test_the_keeper_is_chosen_in_the_order_of_the_rule(columns: dict[str, list[Any]], why: str) -> None:
    found = exact_clusters(rows("same", "same", **columns)).filter("keeper")
    assert found.select("problem_id", "why_kept").row(0) == ("p1", why)


def test_near_clusters_join_light_rewording_and_leave_templates_apart() -> None:
    text = LONG.format(3, 4)
    table = rows(text, text.replace("on a", "on the"), LONG.format(3, 5), LONG.format(13, 4), text + "  ")
    found = near_clusters(table)
    near = found.filter(pl.col("method") == "near")
    assert near["problem_id"].to_list() == ["p0", "p1", "p4"]
    assert near["cluster"].unique().to_list() == ["p0"]
    assert found.filter(pl.col("method") == "family")["problem_id"].to_list() == ["p0", "p1", "p2", "p3", "p4"]
    assert kept_instead(found).rows() == [("p1", "p0"), ("p4", "p0")]


def test_clusters_do_not_depend_on_the_order_of_rows() -> None:
    texts = [LONG.format(at % 7, at) + (" Please." if at % 3 else "") for at in range(60)] * 2
    table = rows(*texts)
    found = near_clusters(table)
    assert found.height >= 120
    assert near_clusters(table.sample(fraction=1, shuffle=True, seed=5)).equals(found)


def test_floods_of_equal_empty_and_huge_texts_do_not_blow_up() -> None:
    table = rows(*["again and again"] * 20_000, *[""] * 1_000, "x+" * 500_000, "y " * 500_000)
    assert exact_clusters(table).height == 20_000
    assert near_clusters(table).height == 20_000
