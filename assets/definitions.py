"""Everything Dagster loads: `workspace.yaml` names this module, and nothing else builds `Definitions`.

`dagster dev` reads its defaults from the environment, since partitions are fixed when definitions are loaded:
`BIGMATH_WAREHOUSE`, `BIGMATH_DATA` (sample, hub or a folder), `BIGMATH_PROFILE`, `BIGMATH_ENGINE` (local, or ray: the
same assets on a cluster), and `BIGMATH_FILES`, a user's own files separated by the system's path separator. The assets
that need a model read `BIGMATH_MODEL` and, into how many blocks their problems are divided, `BIGMATH_BLOCKS`. All but
the files and blocks can also be set in a run's configuration. `BIGMATH_PROCESSES` is how many steps of a run may work
at once, each in a process of its own.
"""

import os
from collections.abc import Sequence

import dagster as dg

from assets.checks import build_checks
from assets.hub_release import hub_release
from assets.metadata import beta
from assets.pipeline import build_assets, by_source
from assets.plan import source_names
from assets.resources import Curation
from assets.scoring import build_scoring
from assets.source_files import build_source_files, source_revisions
from assets.training import build_training
from assets.training_models import build_models


def build(curation: Curation) -> dg.Definitions:
    """The assets, checks, sensors and resource of one configuration."""
    names = source_names(curation.sources, curation.files)
    assets = build_assets(names)
    return dg.Definitions(
        assets=[build_source_files(by_source(names)), *assets],
        asset_checks=build_checks(),
        sensors=[source_revisions, _rebuild(assets)],
        resources={"curation": curation},
        executor=executor(int(os.environ.get("BIGMATH_PROCESSES", "1"))),
    )


def _rebuild(assets: Sequence[dg.AssetsDefinition]) -> dg.AutomationConditionSensorDefinition:
    """Makes again what a changed source touches; off until someone switches it on."""
    with beta():
        return dg.AutomationConditionSensorDefinition(
            "rebuild_what_changed",
            target=dg.AssetSelection.assets(*assets),
            minimum_interval_seconds=60,
            description="Makes again every table that a changed source, or a table made anew, touches.",
        )


def executor(processes: int) -> dg.ExecutorDefinition:
    """All steps in the run's own process, or each in one of its own and so many at once."""
    return (
        dg.multiprocess_executor.configured({"max_concurrent": processes}) if processes > 1 else dg.in_process_executor
    )


WAREHOUSE = os.environ.get("BIGMATH_WAREHOUSE", "warehouse")

# Dagster loads a module only if it holds one `Definitions`: the parts are not to be named here
defs = dg.Definitions.merge(
    build(
        Curation(
            warehouse=WAREHOUSE,
            hub=os.environ.get("BIGMATH_DATA", "sample"),
            profile=os.environ.get("BIGMATH_PROFILE", "default"),
            engine=os.environ.get("BIGMATH_ENGINE", "local"),
            files=[path for path in os.environ.get("BIGMATH_FILES", "").split(os.pathsep) if path],
        )
    ),
    build_scoring(int(os.environ.get("BIGMATH_BLOCKS", "16"))),
    build_training(WAREHOUSE),
    build_models(WAREHOUSE),
    dg.Definitions(assets=[hub_release]),
)
