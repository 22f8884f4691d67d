"""Models trained by TRL and measured, partitioned by task: `training_rows`, `sft_model`, `rl_model`, `prm_rows`,
`prm_model`, `evaluation_samples`, `evaluation`; and `star_rows` and `star_model`, partitioned by method and round.

`sums` needs nothing but the extra `train` and learns on a CPU in minutes; `strict` reads the published problems and
starts from the model that `model` names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import dagster as dg
import polars as pl
from pydantic import Field

from assets.metadata import OWNERS, beta, declared, describe, image, output_figures, tags
from assets.pipeline import failure
from assets.scoring import GPU
from assets.training import COUNTS_FIT, said_of
from bigmath.bars import lines
from bigmath.errors import BigMathError, SettingError
from bigmath.job import Job, Made, Step, code_fingerprint
from bigmath.outputs import Output, key_of
from bigmath.plots import Plot
from bigmath.progress import LogReporter, current_reporter
from bigmath.runs import LIBRARIES
from bigmath.store import Warehouse
from rl_hooks import model_stages, prm, star_stages
from rl_hooks.collapse import HELD_OUT, signs
from rl_hooks.evaluation import figure_2, table_1
from rl_hooks.model_stages import EvaluationRun, ModelPlan, PrmRun
from rl_hooks.reward import RewardSettings
from rl_hooks.rows import LeakError, refuse_leaks
from rl_hooks.star_stages import METHODS, StarPlan, partition, rounds
from rl_hooks.tasks import TASKS, TaskSettings, published, refuse_shared, statement
from rl_hooks.trl_training import GrpoRun, SftRun

current_say: ContextVar[Callable[[str], None] | None] = ContextVar("current_say", default=None)
"""Hears a line now and then while a model is trained; without it the run's log does."""

ROUNDS = 4
"""Rounds of STaR that have a partition, 0 to 3."""

SHOWN = {
    "training_rows": "Questions with answer, solution and split that models are trained and measured on.",
    "sft_model": "A model fine-tuned by TRL's SFTTrainer: its training curve; the weights lie in models/.",
    "rl_model": "The fine-tuned model trained on by TRL's GRPOTrainer with bigmath's reward: its curve, and collapse.",
    "prm_rows": "Solutions of the fine-tuned model with the right rollouts counted after each step (Eq. 11).",
    "prm_model": "A process reward model trained on the counts: its error on problems left out as it learns.",
    "evaluation_samples": "Replies of both models to held-out problems, with verdict and the PRM's value.",
    "evaluation": "Greedy, pass@k, maj@k and best-of-k with the PRM, by source and level, with intervals.",
    "star_rows": "What a round of STaR or Meta-STaR trains on: solutions of the round before that verified.",
    "star_model": "The model of a round: its training curve with held-out accuracy.",
}

CURVES = {
    "sft_model": ("loss", "mean_token_accuracy", HELD_OUT),
    "star_model": ("loss", HELD_OUT),
    "rl_model": ("reward", "frac_reward_zero_std", "entropy", HELD_OUT),
    "prm_model": ("mae", "mae_of_the_mean"),
}
"""What is plotted of each model's curve; all that was logged is in the table."""


CHECKS = {
    "training_rows": "no_held_out_problem_is_trained_on",
    "star_rows": "no_held_out_round_problem_is_trained_on",
}
"""Each training table and its blocking check."""


