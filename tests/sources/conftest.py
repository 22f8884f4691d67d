"""The stand-in of the Hub, and where the large mirror lies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bigmath.benchmarks.hub_stand_in import Hub, running_hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as server:
        yield server


@pytest.fixture
def mirror() -> Path:
    """A large mirror of the Hub: `BIGMATH_HUB`, else `../shared/data/hub` beside the repository."""
    beside = Path(__file__).parents[3] / "shared" / "data" / "hub"
    root = Path(os.environ.get("BIGMATH_HUB", beside))
    if not root.is_dir():
        pytest.skip("no mirror of the Hub: set BIGMATH_HUB to a folder laid out like it")
    return root
