"""A release: the same bytes twice, the same rows in every reader, numbers that are checked, an upload that survives."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bigmath.credentials import secrets_in
from bigmath.errors import SettingError, StoreError
from bigmath.release import build, card, certificate, changes, croissant, inspect, manifest, shards
from bigmath.release.secrets import secret_in
from bigmath.store import Warehouse

from .conftest import content, copied


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


def test_the_card_is_what_load_dataset_reads(released: Path, tmp_path: Path) -> None:
    import datasets

    assert set(datasets.get_dataset_config_names(str(released))) == {"base", "strict", "reformulated", "unfiltered"}
    release = manifest.read(released)
    loaded = datasets.load_dataset(str(released), "strict", cache_dir=str(tmp_path))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {
        split: release.rows("strict", split) for split in loaded
    }


def test_the_card_names_what_was_read_to_make_the_rows_again(released: Path) -> None:
    release = manifest.read(released)
    assert "`bigmath run --profile default --hub DIR -s harp -s math -s numina" in card.render(release)
    pinned = [dataclasses.replace(one, revision="0" * 40) for one in release.sources]
    assert "--hub hub -s harp -s math" in card.render(dataclasses.replace(release, sources=pinned))
    own = dataclasses.replace(
        release.sources[0], source="x", repository="my set.jsonl", revision="sha256:0", license="unknown"
    )
    tests = [{**release.benchmarks[0], "benchmark": "mine", "origin": certificate.OF_THE_USER}]
    told = card.render(dataclasses.replace(release, sources=[own], benchmarks=tests))
    assert "`bigmath run --profile default -s 'my set.jsonl' --benchmark FILE_OF_mine`" in told
    assert "--tag v1.0.0 --license unknown`" in told
    own = dataclasses.replace(own, license="MIT")
    told = card.render(dataclasses.replace(release, sources=[own], benchmarks=[]))
    assert "-s 'my set.jsonl' --source-license MIT` and\n" in told


@pytest.mark.filterwarnings("ignore")  # mlcroissant uses deprecated parts of rdflib and pandas
def test_croissant_reads_every_record_set(released: Path, tmp_path: Path) -> None:
    import itertools

    import mlcroissant

    several = copied(released, tmp_path)
    path = several / "base" / "train-00000-of-00001.parquet"
    rows = pl.read_parquet(path)
    path.unlink()
    rows[:400].write_parquet(several / "base" / "train-00000-of-00002.parquet")
    rows[400:].write_parquet(several / "base" / "train-00001-of-00002.parquet")
    release = dataclasses.replace(manifest.read(several), shards=shards.found(several))
    (several / "croissant.json").write_text(croissant.render(release))
    dataset = mlcroissant.Dataset(str(several / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.ctx.conforms_to.value.endswith("/1.1")
    assert len(dataset.metadata.record_sets) >= 4
    for records in dataset.metadata.record_sets:
        first = list(itertools.islice(dataset.records(records.id), 100))
        assert first
        assert f"{records.id}/problem" in first[0]
    assert sum(1 for _ in dataset.records("base/train")) == release.rows("base", "train")


def test_the_lines_of_the_card_run_as_they_are_printed(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bigmath.benchmarks.release import snippets_of

    snippets = snippets_of(released, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    for reader in ("datasets", "duckdb", "polars", "pandas", "bigmath"):
        (code,) = [one for one in snippets if f"import {reader}" in one or f"from {reader}" in one]
        exec(code, {})


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all numbers in JSON data."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inside in items:
            yield from leaves(inside, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def test_every_number_of_the_manifest_is_counted_again_and_named(released: Path, tmp_path: Path) -> None:
    copy = copied(released, tmp_path)
    body = json.loads((copy / manifest.NAME).read_text())
    numbers = [path for path in leaves(body) if path[0] not in ("settings", "format")]
    assert len(numbers) > 100
    for path in numbers[:: len(numbers) // 12]:
        changed_body = json.loads(json.dumps(body))
        place = changed_body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += 1
        (copy / manifest.NAME).write_text(json.dumps(changed_body))
        named = f"[{path[-2]}].{path[-1]}" if isinstance(path[-2], int) else f".{path[-1]}"
        assert any(fault.startswith("release.json: ") and named in fault for fault in inspect.faults(copy)), path


def test_a_changed_digit_of_the_card_is_named_by_section_row_and_column(
    released: Path, tmp_path: Path, bigmath: Any
) -> None:
    copy = copied(released, tmp_path)
    assert bigmath("card", "--check", copy).code == 0
    card_file = copy / "README.md"
    line = next(line for line in card_file.read_text().splitlines() if line.startswith("| harp | "))
    card_file.write_text(card_file.read_text().replace(line, line.replace("| 289 |", "| 288 |")))
    said = bigmath("card", "--check", copy)
    assert said.code == 1
    assert "Sources and licences, harp, rows read" in said.out.replace("\n", " ")


@pytest.mark.parametrize("file", ["README.md", "croissant.json", "release.json", "decontamination.json", "SHA256SUMS"])
def test_a_changed_digit_anywhere_is_found(released: Path, tmp_path: Path, file: str) -> None:
    import random
    import re

    copy = copied(released, tmp_path)
    text = (copy / file).read_text()
    for digit in random.Random(1).sample([one.start() for one in re.finditer(r"\d", text)], 5):
        (copy / file).write_text(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :])
        try:
            found = inspect.faults(copy)
        except StoreError as error:  # a digit of a name in the manifest: "sha256"
            found = [str(error)]
        assert found, text[digit - 20 : digit + 20]
    (copy / file).write_text(text)
    assert not inspect.faults(copy)


def test_a_changed_missing_or_added_file_is_found(released: Path, tmp_path: Path) -> None:
    copy = copied(released, tmp_path)
    shard = next((copy / "strict").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    (copy / "base" / "extra.parquet").write_bytes(b"")
    found = inspect.faults(copy)
    assert any(shard.name in fault for fault in found)
    assert any("extra.parquet" in fault for fault in found)
    (copy / "decontamination.json").unlink()
    assert "decontamination.json: missing" in inspect.faults(copy)


def test_rows_and_licences_are_complete_and_the_ledger_adds_up(finished: Path, released: Path) -> None:
    everything = " union all by name ".join(f"from '{released}/{one}/*.parquet'" for one in ("base", "strict"))
    found = duckdb.sql(
        "select count(*) filter (source is null or revision is null or license is null),"
        f" count(*) filter (license not in ('MIT', 'Apache-2.0', 'CC-BY-4.0')) from ({everything})"
    )
    assert found.fetchone() == (0, 0)
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        sums = connection.execute(
            "select source, count(*), count(*) filter (outcome in ('strict', 'base')) + count(*) filter ("
            "outcome = 'dropped' and stage is not null and filter is not null and reason is not null)"
            " from ledger group by 1"
        ).fetchall()
        read = dict(connection.execute("select source, count(*) from problems group by 1").fetchall())
    assert {source: rows for source, rows, _ in sums} == read
    assert all(rows == told for _, rows, told in sums)


def test_only_the_licences_asked_for_are_released(finished: Path, tmp_path: Path, bigmath: Any) -> None:
    out = tmp_path / "open"
    said = bigmath("release", "-w", finished, "--out", out, "--license-allow", "cc-by-4.0,apache-2.0")
    assert said.code == 0, said.err
    licenses = duckdb.sql(f"select distinct license from read_parquet('{out}/*/*.parquet', union_by_name=true)")
    assert sorted(licenses.fetchall()) == [("Apache-2.0",), ("CC-BY-4.0",)]
    assert not inspect.faults(out)


def test_no_statement_of_a_benchmark_is_released_and_removed_problems_are_listed(
    finished: Path, released: Path
) -> None:
    body = json.loads((released / "decontamination.json").read_text())
    assert {one["benchmark"] for one in body["test_sets"]} == {"math_500", "aime", "amc", "gsm8k_test"}
    removed = {row["problem_id"] for one in body["test_sets"] for row in one["removed"]}
    import bigmath

    dropped = bigmath.load("decisions", where="filter = 'contaminated' and not kept", warehouse=finished)
    assert removed == set(dropped["problem_id"]) != set()
    rows = pl.read_parquet(released / "unfiltered" / "*.parquet").filter(pl.col("problem_id").is_in(list(removed)))
    assert rows.height == len(removed)
    assert rows["problem"].null_count() == rows.height


# two releases --------------------------------------------------------------------------------------------------------


def edited(released: Path, folder: Path, *, drop: int = 0, rename: str = "") -> Path:
    """A copy of a release as v1.1.0, with some problems less, or a column of another name."""
    import shutil

    shutil.copytree(released, folder)
    gone = pl.read_parquet(folder / "strict" / "train-*.parquet")["problem_id"].to_list()[:drop]
    for path in folder.rglob("*.parquet"):
        rows = pq.read_table(path)
        rows = rows.filter(pc.invert(pc.is_in(rows["problem_id"], pa.array(gone, pa.string()))))
        pq.write_table(rows.rename_columns(["renamed" if one == rename else one for one in rows.column_names]), path)
    release = manifest.read(folder)
    found = shards.found(folder)
    dataclasses.replace(release, tag="v1.1.0", shards=found, columns=shards.columns(folder, found)).write(folder)
    return folder


def small(folder: Path, tag: str, rows: dict[str, tuple[str, str, str | None]]) -> Path:
    """A release of a few problems; each has an answer, a licence, and the filter that dropped it or None."""
    frame = pl.DataFrame(
        [(one, "math", "1" * 40, *told) for one, told in rows.items()],
        schema=["problem_id", "source", "revision", "answer", "license", "filter"],
        orient="row",
        schema_overrides={"filter": pl.String},
    ).with_columns(reason=pl.when(pl.col("filter").is_not_null()).then(pl.lit("because")))
    kept = frame.filter(pl.col("filter").is_null()).drop("filter", "reason")
    for config, one in {"base": kept, "strict": kept.filter(pl.col("answer") != "0"), "unfiltered": frame}.items():
        (folder / config).mkdir(parents=True)
        one.write_parquet(folder / config / "train-00000-of-00001.parquet")
    found = shards.found(folder)
    manifest.Manifest(
        name="acme/math", tag=tag, date="2001-01-01", profile="default", versions={}, settings={}, shards=found,
        columns=shards.columns(folder, found), sources=[], funnel=[], reasons=[], benchmarks=[], quality=[],
        changes=None, recalls=[],
    ).write(folder)  # fmt: skip
    return folder


def test_seven_known_changes_are_seven_lines_with_their_reasons(tmp_path: Path, bigmath: Any) -> None:
    same = {f"same-{number}": (str(number), "MIT", None) for number in range(20)}
    old = small(
        tmp_path / "old",
        "v1.0.0",
        same
        | {"was-dropped": ("5", "MIT", "figure"), "gone": ("6", "MIT", None), "now-dropped": ("7", "MIT", None)}
        | {"one": ("8", "MIT", None), "two": ("9", "MIT", None), "three": ("10", "MIT", None)},
    )
    new = small(
        tmp_path / "new",
        "v1.1.0",
        same
        | {"was-dropped": ("5", "MIT", None), "new": ("6", "MIT", None), "now-dropped": ("7", "MIT", "proof")}
        | {"one": ("-8", "MIT", None), "two": ("-9", "MIT", None), "three": ("10", "CC0-1.0", None)},
    )
    said = bigmath("diff", old, new, "--json")
    assert said.code == 0, said.err
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert {(row["problem_id"], row["change"], row["reason"]) for row in rows} == {
        ("gone", "removed", "no longer read"),
        ("new", "added", "new"),
        ("now-dropped", "removed", "now dropped: proof:because"),
        ("one", "answer changed", "read anew from the same revision"),
        ("three", "licence changed", "read anew from the same revision"),
        ("two", "answer changed", "read anew from the same revision"),
        ("was-dropped", "added", "was dropped: figure:because"),
    }
    assert len(rows) == 7
    assert [(row["before"], row["after"]) for row in rows if row["problem_id"] == "one"] == [("8", "-8")]
    assert "7 changes, a minor step" in bigmath("diff", old, new).out


def test_the_benchmarks_of_comparison_and_certificate_hold(
    finished: Path, released: Path, tmp_path: Path, bigmath: Any
) -> None:
    from subprocess import CompletedProcess

    from bigmath.benchmarks import release_changes, release_tests

    def call(*arguments: Any) -> CompletedProcess[str]:
        said = bigmath(*arguments)
        return CompletedProcess(arguments, said.code, said.out, said.err)

    _, holds = release_changes.measure(released, tmp_path, 3_000, call)
    figures, certified = release_tests.measure(finished, tmp_path, call)
    assert all((holds | certified).values()), (holds, certified)
    assert figures["planted"] == figures["look_alikes"] == 50


@pytest.mark.parametrize(
    ("tag", "accepted"), [("v1.1.0", True), ("v2.0.0", True), ("v1.0.1", False), ("v0.9.0", False)]
)
def test_changed_rows_ask_for_a_minor_step(released: Path, tmp_path: Path, tag: str, accepted: bool) -> None:
    new = dataclasses.replace(manifest.read(edited(released, tmp_path / "v2", drop=1)), tag=tag)
    if accepted:
        changes.refuse_small_step(manifest.read(released), new)
    else:
        with pytest.raises(SettingError, match=tag):
            changes.refuse_small_step(manifest.read(released), new)


def test_a_renamed_column_is_refused_as_a_minor_step(released: Path, tmp_path: Path) -> None:
    new = manifest.read(edited(released, tmp_path / "v2", rename="level"))
    assert new.tag == "v1.1.0"
    with pytest.raises(SettingError, match=r"major one \(gone: .*level"):
        changes.refuse_small_step(manifest.read(released), new)
    changes.refuse_small_step(manifest.read(released), dataclasses.replace(new, tag="v2.0.0"))


def test_an_edited_card_keeps_the_fingerprint_and_is_a_patch(released: Path, tmp_path: Path) -> None:
    copy = copied(released, tmp_path)
    (copy / "README.md").write_text("another text\n")
    old, new = manifest.read(released), manifest.read(copy)
    assert new.fingerprint == old.fingerprint
    changes.refuse_small_step(old, dataclasses.replace(new, tag="v1.0.1"))


def test_a_recalled_source_is_out_and_every_copy_is_warned(released: Path, tmp_path: Path, bigmath: Any) -> None:
    copy, out = copied(released, tmp_path), tmp_path / "v2"
    said = bigmath("recall", copy, "--source", "harp", "--out", out, "--reason", "asked by the owner", "--json")
    assert said.code == 0, said.err
    notice = json.loads(said.out)
    assert (notice["source"], notice["last_tag"], notice["fixed_in"]) == ("harp", "v1.0.0", "v1.1.0")
    counts = {one.source: one for one in manifest.read(released).sources}
    assert (notice["rows"]["unfiltered"], notice["rows"]["base"]) == (counts["harp"].original, counts["harp"].base)
    left = duckdb.sql(f"select distinct source from read_parquet('{out}/*/*.parquet', union_by_name=true)").fetchall()
    assert {source for (source,) in left} == counts.keys() - {"harp"}
    reasons = {json.loads(line).get("reason") for line in (out / changes.NAME).read_text().splitlines()}
    assert reasons == {None, "recalled: asked by the owner"}

    assert bigmath("verify", out).code == 0
    said = bigmath("verify", copy)
    assert said.code == 3
    assert "asked by the owner" in said.out
    assert bigmath("release", "--check", released).code == 0  # another copy knows nothing ...
    assert bigmath("release", "--check", copy, "--notices", released).code == 3  # nor tells it of a recall
    assert bigmath("release", "--check", released, "--notices", out).code == 3  # ... until it is told where to look
    assert bigmath("release", "--push", copy).code == 2


@pytest.mark.parametrize(
    ("source", "said"), [("nosuch", "there are: harp"), ("harp'; drop table x; --", "there are: harp")]
)
def test_a_source_that_is_not_there_cannot_be_recalled(
    released: Path, tmp_path: Path, source: str, said: str, bigmath: Any
) -> None:
    found = bigmath("recall", released, "--source", source, "--out", tmp_path / "v2")
    assert found.code == 2
    assert said in found.err.replace("\n", " ")


# what is refused -----------------------------------------------------------------------------------------------------


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


def test_a_credential_in_any_text_column_is_named_without_being_shown() -> None:
    token = "glpat-" + "x" * 20
    rows = pl.DataFrame({"problem_id": ["a", "b"], "level": [1.0, 2.0], "solutions": [["x"], ["y", f"my {token}"]]})
    assert secret_in(rows) == ("b", "solutions", "a GitLab token")
    assert secret_in(rows.head(1)) is None
