"""`bigmath bench NAME`: prints a benchmark's figures and floors as a table, and as its last line one JSON object."""

import json
from collections.abc import Callable

import polars as pl

from assets.console import messages, show_table
from bigmath.benchmarks import job, serve
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError

BENCHES: dict[str, Callable[..., Result]] = {"job": job.run, "serve": serve.run}


def run_bench(name: str, hub: str, *, as_json: bool) -> bool:
    """Runs a benchmark; true if every criterion holds.

    Raises:
        SettingError: there is no benchmark of this name.
    """
    if name not in BENCHES:
        raise SettingError(f"no benchmark {name!r}; there are: {', '.join(BENCHES)}")
    result = BENCHES[name](hub or "sample", say=lambda line: messages.print(line, markup=False))
    if not as_json:
        figures = [(key, str(value)) for key, value in result.figures.items()]
        show_table(pl.DataFrame(figures, schema=["figure", "value"], orient="row"))
        show_table(pl.DataFrame(list(result.holds.items()), schema=["criterion", "holds"], orient="row"))
    print(json.dumps(result.line()))
    return all(result.holds.values())
