"""Random histories of releases: versions, releases of them, data sets taken back, cleanings, runs and commands cut off.

What must hold after every step: a release is not there or whole, its rows are those of the version it names, it has no
source that its notices take back, and the release before a recall is marked. Each command may be asked again.
"""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bigmath import storage, store
from bigmath.catalog import connect_to
from bigmath.errors import SettingError, StoreError
from bigmath.outputs import Output, Version
from bigmath.release import build, inspect, manifest, recall
from bigmath.release.build import Request
from bigmath.store import Warehouse

from .standins.failing import Calls, PowerCut
from .standins.histories import DAY, SEED, Machine, Told, play

HISTORIES = int(os.environ.get("HISTORIES", "0"))
IN_RELEASES = 50
"""One history of releases for so many of a warehouse: each makes some, and counts all rows of each again."""
STEPS = 12
KEPT = Path(__file__).parents[1] / "data" / "formats" / f"warehouse-{store.FORMAT}"
SOURCES = ("own-0", "own-1", "own-2")


@dataclass
class Made:
    """A release: what must be in it."""

    folder: Path
    tag: str
    variant: int
    sources: set[str] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)
    """Sources taken back from it by a later one."""


@cache
def frames(table: str, at: int, variant: int) -> pl.DataFrame:
    """The kept rows, in three sources; their metadata names the run."""
    warehouse = Warehouse(storage.Folder(KEPT))
    version = warehouse.current()
    assert version is not None
    rows = warehouse.scan(version.tables[table][at]).collect()
    changed = {}
    if {"source", "problem_id"} <= set(rows.columns):
        changed["source"] = pl.lit("own-") + (pl.col("problem_id").str.slice(4, 4).str.to_integer(base=16) % 3).cast(
            pl.String
        )
    if "metadata" in rows.columns:
        changed["metadata"] = pl.lit(json.dumps({"variant": variant}))
    return rows.with_columns(**changed)


class Releases(Machine):
    """The model: the variant of each version, and of each release what is in it."""

    @initialize()
    def begin(self) -> None:
        self.set_up()
        self.root = self.folder / "w"
        shutil.copytree(KEPT, self.root)
        first = self.open().current()
        assert first is not None
        self.about = dict(first.about)
        self.releases: list[Made] = []
        self.variant = 0
        self.publish(0)

    def open(self) -> Warehouse:
        return Warehouse.open(self.root, create=False)

    def publish(self, variant: int) -> Version:
        """What a run does up to its version; its catalog, which comes after, is that of some earlier run here."""
        warehouse = self.open()
        parent = warehouse.current()
        assert parent is not None
        tables: dict[str, list[Output]] = {}
        for table, outputs in parent.tables.items():
            for at, one in enumerate(outputs):
                rows, key = frames(table, at, variant), f"{at}v{variant}"
                tables.setdefault(table, []).append(
                    warehouse.find(table, one.partition, key)
                    or warehouse.write(table, one.partition, key, schema=rows.schema, frames=[rows], made_from={})
                )
        version = warehouse.publish(tables, {**self.about, "variant": variant}, parent.number)
        self.variant = variant
        return version

    @rule(variant=st.integers(0, 2))
    def a_run_publishes(self, variant: int) -> None:
        version = self.publish(variant)
        self.told.note("publishes", variant, version.number)

    @rule(days=st.sampled_from([-2.0, 2.0]))
    def the_clock_jumps(self, days: float) -> None:
        self.clock += days * DAY
        self.told.note("clock jumps", days)

    @rule(keep=st.integers(1, 2))
    def somebody_cleans(self, keep: int) -> None:
        taken = [name for name in self.open().clean(keep=keep, apply=True) if name.startswith("tables/")]
        assert self.open().damages() == []
        self.told.note("cleanings", keep, taken)

    @rule(point=st.integers(0, 34))
    def somebody_releases(self, point: int) -> None:
        """Cut off at one of its storage calls, if it has so many, and asked again; over the newest release."""
        previous = self.releases[-1] if self.releases else None
        tag = f"v{len(self.releases) + 1}.0.0"
        out = self.folder / tag
        # of the data set of the release before: a notice concerns no other
        name = "acme/math" if previous is None else manifest.read(previous.folder).name
        folder = None if previous is None else previous.folder
        request = Request(name, tag, licenses=("unknown",), previous=folder)
        if previous is not None and (gone := set(SOURCES) - previous.sources):
            with pytest.raises(SettingError, match=f"({'|'.join(sorted(gone))}) was recalled"):
                build.build(self.open(), request, out)
            assert not out.exists()
            self.told.note("releases refused", tag, sorted(gone))
            request = replace(request, previous=None, name=f"acme/math{len(self.releases)}")
        if not self.interrupted(lambda: build.build(self.open(), request, out), point):
            assert not out.exists() or inspect.faults(out) == []
        if not out.exists():
            build.build(self.open(), request, out)
        with pytest.raises(StoreError, match="there already"):
            build.build(self.open(), request, out)
        self.releases.append(Made(out, tag, self.variant, set(SOURCES)))
        self.told.note("releases", tag, self.variant)

    @precondition(lambda self: any(len(one.sources) > 1 for one in self.releases))
    @rule(which=st.integers(0, 5), source=st.integers(0, 2), point=st.integers(0, 34))
    def a_source_is_recalled(self, which: int, source: int, point: int) -> None:
        """From any release; cut off at one of its storage calls, if it has so many, and asked again."""
        there = [one for one in self.releases if len(one.sources) > 1]
        old = there[which % len(there)]
        name = sorted(old.sources)[source % len(old.sources)]
        out = self.folder / f"{len(self.releases)}-without-{name}"

        def again() -> recall.Notice:
            return build.recall_source(old.folder, name, out, reason="asked by its owner", date="2026-01-01")

        whole = self.interrupted(again, point)
        notice = again()
        assert again() == notice  # the reply was lost
        old.recalled.add(name)
        self.releases.append(Made(out, notice.fixed_in, old.variant, old.sources - {name}))
        self.told.note("recalls" if whole else "recalls cut off", old.tag, name, notice.rows)

    def interrupted(self, act: Callable[[], object], point: int) -> bool:
        """Does it and is killed at a storage call; whether it came to its end before."""
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, fail=point, error=PowerCut())
            with suppress(PowerCut):
                act()
                return True
        return False

    @invariant()
    def every_release_is_whole_and_of_one_version(self) -> None:
        if not hasattr(self, "releases"):
            return
        for made in self.releases:
            release = manifest.read(made.folder)
            assert release.settings["variant"] == made.variant
            with duckdb.connect() as connection:
                found = connection.execute(
                    "select distinct source, coalesce(metadata->>'variant', 'withheld')"
                    " from read_parquet($1, union_by_name = true)",
                    [f"{made.folder}/*/*.parquet"],
                ).fetchall()
            assert {source for source, _ in found} == made.sources == {one.source for one in release.sources}
            assert {variant for _, variant in found} == {str(made.variant)}
            assert {one["source"] for one in recall.concerning(release, made.folder)} == made.recalled
            assert not made.sources & {one["source"] for one in release.recalls if one["name"] == release.name}

    def teardown(self) -> None:
        if hasattr(self, "releases"):
            assert [inspect.faults(made.folder) for made in self.releases] == [[] for _ in self.releases]
        super().teardown()


