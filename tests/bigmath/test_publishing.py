"""Tables beside those of the main job: replaced by partition, never lost to another run that publishes meanwhile."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import polars as pl
import pytest

from bigmath import catalog
from bigmath.catalog import build_catalog, connect
from bigmath.errors import ConflictError
from bigmath.outputs import Output, Version
from bigmath.publishing import TRIES, publish_frames
from bigmath.store import Warehouse

ROWS = pl.DataFrame({"problem_id": ["a", "b"], "n": [1, 2]})


def _count(warehouse: Warehouse, table: str) -> int:
    with connect(warehouse) as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def test_a_partition_replaces_itself_and_nothing_else(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path)
    publish_frames(warehouse, "mine", {"prm": ROWS, "traces": ROWS}, {})
    publish_frames(warehouse, "other", {"prm": ROWS.head(1)}, {})
    assert (_count(warehouse, "prm"), _count(warehouse, "traces")) == (3, 2)
    publish_frames(warehouse, "mine", {"prm": ROWS.tail(1)}, {})
    assert (_count(warehouse, "prm"), _count(warehouse, "traces")) == (2, 2)
    version = publish_frames(warehouse, "mine", {"prm": ROWS.tail(1)}, {})
    assert version.number == 3  # the same rows again are the same version


def test_what_another_run_publishes_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse.open(tmp_path)
    publish_frames(warehouse, "first", {"prm": ROWS}, {})
    plain, met = Warehouse.publish, 0

    def publish(
        self: Warehouse, tables: Mapping[str, Sequence[Output]], about: Mapping[str, Any], parent: int | None
    ) -> Version:
        nonlocal met
        if not met:
            met = 1
            publish_frames(Warehouse.open(tmp_path), "meanwhile", {"traces": ROWS}, {})
        return plain(self, tables, about, parent)

    monkeypatch.setattr(Warehouse, "publish", publish)
    publish_frames(warehouse, "mine", {"prm": ROWS.head(1)}, {})
    assert (_count(warehouse, "prm"), _count(warehouse, "traces")) == (3, 2)


def test_a_catalog_never_goes_back_to_an_older_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_frames(Warehouse.open(tmp_path), "first", {"prm": ROWS}, {})
    plain, others = catalog._build, []  # the moment between reading the version and writing the file

    def build(*given: Any) -> Path:
        if not others:
            other = Warehouse.open(tmp_path)
            others.append(Thread(target=publish_frames, args=(other, "second", {"prm": ROWS}, {})))
            others[0].start()
            while (version := other.current()) is None or version.number == 1:
                time.sleep(0.01)
            others[0].join(0.5)  # it would write its catalog in a tenth of that
        return plain(*given)

    monkeypatch.setattr(catalog, "_build", build)
    build_catalog(Warehouse.open(tmp_path))
    others[0].join()
    assert _count(Warehouse.open(tmp_path), "prm") == 4


def test_a_warehouse_that_is_never_free_is_a_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def busy(*_: object, **__: object) -> Version:
        nonlocal asked
        asked += 1
        raise ConflictError("another run published first")

    monkeypatch.setattr(Warehouse, "publish", busy)
    with pytest.raises(ConflictError):
        publish_frames(Warehouse.open(tmp_path), "mine", {"prm": ROWS}, {})
    assert asked == TRIES
