"""One finished run over the embedded sample, shared by all tests that only read it."""

import sys
from pathlib import Path

import pytest

from assets.cli import main


@pytest.fixture(name="finished", scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after `bigmath run` on the sample."""
    root = tmp_path_factory.mktemp("finished") / "warehouse"
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "argv", ["bigmath", "run", "--warehouse", str(root)])
    with pytest.raises(SystemExit) as stop:
        main()
    patch.undo()
    assert not stop.value.code
    return root
