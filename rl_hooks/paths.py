"""Training on optimal paths against training on searches (stream of search), on Countdown with four numbers.

The same questions, the same model, the same CPU seconds: one model learns only solutions (`star` rows), the other the
search with its solution (`meta_star` rows, without values and unvisited candidates). Both are measured on questions
whose *targets* were never trained on, greedily; a search's answer counts if the solution it ends with verifies.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from time import process_time
from typing import Any

from bigmath.search.budget import Budget
from bigmath.search.linearise import Form, linearise
from bigmath.search.protocol import Environment, Question, State
from bigmath.search.puzzles import make
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver
from bigmath.search.run import Setup, run_searches
from bigmath.search.trace import Trace
from bigmath.search.tree import DepthFirst
from bigmath.search.values import Exact, Noisy
from bigmath.verifier.policy import Verdict
from rl_hooks.masks import Tokens, tokenize
from rl_hooks.sft import SftSettings, meta_star, prompt, star
from rl_hooks.small_model import SmallModel, SmallSettings
from rl_hooks.tokenizer import Tokenizer, words

FORM = Form(values=False, candidates=False)


@dataclass(frozen=True)
class PathsSettings:
    """Size of the experiment."""

    questions: int = 1_500
    measured: int = 100
    highest: int = 10
    targets: tuple[int, int] = (10, 60)
    held_out_targets: float = 0.1
    """Share of the targets never trained on, as in stream of search."""
    seconds: float = 60.0
    """CPU seconds of training for each way."""
    points: int = 2
    """Measurements on the way, evenly in time."""
    model: SmallSettings = field(default_factory=lambda: SmallSettings(hidden=96, layers=3, rate=2e-3, length=512))
    limit: int = 320
    """Most tokens of a completion; longer searches are not trained on."""


@dataclass(frozen=True)
class Point:
    """How far one way has come."""

    way: str
    cpu_seconds: float
    tokens: int
    """Trained on."""
    accuracy: float
    words: float
    """Mean tokens of its completions."""

    def row(self) -> dict[str, Any]:
        return asdict(self)


def run_paths(settings: PathsSettings, say: Callable[[str], None] = lambda line: None) -> list[Point]:
    """The curve of both ways."""
    environment = Arithmetic(COUNTDOWN)
    targets = list(range(settings.targets[0], settings.targets[1] + 1))
    held_out = set(random.Random(0).sample(targets, max(1, round(settings.held_out_targets * len(targets)))))
    drawn = make.countdown(settings.questions, 11, highest=settings.highest, targets=settings.targets)
    trained = [one for one in drawn if int(one.answer or 0) not in held_out]
    measured = [one for one in drawn if int(one.answer or 0) in held_out][: settings.measured]
    say(f"{len(trained)} questions to train on, {len(measured)} of other targets to measure on")
    value = Noisy(Exact(environment.solvable), 0.6)
    setup = Setup(DepthFirst(candidates=4), Solver(environment), value, environment, Budget(nodes=120))
    traces = [one for one in run_searches(trained, setup) if one.verdict == Verdict.CORRECT]
    tokenizer = _tokenizer(traces, drawn)
    sets = {
        "optimal paths": [tokenize(row.segments, tokenizer, end=True) for row in star(traces, SftSettings()).rows],
        "searches": [
            tokenize(row.segments, tokenizer, end=True) for row in meta_star(traces, SftSettings(form=FORM)).rows
        ],
    }
    points: list[Point] = []
    for way, rows in sets.items():
        kept = [row for row in rows if len(row.ids) <= settings.limit]
        say(f"{way}: {len(kept)} rows, {sum(len(row.ids) for row in kept) / len(kept):.0f} tokens a row")
        points += _train(way, kept, tokenizer, measured, environment, settings, say)
    return points


def _train(
    way: str,
    rows: Sequence[Tokens],
    tokenizer: Tokenizer,
    measured: Sequence[Question],
    environment: Environment,
    settings: PathsSettings,
    say: Callable[[str], None],
) -> list[Point]:
    model = SmallModel(tokenizer, settings.model)
    points: list[Point] = []
    tokens = 0
    for number in range(1, settings.points + 1):
        started = process_time()
        # each stretch has its own learning-rate curve, so every point is the end of one
        tokens += model.train(rows, seconds=settings.seconds / settings.points, seed=number)
        spent = sum(one.cpu_seconds for one in points[-1:]) + process_time() - started
        prompts = [prompt(one.text).text for one in measured]
        written = model.sample(prompts, temperature=0.0, limit=settings.limit)
        right = [
            ended and _solves(question, text, environment)
            for question, (text, _, ended) in zip(measured, written, strict=True)
        ]
        mean = sum(count for _, count, _ in written) / len(written)
        points.append(Point(way, round(spent, 1), tokens, sum(right) / len(right), round(mean, 1)))
        say(f"{way}: {points[-1]}")
    return points


def _solves(question: Question, text: str, environment: Environment) -> bool:
    solution = text.rpartition("Solution :")[2] if "Solution :" in text else text
    steps = tuple(line.strip() for line in solution.strip().splitlines())
    return environment.judge(State(question, steps)) is Verdict.CORRECT


def _tokenizer(traces: Sequence[Trace], questions: Sequence[Question]) -> Tokenizer:
    texts = [linearise(trace.events, FORM) for trace in traces]
    return words([*texts, *(one.text for one in questions), "Solution:\n+ - * / ="])
