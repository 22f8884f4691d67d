"""The command line in this process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assets.cli import main


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
