"""The command line in this process."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assets.cli import main
from assets.metadata import FIGURES, LIMIT
from bigmath.release import build
from bigmath.store import Warehouse


@dataclass(frozen=True)
class Said:
    """What a command did: its exit code and both streams."""

    code: int
    out: str
    err: str


Bigmath = Callable[..., Said]


@pytest.fixture(name="bigmath")
def _bigmath(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Bigmath:
    """Runs `bigmath ARGS...` in this process."""

    def call(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["bigmath", *map(str, arguments)])
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capfd.readouterr()
        assert isinstance(code, int)
        return Said(code, out, err)

    return call


def check_metadata(place: str, metadata: dict[str, Any]) -> None:
    """What must hold of every materialization's metadata."""
    assert set(FIGURES) <= metadata.keys(), place
    numbers = [one for one in metadata.values() if isinstance(one.value, (int, float)) and one.value is not None]
    assert len(numbers) <= 20, place
    for name, value in metadata.items():
        text = value.value if isinstance(value.value, str) else json.dumps(value.value, default=str)
        assert len(text) <= LIMIT, f"{place} {name}"


@pytest.fixture(name="released", scope="session")
def _released(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release of the finished run; only to be read."""
    out = tmp_path_factory.mktemp("release") / "v1"
    build.build(Warehouse.open(finished, create=False), build.Request("acme/math", "v1.0.0"), out)
    return out


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def copied(released: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(released, tmp_path / "copy")
    return tmp_path / "copy"
