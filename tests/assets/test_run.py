"""The whole job on the sample: what it publishes, that it repeats and resumes, what a broken invariant does."""

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.plan import build_job
from assets.resources import Curation
from assets.running import run_in_process
from bigmath.catalog import PUBLISHED
from bigmath.progress import Quiet
from bigmath.store import Warehouse
from filters.profiles import default
from sources import SOURCES

from .conftest import Bigmath


def tables(root: Path) -> dict[str, str]:
    """SHA-256 of every file of the tables, and of what was published."""
    files = [*(root / "tables").rglob("*"), *(root / "versions").rglob("*")]
    return {str(one.relative_to(root)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files if one.is_file()}


def query(root: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(root / "bigmath.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_table_is_published_with_rows_of_every_source(finished: Path) -> None:
    version = Warehouse.open(finished).current()
    assert version is not None
    assert set(version.tables) == set(PUBLISHED)
    for table in ("problems", "decisions", "base", "strict", "rejected"):
        assert [output.partition for output in version.tables[table]] == list(SOURCES)
    assert {source for (source,) in query(finished, "select distinct source from strict")} == set(SOURCES)


def test_rows_in_are_rows_kept_and_rejected_for_each_source(finished: Path) -> None:
    counted = query(
        finished,
        "select source, count(*), (select count(*) from base b where b.source = p.source),"
        " (select count(*) from rejected r where r.source = p.source),"
        " (select count(*) from strict s where s.source = p.source),"
        " (select count(*) from strict_rejected x where x.source = p.source) from problems p group by source",
    )
    assert len(counted) == len(SOURCES)
    for source, rows, base, rejected, strict, later in counted:
        assert rows == base + rejected, source  # type: ignore[operator]
        assert base == strict + later, source  # type: ignore[operator]


def test_every_filter_is_asked_about_every_row_and_every_rejected_row_has_its_first_reason(finished: Path) -> None:
    names = [one.name for one in default().asked()]
    ((rows,),) = query(finished, "select count(*) from problems")
    asked = dict(query(finished, "select filter, count(*) from decisions group by 1"))
    assert asked == dict.fromkeys(names, rows)
    wrong = query(
        finished,
        "select count(*) from rejected r join decisions d using (problem_id) where not d.kept and d.position <"
        " (select min(position) from decisions e where e.problem_id = r.problem_id and e.filter = r.filter)",
    )
    assert wrong == [(0,)]
    missing = query(
        finished, "select count(*) from rejected where reason is null or len(reasons) = 0 or stage <> 'base'"
    )
    assert missing == [(0,)]


def test_no_benchmark_problem_is_in_base_and_math_500_left(finished: Path) -> None:
    assert query(finished, "select count(*) from base join contamination using (problem_id)") == [(0,)]
    ((matched,),) = query(finished, "select count(distinct problem_id) from contamination where benchmark = 'math_500'")
    assert matched  # the sample holds rows of MATH-500 on purpose


def test_views_work_from_any_folder_and_after_the_warehouse_was_moved(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "elsewhere" / "it's here"
    shutil.copytree(finished, moved)
    monkeypatch.chdir(tmp_path)
    assert query(moved, "select count(*) from strict") == query(finished, "select count(*) from strict")
    monkeypatch.chdir(moved)
    assert query(Path(), "from table3") == query(finished, "from table3")
    names = [name for (name,) in query(moved, "select view_name from duckdb_views() where not internal")]
    for name in names:
        query(moved, f"select * from {name} limit 1")


def test_a_second_run_makes_nothing_new(finished: Path, tmp_path: Path, bigmath: Bigmath) -> None:
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    before = tables(root)
    said = bigmath("run", "--warehouse", root)
    assert said.code == 0
    assert tables(root) == before
    job = build_job(warehouse=root, hub="sample", profile="default")
    assert said.err.count("already made") == sum(len(job.partitions(table)) for table in job.steps)
    ((runs, versions),) = query(root, "select count(*), count(distinct version) from runs")
    assert (runs, versions) == (2, 1)


def test_killed_at_ten_random_points_the_tables_are_those_of_an_unbroken_run(finished: Path, tmp_path: Path) -> None:
    root = tmp_path / "killed"
    command = [sys.executable, "-m", "assets", "run", "--warehouse", str(root)]
    rng = random.Random(11)
    killed = 0
    for _ in range(10):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(1.5, 4.5))
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            killed += 1
        child.wait()
    assert killed
    subprocess.run(command, check=True, capture_output=True)
    assert tables(root) == tables(finished)


def test_a_broken_invariant_stops_the_run_and_nothing_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bigmath import stages

    kept = stages.kept_rows
    monkeypatch.setattr(
        stages,
        "kept_rows",
        lambda problems, decisions, stage: kept(problems, decisions, stage)[: -1 if stage == "base" else None],
    )
    curation = Curation(warehouse=str(tmp_path / "w"), sources=["omni_math"])
    outcome = run_in_process(curation, Quiet())
    assert outcome.gate_failed
    line = " ".join(line for line, _ in outcome.failures)
    assert "check the_ledger_adds_up of base" in line
    assert "omni_math" in line
    assert Warehouse.open(tmp_path / "w").current() is None


def test_a_broken_invariant_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bigmath: Bigmath) -> None:
    from bigmath import stages

    monkeypatch.setattr(
        stages,
        "dropped_rows",
        lambda problems, *_: problems.clear().match_to_schema(stages.REJECTED, missing_columns="insert"),
    )
    said = bigmath("run", "--warehouse", tmp_path / "w", "--source", "harp")
    assert said.code == 1
    assert "check rows_in_are_rows_kept_and_rejected of rejected" in said.err


def test_a_users_file_goes_through_the_same_pipeline(tmp_path: Path, bigmath: Bigmath) -> None:
    mine = tmp_path / "My set.jsonl"
    rows = [
        {"problem": "What is the sum of the first ten positive integers?", "answer": "55", "topic": "sums"},
        {"problem": "Prove that the square root of two is irrational.", "solution": "Suppose not. $\\boxed{}$"},
        {"problem": "Compute $2+2$.", "solution": "It is $\\boxed{4}$."},
        {"problem": None, "answer": "1"},
        {"problem": "How many legs do three cats have?", "answer": ""},
    ]
    mine.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = bigmath("run", "-w", tmp_path / "w", "-s", mine)
    assert said.code == 0, said.err
    found = query(
        tmp_path / "w",
        "select row, answer, answer_from, json_extract_string(metadata, 'topic') from problems order by row",
    )
    assert found[0] == (0, "55", "column", "sums")
    assert found[2][:3] == (2, "4", "boxed")
    assert query(tmp_path / "w", "select row from strict order by row") == [(0,), (2,)]
    reasons = dict(query(tmp_path / "w", "select row, filter from rejected"))
    assert reasons[3] == "no_problem"
    assert reasons[4] == "no_answer"


def test_filter_writes_a_decision_of_every_filter_on_every_row_in_order(tmp_path: Path, bigmath: Bigmath) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text('problem,answer\n"Prove that 1 < 2.",\n"Compute $1+1$.",2\n')
    said = bigmath("filter", mine, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    decisions = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    names = [one.name for one in default().asked()]
    assert decisions["row"].to_list() == [0] * len(names) + [1] * len(names)
    assert decisions["filter"].to_list() == names * 2
    dropped = decisions.filter(~pl.col("kept"))
    assert set(dropped["row"]) == {0}
    assert {"no_answer", "proof"} <= set(dropped["filter"])
    assert dropped["reason"].null_count() == 0


@pytest.mark.parametrize("profile", ["paper"])
def test_the_papers_profile_runs_too(tmp_path: Path, bigmath: Bigmath, profile: str) -> None:
    said = bigmath("run", "-w", tmp_path / "w", "--profile", profile, "-s", "harp", "--json")
    assert said.code == 0, said.err
    counts = {row["source"]: row for row in map(json.loads, said.out.splitlines())}
    assert counts["harp"]["original"] >= counts["harp"]["base"] >= counts["harp"]["strict"] > 0
    assert counts["harp"]["paper base"] == 3691


def test_without_the_extra_the_papers_profile_says_that_it_does_not_ask_semantic_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bigmath: Bigmath
) -> None:
    from bigmath import sentence_model
    from filters.profiles import paper

    monkeypatch.setattr(sentence_model, "find_spec", lambda name: None)
    said = bigmath("run", "-w", tmp_path / "w", "--profile", "paper", "-s", "harp")
    assert said.code == 0, said.err
    (line,) = [line for line in said.err.splitlines() if "semantic_duplicate, " in line]
    assert line.endswith("pip install 'bigmath[semantic]'")
    ((asked,),) = query(tmp_path / "w", "select count(*) from decisions where filter = 'semantic_duplicate'")
    assert asked == 0
    filters = query(tmp_path / "w", "select count(distinct filter) from decisions")
    assert filters == [(len(paper().asked()) - 1,)]
