"""The one row type that everything passes on: a problem, its reference answer, and where it came from.

`Problem` is what a source yields; `PROBLEMS` is the Polars schema of the table, checked at each write. Required facts
are columns; a source's own leftovers go into `metadata` as JSON. The id comes from the statement as the source gave it,
so it is the same on any machine and survives a corrected answer or a new filter.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import orjson
import polars as pl
import pyarrow as pa

AnswerFrom = Literal["column", "boxed", "hash", "option", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem with at most one reference answer."""

    problem_id: str
    """`SOURCE-` and 20 hex digits of the SHA-256 of the raw statement; an exact repeat gets `-2`, ... at ingest."""
    source: str
    """A key of `sources.SOURCES`, or the name of a user's file."""
    subset: str
    """The source's own division: NuminaMath's `source`, HARP's file, MATH's subject."""
    problem: str
    """The statement, attributions stripped; empty where the source had none."""
    answer: str | None
    """The reference answer as the source wrote it, without the surrounding dollar signs or box."""
    answer_from: AnswerFrom
    """How the answer was found: the answer column, the last `\\boxed{}` or `\\fbox{}`, GSM8K's `####`, the right option
    of a multiple-choice problem that was rewritten, or not."""
    answers: tuple[str, ...] = ()
    """Every distinct reference answer of the rows folded into this one; more than one is a conflict to be judged."""
    solutions: tuple[str, ...] = ()
    """Worked solutions, best first as the source orders them."""
    level: float | None = None
    """Difficulty on the source's own scale: MATH 1 to 5, HARP 1 to 6 (7 and 8 for proofs), Omni-MATH 1 to 10."""
    domain: str | None = None
    """Subject in the source's words."""
    synthetic: bool = False
    """Written by a model rather than by people; duplicates keep the human text."""
    license: str
    """SPDX identifier of the data set the row came from."""
    repository: str
    """Hub repository, or the file's name for a user's own data."""
    revision: str
    """Commit of the repository; `sha256:...` of the files where they were read from a folder."""
    config: str
    source_split: str
    row: int
    """Row in that config and split, from 0; the first of them where several were folded."""
    folded: int = 1
    """How many source rows this one stands for (OpenMathInstruct-2 repeats a problem once per solution)."""
    notes: tuple[str, ...] = ()
    """What was repaired or noticed on the way in, such as `attribution_stripped: [i]N. N.[/i]`."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The source's other columns."""


_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "problem_id": pl.String,
    "source": pl.String,
    "subset": pl.String,
    "problem": pl.String,
    "answer": pl.String,
    "answer_from": pl.String,
    "answers": pl.List(pl.String),
    "solutions": pl.List(pl.String),
    "level": pl.Float64,
    "domain": pl.String,
    "synthetic": pl.Boolean,
    "license": pl.String,
    "repository": pl.String,
    "revision": pl.String,
    "config": pl.String,
    "source_split": pl.String,
    "row": pl.Int64,
    "folded": pl.Int64,
    "notes": pl.List(pl.String),
    "metadata": pl.String,
}
PROBLEMS = pl.Schema(_COLUMNS)


def problem_id(source: str, statement: str) -> str:
    """The id of a statement as its source gave it, before anything is stripped; lone surrogates are allowed."""
    digest = hashlib.sha256(statement.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{source}-{digest[:20]}"


def to_frame(problems: Iterable[Problem]) -> pl.DataFrame:
    """Rows of the `problems` table, in the order given. Text must be valid Unicode (see `bigmath.text.clean_text`)."""
    columns: dict[str, list[Any]] = {name: [] for name in PROBLEMS}
    names = [item.name for item in fields(Problem)]
    for problem in problems:
        for name in names:
            columns[name].append(getattr(problem, name))
    columns["metadata"] = [
        orjson.dumps(dict(value), option=orjson.OPT_SORT_KEYS).decode() for value in columns["metadata"]
    ]
    lists = {name: _lists(columns.pop(name)) for name, dtype in PROBLEMS.items() if dtype == pl.List(pl.String)}
    schema = {name: dtype for name, dtype in PROBLEMS.items() if name not in lists}
    return pl.DataFrame(columns, schema=schema).with_columns(**lists).select(*PROBLEMS)


def _lists(rows: Sequence[Sequence[str]]) -> pl.Series:
    """A column of lists by way of one flat column: Polars makes a series of each list, which is slow."""
    flat = [text for row in rows for text in row]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64)
    values = pl.Series(flat, dtype=pl.String).to_arrow()
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(starts), values), dtype=pl.List(pl.String))
