"""The graph from puzzles to training sets: one step a table, by puzzle, over the same warehouse and jobs as the main
job.

    traces -> sft, sft_rejected
           -> prm -> prm_evaluation (trains the model; needs the extra `train`)

Problems are held out by a hash of their id: they give no training row, and the PRM is measured on them.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from bigmath.job import Job, Step
from bigmath.outputs import key_of
from bigmath.search.journal import Journal
from bigmath.search.protocol import Question
from bigmath.search.run import Setup, run_searches
from bigmath.search.trace import TRACES, Trace, from_frame, to_frame
from rl_hooks import prm
from rl_hooks.prm_files import save_prm
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.prm_train import TrainSettings, counted, mean_absolute_error, train_prm
from rl_hooks.sft import MAKERS, SftSettings
from rl_hooks.sft_tables import SFT, SFT_REJECTED, rejected_frame, text_frame
from rl_hooks.tokenizer import words

PRM_EVALUATION = pl.Schema(
    {
        "step": pl.Int64,
        "mae": pl.Float64,
        "mae_of_the_mean": pl.Float64,
        "trained_on": pl.Int64,
        "measured_on": pl.Int64,
    }
)
"""The PRM's mean absolute error on held-out problems while it is trained, beside that of always saying the mean."""


@dataclass(frozen=True)
class SearchPlan:
    """What one run is asked to do."""

    questions: Callable[[str], Sequence[Question]]
    """The questions of a puzzle."""
    setup: Callable[[str], Setup]
    """How a puzzle is searched."""
    about: Mapping[str, Any]
    """The settings behind both, as JSON data."""
    seed: int = 0
    held_out: float = 0.2
    """Share of the problems kept for evaluation."""
    model: ModelSettings = field(default_factory=lambda: ModelSettings(hidden=64, layers=2, length=64, reads="state"))
    steps: int = 200
    """Training steps of the PRM."""


def is_held_out(problem_id: str, share: float) -> bool:
    """Whether a problem is kept for evaluation: by its id alone, so the same in every run and table."""
    bits = int.from_bytes(hashlib.sha256(f"evaluation/{problem_id}".encode()).digest()[:6])
    return bits < share * 2**48


def _traces(job: Job[SearchPlan], puzzle: str) -> Iterator[pl.DataFrame]:
    plan = job.plan
    key = key_of(job.made_from("traces", puzzle))
    with Journal(job.warehouse.root / "journals" / f"traces-{puzzle}-{key}.jsonl") as journal:
        found = run_searches(plan.questions(puzzle), plan.setup(puzzle), seed=plan.seed, journal=journal)
        yield to_frame(list(found))
    journal.path.unlink(missing_ok=True)


def _sft(job: Job[SearchPlan], puzzle: str) -> Iterator[pl.DataFrame]:
    for made in _made_sets(job, puzzle):
        yield text_frame(made.rows)


def _sft_rejected(job: Job[SearchPlan], puzzle: str) -> Iterator[pl.DataFrame]:
    for made in _made_sets(job, puzzle):
        yield rejected_frame(made.rejected)


def _made_sets(job: Job[SearchPlan], puzzle: str) -> Iterator[Any]:
    traces = _read(job, puzzle)
    held_out = frozenset(one.problem_id for one in traces if is_held_out(one.problem_id, job.plan.held_out))
    settings = SftSettings(seed=job.plan.seed, held_out=held_out)
    for maker in MAKERS.values():
        yield maker(traces, settings)


def _prm(job: Job[SearchPlan], puzzle: str) -> Iterator[pl.DataFrame]:
    yield prm.to_frame(prm.rows_of_traces(_read(job, puzzle)))


def _prm_evaluation(job: Job[SearchPlan], puzzle: str) -> Iterator[pl.DataFrame]:
    rows = [row for frame in job.frames("prm", puzzle) for row in prm.from_frame(frame)]
    test = [row for row in rows if is_held_out(row.problem_id, job.plan.held_out)]
    train = [row for row in rows if not is_held_out(row.problem_id, job.plan.held_out)]
    if not train or not test:
        yield pl.DataFrame(schema=PRM_EVALUATION)
        return
    mean = fmean(value for row in train for value in counted(row))
    of_mean = fmean(abs(value - mean) for row in test for value in counted(row))
    found: list[tuple[int, float, float, int, int]] = []

    def measured(step: int, model: Prm) -> None:
        found.append((step, mean_absolute_error(model, test, counted), of_mean, len(train), len(test)))

    tokenizer = words([*(state for row in train for state in row.states), "\n"])
    settings = TrainSettings(job.plan.model, steps=job.plan.steps, seed=job.plan.seed, checkpoint_every=50)
    folder = model_folder(job, puzzle)
    save_prm(train_prm(train, tokenizer, settings, folder=folder, at_step=measured), folder)
    yield pl.DataFrame(found, schema=PRM_EVALUATION, orient="row")


def model_folder(job: Job[SearchPlan], puzzle: str) -> Path:
    """Where the PRM of a puzzle (`--prm` of `bigmath search`) and its checkpoint lie."""
    return job.warehouse.root / "models" / f"prm-{puzzle}-{key_of(job.made_from('prm_evaluation', puzzle))}"


def _read(job: Job[SearchPlan], puzzle: str) -> list[Trace]:
    return [trace for frame in job.frames("traces", puzzle) for trace in from_frame(frame)]


def _settings(job: Job[SearchPlan], puzzle: str) -> Any:
    return {"about": dict(job.plan.about), "search": dict(job.plan.setup(puzzle).settings()), "seed": job.plan.seed}


def _held_out(job: Job[SearchPlan], puzzle: str) -> Any:
    return {"held_out": job.plan.held_out, "seed": job.plan.seed}


def _training(job: Job[SearchPlan], puzzle: str) -> Any:
    return {**_held_out(job, puzzle), "model": asdict(job.plan.model), "steps": job.plan.steps}


STEPS: dict[str, Step[SearchPlan]] = {
    "traces": Step((), TRACES, _traces, settings=_settings),
    "sft": Step(("traces",), SFT, _sft, settings=_held_out),
    "sft_rejected": Step(("traces",), SFT_REJECTED, _sft_rejected, settings=_held_out),
    "prm": Step(("traces",), prm.PRM, _prm),
    "prm_evaluation": Step(("prm",), PRM_EVALUATION, _prm_evaluation, settings=_training),
}
