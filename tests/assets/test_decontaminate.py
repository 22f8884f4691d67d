"""`bigmath decontaminate`: matches, clean rows and what they were matched against, written beside each other."""

import json
from pathlib import Path

import polars as pl
import pytest

from bigmath import sentence_model
from bigmath.sentence_model import missing

from .conftest import Bigmath

ROWS = [
    {"problem": "Find the sum of 41 and 57 apples in the red basket.", "id": 7},
    {"problem": "What is the remainder when 1234 is divided by 7?", "id": [1, {"a": None}]},
    {"problem": "Problem 3. What is the remainder when $1234$ is divided by $7$?", "id": "x"},
    {"problem": "What is the remainder when 1235 is divided by 7?", "id": None},
]


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_matches_and_clean_rows_are_written_and_add_up(tmp_path: Path, bigmath: Bigmath) -> None:
    mine = written(tmp_path / "mine.jsonl", ROWS)
    mine.write_text(mine.read_text() + "{broken\n")
    test = written(tmp_path / "my_test.jsonl", [{"question": "what is the remainder when 1234 is divided by 7"}])
    said = bigmath("decontaminate", mine, "--against", test, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    matches = pl.read_parquet(tmp_path / "out" / "matches.parquet")
    assert matches.select("row", "benchmark", "benchmark_row", "method").rows() == [
        (1, "my_test", 0, "exact"),
        (2, "my_test", 0, "wording"),
    ]
    clean = [json.loads(line) for line in (tmp_path / "out" / "clean.jsonl").read_text().splitlines()]
    assert clean == [{"problem": ROWS[0]["problem"], "id": 7}, {"problem": ROWS[3]["problem"], "id": None}]
    assert "1 rows could not be read" in said.err
    (about,) = json.loads((tmp_path / "out" / "benchmarks.json").read_text())
    assert (about["name"], about["rows"]) == ("my_test", 1)
    assert pl.read_parquet(tmp_path / "out" / "benchmarks.parquet")["sha256"].str.len_bytes().to_list() == [64]


def test_a_parquet_file_stays_one_with_its_columns(tmp_path: Path, bigmath: Bigmath) -> None:
    frame = pl.DataFrame({"question": [str(row["problem"]) for row in ROWS], "n": [1, 2, 3, 4]}).cast({"n": pl.Int16})
    frame.write_parquet(tmp_path / "mine.parquet")
    test = written(tmp_path / "t.jsonl", [{"problem": ROWS[1]["problem"]}])
    said = bigmath("decontaminate", tmp_path / "mine.parquet", "--against", test, "-o", tmp_path / "out")
    assert said.code == 0, said.err
    clean = pl.read_parquet(tmp_path / "out" / "clean.parquet")
    assert clean.schema == frame.schema
    assert clean["n"].to_list() == [1, 4]


def test_an_unknown_benchmark_is_one_line_that_says_which_there_are(tmp_path: Path, bigmath: Bigmath) -> None:
    mine = written(tmp_path / "mine.jsonl", ROWS)
    said = bigmath("decontaminate", mine, "--against", "aime_2050", "-o", tmp_path / "out")
    assert said.code == 2
    assert "math_500, aime, amc, gsm8k_test" in said.err
    assert not (tmp_path / "out").exists()


def test_semantic_without_its_extra_is_one_line_before_anything_is_written(
    tmp_path: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentence_model, "find_spec", lambda name: None)
    said = bigmath("decontaminate", written(tmp_path / "mine.jsonl", ROWS), "--semantic", "-o", tmp_path / "out")
    assert said.code != 0
    assert "sentence embeddings need onnxruntime" in said.err
    assert "pip install 'bigmath[semantic]'" in said.err
    assert not (tmp_path / "out").exists()


def test_rows_without_a_statement_that_can_be_matched_are_said_and_never_changed(
    tmp_path: Path, bigmath: Bigmath
) -> None:
    rows = [{"problem": " ", "n": 0}, {"problem": ["a", "b"], "n": 1}, {"n": 2}, {"problem": "Find 3 + 5.", "n": 3}]
    mine = written(tmp_path / "mine.jsonl", [dict(row) for row in rows])
    said = bigmath("decontaminate", mine, "--against", mine, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert "1 rows could not be read and are in neither file" in said.err
    assert "2 rows have no statement" in said.err
    clean = [json.loads(line) for line in (tmp_path / "out" / "clean.jsonl").read_text().splitlines()]
    assert clean == [rows[0], rows[2]]


def test_the_input_is_never_written_over_and_looked_at_before_the_tests(tmp_path: Path, bigmath: Bigmath) -> None:
    mine = written(tmp_path / "clean.jsonl", ROWS)
    said = bigmath("decontaminate", mine, "--against", mine, "--out", tmp_path)
    assert said.code == 2
    assert "would be written over" in said.err
    said = bigmath("decontaminate", tmp_path, "--semantic", "--out", tmp_path / "out")
    assert said.code == 2
    assert not (tmp_path / "out").exists()
    said = bigmath("decontaminate", tmp_path, "--out", tmp_path / "out")
    assert "a folder, no file; accepted: .parquet" in said.err


def test_two_tests_of_one_name_are_refused(tmp_path: Path, bigmath: Bigmath) -> None:
    (tmp_path / "other").mkdir()
    mine, other = written(tmp_path / "t.jsonl", ROWS), written(tmp_path / "other" / "t.jsonl", ROWS[:1])
    said = bigmath("decontaminate", mine, "--against", mine, "--against", other, "--out", tmp_path / "out")
    assert said.code == 2
    assert "a benchmark is already called 't'; rename the file" in said.err


@pytest.mark.skipif(bool(missing()), reason=f"the extra semantic is not installed: {', '.join(missing())}")
def test_semantic_asks_the_model_about_rows_that_match_no_other_way(
    tmp_path: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path / "cache"))
    asked = "A shop sells pens in boxes of twelve. Lena buys five boxes. How many pens does she buy?"
    told = "Lena bought 5 packs at a store, each with 12 pens inside; what is the total number of pens she got?"
    other = "Prove that every bounded sequence of real numbers has a convergent subsequence."
    mine = written(tmp_path / "mine.jsonl", [{"problem": told}, {"problem": other}])
    test = written(tmp_path / "my_test.jsonl", [{"question": asked}])
    plain = bigmath("decontaminate", mine, "--against", test, "--out", tmp_path / "plain")
    near = bigmath(
        "decontaminate", mine, "--against", test, "--semantic", "--cosine", "0.7", "--out", tmp_path / "near"
    )
    assert (plain.code, near.code) == (0, 0), plain.err + near.err
    assert pl.read_parquet(tmp_path / "plain" / "matches.parquet").is_empty()
    found = pl.read_parquet(tmp_path / "near" / "matches.parquet")
    assert found.select("row", "benchmark_row", "method").rows() == [(0, 0, "semantic")]
    assert 0.7 <= found["score"][0] < 1
    clean = (tmp_path / "near" / "clean.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in clean] == [{"problem": other}]
