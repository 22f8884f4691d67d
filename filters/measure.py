"""How good the filters are: precision, recall and F1 on labelled rows, and every miss.

A labelled row has `problem`, `answer` or `solution`, and Boolean labels named in `CLASSES`; `unsure` rows are scored
apart, as their labels are. A class is what one or several filters together should drop; `strict_keep` is what all of
them should leave. Drops that a label cannot know (duplicates, benchmarks, subsets, drawn figures) are not counted.
Where rows are labelled with the kind of their answer, `answer_kind` says how often ours is the same. Beside ours stand
Big-Math's published rules on the same rows (`bigmath.benchmarks.published_rules`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import polars as pl

from bigmath.benchmarks.published_rules import PUBLISHED
from bigmath.filtering import LINKS, Filter
from bigmath.row_kind import LABELLED_KINDS, row_answer_kind
from bigmath.source import reference_answer
from filters.profiles import default


@dataclass(frozen=True)
class Class:
    """What is labelled, and which filters answer for it."""

    label: str
    filters: tuple[str, ...]
    wanted: bool = True
    """The label's value on rows that should be dropped."""


# The last three are the criteria; a proof has no answer to be unique or closed, though its own filter drops it.
CLASSES: Mapping[str, Class] = {
    "multi_part": Class("multi_part", ("multi_part",)),
    "proof": Class("proof", ("proof",)),
    "multiple_choice": Class("multiple_choice", ("multiple_choice",)),
    "true_false": Class("true_false", ("true_false",)),
    "yes_no": Class("yes_no", ("yes_no",)),
    "true_false or yes_no": Class("true_false|yes_no", ("true_false", "yes_no")),
    "non_english": Class("english", ("non_english",), wanted=False),
    "hyperlink": Class("hyperlink", ("hyperlink",)),
    "generation_residue": Class("generation_residue", ("generation_residue",)),
    "needs_figure": Class("needs_figure", ("figure",)),
    "uniquely_verifiable": Class("unique_answer", ("not_unique", "multi_part", "proof"), wanted=False),
    "open_ended": Class("multiple_choice|true_false|yes_no", ("multiple_choice", "true_false", "yes_no")),
    "closed_form": Class(
        "closed_form",
        ("not_closed_form", "unverifiable", "no_answer", "proof", "multi_part"),
        wanted=False,
    ),
}
STRICT_KEEP = "strict_keep"
ANSWER_KIND = "answer_kind"
_COMPARING = ("exact_duplicate", "contaminated", "near_duplicate", "semantic_duplicate")
_UNKNOWN_TO_LABELS = frozenset(("boxed_count", "answer_conflict", "synthetic_subset", *_COMPARING))

SCORES = pl.Schema(
    {
        "class": pl.String,
        "rows": pl.String,
        "labelled": pl.Int64,
        "fired": pl.Int64,
        "right": pl.Int64,
        "precision": pl.Float64,
        "precision_low": pl.Float64,
        "precision_high": pl.Float64,
        "recall": pl.Float64,
        "recall_low": pl.Float64,
        "recall_high": pl.Float64,
        "f1": pl.Float64,
        "published_precision": pl.Float64,
        "published_recall": pl.Float64,
    }
)
"""`rows` is `sure` or `all`; the bounds are 95 % Wilson intervals. A score of nothing is null. The published rules have
none for some classes."""

MISSES = pl.Schema(
    {
        "class": pl.String,
        "id": pl.String,
        "kind": pl.String,
        "unsure": pl.Boolean,
        "detail": pl.String,
        "problem": pl.String,
    }
)
"""`kind` is `fired` (dropped, but not labelled) or `missed`; `detail` the filters that fired."""


@dataclass(frozen=True)
class Measurement:
    """The scores of each class, and the rows they go wrong on."""

    scores: pl.DataFrame
    misses: pl.DataFrame


def measure(rows: Sequence[Mapping[str, Any]], filters: Sequence[Filter] | None = None) -> Measurement:
    """`SCORES` and `MISSES` of the filters (the default profile's) on labelled rows, `strict_keep` last.

    Raises:
        KeyError: a label is missing in a row.
    """
    asked = [*default().base, *default().strict] if filters is None else list(filters)
    asked = [one for one in asked if one.name not in _UNKNOWN_TO_LABELS]
    frame = labelled_problems(rows)
    fired = frame.select("id", **{one.name: one.reason() for one in asked})
    scores, misses = [], []
    for name, label, predicted in _classes(rows, fired, [one.name for one in asked]):
        published = [PUBLISHED[name](row) for row in rows] if name in PUBLISHED else None
        for which in ("sure", "all"):
            kept = [which == "all" or not row.get("unsure", False) for row in rows]
            scores.append(_score(name, which, label, predicted, kept, published))
        misses += _misses(name, rows, label, predicted, fired)
    if any("answer_kind" in row for row in rows):
        right = [
            row_answer_kind(problem, answer) in LABELLED_KINDS[row["answer_kind"]]
            for row, problem, answer in zip(rows, frame["problem"], frame["answer"], strict=True)
        ]
        everything = [True] * len(rows)
        for which in ("sure", "all"):
            kept = [which == "all" or not row.get("unsure", False) for row in rows]
            scores.append(_score(ANSWER_KIND, which, everything, right, kept, None))
        misses += _misses(ANSWER_KIND, rows, everything, right, fired)
    return Measurement(pl.DataFrame(scores, schema=SCORES), pl.DataFrame(misses, schema=MISSES))


