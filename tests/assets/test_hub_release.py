"""The asset `hub_release`: a dry run, an upload to a stand-in of the Hub, what it refuses, and what stops it."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.hub_release import HubRelease, hub_release, opening
from assets.metadata import LIMIT
from assets.resources import Curation
from bigmath.benchmarks.hub_stand_in import running_hub
from bigmath.release import inspect, push

from .conftest import check_metadata

# huggingface_hub's own calls
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def release(root: Path, **config: Any) -> dg.ExecuteInProcessResult:
    """One run of the asset."""
    run_config: dict[str, Any] = {
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        "ops": {"hub_release": {"config": config}},
    }
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [hub_release],
            resources={"curation": Curation(warehouse=str(root))},
            run_config=run_config,
            instance=instance,
            raise_on_error=False,
        )


def shown(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    assert result.success
    (event,) = result.get_asset_materialization_events()
    metadata = dict(event.materialization.metadata)
    check_metadata("hub_release", metadata)
    return {name: one.value for name, one in metadata.items()}


def test_without_a_name_it_is_a_dry_run_and_with_one_the_folder_is_uploaded_once(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the stand-in knows no Xet
    monkeypatch.setenv("HF_TOKEN", "hf_none")
    monkeypatch.setattr(push, "WAIT_SECONDS", 0.01)
    with running_hub() as hub:
        dry = shown(release(finished, endpoint=hub.endpoint))
        assert hub.requests == []
        assert dry["uploaded"].startswith("no: a dry run")
        assert not inspect.faults(Path(dry["folder"]))
        assert "| strict | " in dry["rows"]
        assert "| harp | MIT | " in dry["licences"]
        assert "# bigmath v1.0.0" in dry["card"]
        assert (dry["reused"], shown(release(finished))["reused"]) == (False, True)

        for reused in (False, True):  # the second time everything is there
            sent = shown(release(finished, repo_id="acme/math", endpoint=hub.endpoint))
            assert sent["reused"] is reused
            assert sent["dagster/uri"] == "hf://datasets/acme/math@v1.0.0"
            assert hub.titles["acme/math"] == ["Release v1.0.0"]
            assert sent["uploaded"] == f"commit {hub.tags['acme/math']['v1.0.0']}"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"repo_id": "math"}, "no name for the Hub: 'math'; accepted: ORGANISATION/DATASET"),
        ({"tag": "1.0"}, "no version: '1.0'; accepted: vMAJOR.MINOR.PATCH, such as v1.0.0"),
        ({"previous": "/nowhere"}, "/nowhere"),
        ({"labelled": "/nowhere"}, "/nowhere"),
        ({"license_allow": ["GPL-3.0-only"]}, "GPL"),
    ],
)
def test_what_cannot_be_used_is_one_line(finished: Path, config: dict[str, Any], said: str) -> None:
    result = release(finished, **config)
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data
    assert told is not None, failed.step_failure_data.error
    assert told.description is not None
    assert said in told.description
    assert "\n" not in told.description


def test_every_setting_is_documented() -> None:
    assert [name for name, field in HubRelease.model_fields.items() if not field.description] == []


def test_a_long_card_is_cut_between_paragraphs() -> None:
    card = "---\nlicense: mit\n---\n\n# Title\n\n" + "\n\n".join(["word " * 60] * 30)
    cut = opening(card)
    assert cut.startswith("# Title")
    assert cut.endswith("word \n\n... and so on in README.md")
    assert len(cut) <= LIMIT
