"""The graph from rows to trained and measured models: one step a table, by task, over the same jobs as all else.

    training_rows -> sft_model -> prm_rows -> prm_model -> evaluation_samples -> evaluation
                               -> rl_model  ------------->

A model's table is its training curve; its weights and checkpoints lie in `models/` of the warehouse, in a folder named
by the same key, so a killed run goes on from its last checkpoint. All but the first need the extra `train`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from bigmath.errors import StoreError
from bigmath.job import Job, Step
from bigmath.outputs import key_of
from rl_hooks import prm
from rl_hooks.evaluation import EVALUATION, SAMPLES, Values, evaluate, sample_rows
from rl_hooks.prm_files import save_prm
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.prm_train import TrainSettings, counted, mean_absolute_error, train_prm
from rl_hooks.step_rollouts import count_rollouts, values_by
from rl_hooks.tasks import TRAINING_ROWS, TaskSettings, published, refuse_shared, rows_of
from rl_hooks.tokenizer import Tokenizer, characters, tokenizer_named
from rl_hooks.trl_training import CURVE, GrpoRun, Say, SftRun, fine_tune, reinforce


@dataclass(frozen=True)
class PrmRun:
    """How the process reward model of a task is made."""

    problems: int = 1_500
    """Training problems whose solutions are continued; the 500, 3,000 and 7,086 of section 5.2 are for larger runs."""
    rollouts: int = 8
    """K of Eq. 11; the paper has 16."""
    train: TrainSettings = field(
        default_factory=lambda: TrainSettings(ModelSettings(hidden=64, layers=2, length=96), steps=600, rate=1e-3)
    )
    from_policy: bool = True
    """Starts from the fine-tuned model, which knows the task, where `train` names no other; False: from scratch."""
    measured: int = 100
    """Training problems left out to measure the error of the values on."""


@dataclass(frozen=True)
class EvaluationRun:
    """How models are measured."""

    samples: int = 8
    """Sampled replies a problem: the largest k of pass@k, maj@k and best-of-k."""
    temperature: float = 1.0
    tokens: int = 64
    seed: int = 0


@dataclass(frozen=True)
class ModelPlan:
    """What one run is asked to do."""

    task: TaskSettings = field(default_factory=TaskSettings)
    sft: SftRun = field(default_factory=SftRun)
    rl: GrpoRun = field(default_factory=GrpoRun)
    prm: PrmRun = field(default_factory=PrmRun)
    evaluation: EvaluationRun = field(default_factory=EvaluationRun)
    say: Say = lambda line: None
    """Hears how far a model is; no part of any key."""


def model_folder(job: Job[Any], table: str, task: str) -> Path:
    """Where the weights and checkpoints of a step's model lie."""
    return job.warehouse.root / "models" / f"{table}-{task}-{key_of(job.made_from(table, task))}"


def trained(job: Job[Any], table: str, task: str) -> Path:
    """The folder of a finished model, as transformers loads it.

    Raises:
        StoreError: it was deleted after its table was written.
    """
    folder = model_folder(job, table, task) / "model"
    if not (folder / "config.json").is_file():
        raise StoreError(f"{folder} is gone", hint=f"delete {table} of {task} from the warehouse and make it again")
    return folder


