"""Several episodes in one context (meta-RL): K tries at one task, each seeing what the earlier ones got.

RL² (Eq. 13 of arXiv 2501.04682) pays the sum of all episodes' rewards, E-RL² (Eq. 14) the last one's alone, so that
early tries may explore. One switch chooses. A task is a mathematics problem, judged by the verifier, or a hidden goal
of `rl_hooks.meta_rl`, whose optima are known exactly.

`MetaSettings` also holds the discount γ^|Z| (Eq. 21) and the weight β of the KL to a reference (Eq. 15); the bindings
(`for_trl`, `for_verl_tries`, `for_verifiers_tries`) take it whole.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from rl_hooks.meta_rl import Objective, Task
from rl_hooks.reward import Reward


@dataclass(frozen=True, slots=True)
class Shown:
    """What one episode earned, and what the model is told of it."""

    reward: float | None
    """None where it was not judged."""
    feedback: str


class Episode(Protocol):
    """A task's answer to one reply."""

    def __call__(self, reply: str) -> Shown: ...


@dataclass(frozen=True, slots=True)
class MetaSettings:
    """What a context of several episodes pays, the same for every trainer."""

    episodes: int = 4
    objective: Objective = "rl2"
    discount: float = 1.0
    """γ of Eq. 21: an episode that is right is paid γ to the number of tokens that the model wrote until its end."""
    beta: float = 0.0
    """Weight of the KL to the reference model (Eq. 15); the trainer applies it: see the bindings' settings."""

    def __post_init__(self) -> None:
        if self.episodes < 1 or self.objective not in ("rl2", "e_rl2"):
            raise ValueError(
                f"{self.episodes} episodes of {self.objective!r}: at least 1, and rl2 or e_rl2, are needed"
            )
        if not 0.0 < self.discount <= 1.0 or self.beta < 0.0:
            raise ValueError(f"discount {self.discount}, beta {self.beta}: above 0 and at most 1, and 0 or more")

    def context(self, task: Episode, discount: float | None = None) -> "Context":
        """A rollout of the task; `discount` takes the place of the settings' own, as a row's pace gives it."""
        return Context(task, self.episodes, self.objective, self.discount if discount is None else discount)


@dataclass(slots=True)
class Context:
    """One rollout: K episodes of one task. Not for several threads at once."""

    task: Episode
    episodes: int
    objective: Objective = "rl2"
    discount: float = 1.0
    rewards: list[float | None] = field(default_factory=list)
    tokens: int = 0
    """What the model wrote so far, as its trainer counted it."""

    def __post_init__(self) -> None:
        MetaSettings(self.episodes, self.objective, self.discount)

    @property
    def done(self) -> bool:
        """Whether all episodes were played."""
        return len(self.rewards) >= self.episodes

    def step(self, reply: str, tokens: int = 0) -> str:
        """Plays one episode; returns what is put into the context after it. `tokens` is the length of the reply, which
        the discount needs.

        Raises:
            ValueError: all episodes were played.
        """
        if self.done:
            raise ValueError(f"all {self.episodes} episodes were played")
        shown = self.task(reply)
        self.tokens += tokens
        paid = None if shown.reward is None else shown.reward * self.discount**self.tokens
        self.rewards.append(paid)
        left = self.episodes - len(self.rewards)
        return f"{shown.feedback} {'That was the last try.' if not left else f'Tries left: {left}.'}"

    @property
    def reward(self) -> float | None:
        """What the rollout is paid by the objective; an episode that was not played pays 0.

        None where an episode that counts was not judged: the rollout is left out of the loss.
        """
        counted = self.rewards if self.objective == "rl2" else self.rewards[self.episodes - 1 :]
        if any(reward is None for reward in counted):
            return None
        return sum((reward for reward in counted if reward is not None), 0.0)


def problem(gold: str, reward: Reward | None = None) -> Episode:
    """A mathematics problem: a try is judged and told right, wrong or without an answer; never the answer itself."""
    scores = reward or Reward()

    def judge(reply: str) -> Shown:
        scored = scores([gold], [reply])[0]
        if scored.reward is None:
            return Shown(None, "The answer could not be judged.")
        if scored.extracted is None:
            return Shown(scored.reward, "No final answer was found.")
        return Shown(scored.reward, "The answer is right." if scored.correct else "The answer is wrong.")

    return judge


_ARM = re.compile(r"-?\d+")


def hidden(task: Task, rng: random.Random) -> Episode:
    """A hidden-goal task with a goal drawn once: a reply's last number is the arm, from 0; it pays 1 or 0."""
    goal = rng.randrange(task.goals)

    def pull(reply: str) -> Shown:
        numbers = _ARM.findall(reply)
        arm = int(numbers[-1]) if numbers and len(numbers[-1]) < 10 else -1
        if not 0 <= arm < len(task.chances):
            return Shown(0.0, f"There is no such arm; they are 0 to {len(task.chances) - 1}.")
        paid = rng.random() < task.chances[arm][goal]
        return Shown(float(paid), f"Arm {arm} pays {int(paid)}.")

    return pull


def play(context: Context, policy: Callable[[list[str]], str]) -> list[str]:
    """Plays all episodes with a policy from what was said so far to the next reply; returns replies and feedback."""
    said: list[str] = []
    while not context.done:
        reply = policy(said)
        said += [reply, context.step(reply)]
    return said
