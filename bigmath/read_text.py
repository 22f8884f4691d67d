"""JSONL (plain, gzipped or zipped), JSON and CSV files, read as streams of lines.

Hostile input is bounded: a line may have 64 MB, what is compressed may grow a hundredfold and to 8 GB, and nothing is
ever extracted to disk, so a member's name can point nowhere.
"""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from bigmath.errors import SourceError
from bigmath.tabular import UNREADABLE_ROW, Columns, Row, checked_row, is_kind

_LONGEST_LINE = 64 * 2**20
_LARGEST_JSON = 256 * 2**20
_LARGEST_UNZIPPED = 8 * 2**30
_LARGEST_RATIO = 100  # text zips 3- to 20-fold
_PROBE_ROWS = 1_000  # a column is missing, or of another kind, if all of these say so


def jsonl_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """One JSON object per line; a line that is none becomes an `unreadable_row`."""
    with path.open("rb") as stream:
        yield from _jsonl(path, stream, columns)


def zipped_jsonl_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The one `.jsonl` member of a zip file."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_member(path, archive)
            with archive.open(member) as stream:
                yield from _jsonl(path, stream, columns)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise SourceError(f"{path}: truncated or not a zip file ({error}); accepted: a zip with one .jsonl") from error


def gzipped_jsonl_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The lines of a gzip file."""
    try:
        with gzip.open(path) as stream:
            yield from _jsonl(path, _Unzipped(path, stream), columns)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{path}: truncated or not a gzip file ({error}); accepted: a gzipped .jsonl") from error


class _Unzipped(io.RawIOBase):
    """What a gzip file holds, as far as a file of its size may grow: unlike a zip it does not tell its size before."""

    def __init__(self, path: Path, stream: gzip.GzipFile) -> None:
        self.path, self.stream, self.read_so_far = path, stream, 0
        self.largest = _largest_unzipped(path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(len(buffer))
        buffer[: len(data)] = data
        self.read_so_far += len(data)
        if self.read_so_far > self.largest:
            accepted = "accepted: at most 8 GB and 100 times the file's size"
            raise SourceError(f"{self.path}: unzips to more than {self.largest} bytes; {accepted}")
        return len(data)


def _largest_unzipped(compressed: int) -> int:
    return min(_LARGEST_UNZIPPED, _LARGEST_RATIO * max(compressed, 10_000))


def json_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """A JSON array of objects."""
    if path.stat().st_size > _LARGEST_JSON:
        raise SourceError(f"{path}: larger than 256 MB; accepted: .jsonl for large files")
    try:
        items = _parsed(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: invalid UTF-8 at byte {error.start}; accepted: UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not JSON ({error}); accepted: an array of objects, or .jsonl") from error
    if not isinstance(items, list):
        raise SourceError(f"{path}: no JSON array; accepted: an array of objects, or .jsonl")
    yield from _checked(path, enumerate(items), columns)


def csv_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """Comma-separated values with a header line; every value is text, an empty cell is missing."""
    csv.field_size_limit(_LONGEST_LINE)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            columns.refuse_missing(path, set(reader.fieldnames or ()))
            for number, values in enumerate(reader):
                surplus = values.pop(None, None)  # DictReader's key for cells too many
                row = checked_row(number, {name: value or None for name, value in values.items()}, columns)
                if surplus is not None:
                    row = Row(number, {}, (f"{UNREADABLE_ROW}: line {reader.line_num} has more cells than the header",))
                yield row
        except csv.Error as error:
            raise SourceError(f"{path}: broken CSV at line {reader.line_num} ({error}); accepted: RFC 4180") from error
        except UnicodeDecodeError as error:
            raise SourceError(f"{path}: invalid UTF-8 after line {reader.line_num}; accepted: UTF-8 text") from error


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [item for item in archive.infolist() if not item.is_dir() and not item.filename.startswith("__MACOSX/")]
    accepted = "accepted: a zip with one .jsonl, not encrypted, at most 8 GB and 100 times the zip's size"
    if len(members) != 1 or not members[0].filename.endswith(".jsonl"):
        found = ", ".join(item.filename for item in members[:5]) or "nothing"
        raise SourceError(f"{path}: holds {found}; {accepted}")
    member = members[0]
    if ".." in PurePosixPath(member.filename).parts or member.filename.startswith(("/", "\\")):
        raise SourceError(f"{path}: member {member.filename} points outside of the archive; {accepted}")
    if member.flag_bits & 1:
        raise SourceError(f"{path}: encrypted; {accepted}")
    # zipfile stops at the declared size and then compares checksums, so a false declaration is an error, not a bomb
    if member.file_size > _largest_unzipped(member.compress_size):
        raise SourceError(f"{path}: unzips to {member.file_size} bytes from {member.compress_size}; {accepted}")
    return member


def _jsonl(path: Path, stream: IO[bytes] | io.RawIOBase, columns: Columns) -> Iterator[Row]:
    yield from _checked(path, _objects(path, stream), columns)


def _objects(path: Path, stream: IO[bytes] | io.RawIOBase) -> Iterator[tuple[int, Any]]:
    """Numbered values of the lines that are not blank; an unparsable line is a `Row` that says so."""
    number = 0
    for line_number, line in enumerate(_lines(stream), start=1):
        text = line.removeprefix(b"\xef\xbb\xbf") if line_number == 1 else line
        if not text.strip():
            continue
        try:
            if len(text) >= _LONGEST_LINE:
                raise ValueError("longer than 64 MB")
            yield number, _parsed(text)
        except UnicodeDecodeError as error:
            where = f"line {line_number}, byte {error.start + 1}"
            raise SourceError(f"{path}: invalid UTF-8 at {where}; accepted: UTF-8 text") from error
        except (ValueError, RecursionError) as error:
            reason = str(error).splitlines()[0][:100]
            yield number, Row(number, {}, (f"{UNREADABLE_ROW}: line {line_number} is not JSON ({reason})",))
        number += 1


def _lines(stream: IO[bytes] | io.RawIOBase) -> Iterator[bytes]:
    """Lines, of a longer one only its beginning."""
    buffered = io.BufferedReader(stream, 2**20) if isinstance(stream, io.RawIOBase) else stream
    while line := buffered.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            line = buffered.readline(_LONGEST_LINE)


def _parsed(data: bytes) -> Any:
    """A JSON value. orjson refuses lone surrogates, NaN and very long integers; the standard parser takes them."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data.decode())


