"""A warehouse in a folder under faults: killed, without power, disks that refuse; the reader sees old or new, whole."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from bigmath import durable, storage
from bigmath.errors import StoreError, TamperError
from bigmath.outputs import Output, Version
from bigmath.store import Warehouse

from .standins.failing import Calls, PowerCut, lose_unsynced

if not Path("/proc/self/fd").is_dir():
    pytest.skip("needs /proc to name what is synced", allow_module_level=True)

ROOT = Path(__file__).parents[2]
SCHEMA = pl.Schema({"number": pl.Int64()})


def write(warehouse: Warehouse, key: str, stop: int) -> Output:
    frames = [pl.DataFrame({"number": list(range(at, at + 10))}) for at in range(0, stop, 10)]
    return warehouse.write("problems", "toy", key, schema=SCHEMA, frames=frames, made_from={"key": key})


def publish_new(root: Path) -> Version:
    warehouse = Warehouse.open(root)
    return warehouse.publish({"problems": [write(warehouse, "new", 40)]}, {"run": "new"}, parent=1)


@pytest.fixture(name="old", scope="module")
def _old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with one version, to be copied."""
    root = tmp_path_factory.mktemp("old") / "w"
    warehouse = Warehouse.open(root)
    warehouse.publish({"problems": [write(warehouse, "old", 30)]}, {"run": "old"}, parent=None)
    return root


