"""verl: its RLHFDataset reads our Parquet, its reward managers load our function by name and pay each reply, its agent
loop plays several tries with a stub of an engine, and its own loader takes our configuration of asynchronous training.
"""

import asyncio
from pathlib import Path

import hydra
import numpy as np
import torch
from omegaconf import DictConfig, OmegaConf
from shared import export, replies, report, tokenizer
from tensordict import TensorDict
from verl import DataProto
from verl.experimental import fully_async_policy
from verl.experimental.agent_loop.agent_loop import DictConfigWrap
from verl.trainer.ppo.reward import load_reward_manager
from verl.utils.config import omega_conf_to_dataclass
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn
from verl.workers.rollout.replica import TokenOutput

from rl_hooks.episodes import MetaSettings
from rl_hooks.for_verl_tries import agent_loops

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


class Engine:
    """A stub of an inference server: says what it was given, a reply a call."""

    def __init__(self, says: list[str]) -> None:
        self.says, self.read = iter(says), []

    async def generate(self, prompt_ids: list[int], **_: object) -> TokenOutput:
        self.read.append(words.decode(prompt_ids))
        ids = [*words(next(self.says)).input_ids, words.eos_token_id]
        return TokenOutput(token_ids=ids, log_probs=[-0.5] * len(ids))


async def tries(meta: MetaSettings, order: tuple[str, ...]) -> dict[str, object]:
    """A rollout of the agent loop as verl makes it: from the file that `agent_loop_config_path` names."""
    path = Path("tries.yaml")
    path.write_text(agent_loops(meta))
    (entry,) = OmegaConf.load(path)
    engine = Engine([kinds[one] for one in order])
    config = OmegaConf.create({"actor_rollout_ref": {"rollout": {"response_length": 400, "prompt_length": 20_000}}})
    loop = hydra.utils.instantiate(
        {key: value for key, value in entry.items() if key != "name"},
        trainer_config=DictConfigWrap(config), server_manager=engine, tokenizer=words, processor=None,
        dataset_cls=RLHFDataset, data_config=DictConfigWrap(data),
    )  # fmt: skip
    one = {**row, "raw_prompt": batch["raw_prompt"][0]}
    output = await loop.run({"temperature": 1.0}, **one)
    trained = [token for token, kept in zip(output.response_ids, output.response_mask, strict=True) if kept]
    told = [token for token, kept in zip(output.response_ids, output.response_mask, strict=True) if not kept]
    return {
        "paid": output.reward_score, "facts": output.extra_fields["reward_extra_info"],
        "written": words.decode(trained), "told": words.decode(told), "logs": len(output.response_logprobs or []),
        "length": len(output.response_ids), "second_read": engine.read[-1], "tokens": len(trained),
    }  # fmt: skip


def asynchronous() -> dict[str, object]:
    """Our configuration as verl's entry point composes it; names that verl does not know would be listed."""
    with hydra.initialize_config_dir(str(export()), version_base=None):
        ours = hydra.compose("async", overrides=["actor_rollout_ref.model.path=MODEL"])
    with hydra.initialize_config_dir(str(Path(fully_async_policy.__path__[0]) / "config"), version_base=None):
        theirs = hydra.compose("fully_async_ppo_trainer")
    written = OmegaConf.load(export() / "async.yaml")
    names = {
        name for part, inside in written.items() if part not in ("hydra", "defaults") for name in keys(part, inside)
    }
    rollout = omega_conf_to_dataclass(ours.actor_rollout_ref.rollout)
    return {
        "unknown": sorted(name for name in names if not is_known(theirs, name)),
        "missing": sorted(set(theirs.async_training) - set(ours.async_training)),
        "staleness": ours.async_training.staleness_threshold,
        "rollout": type(rollout).__name__,
        "replies": rollout.n,
        "reward": ours.reward.custom_reward_function.path,
    }


def is_known(theirs: DictConfig, name: str) -> bool:
    """Whether verl has the name, one without a default ("???") too: `in` and `select` take that for absent."""
    part, _, key = name.rpartition(".")
    parent = OmegaConf.select(theirs, part) if part else theirs
    return OmegaConf.is_dict(parent) and key in list(parent)


def keys(name: str, inside: object) -> list[str]:
    if not OmegaConf.is_dict(inside):
        return [name]
    return [key for part, value in inside.items() for key in keys(f"{name}.{part}", value)]


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
    asynchronous=asynchronous(),
    tries={
        name: asyncio.run(tries(meta, order))
        for name, meta, order in (
            ("rl2", MetaSettings(2, "rl2"), ("right", "wrong")),
            ("e_rl2", MetaSettings(2, "e_rl2"), ("right", "wrong")),
            ("discounted", MetaSettings(2, "e_rl2", 0.99), ("wrong", "right")),
        )
    },
)
