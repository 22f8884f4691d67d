"""Reads rows out of a file of any accepted kind, a batch at a time: Parquet, JSONL (also gzipped or zipped), JSON, CSV.

A file that is not what it should be is a `SourceError` of one line: file, what was found, what is accepted. A bad row
in a good file is data: it comes through with a note, so that a filter can reject it with a reason.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bigmath.errors import SourceError

Kind = Literal["text", "number", "flag", "texts", "any"]
"""What a column holds: text, int or float, bool, a list of text, or anything. Null is allowed in all."""

UNREADABLE_ROW = "unreadable_row"
"""Note of a row that could not be parsed; all its values are missing."""
WRONG_TYPE = "wrong_type"
"""Note of a value that was not of its column's kind, and was left out."""


@dataclass(frozen=True)
class Columns:
    """The columns a file must and may have."""

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    """Names among `optional` of which at least one must be there."""
    rest: bool = False
    """Whether other columns are read too; they are not even decoded where the format allows it otherwise."""

    def kinds(self) -> dict[str, Kind]:
        return {**self.required, **self.optional}

    def accepted(self) -> str:
        """For error messages: `columns problem (text), level (number)`."""
        needed = [f"{name} ({kind})" for name, kind in self.required.items()]
        return "columns " + ", ".join([*needed, *([" or ".join(self.any_of)] if self.any_of else [])])

    def missing(self, names: Collection[str]) -> list[str]:
        """What a file with these columns lacks."""
        missing = [name for name in self.required if name not in names]
        if self.any_of and not any(name in names for name in self.any_of):
            missing.append(" or ".join(self.any_of))
        return missing

    def refuse_missing(self, path: Path, names: Collection[str]) -> None:
        """Raises `SourceError` if a file with these columns lacks one."""
        if missing := self.missing(names):
            found = ", ".join(sorted(names)[:20]) or "none"
            more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
            raise SourceError(
                f"{path}: missing column {', '.join(missing)}; found {found}{more}; accepted: {self.accepted()}"
            )


@dataclass(slots=True)
class Row:
    """One row: its number from 0 in its file, its values by column, and what was wrong with it."""

    number: int
    values: dict[str, Any]
    notes: tuple[str, ...] = ()

    def text(self, name: str) -> str | None:
        """A text value, None where it is missing."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def number_of(self, name: str) -> float | None:
        """A numeric value as float, None where it is missing or no finite number."""
        value = self.values.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not -1e300 < value < 1e300:
            return None
        return float(value)

    def others(self, *used: str) -> dict[str, Any]:
        """The values that are not among `used` and not null, for metadata."""
        return {name: value for name, value in self.values.items() if name not in used and value is not None}


READABLE = (".parquet", ".jsonl", ".jsonl.gz", ".jsonl.zip", ".json", ".csv")
"""The accepted endings of a file name."""


def read_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a file in order, with bounded memory (a `.json` file is read whole and may have 256 MB).

    Raises:
        SourceError: missing, empty, truncated or mislabelled file, invalid UTF-8, no row, a missing column, or a
            column that holds nothing but values of another kind.
    """
    if not path.is_file():
        found = "a folder, no file" if path.is_dir() else "no such file"
        raise SourceError(f"{path}: {found}; accepted: {', '.join(READABLE)}")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: empty file (0 bytes); accepted: {columns.accepted()}")
    empty = True
    for row in _reader(path, columns):
        empty = False
        yield row
    if empty:
        raise SourceError(f"{path}: no rows; accepted: {columns.accepted()}")


def _reader(path: Path, columns: Columns) -> Iterator[Row]:
    from bigmath import read_parquet, read_text  # noqa: PLC0415 (both build on this module's types)

    name = path.name.lower()
    if name.endswith(".parquet"):
        return read_parquet.rows(path, columns)
    if name.endswith(".jsonl.gz"):
        return read_text.gzipped_jsonl_rows(path, columns)
    if name.endswith(".jsonl.zip"):
        return read_text.zipped_jsonl_rows(path, columns)
    if name.endswith(".jsonl"):
        return read_text.jsonl_rows(path, columns)
    if name.endswith(".json"):
        return read_text.json_rows(path, columns)
    if name.endswith(".csv"):
        return read_text.csv_rows(path, columns)
    raise SourceError(f"{path}: unknown kind of file; accepted: {', '.join(READABLE)}")


def is_kind(value: Any, kind: Kind) -> bool:
    """Whether a value that is not null is of a column's kind."""
    if kind == "text":
        return isinstance(value, str)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return True


def checked_row(number: int, values: dict[str, Any], columns: Columns) -> Row:
    """A row whose values of another kind than their column's are left out, with a note for each."""
    wrong = [
        name for name, kind in columns.kinds().items() if (v := values.get(name)) is not None and not is_kind(v, kind)
    ]
    notes = tuple(f"{WRONG_TYPE}: {name} is {type(values[name]).__name__}" for name in wrong)
    for name in wrong:
        values[name] = None
    if not columns.rest:
        known = columns.kinds()
        values = {name: value for name, value in values.items() if name in known}
    return Row(number, values, notes)
