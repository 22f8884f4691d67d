"""no_problem: there is no statement to work on.

Null and empty statements, those of more than `longest` characters (a file pasted into a field: the longest real
statement at hand, with its figure code, has about 9,000), and rows whose text was broken on the way in, which ingest
records in `notes`.

Kept: HARP "$\\log 125$ equals:", whose words are few but there. Dropped: a NuminaMath row whose statement is ""
(no_text), and NuminaMath-1.5's "According to the properties of logarithms, after transformations we get ...", a
solution (solution_text). The paper drops such rows without a name for them (Meta-CoT, section 8.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.arguing import argument
from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, reason_of

NOTED = ("nul_bytes", "invalid_unicode", "unreadable_row")
"""Notes of ingest that say the statement cannot be trusted to be what its author wrote."""


@dataclass(frozen=True)
class NoProblem:
    """Drops rows without a usable statement."""

    longest: int = 50_000
    """Characters; longer texts are no statements."""

    name: ClassVar[str] = "no_problem"
    stage: ClassVar[Stage] = "base"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {
        "no_text": "the statement is missing or empty",
        "no_words": "the statement has neither a letter nor a digit",
        "too_long": "the statement is longer than any real one",
        "solution_text": "the text argues and asks nothing: a solution in the statement's place",
        "nul_bytes": "ingest found NUL bytes in the text",
        "invalid_unicode": "ingest found text that is not valid Unicode",
        "unreadable_row": "ingest could not read the row",
    }

    def reason(self) -> pl.Expr:
        """The first of: a note of ingest, no text (an unreadable row has none either), no words, too long."""
        problem = pl.col("problem")
        noted = pl.coalesce(pl.when(_noted(note)).then(pl.lit(note)) for note in NOTED)
        return (
            pl.when(noted.is_not_null())
            .then(noted)
            .when(problem.is_null() | (problem.str.strip_chars() == ""))
            .then(pl.lit("no_text"))
            .when(~problem.str.contains(r"[\p{L}\p{Nd}]"))
            .then(pl.lit("no_words"))
            .when(problem.str.len_chars() > self.longest)
            .then(pl.lit("too_long"))
            .otherwise(reason_of(_judge, where=_ARGUES))
        )

    def detail(self) -> pl.Expr:
        """The statement's length and its beginning, or what ingest noted where there is none."""
        problem, noted = pl.col("problem").fill_null(""), pl.col("notes").list.join("; ")
        told = pl.format("{} characters: {}", problem.str.len_chars(), problem.str.head(80))
        return pl.when((problem == "") & (noted != "")).then(noted).otherwise(told)


_ARGUES = (
    pl.col("problem").str.count_matches(
        r"(?i)\b(?:we (?:have|get|know|find|obtain|see|will)|hence|thus|therefore|since|because|so|this means"
        r"|which means|according to|by the|by property|from this|from which|i\.e|let's|substitut)"
    )
    > 1
) & ~pl.col("problem").str.contains("?", literal=True)


def _judge(text: str) -> Finding | None:
    found = argument(text)
    return ("solution_text", found) if found else None


def _noted(note: str) -> pl.Expr:
    # `nul_bytes: solutions` is about another column and does not concern us; `unreadable_row: why` is about the row.
    named = pl.element() == note
    if note == "unreadable_row":
        named |= pl.element().str.starts_with(f"{note}:")
    return pl.col("notes").list.eval(named).list.any().fill_null(False)
