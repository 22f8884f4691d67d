"""`traces`, `sft`, `sft_rejected`, `prm` and `prm_evaluation`: searches of puzzles and the training sets made from
them, partitioned by puzzle. They stand apart from the main job: no data set is needed.
"""

import warnings
from base64 import b64encode
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from assets.metadata import describe, preview, table_schema
from assets.pipeline import OWNERS, failure
from assets.search_command import summary
from assets.search_plan import PUZZLES, Asked, questions_of, setup_of
from bigmath import plots
from bigmath.errors import BigMathError
from bigmath.job import Job, Made, code_fingerprint
from bigmath.plots import Plot
from bigmath.progress import LogReporter, current_reporter
from bigmath.runs import LIBRARIES
from bigmath.search.trace import from_frame
from bigmath.store import Warehouse, key_of
from rl_hooks.stages import STEPS, SearchPlan, is_held_out

SHOWN = {
    "traces": "Every search of a puzzle: events, states, values with n and c, tokens spent, solution and verdict.",
    "sft": "Rows to fine-tune on, made from traces: STaR, Meta-STaR, revisions, backtracking. No held-out problem.",
    "sft_rejected": "What gave no row, and why.",
    "prm": "Finished solutions with the rollouts counted after each step; labels are derived from the counts.",
    "prm_evaluation": "A process reward model trained on the counts: its error on held-out problems as it learns.",
}


class Searching(dg.ConfigurableResource):  # type: ignore[type-arg] # the resource is its own value
    """Which puzzles are searched, how, and what that may cost."""

    warehouse: str = Field(default="warehouse", description="Folder of the tables; made where it is missing.")
    count: int = Field(default=100, description="Puzzles of each kind.")
    algorithm: str = Field(
        default="best_first", description="sampling, breadth_first, depth_first, beam, best_first, mcts."
    )
    rollouts: int = Field(default=16, description="Rollouts a value (K of Eq. 11).")
    candidates: int = Field(default=12, description="Candidates a node.")
    nodes: int = Field(default=300, description="Most nodes a puzzle.")
    seed: int = Field(default=0, description="Of puzzles and searches.")
    steps: int = Field(default=200, description="Training steps of the process reward model.")

    @cached_property
    def job(self) -> Job[SearchPlan]:
        """The job of this configuration; one per process and run."""
        plan = SearchPlan(
            questions=lambda puzzle: questions_of(puzzle, self.count, self.seed),
            setup=lambda puzzle: setup_of(self._asked(puzzle)),
            about={"count": self.count, "seed": self.seed},
            seed=self.seed,
            steps=self.steps,
        )
        code = code_fingerprint(("bigmath", "rl_hooks"), LIBRARIES)
        return Job(Warehouse.open(self.warehouse), steps=STEPS, sources=list(PUZZLES), plan=plan, code=code)

    def _asked(self, puzzle: str) -> Asked:
        is_maze = puzzle == "maze"
        return Asked(
            puzzle=puzzle,
            algorithm="best_first" if is_maze else self.algorithm,
            value="exact" if is_maze else "monte_carlo",
            candidates=4 if is_maze else self.candidates,
            rollouts=self.rollouts,
            nodes=5_000 if is_maze else self.nodes,
        )


def build_training(warehouse: str) -> dg.Definitions:
    """The assets, and the resource they read."""
    partitions = dg.StaticPartitionsDefinition(list(PUZZLES))
    with warnings.catch_warnings():
        # a backfill policy is how three puzzles run as one; Dagster marks the parameter beta
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        assets = [_asset(table, partitions) for table in STEPS]
    return dg.Definitions(
        assets=assets, asset_checks=[_held_out_check()], resources={"searching": Searching(warehouse=warehouse)}
    )


