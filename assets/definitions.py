"""Everything Dagster loads: `workspace.yaml` names this module, and nothing else builds `Definitions`.

`dagster dev` reads its defaults from the environment, since partitions are fixed when definitions are loaded:
`BIGMATH_WAREHOUSE`, `BIGMATH_DATA` (sample, hub or a folder), `BIGMATH_PROFILE`, `BIGMATH_ENGINE` (local, or ray: the
same assets on a cluster), and `BIGMATH_FILES`, a user's own files separated by the system's path separator. The assets
that need a model read `BIGMATH_MODEL` and, into how many blocks their problems are divided, `BIGMATH_BLOCKS`. All but
the files and blocks can also be set in a run's configuration.
"""

import os

import dagster as dg

from assets.checks import build_checks
from assets.pipeline import build_assets
from assets.plan import source_names
from assets.resources import Curation
from assets.scoring import build_scoring
from assets.training import build_training


def build(curation: Curation) -> dg.Definitions:
    """The assets, checks and resource of one configuration."""
    return dg.Definitions(
        assets=build_assets(source_names(curation.sources, curation.files)),
        asset_checks=build_checks(),
        resources={"curation": curation},
        executor=dg.in_process_executor,
    )


WAREHOUSE = os.environ.get("BIGMATH_WAREHOUSE", "warehouse")

curation = build(
    Curation(
        warehouse=WAREHOUSE,
        hub=os.environ.get("BIGMATH_DATA", "sample"),
        profile=os.environ.get("BIGMATH_PROFILE", "default"),
        engine=os.environ.get("BIGMATH_ENGINE", "local"),
        files=[path for path in os.environ.get("BIGMATH_FILES", "").split(os.pathsep) if path],
    )
)

blocks = int(os.environ.get("BIGMATH_BLOCKS", "16"))

defs = dg.Definitions.merge(curation, build_scoring(blocks), build_training(WAREHOUSE))
