"""Hard limits of a search in nodes, tokens and seconds: what may be spent, what was, and what it will be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bigmath.errors import SettingError

Limit = Literal["nodes", "tokens", "seconds"]


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one tree; None is no limit. Nodes and tokens are never passed: a batch that could pass them is cut or
    not asked for. Seconds are looked at between batches, so they are passed by one batch at most."""

    nodes: int | None = 1_000
    tokens: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not any(asdict(self).values()):
            raise SettingError("a search needs a budget; give at least one of nodes, tokens, seconds, above 0")
        for name, limit in asdict(self).items():
            if limit is not None and limit <= 0:
                raise SettingError(f"budget {name} is {limit}; accepted: a number above 0, or none")


@dataclass(slots=True)
class Ledger:
    """What one tree, or many, spent."""

    nodes: int = 0
    tokens: int = 0
    seconds: float = 0.0
    requests: int = 0

    def add(self, nodes: int, tokens: int, seconds: float) -> None:
        self.nodes += nodes
        self.tokens += tokens
        self.seconds += seconds
        self.requests += 1

    def left(self, budget: Budget) -> tuple[float, float]:
        """Nodes and tokens that may still be spent; infinite where there is no limit."""
        nodes = float("inf") if budget.nodes is None else budget.nodes - self.nodes
        tokens = float("inf") if budget.tokens is None else budget.tokens - self.tokens
        return nodes, tokens

    def spent(self, budget: Budget) -> Limit | None:
        """The limit that is reached, if one is."""
        nodes, tokens = self.left(budget)
        if nodes <= 0:
            return "nodes"
        if tokens <= 0:
            return "tokens"
        return "seconds" if budget.seconds is not None and self.seconds >= budget.seconds else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The most a run can spend, known before it starts."""

    trees: int
    nodes: int | None
    tokens: int | None
    seconds: float | None
    """If trees ran one after another; in flight together they take less."""

    def row(self) -> Mapping[str, Any]:
        return asdict(self)


def forecast(trees: int, budget: Budget, *, step_tokens: int, value_tokens: int) -> Forecast:
    """The most that `trees` searches can spend: the budget, or less where nodes alone bound the tokens.

    Args:
        step_tokens: what one candidate costs at most.
        value_tokens: what one value costs at most (Eq. 11: K rollouts).
    """
    by_nodes = None if budget.nodes is None else budget.nodes * (step_tokens + value_tokens)
    limits = [one for one in (budget.tokens, by_nodes) if one is not None]
    each = min(limits) if limits else None
    return Forecast(
        trees,
        None if budget.nodes is None else trees * budget.nodes,
        None if each is None else trees * each,
        None if budget.seconds is None else trees * budget.seconds,
    )
