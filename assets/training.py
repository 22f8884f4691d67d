"""`traces`, `sft`, `sft_rejected`, `prm` and `prm_evaluation`: searches of puzzles and the training sets made from
them, partitioned by puzzle; and `sft_cot`, plain CoT from the curated solutions. They stand apart from the main job;
all but `sft_cot` need no data set. What is made is published beside the main job's tables, so that SQL reads it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from assets.metadata import OWNERS, beta, declared, describe, figures, image, megabytes, output_figures, preview, tags
from assets.pipeline import failure
from assets.scoring import GPU
from assets.search_command import summary
from assets.search_plan import PUZZLES, Asked, questions_of, setup_of
from bigmath.bars import lines
from bigmath.errors import BigMathError
from bigmath.job import Job, Made, code_fingerprint
from bigmath.outputs import key_of
from bigmath.progress import LogReporter, current_reporter
from bigmath.publishing import publish_partition
from bigmath.runs import LIBRARIES
from bigmath.search.trace import from_frame
from bigmath.store import Warehouse
from rl_hooks import prm
from rl_hooks.cot import write_cot
from rl_hooks.sft import SftSettings
from rl_hooks.sft_tables import SFT
from rl_hooks.stages import STEPS, SearchPlan, is_held_out

SHOWN = {
    "traces": "Every search of a puzzle: events, states, values with n and c, tokens spent, solution and verdict.",
    "sft": "Rows to fine-tune on, made from traces: STaR, Meta-STaR, revisions, backtracking. No held-out problem.",
    "sft_rejected": "What gave no row, and why.",
    "prm": "Finished solutions with the rollouts counted after each step; labels are derived from the counts.",
    "prm_evaluation": "A process reward model trained on the counts: its error on held-out problems as it learns.",
}

COMMANDS = {"traces": "search", "prm_evaluation": "train"}
"""The command of `bigmath` that makes a table, where it is not `export`."""

COUNTS_FIT = (
    "A count for the question and one for each step, between 0 and its rollouts; the last agrees with the verdict."
)


class Searching(dg.ConfigurableResource):  # type: ignore[type-arg] # the resource is its own value
    """Which puzzles are searched, how, and what that may cost."""

    warehouse: str = Field(default="warehouse", description="Folder of the tables; made where it is missing.")
    count: int = Field(default=100, description="Puzzles of each kind.")
    algorithm: str = Field(
        default="best_first", description="sampling, breadth_first, depth_first, beam, best_first, mcts, mcts_solver."
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
    with beta():  # a backfill policy is how three puzzles run as one
        assets = [*(_asset(table, partitions) for table in STEPS), _sft_cot]
    return dg.Definitions(
        assets=assets,
        asset_checks=[_held_out_check(), _counts_check(), _error_check()],
        resources={"searching": Searching(warehouse=warehouse)},
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
        checked, broken = 0, []
        for _, rows in _found(searching.job, "sft"):
            ids = rows["problem_id"]
            checked += len(ids)
            broken += [one for one in ids.unique(maintain_order=True) if is_held_out(one, searching.job.plan.held_out)]
        return said_of(checked, broken, "trained on and held out")

    return check


def _counts_check() -> dg.AssetChecksDefinition:
    """Blocking: labels are derived from these counts."""

    @dg.asset_check(asset="prm", name="counts_fit_steps_and_verdict", description=COUNTS_FIT, blocking=True)
    def check(searching: Searching) -> dg.AssetCheckResult:
        rows = [row for _, frame in _found(searching.job, "prm") for row in prm.from_frame(frame)]
        return said_of(len(rows), prm.miscounted(rows), "counts that cannot be")

    return check


def _error_check() -> dg.AssetChecksDefinition:
    """A warning: a PRM that is no nearer than the mean has learnt nothing."""

    @dg.asset_check(
        asset="prm_evaluation",
        name="the_prm_is_nearer_than_the_mean",
        description="On held-out puzzles the PRM's mean absolute error is below that of always saying the mean.",
    )
    def check(searching: Searching) -> dg.AssetCheckResult:
        last = {puzzle: rows.tail(1) for puzzle, rows in _found(searching.job, "prm_evaluation") if rows.height}
        broken = [puzzle for puzzle, row in last.items() if row["mae"][0] >= row["mae_of_the_mean"][0]]
        return said_of(len(last), broken, "no nearer than the mean", severity=dg.AssetCheckSeverity.WARN)

    return check


def said_of(
    checked: int,
    broken: Sequence[str],
    what: str,
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    """The result of a check over so many rows, with the first of those that break it."""
    said = f"{what}: {', '.join(broken[:5])}" if broken else f"holds for all {checked:,}"
    return dg.AssetCheckResult(
        passed=not broken, severity=severity, description=said, metadata={"checked": checked, "broken": len(broken)}
    )


def _found(job: Job[SearchPlan], table: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Puzzle and rows of each partition that has been made with these settings."""
    for puzzle in PUZZLES:
        output = job.warehouse.find(table, puzzle, key_of(job.made_from(table, puzzle)))
        if output is not None:
            yield puzzle, job.warehouse.scan(output).collect()


