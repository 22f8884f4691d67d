"""verl: its RLHFDataset reads our Parquet, and its reward managers load our function by name and pay each reply."""

import asyncio

import numpy as np
import torch
from omegaconf import OmegaConf
from shared import export, replies, report, tokenizer
from tensordict import TensorDict
from verl import DataProto
from verl.trainer.ppo.reward import load_reward_manager
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

words = tokenizer()
data = OmegaConf.create({"max_prompt_length": 20_000, "return_raw_chat": True, "filter_overlong_prompts_workers": 1})
rows = RLHFDataset(str(export() / "train.parquet"), words, data)
batch = collate_fn([rows[0], rows[1]])
row = rows[0]
kinds = replies(row["reward_model"]["ground_truth"])


async def pay(manager: str, settings: dict[str, float], gold: str | None = None) -> dict[str, dict[str, float]]:
    config = OmegaConf.create(
        {
            "reward": {
                "custom_reward_function": {
                    "path": "pkg://rl_hooks.for_verl", "name": "compute_score", "reward_kwargs": settings,
                },
                "reward_manager": {"source": "register", "name": manager},
                "reward_kwargs": {},
                "sandbox_fusion": None,
            },
            "data": {"reward_fn_key": "data_source"},
            "actor_rollout_ref": {"rollout": {"response_length": 64}},
        }
    )  # fmt: skip
    made = load_reward_manager(config, words)

    async def one(reply: str) -> dict[str, float]:
        ids = torch.tensor([words(reply or " ").input_ids])
        tensors = TensorDict({"responses": ids, "attention_mask": torch.ones_like(ids)}, batch_size=1)
        judged = {**row, "reward_model": {"style": "rule", "ground_truth": gold}} if gold is not None else row
        texts = {name: np.array([judged[name]], dtype=object) for name in ("data_source", "reward_model", "extra_info")}
        result = await made.run_single(DataProto(batch=tensors, non_tensor_batch=texts))
        return {"reward": float(result["reward_score"]), **result["reward_extra_info"]}

    return dict(zip(kinds, await asyncio.gather(*map(one, kinds.values())), strict=True))


paid = asyncio.run(pay("naive", {}))
broken = asyncio.run(pay("naive", {}, gold=""))["right"]
boxed = asyncio.run(pay("naive", {"format_weight": 0.5}))
report(
    rows=len(rows),
    raw_prompt=batch["raw_prompt"][0][0]["role"],
    rewards={kind: one["reward"] for kind, one in paid.items()},
    same_keys=len({tuple(one) for one in paid.values()}) == 1,
    broken_gold={"reward": broken["reward"], "unjudged": broken["unjudged"]},
    with_format={kind: boxed[kind]["reward"] for kind in ("right", "wrong")},
    problem_id=row["extra_info"]["problem_id"],
)
