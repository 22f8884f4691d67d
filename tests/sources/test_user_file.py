"""A user's own file as a source."""

import json
import math
from pathlib import Path

import orjson
import polars as pl
import pytest

from bigmath.errors import SettingError, SourceError
from bigmath.hub import sample_files
from bigmath.ingest import ingest
from bigmath.source import Source
from sources import SOURCES
from sources.user_file import UserFile


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path, license: str = "unknown") -> pl.DataFrame:
    return pl.concat(list(ingest(UserFile(path, license), sample_files())))


def test_answers_come_from_the_column_the_box_or_the_hash_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "My set.v2.jsonl",
        {"problem": "a", "answer": " 7 ", "solution": r"\boxed{8}", "year": 1999},
        {"problem": "b", "answer": "", "solution": r"so \boxed{8}"},
        {"problem": "c", "solution": "so\n#### 1,234"},
        {"problem": "d", "answer": 3},
        {"problem": "e"},
    )
    rows = read(path, license="CC0-1.0")
    assert rows["answer"].to_list() == ["7", "8", "1,234", "3", None]
    assert rows["answer_from"].to_list() == ["column", "boxed", "hash", "column", "none"]
    assert set(rows["source"]) == {"my_set_v2"} and set(rows["license"]) == {"CC0-1.0"}
    assert orjson.loads(rows["metadata"][0]) == {"year": 1999}
    assert rows["problem_id"].str.starts_with("my_set_v2-").all()


def test_an_answer_may_be_a_number_and_what_is_none_is_noted(tmp_path: Path) -> None:
    given = [12.0, 0.5, math.nan, ["31"], True, {"value": 9}, None]
    rows = read(written(tmp_path / "x.jsonl", *({"problem": f"p{at}", "answer": one} for at, one in enumerate(given))))
    assert rows["answer"].to_list() == ["12", "0.5", None, None, None, None, None]
    said = ["wrong_type: answer is list", "wrong_type: answer is bool", "wrong_type: answer is dict"]
    assert rows["notes"].to_list() == [[], [], [], *([one] for one in said), []]


def test_a_user_file_is_a_source_named_after_the_file(tmp_path: Path) -> None:
    source = UserFile(written(tmp_path / "x.jsonl", {"problem": "a", "answer": "1"}))
    assert isinstance(source, Source)
    assert (source.name, source.repository, source.license) == ("x", "x.jsonl", "unknown")
    before = source.fingerprint(sample_files())
    written(source.path, {"problem": "a", "answer": "12"})
    assert source.fingerprint(sample_files()) != before


def test_parquet_with_dates_and_nested_columns_keeps_them_as_metadata(tmp_path: Path) -> None:
    table = pl.DataFrame({"problem": ["p"], "answer": ["1"], "tags": [["a", "b"]], "when": ["2020-01-01"]})
    table.with_columns(pl.col("when").str.to_date(), pl.lit(b"\x00").alias("raw")).write_parquet(tmp_path / "x.parquet")
    kept = orjson.loads(read(tmp_path / "x.parquet")["metadata"][0])
    assert kept == {"tags": ["a", "b"], "when": "2020-01-01", "raw": "b'\\x00'"}


def test_a_licence_that_is_no_identifier_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", {"problem": "a", "answer": "1"})
    assert UserFile(path, "CC-BY-4.0").fingerprint(sample_files()) != UserFile(path).fingerprint(sample_files())
    for license in ("", " ", "my own"):
        with pytest.raises(SettingError, match="accepted: an SPDX identifier"):
            UserFile(path, license)


def test_no_public_source_can_be_shadowed(tmp_path: Path) -> None:
    assert set(UserFile(tmp_path / "x.jsonl").taken) == set(SOURCES)


@pytest.mark.parametrize("name", ["math.jsonl", "HARP.csv", "omni math.parquet"])
def test_a_file_named_like_a_source_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingError, match="which exists; rename the file"):
        UserFile(tmp_path / name)


def test_a_file_without_problem_or_without_any_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="missing column problem; found answer; accepted: columns problem"):
        read(written(tmp_path / "x.jsonl", {"answer": "1"}))
    with pytest.raises(SourceError, match="missing column answer or solution; found problem"):
        read(written(tmp_path / "y.jsonl", {"problem": "1"}))
    with pytest.raises(SourceError, match=r"(?i)no such file"):
        read(tmp_path / "absent.jsonl")


def test_bad_rows_come_through_with_their_notes(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = ['{"problem": "p", "answer": "1"}', "{", '{"problem": null, "answer": "1"}', '{"problem": "\\udfff"}']
    path.write_text("\n".join(lines))
    rows = read(path)
    assert rows["problem"].to_list() == ["p", "", "", "�"]
    assert [[note.split(":")[0] for note in notes] for notes in rows["notes"]] == [
        [], ["unreadable_row"], [], ["invalid_unicode"],
    ]  # fmt: skip
    assert rows["problem_id"].n_unique() == 4


def test_hostile_metadata_costs_one_row_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    deep = "[" * 900 + "]" * 900
    path.write_text(f'{{"problem": "p", "answer": "1", "deep": {deep}, "long": {"9" * 400}}}\n')
    kept = orjson.loads(read(path)["metadata"][0])
    assert kept["long"] == "9" * 400 and "nested too deep" in str(kept["deep"])
