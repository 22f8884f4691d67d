"""`bigmath bench NAME`: prints a benchmark's figures and floors as a table, and as its last line one JSON object."""

import json
from collections.abc import Callable

import polars as pl

from assets.console import messages, show_table
from assets.plan import files_named
from bigmath.benchmarks import decontaminate, job
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.source import BENCHMARKS as BENCHMARK_ROWS
from sources import SOURCES
from sources.benchmarks import BENCHMARKS

Say = Callable[[str], None]


def _decontaminate(hub: str, say: Say) -> Result:
    """HARP is left out of the clean rows: it holds the AIME and AMC problems in other words."""
    rows, tests = statements(hub, [name for name in SOURCES if name != "harp"]), benchmark_rows(hub)
    return decontaminate.run(rows, tests, say)


BENCHES: dict[str, Callable[[str, Say], Result]] = {
    "job": lambda hub, say: job.run(hub, say=say),
    "decontaminate": _decontaminate,
}


def run_bench(name: str, hub: str, *, as_json: bool) -> bool:
    """Runs a benchmark; true if every criterion holds.

    Raises:
        SettingError: there is no benchmark of this name.
    """
    if name not in BENCHES:
        raise SettingError(f"no benchmark {name!r}; there are: {', '.join(BENCHES)}")
    result = BENCHES[name](hub or "sample", lambda line: messages.print(line, markup=False))
    if not as_json:
        show_table(pl.DataFrame(_lines(result.figures), schema=["figure", "value"], orient="row"))
        show_table(pl.DataFrame(list(result.holds.items()), schema=["criterion", "holds"], orient="row"))
    print(json.dumps(result.line()))
    return all(result.holds.values())


def statements(hub: str, sources: list[str]) -> pl.DataFrame:
    """`problem_id`, `source`, `problem` and `answer` of every row of these sources."""
    files = files_named(hub)
    rows = [(one.problem_id, name, one.problem, one.answer) for name in sources for one in SOURCES[name].read(files)]
    schema = {"problem_id": pl.String, "source": pl.String, "problem": pl.String, "answer": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").unique("problem_id", keep="first", maintain_order=True)


def benchmark_rows(hub: str) -> pl.DataFrame:
    """Every row of every benchmark."""
    files = files_named(hub)
    rows = [
        (row.benchmark, row.row, row.problem, row.answer, None)
        for one in BENCHMARKS.values()
        for row in one.read(files)
    ]
    return pl.DataFrame(rows, schema=BENCHMARK_ROWS, orient="row")


def _lines(figures: object, name: str = "") -> list[tuple[str, str]]:
    """Figures as name and value, those inside others below each other."""
    if not isinstance(figures, dict):
        return [(name, str(figures))]
    inside = [(f"{name}: {key}" if name else str(key), value) for key, value in figures.items()]
    return [line for key, value in inside for line in _lines(value, key)]
