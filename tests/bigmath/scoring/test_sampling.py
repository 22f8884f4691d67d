"""What is generated, kept, retried, counted and stopped, with a scripted model; and a run killed ten times."""

import subprocess
import sys
from pathlib import Path

import orjson
import polars as pl
import pytest

from bigmath.errors import StoreError
from bigmath.scoring.adaptive import Adaptive, AdaptiveSettings
from bigmath.scoring.budget import Budget, Progress
from bigmath.scoring.engine import EngineError, Request, Settings, request_key
from bigmath.scoring.generations import GENERATIONS, Generations
from bigmath.scoring.killing import CAPACITY, SETTINGS, questions, run_killed
from bigmath.scoring.sampling import Fixed, Sampled, Tally, forecast, sample
from bigmath.scoring.scripted import ScriptedEngine, scripted_text
from bigmath.store import Warehouse


def run(store: Generations, engine: ScriptedEngine, count: int = 5, n: int = 4, **options: object) -> Sampled:
    return sample(questions(count), Fixed(n), SETTINGS, store, revision="1", engine=lambda: engine, **options)  # type: ignore[arg-type]


def test_every_request_is_generated_once_and_kept_as_it_was_given(store: Generations) -> None:
    engine = ScriptedEngine()
    seen: list[Progress] = []
    result = run(store, engine, report=seen.append)
    rows = store.read()
    assert rows.schema == GENERATIONS
    assert sorted(engine.begun) == sorted(rows["request"])
    assert len(set(engine.begun)) == rows.height == 20 == result.requests
    for row in rows.iter_rows(named=True):
        question = next(one for one in questions(5) if one.content == row["content"])
        assert row["text"] == scripted_text(Request(row["request"], row["content"], question.statement, row["sample"]))
    right = sum(f"boxed{{{i}}}" in scripted_text(Request("", "", f"{i}", s)) for i in range(5) for s in range(4))
    assert (seen[-1].correct, seen[-1].graded, seen[-1].problems_done) == (right, 20, 5)
    assert "5/5 problems, 20/20 requests" in seen[-1].line()


def test_a_larger_n_adds_to_a_smaller_one_and_a_finished_run_starts_no_engine(store: Generations) -> None:
    run(store, ScriptedEngine(), n=2)
    more = ScriptedEngine()
    run(store, more, n=4)
    assert len(more.begun) == 10

    def refuse() -> ScriptedEngine:
        raise AssertionError("an engine was started")

    sample(questions(5), Fixed(3), SETTINGS, store, revision="1", engine=refuse)


def test_other_settings_or_another_revision_share_nothing(warehouse: Warehouse) -> None:
    run(Generations.of(warehouse, "scripted", "1", SETTINGS), ScriptedEngine())
    hot = Generations.of(warehouse, "scripted", "1", Settings(max_tokens=20, temperature=0.5))
    assert hot.read().height == 0
    assert request_key("c", "1", SETTINGS, 0) != request_key("c", "2", SETTINGS, 0)
    assert len(Generations.all(warehouse)) == 2
    assert hot.settings == Settings(max_tokens=20, temperature=0.5)


def test_an_error_is_tried_again_up_to_the_limit_and_kept(store: Generations) -> None:
    engine = ScriptedEngine(fails={1: "broken: wire"})
    run(store, engine)
    assert len(engine.begun) == 20 + 2 * 5  # sample 1 of each of the five works at its third attempt
    assert store.read()["error"].null_count() == 20


def test_a_failure_given_up_is_not_tried_in_the_next_run_but_a_refusal_is(store: Generations) -> None:
    run(store, ScriptedEngine(fails={1: "broken: wire"}), attempts=2)
    rows = store.read().filter(pl.col("error").is_not_null())
    assert rows["error"].unique().to_list() == ["broken: wire"]
    again = ScriptedEngine()
    run(store, again, attempts=2)
    assert again.begun == []
    refusing = ScriptedEngine(fails={4: "too_long: 30 tokens, context 20"})
    run(store, refusing, n=5, attempts=2)
    assert len(refusing.begun) == 5
    larger = ScriptedEngine()
    run(store, larger, n=5, attempts=2)
    assert len(larger.begun) == 5
    assert store.read()["error"].null_count() == 20  # of 25: 5 were given up above


def test_an_engine_that_dies_keeps_what_it_gave(store: Generations) -> None:
    with pytest.raises(EngineError, match="died"):
        run(store, ScriptedEngine(dies_after=10))
    kept = store.read().height
    assert 0 < kept < 20
    again = ScriptedEngine()
    run(store, again)
    assert len(again.begun) == 20 - kept


