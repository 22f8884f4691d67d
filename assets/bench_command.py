"""`bigmath bench NAME`: prints a benchmark's figures and floors as a table, and as its last line one JSON object."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from assets.console import messages, show_table
from assets.plan import files_named
from bigmath.benchmarks import adaptive, job, score, verifying
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from sources import SOURCES


def _verify(
    say: Callable[[str], None], hub: str = "sample", gold: Path | None = None, part: str | None = None
) -> Result:
    return verifying.run(SOURCES, files_named(hub), gold, part, say)


BENCHES: Mapping[str, Callable[..., Result]] = {
    "job": job.run,
    "verify": _verify,
    "score": score.run,
    "adaptive": adaptive.run,
}
"""Each takes `say`, and of the command's options those that its parameters name."""


def run_bench(name: str, *, as_json: bool, **options: object) -> bool:
    """Runs a benchmark with those options that were given; true if every criterion holds.

    Raises:
        SettingError: there is no benchmark of this name, or it does not take an option.
    """
    if name not in BENCHES:
        raise SettingError(f"no benchmark {name!r}; there are: {', '.join(BENCHES)}")
    bench, given = BENCHES[name], {key: value for key, value in options.items() if value is not None}
    taken = inspect.signature(bench).parameters
    if unknown := [f"--{key}" for key in given if key not in taken]:
        accepted = [f"--{key}" for key in options if key in taken]
        raise SettingError(f"benchmark {name} takes no {', '.join(unknown)}; it takes: {', '.join(accepted) or 'none'}")
    result = bench(**given, say=lambda line: messages.print(line, markup=False))
    if not as_json:
        figures = [(key, str(value)) for key, value in result.figures.items()]
        show_table(pl.DataFrame(figures, schema=["figure", "value"], orient="row"))
        show_table(pl.DataFrame(list(result.holds.items()), schema=["criterion", "holds"], orient="row"))
    print(json.dumps(result.line()))
    return all(result.holds.values())
