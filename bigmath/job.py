"""One run of the pipeline over one warehouse: which outputs there are, what each is made from, and how to make it.

`bigmath.stages.STEPS` is the graph; this module knows how to walk it. An output's key is hashed from the keys of
its inputs, its settings and the code, so it is known before anything has run: finished work is found after a kill,
and two jobs with different settings share a warehouse and never mix. Each Dagster asset calls `Job.make` for its step.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

import polars as pl

from bigmath.errors import SettingError, StoreError
from bigmath.outputs import Output, Version, key_of
from bigmath.progress import Quiet, Reporter, Task
from bigmath.store import Warehouse

P = TypeVar("P")
"""What a job is asked to do, as its steps read it."""

ALL = "all"
"""The partition of an output made from every source."""


@dataclass(frozen=True)
class Step(Generic[P]):
    """One table of the pipeline and how it is made."""

    inputs: tuple[str, ...]
    schema: pl.Schema
    build: "Callable[[Job[P], str], Iterable[pl.DataFrame]]"
    """Given the job and a partition, the table's rows, a frame at a time; a pure function of inputs and settings."""
    by_source: bool = True
    settings: "Callable[[Job[P], str], Any]" = field(default=lambda job, partition: None)
    """What beside the inputs decides the rows, as JSON data."""


@dataclass(frozen=True)
class Made:
    """What `Job.make` did."""

    output: Output
    seconds: float
    reused: bool


class Job(Generic[P]):
    """A graph of steps bound to a warehouse, to sources by name, and to a plan (what the steps read settings from).

    Args:
        steps: the graph, in an order in which every step comes after its inputs.
        sources: the partitions of the steps made by source.
        plan: any object the steps know how to read; the job itself never looks into it.
        code: fingerprint of code and libraries, see `code_fingerprint`.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        steps: Mapping[str, Step[P]],
        sources: Sequence[str],
        plan: P,
        code: str,
        reporter: Reporter | None = None,
    ) -> None:
        if not sources:
            raise SettingError("no source was named", hint="bigmath sources lists them")
        self.warehouse = warehouse
        self.steps = steps
        self.sources = tuple(sources)
        self.plan = plan
        self.code = code
        self.reporter: Reporter = reporter or Quiet()
        self._made_from: dict[tuple[str, str], dict[str, Any]] = {}
        self._task: Task | None = None

    def partitions(self, table: str) -> tuple[str, ...]:
        return self.sources if self.steps[table].by_source else (ALL,)

    def make(self, table: str, partition: str) -> Made:
        """Makes one output, or finds it finished. Its inputs must have been made.

        Raises:
            StoreError: an input has not been made with these settings.
        """
        started = time.monotonic()
        made_from = self.made_from(table, partition)
        key = key_of(made_from)
        output = self.warehouse.find(table, partition, key)
        reused = output is not None
        inputs = [self.output(name, part) for name, part in self._inputs(table, partition)] if output is None else []
        first = self.steps[table].inputs[:1]
        task = Task(table, partition, sum(one.rows for one in inputs if one.table in first) or None)
        self._task = task
        self.reporter.begin(task)
        if output is None:
            output = self.warehouse.write(
                table,
                partition,
                key,
                schema=self.steps[table].schema,
                frames=self._reported(task, self.steps[table].build(self, partition)),
                made_from=made_from,
            )
        seconds = time.monotonic() - started
        self.reporter.end(task, output.rows, seconds, reused=reused)
        return Made(output, seconds, reused)

    def made_from(self, table: str, partition: str) -> dict[str, Any]:
        """What the key of an output is hashed from: itself, the keys of its inputs, its settings, the code."""
        if (table, partition) not in self._made_from:
            step = self.steps[table]
            self._made_from[table, partition] = {
                "table": table,
                "partition": partition,
                "inputs": {f"{n}/{p}": key_of(self.made_from(n, p)) for n, p in self._inputs(table, partition)},
                "settings": step.settings(self, partition),
                "code": self.code,
            }
        return self._made_from[table, partition]

    def output(self, table: str, partition: str) -> Output:
        """A finished output of this job.

        Raises:
            StoreError: it has not been made with these settings, or is damaged.
        """
        output = self.warehouse.find(table, partition, key_of(self.made_from(table, partition)))
        if output is None:
            raise StoreError(
                f"table {table} of {partition} has not been made with these settings, or a file of it is damaged",
                hint=f"materialize {table} first, or everything with: bigmath run",
            )
        return output

    def outputs(self, table: str) -> list[Output]:
        return [self.output(table, partition) for partition in self.partitions(table)]

    def frames(self, table: str, partition: str, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows of an input, a data file at a time, in the order they were written."""
        for frame in self.warehouse.frames(self.output(table, partition), columns):
            yield frame
            # the next frame is asked for when the work on this one is done
            if self._task and table in self.steps[self._task.table].inputs[:1]:
                self.reporter.advance(self._task, frame.height)

    def scan(self, table: str, *partitions: str) -> pl.LazyFrame:
        """The rows of an input over the partitions named, or over all, lazily."""
        return self.warehouse.scan(*(self.output(table, one) for one in partitions or self.partitions(table)))

    def publish(self, tables: Mapping[str, Sequence[str]], about: Mapping[str, Any]) -> Version:
        """Publishes every table as the outputs of the steps it is made of, all in one version. Tables that other jobs
        published stay as they are."""
        current = self.warehouse.current()
        outputs: dict[str, Sequence[Output]] = dict(current.tables) if current else {}
        outputs |= {name: [out for step in steps for out in self.outputs(step)] for name, steps in tables.items()}
        return self.warehouse.publish(outputs, about, parent=current.number if current else None)

    def _inputs(self, table: str, partition: str) -> list[tuple[str, str]]:
        found = []
        for name in self.steps[table].inputs:
            same = self.steps[table].by_source and self.steps[name].by_source
            found += [(name, one) for one in ((partition,) if same else self.partitions(name))]
        return found

    def _reported(self, task: Task, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield frame
            if not self.steps[task.table].inputs:
                self.reporter.advance(task, frame.height)


def steps_for(table: str, steps: Mapping[str, Step[P]]) -> list[str]:
    """The table and everything it is made from, in the order of `steps`."""
    needed = {table}
    for name in reversed(list(steps)):
        if name in needed:
            needed.update(steps[name].inputs)
    return [name for name in steps if name in needed]


@cache
def code_fingerprint(packages: tuple[str, ...], libraries: tuple[str, ...]) -> str:
    """16 hex digits over the source text of the packages named and the versions of the libraries named."""
    digest = hashlib.sha256()
    for package in packages:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SettingError(f"package {package!r} is not installed")
        root = Path(spec.submodule_search_locations[0])
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    for library in libraries:
        digest.update(f"{library}=={version(library)}\0".encode())
    return digest.hexdigest()[:16]
