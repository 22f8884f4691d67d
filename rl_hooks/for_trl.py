"""TRL's GRPOTrainer and RLOOTrainer: `reward_funcs=[make_reward()]` over the rows of `bigmath export rl --to trl`.

TRL calls f(prompts, completions, completion_ids, **columns, trainer_state, log_extra, log_metric); None takes a reply
out of the mean of its group. Read from TRL 1.16.0, trainer/grpo_trainer.py (`_calculate_rewards`).
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

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
