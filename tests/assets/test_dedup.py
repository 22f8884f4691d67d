"""`bigmath dedup` on users' files."""

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from assets.dedup_command import run_dedup

from .conftest import Bigmath

PROBLEMS = [
    text.format(at, at + 2)
    for at in range(3, 40)
    for text in (
        "Find the area of a triangle with base {} and height {}.",
        "Determine the area of a triangle with base ${}$ and height ${}$.",
        "A train leaves with {} riders and gains {} more. How many ride it now?",
        "A train leaves with {1} riders and gains {0} more. How many ride it now?",
    )
]


def test_rows_without_a_statement_are_counted(tmp_path: Path, bigmath: Bigmath) -> None:
    rows = [{"problem": "Find 3 + 5."}, {"problem": " "}, {"answer": "8"}, {"problem": 7}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = bigmath("dedup", tmp_path / "rows.jsonl", "--out", tmp_path / "out", "--json")
    counts = json.loads(said.out)
    assert (counts["rows"], counts["rows without a statement"], counts["kept"]) == (4, 3, 4)


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed")
def test_the_command_line_writes_the_same_bytes_with_either_engine(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    pl.DataFrame({"problem": PROBLEMS}).write_parquet(file)
    for engine in ("local", "ray"):
        run_dedup([file], tmp_path / engine, None, engine, as_json=True)
    for name in ("clusters.parquet", "families.parquet"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    assert pl.read_parquet(tmp_path / "ray" / "clusters.parquet").height >= 2 * 37
