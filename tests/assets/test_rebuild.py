"""What happens by itself: a file changes, the sensor sees it, and the automation makes again what that touches."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build
from assets.metadata import beta
from assets.resources import Curation
from assets.source_files import SOURCE_FILES, source_revisions
from bigmath.catalog import connect
from bigmath.stages import STEPS
from bigmath.store import Warehouse

from .conftest import check_metadata

pytestmark = pytest.mark.trust

BY_ITS_SOURCE_ALONE = {
    "problems", "base_rules", "uniquely_verifiable", "open_ended", "closed_form", "topics", "contamination",
}  # fmt: skip
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Team:
    """Two files of problems, and an instance whose two sensors are asked by hand instead of by the daemon."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.instance, self.warehouse = instance, folder / "w"
        self.files = {name: folder / f"{name}.jsonl" for name in ("first", "second")}
        self._noticed: str | None = None
        self._automated: dg.AssetDaemonCursor | None = None

    def write(self, name: str, rows: int) -> None:
        problems = [{"problem": f"What is {n} plus {n} in the {name} set?", "answer": str(2 * n)} for n in range(rows)]
        self.files[name].write_text("".join(json.dumps(one) + "\n" for one in problems))

    def curation(self) -> Curation:
        return Curation(warehouse=str(self.warehouse), files=[str(path) for path in self.files.values()])

    def notice(self) -> set[str]:
        """Asks `source_revisions`; the sources that it reports as changed."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self._noticed, resources={"curation": self.curation()}
        )
        result = source_revisions(context)
        if isinstance(result, dg.SkipReason):
            assert "no change of first, second" in str(result.skip_message)
            return set()
        assert isinstance(result, dg.SensorResult)
        self._noticed = result.cursor
        seen = set()
        for event in result.asset_events:
            assert isinstance(event, dg.AssetMaterialization)
            check_metadata(SOURCE_FILES, dict(event.metadata))
            self.instance.report_runless_asset_event(event)
            seen.add(str(event.partition))
        return seen

    def rebuild(self) -> dict[str, set[str | None]]:
        """Asks `rebuild_what_changed` and runs what it asks for, until it is quiet; the tables asked for, with their
        partitions."""
        definitions = build(self.curation())
        job, graph = definitions.resolve_implicit_global_asset_job_def(), definitions.resolve_asset_graph()
        everything: dict[str, set[str | None]] = defaultdict(set)
        for _ in range(20):
            with beta():
                asked = dg.evaluate_automation_conditions(definitions, self.instance, cursor=self._automated)
            self._automated = asked.cursor
            runs: dict[str | None, list[dg.AssetKey]] = defaultdict(list)
            for key in graph.materializable_asset_keys:
                for partition in asked.get_requested_partitions(key):
                    runs[partition].append(key)
                    everything[key.to_user_string()].add(partition)
            if not runs:
                return everything
            for partition, keys in runs.items():
                job.execute_in_process(
                    instance=self.instance, asset_selection=keys, partition_key=partition, run_config=SILENT
                )
        raise AssertionError(f"never quiet: {dict(everything)}")


@pytest.fixture(name="team")
def _team(tmp_path: Path) -> Iterator[Team]:
    uncaptured = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    overrides = {"telemetry": {"enabled": False}, "compute_logs": uncaptured}
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=overrides) as instance:
        team = Team(tmp_path, instance)
        for name in team.files:
            team.write(name, 6)
        yield team


def test_a_changed_file_is_noticed_and_what_it_touches_is_made_again_up_to_the_version(team: Team) -> None:
    assert team.notice() == {"first", "second"}
    job = build(team.curation()).resolve_implicit_global_asset_job_def()
    both = {"dagster/asset_partition_range_start": "first", "dagster/asset_partition_range_end": "second"}
    assert job.execute_in_process(instance=team.instance, tags=both, run_config=SILENT).success
    assert team.rebuild() == {}
    assert team.notice() == set()

    team.write("first", 7)
    assert team.notice() == {"first"}
    asked = team.rebuild()

    assert all(asked[name] == {"first"} for name in BY_ITS_SOURCE_ALONE)
    assert asked.keys() == {*STEPS, "catalog", "report"} - {"benchmarks"}
    with connect(Warehouse.open(team.warehouse, create=False)) as connection:
        counts = connection.execute("select source, count(*) from problems group by 1 order by 1").fetchall()
    assert counts == [("first", 7), ("second", 6)]
    assert team.rebuild() == {}
