"""Exports: each framework's documented shape, bands, and the refusal of anything held out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.errors import SettingError
from bigmath.outputs import Version
from bigmath.store import Warehouse
from rl_hooks.export import export_rl
from rl_hooks.formats import FORMATS
from rl_hooks.paces import PACES
from rl_hooks.rows import Band, LeakError, read_rows, refuse_leaks

ROW = {
    "problem_id": "math-1", "source": "math", "problem": "Find {x}.", "answer": r"\frac12", "level": 1.0,
    "domain": None, "license": "MIT", "split": "train", "solve_rate": None, "band": None,
}  # fmt: skip
CHAT = [{"role": "user", "content": "Find {x}.\n\nBox it."}]


@pytest.mark.parametrize(
    ("framework", "fields"),
    [
        ("trl", {"prompt": CHAT, "answer": r"\frac12"}),
        ("verl", {"prompt": CHAT, "ability": "math", "reward_model": {"style": "rule", "ground_truth": r"\frac12"}}),
        ("openrlhf", {"input": CHAT, "datasource": "bigmath/math"}),
        ("open-instruct", {"messages": CHAT, "ground_truth": r"\frac12", "dataset": "bigmath"}),
        ("verifiers", {"id": "math-1", "prompt": CHAT[0]["content"], "answer": r"\frac12"}),
        ("nemo-rl", {"input": "Find {x}.", "output": r"\frac12"}),
        ("nemo-gym", {"responses_create_params": {"input": CHAT}, "expected_answer": r"\frac12"}),
    ],
)
def test_a_row_has_the_shape_its_framework_documents(framework: str, fields: dict[str, Any]) -> None:
    shaped = FORMATS[framework].shape(ROW, "Box it.", 3)
    assert {name: shaped[name] for name in fields} == fields
    assert "math-1" in json.dumps(shaped), "the problem's id is carried along"
    if framework == "trl":
        reserved = {"completion", "completion_ids", "trainer_state", "log_extra", "log_metric", "environments"}
        assert not reserved & shaped.keys()


@pytest.mark.parametrize("framework", FORMATS)
def test_an_export_is_whole_and_names_what_it_was_made_from(framework: str, finished: Path, tmp_path: Path) -> None:
    done = export_rl(Warehouse.open(finished), tmp_path / "out", to=framework)
    about = json.loads((tmp_path / "out" / "export.json").read_text())
    assert about["rows"] == {"train": done.train, "held_out": done.held_out}
    for name, digest in about["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    assert any(name.endswith(f"train.{FORMATS[framework].kind}") for name in about["files"])
    readme = (tmp_path / "out" / "README.md").read_text()
    assert f"{done.train:,} problems" in readme
    assert FORMATS[framework].launch in readme


def test_train_and_held_out_share_nothing_and_are_of_their_splits(finished: Path, tmp_path: Path) -> None:
    export_rl(Warehouse.open(finished), tmp_path / "out", to="trl", held_out="test")
    train, held = (pl.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in ("train", "held_out"))
    assert set(train["split"]) == {"train"}
    assert set(held["split"]) == {"test"}
    assert not set(train["problem_id"]) & set(held["problem_id"])
    assert train.schema == held.schema
    assert train.schema["solve_rate"] == pl.Float64


def test_the_nemo_prompt_file_survives_format(finished: Path, tmp_path: Path) -> None:
    export_rl(Warehouse.open(finished), tmp_path / "out", to="nemo-rl", instruction=r"Use \boxed{}.")
    assert (tmp_path / "out" / "prompt.txt").read_text().format("Find {x}.") == "Find {x}.\n\nUse \\boxed{}.\n"


@pytest.mark.parametrize("table", ["benchmarks", "base"])
def test_a_held_out_problem_is_refused_also_respelled_and_under_another_id(finished: Path, table: str) -> None:
    warehouse = Warehouse.open(finished)
    version = warehouse.current()
    assert version is not None
    good = read_rows(warehouse, version, table="strict", split="train", model=None)
    assert refuse_leaks(warehouse, version, good) > 0
    if table == "benchmarks":
        held = warehouse.scan(*version.tables[table]).select("problem").collect()["problem"][0]
    else:
        held = read_rows(warehouse, version, table=table, split="test", model=None)["problem"][0]
    planted = good.head(1).with_columns(problem=pl.lit("  " + held.replace("$", " $ ").upper().lower()))
    with pytest.raises(LeakError, match=rf"1 of {good.height + 1}"):
        refuse_leaks(warehouse, version, pl.concat([good, planted]))


def test_the_test_split_is_never_trained_on_and_nothing_is_written(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(LeakError, match="'test' is held out"):
        export_rl(Warehouse.open(finished), tmp_path / "out", to="trl", split="test")
    assert not (tmp_path / "out").exists()


def _with_rates(finished: Path, monkeypatch: pytest.MonkeyPatch, rates: pl.DataFrame) -> tuple[Warehouse, Version]:
    """The finished warehouse as if a difficulty table had been published."""
    warehouse = Warehouse.open(finished)
    version = warehouse.current()
    assert version is not None
    measured = Version(version.number, version.parent, version.about, {**version.tables, "difficulty": ("rates",)})  # type: ignore[dict-item]
    scan = warehouse.scan
    monkeypatch.setattr(warehouse, "current", lambda: measured)
    monkeypatch.setattr(warehouse, "scan", lambda *outputs: rates.lazy() if outputs == ("rates",) else scan(*outputs))
    return warehouse, measured


def _rates(ids: list[str], rates: list[float], bands: list[int], **more: str | int) -> pl.DataFrame:
    """Rows of the difficulty table, as far as an export reads it."""
    frame = pl.DataFrame({"problem_id": ids, "estimate": rates, "band": bands})
    named = {"model": "m", "sampling": "s", "n": 4, **more}
    return frame.with_columns(pl.lit(value).alias(name) for name, value in named.items())


def test_difficulty_bands_choose_the_rows_and_a_curriculum_puts_the_easiest_first(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Warehouse.open(finished)
    version = plain.current()
    assert version is not None
    ids = read_rows(plain, version, table="strict", split="train")["problem_id"].to_list()
    rates = _rates(ids[:4], [0.25, 0.75, 0.5, 0.3], [4, 2, 3, 4])
    # scored once more in another table, with fewer rollouts: the larger count speaks
    warehouse, _ = _with_rates(finished, monkeypatch, pl.concat([_rates(ids[:1], [0.6], [2], n=2), rates]))
    done = export_rl(warehouse, tmp_path / "a", to="trl", band=Band(bands=(4, 2), curriculum=True))
    kept = pl.read_parquet(tmp_path / "a" / "train.parquet")
    assert kept.select("problem_id", "band").rows() == [(ids[1], 2), (ids[3], 4), (ids[0], 4)]
    assert done.outside_band == len(ids) - 3  # what was never measured is in no band
    assert "bands 4, 2 alone" in (tmp_path / "a" / "README.md").read_text()
    export_rl(warehouse, tmp_path / "b", to="verl", band=Band(curriculum=True))
    every = pl.read_parquet(tmp_path / "b" / "train.parquet")["extra_info"].struct.unnest()
    assert every["problem_id"].to_list() == [ids[1], ids[2], ids[3], ids[0], *ids[4:]]


@pytest.mark.parametrize("framework", ["trl", "verl"])
def test_without_a_problem_to_hold_out_both_files_still_read_as_one_table(
    framework: str, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(*args: Any, split: str, **more: Any) -> pl.DataFrame:
        return read_rows(*args, split=split, **more).head(3 if split == "train" else 0)

    monkeypatch.setattr("rl_hooks.export.read_rows", few)
    done = export_rl(Warehouse.open(finished), tmp_path / "out", to=framework)
    assert (done.train, done.held_out, done.unmeasured) == (3, 0, 3)
    assert "Nothing is held out: leave that file out" in (tmp_path / "out" / "README.md").read_text()
    assert pl.read_parquet([tmp_path / "out" / f"{name}.parquet" for name in ("train", "held_out")]).height == 3


def test_ways_to_sample_are_never_mixed(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Warehouse.open(finished)
    version = plain.current()
    assert version is not None
    ids = read_rows(plain, version, table="strict", split="train")["problem_id"].to_list()[:2]
    both = pl.concat([_rates(ids, [0.5, 0.5], [3, 3]), _rates(ids, [0.3, 0.4], [4, 4], sampling="short")])
    warehouse, _ = _with_rates(finished, monkeypatch, both)
    with pytest.raises(SettingError, match="several samplings; name one with --sampling: s, short"):
        export_rl(warehouse, tmp_path / "a", to="trl")
    export_rl(warehouse, tmp_path / "a", to="trl", band=Band(bands=(4,), sampling="short"))
    assert pl.read_parquet(tmp_path / "a" / "train.parquet")["solve_rate"].to_list() == [0.3, 0.4]


def test_a_band_keeps_what_was_not_measured_and_leaves_out_groups_without_variance(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Warehouse.open(finished)
    version = plain.current()
    assert version is not None
    ids = read_rows(plain, version, table="strict", split="train", model=None)["problem_id"]
    rates = _rates(ids.head(5).to_list(), [0.0, 0.005, 0.3, 0.9, 1.0], [5, 5, 4, 1, 1])
    warehouse, _ = _with_rates(finished, monkeypatch, rates)
    done = export_rl(warehouse, tmp_path / "a", to="trl")
    assert (done.train, done.outside_band) == (len(ids) - 3, 3)
    done = export_rl(warehouse, tmp_path / "b", to="trl", band=Band(least=0.2, most=0.8))
    assert (done.train, done.outside_band) == (len(ids) - 4, 4)
    kept = pl.read_parquet(tmp_path / "b" / "train.parquet").filter(pl.col("solve_rate").is_not_null())
    assert kept.select("problem_id", "solve_rate").rows() == [(ids[2], 0.3)]
    with pytest.raises(SettingError, match="no solve rates of model 'other'; there are: m"):
        export_rl(warehouse, tmp_path / "c", to="trl", band=Band(model="other"))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"to": "trlx"}, "no framework 'trlx'; there are: trl, verl"),
        ({"to": "trl", "table": "problems"}, "there are: base, strict"),
        ({"to": "trl", "held_out": "train"}, "cannot be both"),
        ({"to": "trl", "held_out": "dev"}, "no split 'dev'; there are: test, train, validation"),
        ({"to": "trl", "band": Band(model="m")}, "no difficulty table"),
        ({"to": "openrlhf", "paces": PACES}, "nobody would pay the paces"),
        ({"to": "trl", "band": Band(bands=(3,))}, "no row of strict, split train, is left"),
    ],
)
def test_a_bad_setting_is_one_line(finished: Path, tmp_path: Path, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        export_rl(Warehouse.open(finished), tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(SettingError, match="no earlier export"):
        export_rl(Warehouse.open(finished), tmp_path, to="trl")
    assert (tmp_path / "mine").read_text() == "mine"
