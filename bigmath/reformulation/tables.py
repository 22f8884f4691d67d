"""The tables of the reformulation, as pure functions of frames: which problems are candidates, what the rule made of
them, and the new problems with their lineage.

A new problem's id is its parent's with `-open` added: it comes from content, as the parent's does, and says whose child
it is. Its text, answer and lineage are its own; solutions, level, domain, licence and origin are the parent's.
"""

from typing import Any

import polars as pl

from bigmath.problem import PROBLEMS
from bigmath.reformulation.rewrite import rewrite

OPEN = "-open"
"""What a rewritten problem's id adds to its parent's."""

REWRITES = pl.Schema(
    {
        "parent_id": pl.String,
        "source": pl.String,
        "problem_id": pl.String,
        "problem": pl.String,
        "answer": pl.String,
        "letter": pl.String,
        "form": pl.String,
        "refusal": pl.String,
        "detail": pl.String,
    }
)
"""One row a candidate. Where the rule refused it, `refusal` and `detail` say why and the columns it makes are null."""

_LINEAGE = pl.Schema({"parent_id": pl.String, "letter": pl.String, "form": pl.String})
REFORMULATED = pl.Schema({**PROBLEMS, **_LINEAGE})
"""A rewritten problem that no filter dropped."""

ONLY_FOR_OPTIONS = ("multiple_choice:lettered_options", "not_closed_form:choice_letter")
"""What a candidate may have been dropped for: its printed options, and an answer that is only one's letter."""


def candidates(problems: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The problems that were dropped for nothing but their options (columns problem_id, source, problem, answer)."""
    drops = decisions.filter(~pl.col("kept")).select("problem_id", why=pl.concat_str("filter", "reason", separator=":"))
    only = (
        drops.group_by("problem_id")
        .agg(
            pl.col("why").is_in(list(ONLY_FOR_OPTIONS)).all().alias("only"),
            (pl.col("why") == ONLY_FOR_OPTIONS[0]).any().alias("printed"),
        )
        .filter("only", "printed")
    )
    return problems.join(only, on="problem_id", how="semi", maintain_order="left").select(
        "problem_id", "source", "problem", "answer"
    )


def rewrites(rows: pl.DataFrame) -> pl.DataFrame:
    """`REWRITES` rows of candidates, in the order given. Each row is treated by itself."""
    made: list[dict[str, Any]] = []
    for parent_id, source, problem, answer in rows.select("problem_id", "source", "problem", "answer").iter_rows():
        told = rewrite(problem, answer)
        made.append(
            {
                "parent_id": parent_id,
                "source": source,
                "problem_id": f"{parent_id}{OPEN}" if told.refusal is None else None,
                "problem": told.problem,
                "answer": told.answer,
                "letter": told.letter,
                "form": told.form,
                "refusal": told.refusal,
                "detail": told.detail,
            }
        )
    return pl.DataFrame(made, schema=REWRITES, orient="row")


def rewritten(problems: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """`REFORMULATED` rows of every rewrite that was not refused, before any filter is asked about them."""
    new = made.filter(pl.col("refusal").is_null()).select(
        "parent_id", "letter", "form", new_id="problem_id", new_problem="problem", new_answer="answer"
    )
    rows = problems.join(new, left_on="problem_id", right_on="parent_id", how="inner", maintain_order="left")
    note = pl.format("reformulated: option {} of {}", "letter", "problem_id")
    return rows.select(
        pl.all().exclude("problem_id", "problem", "answer", "answers", "answer_from", "notes", "new_id", "new_problem",
                         "new_answer"),
        parent_id="problem_id",
        problem_id="new_id",
        problem="new_problem",
        answer="new_answer",
        answers=pl.concat_list("new_answer"),
        answer_from=pl.lit("option"),
        notes=pl.concat_list("notes", note),
    ).match_to_schema(REFORMULATED)  # fmt: skip
