"""`bigmath score`, `bigmath regrade` and the assets `rollouts` and `difficulty`, with a scripted model."""

import json
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets import score_plan
from assets.plan import build_job
from assets.resources import Curation
from assets.scoring import Scorer, block_name, build_scoring
from bigmath.catalog import PUBLISHED
from bigmath.scoring.scripted import ScriptedEngine
from bigmath.store import Warehouse

from .conftest import Bigmath, check_metadata


@pytest.fixture(name="engines")
def _engines(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedEngine]:
    """Every engine that is started, in place of a model."""
    started: list[ScriptedEngine] = []

    def start() -> ScriptedEngine:
        started.append(ScriptedEngine())
        return started[-1]

    monkeypatch.setattr(score_plan, "_engine", lambda asking: ("1", start))
    return started


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "toy set.jsonl"
    rows = [{"problem": f"What is number {i}", "answer": str(i)} for i in range(9)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_file_is_scored_queried_and_plotted(
    bigmath: Bigmath, engines: list[ScriptedEngine], file: Path, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    asked = ("score", file, "--model", "scripted", "--n", "4", "--max-tokens", "20", "-w", root)
    first = bigmath(*asked, "--budget", "100")
    assert first.code == 3
    assert "forecast: 36 requests to generate, at most 720 tokens" in first.err
    assert "stopped: the budget of 100 tokens" in first.err
    second = bigmath(*asked, "--json")
    assert second.code == 0
    row = json.loads(second.out)
    assert (row["source"], row["problems"], row["rollouts"]) == ("toy_set", 9, 36)
    assert 0 < row["solve rate"] < 1
    assert len({key for one in engines for key in one.begun}) == sum(len(one.begun) for one in engines) == 36
    assert all(one.closed for one in engines)
    asked_sql = bigmath("sql", "select sum(correct)::int as c, sum(n)::int as n from difficulty", "-w", root, "--json")
    counts = json.loads(asked_sql.out)
    assert counts["n"] == 36
    assert counts["c"] / 36 == pytest.approx(row["solve rate"])
    assert len(list((root / "plots").glob("difficulty-toy_set.scripted.*.svg"))) == 1
    again = bigmath("regrade", "-w", root)
    assert again.code == 0
    assert "36 rollouts, 0 verdicts changed" in again.err
    assert bigmath("check", "-w", root).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.jsonl"], "no table or file 'nowhere.jsonl'; accepted: strict, base, problems"),
        (["strict"], "no table strict"),
        (["FILE", "--where", "levle = 1"], "accepted: a condition over the columns of problems"),
        (["FILE", "--adaptive", "speed"], "goal 'speed'; accepted: rate, band"),
        (["FILE", "--n", "0"], "n is 0; accepted: 1 or more"),
        (["FILE", "--template", "fancy"], "template 'fancy'; accepted: chat, plain"),
        (["FILE", "--budget", "0"], "a budget of 0 tokens"),
        (["FILE", "--limit", "0"], "--limit 0"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    bigmath: Bigmath, engines: list[ScriptedEngine], file: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    named = [str(file) if one == "FILE" else one for one in arguments]
    told = bigmath("score", *named, "-w", tmp_path / "w")
    assert told.code == 2
    assert said in told.err.replace("\n", " ")
    assert "Traceback" not in told.err
    assert engines == []


def test_regrading_nothing_says_what_to_do(bigmath: Bigmath, tmp_path: Path) -> None:
    Warehouse.open(tmp_path / "w")
    told = bigmath("regrade", "-w", tmp_path / "w")
    assert told.code == 2
    assert "no rollouts are published" in told.err


def test_a_table_is_sampled_over_its_sources_and_survives_the_next_run(
    bigmath: Bigmath, engines: list[ScriptedEngine], finished: Path, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    asked = ("score", "strict", "--model", "scripted", "--max-tokens", "20", "-w", root, "--n", "2")
    assert bigmath(*asked, "--limit", "12").code == 0
    assert bigmath(*asked, "--limit", "24", "--where", "source <> 'numina'").code == 0
    warehouse = Warehouse.open(root)
    version = warehouse.current()
    assert version is not None
    rows = warehouse.scan(*version.tables["difficulty"]).collect()
    assert rows.height == 24
    assert rows["source"].n_unique() >= 3
    assert "numina" not in rows["source"]
    job = build_job(warehouse=root, hub="sample", profile="default")
    after = job.publish(PUBLISHED, job.plan.about())  # as the next `bigmath run` does
    assert after.tables["difficulty"] == version.tables["difficulty"]
    bands = bigmath("sql", "select count(*) as c from curriculum where split is not null", "-w", root, "--json")
    assert json.loads(bands.out)["c"] > 0


def test_blocks_are_partitions_that_go_on_in_the_middle(
    engines: list[ScriptedEngine], finished: Path, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    definitions = build_scoring(2)
    asset = next(iter(definitions.assets or ()))
    assert isinstance(asset, dg.AssetsDefinition)
    resources = {
        "curation": Curation(warehouse=str(root)),
        "scorer": Scorer(model="scripted", n=2, limit=20, max_tokens=20),
    }
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        for key in ("000-of-002", "001-of-002"):
            result = dg.materialize(
                [asset], resources=resources, partition_key=key, instance=instance, run_config=quiet
            )
            assert result.success
            shown = {
                one.asset_key.to_user_string(): one.metadata
                for event in result.get_asset_materialization_events()
                for one in [event.materialization]
            }
            assert shown["rollouts"]["complete"].value is True
            assert "solve rate" in shown["difficulty"]
    assert len(engines) == 2
    warehouse = Warehouse.open(root)
    version = warehouse.current()
    assert version is not None
    assert [output.partition[-10:] for output in version.tables["difficulty"]] == ["000-of-002", "001-of-002"]
    assert warehouse.scan(*version.tables["difficulty"]).select(pl.len()).collect().item() == 20
    with dg.DagsterInstance.ephemeral() as instance:  # everything again: no engine is started
        assert dg.materialize(
            [asset], resources=resources, partition_key="000-of-002", instance=instance, run_config=quiet
        ).success
    assert len(engines) == 2


def test_an_empty_block_is_materialized_too_so_that_no_backfill_waits_for_it(
    engines: list[ScriptedEngine], finished: Path, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    asset = next(iter(build_scoring(8).assets or ()))
    assert isinstance(asset, dg.AssetsDefinition)
    resources = {
        "curation": Curation(warehouse=str(root)),
        "scorer": Scorer(model="scripted", n=2, limit=3, max_tokens=20),
    }
    names = [block_name(number, 8) for number in range(8)]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [asset],
            resources=resources,
            instance=instance,
            tags={"dagster/asset_partition_range_start": names[0], "dagster/asset_partition_range_end": names[-1]},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert result.success
        for name in ("rollouts", "difficulty"):
            assert instance.get_materialized_partitions(dg.AssetKey(name)) == set(names)
        events = [event.materialization for event in result.get_asset_materialization_events()]
    rows = [one.metadata["dagster/row_count"].value for one in events if one.asset_key == dg.AssetKey("difficulty")]
    assert len(rows) == 8
    assert rows.count(0) >= 5
    for one in events:
        check_metadata(f"{one.asset_key.to_user_string()} {one.partition}", dict(one.metadata))
