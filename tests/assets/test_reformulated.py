"""The tables of the reformulation as a user meets them, after a run over the sample."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from .conftest import Bigmath


@pytest.fixture(name="db")
def _db(finished: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        yield connection


def test_every_candidate_is_counted_once_and_the_counts_add_up(db: duckdb.DuckDBPyConnection) -> None:
    by_outcome = dict(db.execute("select outcome, sum(rows)::int from reformulation group by 1").fetchall())
    (rewrites,) = db.execute("select count(*) from rewrites").fetchone() or (0,)
    assert sum(by_outcome.values()) == rewrites
    assert by_outcome["kept"] == (db.execute("select count(*) from reformulated").fetchone() or (0,))[0] > 20
    assert by_outcome["refused"] > 5
    assert by_outcome["dropped"] > 5


def test_a_reformulated_problem_never_meets_its_open_twin(db: duckdb.DuckDBPyConnection) -> None:
    twins = db.execute("select count(*) from reformulated r join base b on r.problem = b.problem").fetchone()
    assert twins == (0,)
    dropped = db.execute(
        "select count(*) from reformulated_decisions where filter = 'exact_duplicate' and not kept"
    ).fetchone()
    assert dropped is not None
    assert dropped[0] > 20  # the sample holds HARP's problems in both forms


def test_a_twin_and_its_multiple_choice_form_share_a_split(db: duckdb.DuckDBPyConnection) -> None:
    query = """
        select count(*), count(*) filter (parent.split <> twin.split) from duplicates one
        join duplicates other on one.cluster = other.cluster and other.keeper and not one.keeper
        join rewrites on rewrites.problem_id = one.problem_id
        join splits parent on parent.problem_id = rewrites.parent_id
        join splits twin on twin.problem_id = other.problem_id
    """
    pairs, divided = db.execute(query).fetchone() or (0, 0)
    assert pairs > 20
    assert divided == 0


def test_a_reformulated_problem_has_its_parents_split_and_lineage(db: duckdb.DuckDBPyConnection) -> None:
    query = """
        select count(*), count(*) filter (r.split = s.split and r.problem_id = p.problem_id || '-open')
        from reformulated r join problems p on p.problem_id = r.parent_id join splits s on s.problem_id = p.problem_id
    """
    rows, right = db.execute(query).fetchone() or (0, -1)
    assert rows == right > 20


def test_why_tells_of_the_parent_and_of_the_rewrite(finished: Path, bigmath: Bigmath) -> None:
    # the command locks its connection's settings, so no other may be open in this process
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as db:
        found = db.execute("select parent_id, problem_id, problem from reformulated order by 1 limit 1").fetchone()
    assert found is not None
    parent, new, text = found
    told = json.loads(bigmath("why", parent, "-w", finished, "--json").out)
    assert told["problem_id"] == parent
    assert [one["problem_id"] for one in told["rewrites"]] == [new]
    told = json.loads(bigmath("why", new, "-w", finished, "--json").out)
    assert (told["problem"], told["parent_id"], told["table"]) == (text, parent, "reformulated")
    assert all(one["kept"] for one in told["decisions"])
