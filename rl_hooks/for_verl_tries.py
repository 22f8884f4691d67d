"""verl: several tries in one context as an agent loop, paid by RL² or E-RL².

    actor_rollout_ref.rollout.agent.agent_loop_config_path=tries.yaml
    actor_rollout_ref.rollout.agent.default_agent_loop=bigmath_tries

where tries.yaml (`agent_loops()` gives its text) names this class and its settings. The model's tokens are trained on,
what the environment says is not. The KL of Eq. 15 is verl's: `overrides(meta)`. Read from verl 0.9.1,
experimental/agent_loop.
"""

import asyncio
import json
from typing import Any

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput, register  # noqa: TID253 # verl's own

from rl_hooks.episodes import MetaSettings, problem
from rl_hooks.reward import DISCOUNT, Reward, gold_text

NAME = "bigmath_tries"


@register(NAME)
class Tries(AgentLoopBase):  # type: ignore[misc] # its base is of a package that is not installed here
    """One rollout: K episodes of one problem, its chance of reward stated in `MetaSettings`."""

    def __init__(
        self,
        *args: Any,
        episodes: int = 4,
        objective: str = "rl2",
        discount: float = 1.0,
        episode_tokens: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if objective not in ("rl2", "e_rl2"):
            raise ValueError(f"objective {objective!r}: rl2 or e_rl2 is needed")
        self.meta = MetaSettings(episodes, "rl2" if objective == "rl2" else "e_rl2", discount)
        self.room = int(self.rollout_config.response_length)
        self.episode_tokens = episode_tokens or self.room // episodes
        self.reward = Reward()

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Plays all episodes that fit into `response_length`; an episode that was not played pays 0."""
        messages = [dict(turn) for turn in row["raw_prompt"]]
        gold = gold_text((row.get("reward_model") or {}).get("ground_truth"))
        context = self.meta.context(problem(gold, self.reward), (row.get("extra_info") or {}).get(DISCOUNT))
        ids = await self.ct_build_initial_tokens(messages)
        mask: list[int] = []
        logs: list[float] | None = []
        turns = 1
        request = f"tries-{id(context)}"
        while not context.done:
            left = self.room - len(mask)
            if left <= 0:
                break
            asked = {**sampling_params, "max_tokens": min(left, self.episode_tokens)}
            output = await self.server_manager.generate(request_id=request, prompt_ids=ids, sampling_params=asked)
            merged, mask, logs = await self.ct_merge_assistant_token(
                ids,
                output.token_ids,
                mask,
                logs if output.log_probs else None,
                assistant_logprobs=output.log_probs or None,
            )
            ids, turns = merged.token_ids, turns + 1
            reply = self.tokenizer.decode(output.token_ids, skip_special_tokens=True)
            # the verifier waits for its workers; other rollouts go on meanwhile
            said = await asyncio.to_thread(context.step, reply, len(output.token_ids))
            before, messages = messages, [*messages, {"role": "assistant", "content": reply}]
            if context.done:
                break
            before, messages = messages, [*messages, {"role": "user", "content": said}]
            merged, mask, logs = await self.ct_merge_context_msg(before, messages, ids, mask, logs)
            ids, turns = merged.token_ids, turns + 1
        paid = context.reward
        facts = {
            "unjudged": float(paid is None),
            "last": float(context.rewards[-1] or 0.0) if context.rewards else 0.0,
            "episodes": float(len(context.rewards)),
        }
        return AgentLoopOutput(
            prompt_ids=ids[: len(ids) - len(mask)],
            response_ids=ids[len(ids) - len(mask) :][: self.room],
            response_mask=mask[: self.room],
            response_logprobs=logs[: self.room] if logs else None,
            reward_score=0.0 if paid is None else paid,  # verl takes numbers only
            num_turns=turns,
            metrics={},
            extra_fields={"turn_scores": [], "tool_rewards": [], "reward_extra_info": facts},
        )


def agent_loops(meta: MetaSettings) -> str:
    """The text of the file that `agent_loop_config_path` names."""
    entry = {
        "name": NAME, "_target_": f"{__name__}.Tries", "episodes": meta.episodes, "objective": meta.objective,
        "discount": meta.discount,
    }  # fmt: skip
    return json.dumps([entry], indent=1)  # JSON is YAML


def overrides(meta: MetaSettings, agent_file: str) -> list[str]:
    """What the settings add to verl's command line."""
    agent = "actor_rollout_ref.rollout.agent"
    kl = [f"actor_rollout_ref.actor.kl_loss_coef={meta.beta}"] if meta.beta else []
    return [
        f"{agent}.agent_loop_config_path={agent_file}",
        f"{agent}.default_agent_loop={NAME}",
        f"actor_rollout_ref.actor.use_kl_loss={bool(meta.beta)}",
        *kl,
    ]