def _asset(table: str, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    step, pool = STEPS[table], GPU if table == "prm_evaluation" else None

    @dg.asset(
        name=table,
        deps=list(step.inputs),
        group_name="training",
        description=SHOWN[table],
        kinds={"polars", "parquet", *({"pytorch"} if table == "prm_evaluation" else ())},
        owners=OWNERS,
        tags=tags(COMMANDS.get(table, "export"), needs=pool),
        metadata=declared(step.schema, step.build),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=pool,
    )
    def asset(context: dg.AssetExecutionContext, searching: Searching) -> None:
        try:
            job = searching.job
            job.reporter = current_reporter.get() or LogReporter(context.log)
            outputs = []
            for puzzle in context.partition_keys:
                made = job.make(table, puzzle)
                outputs.append(made.output)
                context.add_asset_metadata(_metadata(job, made), partition_key=puzzle)
            publish_partition(job.warehouse, {table: outputs})
        except BigMathError as error:
            raise failure(error) from error

    return asset


@dg.asset(
    name="sft_cot",
    deps=["strict", "splits"],
    group_name="training",
    description="Plain CoT from the curated solutions of the train split, each verified: rows of the table sft.",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    tags=tags("export"),
    metadata=declared(SFT, write_cot),
)
def _sft_cot(searching: Searching) -> dg.MaterializeResult[None]:
    began = time.monotonic()
    try:
        warehouse = Warehouse.open(searching.warehouse, create=False)
        made = write_cot(warehouse, SftSettings(), table="strict")
        publish_partition(warehouse, made)
    except BigMathError as error:
        raise failure(error) from error
    rows = {name: warehouse.scan(*outputs).collect() for name, outputs in made.items()}
    left = rows["sft_rejected"].group_by("reason").len("rows").sort("reason")
    return dg.MaterializeResult(
        metadata={
            **figures(
                rows=rows["sft"].height,
                uri=(warehouse.root / made["sft"][0].files[0].path).parent,
                seconds=time.monotonic() - began,
                megabytes=megabytes(*made["sft"]),
                reused=False,
            ),
            "reasons": dg.MetadataValue.md(describe(left)),
            "preview": dg.MetadataValue.md(preview(rows["sft"].head(5))),
        }
    )


def _metadata(job: Job[SearchPlan], made: Made) -> dict[str, Any]:
    rows = job.warehouse.scan(made.output).collect()
    return output_figures(job.warehouse, made, _looks(made.output.table, rows) if rows.height else None)


def _looks(table: str, rows: pl.DataFrame) -> Mapping[str, Any]:
    """What a table shows beside its counts: a summary, reasons, or a plot."""
    if table == "traces":
        solved = rows.filter(pl.col("verdict") == "CORRECT")["nodes"].sort().to_list()
        line = [(float(nodes), (place + 1) / rows.height) for place, nodes in enumerate(solved)]
        plot = lines("Solved by nodes", "nodes", "share of the puzzles", {"search": line})
        return {"plot": image("solved", plot), "summary": dg.MetadataValue.md(describe(summary(from_frame(rows))))}
    if table == "sft_rejected":
        return {
            "reasons": dg.MetadataValue.md(describe(rows.group_by("kind", "reason").len("rows").sort("kind", "reason")))
        }
    if table == "sft":
        return {"rows by kind": dg.MetadataValue.md(describe(rows.group_by("kind").len("rows").sort("kind")))}
    if table == "prm_evaluation":
        errors = {name: list(zip(rows["step"], rows[name], strict=True)) for name in ("mae", "mae_of_the_mean")}
        return {
            "mae": float(rows["mae"][-1]),
            "plot": image("error", lines("PRM on held-out puzzles", "training steps", "mean absolute error", errors)),
            "measured": dg.MetadataValue.md(describe(rows)),
        }
    return {}
