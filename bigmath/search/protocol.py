"""What a search works with: a state is a question and the steps so far (the reasoning MDP of section 3.3: an action
appends a step, the reward is 0 until the end and then 0 or 1).

Policies and values answer in batches, one list for many states of many trees, so that a model behind them is always
busy. Every ask carries its own seed: what a state is given does not depend on who shares its batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bigmath.verifier.policy import Verdict


@dataclass(frozen=True, slots=True)
class Question:
    """A problem to search on."""

    problem_id: str
    text: str
    answer: str | None = None
    """The reference answer, where the environment's judge needs one; puzzles state all in `text`."""


@dataclass(frozen=True, slots=True)
class State:
    """A question and a partial solution."""

    question: Question
    steps: tuple[str, ...] = ()
    ended: bool = False
    """The policy said that the solution is complete."""

    def then(self, proposal: "Proposal") -> "State":
        """The state after a step: deterministic, nothing but the step is added."""
        return State(self.question, (*self.steps, proposal.step), proposal.ended)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate for the next step."""

    step: str
    prior: float
    """Probability among the candidates, 0 to 1."""
    tokens: int
    """What it cost to make."""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """The value of a state: the chance that a solution which goes on from it ends right."""

    value: float
    n: int | None = None
    """Rollouts it is the mean of, or None where it is none."""
    c: int | None = None
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Rollout:
    """A solution gone on with to its end."""

    state: State
    tokens: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A state, how many candidates or rollouts are wanted from it, and the seed they are drawn with."""

    state: State
    count: int
    seed: int


class Policy(Protocol):
    """Proposes steps. `step_tokens` and `rollout_tokens` are what one step or one rollout costs at most: a budget in
    tokens is kept by not asking when it could be passed."""

    @property
    def step_tokens(self) -> int: ...

    @property
    def rollout_tokens(self) -> int: ...

    def settings(self) -> Mapping[str, Any]:
        """What names it in a trace."""
        ...

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        """For each ask at most `count` candidates, an empty list where the state cannot go on."""
        ...

    def complete(self, asks: Sequence[Ask]) -> list[list[Rollout]]:
        """For each ask exactly `count` rollouts to the end."""
        ...


class Value(Protocol):
    """Estimates the value of states; `tokens_each` is what one estimate costs at most."""

    @property
    def tokens_each(self) -> int: ...

    def settings(self) -> Mapping[str, Any]: ...

    def estimate(self, states: Sequence[State]) -> list[Estimate]: ...


class Environment(Protocol):
    """Where steps have a meaning: what is left after them, when a solution is complete, whether it is right."""

    @property
    def name(self) -> str: ...

    def describe(self, state: State) -> str:
        """The state in one line of text."""
        ...

    def is_final(self, state: State) -> bool:
        """Whether no step can follow."""
        ...

    def judge(self, state: State) -> Verdict:
        """Whether the steps solve the question, found by replaying their text; nothing a solver computed is used."""
        ...

    def answer(self, state: State) -> str | None:
        """The final answer, where there is one."""
        ...
