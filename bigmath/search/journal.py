"""What was answered to running searches, kept so that a killed run goes on where it was.

A search is a deterministic generator, so the answers it was sent are its whole state: sent again, it stands where it
stood. One JSON line an answer, synced once a batch; a line torn by a kill is cut off when the file is opened. At most
the batch in flight is asked for twice.
"""

import os
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import orjson

from bigmath.errors import StoreError
from bigmath.search.protocol import Estimate, Proposal

Answers = list[Any]
"""A `list[Proposal]` for each node asked about, or an `Estimate` for each."""
Key = tuple[str, int]
"""A trace's id, and the number of its request from 0."""


class Journal:
    """Answers by trace and request, in a file that only grows."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file.

        Raises:
            StoreError: it cannot be read or written, or a line before the last is no answer.
        """
        self.path = path
        self.kept: dict[Key, tuple[float, Answers]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            whole = self._read()
            os.truncate(path, whole)
            self._file = path.open("ab", buffering=0)  # with a buffer, a refused write would be tried again at the end
        except OSError as error:
            raise StoreError(f"cannot open the journal {path}: {error.strerror or error}") from error

    def append(self, answered: Iterable[tuple[Key, float, Answers]]) -> None:
        """Keeps answers: (key, seconds they took, answers). They are on the disk when this returns.

        Raises:
            StoreError: the disk refused; answers of earlier calls are kept.
        """
        lines = []
        for (trace, request), seconds, answers in answered:
            self.kept[trace, request] = (seconds, answers)
            lines.append(orjson.dumps([trace, request, seconds, _plain(answers)]) + b"\n")
        left = memoryview(b"".join(lines))
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreError(
                f"cannot write {self.path}: {error.strerror or error}; answers before this are kept",
                hint="free some space and run the same command again",
            ) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read(self) -> int:
        """Loads the whole lines and returns how many bytes they take."""
        whole = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    trace, request, seconds, answers = orjson.loads(line)
                    self.kept[trace, request] = (seconds, _typed(answers))
                except (ValueError, TypeError) as error:
                    raise StoreError(
                        f"{self.path}: line {number} is no answer of a search",
                        hint="delete the file to search from the start",
                    ) from error
                whole += len(line)
        return whole


def _plain(answers: Answers) -> list[Any]:
    if answers and isinstance(answers[0], Estimate):
        return ["values", *(astuple(one) for one in answers)]
    return ["candidates", *([astuple(one) for one in group] for group in answers)]


def _typed(answers: list[Any]) -> Answers:
    kind, *rest = answers
    if kind == "values":
        return [Estimate(*one) for one in rest]
    return [[Proposal(*one) for one in group] for group in rest]
