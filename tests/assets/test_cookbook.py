"""The cookbook: every query and every line of Python of the page, on a finished run over the sample."""

import re
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

import bigmath
from bigmath.catalog import build_catalog
from bigmath.columns import MACROS
from bigmath.errors import SettingError
from bigmath.store import Warehouse

PAGE = (Path(__file__).parents[2] / "docs" / "cookbook.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?);\n```", PAGE, re.DOTALL)


def test_there_are_ten_queries_and_every_macro_is_explained() -> None:
    assert len(QUERIES) == 10
    assert {name for name in MACROS if f"| `{MACROS[name].partition(':')[0]}` |" in PAGE} == MACROS.keys()


@pytest.mark.parametrize("query", QUERIES, ids=[str(number) for number in range(1, len(QUERIES) + 1)])
def test_every_query_of_the_cookbook_has_rows(query: str, finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        assert connection.execute(query).fetchall()


def test_the_python_of_the_cookbook_runs(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.parent)
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        names: dict[str, object] = {}
        exec(block.replace("bigmath.load(", f"bigmath.load(warehouse={str(finished)!r}, name="), names)
        assert names["easy"].height > 20  # type: ignore[attr-defined]
        assert set(names["first"]) >= {"problem_id", "problem", "answer"}  # type: ignore[call-overload]


def test_every_row_is_in_the_ledger_once(finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        broken = connection.execute(
            "select source, count(*), count(distinct problem_id),"
            " count(*) filter (outcome = 'strict') + count(*) filter (outcome = 'base' and stage = 'strict')"
            " + count(*) filter (outcome = 'dropped' and stage = 'base' and filter is not null and reason is not null)"
            " from ledger group by 1"
        ).fetchall()
        table3 = connection.execute("select source, original from table3").fetchall()
    assert {(source, rows, ids, told) for source, rows, ids, told in broken} == {(s, n, n, n) for s, n in table3}


def test_a_sample_is_the_same_for_a_seed_and_another_for_another(finished: Path) -> None:
    def ids(seed: int) -> list[str]:
        with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
            found = connection.execute(f"select problem_id from strict_sample(30, {seed})").fetchall()
            return [one for (one,) in found]

    assert ids(1) == ids(1)
    assert len(set(ids(1))) == 30
    assert set(ids(1)) != set(ids(2))


def test_a_family_is_there_once_whatever_the_seed(finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        groups = connection.execute(
            'select count(distinct "group") from splits join strict using (problem_id)'
        ).fetchone()
        for seed in (1, 2):
            found = connection.execute(f'select count(*), count(distinct "group") from family_sample({seed})')
            assert found.fetchone() == groups * 2  # type: ignore[operator]


def test_why_takes_the_beginning_of_an_id_and_a_whole_one_as_itself() -> None:
    macros = files("bigmath").joinpath("sql", "70_macros.sql").read_text(encoding="utf-8").split(";")
    with duckdb.connect() as connection:
        connection.execute(
            "create table decisions as select *, 0 as position, 'base' as stage, 'figure' as filter, true as kept,"
            " null as reason, null as detail from unnest(['x-ab', 'x-ab-2', 'x-cd']) t(problem_id)"
        )
        connection.execute(next(one for one in macros if "macro why" in one))
        for asked, found in [("x-ab", ["x-ab"]), ("x-a", ["x-ab", "x-ab-2"]), ("x-ab-", ["x-ab-2"]), ("y", [])]:
            rows = connection.execute(f"from why('{asked}')").fetchall()
            assert [row[0] for row in rows] == found


def test_bands_before_a_model_was_asked_say_what_to_run(finished: Path) -> None:
    with (
        duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection,
        pytest.raises(duckdb.Error, match="bigmath score"),
    ):
        connection.execute("from strict_band(0.2, 0.8)").fetchall()


def test_macros_and_tables_say_what_they_are(finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        told = dict(
            connection.execute("select function_name, comment from duckdb_functions() where not internal").fetchall()
        )
    assert all(told[name] for name in MACROS)


def test_a_lazy_frame_outlives_a_new_version(finished: Path) -> None:
    """A reader keeps the version it opened while the catalog is built anew beside it."""
    frame = bigmath.load("strict", columns=["problem_id"], lazy=True, warehouse=finished)
    warehouse = Warehouse.open(finished, create=False)
    version = warehouse.current()
    assert version is not None
    build_catalog(warehouse)
    assert frame.collect().height == bigmath.load("strict", columns=["problem_id"], warehouse=finished).height


@pytest.mark.parametrize(
    "where",
    [
        "true) union all select * from read_text('/etc/hosts') --",
        "1=1; attach 'x.db' as y",
        "problem in (select content from read_text('/etc/hosts'))",
        "exists (from read_csv('/etc/hosts', header=false))",
        "exists (from query('select * from read_text(''/etc/hosts'')'))",
        "exists (select getenv('HOME'))",
        "",
    ],
)
def test_a_condition_cannot_leave_the_warehouse(where: str, finished: Path) -> None:
    with pytest.raises(SettingError):
        bigmath.load("strict", where=where, warehouse=finished)


@pytest.mark.parametrize(
    "question",
    [
        {"name": 'strict"; drop view strict; --'},
        {"name": "read_text('/etc/hosts')"},
        {"name": "strict", "split": "train' or 'a' = 'a"},
        {"name": "strict", "columns": ['problem_id" , problem as "x']},
        {"name": "strict", "limit": -1},
    ],
)
def test_a_name_is_a_name_and_nothing_else(question: dict[str, object], finished: Path) -> None:
    with pytest.raises(SettingError, match=r"there are|accepted"):
        bigmath.load(**question, warehouse=finished)
