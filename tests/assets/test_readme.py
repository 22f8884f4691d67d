"""The README says what there is: every source, filter, command and table that it should name, and none that is not."""

import re
from pathlib import Path

import duckdb
import pytest
import typer

from assets.cli import app
from filters import FILTERS
from sources import SOURCES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NO_UNITS = {"__init__", "profiles", "measure", "user_file", "benchmarks", "make_mirror", "make_sample"}


def test_every_source_and_filter_has_a_module_and_a_line_in_the_readme() -> None:
    for name in (*SOURCES, *FILTERS):
        assert f"| `{name}` |" in README, name
    modules = {path.stem for path in (ROOT / "filters").glob("*.py")} - NO_UNITS
    assert modules == set(FILTERS)
    units = {type(source).__module__.rpartition(".")[2] for source in SOURCES.values()}
    assert {path.stem for path in (ROOT / "sources").glob("*.py")} - NO_UNITS == units


def test_every_command_the_readme_shows_exists() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined] # a group has commands
    shown = set(re.findall(r"^ {4}bigmath ([\w-]+)", README, re.MULTILINE))
    assert shown <= commands
    assert {"run", "why", "sql", "filter", "filters", "verify", "report", "release", "diff", "check", "bench"} <= shown


@pytest.mark.parametrize("query", re.findall(r"^ {4}((?:select|from) .*);$", README, re.MULTILINE))
def test_every_query_of_the_readme_runs(query: str, finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        assert connection.execute(query).fetchall()
