"""The row each framework reads, and how to launch it: one entry a framework in `FORMATS`.

Shapes and flags as read from the versions named in each entry; contract tests load them with the framework itself
where it installs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rl_hooks import asynchronous
from rl_hooks.reward import DISCOUNT

Row = Mapping[str, Any]
"""A row of `rl_hooks.rows.ROWS`."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one framework wants its rows."""

    version: str
    """What it was read from and tested with."""
    kind: Literal["parquet", "jsonl"]
    shape: Callable[[Row, str, int], dict[str, Any]]
    """Row, instruction and place to what is written."""
    launch: str
    """Markdown: how to train on it, and its sampler settings."""
    files: Mapping[str, str]
    """Further files: name to content. `{split}` in the launch text and here is the training split."""
    paced: str = ""
    """Markdown: what pays a row's own discount; empty where its hook hears of no lengths or no row."""


def _question(row: Row, instruction: str) -> str:
    return f"{row['problem']}\n\n{instruction}" if instruction else str(row["problem"])


def _chat(row: Row, instruction: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": _question(row, instruction)}]


def _about(row: Row) -> dict[str, Any]:
    """What every export carries along, so that a reward leads back to its problem."""
    paced = (DISCOUNT,) if DISCOUNT in row else ()
    return {name: row[name] for name in ("problem_id", "source", "split", "solve_rate", "band", *paced)}


def _trl(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del place
    return {"prompt": _chat(row, instruction), "answer": row["answer"], **_about(row)}


def _verl(row: Row, instruction: str, place: int) -> dict[str, Any]:
    return {
        "data_source": f"bigmath/{row['source']}",
        "prompt": _chat(row, instruction),
        "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": row["answer"]},
        "extra_info": {"index": place, **_about(row)},
    }


def _openrlhf(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del place
    label = {"answer": row["answer"], **_about(row)}
    # `datasource` reaches its logs only, so the label carries all that the reward needs
    return {
        "input": _chat(row, instruction),
        "label": json.dumps(label, ensure_ascii=False),
        "datasource": f"bigmath/{row['source']}",
    }


def _open_instruct(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del place
    return {
        "messages": _chat(row, instruction),
        "ground_truth": row["answer"],
        "dataset": "bigmath",
        "dataset_source": f"bigmath/{row['source']}",
        **_about(row),
    }


def _verifiers(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del place
    about = _about(row)
    return {"id": about.pop("problem_id"), "prompt": _question(row, instruction), "answer": row["answer"], **about}


def _nemo_rl(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del instruction, place  # it stands in the prompt file
    return {"input": row["problem"], "output": row["answer"], **_about(row)}


def _nemo_gym(row: Row, instruction: str, place: int) -> dict[str, Any]:
    del place
    return {
        "responses_create_params": {"input": _chat(row, instruction)},
        "question": row["problem"],
        "expected_answer": row["answer"],
        **_about(row),
    }


_TRL = """\
    from datasets import load_dataset
    from trl import GRPOConfig, GRPOTrainer
    from rl_hooks.for_trl import make_reward

    rows = load_dataset("parquet", data_files={"train": "train.parquet", "held_out": "held_out.parquet"})
    config = GRPOConfig(output_dir="out", num_generations=8, max_completion_length=4096)
    GRPOTrainer(model=..., args=config, train_dataset=rows["train"], eval_dataset=rows["held_out"],
                reward_funcs=[make_reward(max_tokens=4096, end_tokens=[tokenizer.eos_token_id])]).train()

TRL has no sampler by difficulty: choose bands when exporting (`--band 2 --band 3`, or `--least`, `--most`); with
`--curriculum` the easiest come first.

Generation that does not wait for training: `train_async.py` with `async.yaml`, whose first lines say how."""

_TRL_PACED = "`make_reward()` reads the column `discount`."

_VERL = """\
    python -m verl.trainer.main_ppo algorithm.adv_estimator=grpo actor_rollout_ref.rollout.n=8 \\
        data.train_files=train.parquet data.val_files=held_out.parquet data.return_raw_chat=True \\
        reward.custom_reward_function.path=pkg://rl_hooks.for_verl \\
        reward.custom_reward_function.name=compute_score

Parts: `+reward.custom_reward_function.reward_kwargs.format_weight=0.1`. Groups without variance: the DAPO recipe's
`algorithm.filter_groups.enable=True algorithm.filter_groups.metric=acc`. `unjudged` in the logs counts replies that
were not judged; verl takes no None, so they are paid `reward_kwargs.unjudged` (0).

Generation that does not wait for training: `async.yaml`, whose first lines say how it is launched."""

_VERL_PACED = """\
`compute_score` hears of no length and pays no discount: train by the agent loop, which reads `extra_info.discount`,
`rl_hooks.for_verl_tries` with `MetaSettings(episodes=1)`: `agent_loops(meta)` is its file, `overrides(meta, file)` what
the command line adds."""

_OPENRLHF = """\
    python -m openrlhf.cli.train_ppo_ray --data.prompt_dataset train.jsonl \\
        --data.input_key input --data.label_key label \\
        --data.apply_chat_template \\
        --reward.remote_url "$(python -c 'import rl_hooks.for_openrlhf as m; print(m.__file__)')"

Over HTTP instead: `uvicorn --factory rl_hooks.for_openrlhf:http_app --port 8323` and `--reward.remote_url
http://127.0.0.1:8323/`. Parts: `BIGMATH_REWARD=format_weight=0.1,unjudged=0`. Dynamic filtering reads `scores`:
`--algo.dynamic_filtering_enable --algo.dynamic_filtering_range 0.2 0.8`."""

_OPEN_INSTRUCT = """\
    python -c 'from rl_hooks.for_open_instruct import verifier; verifier(); import runpy; \\
        runpy.run_module("open_instruct.grpo_fast", run_name="__main__")' \\
        --dataset_mixer_list train.jsonl 1.0 --dataset_mixer_list_splits train \\
        --dataset_mixer_eval_list held_out.jsonl 1.0 --dataset_mixer_eval_list_splits train \\
        --ground_truths_key ground_truth --apply_verifiable_reward true

`no_resampling_pass_rate` leaves out problems that are solved by then."""

_VERIFIERS = """\
    pip install .                       # this folder is a package: bigmath-math
    vf-validate bigmath-math            # every reference against itself; vf-eval asks a model

prime-rl takes `prime_rl.toml`, which has its pools by solve rate: hard up to 0.25 (weight 0.2), normal up to 0.75 (1),
easy (0.2). Several tries in one context: `--env.id bigmath-math-tries --env.episodes 4 --env.objective e_rl2`."""

_VERIFIERS_PACED = "The taskset's reward reads each row's `discount`."

_NEMO_RL = """\
    data:
      train: {dataset_name: ResponseDataset, data_path: train.jsonl, input_key: input, output_key: output,
              prompt_file: prompt.txt, processor: math_hf_data_processor, env_name: bigmath}

Register `rl_hooks.for_nemo.environment()` under `bigmath`, or name `env_name: math` for NeMo-RL's own Math-Verify."""

_NEMO_GYM = """\
    uvicorn --factory rl_hooks.for_nemo:gym_app --host 127.0.0.1 --port 8322     # POST /seed_session, /verify
    ng_collect_rollouts +input_jsonl_fpath=train.jsonl ..."""

_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "bigmath-math"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["bigmath", "verifiers>=0.4,<0.5"]

[tool.hatch.build.targets.wheel]
packages = ["bigmath_math", "bigmath_math_tries"]
"""

_TASKSET = '''\
"""Problems of bigmath as a taskset; the rows lie beside this file."""

from collections.abc import Iterable
from pathlib import Path

import verifiers.v1 as vf
from rl_hooks.for_verifiers import BigMathConfig, BigMathTask, load


class BigMathTaskset(vf.Taskset[BigMathTask, BigMathConfig]):
    def load(self) -> Iterable[BigMathTask]:
        return load(Path(__file__).parent, self.config)


__all__ = ["BigMathTaskset"]
'''

_TRIES = '''\
"""Several tries in one context, with `--env.id bigmath-math-tries`."""

from rl_hooks.for_verifiers_tries import Tries

__all__ = ["Tries"]
'''

_PRIME_RL = """\
[[orchestrator.train.source]]
env.taskset.id = "bigmath-math"
env.taskset.split = "train"
ratio = 1.0
group_size = 8

[orchestrator.train.source.curriculum.sampler]
type = "difficulty_pool"   # hard up to 0.25: weight 0.2; normal up to 0.75: 1; easy: 0.2
"""

FORMATS: dict[str, Format] = {
    "trl": Format(
        "1.16.0",
        "parquet",
        _trl,
        _TRL,
        {"async.yaml": asynchronous.TRL, "train_async.py": asynchronous.TRL_SCRIPT},
        _TRL_PACED,
    ),
    "verl": Format("0.9.1", "parquet", _verl, _VERL, {"async.yaml": asynchronous.VERL}, _VERL_PACED),
    "openrlhf": Format("0.11.2", "jsonl", _openrlhf, _OPENRLHF, {}),
    "open-instruct": Format("main, November 2026", "jsonl", _open_instruct, _OPEN_INSTRUCT, {}),
    "verifiers": Format(
        "0.4.0",
        "jsonl",
        _verifiers,
        _VERIFIERS,
        {
            "pyproject.toml": _PYPROJECT,
            "bigmath_math/__init__.py": _TASKSET,
            "prime_rl.toml": _PRIME_RL,
            "bigmath_math_tries/__init__.py": _TRIES,
        },
        _VERIFIERS_PACED,
    ),
    "nemo-rl": Format("main, November 2026", "jsonl", _nemo_rl, _NEMO_RL, {"prompt.txt": "{{}}\n\n{instruction}\n"}),
    "nemo-gym": Format("0.4.0", "jsonl", _nemo_gym, _NEMO_GYM, {}),
}
"""Names that `bigmath export rl --to` takes."""
