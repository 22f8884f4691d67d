r"""When the model is asked, and what its answer may change.

A rule's decision is *sure* or *unsure*. It is unsure where the rule drops for a reason that needs understanding rather
than structure, and where it keeps a row that carries a cue of the thing (two question marks, "prove", "which of the
following"). Only unsure decisions are put to the model, and it flips one only if its logit is at least `margin` away
from zero on the other side. So the model can never undo a rule that reads structure, and a model that hesitates changes
nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from bigmath.second_opinion.asking import Asked, prompt_of

REASON = "second_opinion"
"""The reason of a row that the rule kept and the model drops."""


@dataclass(frozen=True)
class Unsure:
    """What makes a filter's decision unsure."""

    reasons: tuple[str, ...]
    """Reasons to drop that are unsure."""
    cue: str
    """Pattern in the statement that makes keeping it unsure."""


UNSURE: Mapping[str, Unsure] = {
    "multi_part": Unsure(
        ("separate_questions",), r"\?[^?]{2,}\?|(?i)\b(?:find|determine|compute)\b.*\.\s*(?:also|then)\b"
    ),
    "proof": Unsure(("argument_without_question",), r"(?i)\b(?:prove|proof|show\s+that|justify|verify\s+that)\b"),
    "multiple_choice": Unsure(("asks_letter",), r"(?i)\bwhich\s+(?:one\s+)?of\s+the\s+following\b"),
    "true_false": Unsure((), r"(?i)\btrue\s+or\s+false\b"),
    "yes_no": Unsure(("asks_yes_no",), r"(?im)(?:^|[.!?]\s+)(?:is|are|does|do|can|could|will|has|have)\s[^?]{3,}\?"),
    "not_unique": Unsure(
        ("asks_example", "asks_explanation", "answer_is_example"),
        r"(?i)\b(?:an?\s+example|explain|describe|estimate)\b",
    ),
}
"""Filters that have a prompt."""


@dataclass(frozen=True)
class Policy:
    """How sure the model must be."""

    margin: float = 2.0
    """Logit away from zero: odds of 7 to 1."""


OPINIONS = pl.Schema(
    {
        "row": pl.Int64,
        "problem_id": pl.String,
        "filter": pl.String,
        "rule_kept": pl.Boolean,
        "rule_reason": pl.String,
        "logit": pl.Float64,
        "kept": pl.Boolean,
        "model": pl.String,
    }
)
"""One question put to the model: `logit` of yes against no, where yes means that the filter should drop the row."""


def unsure(decisions: pl.DataFrame) -> pl.DataFrame:
    """Those decisions (with columns filter, kept, reason, problem) that are unsure."""
    asked: pl.Expr = pl.lit(value=False)
    for name, one in UNSURE.items():
        doubt = pl.when(pl.col("kept")).then(pl.col("problem").str.contains(one.cue))
        asked |= (pl.col("filter") == name) & doubt.otherwise(pl.col("reason").is_in(list(one.reasons)))
    return decisions.filter(asked)


def opinions(
    decisions: pl.DataFrame, asked: Asked, policy: Policy = Policy(), advance: Callable[[int], None] = lambda done: None
) -> pl.DataFrame:
    """`OPINIONS` rows for the unsure ones of decisions (with columns row, problem_id, filter, kept, reason, problem,
    answer)."""
    rows = unsure(decisions)
    texts = [prompt_of(*row) for row in rows.select("filter", "problem", "answer").iter_rows()]
    logits = pl.Series("logit", asked.ask(texts, advance), dtype=pl.Float64)
    against = pl.when(pl.col("rule_kept")).then(pl.col("logit")).otherwise(-pl.col("logit"))
    flipped = against >= policy.margin
    return (
        rows.with_columns(logits, rule_kept="kept", rule_reason="reason", model=pl.lit(asked.model.name))
        .with_columns(kept=pl.col("rule_kept") ^ flipped)
        .match_to_schema(OPINIONS, extra_columns="ignore")
    )


def apply(decisions: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """The decisions (columns row, filter, kept, reason, detail and others) with every flip carried out."""
    flips = given.filter(pl.col("kept") != pl.col("rule_kept")).select(
        "row", "filter", flip="kept", said=pl.format("{}: logit {}", "model", pl.col("logit").round(2))
    )
    flip = pl.col("flip")
    return (
        decisions.join(flips, on=["row", "filter"], how="left", maintain_order="left")
        .with_columns(
            kept=pl.coalesce(flip, "kept"),
            reason=pl.when(flip).then(None).when(~flip).then(pl.lit(REASON)).otherwise("reason"),
            detail=pl.when(flip).then(None).when(~flip).then("said").otherwise("detail"),
        )
        .drop("flip", "said")
    )
