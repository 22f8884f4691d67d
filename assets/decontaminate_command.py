"""`bigmath decontaminate`: which rows of a user's file are problems of a benchmark, and the file without them."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson
import polars as pl

from assets.console import ConsoleReporter, messages, show_note, show_table
from assets.plan import benchmarks_named, files_named
from bigmath.contamination import CONTAMINATION, Benchmarks, NgramSettings, hashed, index, matches
from bigmath.durable import sync_folder, write_parquet, write_whole
from bigmath.errors import SettingError
from bigmath.hub import Files
from bigmath.neighbours import COSINE
from bigmath.progress import Stages, Task
from bigmath.sentence_model import require
from bigmath.source import BENCHMARKS as BENCHMARK_ROWS
from bigmath.source import Benchmark
from bigmath.tabular import Columns, Row, read_rows
from sources.benchmarks import BENCHMARKS

__all__ = ["COSINE", "MATCHES", "decontaminate_file"]

MATCHES = pl.Schema({"row": pl.Int64} | {name: CONTAMINATION[name] for name in list(CONTAMINATION)[1:]})
"""`row` counts the rows of the input from 0; a row that several tests match has a line for each."""

_COLUMNS = Columns({}, {"problem": "text", "question": "text"}, any_of=("problem", "question"), rest=True)
_BLOCK = 20_000
_EMBEDDED = 512
"""Rows of a block where they are embedded: progress is told once a block."""


@dataclass
class _Counts:
    rows: int = 0
    kept: int = 0
    unreadable: int = 0
    """Rows, or their statements, that could not be read."""
    blank: int = 0
    """Rows kept though they have no statement."""


def decontaminate_file(
    file: Path,
    against: Sequence[str],
    out: Path,
    hub: str,
    *,
    variants: bool,
    semantic: float | None = None,
    as_json: bool,
) -> pl.DataFrame:
    """Writes OUT/matches.parquet (`MATCHES`), OUT/clean.parquet (or .jsonl) with the rows that match nothing, and
    OUT/benchmarks.parquet and .json: the tests matched against, with the hash of each. Returns the matches.

    Args:
        against: names of known benchmarks or files with a column `problem` or `question`; all known ones if empty.
        variants: whether a test with other numbers counts too.
        semantic: the cosine from which on a row counts as a test told in other words; None: not asked.

    Raises:
        SettingError: an unknown benchmark, or `out` is a file or cannot be written.
        SourceError: a file that cannot be read.
        MissingExtraError: `semantic` is asked for without its extra.
    """
    if semantic is not None and not 0 < semantic <= 1:
        raise SettingError(f"the cosine of semantic matches is {semantic}; accepted: more than 0, at most 1")
    if semantic is not None:
        require()
    files = files_named(hub)
    chosen = list(benchmarks_named(against or list(BENCHMARKS)).values())
    next(read_rows(file, _COLUMNS))  # what is wrong with the file is said before the tests are read
    if any(file.absolute() == (out / name).absolute() for name in ("clean.jsonl", "clean.parquet")):
        raise SettingError(f"{file} would be written over; name another folder with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"cannot write the folder {out}: {error.strerror or error}") from error
    tests = _tests(chosen, files)
    if hub == "sample" and any(one.name in BENCHMARKS for one in chosen):
        show_note("note: the sample holds only some problems of each named benchmark; --hub hub has them all")
    counts, found, kept = _Counts(), [], out / ".clean.jsonl.tmp"
    with ConsoleReporter(1) as reporter:
        say = Stages(reporter, "contamination", "tests")
        known = index(tests, NgramSettings(variants=variants, semantic=semantic), say=say)
        task = Task("contamination", file.name, _row_count(file, semantic is not None))
        reporter.begin(task)
        started = time.monotonic()
        try:
            with kept.open("wb") as clean:
                for block in _blocks(file, _BLOCK if semantic is None else _EMBEDDED):
                    hits = _matched(block, known)
                    found.append(hits)
                    _write_clean(clean, block, set(hits["row"]), counts)
                    reporter.advance(task, len(block))
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        matched = pl.concat(found) if found else pl.DataFrame(schema=MATCHES)
        reporter.end(task, matched.height, time.monotonic() - started, reused=False)
    clean_path = _publish_clean(file, out, kept, matched)
    write_parquet(matched, out / "matches.parquet")
    _publish_benchmarks(out, chosen, tests, files)
    if counts.unreadable:
        show_note(f"note: {counts.unreadable:,} rows could not be read and are in neither file")
    if counts.blank:
        show_note(f"note: {counts.blank:,} rows have no statement, so there was nothing to match; they are kept")
    shown = matched.group_by("benchmark", "method").agg(rows=pl.col("row").n_unique(), matches=pl.len())
    title = f"{counts.rows:,} rows of {file.name}: {counts.kept:,} clean"
    show_table(shown.sort("benchmark", "method"), title=title, as_json=as_json)
    messages.print(f"matches: {out / 'matches.parquet'}\nclean rows: {clean_path}", markup=False, soft_wrap=True)
    return matched


def _tests(chosen: Sequence[Benchmark], files: Files) -> pl.DataFrame:
    rows = [(row.benchmark, row.row, row.problem, row.answer, None) for one in chosen for row in one.read(files)]
    return hashed(pl.DataFrame(rows, schema=BENCHMARK_ROWS, orient="row"))


def _blocks(file: Path, size: int) -> Iterator[tuple[Row, ...]]:
    rows = read_rows(file, _COLUMNS)
    while block := tuple(islice(rows, size)):
        yield block


def _matched(block: Sequence[Row], known: Benchmarks) -> pl.DataFrame:
    problems = [_statement(row) for row in block]
    frame = pl.DataFrame(
        {"problem_id": [str(row.number) for row in block], "problem": problems},
        schema={"problem_id": pl.String, "problem": pl.String},
    )
    hits = matches(frame, known).with_columns(row=pl.col("problem_id").cast(pl.Int64))
    return hits.select(list(MATCHES)).sort("row", "benchmark", "benchmark_row")


def _statement(row: Row) -> str | None:
    return row.text("problem") or row.text("question")


def _write_clean(clean: BinaryIO, block: Sequence[Row], matched: set[int], counts: _Counts) -> None:
    for row in block:
        counts.rows += 1
        if row.notes and _statement(row) is None:  # left in, it might let a test through
            counts.unreadable += 1
        elif row.number not in matched:
            counts.kept += 1
            counts.blank += not (_statement(row) or "").strip()
            clean.write(orjson.dumps(row.values, default=str, option=orjson.OPT_APPEND_NEWLINE))


def _publish_clean(file: Path, out: Path, jsonl: Path, matched: pl.DataFrame) -> Path:
    """Parquet stays Parquet, with its schema; everything else becomes JSONL."""
    if file.suffix.lower() != ".parquet":
        jsonl.replace(out / "clean.jsonl")
        sync_folder(out)
        return out / "clean.jsonl"
    jsonl.unlink()
    kept = pl.scan_parquet(file).with_row_index("_row").filter(~pl.col("_row").is_in(matched["row"].implode()))
    write_parquet(kept.drop("_row"), out / "clean.parquet")
    return out / "clean.parquet"


def _publish_benchmarks(out: Path, chosen: Sequence[Benchmark], tests: pl.DataFrame, files: Files) -> None:
    """What was matched against: one line a test with the hash of its normalised text, and one entry a benchmark."""
    write_parquet(tests.select("benchmark", "benchmark_row", "sha256"), out / "benchmarks.parquet")
    sizes = dict(tests.group_by("benchmark").len().iter_rows())
    about = [
        {
            "name": one.name,
            "repository": getattr(one, "repository", None),
            "revision": getattr(one, "revision", None),
            "content_sha256": one.fingerprint(files),
            "rows": sizes.get(one.name, 0),
        }
        for one in chosen
    ]
    write_whole(out / "benchmarks.json", json.dumps(about, indent=2).encode())


def _row_count(file: Path, slow: bool) -> int | None:
    """How many rows to expect, where that is cheap to know, or cheap beside the `slow` work to come."""
    try:
        if file.suffix.lower() == ".parquet":
            return int(pl.scan_parquet(file).select(pl.len()).collect().item())
        if file.suffix.lower() == ".jsonl":
            with file.open("rb") as lines:
                return sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b""))
        return sum(1 for _ in read_rows(file, _COLUMNS)) if slow else None
    except (OSError, pl.exceptions.PolarsError):
        return None  # reading it will say what is wrong
