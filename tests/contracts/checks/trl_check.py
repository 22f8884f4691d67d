"""TRL: its GRPOTrainer reads our Parquet, trains two steps with our reward, pays each kind of reply, plays several
tries as text and as tool calls, and its own parser takes our configuration of asynchronous training.
"""

import pickle
import tempfile
from copy import copy
from pathlib import Path

import trl
from datasets import load_dataset
from shared import export, replies, report, tokenizer
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import get_json_schema
from trl import GRPOConfig, GRPOTrainer, TrlParser
from trl.experimental.async_grpo import AsyncGRPOConfig

from rl_hooks.episodes import MetaSettings
from rl_hooks.for_trl import make_environment, make_reward, make_rollout, trainer_settings

rows = load_dataset("parquet", data_files={name: str(export() / f"{name}.parquet") for name in ("train", "held_out")})
words = tokenizer()
model = LlamaForCausalLM(
    LlamaConfig(vocab_size=len(words), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
)
with tempfile.TemporaryDirectory() as folder:
    options = {
        "output_dir": folder, "num_generations": 2, "per_device_train_batch_size": 2, "max_completion_length": 8,
        "max_steps": 2, "logging_steps": 1, "report_to": [], "use_cpu": True, "save_strategy": "no",
    }  # fmt: skip
    config = GRPOConfig(**options)
    trainer = GRPOTrainer(
        model=model, args=config, train_dataset=rows["train"], eval_dataset=rows["held_out"], processing_class=words,
        reward_funcs=[make_reward(max_tokens=8, end_tokens=[words.eos_token_id])],
    )  # fmt: skip
    trainer.train()
    logged = {key for entry in trainer.state.log_history for key in entry}
    row = dict(rows["train"][0])
    kinds = replies(row["answer"])
    completions = [[{"role": "assistant", "content": reply}] for reply in kinds.values()]
    ids = [[1, words.eos_token_id]] * len(kinds)
    rewards = trainer._calculate_rewards([row] * len(kinds), [row["prompt"]] * len(kinds), completions, ids)
    broken = trainer._calculate_rewards([{**row, "answer": ""}], [row["prompt"]], completions[:1], ids[:1])
    words.chat_template = (Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja").read_text()
    with_tries = GRPOTrainer(
        model=model, args=copy(config), train_dataset=rows["train"],
        processing_class=words, environment_factory=make_environment(2, "e_rl2"),
    )  # fmt: skip
    with_tries.train()
    tries = {key for entry in with_tries.state.log_history for key in entry}
    meta = MetaSettings(2, "rl2", discount=0.99, beta=0.01)
    rollout, context_reward = make_rollout(rows["train"], meta)
    model.save_pretrained(folder)  # the reference of the KL is loaded from where the model came from
    as_text = GRPOTrainer(
        model=folder, train_dataset=rows["train"], processing_class=words, rollout_func=rollout,
        args=GRPOConfig(**options, **trainer_settings(meta)),
        reward_funcs=[context_reward],
    )  # fmt: skip
    as_text.train()
    of_text = {key for entry in as_text.state.log_history for key in entry}
    replies_given = iter([[words(kinds["wrong"]).input_ids], [words(kinds["right"]).input_ids]])
    as_text._generate_single_turn = lambda *asked: (next(replies_given), None)
    played = rollout([row["prompt"]], as_text)
    told = [one for one, kept in zip(played["completion_ids"][0], played["env_mask"][0], strict=True) if not kept]
    cut = trainer._calculate_rewards([row], [row["prompt"]], completions[:1], [[1] * 8])
(asynchronous,) = TrlParser((AsyncGRPOConfig,)).parse_args_and_config(
    ["--config", str(export() / "async.yaml"), "--use_cpu", "True"]
)
report(
    rows=len(rows["train"]),
    rewards=dict(zip(kinds, rewards[:, 0].tolist(), strict=True)),
    truncated=cut[0, 0].item(),
    broken_gold=broken[0, 0].item(),
    text_tries={
        "logged": sorted(key for key in of_text if key.startswith("reward/episode") or key == "kl"),
        "paid": played["context_reward"][0],
        "tokens": sum(played["env_mask"][0]),
        "told": words.decode(told),
    },
    asynchronous={"staleness": asynchronous.max_staleness, "group": asynchronous.num_generations},
    sent=pickle.loads(pickle.dumps(make_reward()))(["q"], ["\\boxed{4}"], answer=["4"]),
    tries_rewarded=any(key.startswith("rewards/Attempts") for key in tries),
    tools=[tool["function"]["name"] for tool in map(get_json_schema, [make_environment(2)().submit])],
    parts_logged=sorted(key for key in logged if key.startswith("reward/")),
)