def _checked(path: Path, items: Iterable[tuple[int, Any]], columns: Columns) -> Iterator[Row]:
    """Rows of checked values; the first `_PROBE_ROWS` are looked at together before any is let through."""
    probe: list[tuple[int, Any]] = []
    characters = 0
    numbered = iter(items)
    for item in numbered:
        probe.append(item)
        if isinstance(item[1], dict):
            characters += sum(len(value) for value in item[1].values() if isinstance(value, str))
        if len(probe) == _PROBE_ROWS or characters > _LONGEST_LINE:
            break
    _refuse_other_shape(path, [value for _, value in probe if isinstance(value, dict)], columns)
    if probe and all(isinstance(value, Row) for _, value in probe):
        raise SourceError(f"{path}: none of the first {len(probe)} lines is JSON; accepted: one JSON object per line")
    for part in (probe, numbered):
        for number, value in part:
            if isinstance(value, Row):
                yield value
            elif isinstance(value, dict):
                yield checked_row(number, value, columns)
            else:
                yield Row(number, {}, (f"{UNREADABLE_ROW}: {type(value).__name__} instead of an object",))


def _refuse_other_shape(path: Path, values: list[dict[str, Any]], columns: Columns) -> None:
    if not values:
        return
    columns.refuse_missing(path, set().union(*values))
    for name, kind in columns.kinds().items():
        given = [value[name] for value in values if value.get(name) is not None]
        if given and not any(is_kind(value, kind) for value in given):
            found = f"column {name} holds {type(given[0]).__name__}"
            raise SourceError(f"{path}: wrong type: {found}; accepted: {name} ({kind})")
