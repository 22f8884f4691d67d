"""What a source is, and the few things that all sources do the same way.

A source is a frozen dataclass: what it reads is given by class attributes, options are fields, and `read` yields
`Problem` rows from whatever `Files` it is given. It opens nothing else and knows neither the warehouse nor Dagster.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar, Protocol, runtime_checkable

import polars as pl

from bigmath.answer import hash_answer, last_boxed
from bigmath.hub import Files, Located
from bigmath.problem import AnswerFrom, Problem


@runtime_checkable
class Source(Protocol):
    """A data set that becomes `Problem` rows."""

    @property
    def name(self) -> str:
        """The key in `SOURCES`, or the name of a user's file; the prefix of its problem ids."""
        ...

    @property
    def repository(self) -> str: ...

    @property
    def license(self) -> str:
        """SPDX identifier, or `unknown`."""
        ...

    def read(self, files: Files) -> Iterator[Problem]:
        """Every row, in the order of the files. A bad row is a `Problem` too; a bad file is a `SourceError`."""
        ...

    def fingerprint(self, files: Files) -> str:
        """SHA-256 over the content of all files it reads and its settings: equal means equal rows."""
        ...


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One problem of a benchmark."""

    benchmark: str
    row: int
    """From 0, in the order of its files."""
    problem: str
    answer: str | None


BENCHMARKS = pl.Schema(
    {
        "benchmark": pl.String(),
        "benchmark_row": pl.Int64(),
        "problem": pl.String(),
        "answer": pl.String(),
        "sha256": pl.String(),
    }
)
"""The table of benchmark problems: what training data must not contain. `sha256` is of the normalised problem."""


class Benchmark(Protocol):
    """A set of problems that must never become training data."""

    @property
    def name(self) -> str: ...

    def read(self, files: Files) -> Iterator[BenchmarkRow]: ...

    def fingerprint(self, files: Files) -> str:
        """Equal means equal rows."""
        ...


@dataclass(frozen=True)
class HubSource(ABC):
    """A source that is one repository of the Hub."""

    name: ClassVar[str]
    license: ClassVar[str]
    without_effect: ClassVar[frozenset[str]] = frozenset({"revision"})
    """Fields that change no row, so that they are not part of the fingerprint (of a revision, its content is)."""
    repository: str
    revision: str

    @abstractmethod
    def patterns(self) -> tuple[str, ...]:
        """Which files of the repository are read, as `Files.locate` wants them."""

    @abstractmethod
    def read(self, files: Files) -> Iterator[Problem]: ...

    def locate(self, files: Files) -> Located:
        """The files this source reads; `SourceError` if one is missing."""
        return files.locate(self.repository, self.revision, self.patterns())

    def fingerprint(self, files: Files) -> str:
        names = [item.name for item in fields(self) if item.name not in self.without_effect]
        settings = [f"{name}={getattr(self, name)!r}" for name in names]
        contents = [f"{file.name} {file.sha256}" for file in self.locate(files).files]
        return hashlib.sha256("\n".join([self.name, *settings, *contents]).encode()).hexdigest()


def reference_answer(column: str | None, solution: str | None) -> tuple[str | None, AnswerFrom]:
    """The reference answer and how it was found: the answer column, else the last box, else GSM8K's `####` line."""
    if column is not None and column.strip():
        return column.strip(), "column"
    if solution is not None:
        if (answer := last_boxed(solution)) is not None and answer.strip():
            return answer.strip(), "boxed"
        if (answer := hash_answer(solution)) is not None:
            return answer, "hash"
    return None, "none"


def without_dollars(answer: str | None) -> str | None:
    """`$x$` without its one pair of dollar signs; text with more than one formula is left as it is.

    >>> without_dollars("$10\\\\frac{2}{3}$"), without_dollars("$x$ or $y$")
    ('10\\\\frac{2}{3}', '$x$ or $y$')
    """
    if answer is None:
        return None
    bare = answer.strip()
    if len(bare) > 2 and bare[0] == bare[-1] == "$" and "$" not in bare[1:-1]:
        return bare[1:-1].strip()
    return bare