@pytest.mark.parametrize("cap", [20, 45, 100])
def test_the_budget_is_never_passed_and_a_larger_one_goes_on(store: Generations, cap: int) -> None:
    result = run(store, ScriptedEngine(), budget=Budget(tokens=cap))
    assert store.read()["tokens"].sum() == result.tokens <= cap
    assert (result.stopped is None) == (store.read().height == 20)
    if result.stopped:
        assert f"budget of {cap:,} tokens" in result.stopped
    again = ScriptedEngine()
    assert run(store, again).stopped is None
    assert len(again.begun) == 20 - result.requests


def test_the_forecast_knows_what_is_there(store: Generations) -> None:
    first = forecast(questions(5), Fixed(4), SETTINGS, store, "1", 3)
    assert (first.requests, first.tokens_most, first.tokens_likely) == (20, 400, None)
    run(store, ScriptedEngine(), n=2)
    second = forecast(questions(5), Fixed(4), SETTINGS, store, "1", 3)
    mean = store.read()["tokens"].mean()
    assert isinstance(mean, float)
    assert (second.requests, second.tokens_likely) == (10, round(10 * mean))
    assert second.seconds_likely is not None


def test_two_runs_never_add_to_one_store(store: Generations) -> None:
    other = Generations(store.folder)
    with other, pytest.raises(StoreError, match="another run is adding"):
        run(store, ScriptedEngine())


def test_an_adaptive_plan_follows_its_schedule_and_resumes_to_the_same_rows(warehouse: Warehouse) -> None:
    def adaptive(store: Generations, engine: ScriptedEngine) -> tuple[Sampled, Adaptive]:
        plan = Adaptive(AdaptiveSettings("rate", as_good_as=8, cap=16, first=4, step=1))
        return sample(questions(30), plan, SETTINGS, store, revision="1", engine=lambda: engine), plan

    whole = Generations.of(warehouse, "whole", "1", SETTINGS)
    result, plan = adaptive(whole, ScriptedEngine(capacity=40, batch=10))
    counts = set(result.samples.values())
    assert len(counts) > 1
    assert min(counts) >= 4
    assert max(counts) <= 16
    for one in questions(30):
        told = [
            result.explanations[request_key(one.content, "1", SETTINGS, i)] for i in range(result.samples[one.content])
        ]
        n = 4
        while more := plan.more(one.content, Tally(n, n, sum(bool(each.correct) for each in told[:n]))):
            n += more
        assert n == result.samples[one.content]
    broken = Generations.of(Warehouse.open(warehouse.root.parent / "other"), "broken", "1", SETTINGS)
    with pytest.raises(EngineError):
        adaptive(broken, ScriptedEngine(capacity=40, batch=10, dies_after=150))
    kept = broken.read().height
    rest = ScriptedEngine(capacity=7, batch=2)
    again, _ = adaptive(broken, rest)
    assert again.samples == result.samples
    assert len(rest.begun) == whole.read().height - kept
    assert broken.read().equals(whole.read())


def test_a_torn_line_is_no_row_and_a_part_beside_its_journal_counts_once(store: Generations) -> None:
    run(store, ScriptedEngine())
    part = next(store.folder.glob("part-*.parquet"))
    lines = b"".join(orjson.dumps(row) + b"\n" for row in pl.read_parquet(part).to_dicts())
    part.with_name(part.name.replace("part-", "journal-").replace(".parquet", ".jsonl")).write_bytes(lines)
    (store.folder / "journal-torn.jsonl").write_bytes(lines.splitlines()[0][:-20])
    assert store.read().height == 20
    run(store, ScriptedEngine(), n=5)
    assert store.read().height == 25
    assert not list(store.folder.glob("journal-*"))


def test_killed_ten_times_at_random_no_finished_request_is_generated_again(tmp_path: Path) -> None:
    found = run_killed(tmp_path)
    assert (found.kills, found.rows, found.same_rows) == (10, 480, True)
    assert found.repeated == 0
    assert found.begun - found.rows == found.abandoned <= 10 * CAPACITY


FULL_DISK = """
import resource, signal
from bigmath.scoring.killing import SETTINGS, questions
from bigmath.scoring.sampling import Fixed, sample
from bigmath.scoring.scripted import ScriptedEngine
from bigmath.scoring.generations import Generations
from bigmath.store import Warehouse
store = Generations.of(Warehouse.open({root!r}), "scripted", "1", SETTINGS)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
try:
    sample(questions(5), Fixed(4), SETTINGS, store, revision="1", engine=ScriptedEngine)
except Exception as error:
    print(type(error).__name__, str(error))
"""


def test_a_disk_that_refuses_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    code = FULL_DISK.format(root=str(tmp_path / "warehouse"))
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("StoreError cannot write")
    assert "File too large; finished rollouts are kept" in told
    assert told.count("\n") == 1
    store = Generations.of(Warehouse.open(tmp_path / "warehouse"), "scripted", "1", SETTINGS)
    kept = store.read()
    assert 3 <= kept.height < 20
    rest = ScriptedEngine()
    run(store, rest)
    assert len(rest.begun) == 20 - kept.height
    assert store.read().height == 20
