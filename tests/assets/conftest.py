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
