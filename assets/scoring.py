"""`rollouts` and `difficulty`: the assets that need a model, partitioned by blocks of problems so that an expensive one
goes on in the middle. They stand apart from the main job, which `bigmath run` makes without any model.

A block that is finished is found finished; one that was cut off goes on with the requests it lacks. Each run publishes
its blocks beside those that are published.
"""

import os
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from assets.metadata import OWNERS, beta, declared, describe, figures, image, output_figures, tags
from assets.pipeline import failure
from assets.resources import Curation
from assets.score_plan import Asking, scoring_of
from bigmath.bars import bars, lines
from bigmath.catalog import build_catalog
from bigmath.errors import BigMathError
from bigmath.job import Made
from bigmath.scoring.budget import Budget, Progress, Report
from bigmath.scoring.engine import settings_from
from bigmath.scoring.figure import by_level
from bigmath.scoring.sampling import Sampled
from bigmath.scoring.score import Scoring
from bigmath.scoring.tables import DIFFICULTY, ROLLOUTS
from bigmath.store import Warehouse

LOG_SECONDS = 5.0

GPU = "gpu"
"""The pool of what needs a GPU to itself; `dagster.yaml` limits it."""


class Scorer(dg.ConfigurableResource):  # type: ignore[type-arg] # the resource is its own value
    """Which model is asked, how, how often, and what it may cost."""

    model: str = Field(default="embedded", description="A Hub id, a local folder, or `embedded`.")
    table: str = Field(default="strict", description="Problems to score: strict, base or problems.")
    where: str = Field(default="", description="Only problems for which this holds, in SQL; empty for all.")
    limit: int = Field(default=0, description="Only so many problems, spread over all sources; 0 for all.")
    n: int = Field(default=4, description="Rollouts of each problem; adaptive: as good as so many of each.")
    adaptive: str = Field(
        default="", description="`rate` or `band` to sample where it tells most; empty for n of each."
    )
    max_tokens: int = Field(default=1024, description="Most tokens of a reply.")
    temperature: float = Field(default=1.0, description="Sampling temperature.")
    endpoint: str = Field(default="", description="Address of an OpenAI-compatible server; empty for vLLM in process.")
    tensor_parallel: int = Field(default=1, description="GPUs that one replica is divided over.")
    replicas: int = Field(default=1, description="Copies of the model, on Ray.")
    budget_tokens: int = Field(default=0, description="Hard cap on the tokens one run generates; 0 for none.")

    def scoring(self, warehouse: Warehouse, blocks: int) -> Scoring:
        """The scoring of this configuration."""
        settings = settings_from(max_tokens=self.max_tokens, temperature=self.temperature)
        asking = Asking(
            self.model, n=self.n, goal=self.adaptive or None, endpoint=self.endpoint or None, settings=settings,
            tensor_parallel=self.tensor_parallel, replicas=self.replicas,
        )  # fmt: skip
        return scoring_of(
            warehouse, self.table, asking, limit=self.limit or None, where=self.where or None, blocks=blocks
        )

    @cached_property
    def budget(self) -> Budget:
        return Budget(tokens=self.budget_tokens or None)


def build_scoring(blocks: int) -> dg.Definitions:
    """The assets over this many blocks, and the resource they read."""
    partitions = dg.StaticPartitionsDefinition([block_name(number, blocks) for number in range(blocks)])
    with beta():  # a backfill policy is how many blocks share one loaded model
        assets = _scored(partitions, blocks)
    return dg.Definitions(
        assets=[assets], resources={"scorer": Scorer(model=os.environ.get("BIGMATH_MODEL", "embedded"))}
    )


def block_name(number: int, blocks: int) -> str:
    return f"{number:03}-of-{blocks:03}"


def _scored(partitions: dg.PartitionsDefinition[str], blocks: int) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="scored",
        specs=[
            dg.AssetSpec(
                "rollouts",
                deps=["strict"],
                group_name="scored",
                description="Sampled solutions of a model with raw text, verdict and extracted answer.",
                kinds={"vllm", "parquet"},
                owners=OWNERS,
                tags=tags("score", needs=GPU),
                metadata=declared(ROLLOUTS, Scoring.make),
            ),
            dg.AssetSpec(
                "difficulty",
                deps=["rollouts"],
                group_name="scored",
                description="Solve rate with interval, pass@k, maj@k, agreement and tokens of each problem.",
                kinds={"polars", "parquet"},
                owners=OWNERS,
                tags=tags("score", needs=GPU),
                metadata=declared(DIFFICULTY, Scoring.make),
            ),
        ],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=GPU,
        can_subset=False,
    )
    def scored(
        context: dg.AssetExecutionContext, curation: Curation, scorer: Scorer
    ) -> Iterator[dg.MaterializeResult[None]]:
        try:
            stopped = _score(context, curation, scorer, blocks)
        except BigMathError as error:
            raise failure(error) from error
        if stopped:  # what was made is published; the blocks of this run do not count as materialized
            raise dg.Failure(description=f"{stopped}; run again to go on", allow_retries=False)
        yield dg.MaterializeResult(asset_key="rollouts")
        yield dg.MaterializeResult(asset_key="difficulty")

    return scored


