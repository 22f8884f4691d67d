"""Uploading a release to the Hub (our stand-in): killed at every request, answers lost, overtaken, refused."""

import random
import re
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from bigmath.benchmarks.hub_stand_in import Hub, running_hub
from bigmath.errors import BigMathError, ConflictError, ServiceError, StoreError
from bigmath.release import build, push

from .conftest import content, copied

# huggingface_hub's own calls
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

Client = Callable[[Path], str]


@pytest.fixture(name="hub")
def _hub() -> Iterator[Hub]:
    with running_hub() as server:
        yield server


@pytest.fixture(name="client")
def _client(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], str]:
    """Uploads in this process, with the real client."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the stand-in knows no Xet
    monkeypatch.setenv("HF_TOKEN", "hf_none")
    monkeypatch.setattr(push, "WAIT_SECONDS", 0.01)
    return lambda folder: push.push(folder, endpoint=hub.endpoint)


def test_an_upload_is_one_commit_and_a_tag(released: Path, hub: Hub, client: Client) -> None:
    client(released)
    assert hub.titles["acme/math"] == ["Release v1.0.0"]
    head = list(hub.repositories["acme/math"])[-1]
    assert hub.repositories["acme/math"][head] == content(released)
    assert hub.tags["acme/math"] == {"v1.0.0": head}
    # the blobs are there before the commit that names them
    order = [
        request.split()[0] + request.split("/")[-2]
        for request in hub.requests
        if "_lfs" in request or "/commit/" in request
    ]
    assert order.index("POSTcommit") == len(order) - 1

    client(released)
    assert hub.titles["acme/math"] == ["Release v1.0.0"]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.trust)], ids=["some", "every"])
def test_killed_at_any_request_a_reader_sees_old_or_new_and_the_same_command_ends_it(
    released: Path, client: Client, hub: Hub, every: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client(released)
    requests = list(hub.requests)
    points = [(at, when) for at in ends_of_routes(requests) for when in ("kill", "late kill")]
    assert len(points) >= 24, points
    if not every:
        points = [one for one in points if re.search("commit/main|/tag/", requests[one[0]])][:3]
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    context = get_context("forkserver")  # a fork of a process that has loaded all, so that each of them starts at once
    context.set_forkserver_preload(["bigmath.release.push", "huggingface_hub.hf_api"])
    for at, when in points:
        hub.forget()
        before = {"README.md": b"the release before"}
        hub.repositories["acme/math"] = {"0" * 40: before}
        go = context.Event()
        child = context.Process(target=pushed_once_told, args=(go, released, hub.endpoint))
        child.start()
        hub.faults[""] = ["go"] * at + [f"{when} {child.pid}"]
        go.set()
        child.join(120)
        assert child.exitcode == -9, requests[at]
        seen = list(hub.repositories["acme/math"].values())[-1]
        assert seen in (before, content(released)), requests[at]
        assert not hub.tags.get("acme/math") or seen == content(released)
        sent = set(hub.blobs)

        hub.requests.clear()
        client(released)
        head = list(hub.repositories["acme/math"])[-1]
        assert hub.repositories["acme/math"][head] == content(released)
        assert hub.tags["acme/math"] == {"v1.0.0": head}
        assert hub.titles["acme/math"] == ["Release v1.0.0"], requests[at]
        assert not any(f"PUT /_lfs/{blob}" in hub.requests for blob in sent)


def ends_of_routes(requests: list[str]) -> list[int]:
    """The places of the first and the last request of each kind, in order."""
    kinds: dict[str, list[int]] = {}
    for at, request in enumerate(requests):
        kinds.setdefault(re.sub(r"[0-9a-f]{40,}", "#", request), []).append(at)
    return sorted({at for places in kinds.values() for at in (places[0], places[-1])})


def pushed_once_told(go: Any, folder: Path, endpoint: str) -> None:
    """What the child does that is killed."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_XET = True  # another test may have started the server of forks, with another environment
    go.wait(60)
    push.push(folder, endpoint=endpoint)


def test_a_tag_that_names_another_release_never_moves(released: Path, hub: Hub, tmp_path: Path, client: Client) -> None:
    client(released)
    other = tmp_path / "other"
    build.recall_source(copied(released, tmp_path), "harp", other, reason="x", date="2001-01-01", tag="v1.1.0")
    hub.tags["acme/math"]["v1.1.0"] = hub.tags["acme/math"]["v1.0.0"]
    with pytest.raises(ConflictError, match="a tag never moves"):
        client(other)


def test_a_commit_by_somebody_else_is_not_mixed(released: Path, hub: Hub, client: Client) -> None:
    hub.faults["POST /api/datasets/acme/math/commit"] = ["overtake"]
    with pytest.raises(ConflictError, match="somebody committed meanwhile"):
        client(released)
    head = list(hub.repositories["acme/math"].values())[-1]
    assert set(head) == {"NOTES.md"}
    assert not hub.tags.get("acme/math")


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.trust)])
def test_a_lost_answer_is_looked_up_and_the_release_published_once(
    released: Path, hub: Hub, client: Client, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit's answer is lost, the tag's, or both, and up to two requests that look for it fail as well."""
    monkeypatch.setattr(push, "faults", lambda folder: [])  # the folder is the same each time
    draw = random.Random(9)
    for number in range(rounds):
        hub.forget()
        lost = [("commit",), ("tag",), ("commit", "tag")][number % 3]
        for what in lost:
            hub.faults[f"POST /api/datasets/acme/math/{what}"] = ["lose"]
        hub.faults["(revision|tree|refs)"] = ["go"] * draw.randrange(3, 6) + ["503"] * draw.randrange(3)
        try:
            client(released)
        except ServiceError as error:  # nothing was begun yet, or the looking itself failed too often
            assert "\n" not in str(error)
            client(released)
        assert not any(hub.faults[f"POST /api/datasets/acme/math/{what}"] for what in lost)
        assert hub.titles["acme/math"] == ["Release v1.0.0"]
        assert len(hub.repositories["acme/math"]) == 2  # the empty one that every repository begins with, and ours
        assert hub.tags["acme/math"] == {"v1.0.0": list(hub.repositories["acme/math"])[-1]}


def test_a_hub_that_is_busy_is_asked_again(released: Path, hub: Hub, client: Client) -> None:
    hub.faults["POST /api/datasets/acme/math/commit"] = ["503", "503"]
    client(released)
    assert hub.titles["acme/math"] == ["Release v1.0.0"]


@pytest.mark.parametrize(
    ("answer", "kind", "hint"),
    [("503", ServiceError, "goes on where it stopped"), ("401", StoreError, "HF_TOKEN"), ("400", StoreError, None)],
)
def test_a_hub_in_trouble_is_told_from_one_that_refuses(
    released: Path, hub: Hub, client: Client, answer: str, kind: type[BigMathError], hint: str | None
) -> None:
    hub.faults["POST /api/repos/create"] = [answer]
    with pytest.raises(kind, match="acme/math") as caught:
        client(released)
    assert (hint or "") in (caught.value.hint or "") and bool(caught.value.hint) == bool(hint)


def test_a_release_that_fails_its_check_is_not_uploaded(
    released: Path, hub: Hub, tmp_path: Path, client: Client
) -> None:
    copy = copied(released, tmp_path)
    (copy / "README.md").write_text((copy / "README.md").read_text().replace("| harp |", "| carp |"))
    with pytest.raises(StoreError, match=r"README\.md"):
        client(copy)
    assert not hub.repositories
