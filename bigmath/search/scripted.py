"""A search space written out by hand: for tests, demonstrations, and replaying what a model once proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bigmath.search.protocol import Ask, Estimate, Proposal, Rollout, State
from bigmath.verifier.policy import Verdict

Steps = tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """Environment, policy and value in one, from a table of what follows what.

    A state that `children` does not name is final; it is right if it is in `right`. Values not named are 0."""

    children: Mapping[Steps, Sequence[tuple[str, float]]]
    """Steps so far to the next steps with their priors, the policy's order."""
    values: Mapping[Steps, float] = field(default_factory=dict)
    right: frozenset[Steps] = frozenset()
    name: str = "script"
    step_tokens: int = 1
    rollout_tokens: int = 8
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {"script": self.name}

    def propose(self, asks: Sequence[Ask]) -> list[list[Proposal]]:
        return [
            [Proposal(step, prior, 1) for step, prior in self.children.get(ask.state.steps, ())[: ask.count]]
            for ask in asks
        ]

    def complete(self, asks: Sequence[Ask]) -> list[list[Rollout]]:
        """Follows the first child each time."""
        return [[self._first(ask.state)] * ask.count for ask in asks]

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        return [Estimate(self.values.get(state.steps, 0.0)) for state in states]

    def describe(self, state: State) -> str:
        return "/".join(state.steps)

    def is_final(self, state: State) -> bool:
        return state.steps not in self.children

    def judge(self, state: State) -> Verdict:
        return Verdict.CORRECT if state.steps in self.right else Verdict.WRONG

    def answer(self, state: State) -> str | None:
        return state.steps[-1] if self.is_final(state) and state.steps else None

    def _first(self, state: State) -> Rollout:
        tokens = 0
        while options := self.children.get(state.steps):
            state = State(state.question, (*state.steps, options[0][0]))
            tokens += 1
        return Rollout(state, tokens)
