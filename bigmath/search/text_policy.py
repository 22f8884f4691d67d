"""A language model as a policy: a step is what it writes up to a stop text; a rollout, all to its end.

The model is behind one function that continues texts, many at a time, so vLLM, a small model of our own and a script
serve alike. All candidates of a node, and the nodes below each other, begin with the same text, which vLLM's prefix
cache computes once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bigmath.search.protocol import Ask, Proposal, Question, Rollout, State
from bigmath.verifier.judge import explain, verify
from bigmath.verifier.policy import Verdict

BLANK_LINE = "\n\n"
"""What ends a step, as in PRM800K and search-and-learn."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a model wrote after a text."""

    text: str
    """Without the stop text."""
    tokens: int
    ended: bool
    """The model said that it was done; false where the stop text or the limit cut it."""


class Continue(Protocol):
    """Continues texts: one continuation for each prompt and seed. `stop` None goes on to the end."""

    def __call__(
        self, prompts: Sequence[str], seeds: Sequence[int], *, stop: str | None, limit: int
    ) -> list[Continuation]: ...


@dataclass(frozen=True)
class TextPolicy:
    """A policy over a model that continues texts."""

    name: str
    continue_: Continue
    prompt: Callable[[Question], str]
    """A question as the model is asked it, up to where its reply begins."""
    stop: str = BLANK_LINE
    step_tokens: int = 96
    """Limit of a step."""
    rollout_tokens: int = 256
    """Limit of a rollout."""

    def settings(self) -> Mapping[str, Any]:
        return {
            "policy": self.name,
            "stop": self.stop,
            "step_tokens": self.step_tokens,
            "rollout_tokens": self.rollout_tokens,
        }

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        """Equal priors: candidates are samples of the model, so its probabilities are in how often each comes."""
        written = self._written(asks, stop=self.stop, limit=self.step_tokens)
        return [
            [Proposal(one.text.strip() or "(nothing)", 1 / len(group), one.tokens, _ends(one)) for one in group]
            for group in written
        ]

    def complete(self, asks: Sequence[Ask]) -> list[list[Rollout]]:
        written = self._written(asks, stop=None, limit=self.rollout_tokens)
        return [
            [Rollout(self._ended(ask.state, one.text), one.tokens) for one in group]
            for ask, group in zip(asks, written, strict=True)
        ]

    def _written(self, asks: Sequence[Ask], *, stop: str | None, limit: int) -> list[list[Continuation]]:
        prompts = [self._so_far(ask.state) for ask in asks for _ in range(ask.count)]
        seeds = [(ask.seed + number) % 2**31 for ask in asks for number in range(ask.count)]
        flat = iter(self.continue_(prompts, seeds, stop=stop, limit=limit) if prompts else [])
        return [[next(flat) for _ in range(ask.count)] for ask in asks]

    def _so_far(self, state: State) -> str:
        return self.prompt(state.question) + "".join(step + self.stop for step in state.steps)

    def _ended(self, state: State, text: str) -> State:
        steps = [step.strip() for step in text.split(self.stop) if step.strip()]
        return State(state.question, (*state.steps, *steps), ended=True)


def _ends(one: Continuation) -> bool:
    return one.ended or not one.text.strip()


@dataclass(frozen=True)
class Mathematics:
    """The environment of problems with a reference answer: the verifier judges."""

    name: str = "mathematics"

    def describe(self, state: State) -> str:
        """Nothing beyond the steps themselves."""
        return ""

    def is_final(self, state: State) -> bool:
        """The policy ended it, or its last step boxes an answer."""
        return state.ended or bool(state.steps and "\\boxed" in state.steps[-1])

    def judge(self, state: State) -> Verdict:
        if state.question.answer is None:
            return Verdict.UNPARSED
        return verify(state.question.answer, BLANK_LINE.join(state.steps))

    def answer(self, state: State) -> str | None:
        return explain(state.question.answer or "0", BLANK_LINE.join(state.steps)).answer
