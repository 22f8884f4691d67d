"""What the instance's event log holds after runs: what was made anew, and under which figures."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.definitions import build
from assets.metadata import INLINE
from assets.resources import Curation
from assets.scoring import Scorer
from assets.training import Searching
from bigmath.stages import STEPS
from sources import SOURCES

from .conftest import check_metadata

FIVE = list(SOURCES)
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture(name="instance", scope="module")
def _instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    # capturing what steps print starts two processes a step
    uncaptured = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    silent = {"telemetry": {"enabled": False}, "compute_logs": uncaptured}
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster")), overrides=silent) as instance:
        yield instance


@pytest.fixture(name="warehouse", scope="module")
def _warehouse(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished warehouse to run over again."""
    return Path(shutil.copytree(finished, tmp_path_factory.mktemp("history") / "w"))


@pytest.fixture(name="first", scope="module")
def _first(instance: dg.DagsterInstance, warehouse: Path) -> str:
    """The run that finds everything finished."""
    return backfill(instance, Curation(warehouse=str(warehouse))).run_id


def backfill(instance: dg.DagsterInstance, curation: Curation) -> dg.ExecuteInProcessResult:
    """All assets over all five sources as the one run that their backfill policy makes of it."""
    job = build(curation).resolve_implicit_global_asset_job_def()
    tags = {"dagster/asset_partition_range_start": FIVE[0], "dagster/asset_partition_range_end": FIVE[-1]}
    result = job.execute_in_process(instance=instance, tags=tags, run_config=SILENT)
    assert result.success
    return result


def materializations(instance: dg.DagsterInstance, run_id: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The metadata of every materialization that the event log has of a run, by asset and partition."""
    logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    found = [log.asset_materialization for log in logs]
    return {(one.asset_key.to_user_string(), one.partition): dict(one.metadata) for one in found if one is not None}


def made_anew(instance: dg.DagsterInstance, run_id: str) -> Counter[str]:
    """For each table of the job, how many of its partitions were made and not found finished."""
    rows = materializations(instance, run_id).items()
    return Counter(name for (name, _), shown in rows if name in STEPS and not shown["reused"].value)


def test_a_backfill_after_one_setting_changed_makes_only_what_depends_on_it(
    instance: dg.DagsterInstance, warehouse: Path
) -> None:
    first = backfill(instance, Curation(warehouse=str(warehouse)))
    assert (
        len(materializations(instance, first.run_id)) == sum(5 if step.by_source else 1 for step in STEPS.values()) + 2
    )
    assert made_anew(instance, first.run_id) == {}

    changed = Curation(warehouse=str(warehouse), settings={"near": {"threshold": 0.7}})
    assert made_anew(instance, backfill(instance, changed).run_id) == {
        "near_duplicates": 1,
        "semantic_duplicates": 1,
        "decisions": 5,
        "base": 5,
        "strict": 5,
        "rejected": 5,
        "strict_rejected": 5,
        "rewrites": 5,
        "rewrite_duplicates": 1,
        "rewrite_contamination": 5,
        "reformulated_decisions": 5,
        "reformulated": 5,
        "label_suspects": 5,
        "splits": 1,
    }
    assert made_anew(instance, backfill(instance, changed).run_id) == {}


def test_every_asset_has_the_same_figures_and_no_value_is_long(instance: dg.DagsterInstance, first: str) -> None:
    shown = materializations(instance, first)
    names = {name for name, _ in shown}
    assert names == {*STEPS, "catalog", "report"}
    for place, metadata in shown.items():
        check_metadata(str(place), metadata)
    assert "plot" in shown["decisions", "harp"]
    catalog = shown["catalog", None]
    assert "data:image/svg+xml" in str(catalog["plot"].value)
    assert "██████████" in (funnel := str(catalog["funnel"].value))  # the first filters drop next to nothing
    assert len(funnel) <= INLINE


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"profile": "ours"}, "no profile 'ours'; there are: default, semantic, paper"),
        (
            {"hub": "/nowhere"},
            "--hub /nowhere: no such folder; accepted: sample, hub, or a folder laid out like the Hub",
        ),
        ({"settings": {"nearr": {}}}, "no filter or stage 'nearr'; there are: no_problem"),
        ({"settings": {"near": {"jaccard": 1}}}, "near has no setting 'jaccard'; there are: threshold"),
        ({"settings": {"near": {"threshold": "high"}}}, "near.threshold = 'high'; accepted: as 0.5"),
        ({"settings": {"figure": {"missing": 1}}}, "figure.missing = 1; accepted: as True"),
        ({"settings": {"near": 0.6}}, "near: 0.6; accepted: names and values of its settings"),
    ],
)
def test_a_bad_value_in_a_runs_configuration_stops_it_in_one_line(
    tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = JOB.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey("benchmarks")],
            run_config={**SILENT, "resources": {"curation": {"config": {"warehouse": str(tmp_path / "w"), **config}}}},
            raise_on_error=False,
        )
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data
    assert told is not None
    assert told.description is not None
    assert told.description.startswith(said)
    assert "\n" not in told.description
    assert not [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]


JOB = build(Curation()).resolve_implicit_global_asset_job_def()


def test_what_is_asked_of_a_run_is_documented() -> None:
    for resource in (Curation, Scorer, Searching):
        assert [name for name, field in resource.model_fields.items() if not field.description] == []
