"""The warehouse's promises, in a folder and in a bucket: one winner, every damage found, finished work found again.

What is particular to a place is tested in test_store_faults.py (crashes, full disks) and test_object_storage.py.
"""

import json
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from bigmath.errors import ConflictError, StoreError, TamperError
from bigmath.outputs import Output, folder_of, key_of
from bigmath.store import Warehouse

from .standins.places import BucketPlace, FolderPlace, Place, s3_client, s3_environment, s3_server

SCHEMA = pl.Schema({"id": pl.String(), "number": pl.Int64()})


def rows(start: int, stop: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [f"p{n}" for n in range(start, stop)], "number": list(range(start, stop))}, schema=SCHEMA
    )


def write(warehouse: Warehouse, key: str = "k", stop: int = 30, table: str = "problems") -> Output:
    frames = [rows(at, min(at + 10, stop)) for at in range(0, stop, 10)]
    return warehouse.write(table, "toy", key, schema=SCHEMA, frames=frames, made_from={"key": key})


NewPlace = Callable[[str], Place]


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(name="at", params=["folder", "bucket"])
def _at(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewPlace:
    """Gives places of the same kind by name; no two tests share one."""
    if request.param == "folder":
        return lambda name: FolderPlace(tmp_path / name)
    address = request.getfixturevalue("s3")
    s3_environment(monkeypatch, address, tmp_path / "cache")
    client = s3_client(address)
    return lambda name: BucketPlace(client, "maths", f"{tmp_path.name}/{name}")


@pytest.fixture(name="place")
def _place(at: NewPlace) -> Place:
    return at("w")


def test_an_output_is_found_again_with_its_rows_in_order(place: Place) -> None:
    written = write(Warehouse.open(place.url))
    again = Warehouse.open(place.url, create=False)
    found = again.find("problems", "toy", "k")
    assert found == written
    assert found.rows == 30
    assert again.scan(found).collect()["number"].to_list() == list(range(30))
    assert [frame.height for frame in again.frames(found)] == [10, 10, 10]
    assert again.find("problems", "toy", "other") is None


def test_the_same_rows_give_the_same_bytes_and_fingerprint_and_another_order_the_same_fingerprint(at: NewPlace) -> None:
    one = write(Warehouse.open(at("one").url))
    two = write(Warehouse.open(at("two").url))
    assert one == two
    reversed_rows = Warehouse.open(at("three").url).write(
        "problems", "toy", "k", schema=SCHEMA, frames=[rows(0, 30).reverse()], made_from={}
    )
    assert reversed_rows.content == one.content
    assert reversed_rows.files != one.files
    assert write(Warehouse.open(at("four").url), stop=29).content != one.content


def test_an_output_without_rows_still_has_its_columns(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    output = warehouse.write("problems", "toy", "k", schema=SCHEMA, frames=[], made_from={})
    assert warehouse.scan(output).collect().schema == SCHEMA


def test_a_frame_of_another_shape_is_refused_and_leaves_nothing(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    with pytest.raises(StoreError, match="column number is Float64, not Int64"):
        warehouse.write(
            "problems", "toy", "k", schema=SCHEMA, frames=[rows(0, 1).cast({"number": pl.Float64})], made_from={}
        )
    assert list(warehouse.root.glob(".stage/*")) == []
    assert place.names("tables") == []
    assert warehouse.find("problems", "toy", "k") is None


def test_publishing_the_same_tables_twice_makes_one_version(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    output = write(warehouse)
    first = warehouse.publish({"problems": [output]}, {"profile": "toy"}, parent=None)
    assert first.number == 1
    assert warehouse.publish({"problems": [output]}, {"profile": "toy"}, parent=1).number == 1
    second = warehouse.publish({"problems": [write(warehouse, "k2", 20)]}, {"profile": "toy"}, parent=1)
    assert (second.number, second.parent) == (2, 1)
    assert warehouse.current() == second
    assert warehouse.version(1) == first
    assert warehouse.publish({"problems": [output]}, {"profile": "toy"}, parent=None) == first  # its reply was lost
    assert json.loads(place.read("current.json"))["version"] == 2


def test_a_run_that_lost_the_race_is_told_so_and_changes_nothing(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    winner = warehouse.publish({"problems": [write(warehouse)]}, {"run": "a"}, parent=None)
    with pytest.raises(ConflictError, match="published version 1") as caught:
        warehouse.publish({"problems": [write(warehouse, "k2")]}, {"run": "b"}, parent=None)
    assert caught.value.hint
    assert warehouse.current() == winner


def test_the_pointer_never_goes_back(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    for run in range(3):
        warehouse.publish({"problems": [write(warehouse)]}, {"run": run}, parent=run or None)
    before = place.read("current.json")
    warehouse._point_to(1)
    assert place.read("current.json") == before
    place.write("current.json", b"damaged")
    with pytest.raises(StoreError, match=r"cannot read current\.json"):
        warehouse.current()
    warehouse._point_to(3)
    assert place.read("current.json") == before


def _publish_many(
    url: str,
    name: int,
    rounds: int,
    barrier: "multiprocessing.synchronize.Barrier",
    wins: "multiprocessing.Queue[int]",
) -> None:
    warehouse = Warehouse.open(url)
    output = write(warehouse, f"k{name}", 10 + name)
    for round_ in range(rounds):
        barrier.wait()
        try:
            warehouse.publish({"problems": [output]}, {"by": name, "round": round_}, parent=round_ or None)
            wins.put(round_)
        except ConflictError:
            pass


@pytest.mark.parametrize(("processes", "rounds"), [(2, 10), pytest.param(8, 100, marks=pytest.mark.trust)])
def test_of_processes_publishing_a_version_one_wins_each_time(place: Place, processes: int, rounds: int) -> None:
    if not isinstance(place, FolderPlace):
        rounds //= 10  # the stand-in of S3 answers some hundred requests a second
    context = multiprocessing.get_context("spawn")
    barrier, wins = context.Barrier(processes), context.Queue()
    Warehouse.open(place.url)
    workers = [
        context.Process(target=_publish_many, args=(place.url, n, rounds, barrier, wins)) for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    won = sorted(wins.get(timeout=600) for _ in range(rounds))  # a hang, and no machine that is slow
    for worker in workers:
        worker.join(timeout=120)
        assert worker.exitcode == 0
    assert won == list(range(rounds))
    assert wins.empty()
    warehouse = Warehouse.open(place.url)
    for number in range(1, rounds + 1):
        version = warehouse.version(number)
        (output,) = version.tables["problems"]
        assert output.rows == 10 + version.about["by"]
    current = warehouse.current()
    assert current is not None
    assert current.number == rounds
    assert warehouse.damages() == []


def _damage(place: Place, files: list[str], seed: int) -> str:
    """Damages the published files in one of five ways; returns the name that must be reported."""
    rng = random.Random(seed)
    name = rng.choice(files)
    data = place.read(name)
    match seed % 5:
        case 0:
            changed = bytearray(data)
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            place.write(name, bytes(changed))
        case 1:
            place.write(name, data[: rng.randrange(len(data))])
        case 2:
            place.delete(name)
        case 3:
            name = f"{name.rpartition('/')[0]}/part-9{rng.randrange(10_000):04}.parquet"
            place.write(name, b"PAR1")
        case 4:
            other = rng.choice([one for one in files if place.read(one) != data])
            place.write(name, place.read(other))
            place.write(other, data)
    return name.rpartition("/")[2]


@pytest.mark.parametrize("damages", [50, pytest.param(1000, marks=pytest.mark.trust)])
def test_every_damage_is_found_and_named(place: Place, damages: int) -> None:
    warehouse = Warehouse.open(place.url)
    outputs = [write(warehouse, "k1"), write(warehouse, "k2", 50, table="base")]
    warehouse.publish({"problems": [outputs[0]], "base": [outputs[1]]}, {}, parent=None)
    assert warehouse.damages() == []
    saved = {name: place.read(name) for name in place.names("tables")}
    files = [name for name in saved if name.endswith(".parquet")]
    for seed in range(damages if isinstance(place, FolderPlace) else damages // 5):
        name = _damage(place, files, seed)
        found = warehouse.damages()
        assert any(name in line for line in found), (seed, name, found)
        for left in place.names("tables"):
            if left not in saved:
                place.delete(left)
        for whole, data in saved.items():
            place.write(whole, data)
    assert warehouse.damages() == []


@pytest.mark.trust
def test_to_check_ten_gigabytes_takes_less_than_a_minute_of_one_core(tmp_path: Path) -> None:
    """Of a quarter of a gigabyte, or as many gigabytes as CHECKED_GB says."""
    schema = pl.Schema({"blob": pl.Binary()})
    draw = random.Random(0).randbytes
    frame = pl.DataFrame({"blob": [draw(1 << 20) for _ in range(16)]}, schema=schema)
    files = max(16, int(os.environ.get("CHECKED_GB", "0")) * 60)
    warehouse = Warehouse.open(tmp_path / "w")
    output = warehouse.write("problems", "toy", "k", schema=schema, frames=(frame for _ in range(files)), made_from={})
    version = warehouse.publish({"problems": [output]}, {}, parent=None)
    size = sum(entry.bytes for entry in version.files())
    assert size > files << 24
    began, burnt = time.monotonic(), time.process_time()
    assert warehouse.damages() == []
    seconds, rate = time.monotonic() - began, size / (time.process_time() - burnt)
    print(f"{size / 1e9:.2f} GB in {seconds:.1f} s, {rate / 1e9:.2f} GB a second and core")
    shutil.rmtree(tmp_path / "w")
    assert 10e9 / rate < 60


def test_a_damaged_output_is_not_found_and_is_made_whole_by_writing_it_again(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    output = write(warehouse)
    version = warehouse.publish({"problems": [output]}, {}, parent=None)
    target = output.files[1].path
    place.write(target, place.read(target)[:-1] + b"\0")
    fresh = Warehouse.open(place.url)
    assert fresh.find("problems", "toy", "k") is None
    assert write(fresh) == output
    assert fresh.damages() == []
    assert fresh.current() == version


def test_a_version_over_a_missing_file_is_refused(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    output = write(warehouse)
    place.delete(output.files[0].path)
    with pytest.raises(TamperError, match=r"part-00000\.parquet is missing"):
        warehouse.publish({"problems": [output]}, {}, parent=None)
    assert warehouse.current() is None


def test_a_warehouse_of_a_newer_format_is_refused(place: Place) -> None:
    Warehouse.open(place.url)
    place.write("format.json", json.dumps({"format": 99}).encode())
    with pytest.raises(StoreError, match="has format 99; this bigmath reads up to 1"):
        Warehouse.open(place.url)


def test_a_place_with_something_else_in_it_is_not_taken_for_a_warehouse(place: Place) -> None:
    place.write("holiday.jpg", b"")
    with pytest.raises(StoreError, match="not empty"):
        Warehouse.open(place.url)


def test_a_reader_does_not_make_a_warehouse(place: Place) -> None:
    with pytest.raises(StoreError, match=r"no warehouse at .*: format\.json is missing"):
        Warehouse.open(place.url, create=False)
    assert place.names() == []


def test_cleaning_lists_before_it_deletes_and_never_takes_what_is_named_or_young(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse.open(place.url)
    named = write(warehouse, "named")
    warehouse.publish({"problems": [named]}, {}, parent=None)
    write(warehouse, "orphan")
    assert warehouse.clean() == []
    place.age(monkeypatch)
    before = place.names("tables")
    listed = warehouse.clean()
    assert listed == [folder_of("problems", "toy", "orphan")]
    assert place.names("tables") == before
    assert warehouse.clean(apply=True) == listed
    assert place.names("tables") == [name for name in before if "/orphan/" not in name]
    assert warehouse.find("problems", "toy", "named") == named
    assert warehouse.find("problems", "toy", "orphan") is None


def test_a_run_is_recorded_whole(place: Place) -> None:
    warehouse = Warehouse.open(place.url)
    path = warehouse.record_run(rows(0, 2), "run-1")
    assert pl.read_parquet(path).equals(rows(0, 2))
    assert place.names("runs") == ["runs/run-1.parquet"]


def test_a_path_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write the warehouse"):
        Warehouse.open(tmp_path / "file")


def test_a_key_depends_on_every_setting_and_not_on_their_order() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1, "b": 2}) != key_of({"a": 1, "b": 3})
