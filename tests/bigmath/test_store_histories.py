"""Random histories of a warehouse, in a folder and in a bucket: publishing, reading, crashes, lost replies, runs begun
again, clock jumps, cleaning.

What must hold after every step: a reader sees the newest version, whole and of one run; numbers never go back; cleaning
takes no file of a version that is kept. Hypothesis shortens a history that breaks this; `HISTORIES=5000 STEPS=50` looks
long, `SEED=` plays the same histories again. They run in memory and wait for no disk: what a power cut leaves is for
test_store_faults.py; those of releases are in test_release_histories.py.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bigmath import object_storage, storage, store
from bigmath.errors import BigMathError, ConflictError, ServiceError, TamperError
from bigmath.outputs import Output, Version, body_of
from bigmath.store import Warehouse

from .standins.failing import Calls, PowerCut
from .standins.histories import DAY, SEED, Machine, play
from .standins.places import BucketPlace, FolderPlace, Place, s3_client, s3_environment, s3_server
from .standins.proxy import Proxy, proxy_before

HISTORIES = int(os.environ.get("HISTORIES", "8"))
STEPS = int(os.environ.get("STEPS", "15"))
IN_A_BUCKET = 250
"""One history there for so many in a folder, and half as long: a request takes as long as a step."""
SCHEMA = pl.Schema({"number": pl.Int64()})

Tables = dict[str, list[Output]]


class Histories(Machine):
    """The model: for every version that was published, what its rows are. A run of `key` reads key + 1 rows and keeps
    half of them."""

    @initialize()
    def begin(self) -> None:
        self.set_up()
        self.place = self.new_place()
        self.rows: dict[int, int] = {}
        self.seen = 0
        self.oldest = 1
        """Versions before this one were given up by a cleaning."""
        self.cut_off: int | None = None
        """The key of a run that was cut off and not begun again."""
        self.waiting: list[tuple[int, Tables, int | None]] = []
        """Runs that have written and not published: key, outputs, parent."""
        self.open()

    def new_place(self) -> Place:
        return FolderPlace(self.folder / "w")

    def open(self) -> Warehouse:
        """The warehouse as a new process finds it."""
        return Warehouse.open(self.place.url)

    def write(self, key: int) -> Tables:
        """What a run does before it publishes: outputs that are there are not made again."""
        warehouse = self.open()
        kept = key // 2 + 1
        tables: Tables = {}
        for table, count in (("base", kept), ("rejected", key + 1 - kept)):
            frame = pl.DataFrame({"number": [key] * count}, schema=SCHEMA)
            tables[table] = [
                warehouse.find(table, "toy", f"k{key}")
                or warehouse.write(table, "toy", f"k{key}", schema=SCHEMA, frames=[frame], made_from={"key": key})
            ]
        return tables

    def publish(self, key: int, parent: int | None, tables: Tables | None = None) -> Version:
        version = self.open().publish(tables or self.write(key), {"key": key}, parent=parent)
        self.rows[version.number] = key
        return version

    @rule(key=st.integers(0, 4))
    def a_run_publishes(self, key: int) -> None:
        version = self.publish(key, self.newest() or None)
        self.told.note("publishes", key, version.number)

    @rule(key=st.integers(0, 4))
    def a_late_run_publishes_over_an_old_version(self, key: int) -> None:
        newest = self.newest()
        if newest and self.rows[newest] != key:
            with pytest.raises(ConflictError):
                self.publish(key, newest - 1 or None)
            self.told.note("late runs refused", key, newest)

    @rule(key=st.integers(0, 4), point=st.integers(1, 50))
    def a_run_is_cut_off(self, key: int, point: int) -> None:
        before = self.newest()
        self.interrupted(lambda: self.publish(key, before or None), point)
        newest = self.newest()
        assert newest in {before, before + 1}
        if newest > before:
            self.rows[newest] = key
        self.cut_off = key
        self.told.note("crashes", key, point, newest)

    def interrupted(self, act: Callable[[], object], point: int) -> None:
        """Does it, and stops at a storage call where it has so many."""
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, fail=point, error=PowerCut())
            with suppress(PowerCut):
                act()

    @precondition(lambda self: self.cut_off is not None)
    @rule()
    def the_run_that_was_cut_off_begins_again(self) -> None:
        key, before = self.cut_off, self.newest()
        assert key is not None
        finished = {name: self.place.read(name) for name in self.outputs(key)}
        version = self.publish(key, before or None)
        assert version.number in {before, before + 1}
        assert {name: self.place.read(name) for name in finished} == finished
        self.cut_off = None
        self.told.note("runs that went on", key, version.number, len(finished))

    @rule(key=st.integers(0, 4), point=st.integers(1, 40))
    def a_reply_is_lost(self, key: int, point: int) -> None:
        """What was done and not confirmed is asked again, and done once."""
        before = self.newest()
        version = self.without_reply(lambda: self.publish(key, before or None), point)
        assert version.number == self.newest() <= before + 1
        self.told.note("lost replies", key, point, version.number)

    def without_reply(self, publish: Callable[[], Version], point: int) -> Version:
        """In a folder: the process is killed after it has published, and told nobody."""
        first = publish()
        assert publish() == first
        return first

    @rule(key=st.integers(0, 4))
    def a_run_writes_and_will_publish_later(self, key: int) -> None:
        self.waiting.append((key, self.write(key), self.newest() or None))
        self.told.note("runs that waited", key)

    @precondition(lambda self: self.waiting)
    @rule()
    def a_run_publishes_what_it_wrote_before(self) -> None:
        """A cleaning may have taken its outputs: then it is refused. Another may have published the same: then that is
        its version."""
        key, tables, parent = self.waiting.pop(0)
        before, ours = self.newest(), (parent or 0) + 1
        there = all(self.there(output) for outputs in tables.values() for output in outputs)
        same = before and self.rows[before] == key
        free = ours > before or self.rows[ours] == key
        try:
            number = self.publish(key, parent, tables).number
            assert there and (same or free), (there, same, parent, before)
            assert number == (before if same else ours)
            self.told.note("late publishes", key, number)
        except (TamperError, ConflictError) as error:
            assert isinstance(error, TamperError) != there
            assert not (there and free)
            assert self.newest() == before
            self.told.note("late publishes refused", key, type(error).__name__)

    @rule(days=st.sampled_from([-400.0, -2.0, 2.0, 400.0]))
    def the_clock_jumps(self, days: float) -> None:
        self.clock += days * DAY
        self.told.note("clock jumps", days)

    @rule(keep=st.integers(1, 3))
    def somebody_cleans(self, keep: int) -> None:
        warehouse = self.open()
        listed = warehouse.clean(keep=keep)
        assert self.clock > 0 or not listed  # nothing is older than the grace time
        before = self.outputs()
        assert warehouse.clean(keep=keep, apply=True) == listed
        after = self.outputs()
        taken = [name for name in before if name not in after]
        assert [name.rpartition("/")[0] for name in taken] == [name for name in listed if name.startswith("tables/")]
        self.oldest = max(self.oldest, self.newest() - keep + 1)
        for number in range(self.oldest, self.newest() + 1):
            for entry in warehouse.version(number).files():
                warehouse.check(entry)
        self.told.note("cleanings", keep, taken)
        self.told.counts["outputs taken"] += len(taken)

    def outputs(self, key: int | None = None) -> list[str]:
        """The manifests of finished outputs, of one key or of all."""
        end = "/manifest.json" if key is None else f"/k{key}/manifest.json"
        return [name for name in self.place.names("tables") if name.endswith(end)]

    def there(self, output: Output) -> bool:
        return all(entry.path in self.place.names("tables") for entry in output.files)

    def newest(self) -> int:
        version = self.open().current()
        return version.number if version else 0

    @invariant()
    def a_reader_sees_a_whole_version_of_one_run_and_never_an_older_one(self) -> None:
        if not hasattr(self, "rows"):
            return
        reader = self.open()
        version = reader.current()
        if version is None:
            assert not self.rows
            return
        assert version.number == max(self.rows) >= self.seen
        self.seen = version.number
        key = self.rows[version.number]
        kept, rejected = (
            [
                number
                for output in version.tables[table]
                for frame in reader.frames(output)
                for number in frame["number"]
            ]
            for table in ("base", "rejected")
        )
        assert len(kept) == key // 2 + 1
        assert kept + rejected == [key] * (key + 1)  # each row that was read is in one of them


def in_a_bucket(address: str, proxied: str, proxy: Proxy) -> type[Histories]:
    """The same histories at an S3 server, whose requests meet the faults of a network."""
    client = s3_client(address)

    class InABucket(Histories):
        def new_place(self) -> Place:
            proxy.plan()
            s3_environment(self.patch, proxied, self.folder / "cache")
            self.patch.setattr(object_storage, "datetime", Clock)
            Clock.machine = self
            return BucketPlace(client, "maths", self.folder.name)

        def interrupted(self, act: Callable[[], object], point: int) -> None:
            """The server stays away from one request on: the run gives up."""
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(object_storage, "ATTEMPTS", 1)
                proxy.plan("reset before", first=point)
                with suppress(ServiceError):
                    act()
                proxy.plan()

        def without_reply(self, publish: Callable[[], Version], point: int) -> Version:
            """The reply to one request is lost."""
            proxy.plan("reply lost", first=point, last=point)
            version = publish()
            proxy.plan()
            return version

    class Clock(datetime):
        """The clock of the machine that cleans; the server has its own."""

        machine: Histories

        @classmethod
        def now(cls, tz: Any = UTC) -> datetime:
            return datetime.now(tz) + timedelta(seconds=cls.machine.clock)

    return InABucket


@pytest.fixture(name="bucket", scope="module")
def _bucket() -> Iterator[type[Histories]]:
    with s3_server() as address, proxy_before(address) as (proxied, proxy):
        yield in_a_bucket(address, proxied, proxy)


def test_every_history_in_a_folder_keeps_the_promises(capsys: pytest.CaptureFixture[str]) -> None:
    told = play(Histories, HISTORIES, STEPS)
    with capsys.disabled():
        print(f"\nin a folder, SEED={SEED}: {told.line()}")
    assert told.counts["histories"] >= HISTORIES


def test_every_history_in_a_bucket_keeps_the_promises(
    bucket: type[Histories], capsys: pytest.CaptureFixture[str]
) -> None:
    told = play(bucket, max(5, HISTORIES // IN_A_BUCKET), STEPS // 2)
    with capsys.disabled():
        print(f"\nin a bucket, SEED={SEED}: {told.line()}")
    assert told.counts["histories"] >= 5


def test_a_seed_gives_the_same_histories_again() -> None:
    one, again, other = (play(Histories, 3, 15, at) for at in (SEED, SEED, SEED + 1))
    assert one.log.hexdigest() == again.log.hexdigest() != other.log.hexdigest()


def _clean_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean that forgets which outputs are named."""
    clean = storage.Folder.clean
    monkeypatch.setattr(storage.Folder, "clean", lambda self, named, *, apply: clean(self, set, apply=apply))


