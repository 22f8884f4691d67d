"""verifiers and prime-rl: the taskset behind the package that `bigmath export rl --to verifiers` writes.

A task is one problem; its reward is ours, its parts are metrics, and `validate` checks the reference against itself.
Written for verifiers 0.4 (`verifiers.v1`); the older load_environment interface is gone from it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import verifiers.v1 as vf  # this module is for those who have it; nothing else imports it

from rl_hooks.reward import Reward, RewardSettings, Scored


class BigMathData(vf.TaskData):
    """One problem on the wire."""

    answer: str
    source: str
    split: str
    solve_rate: float | None = None
    discount: float | None = None
    """The row's own, where prompts are conditioned on it."""


class BigMathTask(vf.Task[BigMathData]):
    """Scores the last reply of a trace."""

    reward_settings = RewardSettings()

    @property
    def key(self) -> str:
        """The problem's id: the same in any export."""
        return self.data.id or self.hash

    @vf.reward(weight=1.0)
    async def bigmath(self, trace: vf.Trace) -> float:
        """What the reply earns."""
        return Reward(self.reward_settings).number(await self._scored(trace))

    @vf.metric
    async def parts(self, trace: vf.Trace) -> dict[str, float]:
        """One number a part; `unjudged` is 1 where the reward means nothing."""
        return (await self._scored(trace)).metrics()

    async def validate(self, runtime: Any) -> bool:
        """Whether the reference is accepted against itself."""
        del runtime
        return (await Reward().asynchronously([self.data.answer], [f"\\boxed{{{self.data.answer}}}"]))[0].correct == 1.0

    async def _scored(self, trace: vf.Trace) -> Scored:
        scores = await Reward(self.reward_settings).asynchronously(
            [self.data.answer],
            [trace.last_reply or ""],
            truncated=[trace.is_truncated],
            tokens=[trace.num_output_tokens],
            discounts=[self.data.discount],
        )
        return scores[0]


class BigMathConfig(vf.TasksetConfig):
    """Which part of the export is loaded."""

    split: str = "train"
    least_solve_rate: float = 0.0
    most_solve_rate: float = 1.0


def load(folder: Path, config: BigMathConfig) -> Iterator[BigMathTask]:
    """The tasks of FOLDER/SPLIT.jsonl within the band; problems without a solve rate are always in."""
    with (folder / f"{config.split}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            rate = row["solve_rate"]
            if rate is None or config.least_solve_rate <= rate <= config.most_solve_rate:
                yield BigMathTask(BigMathData(**row), config.task)
