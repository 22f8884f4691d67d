"""OpenRLHF: its PromptDataset reads our JSONL, and its agent executor, over a stub engine, calls our reward file."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from datasets import load_dataset
from openrlhf.datasets.prompts_dataset import PromptDataset
from openrlhf.utils.agent import SingleTurnAgentExecutor
from shared import export, replies, report, tokenizer

import rl_hooks.for_openrlhf

words = tokenizer()
names = SimpleNamespace(input_key="input", label_key="label", apply_chat_template=True, image_key="images")
strategy = SimpleNamespace(args=SimpleNamespace(data=names), is_rank_0=lambda: True)
raw = load_dataset("json", data_files=str(export() / "train.jsonl"))["train"]
rows = PromptDataset(raw, words, strategy)
source, prompt, label, _ = rows[0]
kinds = replies(rl_hooks.for_openrlhf.gold_in(label) or "")


@dataclass
class Sampling:
    max_tokens: int = 1_000_000
    logprobs: Any = None


@dataclass
class Engine:
    """Says what it is told to."""

    reply: str
    asked: list[list[int]] = field(default_factory=list)

    async def generate(self, ids: list[int], *_: Any, **__: Any) -> Any:
        self.asked.append(ids)
        said = SimpleNamespace(
            token_ids=[*words(self.reply).input_ids, words.eos_token_id], finish_reason="stop", logprobs=None
        )
        return SimpleNamespace(outputs=[said])


async def pay(reply: str) -> dict[str, Any]:
    executor = SingleTurnAgentExecutor(rl_hooks.for_openrlhf.__file__)
    return await executor.execute(prompt, label, Sampling(), 2_000_000, words, Engine(reply))


async def all_of() -> dict[str, dict[str, Any]]:
    return dict(zip(kinds, await asyncio.gather(*map(pay, kinds.values())), strict=True))


paid = asyncio.run(all_of())
report(
    rows=len(rows),
    source=source,
    rewards={kind: None if one["reward"] is None else float(one["reward"][0]) for kind, one in paid.items()},
    scores={kind: float(one["scores"][0]) for kind, one in paid.items()},
    logged=sorted(paid["right"]["extra_logs"]),
)
