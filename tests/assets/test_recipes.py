"""The recipes of docs/recipes are sound: a shell that parses, Kubernetes objects with what they need, real commands."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from assets.cli import app

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"


def options(command: str) -> set[str]:
    found = get_command(app).commands[command]  # type: ignore[attr-defined] # a group has commands
    return {name for parameter in found.params for name in parameter.opts}


@pytest.fixture(name="objects")
def _objects() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RECIPES / "kubernetes.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.sh")), ids=lambda path: path.name)
def test_a_script_parses(path: Path) -> None:
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_slurm_script_runs_a_real_command_with_real_options() -> None:
    (line,) = [one for one in (RECIPES / "slurm.sh").read_text().splitlines() if one.startswith("srun ")]
    words = line.split()
    assert words[1] == "bigmath"
    assert {word for word in words if word.startswith("--")} <= options(words[2])


def test_every_object_says_what_it_is(objects: list[dict[str, Any]]) -> None:
    kinds = {(one["apiVersion"], one["kind"]) for one in objects}
    assert kinds == {("v1", "PersistentVolumeClaim"), ("batch/v1", "Job")}
    assert all(one["metadata"]["name"] for one in objects)


def test_the_container_runs_a_real_command_with_real_options(objects: list[dict[str, Any]]) -> None:
    (container,) = _pod(objects)["containers"]
    assert container["args"][0] == "bigmath"
    assert {word for word in container["args"] if word.startswith("--")} <= options(container["args"][1])
    assert all(isinstance(one["value"], str) for one in container["env"])  # Kubernetes refuses a number


def test_every_mount_has_its_volume_and_every_claim_of_ours_its_object(objects: list[dict[str, Any]]) -> None:
    pod = _pod(objects)
    volumes = {one["name"] for one in pod["volumes"]}
    assert {one["name"] for one in pod["containers"][0]["volumeMounts"]} == volumes
    assert pod["restartPolicy"] in {"OnFailure", "Never"}  # all that a Job may have


def _pod(objects: list[dict[str, Any]]) -> dict[str, Any]:
    (job,) = [one for one in objects if one["kind"] == "Job"]
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod
