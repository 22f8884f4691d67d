"""Running the model assets in this process, for the command line and the benchmark: those that Dagster's UI shows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import ValidationError

from assets.console import show_note, show_table
from assets.training_models import CURVES, Training, build_models, by_level, current_say, rounded, star_rounds
from bigmath.errors import BigMathError, SettingError
from bigmath.job import Job, steps_for
from bigmath.outputs import Output
from bigmath.progress import Quiet, current_reporter
from rl_hooks import model_stages, star_stages
from rl_hooks.collapse import signs
from rl_hooks.evaluation import table_1
from rl_hooks.star_stages import METHODS, rounds
from rl_hooks.tasks import TASKS

STAGES = {
    "sft": ("sft_model",),
    "rl": ("rl_model",),
    "prm": ("prm_model",),
    "evaluation": ("evaluation",),
    "star": ("star_rows", "star_model"),
    "meta_star": ("star_rows", "star_model"),
}
"""What `bigmath train` takes: name to the tables that are made, with all they are made of."""


def train(stage: str, task: str, warehouse: Path, given: Sequence[str], *, as_json: bool) -> None:
    """Makes a stage of a task and shows its last figures.

    Raises:
        SettingError: no such stage, task or setting.
    """
    if stage not in STAGES:
        raise SettingError(f"nothing called {stage!r} to train; there are: {', '.join(STAGES)}")
    if task not in TASKS:
        raise SettingError(f"no task {task!r}; there are: {', '.join(TASKS)}")
    training = training_of(warehouse, given)
    if stage in METHODS:
        if task != "sums":
            raise SettingError(f"the rounds of {stage} are of the task sums, not {task}")
        names = [name for name in star_rounds() if name.split(".")[1] == stage]
        for name in names:
            materialize(training, name, STAGES[stage], show_note)
        show_table(rounded(rounds(training.star, names)), as_json=as_json)
        return
    made = materialize(training, task, STAGES[stage], show_note)
    rows = training.job.warehouse.scan(made[STAGES[stage][0]]).collect()
    if stage == "evaluation":
        show_table(rounded(table_1(rows)), as_json=as_json)
        show_table(rounded(by_level(rows)), as_json=as_json)
        return
    table = STAGES[stage][0]
    last = rows.sort("step").group_by("name", maintain_order=True).last()
    show_table(rounded(last.filter(last["name"].is_in(CURVES[table])).select("name", "step", "value")), as_json=as_json)
    for one in signs(rows):
        show_note(f"{one.name}: {one.said}")
    if stage == "prm":
        show_note(f"the PRM is in {model_stages.model_folder(training.job, table, task)}")
    else:
        show_note(f"the model is {model_stages.trained(training.job, table, task)}")


def training_of(warehouse: Path, given: Sequence[str]) -> Training:
    """The resource with `NAME=VALUE` settings; `SettingError` lists the names there are."""
    names = [name for name in Training.model_fields if name != "warehouse"]
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if name not in names or not equals:
            raise SettingError(f"no setting {pair!r}; write NAME=VALUE with one of: {', '.join(names)}")
        values[name] = value
    try:
        return Training(warehouse=str(warehouse), **values)
    except ValidationError as error:
        first = error.errors()[0]
        said = str(first["msg"])
        raise SettingError(f"{first['loc'][0]}={first['input']}: {said[0].lower()}{said[1:]}") from error


def materialize(
    training: Training, partition: str, tables: Sequence[str], say: Callable[[str], None]
) -> dict[str, Output]:
    """Materializes the tables of a partition with all that they are made of and their checks; what was made.

    Raises:
        BigMathError: an asset or a blocking check failed; the message is its line.
    """
    is_star = tables[0] in star_stages.STEPS
    steps: Any = star_stages.STEPS if is_star else model_stages.STEPS
    needed = [name for name in steps if any(name in steps_for(table, steps) for table in tables)]
    definitions = build_models(training.warehouse)
    reporting, saying = current_reporter.set(Quiet()), current_say.set(say)
    try:
        result = dg.materialize(
            [*(definitions.assets or []), *(definitions.asset_checks or [])],  # type: ignore[list-item] # ours alone
            selection=dg.AssetSelection.assets(*needed),
            partition_key=partition,
            resources={"training": training},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    finally:
        current_reporter.reset(reporting)
        current_say.reset(saying)
    for check in result.get_asset_check_evaluations():
        if not check.passed and check.severity is dg.AssetCheckSeverity.WARN:
            say(f"{check.check_name}: {check.description}")
    if (failed := _failure(result)) is not None:
        raise failed
    job: Job[Any] = training.star if is_star else training.job
    return {name: job.output(name, partition) for name in needed}


def _failure(result: dg.ExecuteInProcessResult) -> BigMathError | None:
    for check in result.get_asset_check_evaluations():
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
            return BigMathError(f"check {check.check_name}: {check.description}")
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None:
            hint: Any = (data.user_failure_data.metadata or {}).get("hint")
            return BigMathError(
                data.user_failure_data.description or str(event.step_key), hint=str(hint.value) if hint else None
            )
        return BigMathError(f"{event.step_key}: {data.error.to_string() if data.error else 'failed'}")
    return None


def make_sums(
    root: Path, settings: dict[str, Any], tables: tuple[str, ...], say: Callable[[str], None]
) -> dict[str, Output]:
    """The outputs of `sums` in a warehouse at `root`, with the settings given in place of the defaults."""
    return materialize(Training(warehouse=str(root), **settings), "sums", tables, say)
