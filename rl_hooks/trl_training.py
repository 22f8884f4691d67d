"""Fine-tuning and reinforcement learning by TRL's SFTTrainer and GRPOTrainer on `rl_hooks.tasks` rows.

What is added to them: our reward, greedy accuracy on held-out rows measured on the way, checkpoints that a killed run
goes on from, and the curve of everything logged. A run that is taken up ends as one that was never stopped.

    CPU    a small model made from scratch, or a small folder
    GPU    `model` names a folder; `vllm="colocate"` samples with vLLM on the trainer's own GPUs, `"server"` asks
           `trl vllm-serve`; one process: for several GPUs export the rows and launch TRL by accelerate
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import polars as pl

from bigmath.errors import MissingExtraError, SettingError
from rl_hooks import language_model
from rl_hooks.collapse import HELD_OUT, HELD_OUT_ROWS
from rl_hooks.for_trl import make_reward
from rl_hooks.language_model import Scratch, as_text
from rl_hooks.reward import Reward, RewardSettings
from rl_hooks.torch_extra import EXTRA, need_torch

CURVE = pl.Schema({"step": pl.Int64, "name": pl.String, "value": pl.Float64})
"""What a trainer logged: one number a row."""


Say = Callable[[str], None]


@dataclass(frozen=True)
class SftRun:
    """How a model is fine-tuned."""

    model: str | None = None
    """Folder to start from; without it one is made from scratch."""
    size: Scratch = field(default_factory=Scratch)
    steps: int = 300
    batch: int = 64
    rate: float = 2e-3
    """Peak learning rate; 2e-5 is usual for a model that has learnt language."""
    length: int = 2_048
    """Longest row in tokens; the end of a longer one is cut."""
    seed: int = 0
    save_every: int = 100
    """Steps between checkpoints."""
    measure_every: int = 50
    measured: int = 300
    """Held-out rows measured on the way."""
    tokens: int = 64
    """Most tokens of a reply when measuring."""
    lora: int = 0
    """Rank of a LoRA adapter; 0 trains all weights."""


@dataclass(frozen=True)
class GrpoRun:
    """How a model is reinforced."""

    steps: int = 150
    batch: int = 128
    """Completions a step."""
    group: int = 8
    """Completions a prompt."""
    rate: float = 1e-4
    """Peak learning rate; 1e-6 is usual for a model that has learnt language."""
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    """How the rate goes on after its warm-up; one that falls to 0 ends on an average of the last, noisy steps."""
    beta: float = 0.0
    """Weight of the KL to the start model (Eq. 15 of arXiv 2501.04682)."""
    temperature: float = 1.0
    tokens: int = 64
    """Most tokens of a completion."""
    seed: int = 0
    save_every: int = 50
    measure_every: int = 25
    measured: int = 300
    reward: RewardSettings = field(default_factory=RewardSettings)
    """`discount` is Eq. 21."""
    vllm: Literal["", "colocate", "server"] = ""
    server: str = ""
    """`vllm="server"`: its address, http://HOST:PORT."""
    lora: int = 0


def need_trl() -> Any:
    """TRL's module.

    Raises:
        MissingExtraError: it is not installed.
    """
    _, transformers = need_torch()
    import datasets  # noqa: PLC0415 # slow to import

    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    if find_spec("trl") is None:
        raise MissingExtraError("training needs trl", hint=EXTRA)
    import trl

    return trl


def fine_tune(
    rows: pl.DataFrame, run: SftRun, folder: Path, say: Say = lambda line: None, *, more_text: Sequence[str] = ()
) -> pl.DataFrame:
    """Fine-tunes on the rows with a solution, writes the model to `folder`/model, and returns its `CURVE`.

    A model made from scratch gets the characters of the rows and of `more_text`.

    Raises:
        SettingError: no row has a solution, or the start model is none.
        MissingExtraError: TRL is not installed.
    """
    trl = need_trl()
    from datasets import Dataset  # noqa: PLC0415 # slow to import

    train = rows.filter(pl.col("solution").is_not_null(), split="train")
    if not train.height:
        raise SettingError("no row to fine-tune on has a solution")
    if run.model is None:
        tokenizer = language_model.make_tokenizer([*_texts(rows), *more_text])
        model = language_model.make_model(tokenizer, run.size, seed=run.seed)
    else:
        model, tokenizer = language_model.load(Path(run.model))
    chat = bool(tokenizer.chat_template)
    pairs = [
        {
            "prompt": _turns(row["prompt"], "user", chat=chat),
            "completion": _turns(row["solution"], "assistant", chat=chat),
        }
        for row in train.select("prompt", "solution").iter_rows(named=True)
    ]
    config = trl.SFTConfig(
        **_common(folder, run.steps, run.rate, run.seed, run.save_every),
        per_device_train_batch_size=run.batch,
        max_length=run.length,
        lr_scheduler_type="cosine",
        warmup_steps=min(20, run.steps // 10),
        packing=False,
        completion_only_loss=True,
        dataset_num_proc=None,
    )
    trainer = trl.SFTTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(pairs), processing_class=tokenizer,
        peft_config=_lora(run.lora),
    )  # fmt: skip
    return _run(trainer, rows, folder, every=run.measure_every, measured=run.measured, tokens=run.tokens, say=say)