def _score(context: dg.AssetExecutionContext, curation: Curation, scorer: Scorer, blocks: int) -> str | None:
    """Scores the run's blocks and publishes them; why it ended early, if it did."""
    warehouse = Warehouse.open(curation.warehouse, create=False)
    scoring = scorer.scoring(warehouse, blocks)
    context.log.info(f"forecast: {scoring.forecast().line()}")
    names, spent, stopped = [], 0, None
    try:
        for key in context.partition_keys:
            name = f"{scoring.prefix}{key}"
            if name not in scoring.blocks:
                context.log.info(f"block {key} holds no problem")
                nothing = figures(rows=0, uri=warehouse.root, seconds=0.0, megabytes=0.0, reused=False)
                for asset in ("rollouts", "difficulty"):
                    context.add_asset_metadata(nothing, asset_key=asset, partition_key=key)
                continue
            left = Budget(None if scorer.budget.tokens is None else max(1, scorer.budget.tokens - spent))
            result = scoring.sample(name, budget=left, report=_logged(context, key))
            spent += result.tokens
            made = {one.output.table: one for one in scoring.make(name)}
            names.append(name)
            _show(context, scoring, key, result, made)
            stopped = result.stopped
            if stopped:
                break
    finally:
        scoring.close()
    if names:
        scoring.publish(names)
        build_catalog(warehouse)
    return stopped


def _logged(context: dg.AssetExecutionContext, key: str) -> Report:
    """Says how far a block is, every `LOG_SECONDS`."""
    said = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal said
        if progress.requests_done and time.monotonic() - said >= LOG_SECONDS:
            said = time.monotonic()
            context.log.info(f"block {key}: {progress.line()}")

    return report


def _show(
    context: dg.AssetExecutionContext, scoring: Scoring, key: str, result: Sampled, made: Mapping[str, Made]
) -> None:
    """The block's figures as metadata of both assets."""
    rows = scoring.warehouse.scan(made["difficulty"].output).collect()
    rate = rows["solve_rate"].mean()
    shown: dict[str, dict[str, Any]] = {
        "rollouts": {
            "requests": result.requests,
            "tokens": result.tokens,
            "tokens per second": result.tokens / result.seconds if result.seconds else 0.0,
            "sampling seconds": result.seconds,
            "errors": result.errors,
            "complete": result.stopped is None,
        },
        "difficulty": {
            "solve rate": float(rate) if isinstance(rate, float) else 0.0,
            "suspect references": int(rows["label_suspect"].sum()),
            "by level": dg.MetadataValue.md(describe(by_level(rows))),
            "plot": image("difficulty", bars("Problems by solve rate", solve_rates(rows))),
            "accuracy": image("accuracy", lines("Solve rate", "level", "solve rate", leveled(rows, "solve_rate"))),
            "reply length": image(
                "tokens", lines("Tokens of a reply", "level", "tokens", leveled(rows, "mean_tokens"))
            ),
        },
    }
    for asset, metadata in shown.items():
        all_of_it = output_figures(scoring.warehouse, made[asset], metadata)
        context.add_asset_metadata(all_of_it, asset_key=asset, partition_key=key)


def solve_rates(difficulty: pl.DataFrame) -> list[tuple[str, float]]:
    """How many problems have a solve rate in each tenth, the last with 1 in it; those without a graded rollout last."""
    tenth = (difficulty["solve_rate"] * 10).floor().clip(0, 9).cast(pl.Int64)
    counts = [(f"{place / 10:.1f} to {place / 10 + 0.1:.1f}", float((tenth == place).sum())) for place in range(10)]
    without = tenth.null_count()
    return [*counts, ("not graded", float(without))] if without else counts


def leveled(difficulty: pl.DataFrame, measure: str) -> dict[str, list[tuple[float, float]]]:
    """A mean by source and level, as in Figure 1 of arXiv 2501.04682; sources without levels are left out."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in by_level(difficulty).drop_nulls("level").iter_rows(named=True):
        points.setdefault(row["source"], []).append((row["level"], row[measure]))
    return points
