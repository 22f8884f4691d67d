"""One finished run over the embedded sample, shared by all tests that only read it."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from assets.cli import main


@pytest.fixture(name="finished", scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after one `bigmath run` on the sample. Of several test processes the first makes it; the others begin
    with a copy, in which the run finds every table made."""
    root = tmp_path_factory.mktemp("finished") / "warehouse"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _run(root)
        return root
    first = tmp_path_factory.getbasetemp().parent / "finished-by-the-first"
    with FileLock(first.with_suffix(".lock")):
        if first.exists():
            shutil.copytree(first, root)
            for run in (root / "runs").iterdir():
                run.unlink()
        _run(root)
        if not first.exists():
            shutil.copytree(root, first)
    return root


def _run(root: Path) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "argv", ["bigmath", "run", "--warehouse", str(root)])
    with pytest.raises(SystemExit) as stop:
        main()
    patch.undo()
    assert not stop.value.code