def test_every_history_keeps_releases_whole(capsys: pytest.CaptureFixture[str]) -> None:
    told = play(Releases, max(3, HISTORIES // IN_RELEASES), STEPS if HISTORIES else 5)
    with capsys.disabled():
        print(f"\nreleases, SEED={SEED}: {told.line()}")
    assert told.counts["histories"] >= 3


def played(*steps: Callable[[Releases], None]) -> Releases:
    """One history step by step."""
    Releases.told = Told()
    history = Releases()
    history.begin()
    try:
        for step in steps:
            step(history)
            history.every_release_is_whole_and_of_one_version()
    finally:
        history.teardown()
    return history


def test_one_history_of_each_step() -> None:
    history = played(
        lambda history: history.somebody_releases(20),
        lambda history: history.a_run_publishes(2),
        lambda history: history.the_clock_jumps(2.0),
        lambda history: history.somebody_cleans(1),
        lambda history: history.somebody_releases(0),
        lambda history: history.a_source_is_recalled(0, 1, 29),  # the new release is there, the old one not marked
        lambda history: history.somebody_releases(0),
    )
    assert [(made.variant, len(made.sources)) for made in history.releases] == [(0, 3), (2, 3), (0, 2), (2, 3)]
    assert history.told.counts["releases refused"] == 1


def test_a_release_after_a_recall_from_another_data_set_is_refused_too() -> None:
    history = played(
        lambda history: history.somebody_releases(0),
        lambda history: history.a_source_is_recalled(0, 0, 0),
        lambda history: history.somebody_releases(0),  # refused, so under another name
        lambda history: history.a_source_is_recalled(2, 0, 0),
        lambda history: history.somebody_releases(0),
    )
    assert history.told.counts["releases refused"] == 2


def test_a_recall_that_empties_a_configuration_is_a_major_step() -> None:
    history = played(
        lambda history: history.somebody_releases(0),
        lambda history: history.a_source_is_recalled(0, 0, 0),
        lambda history: history.a_source_is_recalled(1, 1, 0),
    )
    assert [made.tag for made in history.releases] == ["v1.0.0", "v1.1.0", "v2.0.0"]


def test_a_recall_that_forgets_to_mark_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "mark", lambda folder, notice: None)
    with pytest.raises(AssertionError):
        played(lambda history: history.somebody_releases(0), lambda history: history.a_source_is_recalled(0, 0, 0))


def test_a_release_from_the_catalog_of_the_version_before_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        build, "connect_to", lambda warehouse, version: connect_to(warehouse, warehouse.version(version.number - 1))
    )
    with pytest.raises(AssertionError):
        played(lambda history: history.a_run_publishes(1), lambda history: history.somebody_releases(0))
