"""What a filter is, and how filters are asked.

A filter is a frozen dataclass that answers one question about a problem: a Polars expression that is null to keep the
row and a short reason to drop it. Reasons are part of the public contract. Every filter is asked about every row, also
about rows that an earlier filter dropped, so that both the first and all reasons of a row are known.
"""

from collections.abc import Callable, Mapping, Sequence
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


def decide(
    rows: pl.DataFrame,
    filters: Sequence[Filter],
    order: Sequence[str] | None = None,
    over: Callable[..., pl.DataFrame] = lambda work, rows, *arguments: work(rows, *arguments),
) -> pl.DataFrame:
    """Asks each filter about each row: `DECISIONS` rows, by row in the order given, then by filter.

    Args:
        order: the whole run's order of filter names, where `filters` are only some of them.
        over: where to ask, such as `bigmath.workers.map_rows`; only the drops come back from there.
    """
    order = order if order is not None else [one.name for one in filters]
    asked = sorted(filters, key=lambda one: order.index(one.name))
    if not asked or rows.is_empty():
        return pl.DataFrame(schema=DECISIONS)
    return _every_decision(rows, over(drops, rows.with_row_index(PLACE), asked), asked, order)


PLACE = "_place"
"""The row's number, by which the drops find back to their rows."""


def drops(rows: pl.DataFrame, filters: Sequence[Filter]) -> pl.DataFrame:
    """The decisions to drop, as (`PLACE`, number of the filter, reason, detail); `rows` have a column `PLACE`."""
    found = []
    for number, one in enumerate(filters):
        reason = rows.select(one.reason().cast(pl.String)).to_series()
        hits = reason.is_not_null().arg_true()
        dropped = rows[hits]
        found.append(
            dropped.select(
                PLACE,
                pl.lit(number, dtype=pl.Int64).alias("filter"),
                reason.gather(hits).alias("reason"),
                one.detail().cast(pl.String).str.head(DETAIL_LENGTH).alias("detail"),
            )
            if len(hits)
            else pl.DataFrame(schema={PLACE: pl.UInt32, "filter": pl.Int64, "reason": pl.String, "detail": pl.String})
        )
    return pl.concat(found)


def _every_decision(
    rows: pl.DataFrame, found: pl.DataFrame, asked: Sequence[Filter], order: Sequence[str]
) -> pl.DataFrame:
    """A decision for each row and filter, whether it drops or keeps."""
    count, places = len(asked), pl.int_range(rows.height * len(asked), eager=True)
    where = found[PLACE].cast(pl.Int64) * count + found["filter"]
    reason, detail = (
        pl.Series([None], dtype=pl.String).new_from_index(0, len(places)).scatter(where, found[name])
        for name in ("reason", "detail")
    )
    of_row = {name: rows[name].gather(places // count) for name in ("problem_id", "source")}
    about = [(one.stage, one.criterion, one.name, order.index(one.name)) for one in asked]
    of_filter = {
        name: pl.Series([line[at] for line in about], dtype=DECISIONS[name]).gather(places % count)
        for at, name in enumerate(("stage", "criterion", "filter", "position"))
    }
    columns = {**of_row, **of_filter, "kept": reason.is_null(), "reason": reason, "detail": detail}
    return pl.DataFrame(columns).match_to_schema(DECISIONS)
