"""`bigmath search`, `traces` and `export` as a user runs them, and the assets over the same functions."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.search_command import read_traces
from assets.training import Searching, build_training
from bigmath.search.linearise import parse
from bigmath.search.trace import tree_of
from rl_hooks.prm_files import save_prm
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.sft_tables import SFT
from rl_hooks.stages import is_held_out
from rl_hooks.tokenizer import words

from .conftest import check_metadata

VLLM = find_spec("vllm") is not None
TORCH = find_spec("torch") is not None
Bigmath = Any  # the fixture's type lives in the other folder's conftest


@pytest.fixture(name="traces")
def _traces(bigmath: Bigmath, tmp_path: Path) -> Path:
    out = tmp_path / "traces"
    said = bigmath("search", "countdown", "-o", out, "--count", "4", "--candidates", "30", "--rollouts", "8")
    assert said.code == 0, said.err
    assert "4 searches spend at most 1,200 nodes" in said.err
    return out


def test_searches_are_written_and_shown(bigmath: Bigmath, traces: Path) -> None:
    rows = [json.loads(line) for line in bigmath("traces", traces, "--json").out.splitlines()]
    assert rows[0]["searches"] == 4
    said = bigmath("traces", traces, rows[1]["trace_id"][:8])
    text = said.out.partition("\n")[2].partition("\nSolution:")[0]
    assert parse(text.rstrip("\n"))[0].kind == "create"
    assert set(json.loads((traces / "ledger.json").read_text())) == {"forecast", "spent_in_this_run"}
    assert not list(traces.glob(".journal*"))


@pytest.mark.skipif(not TORCH, reason="the extra train is not installed")
def test_a_saved_prm_is_the_value_of_a_search(bigmath: Bigmath, tmp_path: Path) -> None:
    saved = tmp_path / "prm"
    settings = ModelSettings(hidden=32, layers=1, heads=2, length=32, reads="state")
    model = Prm(words(["0 1 2 3 4 5 6 7 8 9 : , + - * / = to make \n"]), settings)
    save_prm(model, saved)
    out = tmp_path / "traces"
    said = bigmath("search", "countdown", "-o", out, "--count", "2", "-v", "prm", "--prm", saved, "--nodes", "40")
    assert said.code == 0, said.err
    found = [event.value for trace in read_traces(out) for event in trace.events if event.kind == "value"]
    assert found
    trace = read_traces(out)[0]
    first = next(event for event in trace.events if event.kind == "value")
    state = tree_of(trace.events)[first.node].state
    assert model.values([("", (), (state or "",))])[0][0] == pytest.approx(first.value, abs=1e-5)


def test_a_forecast_alone_searches_nothing(bigmath: Bigmath, tmp_path: Path) -> None:
    said = bigmath("search", "game24", "-o", tmp_path / "no", "--dry", "--tokens", "100", "--value", "exact")
    assert said.code == 0
    assert "5,000 tokens" in said.err
    assert not (tmp_path / "no").exists()


def test_training_sets_are_exported(bigmath: Bigmath, traces: Path, tmp_path: Path) -> None:
    out = tmp_path / "sets"
    said = bigmath("export", "sft", traces, "-o", out, "-k", "star", "-k", "meta_star", "--tokenizer", "characters")
    assert said.code == 0, said.err
    star = pl.read_parquet(out / "sft_star.parquet")
    assert star.schema == SFT
    tokens = pl.read_parquet(out / "sft_star_tokens.parquet")
    assert tokens["row_id"].to_list() == star["row_id"].to_list()
    assert bigmath("export", "prm", traces, "-o", out, "--form", "text_value").code == 0
    assert pl.read_parquet(out / "prm_text_value.parquet")["value"].is_between(0, 1).all()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["search", "chess", "-o", "x"], "no puzzle 'chess'; there are: countdown, game24, maze"),
        (["search", "countdown", "-o", "x", "--where", "level = 1"], "--where picks problems"),
        (["search", "strict", "-o", "x", "-w", "nowhere"], "no warehouse at nowhere"),
        (["search", "countdown", "-o", "x", "-a", "dijkstra"], "no algorithm 'dijkstra'; there are: sampling"),
        (["search", "maze", "-o", "x", "-v", "noisy"], "no value 'noisy' for maze; there are: exact"),
        (["search", "countdown", "-o", "x", "--model", "nowhere"], "vLLM" if not VLLM else "no folder"),
        (["traces", "nowhere"], "cannot read traces: no file nowhere"),
        (["export", "sft", "TRACES", "-o", "x", "-k", "dpo"], "no kind 'dpo' of SFT set; there are: cot, star"),
        (["export", "sft", "-o", "x", "-k", "star"], "no traces were named"),
        (["export", "sft", "-o", "x", "-k", "cot", "-w", "nowhere"], "no warehouse at nowhere"),
        (["export", "prm", "TRACES", "-o", "x", "--form", "xml"], "no form 'xml'; there are: table, trl_stepwise"),
        (["export", "prm", "TRACES", "-o", "x", "--form", "trl_stepwise", "--label", "soft"], "int() would make 0"),
        (["search", "countdown", "-o", "x", "-v", "prm"], "the value prm needs a saved PRM"),
        (["search", "countdown", "-o", "x", "--prm", "x"], "--prm is for the value prm, not monte_carlo"),
        (["search", "countdown", "-o", "x", "-v", "prm", "--prm", "x"], "holds no PRM" if TORCH else "training needs"),
        (["bench", "search", "--part", "processbench"], "no folder was named: the part processbench needs"),
        (["bench", "search", "--part", "processbench", "--gold", "nowhere"], "nowhere holds no .json file"),
        (["bench", "search", "--part", "processbench", "--gold", "BROKEN"], "is no ProcessBench file"),
        (["bench", "search", "--part", "text", "--gold", "x"], "--gold and --prm are for the part processbench"),
        (["bench", "search", "--part", "no"], "benchmark search has no part 'no'; it has: curve"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], error: str, bigmath: Bigmath, traces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "gsm8k.json").write_text('[{"id": "a"}]')
    places = {"TRACES": str(traces), "BROKEN": str(broken)}
    said = bigmath(*(places.get(one, one) for one in arguments))
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert error in said.err


def test_training_sets_are_tables_that_sql_reads(
    bigmath: Bigmath, traces: Path, finished: Path, tmp_path: Path
) -> None:
    root, out = tmp_path / "w", tmp_path / "mine"
    shutil.copytree(finished, root)
    chosen = ("-k", "cot", "-k", "star", "--tokenizer", "characters", "--publish", "-w", root)
    said = bigmath("export", "sft", traces, "-o", out, *chosen)
    assert said.code == 0, said.err
    assert bigmath("export", "prm", traces, "-o", out, "--publish", "-w", root).code == 0
    assert bigmath("export", "sft", traces, "-o", out, *chosen).code == 0  # again: nothing is doubled
    rows = {
        table: json.loads(bigmath("sql", f"select count(*) as c from {table}", "-w", root, "--json").out)["c"]
        for table in ("sft", "sft_cot", "sft_star", "sft_back", "sft_tokens", "sft_rejected", "prm", "strict")
    }
    assert rows["sft_cot"] == pl.read_parquet(out / "sft_cot.parquet").height > 0
    assert rows["sft_star"] == pl.read_parquet(out / "sft_star.parquet").height > 0
    assert rows["sft"] == rows["sft_tokens"] == rows["sft_cot"] + rows["sft_star"]
    assert rows["sft_back"] == 0
    assert rows["prm"] > 0
    assert rows["sft_rejected"] > 0
    assert rows["strict"] > 0  # what the main job published is still there
    outside = "select count(*) as c from sft_cot anti join (from strict where split = 'train') using (problem_id)"
    assert json.loads(bigmath("sql", outside, "-w", root, "--json").out)["c"] == 0


def test_searches_can_be_published(bigmath: Bigmath, tmp_path: Path) -> None:
    root = tmp_path / "w"
    for seed in ("1", "2"):  # the second replaces the first, as it does in the folder
        said = bigmath(
            "search", "countdown", "-o", tmp_path / "mine", "--count", "2", "-v", "exact", "--seed", seed, "--publish",
            "-w", root,
        )  # fmt: skip
        assert said.code == 0, said.err
    counted = bigmath("sql", "select count(*) as c, min(seed) as s from traces", "-w", root, "--json")
    assert json.loads(counted.out) == {"c": 2, "s": 2}


def _by_puzzle(definitions: dg.Definitions) -> list[dg.AssetsDefinition]:
    found = [one for one in definitions.assets or () if isinstance(one, dg.AssetsDefinition)]
    return [one for one in found if one.key.to_user_string() != "sft_cot"]


def test_what_the_assets_make_is_published(bigmath: Bigmath, finished: Path, tmp_path: Path) -> None:
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    searching = Searching(warehouse=str(root), count=6, rollouts=8, candidates=20)
    definitions = build_training(str(root))
    chosen = [one for one in _by_puzzle(definitions) if one.key.to_user_string() != "prm_evaluation"]
    assert dg.materialize(chosen, partition_key="countdown", resources={"searching": searching}).success
    (cot,) = [one for one in definitions.assets or () if one not in _by_puzzle(definitions)]
    assert isinstance(cot, dg.AssetsDefinition)
    for _ in range(2):
        result = dg.materialize([cot], resources={"searching": searching})
        assert result.success
    told = bigmath("sql", "select kind, count(*) as c from sft group by kind order by kind", "-w", root, "--json")
    counts = {row["kind"]: row["c"] for row in map(json.loads, told.out.splitlines())}
    (shown,) = result.asset_materializations_for_node("sft_cot")
    assert counts["cot"] == shown.metadata["dagster/row_count"].value > 0
    assert counts["star"] > 0
    searched = bigmath("sql", "select count(*) as c from traces", "-w", root, "--json")
    assert json.loads(searched.out)["c"] == 6


@pytest.mark.skipif(find_spec("torch") is None, reason="the extra train is not installed")
def test_the_assets_make_every_table_and_hold_problems_out(tmp_path: Path) -> None:
    searching = Searching(warehouse=str(tmp_path / "w"), count=16, rollouts=8, candidates=20, steps=10)
    definitions = build_training(str(tmp_path / "w"))
    assets = _by_puzzle(definitions)
    result = dg.materialize(assets, partition_key="countdown", resources={"searching": searching})
    assert result.success
    job = searching.job
    trained = {
        problem for table in ("sft",) for problem in job.scan(table, "countdown").collect()["problem_id"].to_list()
    }
    every = set(job.scan("traces", "countdown").collect()["problem_id"].to_list())
    held_out = {one for one in every if is_held_out(one, 0.2)}
    assert trained
    assert held_out
    assert not trained & held_out
    evaluation = job.scan("prm_evaluation", "countdown").collect()
    assert evaluation["step"].to_list() == [0, 10]
    again = dg.materialize(assets, partition_key="countdown", resources={"searching": searching})
    events = again.asset_materializations_for_node("traces")
    assert events[0].metadata["reused"].value is True
    for event in again.get_asset_materialization_events():
        check_metadata(str(event.asset_key), dict(event.materialization.metadata))
