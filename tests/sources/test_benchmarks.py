"""The benchmarks that training data is checked against."""

from pathlib import Path

import pytest

from bigmath.errors import SourceError
from bigmath.hub import FolderFiles, sample_files
from sources.benchmarks import BENCHMARKS, BenchmarkFile


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_is_in_the_sample_with_problems_and_answers(name: str) -> None:
    rows = list(BENCHMARKS[name].read(sample_files()))
    assert len(rows) >= 20 and [row.row for row in rows] == list(range(len(rows)))
    assert all(row.benchmark == name and row.problem and row.answer for row in rows)
    assert not any("####" in (row.answer or "") or (row.answer or "").endswith(".0") for row in rows)


def test_the_mirror_holds_the_whole_benchmarks(mirror: Path) -> None:
    counts = {name: len(list(benchmark.read(FolderFiles(mirror)))) for name, benchmark in BENCHMARKS.items()}
    assert counts == {"math_500": 500, "aime": 90, "amc": 83, "gsm8k_test": 1_319}


def test_a_benchmark_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no data set HuggingFaceH4/MATH-500; found none"):
        list(BENCHMARKS["math_500"].read(FolderFiles(tmp_path)))


def test_a_users_file_can_be_a_benchmark(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("question,answer\nWhat is 1+1?,2\n")
    (row,) = BenchmarkFile("own", path).read(sample_files())
    assert (row.problem, row.answer, row.row) == ("What is 1+1?", "2", 0)


def test_a_benchmark_may_list_its_solutions(tmp_path: Path) -> None:
    path = tmp_path / "olympiad.jsonl"
    path.write_text('{"question": "What is $1+1$?", "solution": ["Count.", "Add."], "answer": "2"}\n')
    (row,) = BenchmarkFile("olympiad", path).read(sample_files())
    assert (row.problem, row.answer) == ("What is $1+1$?", "2")