class Training(dg.ConfigurableResource):  # type: ignore[type-arg] # the resource is its own value
    """What is trained, from which model, how long."""

    warehouse: str = Field(default="warehouse", description="Folder of the tables; `strict` reads what it published.")
    model: str = Field(default="", description="Folder of a model to start from; empty makes a small one from scratch.")
    count: int = Field(default=8_000, description="Problems: of sums made, of strict at most trained on (0 for all).")
    held_out: int = Field(default=1_600, description="Most held-out problems that are measured on.")
    digits: int = Field(default=3, description="sums: most digits of a number.")
    worked: float = Field(default=0.5, description="sums: share of the solutions that show their work.")
    seed: int = Field(default=0, description="Of rows, weights, orders and samples.")
    sft_steps: int = Field(default=600, description="Steps of fine-tuning; fewer leave GRPO more to learn.")
    sft_batch: int = Field(default=64, description="Rows a step.")
    sft_rate: float = Field(default=2e-3, description="Peak learning rate; 2e-5 is usual for a real model.")
    rl_steps: int = Field(default=100, description="Steps of GRPO.")
    rl_batch: int = Field(default=128, description="Completions a step.")
    group: int = Field(default=8, description="Completions a prompt.")
    rl_rate: float = Field(default=3e-4, description="Peak learning rate; 1e-6 is usual for a real model.")
    beta: float = Field(default=0.0, description="Weight of the KL to the fine-tuned model (Eq. 15).")
    discount: float = Field(default=1.0, description="A right answer pays discount ** tokens (Eq. 21).")
    tokens: int = Field(default=40, description="Most tokens of a reply; 4096 is usual for a real model.")
    vllm: Literal["", "colocate", "server"] = Field(default="", description="Sampling on GPUs: colocate or server.")
    server: str = Field(default="", description="vllm = server: its address.")
    lora: int = Field(default=0, description="Rank of LoRA adapters; 0 trains all weights.")
    samples: int = Field(default=8, description="Sampled replies a held-out problem.")
    prm_problems: int = Field(default=1_500, description="Problems whose solutions are continued for the PRM.")
    prm_rollouts: int = Field(default=8, description="Rollouts a step (K of Eq. 11).")

    @cached_property
    def job(self) -> Job[ModelPlan]:
        """The job of rows, models and measures by task."""
        return self._job(model_stages.STEPS, list(TASKS), self.plan())

    @cached_property
    def star(self) -> Job[StarPlan]:
        """The job of STaR's rounds."""
        # two digits and all work shown: each round is trained anew
        task = replace(self._task(), digits=min(2, self.digits), worked=1.0)
        plan = StarPlan(task=task, sft=self._sft()) if self.model else StarPlan(task=task)
        return self._job(star_stages.STEPS, star_rounds(), plan)

    def plan(self) -> ModelPlan:
        """The settings as the steps read them."""
        return ModelPlan(
            task=self._task(),
            sft=self._sft(),
            rl=GrpoRun(
                steps=self.rl_steps, batch=self.rl_batch, group=self.group, rate=self.rl_rate, beta=self.beta,
                tokens=self.tokens, seed=self.seed, reward=RewardSettings(discount=self.discount), vllm=self.vllm,
                server=self.server, lora=self.lora,
            ),
            prm=PrmRun(problems=self.prm_problems, rollouts=self.prm_rollouts),
            evaluation=EvaluationRun(samples=self.samples, tokens=self.tokens, seed=self.seed),
        )  # fmt: skip

    def _task(self) -> TaskSettings:
        return TaskSettings(self.warehouse, self.count, self.held_out, self.digits, self.worked, self.seed)

    def _sft(self) -> SftRun:
        return SftRun(
            model=self.model or None, steps=self.sft_steps, batch=self.sft_batch, rate=self.sft_rate, seed=self.seed,
            tokens=self.tokens, lora=self.lora,
        )  # fmt: skip

    def _job(self, steps: Mapping[str, Step[Any]], names: Sequence[str], plan: Any) -> Job[Any]:
        code = code_fingerprint(("bigmath", "rl_hooks"), LIBRARIES)
        return Job(Warehouse.open(self.warehouse), steps=steps, sources=names, plan=plan, code=code)


def star_rounds(task: str = "sums") -> list[str]:
    """The rounds that have a partition, each after the one it goes on from."""
    return [partition(task, method, number) for method in METHODS for number in range(ROUNDS)]


