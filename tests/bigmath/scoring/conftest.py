"""A warehouse and a store to fill."""

from pathlib import Path

import pytest

from bigmath.scoring.engine import Settings
from bigmath.scoring.generations import Generations
from bigmath.store import Warehouse


@pytest.fixture(name="warehouse")
def _warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "warehouse")


@pytest.fixture(name="store")
def _store(warehouse: Warehouse) -> Generations:
    return Generations.of(warehouse, "scripted", "1", Settings(max_tokens=20))
