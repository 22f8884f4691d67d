"""Canonical text, signatures against datasketch, the guard and clusters, on planted rows."""

import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath.duplicates import DUPLICATES, NearSettings, exact_clusters, kept_instead, near_clusters
from bigmath.guard import essence, same_problem
from bigmath.minhash import band_keys, jaccard, shingles, signatures
from bigmath.normalize import canonical_text

SAME = [
    (r"Evaluate $\dfrac12$.", r"evaluate \(\frac{1}{2}\)"),
    (r"Find $\left(x^2\right)$", "Find $(x^{2})$."),
    ("x² ≤ 5", r"$x^2 \leqslant 5$"),
    ("There are 9,126 cats", "There are 9{,}126 cats?"),
    (r"\tfrac18 \times20", r"\frac{1}{8}\times 20"),
    (r"costs \$5<br/>each", r"costs \textdollar 5 each"),
]
DIFFERENT = [
    (r"$\frac{t+1}{t}$", r"$t+\frac{1}{t}$"),
    ("12 birds", "13 birds"),
    ("$x < 5$", r"$x \le 5$"),
    ("$x^2$", "$x_2$"),
    ("$a + b$", "$a - b$"),
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
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_the_canonical_text_of_a_canonical_text_is_itself(text: str) -> None:
    assert canonical_text(canonical_text(text)) == canonical_text(text)


def _pair(similarity: float, seed: int) -> tuple[str, str]:
    words = random.Random(seed).choices(
        ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"], k=60
    )
    other = list(words)
    for at in random.Random(seed + 1).sample(range(60), int(60 * (1 - similarity))):
        other[at] = f"w{at}{seed}"
    return " ".join(words), " ".join(other)


@pytest.mark.parametrize("share", [0.98, 0.9, 0.8, 0.5])
def test_signatures_estimate_the_similarity_as_datasketch_does(share: float) -> None:
    ours, theirs, true = [], [], []
    for seed in range(12):
        one, other = _pair(share, seed)
        minima = signatures([one, other], permutations=128)
        ours.append(float(np.mean(minima[0] == minima[1])))
        hashed = [MinHash(num_perm=128), MinHash(num_perm=128)]
        for text, sketch in zip((one, other), hashed, strict=True):
            sketch.update_batch([text[at : at + 5].encode() for at in range(len(text) - 4)])
        theirs.append(hashed[0].jaccard(hashed[1]))
        true.append(jaccard(shingles(one), shingles(other)))
    assert abs(np.mean(ours) - np.mean(true)) < 0.05
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.07


def test_no_bucket_holds_a_crowd_of_unlike_texts_and_short_texts_do_not_meet() -> None:
    texts = [" ".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=200)) for seed in range(500)] + [
        "",
        "a",
        "b",
        "ab",
    ]
    for key in band_keys(signatures(texts), 16, np.zeros(len(texts), dtype=np.uint64)):
        assert np.unique(key, return_counts=True)[1].max() <= 10


GUARD = [
    ("Find the number of ways to seat 4 people", "Determine the number of ways to seat 4 people", True),
    ("How many ways can seven people stand in a line?", "How many ways can 7 people stand in a line?", True),
    ("A gardden has sides 3 and 4; find its area", "A garden has sides 3 and 4; find its area", True),
    ("the sum of two consecutive integers", "the sum of two consecutive odd integers", False),
    ("find the maximum of f", "find the minimum of f", False),
    ("increasing sequences of 4 terms", "decreasing sequences of 4 terms", False),
    ("there are 2 birds and 6 storks", "there are 2 storks and 6 birds", False),
    ("the value of \\sin x", "the value of \\cos x", False),
    ("the line through a and b", "the line through a and c", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), GUARD)
def test_only_light_wording_may_differ(one: str, other: str, same: bool) -> None:
    texts = pl.Series([canonical_text(one), canonical_text(other)])
    agree = essence(texts).n_unique() == 1 and same_problem(texts[0], texts[1])
    assert agree == same and same_problem(texts[0], texts[1]) == same_problem(texts[1], texts[0])


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
    assert found["problem_id"].to_list() == ["p0", "p1", "p4"]
    assert found["cluster"].unique().to_list() == ["p0"]
    unguarded = near_clusters(table, NearSettings(guarded=False))
    assert unguarded.height == 5


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
