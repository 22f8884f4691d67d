"""The command line: reading commands, exit codes, and one clear line for every bad input."""

import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from rl_hooks.for_trl import make_reward

from .conftest import Bigmath


def _jsonl(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _parquet(path: Path, frame: pl.DataFrame) -> Path:
    frame.write_parquet(path)
    return path


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.jsonl", '{"problem": "p", "answer": "1"}\n' * 1000)
    return path


GOOD = {"problem": ["Compute $1+1$."] * 50, "answer": ["2"] * 50}

BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a missing column": (lambda at: _jsonl(at / "x.jsonl", '{"question": "p", "answer": "1"}\n'), "problem"),
    "a wrong type": (lambda at: _parquet(at / "x.parquet", pl.DataFrame({"problem": [1], "answer": ["1"]})), "problem"),
    "a truncated Parquet": (lambda at: _cut(_parquet(at / "x.parquet", pl.DataFrame(GOOD))), "x.parquet"),
    "a truncated zip": (lambda at: _cut(_zip(at / "x.jsonl.zip")), "x.jsonl.zip"),
    "an empty file": (lambda at: _jsonl(at / "x.jsonl", ""), "empty"),
    "invalid UTF-8": (lambda at: _jsonl(at / "x.jsonl", b'{"problem": "\xff\xfe", "answer": "1"}\n'), "UTF-8"),
    "an unknown kind of file": (lambda at: _jsonl(at / "x.txt", "hello"), "x.txt"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_one_line_that_names_it_and_nothing_is_published(
    case: str, tmp_path: Path, bigmath: Bigmath
) -> None:
    make, word = BAD_FILES[case]
    path = make(tmp_path)
    said = bigmath("run", "-w", tmp_path / "w", "-s", path)
    assert said.code == 2, said.err
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, said.err
    assert path.name in errors[0]
    assert word in errors[0]
    assert "Traceback" not in said.err
    assert not (tmp_path / "w" / "current.json").exists()
    assert not list((tmp_path / "w").glob("tables/problems/*/*"))


BAD_SETTINGS = {
    ("run", "-s", "nosuch"): ["nosuch", "math, numina, harp"],
    ("run", "--profile", "nosuch"): ["nosuch", "default, semantic, paper"],
    ("run", "--hub", "no/such/folder"): ["no/such/folder", "sample, hub, or a folder"],
    ("filters", "--profile", "nosuch"): ["nosuch", "default, semantic, paper"],
    ("bench", "nosuch"): ["nosuch", "job"],
}


@pytest.mark.parametrize("arguments", BAD_SETTINGS)
def test_a_bad_setting_is_one_line_that_says_what_would_be_accepted(
    arguments: tuple[str, ...], tmp_path: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = bigmath(*arguments)
    assert said.code == 2
    (error,) = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert all(part in error for part in BAD_SETTINGS[arguments]), error
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_bad_rows_are_rejected_with_a_reason_and_the_others_kept(tmp_path: Path, bigmath: Bigmath) -> None:
    rows = [
        '{"problem": null, "answer": "1"}',
        '{"problem": "How many?", "answer": ""}',
        json.dumps({"problem": "What is $1+1$? " * 150_000, "answer": "2"}),
        '{"problem": "What is \\u0000 one plus one?", "answer": "2"}',
        '{"problem": "What is \\ud800 one plus one?", "answer": "2"}',
        "this is not JSON",
        '{"problem": "What is the sum of 20 and 22?", "answer": "42"}',
    ]
    path = _jsonl(tmp_path / "odd.jsonl", "\n".join(rows))
    said = bigmath("run", "-w", tmp_path / "w", "-s", path)
    assert said.code == 0, said.err
    said = bigmath("sql", "-w", tmp_path / "w", "--json", "select row, filter, reason from rejected order by row")
    found = [(row["row"], row["filter"]) for row in map(json.loads, said.out.splitlines())]
    assert found == [(0, "no_problem"), (1, "no_answer"), *((row, "no_problem") for row in (2, 3, 4, 5))]
    said = bigmath("sql", "-w", tmp_path / "w", "--json", "select row from strict")
    assert [json.loads(line)["row"] for line in said.out.splitlines()] == [6]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_warehouse_that_cannot_be_written_is_one_line(tmp_path: Path, bigmath: Bigmath) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    said = bigmath("run", "-w", tmp_path / "closed" / "w")
    assert said.code == 2
    assert "cannot write the warehouse" in said.err


def test_a_warehouse_below_a_file_is_one_line(tmp_path: Path, bigmath: Bigmath) -> None:
    (tmp_path / "file").write_text("")
    said = bigmath("run", "-w", tmp_path / "file" / "w")
    assert said.code == 2
    assert "cannot write the warehouse" in said.err


def test_a_catalog_of_a_newer_version_is_refused(tmp_path: Path, bigmath: Bigmath) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "format.json").write_text('{"format": 7}')
    for command in (["run"], ["sql", "select 1"], ["why", "x"], ["check"]):
        said = bigmath(*command, "-w", tmp_path / "w")
        assert said.code == 2
        assert "has format 7; this bigmath reads up to 1" in said.err


def test_reading_commands_say_so_where_nothing_has_been_published(tmp_path: Path, bigmath: Bigmath) -> None:
    said = bigmath("sql", "from strict", "-w", tmp_path / "none")
    assert said.code == 2
    assert "no warehouse" in said.err
    assert "hint: bigmath run" in said.err
    assert not (tmp_path / "none").exists()


def test_why_tells_a_rows_whole_story(finished: Path, bigmath: Bigmath) -> None:
    said = bigmath(
        "sql", "-w", finished, "--json", "select problem_id, filter from rejected order by problem_id limit 1"
    )
    row = json.loads(said.out)
    said = bigmath("why", row["problem_id"], "-w", finished)
    assert said.code == 0
    assert row["filter"] in said.out
    assert "rejected" in said.out
    story = json.loads(bigmath("why", row["problem_id"], "-w", finished, "--json").out)
    assert story["problem_id"] == row["problem_id"]
    assert any(one["filter"] == row["filter"] and not one["kept"] for one in story["decisions"])


def test_why_wants_an_id_that_is_one_rows(finished: Path, bigmath: Bigmath) -> None:
    assert "no problem has an id" in bigmath("why", "zzz", "-w", finished).err
    said = bigmath("why", "harp-", "-w", finished)
    assert said.code == 2
    assert "several problems begin with" in said.err


def test_sql_reads_the_warehouse_and_nothing_else(finished: Path, bigmath: Bigmath) -> None:
    assert bigmath("sql", "select count(*) from strict", "-w", finished).code == 0
    for query in (
        "from read_csv('/etc/hostname')",
        "copy strict to '/tmp/x.csv'",
        "drop view strict",
        f"copy strict to '{finished}/x.csv'",
        "explain analyze copy strict to 'x.csv'",
        "set threads = 1; x",
    ):
        said = bigmath("sql", query, "-w", finished)
        assert said.code == 2, query
        assert "DuckDB refused the query" in said.err or "only queries are answered" in said.err


def test_check_names_a_damaged_file_and_exits_1(finished: Path, tmp_path: Path, bigmath: Bigmath) -> None:
    import shutil

    root = tmp_path / "w"
    shutil.copytree(finished, root)
    assert bigmath("check", "-w", root).code == 0
    victim = next((root / "tables" / "strict").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes() + b"\0")
    said = bigmath("check", "-w", root)
    assert said.code == 1
    assert victim.parent.name in said.out


def test_lists_name_every_source_and_filter(bigmath: Bigmath) -> None:
    from filters import FILTERS
    from sources import SOURCES

    listed = [json.loads(line)["name"] for line in bigmath("sources", "--json").out.splitlines()]
    assert listed == list(SOURCES)
    listed = [json.loads(line)["filter"] for line in bigmath("filters", "--json").out.splitlines()]
    assert set(listed) <= set(FILTERS)


def test_verify_judges_one_answer_and_a_file_in_order(tmp_path: Path, bigmath: Bigmath) -> None:
    assert bigmath("verify", r"\frac12", r"so it is $\boxed{0.5}$").out.strip() == "CORRECT"
    assert bigmath("verify", "2", "3").out.strip() == "WRONG"
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"gold": "1", "pred": "1.0", "id": 7}\nnonsense\n{"gold": "1", "pred": "2"}\n')
    said = bigmath("verify", "--file", pairs)
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["verdict"] for row in rows] == ["CORRECT", "UNPARSED", "WRONG"]
    assert rows[0]["id"] == 7
    assert "line 2" in rows[1]["error"]
    assert bigmath("verify", "2").code == 2
    pairs.write_text('{"problem": "1", "answer": "1"}\n' * 2)
    said = bigmath("verify", "--file", pairs)
    assert (said.code, said.out) == (2, "")
    assert "none of the first 2 lines is a pair (line 1: no field 'gold'); accepted: JSONL with" in said.err


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "verify",
        "why",
        "sql",
        "sources",
        "filters",
        "filter",
        "report",
        "release",
        "diff",
        "check",
        "clean",
        "bench",
    ],
)
def test_every_command_explains_itself(command: str, bigmath: Bigmath) -> None:
    said = bigmath(command, "--help")
    assert said.code == 0
    assert "Usage: bigmath" in said.out


