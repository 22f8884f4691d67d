"""`bigmath bench NAME`: prints a benchmark's figures and floors as a table, and as its last line one JSON object."""

import inspect
import json

import polars as pl

from assets.benches import BENCHES
from assets.console import messages, show_table
from bigmath.errors import SettingError


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
        show_table(pl.DataFrame(_lines(result.figures), schema=["figure", "value"], orient="row"))
        show_table(pl.DataFrame(list(result.holds.items()), schema=["criterion", "holds"], orient="row"))
    print(json.dumps(result.line()))
    return all(result.holds.values())


def _lines(figures: object, name: str = "") -> list[tuple[str, str]]:
    """Figures as name and value, those inside others below each other."""
    if not isinstance(figures, dict):
        return [(name, str(figures))]
    inside = [(f"{name}: {key}" if name else str(key), value) for key, value in figures.items()]
    return [line for key, value in inside for line in _lines(value, key)]
