"""STaR (Eq. 2): sample solutions, keep what verifies, train on it, again. A round says what it covered, kept and
reached."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bigmath.search.protocol import Environment, Question, State
from bigmath.verifier.policy import Verdict
from rl_hooks.masks import Segment, tokenize
from rl_hooks.sft import prompt, solution_text
from rl_hooks.small_model import SmallModel, SmallSettings
from rl_hooks.tokenizer import Tokenizer


@dataclass(frozen=True)
class StarSettings:
    """How STaR runs."""

    rounds: int = 2
    samples: int = 8
    """Solutions sampled a question and round."""
    per_problem: int = 4
    """Most different solutions kept a question, over all rounds."""
    steps: int = 300
    """Training steps of a round; each starts from a fresh model, as in STaR, so that errors do not pile up."""
    temperature: float = 1.0
    limit: int = 24
    """Most tokens of a solution."""
    model: SmallSettings = field(default_factory=SmallSettings)


@dataclass(frozen=True)
class Round:
    """What one round did; round 0 is the model trained on the given solutions alone."""

    number: int
    asked: int
    covered: int
    """Questions with a solution that verifies, in this round or before."""
    sampled: int
    right: int
    """Samples that verify."""
    same: int
    """Of these, left out as known already or past `per_problem`."""
    kept: int
    """Rows trained on next."""
    accuracy: float
    """Of greedy solutions of the held-out questions, by the model this round ended with."""

    def row(self) -> dict[str, Any]:
        return asdict(self)


def run_star(
    given: Sequence[tuple[Question, tuple[str, ...]]],
    questions: Sequence[Question],
    held_out: Sequence[Question],
    environment: Environment,
    tokenizer: Tokenizer,
    settings: StarSettings,
    say: Callable[[str], None] = lambda line: None,
) -> list[Round]:
    """The rounds.

    Args:
        given: questions with solutions to start from; the solutions stay in the training set.
        questions: those sampled on.
        held_out: those measured on.

    Raises:
        ValueError: a held-out question is among those trained on.
    """
    if shared := {one.text for one in held_out} & {one.text for one in [*questions, *(one for one, _ in given)]}:
        raise ValueError(f"held out and trained on: {sorted(shared)[0]}")
    kept: dict[str, dict[str, Question]] = {}
    for question, steps in given:
        kept.setdefault(question.text, {})[solution_text(steps)] = question
    rounds: list[Round] = []
    model = _trained(kept, tokenizer, settings, 0)
    accuracy = _accuracy(model, held_out, environment, settings)
    rounds.append(Round(0, 0, len(kept), 0, 0, 0, _rows(kept), accuracy))
    say(f"STaR round 0: accuracy {accuracy:.3f}")
    for number in range(1, settings.rounds + 1):
        prompts = [prompt(one.text).text for one in questions for _ in range(settings.samples)]
        sampled = model.sample(prompts, temperature=settings.temperature, limit=settings.limit, seed=number)
        right = same = 0
        for place, (text, _, ended) in enumerate(sampled):
            question = questions[place // settings.samples]
            if not ended or _judge(question, text, environment) is not Verdict.CORRECT:
                continue
            right += 1
            known = kept.setdefault(question.text, {})
            if text in known or len(known) >= settings.per_problem:
                same += 1
            else:
                known[text] = question
        kept = {text: found for text, found in kept.items() if found}
        model = _trained(kept, tokenizer, settings, number)
        accuracy = _accuracy(model, held_out, environment, settings)
        rounds.append(Round(number, len(questions), len(kept), len(sampled), right, same, _rows(kept), accuracy))
        say(f"STaR round {number}: {right} of {len(sampled)} right, {_rows(kept)} rows, accuracy {accuracy:.3f}")
    return rounds


def _trained(
    kept: dict[str, dict[str, Question]], tokenizer: Tokenizer, settings: StarSettings, number: int
) -> SmallModel:
    rows = [
        tokenize((prompt(text), Segment(solution, trained=True)), tokenizer, end=True)
        for text, found in kept.items()
        for solution in found
    ]
    model = SmallModel(tokenizer, settings.model)
    model.train(rows, steps=settings.steps, seed=number)
    return model


def _accuracy(
    model: SmallModel, questions: Sequence[Question], environment: Environment, settings: StarSettings
) -> float:
    prompts = [prompt(one.text).text for one in questions]
    greedy = model.sample(prompts, temperature=0.0, limit=settings.limit)
    right = [
        ended and _judge(question, text, environment) is Verdict.CORRECT
        for question, (text, _, ended) in zip(questions, greedy, strict=True)
    ]
    return sum(right) / len(right)


def _judge(question: Question, text: str, environment: Environment) -> Verdict:
    return environment.judge(State(question, tuple(text.strip().splitlines())))


def _rows(kept: dict[str, dict[str, Question]]) -> int:
    return sum(len(found) for found in kept.values())