def _clean_more_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean that takes what is new as well."""
    clean = storage.Folder.clean

    def without_grace(self: storage.Folder, named: Any, *, apply: bool) -> list[str]:
        listed = clean(self, named, apply=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storage, "GRACE_HOURS", -1e9)
            clean(self, named, apply=apply)
        return listed

    monkeypatch.setattr(storage.Folder, "clean", without_grace)


def _publish_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publish that does not look whether its files are there."""
    monkeypatch.setattr(Warehouse, "_still_there", lambda self, files: None)
    publish = Warehouse.publish

    def trusting(self: Warehouse, *given: Any, **named: Any) -> Version:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Warehouse, "check", lambda self, entry, **_: None)
            return publish(self, *given, **named)

    monkeypatch.setattr(Warehouse, "publish", trusting)


def _publish_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publish that does not see that its version is published already."""
    marks = itertools.count()
    monkeypatch.setattr(store, "body_of", lambda tables, about: {**body_of(tables, about), "mark": next(marks)})


def _look_at_the_pointer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that does not see a version whose run was cut off before the pointer moved."""
    monkeypatch.setattr(Warehouse, "_claimed", lambda self: [])


@pytest.mark.parametrize(
    "broken",
    [
        _clean_all,
        _clean_more_than_told,
        pytest.param(_publish_unseen, marks=pytest.mark.trust),
        _publish_twice,
        _look_at_the_pointer_alone,
    ],
)
def test_a_broken_store_is_noticed(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, BigMathError)):
        play(Histories, 300, 30, 1, shorten=False)
