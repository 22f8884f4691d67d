"""The assets of searches and training sets, on a few puzzles: what they show."""

from pathlib import Path

import dagster as dg

from assets.training import build_training

from .conftest import check_metadata


def test_traces_and_training_sets_show_the_figures_of_every_asset(tmp_path: Path) -> None:
    definitions = build_training(str(tmp_path))
    searching = {"warehouse": str(tmp_path / "w"), "count": 4, "rollouts": 2, "candidates": 3, "nodes": 40}
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(name) for name in ("traces", "sft", "sft_rejected", "prm")],
            partition_key="countdown",
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "resources": {"searching": {"config": searching}},
            },
        )
    events = {one.asset_key.to_user_string(): one.materialization for one in result.get_asset_materialization_events()}
    assert set(events) == {"traces", "sft", "sft_rejected", "prm"}
    for name, one in events.items():
        check_metadata(name, dict(one.metadata))
    assert "data:image/svg+xml" in str(events["traces"].metadata["plot"].value)
    checks = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert {name for name, one in checks.items() if one.passed} == {
        "no_held_out_puzzle_is_trained_on", "counts_fit_steps_and_verdict",
    }  # fmt: skip
    assert all(one.metadata["checked"].value for one in checks.values()), "on some rows"
