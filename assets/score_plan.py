"""From names and numbers, as a user gives them, to a `Scoring`; what cannot be used is refused before a model loads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bigmath.errors import SettingError
from bigmath.hub import FolderFiles
from bigmath.ingest import ingest
from bigmath.scoring.adaptive import Adaptive, adaptive
from bigmath.scoring.engine import Engine, Settings
from bigmath.scoring.sampling import Fixed, Plan
from bigmath.scoring.score import NEEDED, Scoring
from bigmath.store import Warehouse
from sources.user_file import UserFile

SCORABLE = ("strict", "base", "problems")
"""Tables of problems that can be scored."""


@dataclass(frozen=True)
class Asking:
    """A model, how it is sampled, and how many times."""

    model: str
    revision: str | None = None
    n: int = 4
    goal: str | None = None
    """`rate` or `band`: adaptive, as good as n rollouts of each; None for n of each."""
    cap: int | None = None
    endpoint: str | None = None
    settings: Settings = field(default_factory=Settings)
    tensor_parallel: int = 1
    replicas: int = 1
    gpu_memory: float = 0.9
    batch: int | None = None

    def plan(self) -> Plan:
        """A plan for one block; refuses a number of rollouts that is none."""
        if self.n < 1:
            raise SettingError(f"n is {self.n}; accepted: 1 or more")
        return Adaptive(adaptive(self.goal, as_good_as=self.n, cap=self.cap)) if self.goal else Fixed(self.n)


def problems_of(
    warehouse: Warehouse | None, what: str, limit: int | None = None, where: str | None = None
) -> tuple[str, pl.DataFrame]:
    """The scope's name and its problems: a published table, or a file of the user's own, which needs no warehouse.

    `where` is a condition in SQL over the columns of `problems`. With a limit those whose id's hash is lowest: a sample
    over all sources, the same every time, and a larger limit only adds to it.

    Raises:
        SettingError: there is no such table or file, or the condition cannot be used.
        SourceError: the file is not one of problems.
    """
    if what in SCORABLE and warehouse is not None:
        version = warehouse.current()
        outputs = version.tables.get(what, ()) if version else ()
        if not outputs:
            raise SettingError(f"no table {what} in {warehouse.root}", hint="bigmath run makes it; or name a file")
        scope, rows = what, warehouse.scan(*outputs)
    elif Path(what).is_file():
        source = UserFile(Path(what))
        frames = list(ingest(source, FolderFiles(Path())))
        scope, rows = source.name, pl.concat(frames).lazy()
    else:
        raise SettingError(f"no table or file {what!r}; accepted: {', '.join(SCORABLE)}, or a file of problems")
    try:
        found = (rows if where is None else rows.filter(pl.sql_expr(where))).select(NEEDED).collect()
    except pl.exceptions.PolarsError as error:
        said = str(error).strip().splitlines()[0]
        raise SettingError(
            f"--where {where}: {said}; accepted: a condition over the columns of problems",
            hint="""--where "source = 'math' and level <= 2" """.strip(),
        ) from error
    if limit is not None:
        if limit < 1:
            raise SettingError(f"--limit {limit}; accepted: 1 or more")
        found = found.sort(pl.col("problem_id").str.slice(-12), "problem_id").head(limit)
    return scope, found


def scoring_of(
    warehouse: Warehouse,
    what: str,
    asking: Asking,
    *,
    limit: int | None = None,
    where: str | None = None,
    blocks: int | None = None,
) -> Scoring:
    """The scoring of these settings; the model is found, and loaded only when it is needed."""
    asking.plan()
    scope, problems = problems_of(warehouse, what, limit, where)
    revision, engine = _engine(asking)
    return Scoring(
        warehouse,
        scope=scope,
        problems=problems,
        model=asking.model,
        revision=revision,
        settings=asking.settings,
        engine=engine,
        plan=asking.plan,
        blocks=blocks,
    )


def _engine(asking: Asking) -> tuple[str, Callable[[], Engine]]:
    """The model's revision, and how to make it ready."""
    if asking.endpoint:
        from bigmath.scoring.endpoint import EndpointEngine, revision_at  # noqa: PLC0415 # only where it is asked for

        url = asking.endpoint
        revision = asking.revision or revision_at(url, asking.model)
        return revision, lambda: EndpointEngine(url, asking.model, revision, asking.settings, batch=asking.batch)
    from bigmath.scoring.loading import Devices, prepare  # noqa: PLC0415 # only where it is asked for
    from bigmath.scoring.models import resolve  # noqa: PLC0415 # as above
    from bigmath.scoring.vllm_engine import VllmEngine  # noqa: PLC0415 # as above

    devices = Devices(asking.tensor_parallel, asking.gpu_memory, asking.batch)
    prepare(devices)
    model = resolve(asking.model, asking.revision)
    if asking.replicas > 1:
        from bigmath.scoring.replicas import ReplicatedEngine  # noqa: PLC0415 # an extra

        return model.revision, lambda: ReplicatedEngine(model, asking.settings, devices, asking.replicas)
    return model.revision, lambda: VllmEngine(model, asking.settings, devices)
