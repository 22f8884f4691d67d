"""Verdicts of generations: beside generation in a worker process, or for a whole table at once."""

import queue
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bigmath.sandbox import WorkerDied, WorkerTimeout
from bigmath.scoring.engine import Generation
from bigmath.verifier.judge import Explanation
from bigmath.verifier.many import Lane
from bigmath.verifier.policy import Verdict

GRADED = (Verdict.CORRECT, Verdict.WRONG, Verdict.UNPARSED)
"""Verdicts that say something of a reply, once the reference is known to be readable. TIMEOUT and ERROR say nothing."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A generation and what the verifier says of it; None where there is no text or no reference."""

    generation: Generation
    explanation: Explanation | None

    @property
    def correct(self) -> bool | None:
        """None where it says nothing of the model."""
        if self.explanation is None or self.explanation.verdict not in GRADED:
            return None
        return self.explanation.verdict is Verdict.CORRECT


class Grader:
    """Grades in a thread that feeds one worker process, so that a model need not wait; use as a context manager."""

    def __init__(self, references: Mapping[str, str | None]) -> None:
        self._references = references
        self._todo: queue.Queue[Sequence[Generation] | None] = queue.Queue()
        self._done: queue.Queue[Sequence[Graded] | BaseException] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.pending = 0

    def __enter__(self) -> "Grader":
        self._lane = Lane()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._todo.put(None)
        self._thread.join()

    def submit(self, generations: Sequence[Generation]) -> None:
        if generations:
            self.pending += len(generations)
            self._todo.put(generations)

    def results(self, *, wait: bool = False) -> list[Graded]:
        """What has been graded since the last call; with `wait`, at least one batch, if any is under way."""
        found: list[Graded] = []
        while self.pending and (wait or not self._done.empty()):
            batch = self._done.get()
            if isinstance(batch, BaseException):
                raise batch
            found += batch
            self.pending -= len(batch)
            wait = False
        return found

    def _work(self) -> None:
        with suppress(WorkerTimeout, WorkerDied):  # it loads beside the model; a batch starts it again
            self._lane.warm()
        try:
            while (batch := self._todo.get()) is not None:
                try:
                    self._done.put(self._grade(batch))
                except BaseException as error:  # handed to the thread that waits for it
                    self._done.put(error)
        finally:
            self._lane.stop()

    def _grade(self, batch: Sequence[Generation]) -> list[Graded]:
        texts = [
            (reference, one.text)
            for one in batch
            if one.text is not None and (reference := self._references.get(one.content)) is not None
        ]
        told = iter(list(self._lane.explain(texts)))
        return [
            Graded(
                one,
                next(told) if one.text is not None and self._references.get(one.content) is not None else None,
            )
            for one in batch
        ]