def labelled_problems(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Labelled rows as the filters see a user's own rows, with `id`; nothing is linked to them."""
    problems = []
    for number, row in enumerate(rows):
        solution, given = row.get("solution"), row.get("answer")
        answer, found = reference_answer(given, solution)
        problems.append(
            {
                "id": str(row.get("id", number)),
                "source": "labelled",
                "subset": "labelled",
                "problem": row["problem"],
                "answer": answer,
                "answer_from": found,
                "answers": [answer] if answer is not None else [],
                "solutions": [solution] if solution else [],
                "notes": [],
            }
        )
    texts = {"answers": pl.List(pl.String), "solutions": pl.List(pl.String), "notes": pl.List(pl.String)}
    frame = pl.DataFrame(problems, schema_overrides=texts, infer_schema_length=None)
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in LINKS)


def interval(right: int, asked: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a rate."""
    if asked == 0:
        return 0.0, 1.0
    rate, z = right / asked, 1.959964
    middle = (rate + z * z / (2 * asked)) / (1 + z * z / asked)
    half = z * sqrt(rate * (1 - rate) / asked + z * z / (4 * asked * asked)) / (1 + z * z / asked)
    return max(0.0, middle - half), min(1.0, middle + half)


def _classes(
    rows: Sequence[Mapping[str, Any]], fired: pl.DataFrame, names: Sequence[str]
) -> list[tuple[str, list[bool], list[bool]]]:
    out = []
    for name, one in CLASSES.items():
        asked = [column for column in one.filters if column in names]
        label = [any(bool(row[part]) for part in one.label.split("|")) == one.wanted for row in rows]
        out.append((name, label, fired.select(pl.any_horizontal(pl.col(asked).is_not_null())).to_series().to_list()))
    kept = fired.select(pl.all_horizontal(pl.col(names).is_null())).to_series().to_list()
    out.append((STRICT_KEEP, [bool(row[STRICT_KEEP]) for row in rows], kept))
    return out


def _score(
    name: str, which: str, label: list[bool], predicted: list[bool], kept: list[bool], published: list[bool] | None
) -> dict[str, Any]:
    labelled, fired, right = _counts(label, predicted, kept)
    if name == ANSWER_KIND:  # each row has exactly one kind: the share of agreement is precision and recall alike
        fired = labelled
    low, high = interval(right, fired)
    recall_low, recall_high = interval(right, labelled)
    theirs = _counts(label, published, kept) if published is not None else (0, 0, 0)
    return {
        "class": name, "rows": which, "labelled": labelled, "fired": fired, "right": right,
        "precision": _rate(right, fired), "precision_low": low, "precision_high": high,
        "recall": _rate(right, labelled), "recall_low": recall_low, "recall_high": recall_high,
        "f1": _rate(2 * right, fired + labelled),
        "published_precision": _rate(theirs[2], theirs[1]), "published_recall": _rate(theirs[2], theirs[0]),
    }  # fmt: skip


def _counts(label: list[bool], predicted: list[bool], kept: list[bool]) -> tuple[int, int, int]:
    """How many rows are labelled, predicted, and both."""
    pairs = [(one, other) for one, other, keep in zip(label, predicted, kept, strict=True) if keep]
    return sum(one for one, _ in pairs), sum(other for _, other in pairs), sum(one and other for one, other in pairs)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _misses(
    name: str, rows: Sequence[Mapping[str, Any]], label: list[bool], predicted: list[bool], fired: pl.DataFrame
) -> list[dict[str, Any]]:
    out = []
    for row, wanted, got, reasons in zip(rows, label, predicted, fired.iter_rows(named=True), strict=True):
        if wanted != got:
            named = ", ".join(f"{column}:{reason}" for column, reason in reasons.items() if reason and column != "id")
            kind = "fired" if got else "missed"
            unsure = bool(row.get("unsure", False))
            out.append(
                {
                    "class": name,
                    "id": reasons["id"],
                    "kind": kind,
                    "unsure": unsure,
                    "detail": named,
                    "problem": row["problem"][:300],
                }
            )
    return out


def summary(scores: pl.DataFrame) -> pl.DataFrame:
    """`SCORES` for reading: each rate with its interval in one cell."""

    def cell(name: str) -> pl.Expr:
        parts = [pl.col(column).round(3).cast(pl.String) for column in (name, f"{name}_low", f"{name}_high")]
        return pl.format("{} ({} to {})", *parts).alias(name)

    return scores.select(
        "class", "rows", "labelled", "fired", "right", cell("precision"), cell("recall"), pl.col("f1").round(3),
        pl.col("published_precision").round(2).alias("Big-Math P"),
        pl.col("published_recall").round(2).alias("Big-Math R"),
    )  # fmt: skip
