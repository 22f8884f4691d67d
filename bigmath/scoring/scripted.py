"""A model that answers from a script: instant, countable, able to fail. Tests and benchmarks of everything around a
model run on it.
"""

import json
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from bigmath.scoring.engine import EngineError, Generation, Request, failed


def scripted_text(request: Request) -> str:
    """For a statement that ends in a number, which is its answer: right in a share of samples that depends on the
    number, without an answer now and then."""
    last = request.statement.split()[-1]
    number = int(last) if last.isdecimal() else len(request.statement)
    if (request.sample + number) % 7 == 6:
        return "I do not know"
    right = (request.sample * 7 + number) % 10 < number % 11
    return f"So the answer is $\\boxed{{{number if right else number + 1}}}$."


@dataclass
class ScriptedEngine:
    """Answers in the order asked, `batch` requests a step. `log` gets a line for each request begun."""

    model: str = "scripted"
    revision: str = "1"
    capacity: int = 8
    batch: int = 3
    seconds: float = 0.0
    log: Path | None = None
    fails: dict[int, str] = field(default_factory=dict)
    """Errors by sample index; given for the attempts before the last."""
    dies_after: int | None = None
    begun: list[str] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._waiting: deque[Request] = deque()

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def submit(self, request: Request) -> None:
        assert len(self._waiting) < self.capacity
        self.begun.append(request.key)
        if self.log is not None:
            with self.log.open("ab", buffering=0) as file:
                file.write(json.dumps(request.key).encode() + b"\n")
        self._waiting.append(request)

    def step(self) -> list[Generation]:
        time.sleep(self.seconds)
        if self.dies_after is not None and len(self.begun) > self.dies_after:
            raise EngineError("the engine died")
        return [self._answer(self._waiting.popleft()) for _ in range(min(self.batch, len(self._waiting)))]

    def close(self) -> None:
        self.closed = True

    def _answer(self, request: Request) -> Generation:
        if (error := self.fails.get(request.sample)) and (request.attempt < 3 or error.startswith("too_long")):
            return failed(request, error)
        text = scripted_text(request)
        return Generation(
            request.key, request.content, request.sample, request.attempt, text, "stop", 10, len(text.split())
        )
