"""The benchmarks that training data must not contain, read as rows for decontamination.

Each is a repository of the Hub at a pinned revision; a user can name a file of theirs beside them. None of these rows
ever becomes a `Problem`. Licences: MATH-500 MIT (rows of MATH), AIME and AMC sets Apache-2.0, GSM8K MIT.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigmath.answer import answer_text
from bigmath.hub import Files, LocatedFile, located
from bigmath.source import BenchmarkRow, reference_answer
from bigmath.tabular import Columns, read_rows

_COLUMNS = Columns(
    {}, {"problem": "text", "question": "text", "answer": "any", "solution": "any"}, any_of=("problem", "question")
)


@dataclass(frozen=True)
class Benchmark:
    """A benchmark on the Hub."""

    name: str
    repository: str
    revision: str
    pattern: str
    """As `Files.locate` wants it."""

    def read(self, files: Files) -> Iterator[BenchmarkRow]:
        """Its rows; `SourceError` naming the place where these files do not have it."""
        number = 0
        for file in self._files(files):
            for row in _rows(self.name, file.path, number):
                yield row
                number += 1

    def fingerprint(self, files: Files) -> str:
        """SHA-256 over the content of its files: equal means equal rows."""
        return hashlib.sha256(" ".join(file.sha256 for file in self._files(files)).encode()).hexdigest()

    def _files(self, files: Files) -> tuple[LocatedFile, ...]:
        return files.locate(self.repository, self.revision, (self.pattern,)).files


@dataclass(frozen=True)
class BenchmarkFile:
    """A user's own benchmark: a file with a column `problem` or `question`, and perhaps `answer`."""

    name: str
    path: Path

    def read(self, files: Files) -> Iterator[BenchmarkRow]:
        """Its rows; `files` is not asked."""
        del files
        yield from _rows(self.name, self.path, 0)

    def fingerprint(self, files: Files) -> str:
        """SHA-256 of the file; `files` is not asked."""
        del files
        return located(self.path).sha256


BENCHMARKS: dict[str, Benchmark] = {
    "math_500": Benchmark(
        "math_500", "HuggingFaceH4/MATH-500", "6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be", "test.*|data/test-*"
    ),
    "aime": Benchmark(
        "aime", "AI-MO/aimo-validation-aime", "13f9e12f613e720c2a2b2f345dd04b998a29494d", "data/train-*|train.*"
    ),
    "amc": Benchmark(
        "amc", "AI-MO/aimo-validation-amc", "69d78a4a2c840e82d69af6bc742bda09005f6316", "data/train-*|train.*"
    ),
    "gsm8k_test": Benchmark("gsm8k_test", "openai/gsm8k", "740312add88f781978c0658806c59bc2815b9866", "main/test-*"),
}
"""MATH-500; AIME 2022 to 2024; AMC 12 2022 and 2023; the test split of GSM8K."""


def _rows(name: str, path: Path, first: int) -> Iterator[BenchmarkRow]:
    for number, row in enumerate(read_rows(path, _COLUMNS), start=first):
        written = answer_text(row.values.get("answer"))
        # GSM8K keeps the whole solution in its answer column, the answer after `####`
        told: Any = row.values.get("solution")  # OlympiadBench has a list of them, and an answer of its own
        solution = (told if isinstance(told, str) else None) or (
            written if written is not None and "####" in written else None
        )
        column = None if written is not None and "####" in written else written
        yield BenchmarkRow(
            name, number, row.text("problem") or row.text("question") or "", reference_answer(column, solution)[0]
        )
