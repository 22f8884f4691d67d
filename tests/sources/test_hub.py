"""The Hub path, with the real client against a stand-in on loopback, and folders laid out like the Hub."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.errors import ServiceError, SourceError
from bigmath.hub import FolderFiles, HubFiles, sample_files
from bigmath.ingest import ingest
from sources import SOURCES

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def files(hub: Any, tmp_path: Path) -> HubFiles:
    return HubFiles(endpoint=hub.endpoint, cache=tmp_path / "cache", attempts=3, wait_seconds=0.01)


def with_two_commits(hub: Any) -> None:
    hub.repositories["org/set"] = {OLD: {"data/train-0.jsonl": b"old"}, NEW: {"data/train-0.jsonl": b"new"}}


@pytest.mark.parametrize("name", SOURCES)
def test_the_hub_and_a_folder_give_the_same_rows(hub: Any, files: HubFiles, name: str) -> None:
    source: Any = SOURCES[name]
    hub.add_folder(sample_files().root, source.repository, source.revision)
    from_hub, from_folder = (pl.concat(list(ingest(source, each))) for each in (files, sample_files()))
    assert from_hub.drop("revision").equals(from_folder.drop("revision"))
    assert from_hub["revision"].unique().to_list() == [source.revision]
    assert from_folder["revision"][0].startswith("sha256:")
    assert source.fingerprint(files) == source.fingerprint(sample_files())


def test_a_pinned_revision_is_read_although_main_has_moved_on(hub: Any, files: HubFiles) -> None:
    with_two_commits(hub)
    for revision, content, commit in ((OLD, b"old", OLD), (NEW, b"new", NEW), ("main", b"new", NEW)):
        found = files.locate("org/set", revision, ["data/train-*"])
        assert found.revision == commit
        assert [file.path.read_bytes() for file in found.files] == [content]
        assert found.files[0].sha256 == hashlib.sha256(content).hexdigest()


def test_only_files_that_match_are_downloaded(hub: Any, files: HubFiles) -> None:
    hub.repositories["org/set"] = {OLD: {"data/train-0.jsonl": b"x", "data/train_1M-0.jsonl": b"y", "README.md": b"z"}}
    assert [file.name for file in files.locate("org/set", OLD, ["data/train-*"]).files] == ["data/train-0.jsonl"]
    assert not any("README" in request or "1M" in request for request in hub.requests)


def test_a_complete_snapshot_is_read_again_without_downloading(hub: Any, files: HubFiles) -> None:
    with_two_commits(hub)
    files.locate("org/set", OLD, ["data/*"])
    hub.requests.clear()
    files.locate("org/set", OLD, ["data/*"])
    assert not any("/resolve/" in request for request in hub.requests)


@pytest.mark.parametrize("fault", ["drop", "503"])
@pytest.mark.parametrize("name", ["data/train-0.jsonl", "data/train-0.parquet"])
def test_a_dropped_connection_and_a_busy_server_are_tried_again(
    hub: Any, files: HubFiles, fault: str, name: str
) -> None:
    content = os.urandom(300_000)
    hub.repositories["org/set"] = {OLD: {name: content}}
    hub.faults["GET .*/resolve/"] = [fault]
    found = files.locate("org/set", OLD, ["data/*"])
    assert found.files[0].path.read_bytes() == content


def test_a_rate_limit_on_the_first_request_is_tried_again(hub: Any, files: HubFiles) -> None:
    with_two_commits(hub)
    hub.faults["/api/"] = ["429"]
    assert files.locate("org/set", OLD, ["data/*"]).revision == OLD


def test_a_server_that_stays_down_is_given_up_with_its_answer_named(hub: Any, files: HubFiles) -> None:
    with_two_commits(hub)
    hub.faults["GET .*/resolve/"] = ["503"] * 50
    with pytest.raises(ServiceError, match=r"org/set on the Hub: gave up after 3 attempts \(HTTP 503\)"):
        files.locate("org/set", OLD, ["data/*"])


@pytest.mark.parametrize(
    ("repository", "revision", "pattern", "said"),
    [
        ("org/other", OLD, "data/*", "org/other on the Hub: no such data set, or it is private"),
        ("org/set", "c" * 40, "data/*", f"org/set on the Hub: no revision {'c' * 40}"),
        ("org/set", OLD, "test/*", f"org/set at {OLD[:12]} on the Hub: no file matches test/*"),
        ("not a name", OLD, "data/*", "no such data set"),
    ],
)
def test_what_the_hub_does_not_have_is_named_at_once(
    hub: Any, files: HubFiles, *, repository: str, revision: str, pattern: str, said: str
) -> None:
    with_two_commits(hub)
    with pytest.raises(SourceError) as caught:
        files.locate(repository, revision, [pattern])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(hub.requests) < 6


def test_a_cached_file_that_was_damaged_is_refused(hub: Any, files: HubFiles) -> None:
    hub.repositories["org/set"] = {OLD: {"train.parquet": b"good"}}
    path = files.locate("org/set", OLD, ["*.parquet"]).files[0].path
    path.resolve().write_bytes(b"evil")
    with pytest.raises(SourceError, match="the Hub announced"):
        files.locate("org/set", OLD, ["*.parquet"])


def test_offline_reads_a_complete_cache_and_explains_an_empty_one(hub: Any, files: HubFiles, tmp_path: Path) -> None:
    with_two_commits(hub)
    files.locate("org/set", OLD, ["data/*"])
    script = (
        "import sys; from pathlib import Path; from bigmath.hub import HubFiles\n"
        "from bigmath.errors import SourceError\n"
        "files = HubFiles(endpoint=sys.argv[1], cache=Path(sys.argv[2]))\n"
        "print(files.locate('org/set', 'a' * 40, ['data/*']).files[0].path.read_text())\n"
        "try: files.locate('org/other', 'a' * 40, ['data/*'])\n"
        "except SourceError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "http://127.0.0.1:9", str(tmp_path / "cache")],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = "org/other on the Hub: offline (HF_HUB_OFFLINE is set) and not complete in the cache"
    assert done.stdout.splitlines() == ["old", said]


def test_a_folder_is_named_by_the_content_of_its_files(tmp_path: Path) -> None:
    revisions = []
    for folder, content in (("one", "x"), ("two", "x"), ("three", "y")):
        path = tmp_path / folder / "org/set/data/train-0.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(content)
        revisions.append(FolderFiles(tmp_path / folder).locate("org/set", "main", ["data/*"]).revision)
    assert revisions[0] == revisions[1] != revisions[2]
    assert all(len(revision) == len("sha256:") + 16 for revision in revisions)


@pytest.mark.parametrize(
    ("repository", "patterns", "said"),
    [
        ("org/other", ["data/*"], "no data set org/other; found org/set"),
        ("org/set", ["data/train-*", "data/test-*"], "no file matches data/test-*; found data/train-0.jsonl"),
        ("org/set", ["train-*|test-*"], "no file matches train-* or test-*"),
    ],
)
def test_a_folder_says_what_it_lacks_and_what_it_has(
    tmp_path: Path, repository: str, patterns: list[str], said: str
) -> None:
    (tmp_path / "org/set/data").mkdir(parents=True)
    (tmp_path / "org/set/data/train-0.jsonl").write_text("x")
    with pytest.raises(SourceError) as caught:
        FolderFiles(tmp_path).locate(repository, "main", patterns)
    assert said in str(caught.value)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="absent: no such folder"):
        FolderFiles(tmp_path / "absent").locate("org/set", "main", ["*"])


@pytest.mark.parametrize("name", ["harp", "omni_math"])
def test_a_whole_mirror_comes_through_the_hub_as_it_lies_in_the_folder(
    hub: Any, files: HubFiles, mirror: Path, name: str
) -> None:
    source: Any = SOURCES[name]
    hub.add_folder(mirror, source.repository, source.revision)
    hub.faults["GET .*/resolve/"] = ["drop", "503"]
    from_hub, from_folder = (pl.concat(list(ingest(source, each))) for each in (files, FolderFiles(mirror)))
    assert from_hub.drop("revision").equals(from_folder.drop("revision"))