def _held_out_check() -> dg.AssetChecksDefinition:
    """Blocking: the puzzles that models are measured on give no row to train on."""

    @dg.asset_check(
        asset="sft",
        name="no_held_out_puzzle_is_trained_on",
        description="No row of sft is of a puzzle that is held out.",
        blocking=True,
    )
    def check(searching: Searching) -> dg.AssetCheckResult:
        job, checked, broken = searching.job, 0, []
        for puzzle in PUZZLES:
            output = job.warehouse.find("sft", puzzle, key_of(job.made_from("sft", puzzle)))
            if output is not None:
                ids = job.warehouse.scan(output).select("problem_id").collect()["problem_id"]
                checked += len(ids)
                broken += [one for one in ids.unique(maintain_order=True) if is_held_out(one, job.plan.held_out)]
        said = f"holds for all {checked:,}" if not broken else f"trained on and held out: {', '.join(broken[:5])}"
        return dg.AssetCheckResult(passed=not broken, severity=dg.AssetCheckSeverity.ERROR, description=said)

    return check


def _asset(table: str, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    step = STEPS[table]

    @dg.asset(
        name=table,
        deps=list(step.inputs),
        group_name="training",
        description=SHOWN[table],
        kinds={"polars", "parquet", *({"pytorch"} if table == "prm_evaluation" else ())},
        owners=OWNERS,
        metadata={"dagster/column_schema": table_schema(step.schema)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def asset(context: dg.AssetExecutionContext, searching: Searching) -> None:
        try:
            job = searching.job
            job.reporter = current_reporter.get() or LogReporter(context.log)
            for puzzle in context.partition_keys:
                made = job.make(table, puzzle)
                context.add_asset_metadata(_metadata(job, made), partition_key=puzzle)
        except BigMathError as error:
            raise failure(error) from error

    return asset


def _metadata(job: Job[SearchPlan], made: Made) -> dict[str, Any]:
    rows = job.warehouse.scan(made.output).collect()
    shown: dict[str, Any] = {
        "dagster/row_count": rows.height,
        "dagster/uri": str((job.warehouse.root / made.output.files[0].path).parent),
        "seconds": made.seconds,
        "reused": made.reused,
    }
    return {**shown, **_looks(made.output.table, rows)} if rows.height else shown


def _looks(table: str, rows: pl.DataFrame) -> Mapping[str, Any]:
    """What a table shows beside its counts: a summary, reasons, or a plot."""
    if table == "traces":
        solved = rows.filter(pl.col("verdict") == "CORRECT")["nodes"].sort().to_list()
        line = [(float(nodes), (place + 1) / rows.height) for place, nodes in enumerate(solved)]
        plot = Plot("Solved by nodes", "nodes", "share of the puzzles", {"search": line}, marks=False)
        return {"summary": dg.MetadataValue.md(describe(summary(from_frame(rows)))), **shown_plot(plot)}
    if table == "sft_rejected":
        return {
            "reasons": dg.MetadataValue.md(describe(rows.group_by("kind", "reason").len("rows").sort("kind", "reason")))
        }
    if table == "sft":
        return {"rows by kind": dg.MetadataValue.md(describe(rows.group_by("kind").len("rows").sort("kind")))}
    if table == "prm_evaluation":
        lines = {name: list(zip(rows["step"], rows[name], strict=True)) for name in ("mae", "mae_of_the_mean")}
        return {
            "measured": dg.MetadataValue.md(describe(rows)),
            "mae": float(rows["mae"][-1]),
            **shown_plot(Plot("PRM on held-out puzzles", "training steps", "mean absolute error", lines)),
        }
    return {"preview": dg.MetadataValue.md(preview(rows.head(5)))}


def shown_plot(*drawn: Plot) -> Mapping[str, Any]:
    """The plots side by side as an image in Markdown; nothing where matplotlib is not installed."""
    if not drawn or not plots.available():
        return {}
    image = b64encode(plots.draw(drawn, "png")).decode()
    return {"plot": dg.MetadataValue.md(f"![{drawn[0].title}](data:image/png;base64,{image})")}
