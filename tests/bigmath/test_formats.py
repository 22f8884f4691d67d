"""Warehouses and releases as older versions wrote them, kept in `tests/data/formats`: each must be read for ever.

They were made of five rows by `bigmath run -s own.jsonl` and `bigmath release --license unknown`. A new format comes
with a new folder beside the old ones; none is ever made again.
"""

import shutil
from pathlib import Path

import pytest

import bigmath
from bigmath import remote, store
from bigmath.release import inspect, manifest
from bigmath.store import Warehouse

KEPT = Path(__file__).parents[1] / "data" / "formats"
ANSWERS = {"42", "7", r"\frac{7}{8}"}


def test_the_formats_that_are_written_today_are_kept() -> None:
    assert (KEPT / f"warehouse-{store.FORMAT}" / "format.json").is_file()
    assert (KEPT / f"release-{manifest.FORMAT}" / "release.json").is_file()


@pytest.mark.parametrize("name", sorted(one.name for one in KEPT.glob("warehouse-*")))
def test_a_warehouse_of_an_older_format_is_read_and_published_over(name: str, tmp_path: Path) -> None:
    root = Path(shutil.copytree(KEPT / name, tmp_path / "w"))
    warehouse = Warehouse.open(root, create=False)
    assert warehouse.damages() == []
    assert set(bigmath.load("strict", warehouse=root)["answer"]) == ANSWERS
    with remote.tables(root) as connection:
        assert connection.execute("select count(*) from problems").fetchone() == (5,)
        assert connection.execute("select count(*) from runs").fetchone() == (1,)
        assert connection.execute("select sum(first) from funnel").fetchone() == (2,)
    version = warehouse.current()
    assert version is not None
    after = warehouse.publish(dict(version.tables), {"made": "later"}, parent=version.number)
    assert after.number == version.number + 1


@pytest.mark.parametrize("name", sorted(one.name for one in KEPT.glob("release-*")))
def test_a_release_of_an_older_format_passes_its_check_and_is_loaded(name: str) -> None:
    assert inspect.faults(KEPT / name) == []
    assert set(bigmath.load("strict", warehouse=KEPT / name)["answer"]) == ANSWERS
