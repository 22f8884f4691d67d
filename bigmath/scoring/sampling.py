"""Sampling: asks an engine for what a plan wants and the store does not have, keeps each generation as it finishes,
grades beside it, and lets the plan ask for more.

One loop, no barriers but the plan's own first round: while some problems are sampled further others already stop.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bigmath.scoring.budget import Budget, Forecast, Progress, Report, silent
from bigmath.scoring.engine import Engine, Generation, Request, Settings, request_key
from bigmath.scoring.generations import Generations
from bigmath.scoring.grading import Graded, Grader

ATTEMPTS = 3
"""How often a request that fails is tried, over all runs together."""
REPORT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """A statement to be sampled; `reference` is the answer its replies are graded with, None where none is usable."""

    content: str
    statement: str
    reference: str | None


@dataclass(slots=True)
class Tally:
    """What is known of a statement's samples 0 to n - 1."""

    n: int = 0
    """Samples settled: graded, or given up."""
    graded: int = 0
    correct: int = 0


class Plan(Protocol):
    """How many samples each statement gets."""

    @property
    def first(self) -> int:
        """Samples of every statement before anything is known."""
        ...

    @property
    def most(self) -> int:
        """Most samples of a statement."""
        ...

    @property
    def adaptive(self) -> bool:
        """Whether `more` depends on verdicts."""
        ...

    def settle(self, tallies: Mapping[str, Tally]) -> None:
        """Told once, when every statement has its first samples."""
        ...

    def more(self, content: str, tally: Tally) -> int:
        """How many further samples a statement gets now; 0 ends it."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The same number of samples for each."""

    first: int
    adaptive: bool = False

    @property
    def most(self) -> int:
        return self.first

    def settle(self, tallies: Mapping[str, Tally]) -> None: ...

    def more(self, content: str, tally: Tally) -> int:
        return 0


@dataclass
class Sampled:
    """What a run of `sample` came to."""

    samples: dict[str, int]
    """For each statement how many samples the plan gave it: its rollouts are those with a lower index."""
    stopped: str | None
    """Why it ended before it was complete; None if it is complete."""
    requests: int = 0
    tokens: int = 0
    prompt_tokens: int = 0
    errors: int = 0
    seconds: float = 0.0
    """Wall seconds since the first request."""
    explanations: dict[str, Graded] = field(default_factory=dict)
    """What was graded, by request."""


def forecast(
    questions: list[Question], plan: Plan, settings: Settings, store: Generations, revision: str, attempts: int
) -> Forecast:
    """What `sample` is going to ask for."""
    known = store.read({one.content for one in questions})
    done = set(known.filter(known["text"].is_not_null())["request"])
    given_up = {request for request, count in store.attempts().items() if count >= attempts}

    def missing(n: int) -> int:
        keys = (request_key(one.content, revision, settings, i) for one in questions for i in range(n))
        return sum(key not in done and key not in given_up for key in keys)

    first, most = missing(plan.first), missing(plan.most)
    lengths = store.read()["tokens"]
    mean = lengths.mean() if lengths.len() else None
    likely = round(first * mean) if isinstance(mean, float) else None
    speed = store.speed()
    return Forecast(first, most, most * settings.max_tokens, likely, likely / speed if likely and speed else None)


def sample(
    questions: list[Question],
    plan: Plan,
    settings: Settings,
    store: Generations,
    *,
    revision: str,
    engine: Callable[[], Engine],
    budget: Budget | None = None,
    attempts: int = ATTEMPTS,
    report: Report = silent,
) -> Sampled:
    """Generates what is missing. `engine` is called only where something is, and is not closed here.

    Raises:
        EngineError: the model cannot be loaded or stopped working; what had finished is kept.
        StoreError: the disk refused; what had finished is kept. Or another run adds to the same store.
    """
    with store, Grader({one.content: one.reference for one in questions}) as grader:
        run = _Run(questions, plan, settings, store, grader, revision, attempts, report)
        return run.through(engine, budget or Budget())