@pytest.fixture(name="calls", scope="module")
def _calls(old: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The storage calls of one write and publish: the points at which it can fail."""
    root = tmp_path_factory.mktemp("calls") / "w"
    shutil.copytree(old, root)
    with pytest.MonkeyPatch.context() as patch:
        recorded = Calls(patch)
        publish_new(root)
    return recorded.made


def check_old_or_new(root: Path) -> None:
    """A new reader finds one of the two versions, each file whole; and the same run then succeeds."""
    reader = Warehouse.open(root, create=False)
    current = reader.current()
    assert current is not None
    (output,) = current.tables["problems"]
    assert (current.number, current.about["run"], output.rows) in {(1, "old", 30), (2, "new", 40)}
    assert reader.scan(output).collect().height == output.rows
    assert reader.damages() == []
    assert publish_new(root).number == 2
    assert Warehouse.open(root).damages() == []


def test_there_are_enough_points_to_fail_at(calls: list[str]) -> None:
    assert len(calls) >= 25
    for point in ("sync part-00000.parquet", "sync manifest.json", "sync toy", "link staged.json to 000002.json"):
        assert point in calls


ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES]


@pytest.mark.parametrize("every", [len(ERRORS), pytest.param(1, marks=pytest.mark.trust)])
@pytest.mark.parametrize("number", ERRORS)
def test_whichever_storage_call_fails_it_is_one_error_and_nothing_is_left(
    old: Path, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, every: int
) -> None:
    for point, name in list(enumerate(calls, 1))[ERRORS.index(number) % every :: every]:
        root = tmp_path / str(point)
        shutil.copytree(old, root)
        with monkeypatch.context() as patch:
            faults = Calls(patch, fail=point, error=OSError(number, os.strerror(number)))
            with pytest.raises(StoreError, match=os.strerror(number)) as caught:
                publish_new(root)
        assert faults.made[point - 1].split()[0] == name.split()[0]
        assert "\n" not in str(caught.value)
        left = [path for path in root.rglob("*") if path.is_file() and (path.name[0] == "." or ".stage" in path.parts)]
        assert [path.name for path in left if path.name != ".lock"] == [], name
        check_old_or_new(root)


def test_without_power_at_any_storage_call_the_reader_sees_old_or_new(
    old: Path, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for point in range(1, len(calls) + 1):
        root = tmp_path / str(point)
        shutil.copytree(old, root)
        on_disk = {path.stat().st_ino for path in root.rglob("*")}
        with monkeypatch.context() as patch:
            faults = Calls(patch, fail=point, error=PowerCut())
            with pytest.raises(PowerCut):
                publish_new(root)
        faults.synced |= on_disk
        lose_unsynced(root, faults)
        check_old_or_new(root)


def _order_faults(made: list[str]) -> list[str]:
    """Which of the rules of a write and publish the recorded calls break."""
    (moved,) = [at for at, name in enumerate(made) if name.startswith("rename ")]
    (claimed,) = [at for at, name in enumerate(made) if name.startswith("link ")]
    (pointed,) = [at for at, name in enumerate(made) if name.startswith("replace ") and name.endswith("current.json")]
    stage = made[moved].split()[1]
    parts = [name.removeprefix("write ") for name in made if name.startswith("write ")]
    manifest = made.index("create manifest.json")

    def synced(name: str, first: int, last: int) -> bool:
        return any(one.startswith(f"sync {name}") for one in made[first:last])

    rules = {
        **{f"{part} before the manifest": synced(part, 0, manifest) for part in parts},
        "the manifest before its folder": synced("manifest.json", manifest, moved),
        "the folder of the output before it is moved": synced(stage, manifest, moved),
        "the table's folder before the claim": synced("toy", moved, claimed),
        "the version's bytes before the claim": synced("staged.json", moved, claimed),
        "the claim before the pointer": synced("versions", claimed, pointed),
        "the pointer's bytes before it is replaced": synced(".current.json", claimed, pointed),
        "the pointer's folder at the end": synced("w", pointed, len(made)),
    }
    return [rule for rule, kept in rules.items() if not kept]


def test_a_write_is_synced_in_order_and_each_sync_left_out_is_noticed(
    old: Path, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _order_faults(calls) == []
    syncs = sum(name.startswith("sync ") for name in calls)
    assert syncs == 11  # four data files, manifest, two folders, version, its folder, pointer, its folder
    for left_out in range(1, syncs + 1):
        root = tmp_path / str(left_out) / "w"
        shutil.copytree(old, root)
        with monkeypatch.context() as patch:
            mutant = Calls(patch, skip_sync=left_out)
            publish_new(root)
        assert len(_order_faults(mutant.made)) == 1


_CRASHING = """
import os, signal, sys
from pathlib import Path
import pytest
from tests.bigmath.standins import failing
from tests.bigmath.test_store_faults import publish_new

patch = pytest.MonkeyPatch()
calls = failing.Calls(patch)
call = calls._call
def dying(name, function):
    if len(calls.made) + 1 == {point}:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(name, function)
calls._call = dying
publish_new(Path({root!r}))
"""


@pytest.mark.trust
def test_killed_at_any_storage_call_the_reader_sees_old_or_new(old: Path, calls: list[str], tmp_path: Path) -> None:
    for point in range(1, len(calls) + 1):
        root = tmp_path / str(point)
        shutil.copytree(old, root)
        script = _CRASHING.format(point=point, root=str(root))
        child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
        assert child.returncode == -signal.SIGKILL, child.stderr
        check_old_or_new(root)


def test_a_warehouse_whose_layout_was_cut_short_is_laid_out_again(tmp_path: Path) -> None:
    root = tmp_path / "w"
    with pytest.MonkeyPatch.context() as patch:
        made = Calls(patch)
        Warehouse.open(root)
    for point in range(1, len(made.made) + 1):
        shutil.rmtree(root, ignore_errors=True)
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, fail=point, error=PowerCut())
            with pytest.raises(PowerCut):
                Warehouse.open(root)
        assert Warehouse.open(root).current() is None


def test_a_full_disk_ends_in_one_line_and_the_old_version_stays(old: Path, tmp_path: Path) -> None:
    """A real limit on file sizes in a child process, instead of a patched call."""
    root = tmp_path / "w"
    shutil.copytree(old, root)
    script = f"""
import resource, signal, sys
import polars as pl
from bigmath.errors import StoreError
from bigmath.store import Warehouse
warehouse = Warehouse.open({str(root)!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
rows = pl.DataFrame({{"number": pl.Series(range(300_000)).shuffle(1)}})
try:
    warehouse.write("problems", "toy", "big", schema=rows.schema, frames=[rows], made_from={{}})
except StoreError as error:
    print(error)
"""
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "cannot write table problems" in child.stdout, child.stderr
    assert list(root.glob(".stage/*")) == []
    check_old_or_new(root)


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_that_jumps_changes_no_version_and_cleans_nothing_published(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    root = tmp_path / "w"
    shutil.copytree(old, root)
    now = storage.time.time()
    monkeypatch.setattr(storage.time, "time", lambda: now + years * 31_557_600)
    published = publish_new(root)
    warehouse = Warehouse.open(root)
    assert warehouse.clean(apply=True) == []
    assert warehouse.current() == published
    assert warehouse.damages() == []


def test_an_output_that_was_cleaned_meanwhile_is_not_published(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "w"
    shutil.copytree(old, root)
    warehouse = Warehouse.open(root)
    output = write(warehouse, "new", 40)
    ready = warehouse._still_there

    def cleaned(files: object) -> None:
        shutil.rmtree(root / "tables" / "problems" / "toy" / "new")
        ready(files)  # type: ignore[arg-type]

    monkeypatch.setattr(warehouse, "_still_there", cleaned)
    with pytest.raises(TamperError, match="is missing"):
        warehouse.publish({"problems": [output]}, {"run": "new"}, parent=1)
    check_old_or_new(root)


def test_a_reader_of_one_version_goes_on_while_the_next_is_published(old: Path, tmp_path: Path) -> None:
    root = tmp_path / "w"
    shutil.copytree(old, root)
    reader = Warehouse.open(root, create=False)
    version = reader.current()
    assert version is not None
    rows = reader.scan(*version.tables["problems"])
    publish_new(root)
    assert rows.collect()["number"].to_list() == list(range(30))
    assert [frame.height for frame in reader.frames(version.tables["problems"][0])] == [10, 10, 10]


def test_a_replaced_file_is_the_old_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pointer"
    durable.write_whole(path, b"old")

    def failing(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output"):
        durable.write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["pointer"]