def test_an_export_of_held_out_problems_is_a_gate_and_not_a_setting(
    bigmath: Bigmath, finished: Path, tmp_path: Path
) -> None:
    said = bigmath("export", "rl", "--to", "verl", "-w", finished, "-o", tmp_path / "out", "--json")
    assert said.code == 0
    assert json.loads(said.out)["train"] > 0
    refused = bigmath("export", "rl", "--to", "verl", "-w", finished, "-o", tmp_path / "no", "--split", "test")
    assert (refused.code, refused.out) == (1, "")
    assert "held out" in refused.err
    assert not (tmp_path / "no").exists()


def test_paces_reach_every_row_that_trl_pays(bigmath: Bigmath, finished: Path, tmp_path: Path) -> None:
    said = bigmath("export", "rl", "--to", "trl", "-w", finished, "-o", tmp_path, "--paces", "--limit", "20")
    assert said.code == 0, said.err
    train, held = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("train", "held_out"))
    assert train.schema == held.schema
    assert held["discount"].null_count() == held.height
    readme = (tmp_path / "README.md").read_text()
    asked = dict(re.findall(r"^\| ([A-Z][a-z ]+\.) \| ([\d.]+) \|", readme, re.MULTILINE))
    for row in train.iter_rows(named=True):
        sentence = row["prompt"][0]["content"].split("\n\n")[-2]
        assert float(asked[sentence]) == row["discount"]
    columns = {name: train[name].to_list() for name in ("answer", "discount")}
    replies = [rf"\boxed{{{answer}}}" for answer in columns["answer"]]
    paid = make_reward()(train["prompt"].to_list(), replies, completion_ids=[[1] * 50] * 20, **columns)
    assert paid == pytest.approx([discount**50 for discount in columns["discount"]])


def test_serve_refuses_an_address_that_others_reach(bigmath: Bigmath) -> None:
    said = bigmath("serve", "--host", "0.0.0.0")
    assert (said.code, said.out) == (2, "")
    assert "--public" in said.err
