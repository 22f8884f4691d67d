"""verifiers and prime-rl: several tries in one context over any exported taskset, paid by RL² or E-RL².

    vf-eval bigmath-math --env.id bigmath-math-tries --env.episodes 4 --env.objective e_rl2

The environment speaks between the model's turns; its text is no training data. The KL of Eq. 15 is the trainer's.
Written for verifiers 0.4 (`verifiers.v1`).
"""

import asyncio
from typing import Any, Literal

import verifiers.v1 as vf  # this module is for those who have it; nothing else imports it

from rl_hooks.episodes import Context, MetaSettings, problem
from rl_hooks.reward import DISCOUNT, Reward

REWARD = "bigmath"
"""The reward's name on a trace: that of the task's own reward, which saw the last reply alone and is replaced."""


class TriesConfig(vf.EnvConfig):
    """What a context of several episodes pays."""

    agent: vf.AgentConfig = vf.AgentConfig()
    """The one that is trained."""
    episodes: int = 4
    objective: Literal["rl2", "e_rl2"] = "rl2"
    discount: float = 1.0


class Tries(vf.Env[TriesConfig]):
    """K episodes of one problem with one agent."""

    def __init__(self, config: TriesConfig) -> None:
        super().__init__(config)
        self.meta = MetaSettings(config.episodes, config.objective, config.discount)
        self._played: dict[str, Context] = {}

    async def run(self, task: Any, agents: Any) -> None:
        """Plays all episodes; an exchange that a limit ends leaves the others unplayed, and they pay 0."""
        context = self.meta.context(problem(task.data.answer, Reward()), getattr(task.data, DISCOUNT, None))
        async with agents.agent.interaction(task) as talk:
            self._played[talk.trace.id] = context
            said, written = None, 0
            while not context.done:
                part = await talk.turn(said)
                if part.terminated:
                    break
                tokens, written = talk.trace.num_output_tokens - written, talk.trace.num_output_tokens
                said = await asyncio.to_thread(context.step, part.last_reply or "", tokens)

    async def finalize(self, task: Any, episode: Any) -> None:
        """Records what each trace earned; a context that was not judged earns 0 and says so as a metric."""
        del task
        for trace in episode.traces:
            context = self._played.pop(trace.id, None)
            if context is None:
                continue
            paid = context.reward
            trace.record_reward(REWARD, 0.0 if paid is None else paid)
            trace.record_metric("unjudged", float(paid is None))
            for number, earned in enumerate(context.rewards, start=1):
                trace.record_metric(f"episode_{number}", earned or 0.0)


__all__ = ["Tries"]
