"""Random histories of a warehouse: publishing, reading, crashes, clock jumps, cleaning.

What must hold after every step: a reader sees the newest version, whole; numbers never go back; cleaning takes no file
of a version that is kept. Hypothesis shortens and replays a history that breaks this; `HISTORIES=5000 STEPS=50` looks
long. Histories run in memory and wait for no disk: what a power cut leaves is for test_store_faults.py.
"""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bigmath import storage, store
from bigmath.errors import ConflictError, StoreError
from bigmath.store import Output, Warehouse

from .standins.failing import Calls, PowerCut

HISTORIES = int(os.environ.get("HISTORIES", "8"))
STEPS = int(os.environ.get("STEPS", "15"))
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SCHEMA = pl.Schema({"number": pl.Int64()})
DAY = 86_400.0


class Histories(RuleBasedStateMachine):
    """The model: for every version that was published, what its rows are."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.root = self.folder / "w"
        self.clock = 0.0
        self.patch = pytest.MonkeyPatch()
        real = time.time
        self.patch.setattr(storage.time, "time", lambda: real() + self.clock)
        self.patch.setattr(os, "fsync", lambda descriptor: None)
        self.patch.setattr(store, "_content", lambda paths, columns: "0" * 16)  # starting DuckDB takes long
        self.rows: dict[int, int] = {}
        self.seen = 0
        self.oldest = 0
        """Versions before this one were given up by a cleaning."""
        Warehouse.open(self.root)

    def write(self, key: int) -> Output:
        frame = pl.DataFrame({"number": [key] * (key + 1)}, schema=SCHEMA)
        return Warehouse.open(self.root).write(
            "problems", "toy", f"k{key}", schema=SCHEMA, frames=[frame], made_from={"key": key}
        )

    def publish(self, key: int, parent: int | None) -> None:
        version = Warehouse.open(self.root).publish({"problems": [self.write(key)]}, {"key": key}, parent=parent)
        self.rows[version.number] = key

    @rule(key=st.integers(0, 4))
    def a_run_publishes(self, key: int) -> None:
        self.publish(key, self.newest() or None)

    @rule(key=st.integers(0, 4))
    def a_late_run_publishes_over_an_old_version(self, key: int) -> None:
        newest = self.newest()
        if newest and self.rows[newest] != key:
            with pytest.raises(ConflictError):
                self.publish(key, newest - 1 or None)

    @rule(key=st.integers(0, 4), point=st.integers(1, 25))
    def a_run_is_cut_off(self, key: int, point: int) -> None:
        before = self.newest()
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, fail=point, error=PowerCut())
            with suppress(PowerCut):
                self.publish(key, before or None)
        newest = self.newest()
        assert newest in {before, before + 1}
        if newest > before:
            self.rows[newest] = key

    @rule(key=st.integers(0, 4))
    def a_run_writes_and_publishes_nothing(self, key: int) -> None:
        self.write(key)

    @rule(days=st.sampled_from([-400.0, -2.0, 2.0, 400.0]))
    def the_clock_jumps(self, days: float) -> None:
        self.clock += days * DAY

    @rule(keep=st.integers(1, 3))
    def somebody_cleans(self, keep: int) -> None:
        warehouse = Warehouse.open(self.root)
        listed = warehouse.clean(keep=keep)
        before = sorted(path.parent.relative_to(self.root).as_posix() for path in self.root.glob("tables/*/*/*/*.json"))
        assert warehouse.clean(keep=keep, apply=True) == listed
        after = sorted(path.parent.relative_to(self.root).as_posix() for path in self.root.glob("tables/*/*/*/*.json"))
        assert [name for name in before if name not in after] == [n for n in listed if n.startswith("tables/")]
        self.oldest = max(self.oldest, self.newest() - keep + 1)
        for number in range(max(1, self.oldest), self.newest() + 1):
            for entry in warehouse.version(number).files():
                warehouse.check(entry)

    def newest(self) -> int:
        version = Warehouse.open(self.root).current()
        return version.number if version else 0

    @invariant()
    def a_reader_sees_a_whole_version_and_never_an_older_one(self) -> None:
        if not hasattr(self, "root"):
            return
        reader = Warehouse.open(self.root)
        version = reader.current()
        if version is None:
            assert not self.rows
            return
        assert version.number == max(self.rows) >= self.seen
        self.seen = version.number
        key = self.rows[version.number]
        assert reader.scan(*version.tables["problems"]).collect()["number"].to_list() == [key] * (key + 1)

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()
            shutil.rmtree(self.folder)


class TestHistories(Histories.TestCase):
    settings = settings(
        max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )


def test_a_broken_store_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The histories can fail: a clean that forgets which outputs are named."""
    clean = storage.Folder.clean
    monkeypatch.setattr(storage.Folder, "clean", lambda self, named, *, apply: clean(self, set, apply=apply))
    history = Histories()
    history.begin()
    history.a_run_publishes(key=1)
    history.the_clock_jumps(days=2.0)
    with pytest.raises(StoreError, match="is missing"):
        history.somebody_cleans(keep=1)
    history.teardown()
