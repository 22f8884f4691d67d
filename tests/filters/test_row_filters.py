"""Filters that read other columns than the statement, and what holds for all of them."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import filters
from bigmath.filtering import LINKS, Filter, decide
from bigmath.problem import PROBLEMS
from filters import FILTERS
from filters.figure import Figure
from filters.profiles import PROFILES, default, paper

Ask = Callable[..., str | None]
OTHER_MODULES = {"__init__", "profiles", "measure"}


def test_each_module_of_the_folder_is_registered_under_its_name() -> None:
    modules = {path.stem for path in Path(filters.__file__).parent.glob("*.py")} - OTHER_MODULES
    assert modules == set(FILTERS)
    assert [FILTERS[name].name for name in FILTERS] == list(FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_a_frozen_dataclass_that_says_what_it_is(name: str) -> None:
    one = FILTERS[name]()
    assert isinstance(one, Filter) and is_dataclass(one)
    with pytest.raises(FrozenInstanceError):
        one.sources = ()  # type: ignore[attr-defined]
    text = __import__(f"filters.{name}", fromlist=["x"]).__doc__
    assert "Kept:" in text and "Dropped:" in text


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_asks_each_filter_once_and_base_before_strict(name: str) -> None:
    profile = PROFILES[name]()
    names = [one.name for one in (*profile.base, *profile.strict)]
    assert len(set(names)) == len(names)
    assert {one.stage for one in profile.base} == {"base"} and {one.stage for one in profile.strict} == {"strict"}


def test_the_default_profile_asks_every_filter_and_the_paper_only_its_own() -> None:
    assert [one.name for one in (*default().base, *default().strict)] == list(FILTERS)
    names = [one.name for one in paper().strict]
    assert names == ["multi_part", "proof", "multiple_choice", "yes_no", "true_false", "semantic_duplicate"]
    assert paper().benchmarks == ("math_500",)


def test_every_filter_can_be_asked_of_an_empty_table_and_of_a_row_of_nulls() -> None:
    schema = pl.Schema({**PROBLEMS, **LINKS})
    nulls = pl.DataFrame({name: [None] for name in schema}, schema=schema)
    asked = [FILTERS[name]() for name in FILTERS]
    assert decide(nulls.clear(), asked).height == 0
    dropped = decide(nulls.with_columns(problem_id=pl.lit("x"), source=pl.lit("y")), asked).filter(~pl.col("kept"))
    assert set(dropped["filter"]) == {"no_problem", "no_answer", "unverifiable"}


BOXES: list[tuple[dict[str, Any], str | None]] = [
    ({"source": "numina", "solutions": ["so $\\boxed{1}$"]}, None),
    ({"source": "numina", "solutions": ["so 1"]}, "no_box"),
    ({"source": "numina", "solutions": ["$\\boxed{1}$ and $\\boxed{1}$"]}, "several_boxes"),
    ({"source": "math", "answer_from": "boxed", "solutions": ["$\\boxed{1}$ so $\\boxed{ 1 }$"]}, None),
    ({"source": "math", "answer_from": "boxed", "solutions": ["$\\boxed{1}$ or $\\boxed{2}$"]}, "boxes_disagree"),
    ({"source": "math", "answer_from": "column", "solutions": ["$\\boxed{1}$ or $\\boxed{2}$"]}, None),
]


@pytest.mark.parametrize(("columns", "reason"), BOXES)
def test_boxes_are_counted_where_the_source_promises_one(ask: Ask, columns: dict[str, Any], reason: str | None) -> None:
    assert ask(FILTERS["boxed_count"](), **columns) == reason


@pytest.mark.parametrize(("answers", "reason"), [(["1/2", "\\frac{1}{2}"], None), (["12", "14"], "answers_differ")])
def test_answers_conflict_where_the_verifier_says_so(ask: Ask, answers: list[str], reason: str | None) -> None:
    assert ask(FILTERS["answer_conflict"](), answers=answers) == reason


def test_of_numinas_synthetic_subsets_only_orca_math_is_kept(ask: Ask) -> None:
    one = FILTERS["synthetic_subset"]()
    assert ask(one, source="numina", subset="orca_math") is None
    assert ask(one, source="numina", subset="synthetic_amc") == "synthetic"
    assert ask(one, source="mine", subset="synthetic_amc") is None


def test_drawn_figures_are_dropped_for_harp_only_and_missing_ones_can_be_kept(ask: Ask) -> None:
    drawn, missing = "What is shaded? [asy] dot((0,0)); [/asy]", "The diagram shows a square. How large is it?"
    assert ask(Figure(), source="harp", problem=drawn) == "asy"
    assert ask(Figure(), source="math", problem=drawn) is None
    assert ask(Figure(missing=False), source="harp", problem=missing) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("nul_bytes", "nul_bytes"),
        ("unreadable_row: line 3 is not JSON", "unreadable_row"),
        ("nul_bytes: solutions", None),
        ("fine", None),
    ],
)
def test_a_note_of_ingest_on_the_statement_or_answer_rejects_the_row(ask: Ask, note: str, reason: str | None) -> None:
    assert ask(FILTERS["no_problem"](), notes=[note]) == reason


def test_a_row_that_could_not_be_read_is_told_from_one_without_a_statement(ask: Ask) -> None:
    assert ask(FILTERS["no_problem"](), problem="", notes=["unreadable_row: line 3 is not JSON"]) == "unreadable_row"
    assert ask(FILTERS["no_problem"](), problem="", notes=["wrong_type: problem is int"]) == "no_text"


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("exact_duplicate", "exact_duplicate_of", "same_statement"),
        ("near_duplicate", "near_duplicate_of", "nearly_same_statement"),
        ("semantic_duplicate", "semantic_duplicate_of", "same_meaning"),
        ("contaminated", "contaminated_by", "in_benchmark"),
    ],
)
def test_what_a_comparing_stage_found_is_read_from_its_column(ask: Ask, name: str, column: str, reason: str) -> None:
    assert ask(FILTERS[name]()) is None
    assert ask(FILTERS[name](), **{column: "toy-2"}) == reason
