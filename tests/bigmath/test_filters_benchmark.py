"""The benchmark of the filters: what it prints follows from the rows, and floors can be missed."""

import json
from dataclasses import dataclass
from typing import ClassVar

import polars as pl
import pytest

from bigmath.benchmarks import filters as bench
from bigmath.filtering import Criterion, Stage, decide
from bigmath.problem import Problem, to_frame


@dataclass(frozen=True)
class Letters:
    """Drops what prints `(A)`."""

    name: ClassVar[str] = "multiple_choice"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "open_ended"
    reasons: ClassVar[dict[str, str]] = {"letters": "prints (A)"}

    def reason(self) -> pl.Expr:
        return pl.when(pl.col("problem").str.contains("(A)", literal=True)).then(pl.lit("letters"))

    def detail(self) -> pl.Expr:
        return pl.col("problem").str.head(9)


@dataclass(frozen=True)
class Proofs(Letters):
    """Drops what says `Prove`."""

    name: ClassVar[str] = "proof"

    def reason(self) -> pl.Expr:
        return pl.when(pl.col("problem").str.starts_with("Prove")).then(pl.lit("letters"))


@dataclass(frozen=True)
class Parts(Letters):
    """Drops nothing."""

    name: ClassVar[str] = "multi_part"

    def reason(self) -> pl.Expr:
        return pl.lit(None, dtype=pl.String)


def harp(subset: str, problem: str, **metadata: object) -> Problem:
    return Problem(
        problem_id=f"harp-{subset}-{problem[:9]}", source="harp", subset=subset, problem=problem, answer=None,
        answer_from="none", license="MIT", repository="r", revision="v", config="c", source_split="train", row=0,
        metadata=metadata,
    )  # fmt: skip


ROWS = [
    harp("proof", "Prove that."),
    harp("proof", "Find it."),
    harp("mcq", "Which?\n\n(A) 1", choices={"A": "1", "B": "2"}),
    harp("short_answer", "What is it?"),
]


def test_what_is_left_of_harps_proofs_and_a_style_that_is_not_seen_miss_the_floor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BIGMATH_WORKERS", "1")
    found = bench.run(to_frame(ROWS), (Letters(), Proofs(), Parts()))
    assert found.figures["harp_proofs"] == {"rows": 2, "left_in_strict": 1, "called_proof": 1}
    assert found.figures["harp_choices_seen"] == {
        "(A) x (B) y": 1.0, "A. x on lines": 0.0, r"\textbf{(A)} \qquad": 1.0, "(A) x on lines": 1.0,
    }  # fmt: skip
    assert found.figures["harp_short_answers_called"]["multiple_choice"] == 0
    assert list(found.holds.values())[1:] == [False, False, True]
    assert json.dumps(found.line())


def test_where_filters_are_asked_does_not_change_what_they_decide() -> None:
    rows = to_frame(ROWS)
    asked = (Letters(), Proofs(), Parts())

    def halves(work, some, *arguments):  # type: ignore[no-untyped-def] # the shape of `map_rows`
        return pl.concat([work(some.head(1), *arguments), work(some.tail(3), *arguments)])

    assert decide(rows, asked, over=halves).equals(decide(rows, asked))
    assert decide(rows, asked).filter(~pl.col("kept")).select("problem_id", "filter", "detail").rows() == [
        ("harp-proof-Prove tha", "proof", "Prove tha"),
        ("harp-mcq-Which?\n\n(", "multiple_choice", "Which?\n\n("),
    ]
