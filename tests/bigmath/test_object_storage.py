"""A warehouse in a bucket while the network fails: slow, 500, reset, replies lost; and what a user sees of it."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from bigmath import object_storage
from bigmath.errors import ServiceError, StoreError
from bigmath.object_storage import cache_of
from bigmath.outputs import Version
from bigmath.store import Warehouse

from .standins.places import BucketPlace, s3_client, s3_environment, s3_server
from .standins.proxy import FAULTS, Fault, Proxy, proxy_before

SCHEMA = pl.Schema({"number": pl.Int64()})


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[tuple[str, str, Proxy]]:
    with s3_server() as address, proxy_before(address) as (proxied, proxy):
        yield address, proxied, proxy


@pytest.fixture(name="proxy")
def _proxy(server: tuple[str, str, Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    _, proxied, proxy = server
    s3_environment(monkeypatch, proxied, tmp_path / "cache")
    proxy.plan()
    return proxy


@pytest.fixture(name="place")
def _place(server: tuple[str, str, Proxy], tmp_path: Path) -> BucketPlace:
    return BucketPlace(s3_client(server[0]), "maths", tmp_path.name)


def publish(url: str, number: int) -> Version:
    """A new process's write and publish of version `number`, over the one before."""
    warehouse = Warehouse.open(url)
    frames = [pl.DataFrame({"number": [number] * 5}) for _ in range(2)]
    output = warehouse.write("problems", "toy", f"k{number}", schema=SCHEMA, frames=frames, made_from={})
    return warehouse.publish({"problems": [output]}, {"run": number}, parent=number - 1 or None)


def points(proxy: Proxy, place: BucketPlace) -> int:
    """The number of requests of one such write and publish; version 1 is there afterwards."""
    Warehouse.open(place.url)
    proxy.plan()
    publish(place.url, 1)
    return len(proxy.seen)


def seen_by_a_reader(place: BucketPlace) -> int:
    """The number of the current version, once its rows were read and found to be of that version alone."""
    reader = Warehouse.open(place.url, create=False)
    version = reader.current()
    assert version is not None
    assert reader.scan(*version.tables["problems"]).collect()["number"].to_list() == [version.number] * 10
    return version.number


every = pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.trust)])
"""Each fault at every fourth request, four faults at all of them; or each fault at each request."""


@every
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_any_single_request_is_overcome(proxy: Proxy, place: BucketPlace, fault: Fault, every: int) -> None:
    count = points(proxy, place)
    assert count >= 12
    chosen = range(1 + FAULTS.index(fault) % every, count + 1, every)
    for number, point in enumerate(chosen, 2):
        proxy.plan(fault, first=point, last=point)
        assert publish(place.url, number).number == number
        assert len(proxy.seen) >= point
        proxy.plan()
        assert seen_by_a_reader(place) == number
    assert Warehouse.open(place.url).damages() == []
    assert len(place.names("versions")) == len(chosen) + 1


@every
@pytest.mark.parametrize("fault", FAULTS[1:])
def test_a_server_that_stays_away_from_any_request_on_is_one_line_and_the_reader_sees_old_or_new(
    proxy: Proxy, place: BucketPlace, fault: Fault, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_storage, "ATTEMPTS", 1)
    chosen = range(1 + FAULTS.index(fault) % every, points(proxy, place) + 1, every)
    for number, point in enumerate(chosen, 2):
        proxy.plan(fault, first=point)
        with pytest.raises(ServiceError) as caught:
            publish(place.url, number)
        assert "\n" not in str(caught.value)
        proxy.plan()
        assert seen_by_a_reader(place) in {number - 1, number}
        assert publish(place.url, number).number == number
    assert Warehouse.open(place.url).damages() == []


def test_another_machine_reads_what_this_one_published(
    proxy: Proxy, place: BucketPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(place.url, 1)
    monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path / "elsewhere"))
    reader = Warehouse.open(place.url, create=False)
    version = reader.current()
    assert version is not None
    assert reader.scan(*version.tables["problems"]).collect()["number"].to_list() == [1] * 10
    proxy.plan()
    reader.scan(*version.tables["problems"]).collect()
    assert not any(line.startswith("GET") for line in proxy.seen)  # the copy is used again


def test_a_missing_bucket_and_a_wrong_address_are_one_line(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_storage, "ATTEMPTS", 1)
    with pytest.raises(StoreError, match="cannot open the warehouse s3://nowhere/w") as caught:
        Warehouse.open("s3://nowhere/w")
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ServiceError, match="cannot reach the warehouse s3://maths/w") as caught:
        Warehouse.open("s3://maths/w")
    assert "\n" not in str(caught.value)


def test_a_path_object_of_a_bucket_names_the_bucket(proxy: Proxy, place: BucketPlace) -> None:
    publish(place.url, 1)
    assert Warehouse.open(Path(place.url), create=False).storage.where == place.url


def test_two_addresses_have_two_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path))
    names = {cache_of(url, at) for url in ("s3://a/b", "s3://a-b") for at in ("", "http://127.0.0.1:1")}
    assert len(names) == 4
    assert all(path.parent == tmp_path / "warehouses" for path in names)
