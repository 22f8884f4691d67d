"""The whole job on a warehouse in a bucket (moto's server), over a network that fails: the tables of the local run."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bigmath as package
from tests.bigmath.standins.places import BucketPlace, FolderPlace, s3_client, s3_environment, s3_server
from tests.bigmath.standins.proxy import FAULTS, Proxy, proxy_before

from .conftest import Bigmath, content


@dataclass(frozen=True)
class Two:
    """The same job's warehouse on this machine and in a bucket, which is reached through the proxy."""

    local: Path
    place: BucketPlace
    proxy: Proxy
    sources: tuple[str, ...]
    every: int
    """Each so-manieth request of a run meets a fault, by turns one of the four."""

    @property
    def named(self) -> list[str]:
        return [word for one in self.sources for word in ("-s", one)]


@pytest.fixture(name="two", scope="module", params=["one source", pytest.param("all", marks=pytest.mark.trust)])
def _two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("bucket")
    sources, every = (("omni_math",), 29) if request.param == "one source" else ((), 7)
    local: Path = folder / "w" if sources else request.getfixturevalue("finished")
    with pytest.MonkeyPatch.context() as patch, s3_server() as address, proxy_before(address) as (proxied, proxy):
        s3_environment(patch, proxied, folder / "cache")
        yield Two(local, BucketPlace(s3_client(address), "maths", f"w{len(sources)}"), proxy, sources, every)


def run_both(two: Two, bigmath: Bigmath) -> str:
    """The job here and in the bucket; what it said of the second."""
    if two.sources:
        assert bigmath("run", "-w", two.local, *two.named).code == 0
    two.proxy.plan(*FAULTS, every=two.every)
    said = bigmath("run", "-w", two.place.url, *two.named)
    assert said.code == 0, said.err[-2000:]
    return said.err


@pytest.fixture(name="done")
def _done(two: Two, bigmath: Bigmath) -> Two:
    """Both after the job, whichever test is asked first."""
    if not two.place.names("versions"):
        run_both(two, bigmath)
    return two


def test_the_job_makes_the_tables_of_the_local_run_byte_for_byte(two: Two, bigmath: Bigmath) -> None:
    assert f"tables: {two.place.url}/" in run_both(two, bigmath)
    assert len(two.proxy.seen) > 10 * two.every
    assert in_bucket(two.place) == {
        path.relative_to(two.local).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("tables", "versions")
        for path in (two.local / name).rglob("*")
        if path.is_file()
    }


def test_the_same_run_again_finds_everything_finished(done: Two, bigmath: Bigmath) -> None:
    before = in_bucket(done.place)
    done.proxy.plan(*FAULTS, every=done.every)
    said = bigmath("run", "-w", done.place.url, *done.named)
    assert said.code == 0, said.err[-2000:]
    lines = [line for line in said.err.splitlines() if line.startswith("[")]
    assert lines
    assert all(line.endswith("already made") for line in lines)
    assert in_bucket(done.place) == before


@pytest.mark.trust
@pytest.mark.parametrize("elsewhere", [False, True], ids=["the same machine", "another machine"])
def test_every_reader_says_what_it_says_of_the_local_tables(
    done: Two, bigmath: Bigmath, elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if elsewhere:
        monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path / "elsewhere"))
    done.proxy.plan()
    some = package.load("strict", columns=["problem_id"], warehouse=done.local)["problem_id"][0]
    for command in (
        ["sql", "select source, count(*) as n from decisions group by 1 order by 1", "--json"],
        ["sql", "from funnel", "--json"],
        ["why", some, "--json"],
    ):
        there, here = (bigmath(*command, "-w", where) for where in (done.place.url, done.local))
        assert (there.code, there.out) == (here.code, here.out) and here.code == 0, command
    assert package.load("strict", warehouse=done.place.url).equals(package.load("strict", warehouse=done.local))
    assert done.place.url in bigmath("check", "-w", done.place.url).err
    report = bigmath("report", "-w", done.place.url)
    assert report.code == 0, report.err
    page = Path(report.err.partition(": ")[0])
    assert some in page.read_text()
    assert str(page).startswith(str(tmp_path / "elsewhere")) == elsewhere


@pytest.mark.trust
def test_a_file_that_was_changed_in_the_bucket_is_named_and_made_again(done: Two, bigmath: Bigmath) -> None:
    done.proxy.plan()
    before = in_bucket(done.place)
    name = next(name for name in before if name.startswith("tables/strict/") and name.endswith(".parquet"))
    data = done.place.read(name)
    done.place.write(name, data[:-1] + bytes([data[-1] ^ 1]))
    said = bigmath("check", "-w", done.place.url)
    assert said.code == 1
    assert name in said.out
    assert bigmath("run", "-w", done.place.url, *done.named).code == 0
    assert in_bucket(done.place) == before
    assert bigmath("check", "-w", done.place.url).code == 0


@pytest.mark.trust
def test_a_release_made_from_the_bucket_has_the_rows_of_one_made_here(
    done: Two, bigmath: Bigmath, tmp_path: Path
) -> None:
    done.proxy.plan()
    for where, out in ((done.place.url, tmp_path / "there"), (done.local, tmp_path / "here")):
        said = bigmath("release", "-w", where, "--out", out)
        assert said.code == 0, said.err
    assert content(tmp_path / "there") == content(tmp_path / "here")


@pytest.mark.trust
def test_cleaning_takes_only_what_no_kept_version_names(
    done: Two, bigmath: Bigmath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done.proxy.plan()
    before = in_bucket(done.place)
    assert bigmath("clean", "-w", done.place.url, "--apply").out == ""  # all is younger than the grace time
    done.place.age(monkeypatch)
    copy = FolderPlace(Path(shutil.copytree(done.local, tmp_path / "w")))
    copy.age(monkeypatch)
    stale = bigmath("clean", "-w", done.place.url).out.split()
    assert stale == bigmath("clean", "-w", copy.url).out.split() != []
    assert in_bucket(done.place) == before
    assert bigmath("clean", "-w", done.place.url, "--apply").out.split() == stale
    assert in_bucket(done.place) == {name: found for name, found in before.items() if not name.startswith(tuple(stale))}
    assert bigmath("check", "-w", done.place.url).code == 0


def in_bucket(place: BucketPlace) -> dict[str, str]:
    """SHA-256 of every object of the tables and versions."""
    names = [*place.names("tables/"), *place.names("versions/")]
    return {name: hashlib.sha256(place.read(name)).hexdigest() for name in names}
