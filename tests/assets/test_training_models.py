"""The model assets without a model: rows of the curated problems, their way back to the source, what blocks them."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import rl_hooks.model_stages
from assets.model_runs import materialize, train, training_of
from assets.training_models import Training, curves, star_rounds
from bigmath.catalog import connect
from bigmath.errors import BigMathError, SettingError
from bigmath.store import Warehouse
from rl_hooks.prm import PRM, PrmRow
from rl_hooks.trl_training import CURVE

DOCS = (Path(__file__).parents[2] / "docs" / "training.md").read_text()


@pytest.fixture(name="training")
def _training(finished: Path, tmp_path: Path) -> Training:
    root = tmp_path / "warehouse"
    shutil.copytree(finished, root)
    return Training(warehouse=str(root), count=30, held_out=8)


def _silent(_: str) -> None:
    return None


def test_one_query_leads_from_a_training_row_to_its_source_and_every_decision(training: Training) -> None:
    made = materialize(training, "strict", ["training_rows"], _silent)
    rows = training.job.warehouse.scan(made["training_rows"]).collect()
    (query,) = re.findall(r"^ {4}(select t\..*?);$", DOCS, re.MULTILINE | re.DOTALL)
    with connect(Warehouse.open(training.warehouse)) as connection:
        found = connection.execute(query).pl()
        filters = connection.execute("select count(distinct filter) from decisions").fetchone()
    assert set(found["problem_id"]) == set(rows["problem_id"])
    assert filters is not None
    assert found.height == rows.height * filters[0]
    assert found.select("repository", "revision", "row").null_count().sum_horizontal().item() == 0


def test_a_held_out_problem_in_a_training_table_stops_the_run(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(task: str, settings: object) -> pl.DataFrame:
        rows = real(task, settings)  # type: ignore[arg-type] # as it came
        held = rows.filter(split="held_out").head(1).with_columns(split=pl.lit("train"), problem_id=pl.lit("other"))
        return pl.concat([rows, held])

    real = rl_hooks.model_stages.rows_of
    monkeypatch.setattr(rl_hooks.model_stages, "rows_of", leaking)
    monkeypatch.setattr(rl_hooks.model_stages, "refuse_shared", lambda rows: 0)
    with pytest.raises(BigMathError, match=r"check no_held_out_problem_is_trained_on: 1 of .* held out, such as other"):
        materialize(training, "sums", ["training_rows"], _silent)


def test_a_benchmark_problem_among_the_rows_of_strict_stops_the_run(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse.open(training.warehouse)
    version = warehouse.current()
    assert version is not None
    text = warehouse.scan(*version.tables["benchmarks"]).select("problem").first().collect()["problem"][0]

    def leaking(task: str, settings: object) -> pl.DataFrame:
        rows = real(task, settings)  # type: ignore[arg-type] # as it came
        planted = rows.filter(split="train").head(1).with_columns(prompt=pl.lit(f"{text} "), problem_id=pl.lit("other"))
        return pl.concat([rows, planted])

    real = rl_hooks.model_stages.rows_of
    monkeypatch.setattr(rl_hooks.model_stages, "rows_of", leaking)
    with pytest.raises(BigMathError, match=r"rows are of the test split or a benchmark, such as other"):
        materialize(training, "strict", ["training_rows"], _silent)


def test_counts_that_cannot_be_or_of_a_held_out_problem_stop_the_run(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(folder: Path, rows: pl.DataFrame, **_: object) -> list[PrmRow]:
        about = {"question": "1+1", "steps": ("2",), "states": ("", ""), "n": (4, 4), "verdict": "CORRECT"}
        first, second = rows["problem_id"][:2]
        return [
            PrmRow(problem_id=first, c=(2, 4), **about),  # type: ignore[arg-type] # of several types
            PrmRow(problem_id=second, c=(5, 4), **about),  # type: ignore[arg-type]
            PrmRow(problem_id="held out", c=(2, 4), **about),  # type: ignore[arg-type]
        ]

    curve = pl.DataFrame([(1, "loss", 0.5)], schema=CURVE, orient="row")
    monkeypatch.setattr(rl_hooks.model_stages, "fine_tune", lambda *_: curve)
    monkeypatch.setattr(rl_hooks.model_stages, "trained", lambda *_: Path("model"))
    monkeypatch.setattr(rl_hooks.model_stages, "count_rollouts", counted)
    with pytest.raises(BigMathError, match=r"counts_fit_and_are_of_problems_trained_on: .*: sums:\d+\+\d+, held out$"):
        materialize(training, "sums", ["prm_rows"], _silent)


def test_a_prm_no_nearer_than_the_mean_is_a_warning(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = pl.DataFrame([(1, "mae", 0.3), (1, "mae_of_the_mean", 0.2)], schema=CURVE, orient="row")
    for name in ("sft_model", "prm_rows", "prm_model"):
        step = rl_hooks.model_stages.STEPS[name]
        made = pl.DataFrame(schema=PRM) if name == "prm_rows" else curve
        monkeypatch.setitem(
            rl_hooks.model_stages.STEPS, name, replace(step, build=lambda job, task, made=made: iter([made]))
        )
    said: list[str] = []
    materialize(training, "sums", ["prm_model"], said.append)
    assert said == ["the_model_is_nearer_than_the_mean: no nearer than the mean: sums"]


@pytest.mark.parametrize(
    ("stage", "task", "given", "said"),
    [
        ("ppo", "sums", [], "there are: sft, rl, prm, evaluation, star, meta_star"),
        ("sft", "addition", [], "there are: sums, strict"),
        ("star", "strict", [], "of the task sums, not strict"),
        ("sft", "sums", ["steps=3"], "write NAME=VALUE with one of: model, count"),
        ("sft", "sums", ["sft_steps=many"], "sft_steps=many: "),
        ("sft", "sums", ["vllm=ray"], "vllm=ray: "),
    ],
)
def test_a_wrong_name_is_answered_with_those_there_are(
    stage: str, task: str, given: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        train(stage, task, tmp_path, given, as_json=False)


def test_settings_reach_the_plan(tmp_path: Path) -> None:
    plan = training_of(tmp_path, ["discount=0.99", "beta=0.02", "group=4", "model=m", "vllm=colocate"]).plan()
    assert (plan.rl.reward.discount, plan.rl.beta, plan.rl.group, plan.rl.vllm) == (0.99, 0.02, 4, "colocate")
    assert plan.sft.model == "m"


def test_rounds_come_after_those_they_go_on_from() -> None:
    assert star_rounds()[:3] == ["sums.star.0", "sums.star.1", "sums.star.2"]
    assert star_rounds()[4] == "sums.meta_star.0"


def test_a_curve_is_drawn_with_shares_apart_from_the_loss() -> None:
    rows = [(step, name, 0.5) for name in ("loss", "held_out/accuracy") for step in (0, 10)]
    first, second = curves(pl.DataFrame(rows, schema=CURVE, orient="row"), "sft_model", "sums")
    assert set(first.lines) == {"held_out/accuracy"}
    assert set(second.lines) == {"loss"}
