"""The one reward behind every trainer: `verify` in worker processes, with what is paid for format and length stated.

Nothing here raises on a reply, blocks the interpreter, or counts a failure of ours as a wrong answer: a reply that was
not judged has `reward` None. Trainers that cannot take None get `RewardSettings.unjudged`, and a metric says how often.
Imports nothing but the verifier, so that it runs in a trainer's own environment.
"""

import asyncio
import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from bigmath.answer import answer_text, boxed
from bigmath.verifier.judge import Explanation
from bigmath.verifier.policy import DEFAULT, VERIFIER_VERSION, Policy, Verdict
from bigmath.verifier.pool import Pool

STALL_SECONDS = 1.8
"""Longest wait of a reply for SymPy, past which it is not judged: its batch is held up for less than two."""
MOST_WORKERS = 4
"""Trainers run several reward processes, each with workers of its own; `BIGMATH_REWARD_WORKERS` sets another number."""

DISCOUNT = "discount"
"""The column of a row's own discount; the bindings read it where a row has it (see `rl_hooks.paces`)."""

Truncated = Literal["wrong", "skip", "judge"]


@dataclass(frozen=True, slots=True)
class RewardSettings:
    """What a reply is paid. The defaults pay 1 for a right answer and nothing else."""

    truncated: Truncated = "wrong"
    """A reply that was cut at its token limit: `wrong` pays as a wrong one whatever it holds, since it never ended;
    `skip` is None (DAPO's overlong filtering); `judge` looks for an answer in it as in any other."""
    format_weight: float = 0.0
    """Added times the format part: 1 where the answer stands in exactly one box, or several that agree, else 0."""
    length_weight: float = 0.0
    """Added times the length part: 0 up to `length_free` tokens, falling linearly to -1 at `length_limit` (DAPO's soft
    overlong punishment, arXiv 2503.14476, Eq. 13)."""
    length_free: int = 12_288
    length_limit: int = 16_384
    discount: float = 1.0
    """The right answer is paid discount ** tokens: Eq. 21 of arXiv 2501.04682."""
    unjudged: float = 0.0
    """For trainers that take no None: what a reply gets that was not judged."""
    policy: Policy = DEFAULT

    def __post_init__(self) -> None:
        if not 0.0 < self.discount <= 1.0:
            raise ValueError(f"discount {self.discount}: a number above 0 and at most 1 is needed")
        if self.truncated not in ("wrong", "skip", "judge"):
            raise ValueError(f"truncated {self.truncated!r}: one of wrong, skip, judge is needed")
        if not 0 <= self.length_free < self.length_limit:
            raise ValueError(f"length_free {self.length_free} must be below length_limit {self.length_limit}")


@dataclass(frozen=True, slots=True)
class Scored:
    """What one reply earns, and why."""

    reward: float | None
    """None where the reply was not judged: leave it out of the loss, never count it as wrong."""
    verdict: Verdict
    correct: float | None
    """1 or 0; None where not judged."""
    format: float
    length: float
    truncated: bool
    extracted: str | None
    rule: str
    parts: dict[str, float] = field(default_factory=dict)
    """What was added to what: name to weighted value; they sum to `reward`."""

    def metrics(self) -> dict[str, float]:
        """One number a part, the same keys for every reply, as trainers log them."""
        return {
            "correct": self.correct or 0.0,
            "format": self.format,
            "length": self.length,
            "truncated": float(self.truncated),
            "unjudged": float(self.correct is None),
            "no_answer": float(self.verdict is Verdict.UNPARSED and self.correct is not None),
        }


class Reward:
    """Scores batches of replies. May be called from several threads and event loops; all share one pool of workers."""

    def __init__(self, settings: RewardSettings | None = None) -> None:
        self.settings = settings or RewardSettings()
        self.version = VERIFIER_VERSION

    def __call__(
        self,
        golds: Sequence[Any],
        replies: Sequence[Any],
        *,
        truncated: Sequence[bool] | None = None,
        tokens: Sequence[int] | None = None,
        discounts: Sequence[float | None] | None = None,
    ) -> list[Scored]:
        """The score of each reply, in order. Anything that is no text counts as an empty one, but a reference may be a
        number.

        `truncated` says which replies hit their limit, `tokens` how long each is; without it length and discount are
        not applied, since characters are no tokens. `discounts` takes the place of the settings' own where it is not
        None: prompts may be conditioned on it (`rl_hooks.paces`).

        Raises:
            ValueError: one of them is not as long as the replies.
        """
        _aligned(replies, golds=golds, truncated=truncated, tokens=tokens, discounts=discounts)
        return self._scored(self._asked(golds, replies).result(), replies, truncated, tokens, discounts)

    async def asynchronously(
        self,
        golds: Sequence[Any],
        replies: Sequence[Any],
        *,
        truncated: Sequence[bool] | None = None,
        tokens: Sequence[int] | None = None,
        discounts: Sequence[float | None] | None = None,
    ) -> list[Scored]:
        """As a call, without blocking the event loop."""
        _aligned(replies, golds=golds, truncated=truncated, tokens=tokens, discounts=discounts)
        explanations = await asyncio.wrap_future(self._asked(golds, replies))
        return self._scored(explanations, replies, truncated, tokens, discounts)

    def _asked(self, golds: Sequence[Any], replies: Sequence[Any]) -> "Future[list[Explanation]]":
        items = [
            (gold_text(gold), _text(reply), self.settings.policy) for gold, reply in zip(golds, replies, strict=True)
        ]
        return shared_pool().explain(items, seconds=math.inf)

    def _scored(
        self,
        explanations: Sequence[Explanation],
        replies: Sequence[Any],
        truncated: Sequence[bool] | None,
        tokens: Sequence[int] | None,
        discounts: Sequence[float | None] | None,
    ) -> list[Scored]:
        return [
            self._one(
                explanation,
                _text(reply),
                cut=bool(truncated[place]) if truncated is not None else False,
                tokens=tokens[place] if tokens is not None else None,
                discount=discounts[place] if discounts is not None else None,
            )
            for place, (explanation, reply) in enumerate(zip(explanations, replies, strict=True))
        ]

    def _one(
        self, explanation: Explanation, reply: str, *, cut: bool, tokens: int | None, discount: float | None = None
    ) -> Scored:
        settings = self.settings
        correct = _correct(explanation)
        if cut and settings.truncated != "judge":
            correct = None if settings.truncated == "skip" else 0.0
        form = float(explanation.found == "boxed" and len(set(boxed(reply))) == 1) if settings.format_weight else 0.0
        length = self._length(tokens) if settings.length_weight and tokens is not None else 0.0
        parts = {}
        if correct is not None:
            parts["correct"] = correct * (settings.discount if discount is None else discount) ** (tokens or 0)
            if settings.format_weight:
                parts["format"] = settings.format_weight * form
            if settings.length_weight:
                parts["length"] = settings.length_weight * length
        reward = sum(parts.values()) if correct is not None else None
        return Scored(
            reward, explanation.verdict, correct, form, length, cut, explanation.answer, explanation.rule, parts
        )

    def _length(self, tokens: int) -> float:
        over = tokens - self.settings.length_free
        return -min(1.0, max(0.0, over / (self.settings.length_limit - self.settings.length_free)))

    def number(self, scored: Scored) -> float:
        """The reward for a trainer that takes no None."""
        return self.settings.unjudged if scored.reward is None else scored.reward


