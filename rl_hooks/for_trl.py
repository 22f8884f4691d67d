"""TRL's GRPOTrainer and RLOOTrainer: `reward_funcs=[make_reward()]` over the rows of `bigmath export rl --to trl`, or
several tries in one context with `environment_factory=make_environment(...)` (the model calls a tool) or
`rollout_func=make_rollout(...)` (it writes text; its tokens are counted, so a discount is possible).

TRL calls f(prompts, completions, completion_ids, **columns, trainer_state, log_extra, log_metric); None takes a reply
out of the mean of its group. Read from TRL 1.16.0, trainer/grpo_trainer.py (`_calculate_rewards`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from rl_hooks.episodes import Context, MetaSettings, problem
from rl_hooks.meta_rl import Objective
from rl_hooks.reward import DISCOUNT, Reward, RewardSettings, gold_text, mean_metrics, reply_of

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
    `end_tokens` (the tokenizer's eos_token_id) counts as truncated; without it none does. Rows with a column `discount`
    (see `rl_hooks.paces`) are paid by it.
    """
    return _TrlReward(Reward(settings), gold_column, max_tokens, tuple(end_tokens))


class _TrlReward:
    """The function as an object that can be sent to another process, where AsyncGRPOTrainer scores."""

    def __init__(self, reward: Reward, gold_column: str, max_tokens: int | None, end_tokens: tuple[int, ...]) -> None:
        self.__name__ = "bigmath_reward"  # what TRL logs it as
        self._reward, self._gold_column = reward, gold_column
        self._max_tokens, self._end_tokens = max_tokens, end_tokens

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        golds = columns.get(self._gold_column) or [None] * len(completions)
        cut, tokens = None, None
        if completion_ids is not None:
            tokens = [len(ids) for ids in completion_ids]
            cut = [_is_cut(ids, self._max_tokens, self._end_tokens) for ids in completion_ids]
        replies = [reply_of(one) for one in completions]
        scores = self._reward(golds, replies, truncated=cut, tokens=tokens, discounts=columns.get(DISCOUNT))
        if log_metric is not None:
            for name, value in mean_metrics(scores).items():
                log_metric(name, value)
        if log_extra is not None:
            log_extra("verdict", [str(one.verdict) for one in scores])
            log_extra("extracted", [one.extracted or "" for one in scores])
        return [one.reward for one in scores]


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
            self._context = Context(problem(gold_text(row.get(gold_column)), reward), episodes, objective)
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


def trainer_settings(meta: MetaSettings) -> dict[str, Any]:
    """Arguments of GRPOConfig that the settings ask for: the KL to the reference model (Eq. 15)."""
    return {"beta": meta.beta}


def make_rollout(
    rows: Iterable[Mapping[str, Any]],
    meta: MetaSettings,
    settings: RewardSettings | None = None,
    gold_column: str = "answer",
) -> tuple[Callable[[list[Any], Any], dict[str, Any]], RewardFunction]:
    """(rollout_func, reward function) of K episodes in one context, for any model that writes text.

    TRL gives a rollout the prompts alone, so the answer (and a row's `discount`) is found by the prompt. What the
    environment says is masked out of the loss. Without a chat template the feedback follows the reply on a line of its
    own; with one it is a turn of the user.

    Raises:
        ValueError: two rows ask the same with different answers.
    """
    reward = Reward(settings)
    known: dict[str, tuple[str, float | None]] = {}
    for row in rows:
        found = (gold_text(row[gold_column]), row.get(DISCOUNT))
        if known.setdefault(_key(row["prompt"]), found) != found:
            raise ValueError(f"two rows ask {row['prompt']!r} with different answers")

    def rollout(prompts: list[Any], trainer: Any) -> dict[str, Any]:
        words = trainer.processing_class
        contexts = []
        for prompt in prompts:
            gold, discount = known[_key(prompt)]
            contexts.append(meta.context(problem(gold, reward), discount))
        begun = [list(ids) for ids in trainer._tokenize_prompts(prompts)[0]]
        written: list[list[int]] = [[] for _ in prompts]
        masks: list[list[int]] = [[] for _ in prompts]
        logs: list[list[float]] | None = [[] for _ in prompts]
        for episode in range(meta.episodes):
            grown = [[*ids, *more] for ids, more in zip(begun, written, strict=True)]
            replies, sampled = trainer._generate_single_turn(grown, None, {}, 1)
            logs = None if sampled is None else logs
            for place, ids in enumerate(replies):
                said = contexts[place].step(words.decode(ids, skip_special_tokens=True), len(ids))
                written[place] += ids
                masks[place] += [1] * len(ids)
                if logs is not None:
                    logs[place] += sampled[place]
                if episode + 1 < meta.episodes:
                    told = _feedback(said, prompts[place], words, ended=bool(ids) and ids[-1] == words.eos_token_id)
                    written[place] += told
                    masks[place] += [0] * len(told)
                    if logs is not None:
                        logs[place] += [0.0] * len(told)
        return {
            "prompt_ids": begun, "completion_ids": written, "logprobs": logs, "env_mask": masks,
            "context_reward": [one.reward for one in contexts],
            "episode_rewards": [one.rewards for one in contexts],
        }  # fmt: skip

    def context_reward(
        prompts: Sequence[Any],
        context_reward: Sequence[float | None] = (),
        episode_rewards: Sequence[Sequence[float | None]] = (),
        log_metric: Callable[[str, float], None] | None = None,
        **_: Any,
    ) -> list[float | None]:
        """What the rollout was paid by the objective; logs the mean reward of each episode."""
        if log_metric is not None:
            for number in range(meta.episodes):
                paid = [one[number] for one in episode_rewards if one[number] is not None]
                if paid:
                    log_metric(f"reward/episode_{number + 1}", sum(one or 0.0 for one in paid) / len(paid))
        return list(context_reward)

    return rollout, context_reward


def _key(prompt: Any) -> str:
    return prompt if isinstance(prompt, str) else "\0".join(str(turn["content"]) for turn in prompt)


def _feedback(said: str, prompt: Any, words: Any, *, ended: bool) -> list[int]:
    """The tokens of what the environment says, up to where the model writes again."""
    if isinstance(prompt, str):
        ids: list[int] = words(f"\n{said}\n", add_special_tokens=False)["input_ids"]
        return ids
    # what the template writes from the end of a reply to the next one, whatever it does to older replies
    reply = "<<reply>>"
    turns = [("user", "q"), ("assistant", reply), ("user", said)]
    whole = words.apply_chat_template(
        [{"role": role, "content": text} for role, text in turns], tokenize=False, add_generation_prompt=True
    )
    after = whole.partition(reply)[2]
    if ended:  # the model wrote the end of its turn itself
        after = after.removeprefix(words.eos_token)
    tokens: list[int] = words(after, add_special_tokens=False)["input_ids"]
    return tokens