def build_models(warehouse: str) -> dg.Definitions:
    """The assets, their blocking checks, and the resource they read."""
    with beta():  # a backfill policy is how the rounds of STaR run one after the other
        by_task = dg.StaticPartitionsDefinition(list(TASKS))
        by_round = dg.StaticPartitionsDefinition(star_rounds())
        assets = [_asset(table, step, by_task) for table, step in model_stages.STEPS.items()]
        assets += [_asset(table, step, by_round) for table, step in star_stages.STEPS.items()]
    checks = [*(_held_out_check(table, name) for table, name in CHECKS.items()), _counts_check(), _error_check()]
    return dg.Definitions(assets=assets, asset_checks=checks, resources={"training": Training(warehouse=warehouse)})


def _asset(table: str, step: Step[Any], partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    trains = table.endswith("_model")
    pool = GPU if trains or table == "evaluation_samples" else None

    @dg.asset(
        name=table,
        deps=[*step.inputs, *(["strict"] if table == "training_rows" else [])],
        group_name="models",
        description=SHOWN[table],
        kinds={"pytorch" if trains else "polars", "parquet", *({"trl"} if trains and table != "prm_model" else ())},
        owners=OWNERS,
        tags=tags("train", needs=pool),
        metadata=declared(step.schema, step.build),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=pool,
    )
    def asset(context: dg.AssetExecutionContext, training: Training) -> None:
        job: Job[Any] = training.star if table in star_stages.STEPS else training.job
        try:
            job.reporter = current_reporter.get() or LogReporter(context.log)
            job.plan = replace(job.plan, say=current_say.get() or context.log.info)
            names = context.partition_keys
            for name in names:
                made = job.make(table, name)
                context.add_asset_metadata(_metadata(job, table, name, made), partition_key=name)
        except BigMathError as error:
            raise failure(error) from error

    return asset


def _metadata(job: Job[Any], table: str, name: str, made: Made) -> dict[str, Any]:
    rows = job.warehouse.scan(made.output).collect()
    return output_figures(job.warehouse, made, _looks(job, table, name, rows) if rows.height else None)


def _looks(job: Job[Any], table: str, name: str, rows: pl.DataFrame) -> Mapping[str, Any]:
    """What a table shows beside its counts."""
    if table in CURVES:
        found = signs(rows)
        more: dict[str, Any] = {"collapse": "; ".join(f"{one.name}: {one.said}" for one in found) or "none seen"}
        for shown in CURVES[table]:
            if (values := rows.filter(name=shown).sort("step")["value"]).len():
                more[f"last {shown}"] = float(values[-1])
        if table == "star_model":
            done = [one for one in star_rounds() if _found(job, "star_model", one)]
            more["rounds"] = dg.MetadataValue.md(describe(rounds(job, done)))
        return more | plotted(*curves(rows, table, name))
    if table == "evaluation":
        return {
            "Table 1": dg.MetadataValue.md(describe(rounded(table_1(rows)))),
            "by level": dg.MetadataValue.md(describe(rounded(by_level(rows)))),
            **plotted(figure_2(rows, f"{name}: the shape of Fig. 2")),
        }
    return {}


def plotted(*drawn: Plot) -> dict[str, Any]:
    """Each plot as an image, under its title."""
    return {one.title: image("plot", lines(one.title, one.x, one.y, one.lines)) for one in drawn}


def curves(rows: pl.DataFrame, table: str, name: str) -> list[Plot]:
    """The plots of a model's `CURVE`: rates of 0 to 1 together, the loss and entropy by themselves."""
    lines = {
        one: list(zip(map(float, found["step"]), found["value"], strict=True))
        for one in CURVES[table]
        if (found := rows.filter(name=one).sort("step")).height
    }
    alone = {one: line for one, line in lines.items() if one in ("loss", "entropy")}
    together = {one: line for one, line in lines.items() if one not in alone}
    return [
        Plot(f"{name}: {table}", "training steps", " and ".join(found), found) for found in (together, alone) if found
    ]


def by_level(rows: pl.DataFrame) -> pl.DataFrame:
    """Greedy accuracy by source and level, a column a model, with the number of problems."""
    greedy = rows.filter(pl.col("metric") == "greedy", pl.col("level").is_not_null())
    return greedy.pivot("model", index=["source", "level", "problems"], values="rate", maintain_order=True)


def rounded(rows: pl.DataFrame) -> pl.DataFrame:
    """Rates to three places, for people."""
    return rows.with_columns(pl.selectors.float().round(3))


def _found(job: Job[Any], table: str, name: str) -> Output | None:
    """The table of a partition, where it has been made with these settings."""
    try:
        return job.warehouse.find(table, name, key_of(job.made_from(table, name)))
    except SettingError:  # `strict` before anything is published
        return None


def _held_out_check(table: str, name: str) -> dg.AssetChecksDefinition:
    """Blocking: no held-out question is trained on; of `strict`, no test or benchmark statement either."""

    @dg.asset_check(
        asset=table,
        name=name,
        description="No row trained on is a held-out one, by id or statement, nor a test or benchmark problem.",
        blocking=True,
    )
    def check(training: Training) -> dg.AssetCheckResult:
        job: Job[Any] = training.star if table in star_stages.STEPS else training.job
        compared, rows = 0, 0
        try:
            for part, found in _made(job, table):
                rows += found.height
                compared += refuse_shared(found)
                if part == "strict":
                    warehouse, version = published(job.plan.task)
                    trained = found.filter(split="train").with_columns(problem=statement())
                    compared += refuse_leaks(warehouse, version, trained)
        except LeakError as error:
            return dg.AssetCheckResult(
                passed=False, severity=dg.AssetCheckSeverity.ERROR, description=str(error), metadata={"rows": rows}
            )
        except BigMathError as error:
            raise failure(error) from error
        return dg.AssetCheckResult(
            passed=True, severity=dg.AssetCheckSeverity.ERROR,
            description=f"holds for all {rows:,}", metadata={"rows": rows, "compared": compared},
        )  # fmt: skip

    return check


def _counts_check() -> dg.AssetChecksDefinition:
    """Blocking: labels are derived from the counts, and only training problems may have any."""

    @dg.asset_check(
        asset="prm_rows",
        name="counts_fit_and_are_of_problems_trained_on",
        description=f"{COUNTS_FIT} Every problem is one of the training rows'.",
        additional_deps=["training_rows"],
        blocking=True,
    )
    def check(training: Training) -> dg.AssetCheckResult:
        checked, broken = 0, list[str]()
        for task, frame in _made(training.job, "prm_rows"):
            rows = prm.from_frame(frame)
            asked = training.job.scan("training_rows", task).filter(split="train").select("problem_id").collect()
            known = set(asked["problem_id"])
            checked += len(rows)
            broken += [*prm.miscounted(rows), *(row.problem_id for row in rows if row.problem_id not in known)]
        return said_of(checked, broken, "counts that cannot be, or not trained on")

    return check


def _error_check() -> dg.AssetChecksDefinition:
    """A warning: a PRM that is no nearer than the mean has learnt nothing."""

    @dg.asset_check(
        asset="prm_model",
        name="the_model_is_nearer_than_the_mean",
        description="On problems left out its mean absolute error is below that of always saying the mean.",
    )
    def check(training: Training) -> dg.AssetCheckResult:
        checked, broken = 0, list[str]()
        for task, curve in _made(training.job, "prm_model"):
            mae, of_mean = (curve.filter(name=name).sort("step")["value"][-1] for name in CURVES["prm_model"])
            checked += 1
            if mae >= of_mean:
                broken.append(task)
        return said_of(checked, broken, "no nearer than the mean", severity=dg.AssetCheckSeverity.WARN)

    return check


def _made(job: Job[Any], table: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Partition and rows of each output that has been made with these settings."""
    for part in job.partitions(table):
        output = _found(job, table, part)
        if output is not None:
            yield part, job.warehouse.scan(output).collect()
