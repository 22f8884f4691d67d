"""Topics: the source's words mapped, a rule for calculus, and the shipped classifier."""

from pathlib import Path

import polars as pl
import pytest

from bigmath.errors import SettingError
from bigmath.topics.classify import shipped, topics
from bigmath.topics.features import PAIR, features, tokens
from bigmath.topics.train import TrainSettings, accuracy, labelled, packed, train
from bigmath.topics.vocabulary import TOPICS, from_source


@pytest.mark.parametrize(
    ("domain", "topic"),
    [
        ("Counting & Probability", "counting_and_probability"),
        ("counting_and_probability", "counting_and_probability"),
        ("Intermediate Algebra", "algebra"),
        ("prealgebra", "prealgebra"),
        ("Inequalities", "algebra"),
        ("Logic and Puzzles", "counting_and_probability"),
        ("Mathematics -> Discrete Mathematics -> Graph Theory", "counting_and_probability"),
        ("Mathematics -> Algebra -> Intermediate Algebra -> Modular Arithmetic -> Other", "number_theory"),
        ("Mathematics -> Precalculus -> Limits", "precalculus"),
        ("Mathematics -> Calculus -> Integral Calculus -> Series -> Other", "calculus"),
        ("Mathematics -> Algebra -> Prealgebra -> Integers", "prealgebra"),
        ("Mathematics -> Applied Mathematics -> Math Word Problems", "prealgebra"),
        ("Mathematics -> Geometry -> Plane Geometry -> Curves -> Other", "geometry"),
        ("astrology", None),
        (None, None),
    ],
)
def test_a_sources_own_label_is_mapped_to_the_vocabulary(domain: str | None, topic: str | None) -> None:
    rows = pl.DataFrame({"domain": [domain]}, schema={"domain": pl.String})
    found = rows.select(from_source(pl.col("domain"))).item()
    assert found == topic
    assert topic is None or topic in TOPICS


PROBLEMS = {
    "What is the area of the triangle with sides 3, 4 and 5 inscribed in a circle?": "geometry",
    "Two fair dice are rolled. What is the probability that the sum is 7?": "counting_and_probability",
    "What is the remainder when $7^{2024}$ is divided by 13?": "number_theory",
    "Find all real roots of the polynomial $x^3 - 6x^2 + 11x - 6$.": "algebra",
    "Compute $\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix} \\mathbf{v}$ for a vector.": "precalculus",
}


def _rows(problems: list[str], domain: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "problem_id": pl.Series([str(at) for at in range(len(problems))], dtype=pl.String),
            "source": pl.Series(["toy"] * len(problems), dtype=pl.String),
            "problem": pl.Series(problems, dtype=pl.String),
            "domain": pl.Series([domain] * len(problems), dtype=pl.String),
        }
    )


def test_the_shipped_model_names_plain_problems() -> None:
    told = topics(_rows(list(PROBLEMS)))
    assert told["topic"].to_list() == list(PROBLEMS.values())
    assert set(told["topic_by"]) == {"model"}
    assert told["topic_probability"].is_between(1 / 6, 1).all()


def test_a_sources_label_goes_before_the_rule_and_the_rule_before_the_model() -> None:
    integral = "Evaluate $\\int_0^1 x^2 dx$."
    assert topics(_rows([integral], "Algebra")).row(0)[2:] == ("algebra", "source", None)
    assert topics(_rows([integral])).row(0)[2:] == ("calculus", "rule", None)
    told = topics(_rows(["How many integers are there?", ""]))
    assert told["topic_by"].to_list() == ["model", "model"]
    assert topics(_rows([])).is_empty()


def test_words_and_pairs_are_read_once_each_and_pairs_never_cross_rows() -> None:
    words = tokens(pl.Series(["find 12 apples", "find"]))
    assert words.rows() == [(0, "find"), (0, "##"), (0, "apples"), (1, "find")]
    known = pl.DataFrame({"id": [0, 1], "word": ["find", "##"]}, schema={"id": pl.UInt32, "word": pl.String})
    found = set(features(pl.Series(["find 12 apples find 12", "find", "##"]), known).rows())
    assert found == {(0, 0), (0, 1), (0, PAIR + 1), (1, 0)} | {(2, 1)}


def test_training_learns_what_it_is_shown_and_tells_it_on_rows_held_out() -> None:
    shapes = [f"the circle number {at} has a radius" for at in range(60)]
    counts = [f"roll {at} dice and find the probability" for at in range(60)]
    rows = pl.concat([_rows(shapes, "Geometry"), _rows(counts, "Counting & Probability")])
    known = labelled(rows)
    assert 5 < known["held_out"].sum() < 50
    model = train(known, TrainSettings(words=50, features=50))
    scores = accuracy(model, known)
    assert scores["right"].sum() == scores["rows"].sum() == known["held_out"].sum()
    with pytest.raises(SettingError, match="two topics"):
        train(known.filter(pl.col("topic") == "geometry"))


def test_copies_of_a_problem_are_on_one_side() -> None:
    rows = pl.concat([_rows(["Find  $x^2$."], "Algebra"), _rows(["find $x^{2}$"], "algebra")])
    assert labelled(rows).height == 1


def test_the_shipped_file_is_small_and_is_what_training_packs() -> None:
    path = Path(__file__).parents[2] / "bigmath" / "topics" / "model.npz"
    assert path.stat().st_size < 300_000
    assert abs(len(packed(shipped())) - path.stat().st_size) < 100
