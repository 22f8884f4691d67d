"""From a rule in Python to a Polars expression.

A rule reads one statement and returns its finding: a reason and the evidence, or None to keep the row. A cheap Polars
condition says which rows are worth reading at all, so that Python sees only those.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

Finding = tuple[str, str]
"""The reason to drop, and the text that shows it."""

Rule = Callable[[str], Finding | None]
RowRule = Callable[[dict[str, Any]], Finding | None]


def reason_of(rule: Rule, *, where: pl.Expr, column: str = "problem") -> pl.Expr:
    """The rule's reason for rows that satisfy `where`, null for all others and for a null text."""
    return _asked(rule, where, pl.col(column), 0)


def detail_of(rule: Rule, *, where: pl.Expr, column: str = "problem") -> pl.Expr:
    """The rule's evidence, null where it has none."""
    return _asked(rule, where, pl.col(column), 1)


def reason_of_row(rule: RowRule, *, where: pl.Expr, columns: tuple[str, ...]) -> pl.Expr:
    """As `reason_of`, for a rule that reads several columns."""
    return _asked(rule, where, pl.struct(columns), 0)


def detail_of_row(rule: RowRule, *, where: pl.Expr, columns: tuple[str, ...]) -> pl.Expr:
    """As `detail_of`, for a rule that reads several columns."""
    return _asked(rule, where, pl.struct(columns), 1)


def reason_once(rule: Rule, column: str, *, where: pl.Expr | None = None) -> pl.Expr:
    """As `reason_of` for a column whose texts repeat: the rule reads each distinct text once. Null stays null."""
    return _once(rule, column, where, 0)


def detail_once(rule: Rule, column: str, *, where: pl.Expr | None = None) -> pl.Expr:
    """As `detail_of`, each distinct text once."""
    return _once(rule, column, where, 1)


def _once(rule: Rule, column: str, where: pl.Expr | None, part: int) -> pl.Expr:
    def judge(batch: pl.Series) -> pl.Series:
        texts = batch.drop_nulls().unique()
        found = _findings(rule, texts.to_list(), part)
        return batch.replace_strict(texts, pl.Series(found, dtype=pl.String), default=None, return_dtype=pl.String)

    text = pl.col(column) if where is None else pl.when(where).then(pl.col(column))
    return text.map_batches(judge, return_dtype=pl.String, is_elementwise=True)


def _asked(rule: Callable[[Any], Finding | None], where: pl.Expr, value: pl.Expr, part: int) -> pl.Expr:
    def judge(batch: pl.Series) -> pl.Series:
        asked, values = batch.struct.field("asked"), batch.struct.field("value")
        hits = asked.fill_null(False).arg_true()
        found = _findings(rule, values.gather(hits).to_list(), part)
        blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(batch))
        return blank.scatter(hits, pl.Series(found, dtype=pl.String)) if found else blank

    question = pl.struct(asked=where & value.is_not_null(), value=value)
    return question.map_batches(judge, return_dtype=pl.String, is_elementwise=True)


_LATEST: dict[Any, dict[Any, Finding]] = {}
"""What the rules last asked for reasons found: the evidence is asked of the same rows next. No more than `_KEPT` rules,
since a miss only costs asking again."""
_KEPT = 4


def _findings(rule: Callable[[Any], Finding | None], values: list[Any], part: int) -> list[str | None]:
    known = _LATEST.get(rule, {}) if part else {}
    drops: dict[Any, Finding] = {}
    parts: list[str | None] = []
    for value in values:
        key = tuple(map(str, value.values())) if isinstance(value, dict) else value
        finding = known.get(key) or rule(value)
        if finding is not None:
            drops[key] = finding
        parts.append(None if finding is None else finding[part])
    if not part:
        _LATEST[rule] = drops
        for old in list(_LATEST)[:-_KEPT]:
            _LATEST.pop(old, None)
    return parts