def _correct(explanation: Explanation) -> float | None:
    """1, 0, or None where the verdict says nothing of the reply."""
    if explanation.verdict in (Verdict.TIMEOUT, Verdict.ERROR):
        return None
    if explanation.verdict is Verdict.UNPARSED and explanation.gold_shape == "none":
        return None
    return float(explanation.verdict is Verdict.CORRECT)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _aligned(replies: Sequence[Any], **others: Sequence[Any] | None) -> None:
    for name, given in others.items():
        if given is not None and len(given) != len(replies):
            raise ValueError(f"{name} has {len(given)} items for {len(replies)} replies")


def gold_text(value: Any) -> str:
    """A reference as text, empty where there is none: a data set may store it as a number (but NaN is none)."""
    return answer_text(value) or ""


_lock = threading.Lock()
_pool: Pool | None = None


def shared_pool() -> Pool:
    """This process's workers, started at the first reply."""
    global _pool  # noqa: PLW0603 - one pool a process, whoever asks
    with _lock:
        if _pool is None:
            cores = min(MOST_WORKERS, os.cpu_count() or 1)
            workers = int(os.environ.get("BIGMATH_REWARD_WORKERS") or cores)
            _pool = Pool(quick=workers, slow=max(2, workers // 2), slow_seconds=STALL_SECONDS)
        return _pool


def _after_fork() -> None:
    """The child of a fork has none of the pool's threads: it starts a pool of its own."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def mean_metrics(scores: Sequence[Scored]) -> dict[str, float]:
    """The mean of each metric over a batch, under `reward/`; empty for an empty batch."""
    rows = [scored.metrics() for scored in scores]
    return {f"reward/{name}": sum(row[name] for row in rows) / len(rows) for name in rows[0]} if rows else {}


def reply_of(completion: Any) -> str:
    """The text of a completion: a string, or the assistant's messages of a conversation, tool output left out."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Sequence):
        texts = [_content(turn) for turn in completion if _of(turn, "role") in (None, "assistant")]
        return texts[-1] if texts else ""
    return ""


def _content(turn: Any) -> str:
    content = _of(turn, "content")
    if isinstance(content, Sequence) and not isinstance(content, str):
        return "".join(_text(_of(part, "text")) for part in content)
    return _text(content)


def _of(turn: Any, name: str) -> Any:
    return turn.get(name) if isinstance(turn, dict) else getattr(turn, name, None)


def from_environment(environment: Callable[[str], str | None] = os.environ.get) -> RewardSettings:
    """Settings for trainers that name a file and cannot pass arguments: `BIGMATH_REWARD`, `key=value,...`.

    Raises:
        ValueError: a key that there is not, or a value that does not fit.
    """
    return settings_from(environment("BIGMATH_REWARD") or "")


@lru_cache(maxsize=16)
def settings_from(text: str) -> RewardSettings:
    """`truncated=skip,format_weight=0.1` as settings; empty text is the default."""
    kinds: dict[str, Callable[[str], Any]] = {
        "truncated": str, "format_weight": float, "length_weight": float, "length_free": int, "length_limit": int,
        "discount": float, "unjudged": float,
    }  # fmt: skip
    given: dict[str, Any] = {}
    for pair in filter(None, text.split(",")):
        name, _, value = pair.strip().partition("=")
        if name not in kinds:
            raise ValueError(f"BIGMATH_REWARD: no setting {name!r}; there are: {', '.join(kinds)}")
        try:
            given[name] = kinds[name](value)
        except ValueError:
            raise ValueError(f"BIGMATH_REWARD: {name}={value!r} is no {kinds[name].__name__}") from None
    return RewardSettings(**given)