def reinforce(
    rows: pl.DataFrame, start: Path, run: GrpoRun, folder: Path, say: Say = lambda line: None
) -> pl.DataFrame:
    """Trains the model of the folder `start` by GRPO with bigmath's reward; as `fine_tune`.

    Raises:
        SettingError: no row has an answer, the start is no model, the batch does not divide into groups, or a
            vLLM server is asked for without a GPU.
        MissingExtraError: TRL is not installed.
    """
    trl = need_trl()
    from datasets import Dataset  # noqa: PLC0415 # slow to import

    if run.batch % run.group:
        raise SettingError(f"a batch of {run.batch} completions does not divide into groups of {run.group}")
    sampling = _vllm(run)
    train = rows.filter(pl.col("answer").is_not_null(), split="train")
    if not train.height:
        raise SettingError("no row to train on has an answer")
    model, tokenizer = language_model.load(start)
    chat = bool(tokenizer.chat_template)
    asked = [
        {"prompt": _turns(row["prompt"], "user", chat=chat), "answer": row["answer"], "problem_id": row["problem_id"]}
        for row in train.select("prompt", "answer", "problem_id").iter_rows(named=True)
    ]
    config = trl.GRPOConfig(
        **_common(folder, run.steps, run.rate, run.seed, run.save_every),
        per_device_train_batch_size=run.batch,
        num_generations=run.group,
        max_completion_length=run.tokens,
        temperature=run.temperature,
        beta=run.beta,
        lr_scheduler_type=run.schedule,
        warmup_steps=min(10, run.steps // 10),
        **sampling,
    )
    trainer = trl.GRPOTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(asked), processing_class=tokenizer,
        reward_funcs=[make_reward(run.reward, max_tokens=run.tokens, end_tokens=[tokenizer.eos_token_id])],
        peft_config=_lora(run.lora),
    )  # fmt: skip
    return _run(trainer, rows, folder, every=run.measure_every, measured=run.measured, tokens=run.tokens, say=say)


def accuracy(model: Any, tokenizer: Any, rows: pl.DataFrame, *, tokens: int) -> float:
    """Greedy accuracy on the held-out rows given."""
    prompts = [as_text(prompt, tokenizer) for prompt in rows["prompt"]]
    replies = [group[0].text for group in language_model.sample(model, tokenizer, prompts, limit=tokens)]
    scores = Reward()(rows["answer"].to_list(), replies)
    return sum(score.correct == 1.0 for score in scores) / max(1, len(scores))


def _run(
    trainer: Any, rows: pl.DataFrame, folder: Path, *, every: int, measured: int, tokens: int, say: Say
) -> pl.DataFrame:
    """Trains, from the last whole checkpoint where there is one."""
    _, transformers = need_torch()
    trainer.remove_callback(transformers.PrinterCallback)  # `say` tells how far it is
    held = rows.filter(pl.col("answer").is_not_null(), split="held_out").head(measured)
    if held.height:
        trainer.add_callback(_measuring(trainer, held, every=every, tokens=tokens, say=say))
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    trainer.save_model(str(folder / "model"))
    curve = [
        (entry["step"], name, float(value))
        for entry in trainer.state.log_history
        for name, value in entry.items()
        if name not in ("step", "epoch") and isinstance(value, int | float)
    ]
    return pl.DataFrame(curve, schema=CURVE, orient="row")


def _measuring(trainer: Any, held: pl.DataFrame, *, every: int, tokens: int, say: Say) -> Any:
    """The callback that measures greedy accuracy before the first step, every so many steps and after the last."""
    _, transformers = need_torch()

    base: Any = transformers.TrainerCallback

    class Measuring(base):  # type: ignore[misc] # no types without the extra
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 0:
                self._measure(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step % every == 0 or state.global_step == state.max_steps:
                self._measure(state)

        def _measure(self, state: Any) -> None:
            model = trainer.accelerator.unwrap_model(trainer.model)
            found = accuracy(model, trainer.processing_class, held, tokens=tokens)
            # by the state and not by trainer.log, which would flush what the step has yet to log
            state.log_history.append({"step": state.global_step, HELD_OUT: found, HELD_OUT_ROWS: held.height})
            say(f"step {state.global_step} of {state.max_steps}: {found:.3f} of {held.height} held-out rows right")

    return Measuring()


def last_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint below a folder; one that a kill cut off is deleted."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    while found and not (found[-1] / "trainer_state.json").is_file():  # written last
        shutil.rmtree(found.pop())
    return str(found[-1]) if found else None


def _common(folder: Path, steps: int, rate: float, seed: int, save_every: int) -> dict[str, Any]:
    torch, _ = need_torch()
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "learning_rate": rate,
        "seed": seed,
        "save_steps": save_every,
        "save_total_limit": 2,
        "logging_steps": min(10, max(1, steps // 10)),
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": torch.cuda.is_available(),
        "gradient_checkpointing": torch.cuda.is_available(),
        "dataloader_num_workers": 0,
    }


def _vllm(run: GrpoRun) -> dict[str, Any]:
    if not run.vllm:
        return {}
    if run.vllm == "server":
        if not need_torch()[0].cuda.is_available():
            raise SettingError(
                "vllm=server: TRL sends the weights over NCCL, which needs a CUDA device, and there is none",
                hint="leave vllm empty: the trainer samples by itself",
            )
        return {"use_vllm": True, "vllm_mode": "server", "vllm_server_base_url": run.server or "http://127.0.0.1:8000"}
    return {"use_vllm": True, "vllm_mode": "colocate", "vllm_gpu_memory_utilization": 0.3}


def _lora(rank: int) -> Any:
    if not rank:
        return None
    if find_spec("peft") is None:
        raise MissingExtraError("a LoRA adapter needs peft", hint=EXTRA)
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")


def _turns(text: str, role: str, *, chat: bool) -> Any:
    return [{"role": role, "content": text}] if chat else text


def _texts(rows: pl.DataFrame) -> Sequence[str]:
    """All that the tokenizer must be able to say."""
    return [text for name in ("prompt", "solution", "answer") for text in rows[name].drop_nulls()]
