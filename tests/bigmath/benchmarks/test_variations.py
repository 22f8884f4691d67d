"""Statements made from templates: the same wherever they are made, and no two variants with the same numbers."""

import re

import polars as pl
import pytest

from bigmath.benchmarks.variations import Deal, Template, is_template, variations

TEMPLATES = tuple(
    Template(f"Alice has {n} apples and buys 3 more. How many apples has she?", f"$\\boxed{{{n + 3}}}$", f"{n + 3}")
    for n in range(10, 60, 10)
)
DEAL = Deal("test", TEMPLATES, copies=0.2)


def places(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({"place": numbers}, schema={"place": pl.Int64})


@pytest.fixture(name="made", scope="module")
def _made() -> pl.DataFrame:
    return variations(places(*range(200)), DEAL)


def test_a_slice_is_made_as_the_whole_is(made: pl.DataFrame) -> None:
    assert variations(places(*range(120, 140)), DEAL).equals(made.slice(120, 20))


def test_the_first_turn_is_the_templates_themselves(made: pl.DataFrame) -> None:
    real = made.filter(pl.col("edit") == "real")
    assert real.height > 2
    assert set(real["problem"]) <= {one.statement for one in TEMPLATES}


def test_variants_of_one_template_differ_in_their_numbers(made: pl.DataFrame) -> None:
    variants = made.filter(pl.col("edit").is_in(["real", "variant"]), pl.col("template") == 0)
    numbers = [tuple(re.findall(r"\d+", text)) for text in variants["problem"]]
    assert len(set(numbers)) == len(numbers) > 20


def test_two_deals_of_the_same_templates_share_no_variant() -> None:
    deals = [Deal(name, TEMPLATES, step=2, first=first, copies=0.0) for name, first in (("one", 1), ("two", 2))]
    one, two = (set(variations(places(*range(5, 100)), deal)["problem"]) for deal in deals)
    assert not one & two


def test_a_copy_names_the_place_it_was_made_from_and_differs_from_it(made: pl.DataFrame) -> None:
    copies = made.filter(pl.col("of").is_not_null())
    origins = made.select(of="place", origin="problem", origin_template="template", origin_turn="turn")
    pairs = copies.join(origins, on="of")
    assert pairs.height == copies.height > 10
    assert (pairs["problem"] != pairs["origin"]).all()
    assert (pairs["template"] == pairs["origin_template"]).all()
    assert (pairs["turn"] == pairs["origin_turn"]).all()


def test_the_answer_of_a_variant_is_in_the_box_of_its_solution(made: pl.DataFrame) -> None:
    for answer, solution in made.select("answer", "solution").iter_rows():
        assert f"\\boxed{{{answer}}}" in solution


def test_a_statement_without_a_number_is_no_template() -> None:
    assert not is_template("Prove that there are infinitely many prime numbers.")
    assert is_template(TEMPLATES[0].statement)
