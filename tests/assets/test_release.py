"""A release: the same bytes twice, the same rows in every reader, numbers that are checked, an upload that survives."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from standins.hub import Hub, running_hub

from bigmath.errors import SettingError, StoreError
from bigmath.release import build, changes, inspect, manifest
from bigmath.release.secrets import secrets_in
from bigmath.store import Warehouse


@pytest.fixture(name="released", scope="module")
def _released(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "v1"
    build.build(Warehouse.open(finished, create=False), build.Request("acme/math", "v1.0.0"), out)
    return out


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_version_gives_the_same_bytes(finished: Path, released: Path, tmp_path: Path) -> None:
    build.build(Warehouse.open(finished, create=False), build.Request("acme/math", "v1.0.0"), tmp_path / "again")
    assert content(tmp_path / "again") == content(released)


def test_every_reader_sees_the_same_rows(finished: Path, released: Path) -> None:
    import datasets

    import bigmath

    expected = bigmath.load("strict", split="train", columns=["problem_id", "answer"], warehouse=finished)
    data = datasets.load_dataset(
        "parquet", data_files={"train": str(released / "strict" / "train-*.parquet")}, split="train"
    )
    assert data["problem_id"] == expected["problem_id"].to_list()
    assert (
        pl.scan_parquet(released / "strict" / "train-*.parquet")
        .select("problem_id", "answer")
        .collect()
        .equals(expected)
    )
    queried = duckdb.sql(f"select problem_id, answer from '{released}/strict/train-*.parquet'").pl()
    assert queried.equals(expected)


def test_the_card_is_what_load_dataset_reads(released: Path) -> None:
    import datasets

    assert set(datasets.get_dataset_config_names(str(released))) == {"base", "strict", "reformulated"}
    release = manifest.read(released)
    loaded = datasets.load_dataset(str(released), "strict")
    assert {split: rows.num_rows for split, rows in loaded.items()} == {
        split: release.rows("strict", split) for split in loaded
    }


@pytest.mark.filterwarnings("ignore")  # mlcroissant uses deprecated parts of rdflib and pandas
def test_croissant_reads_every_record_set(released: Path) -> None:
    import itertools

    import mlcroissant

    dataset = mlcroissant.Dataset(str(released / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert len(dataset.metadata.record_sets) >= 4
    for records in dataset.metadata.record_sets:
        first = list(itertools.islice(dataset.records(records.id), 100))
        assert first
        assert f"{records.id}/problem" in first[0]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("README.md", "# math v1.0.0", "# math v1.0.1"),
        ("croissant.json", '"version": "1.0.0"', '"version": "1.0.1"'),
    ],
)
def test_a_changed_digit_is_found_and_named(
    released: Path, tmp_path: Path, file: str, old: str, new: str, bigmath: Any
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(released, copy)
    assert bigmath("release", "--check", copy).code == 0
    (copy / file).write_text((copy / file).read_text().replace(old, new))
    assert any(file in fault for fault in inspect.faults(copy))
    assert bigmath("release", "--check", copy).code == 1


def test_a_changed_file_of_rows_is_found(released: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(released, copy)
    shard = next((copy / "strict").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    (copy / "base" / "extra.parquet").write_bytes(b"")
    found = inspect.faults(copy)
    assert any(shard.name in fault for fault in found)
    assert any("extra.parquet" in fault for fault in found)


def changed(released: Path, folder: Path) -> manifest.Manifest:
    """A copy of the release with one row less in train, one answer changed and one licence changed."""
    import dataclasses
    import shutil

    shutil.copytree(released, folder)
    release = manifest.read(folder)
    path = next(shard.path for shard in release.shards if shard.config == "strict" and shard.split == "train")
    rows = pl.read_parquet(folder / path)
    first, second = rows["problem_id"][1], rows["problem_id"][2]
    rows[1:].with_columns(
        answer=pl.when(pl.col("problem_id") == first).then(pl.lit("-1")).otherwise("answer"),
        license=pl.when(pl.col("problem_id") == second).then(pl.lit("CC0-1.0")).otherwise("license"),
    ).write_parquet(folder / path)
    return dataclasses.replace(release, tag="v1.1.0")


def test_exactly_what_changed_is_told(released: Path, tmp_path: Path) -> None:
    old, new = manifest.read(released), changed(released, tmp_path / "v2")
    found = changes.compare(released, old, tmp_path / "v2", new)["strict"]
    assert (found.added, found.removed, found.answer_changed, found.license_changed) == (0, 1, 1, 1)
    listed = changes.listed(released, old, tmp_path / "v2", new)
    assert sorted(listed["change"]) == ["answer changed", "licence changed", "removed"]


@pytest.mark.parametrize(
    ("tag", "accepted"), [("v1.1.0", True), ("v2.0.0", True), ("v1.0.1", False), ("v0.9.0", False)]
)
def test_changed_rows_ask_for_a_minor_step(released: Path, tmp_path: Path, tag: str, accepted: bool) -> None:
    old, new = manifest.read(released), changed(released, tmp_path / "v2")
    found = changes.compare(released, old, tmp_path / "v2", new)
    if accepted:
        changes.refuse_small_step("v1.0.0", tag, found)
    else:
        with pytest.raises(SettingError, match=tag):
            changes.refuse_small_step("v1.0.0", tag, found)


@pytest.mark.parametrize(("name", "tag"), [("math", "v1.0.0"), ("acme/math", "1.0"), ("acme/math", "v1.0.0-rc1")])
def test_a_name_or_tag_that_the_hub_refuses_is_refused_first(name: str, tag: str) -> None:
    with pytest.raises(SettingError, match="accepted"):
        build.Request(name, tag)


def test_a_licence_that_is_not_allowed_stops_the_release(finished: Path, tmp_path: Path) -> None:
    request = build.Request("acme/math", "v1.0.0", licenses=("MIT",))
    with pytest.raises(SettingError, match="allowed: MIT"):
        build.build(Warehouse.open(finished, create=False), request, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_not_overwritten(finished: Path, released: Path) -> None:
    with pytest.raises(StoreError, match="there already"):
        build.build(Warehouse.open(finished, create=False), build.Request("acme/math", "v1.0.0"), released)


def test_credentials_are_seen_and_mathematics_is_not() -> None:
    assert secrets_in("key hf_" + "a" * 34) == "a Hugging Face token"
    assert secrets_in("-----BEGIN PRIVATE KEY-----") == "a private key"
    assert secrets_in(r"Let $AKIA$ be a square and $\frac{sk-1}{2}$") is None


# the upload ----------------------------------------------------------------------------------------------------------


@pytest.fixture(name="hub")
def _hub() -> Iterator[Hub]:
    with running_hub() as server:
        yield server


def start_push(folder: Path, hub: Hub, tmp_path: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "HF_TOKEN": "hf_none",
        "HF_HOME": str(tmp_path / "hf"),
    }
    command = [sys.executable, "-m", "assets", "release", "--push", str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def pushed(folder: Path, hub: Hub, tmp_path: Path) -> tuple[int, str]:
    child = start_push(folder, hub, tmp_path)
    _, errors = child.communicate(timeout=120)
    return child.returncode, errors.decode()


def test_an_upload_is_one_commit_and_a_tag(released: Path, hub: Hub, tmp_path: Path) -> None:
    code, said = pushed(released, hub, tmp_path)
    assert code == 0, said
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

    assert pushed(released, hub, tmp_path)[0] == 0
    assert hub.titles["acme/math"] == ["Release v1.0.0"]


@pytest.mark.parametrize(
    "moment", ["PUT /_lfs/", "POST /api/datasets/acme/math/commit", "POST /api/datasets/acme/math/tag"]
)
def test_killed_midway_the_same_command_ends_in_one_complete_commit(
    released: Path, hub: Hub, tmp_path: Path, moment: str
) -> None:
    child = start_push(released, hub, tmp_path)
    hub.faults[moment] = [f"kill {child.pid}"]
    child.communicate(timeout=120)
    assert child.returncode == -9
    assert not hub.tags.get("acme/math")
    sent = set(hub.blobs)

    hub.requests.clear()
    code, said = pushed(released, hub, tmp_path)
    assert code == 0, said
    head = hub.tags["acme/math"]["v1.0.0"]
    assert hub.repositories["acme/math"][head] == content(released)
    assert not any(f"PUT /_lfs/{blob}" in hub.requests for blob in sent)
    assert head == list(hub.repositories["acme/math"])[-1]


def test_a_tag_that_names_another_release_never_moves(released: Path, hub: Hub, tmp_path: Path) -> None:
    assert pushed(released, hub, tmp_path)[0] == 0
    other = tmp_path / "other"
    import shutil

    shutil.copytree(released, other)
    body = json.loads((other / manifest.NAME).read_text())
    body["date"] = "2001-01-01"
    (other / manifest.NAME).write_text(json.dumps(body))
    release = manifest.read(other)
    from bigmath.release import card, croissant

    (other / "README.md").write_text(card.render(release))
    (other / croissant.NAME).write_text(croissant.render(release))
    code, said = pushed(other, hub, tmp_path)
    assert code == 2
    assert "a tag never moves" in said


def test_a_commit_by_somebody_else_is_not_mixed(released: Path, hub: Hub, tmp_path: Path) -> None:
    hub.faults["POST /api/datasets/acme/math/commit"] = ["412"]
    code, said = pushed(released, hub, tmp_path)
    assert code == 2
    assert "somebody committed meanwhile" in said
