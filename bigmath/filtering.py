"""What a filter is, and how filters are asked.

A filter is a frozen dataclass that answers one question about a problem: a Polars expression that is null to keep the
row and a short reason to drop it. Reasons are part of the public contract. Every filter is asked about every row, also
about rows that an earlier filter dropped, so that both the first and all reasons of a row are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import polars as pl

Stage = Literal["base", "strict"]
Criterion = Literal["hygiene", "uniquely_verifiable", "open_ended", "closed_form"]


@runtime_checkable
class Filter(Protocol):
    """One reason family to drop a problem. Settings are fields with defaults."""

    name: ClassVar[str]
    """The fixed name users query, such as `multi_part`."""
    stage: ClassVar[Stage]
    criterion: ClassVar[Criterion]
    """Which of the three criteria it serves; `hygiene` for the base filter and for duplicates."""
    reasons: ClassVar[Mapping[str, str]]
    """Every reason it can give, with its meaning in one line."""

    def reason(self) -> pl.Expr:
        """Over the columns of `PROBLEMS` (and those that `LINKS` adds): null to keep, else a key of `reasons`."""
        ...

    def detail(self) -> pl.Expr:
        """The evidence for a drop, such as the text that matched; asked only of dropped rows; may be null."""
        ...


def settings_of(one: Filter) -> dict[str, Any]:
    """A filter's settings as JSON data, for keys and for what a published version says of itself."""
    assert is_dataclass(one)  # every filter is a frozen dataclass: its fields are its settings
    values = {item.name: getattr(one, item.name) for item in fields(one)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


LINKS = pl.Schema(
    {
        "exact_duplicate_of": pl.String,
        "near_duplicate_of": pl.String,
        "semantic_duplicate_of": pl.String,
        "contaminated_by": pl.String,
    }
)
"""What the cross-row stages add to a row before the filters that read them: the id of the row kept instead of this one,
and `BENCHMARK/row (method)` of a benchmark match. Null means none."""

DECISIONS = pl.Schema(
    {
        "problem_id": pl.String,
        "source": pl.String,
        "stage": pl.String,
        "criterion": pl.String,
        "filter": pl.String,
        "position": pl.Int16,
        "kept": pl.Boolean,
        "reason": pl.String,
        "detail": pl.String,
    }
)
"""`position` is the filter's place in the run's order: the first drop of a row is the one of the lowest position."""

DETAIL_LENGTH = 300
"""Characters of evidence kept; the statement itself is in `problems`."""


def decide(rows: pl.DataFrame, filters: Sequence[Filter], order: Sequence[str] | None = None) -> pl.DataFrame:
    """Asks each filter about each row: `DECISIONS` rows, by row in the order given, then by filter.

    `order` is the whole run's order of filter names, where `filters` are only some of them."""
    order = order if order is not None else [one.name for one in filters]
    asked = sorted(filters, key=lambda one: order.index(one.name))
    if not asked or rows.is_empty():
        return pl.DataFrame(schema=DECISIONS)
    reasons, details = [], []
    for number, one in enumerate(asked):
        reason = rows.select(one.reason().cast(pl.String).alias(str(number))).to_series()
        reasons.append(reason)
        details.append(_details(rows, one, reason).alias(str(number)))
    count = len(asked)
    return pl.DataFrame(
        {
            **{name: rows[name].gather(_each(rows.height, count)) for name in ("problem_id", "source")},
            **{
                column: _repeated(pl.Series(values), rows.height)
                for column, values in {
                    "stage": [one.stage for one in asked],
                    "criterion": [one.criterion for one in asked],
                    "filter": [one.name for one in asked],
                    "position": [order.index(one.name) for one in asked],
                }.items()
            },
            "reason": _by_row(reasons),
            "detail": _by_row(details),
        }
    ).select(
        "problem_id", "source", "stage", "criterion", "filter", pl.col("position").cast(pl.Int16),
        pl.col("reason").is_null().alias("kept"), "reason", "detail",
    ).match_to_schema(DECISIONS)  # fmt: skip


def _details(rows: pl.DataFrame, one: Filter, reason: pl.Series) -> pl.Series:
    """The evidence of the rows that the filter drops, null for the others."""
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    hits = reason.is_not_null().arg_true()
    if not len(hits):
        return blank
    found = rows[hits].select(one.detail().cast(pl.String).str.head(DETAIL_LENGTH))
    return blank.scatter(hits, found.to_series())


def _each(rows: int, count: int) -> pl.Series:
    """0, 0, ..., 1, 1, ...: each row as often as there are filters."""
    return pl.int_range(rows * count, eager=True) // count


def _repeated(values: pl.Series, times: int) -> pl.Series:
    """All values, again and again."""
    return values.gather(pl.int_range(len(values) * times, eager=True) % len(values))


def _by_row(columns: Sequence[pl.Series]) -> pl.Series:
    """The values of several columns as one, row by row."""
    return pl.DataFrame(columns).select(pl.concat_list(pl.all())).to_series().explode()
