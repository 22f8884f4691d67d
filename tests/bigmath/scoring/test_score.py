"""From problems to published tables with a scripted model: what is counted, suspected, regraded and kept."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from bigmath.catalog import build_catalog
from bigmath.errors import SettingError
from bigmath.scoring.adaptive import Adaptive, AdaptiveSettings
from bigmath.scoring.budget import Budget
from bigmath.scoring.engine import Engine, Generation, Request, Settings
from bigmath.scoring.figure import by_level, draw
from bigmath.scoring.sampling import Fixed, Plan
from bigmath.scoring.score import Scoring, regrade
from bigmath.scoring.scripted import ScriptedEngine, scripted_text
from bigmath.scoring.tables import DIFFICULTY, ROLLOUTS, plan_about, plan_of
from bigmath.store import Warehouse

SETTINGS = Settings(max_tokens=20)
SCHEMA = {"problem_id": str, "source": str, "problem": str, "answer": str, "level": float}


def problems(count: int, **answers: str | None) -> pl.DataFrame:
    rows = [
        (f"toy-{i:04}", "toy", f"What is number {i}", answers.get(f"p{i}", str(i)), float(i % 3)) for i in range(count)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def scoring(
    warehouse: Warehouse,
    rows: pl.DataFrame,
    n: int = 4,
    *,
    engine: Callable[[], Engine] = ScriptedEngine,
    plan: Callable[[], Plan] | None = None,
    blocks: int = 1,
) -> Scoring:
    return Scoring(
        warehouse, scope="toy", problems=rows, model="scripted", revision="1", settings=SETTINGS, engine=engine,
        plan=plan or (lambda: Fixed(n)), blocks=blocks,
    )  # fmt: skip


def finish(one: Scoring, budget: Budget | None = None) -> pl.DataFrame:
    for name in one.blocks:
        one.sample(name, budget=budget)
        one.make(name)
    one.publish(list(one.blocks))
    return one.warehouse.scan(*(one.job.output("difficulty", name) for name in one.blocks)).collect()


def test_solve_rates_are_those_of_the_script(warehouse: Warehouse) -> None:
    rows = finish(scoring(warehouse, problems(12), 8, blocks=3))
    assert rows.schema == DIFFICULTY
    assert rows.height == 12
    for row in rows.iter_rows(named=True):
        number = int(row["problem_id"][-4:])
        texts = [scripted_text(Request("", "", str(number), sample)) for sample in range(8)]
        right = sum(f"boxed{{{number}}}" in text for text in texts)
        silent = sum("boxed" not in text for text in texts)
        assert (row["n"], row["correct"], row["solve_rate"]) == (8, right, right / 8)
        assert row["unanswered"] == silent / 8
        assert row["low"] <= row["solve_rate"] <= row["high"]
        assert row["pass_at"][0] == {"k": 1, "rate": pytest.approx(right / 8)}
        assert [one["k"] for one in row["majority_at"]] == [1, 2, 4, 8]
        wrong = 8 - right - silent
        assert row["majority_at"][-1]["rate"] == (1.0 if right > wrong else 0.5 if right == wrong > 0 else 0.0)
        assert (row["other_answer"], row["other_votes"]) == ((str(number + 1), wrong) if wrong else (None, 0))
        assert row["label_suspect"] == (wrong >= 5)
    assert 0 < rows["solve_rate"].mean() < 1  # type: ignore[operator] # a column of floats


def test_an_unusable_reference_has_no_solve_rate_and_a_wrong_one_is_suspected(warehouse: Warehouse) -> None:
    rows = finish(scoring(warehouse, problems(12, p3="", p4=None, p10="77"), 8))
    by_id = {row["problem_id"]: row for row in rows.iter_rows(named=True)}
    for name in ("toy-0003", "toy-0004"):
        row = by_id[name]
        assert (row["solve_rate"], row["band"], row["n"], row["ungraded"], row["rollouts"]) == (None, None, 0, 8, 8)
    assert by_id["toy-0010"]["label_suspect"]
    assert by_id["toy-0010"]["other_answer"] == "10"


def test_a_verdict_that_says_nothing_is_in_no_rate(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from bigmath.scoring import tables
    from bigmath.verifier.policy import Verdict

    def troubled(pairs: list[tuple[str, str]]) -> list[object]:
        lost = (Verdict.TIMEOUT, Verdict.ERROR)
        told = explain_many(pairs)
        return [replace(one, verdict=lost[i % 2]) if i % 4 < 2 else one for i, one in enumerate(told)]

    one = scoring(warehouse, problems(1, p0="0"), 8)
    name = next(iter(one.blocks))
    one.sample(name)
    one.blocks[name].known = {}
    explain_many = tables.explain_many
    monkeypatch.setattr(tables, "explain_many", troubled)
    one.make(name)
    row = one.warehouse.scan(one.job.output("difficulty", name)).collect().to_dicts()[0]
    assert (row["rollouts"], row["n"], row["ungraded"]) == (8, 4, 4)
    right = [scripted_text(Request("", "", "0", i)) == "So the answer is $\\boxed{0}$." for i in (2, 3, 6, 7)]
    assert row["solve_rate"] == sum(right) / 4


def test_blocks_are_found_finished_and_a_new_problem_changes_one(warehouse: Warehouse) -> None:
    finish(scoring(warehouse, problems(20), blocks=4))

    def reused(count: int) -> list[bool]:
        one = scoring(warehouse, problems(count), blocks=4)
        return [(one.sample(name), one.make(name)[1].reused)[1] for name in one.blocks]

    assert reused(20) == [True] * 4
    assert sorted(reused(21)) == [False, True, True, True]


def test_a_budget_gives_tables_of_what_it_bought(warehouse: Warehouse) -> None:
    rows = finish(scoring(warehouse, problems(12)), Budget(tokens=60))
    rollouts = warehouse.scan(*warehouse.current().tables["rollouts"]).collect()  # type: ignore[union-attr] # published
    assert 0 < rollouts.height < 48
    assert rollouts.schema == ROLLOUTS
    assert rollouts["tokens"].sum() <= 60
    assert rows["n"].sum() == rollouts.height


def test_an_adaptive_plan_comes_back_from_its_description(warehouse: Warehouse) -> None:
    settings = AdaptiveSettings("band", as_good_as=8, cap=16, first=4, step=4)
    one = scoring(warehouse, problems(40), plan=lambda: Adaptive(settings), engine=lambda: ScriptedEngine(capacity=50))
    rows = finish(one)
    assert rows["n"].n_unique() > 1
    about = one.job.output("difficulty", next(iter(one.blocks))).made_from
    plan = plan_of(next(iter(one.blocks.values())).plan)
    assert plan is not None
    assert plan_about(plan) == next(iter(one.blocks.values())).plan
    assert about["table"] == "difficulty"
    contents = {row["problem_id"]: row["content"] for row in one.blocks[next(iter(one.blocks))].problems.to_dicts()}
    for row in rows.iter_rows(named=True):
        content = contents[row["problem_id"]]
        assert row["estimate"] == pytest.approx(plan.rate(content, row["correct"], row["n"]))
        assert row["band"] == plan.band(content, row["correct"], row["n"])


def test_regrading_needs_no_model_and_takes_corrected_references(warehouse: Warehouse) -> None:
    assert regrade(warehouse) is None
    before = finish(scoring(warehouse, problems(12, p10="77"), 8))
    again = regrade(warehouse)
    assert again is not None
    after = warehouse.scan(*again.tables["difficulty"]).collect()
    assert after.equals(before)
    corrected = warehouse.write(
        "problems", "toy", "0" * 20, schema=pl.Schema({"problem_id": pl.String(), "answer": pl.String()}),
        frames=[problems(12).select("problem_id", "answer")], made_from={},
    )  # fmt: skip
    warehouse.publish({**again.tables, "problems": [corrected]}, {}, parent=again.number)
    fixed = regrade(warehouse)
    assert fixed is not None
    row = warehouse.scan(*fixed.tables["difficulty"]).filter(pl.col("problem_id") == "toy-0010").collect().to_dicts()[0]
    assert (row["label_suspect"], row["correct"] > 0) == (False, True)


def test_models_stand_side_by_side_and_other_tables_stay(warehouse: Warehouse) -> None:
    other = warehouse.write(
        "traces", "all", "1" * 20, schema=pl.Schema({"x": pl.Int64()}), frames=[pl.DataFrame({"x": [1]})], made_from={}
    )
    warehouse.publish({"traces": [other]}, {"profile": "p"}, parent=None)
    finish(scoring(warehouse, problems(6)))
    second = Scoring(
        warehouse, scope="toy", problems=problems(6), model="org/Second", revision="9", settings=SETTINGS,
        engine=ScriptedEngine, plan=lambda: Fixed(2), blocks=1,
    )  # fmt: skip
    finish(second)
    finish(scoring(warehouse, problems(6), 8))  # the first again, with more rollouts: replaces its own rows
    version = warehouse.current()
    assert version is not None
    assert version.about == {"profile": "p"}
    assert set(version.tables) == {"traces", "rollouts", "difficulty"}
    with duckdb.connect(str(build_catalog(warehouse)), read_only=True) as connection:
        counts = connection.execute("select model, count(*), max(n) from difficulty group by model order by model")
        assert counts.fetchall() == [("org/Second", 6, 2), ("scripted", 6, 8)]
        sides = connection.execute("select estimates['scripted'], estimates['org/Second'] from models").fetchall()
        assert len(sides) == 6
        shares = connection.execute("select model, sum(share) from quintiles group by model").fetchall()
        assert [share for _, share in shares] == pytest.approx([1.0, 1.0])
        views = {
            name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
    assert "difficulty_by_level" in views
    assert "curriculum" not in views  # there are no splits here


def test_the_figure_shows_every_source_and_level(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = finish(scoring(warehouse, problems(12)))
    measured = by_level(rows)
    assert measured["level"].to_list() == [0.0, 1.0, 2.0]
    assert measured["problems"].to_list() == [4, 4, 4]
    drawn = draw(rows, tmp_path / "new" / "figure.svg").read_text()
    assert "<svg" in drawn


def test_an_engine_that_drops_a_request_does_not_lose_the_rest(warehouse: Warehouse) -> None:
    class Refusing(ScriptedEngine):
        def _answer(self, request: Request) -> Generation:
            self.fails = {0: "too_long: 30"} if request.statement.endswith(" 5") else {}
            return super()._answer(request)

    rows = finish(scoring(warehouse, problems(8), engine=Refusing))
    row = rows.filter(pl.col("problem_id") == "toy-0005").to_dicts()[0]
    assert (row["rollouts"], row["n"], row["errors"]) == (4, 3, 1)
    assert rows.filter(pl.col("problem_id") != "toy-0005")["errors"].sum() == 0


def test_no_problems_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(SettingError, match="toy holds no problems"):
        scoring(warehouse, problems(0))