def _training_rows(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    rows = rows_of(task, job.plan.task)
    refuse_shared(rows)
    yield rows


def _sft_model(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    yield fine_tune(_rows(job, task), job.plan.sft, model_folder(job, "sft_model", task), job.plan.say)


def _rl_model(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    start = trained(job, "sft_model", task)
    yield reinforce(_rows(job, task), start, job.plan.rl, model_folder(job, "rl_model", task), job.plan.say)


def _prm_rows(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    asked, how = job.plan.prm, job.plan.evaluation
    rows = _rows(job, task).filter(pl.col("answer").is_not_null(), split="train").head(asked.problems)
    found = count_rollouts(
        trained(job, "sft_model", task), rows,
        rollouts=asked.rollouts, temperature=how.temperature, tokens=how.tokens, seed=how.seed,
    )  # fmt: skip
    yield prm.to_frame(found)


def _prm_model(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    train, test = _divided(job, task)
    mean = fmean(value for row in train for value in counted(row))
    of_mean = fmean(abs(value - mean) for row in test for value in counted(row))
    found: list[tuple[int, str, float]] = []

    def measured(step: int, model: Prm) -> None:
        found.append((step, "mae", mean_absolute_error(model, test, counted)))
        found.append((step, "mae_of_the_mean", of_mean))

    save_prm(_prm(job, task, train, measured), model_folder(job, "prm_model", task))
    yield pl.DataFrame(found, schema=CURVE, orient="row")


def _evaluation_samples(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    asked = job.plan.evaluation
    rows = _rows(job, task).filter(pl.col("answer").is_not_null(), split="held_out")
    value = _value(job, task)
    for name in ("sft_model", "rl_model"):
        yield sample_rows(
            name, trained(job, name, task), rows, n=asked.samples, temperature=asked.temperature,
            tokens=asked.tokens, seed=asked.seed, values=value,
        )  # fmt: skip


def _evaluation(job: Job[ModelPlan], task: str) -> Iterator[pl.DataFrame]:
    yield evaluate(pl.concat(list(job.frames("evaluation_samples", task))))


def _value(job: Job[ModelPlan], task: str) -> Values:
    model = _prm(job, task, _divided(job, task)[0])
    return lambda pairs: values_by(model, list(pairs))


def _prm(job: Job[ModelPlan], task: str, train: list[prm.PrmRow], at_step: Any = None) -> Prm:
    """The PRM of a task: trained, or read from the checkpoint that its training left."""
    settings = job.plan.prm.train
    if job.plan.prm.from_policy and settings.model.base is None:
        policy = str(trained(job, "sft_model", task))
        settings = replace(settings, model=replace(settings.model, base=policy))
    base = settings.model.base
    tokenizer: Tokenizer
    if base is not None:
        tokenizer = tokenizer_named(base)
    else:
        # replies are sampled from the same characters, so none is missing
        rows = _rows(job, task)
        texts = [text for name in ("prompt", "solution", "answer") for text in rows[name].drop_nulls()]
        tokenizer = characters(
            "".join(sorted({*"\n |\\boxed{}", *settings.model.yes, *settings.model.no, *"".join(texts)}))
        )
    return train_prm(
        train, tokenizer, settings, folder=model_folder(job, "prm_model", task), at_step=at_step, say=job.plan.say
    )


def _divided(job: Job[ModelPlan], task: str) -> tuple[list[prm.PrmRow], list[prm.PrmRow]]:
    """(trained on, measured on): different problems."""
    rows = [row for frame in job.frames("prm_rows", task) for row in prm.from_frame(frame)]
    out = min(job.plan.prm.measured, len(rows) // 4)
    return rows[out:], rows[:out]


def _rows(job: Job[ModelPlan], task: str) -> pl.DataFrame:
    return job.scan("training_rows", task).collect()


def _row_settings(job: Job[ModelPlan], task: str) -> Any:
    asked = asdict(job.plan.task)
    if task != "strict":
        return {name: asked[name] for name in ("count", "held_out", "digits", "worked", "seed")}
    _, version = published(job.plan.task)
    return {**asked, "warehouse": version.number}


def _of(*names: str) -> Any:
    """The plan's parts named, as settings of a step."""

    def settings(job: Job[ModelPlan], task: str) -> Mapping[str, Any]:
        return {name: asdict(getattr(job.plan, name)) for name in names}

    return settings


def _counting(job: Job[ModelPlan], task: str) -> Mapping[str, Any]:
    asked = job.plan.prm
    return {"problems": asked.problems, "rollouts": asked.rollouts, "sampling": asdict(job.plan.evaluation)}


STEPS: dict[str, Step[ModelPlan]] = {
    "training_rows": Step((), TRAINING_ROWS, _training_rows, settings=_row_settings),
    "sft_model": Step(("training_rows",), CURVE, _sft_model, settings=_of("sft")),
    "rl_model": Step(("training_rows", "sft_model"), CURVE, _rl_model, settings=_of("rl")),
    "prm_rows": Step(("training_rows", "sft_model"), prm.PRM, _prm_rows, settings=_counting),
    "prm_model": Step(("training_rows", "sft_model", "prm_rows"), CURVE, _prm_model, settings=_of("prm")),
    "evaluation_samples": Step(
        ("training_rows", "sft_model", "rl_model", "prm_model", "prm_rows"),
        SAMPLES,
        _evaluation_samples,
        settings=_of("evaluation", "prm"),
    ),
    "evaluation": Step(("evaluation_samples",), EVALUATION, _evaluation),
}
