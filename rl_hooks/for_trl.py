"""TRL's GRPOTrainer and RLOOTrainer: `reward_funcs=[make_reward()]` over the rows of `bigmath export rl --to trl`, or
several tries in one context with `environment_factory=make_environment(...)`.

TRL calls f(prompts, completions, completion_ids, **columns, trainer_state, log_extra, log_metric); None takes a reply
out of the mean of its group. Read from TRL 1.16.0, trainer/grpo_trainer.py (`_calculate_rewards`).
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from rl_hooks.episodes import Context, problem
from rl_hooks.meta_rl import Objective
from rl_hooks.reward import Reward, RewardSettings, mean_metrics, reply_of

RewardFunction = Callable[..., list[float | None]]


def make_reward(
    settings: RewardSettings | None = None,
    *,
    gold_column: str = "answer",
    max_tokens: int | None = None,
    end_tokens: Collection[int] = (),
) -> RewardFunction:
    """A reward function for TRL.

    With `max_tokens` (GRPOConfig.max_completion_length) a completion of that many tokens which does not end in one of
    `end_tokens` (the tokenizer's eos_token_id) counts as truncated; without it none does.
    """
    reward = Reward(settings)

    def bigmath_reward(
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        golds = columns.get(gold_column) or [None] * len(completions)
        cut, tokens = None, None
        if completion_ids is not None:
            tokens = [len(ids) for ids in completion_ids]
            cut = [_is_cut(ids, max_tokens, end_tokens) for ids in completion_ids]
        scores = reward(golds, [reply_of(one) for one in completions], truncated=cut, tokens=tokens)
        if log_metric is not None:
            for name, value in mean_metrics(scores).items():
                log_metric(name, value)
        if log_extra is not None:
            log_extra("verdict", [str(one.verdict) for one in scores])
            log_extra("extracted", [one.extracted or "" for one in scores])
        return [one.reward for one in scores]

    return bigmath_reward


def _is_cut(ids: Sequence[int], most: int | None, ends: Collection[int]) -> bool:
    return most is not None and len(ids) >= most and (not ids or ids[-1] not in ends)


def make_environment(
    episodes: int, objective: Objective = "rl2", settings: RewardSettings | None = None, gold_column: str = "answer"
) -> type:
    """The class for GRPOTrainer's `environment_factory`: the model calls `submit` up to K times in one context.

    RL² pays the sum of the tries, E-RL² the last one; no other reward function is needed beside it.
    """
    reward = Reward(settings)

    class Attempts:
        """One rollout."""

        def __init__(self) -> None:
            self._context: Context | None = None

        def reset(self, **row: Any) -> str:
            """A new problem: TRL calls it with the row's columns."""
            self._context = Context(problem(str(row.get(gold_column) or ""), reward), episodes, objective)
            return f"You have {episodes} tries. Call submit with a final answer for each."

        def submit(self, answer: str) -> str:
            """
            Submit a final answer and learn whether it is right.

            Args:
                answer: The final answer, in LaTeX or plain text.

            Returns:
                Whether the answer is right, and how many tries are left.
            """
            assert self._context is not None
            return "No try is left." if self._context.done else self._context.step(f"\\boxed{{{answer}}}")

        def get_reward(self) -> float | None:
            """What the rollout is paid; an episode that was not played pays 0."""
            assert self._context is not None
            return self._context.reward

    return Attempts