class _Run:
    """The state of one call of `sample`."""

    def __init__(
        self,
        questions: list[Question],
        plan: Plan,
        settings: Settings,
        store: Generations,
        grader: Grader,
        revision: str,
        attempts: int,
        report: Report,
    ) -> None:
        self.questions = {one.content: one for one in questions}
        self.plan, self.settings, self.store, self.grader = plan, settings, store, grader
        self.revision, self.attempts, self.report = revision, attempts, report
        self.tallies = {content: Tally() for content in self.questions}
        self.issued = dict.fromkeys(self.questions, 0)
        self.open = dict.fromkeys(self.questions, 0)
        """Samples of each statement that were asked for and are not settled."""
        self.queue: deque[Request] = deque()
        self.ended: set[str] = set()
        self.before_settling = len(self.questions)
        stored = [Generation(**row) for row in store.read(self.questions).iter_rows(named=True)]
        self.kept = {one.request: one for one in stored if not one.refused}
        self.refused = {(one.request, one.error) for one in stored if one.refused}
        self.result = Sampled({}, None)
        self.asked = self.correct = self.graded = 0
        self.started: float | None = None
        self.reported = 0.0

    def through(self, engine: Callable[[], Engine], budget: Budget) -> Sampled:
        for content in self.questions:
            self._ask(content, self.plan.first)
        working: Engine | None = None
        while self.queue or self.grader.pending or (working and working.pending):
            if self.queue and working is None:
                working = engine()
                self.started = time.monotonic()
            if working is not None:
                self._feed(working, budget)
                if working.pending:
                    self._take(working.step())
                elif self.queue and self.result.stopped and not self.grader.pending:
                    break
            idle = working is None or not working.pending
            for graded in self.grader.results(wait=idle):
                self._settle(graded)
            self._tell()
        self._tell(last=True)
        self.result.samples = dict(self.issued)
        self.result.seconds = self._seconds()
        if self.result.tokens:
            self.store.note_speed(self.result.tokens / self.result.seconds)
        return self.result

    def _ask(self, content: str, count: int) -> None:
        """Asks for `count` further samples of a statement: from the store where it has them."""
        question = self.questions[content]
        start = self.issued[content]
        self.issued[content] += count
        self.open[content] += count
        found = []
        for index in range(start, start + count):
            key = request_key(content, self.revision, self.settings, index)
            kept = self.kept.get(key)
            if kept is not None and (kept.text is not None or kept.attempt >= self.attempts):
                found.append(kept)
            else:
                attempt = 1 if kept is None else kept.attempt + 1
                self.queue.append(Request(key, content, question.statement, index, attempt))
                self.asked += 1
        if self.plan.adaptive:
            self.grader.submit(found)
        else:  # a fixed plan does not look at verdicts: what is stored is graded with its table
            for _ in found:
                self._count(content, None)

    def _feed(self, engine: Engine, budget: Budget) -> None:
        while self.queue and engine.pending < engine.capacity and not self.result.stopped:
            reserved = (engine.pending + 1) * self.settings.max_tokens
            self.result.stopped = budget.stops(spent=self.result.tokens, reserved=reserved, seconds=self._seconds())
            if self.result.stopped and engine.pending:
                self.result.stopped = None  # what is under way may end short of what it reserved
                break
            if not self.result.stopped:
                engine.submit(self.queue.popleft())

    def _take(self, generations: list[Generation]) -> None:
        """Keeps what the engine gave back, and asks again for what failed."""
        self.store.append([one for one in generations if (one.request, one.error) not in self.refused])
        for one in generations:
            self.result.requests += 1
            self.result.tokens += one.tokens
            self.result.prompt_tokens += one.prompt_tokens
            self.result.errors += one.error is not None
            if one.error is not None and not one.refused and one.attempt < self.attempts:
                statement = self.questions[one.content].statement
                self.queue.append(Request(one.request, one.content, statement, one.sample, one.attempt + 1))
                self.asked += 1
            else:
                self.grader.submit([one])

    def _settle(self, graded: Graded) -> None:
        self.result.explanations[graded.generation.request] = graded
        self._count(graded.generation.content, graded.correct)

    def _count(self, content: str, correct: bool | None) -> None:
        tally = self.tallies[content]
        tally.n += 1
        self.open[content] -= 1
        if correct is not None:
            tally.graded += 1
            tally.correct += correct
            self.graded += 1
            self.correct += correct
        if self.open[content]:
            return
        if tally.n == self.plan.first:
            self.before_settling -= 1
            if self.before_settling == 0:
                self.plan.settle(self.tallies)
                for each in self.questions:
                    self._go_on(each)
        else:
            self._go_on(content)

    def _go_on(self, content: str) -> None:
        if more := self.plan.more(content, self.tallies[content]):
            self._ask(content, more)
        else:
            self.ended.add(content)

    def _seconds(self) -> float:
        return 0.0 if self.started is None else time.monotonic() - self.started

    def _tell(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self.reported < REPORT_SECONDS:
            return
        self.reported = now
        done = sum(1 for content, left in self.open.items() if not left and self.issued[content])
        self.report(
            Progress(
                problems_done=len(self.ended) if self.plan.adaptive else done,
                problems=len(self.questions),
                requests_done=self.result.requests,
                requests=max(self.asked, self.result.requests),
                tokens=self.result.tokens,
                seconds=self._seconds(),
                correct=self.correct,
                graded=self.graded,
                errors=self.result.errors,
            )
        )
