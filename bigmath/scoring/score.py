"""Scoring a set of problems with a model, block by block: sample, grade, measure, publish; and doing the last three
again.

A block is the problems whose id's hash falls on its number, so that a row that is added changes one block. The tables
of a block are outputs of the warehouse like any other: keyed by problems, generations, plan and verifier, found
finished after a kill, published whole. The generations themselves lie in `bigmath.scoring.generations`, below every
table.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bigmath.errors import SettingError
from bigmath.job import Job, Made, Step, code_fingerprint
from bigmath.outputs import Output, Version, key_of
from bigmath.progress import Reporter
from bigmath.publishing import publish
from bigmath.runs import LIBRARIES
from bigmath.scoring.budget import Budget, Forecast, Report, silent
from bigmath.scoring.engine import Engine, Settings, content_of
from bigmath.scoring.generations import Generations, slug
from bigmath.scoring.grading import Graded
from bigmath.scoring.sampling import ATTEMPTS, Plan, Question, Sampled, forecast, sample
from bigmath.scoring.tables import (
    DIFFICULTY,
    ROLLOUTS,
    Asked,
    difficulty_rows,
    graded_rows,
    plan_about,
    readable,
    rollout_rows,
)
from bigmath.store import Warehouse
from bigmath.verifier.policy import VERIFIER_VERSION

BLOCK_ROWS = 2_000
"""Problems of a block, about: one that is lost to a changed setting or a damaged file costs no more than this."""
NEEDED = ("problem_id", "source", "problem", "answer", "level")
TABLES = ("rollouts", "difficulty")


@dataclass
class Block:
    """One block: its problems, and what sampling gave."""

    problems: pl.DataFrame
    """`NEEDED` columns, with `content` and `reference`, by problem id."""
    generations: pl.DataFrame | None = None
    """Those that its tables are made of."""
    plan: dict[str, Any] = field(default_factory=dict)
    known: Mapping[str, Graded] = field(default_factory=dict)


@dataclass
class Blocks:
    """What the steps of a scoring job read: the blocks by partition."""

    asked: Asked
    blocks: dict[str, Block]


def _rollouts(job: Job[Blocks], name: str) -> Iterator[pl.DataFrame]:
    block = job.plan.blocks[name]
    assert block.generations is not None  # a block is made after it was sampled
    yield rollout_rows(block.problems, block.generations, job.plan.asked, block.known)


def _rollout_settings(job: Job[Blocks], name: str) -> dict[str, Any]:
    block = job.plan.blocks[name]
    assert block.generations is not None
    return {
        "model": job.plan.asked.model,
        "revision": job.plan.asked.revision,
        "sampling": job.plan.asked.sampling,
        "problems": _hash(block.problems),
        "generations": _hash(block.generations.select("request", "attempt", "error")),
        "plan": block.plan,
        "verifier": VERIFIER_VERSION,
    }


def _difficulty(job: Job[Blocks], name: str) -> Iterator[pl.DataFrame]:
    for rows in job.frames("rollouts", name):
        yield difficulty_rows(rows, job.plan.blocks[name].plan)


STEPS: dict[str, Step[Blocks]] = {
    "rollouts": Step((), ROLLOUTS, _rollouts, settings=_rollout_settings),
    "difficulty": Step(("rollouts",), DIFFICULTY, _difficulty),
}


class Scoring:
    """One model, one way to sample, one set of problems.

    Args:
        scope: what the problems are called: a table, or a file's stem; part of the partitions' names.
        problems: with the columns `NEEDED`; ids are distinct.
        engine: makes the model ready; called once, when the first request is missing.
        plan: makes the plan of one block.
        blocks: how many; by default as many as make `BLOCK_ROWS` rows each.

    Raises:
        SettingError: there are no problems.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        scope: str,
        problems: pl.DataFrame,
        model: str,
        revision: str,
        settings: Settings,
        engine: Callable[[], Engine],
        plan: Callable[[], Plan],
        blocks: int | None = None,
        reporter: Reporter | None = None,
    ) -> None:
        if problems.is_empty():
            raise SettingError(f"{scope} holds no problems to score")
        self.warehouse, self.settings, self.revision = warehouse, settings, revision
        self.store = Generations.of(warehouse, model, revision, settings)
        asked = Asked(model, revision, settings.fingerprint())
        self.prefix = f"{slug(scope)}.{self.store.folder.name}."
        count = blocks or max(1, -(-problems.height // BLOCK_ROWS))
        parts = _divided(problems, count)
        self.blocks = {f"{self.prefix}{number:03}-of-{count:03}": Block(part) for number, part in parts.items()}
        code = code_fingerprint(("bigmath",), LIBRARIES)
        self.job = Job(
            warehouse, steps=STEPS, sources=list(self.blocks), plan=Blocks(asked, self.blocks), code=code,
            reporter=reporter,
        )  # fmt: skip
        self._make_engine, self._make_plan = engine, plan
        self._engine: Engine | None = None

    def forecast(self, attempts: int = ATTEMPTS) -> Forecast:
        """What sampling all blocks is going to take."""
        everything = [one for block in self.blocks.values() for one in questions(block.problems)]
        return forecast(everything, self._make_plan(), self.settings, self.store, self.revision, attempts)

    def sample(
        self, name: str, *, budget: Budget | None = None, attempts: int = ATTEMPTS, report: Report = silent
    ) -> Sampled:
        """Generates what the block lacks. `Sampled.stopped` says whether the budget ended it early.

        Raises:
            EngineError, StoreError, SettingError: as `bigmath.scoring.sampling.sample`; what had finished is kept.
        """
        block, plan = self.blocks[name], self._make_plan()
        result = sample(
            questions(block.problems), plan, self.settings, self.store,
            revision=self.revision, engine=self._working, budget=budget, attempts=attempts, report=report,
        )  # fmt: skip
        wanted = pl.DataFrame(
            list(result.samples.items()), schema={"content": pl.String, "wanted": pl.Int64}, orient="row"
        )
        rows = self.store.read(result.samples).join(wanted, on="content")
        block.generations = rows.filter(pl.col("sample") < pl.col("wanted")).drop("wanted").sort("content", "sample")
        block.plan, block.known = plan_about(plan), result.explanations
        return result

    def make(self, name: str) -> list[Made]:
        """Makes the block's tables, or finds them finished; after `sample`."""
        return [self.job.make(table, name) for table in STEPS]

    def publish(self, names: Sequence[str]) -> Version:
        """Publishes the blocks' tables with everything that is published; they replace what these blocks gave before,
        and blocks of another division of the same scope, model and settings."""
        made = {table: [self.job.output(table, name) for name in names] for table in TABLES}

        def replaced(output: Output) -> bool:
            ours = output.partition.startswith(self.prefix)
            return ours and (output.partition in names or output.partition not in self.blocks)

        return publish(self.warehouse, made, replaces=replaced)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    def _working(self) -> Engine:
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine


def questions(problems: pl.DataFrame) -> list[Question]:
    """What the problems of a block ask; a statement that stands under two ids is asked once, with the first's
    answer."""
    once = problems.unique("content", keep="first", maintain_order=True)
    return [Question(*row) for row in once.select("content", "problem", "reference").iter_rows()]


def regrade(warehouse: Warehouse) -> Version | None:
    """Verdicts and difficulty of every published rollout again, by the verifier as it is and with the problems'
    references as they are published now; no model. None where no rollouts are published."""
    current = warehouse.current()
    if current is None or not current.tables.get("rollouts"):
        return None
    references = pl.DataFrame(schema={"problem_id": pl.String, "answer": pl.String})
    if current.tables.get("problems"):
        references = warehouse.scan(*current.tables["problems"]).select("problem_id", "answer").collect()
    made: dict[str, list[Output]] = {table: [] for table in TABLES}
    for output in current.tables["rollouts"]:
        for table, one in zip(TABLES, _regraded(warehouse, output, references), strict=True):
            made[table].append(one)
    return publish(warehouse, made, replaces=lambda output: True)


def _regraded(warehouse: Warehouse, output: Output, references: pl.DataFrame) -> tuple[Output, Output]:
    rows = warehouse.scan(output).collect()
    here = references.join(rows.select("problem_id").unique(), on="problem_id", how="semi").sort("problem_id")
    now = here.select("problem_id", found=True, now=pl.Series(readable(here["answer"]), dtype=pl.String))
    rows = rows.join(now, on="problem_id", how="left", maintain_order="left").with_columns(
        pl.when("found").then("now").otherwise("reference").alias("reference")
    )
    plan = output.made_from["settings"]["plan"]
    settings = {
        **output.made_from["settings"], "references": _hash(now), "verifier": VERIFIER_VERSION,
        "texts": output.made_from["settings"].get("texts", output.key),
    }  # fmt: skip
    code = code_fingerprint(("bigmath",), LIBRARIES)
    results = []
    frame = graded_rows(rows, {})
    for table, schema in (("rollouts", ROLLOUTS), ("difficulty", DIFFICULTY)):
        made_from = {"table": table, "partition": output.partition, "inputs": {}, "settings": settings, "code": code}
        if table == "difficulty":
            frame = difficulty_rows(frame, plan)
        key = key_of(made_from)
        found = warehouse.find(table, output.partition, key)
        results.append(
            found or warehouse.write(table, output.partition, key, schema=schema, frames=[frame], made_from=made_from)
        )
    return results[0], results[1]


def _divided(problems: pl.DataFrame, count: int) -> dict[int, pl.DataFrame]:
    """The blocks that hold any problem, each by problem id."""
    rows = problems.select(NEEDED).sort("problem_id")
    number = [int(hashlib.sha256(one.encode()).hexdigest()[:8], 16) % count for one in rows["problem_id"]]
    rows = rows.with_columns(
        pl.Series("content", [content_of(text) for text in rows["problem"]], dtype=pl.String),
        pl.Series("reference", readable(rows["answer"]), dtype=pl.String),
        pl.Series("number", number, dtype=pl.Int64),
    )
    parts = rows.partition_by("number", as_dict=True)
    parts = rows.partition_by("number", as_dict=True)
    return {int(key[0]): part.drop("number") for key, part in sorted(parts.items())}


def _hash(rows: pl.DataFrame) -> str:
    """20 hex digits over the rows in their order."""
    digest = hashlib.sha256()
    for row in rows.iter_rows():
        digest.update(repr(row).encode())
    return digest.hexdigest()[:20]
