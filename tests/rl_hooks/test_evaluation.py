"""best-of-k against counting all subsets; the tables of an evaluation on replies whose rates are known."""

import math
from itertools import combinations
from statistics import fmean

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmath.scoring.statistics import pass_at
from rl_hooks.evaluation import EVALUATION, SAMPLES, best_at, evaluate, figure_2, table_1

VALUED = st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6)


def _counted(k: int, values: list[float], right: list[bool]) -> float:
    """best-of-k by trying every subset."""
    chances = []
    for chosen in combinations(range(len(values)), k):
        top = max(values[place] for place in chosen)
        chances.append(fmean(right[place] for place in chosen if values[place] == top))
    return fmean(chances)


@given(VALUED, st.data())
def test_best_of_k_is_what_trying_every_subset_gives(valued: list[tuple[float, bool]], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(valued)))
    values, right = [value for value, _ in valued], [good for _, good in valued]
    assert best_at(k, values, right) == pytest.approx(_counted(k, values, right))


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_the_verdict_as_value_is_pass_at_k_and_a_constant_is_the_mean(right: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(right)))
    assert best_at(k, [float(one) for one in right], right) == pytest.approx(pass_at(k, sum(right), len(right)))
    assert best_at(k, [0.5] * len(right), right) == pytest.approx(sum(right) / len(right))


def test_more_than_there_are_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="best of 3 among 2"):
        best_at(3, [0.1, 0.2], [True, False])


def _samples() -> pl.DataFrame:
    """Two problems of level 1 and 2: greedy right and wrong; 2 and 1 of 4 samples right; wrong answers disagree."""
    rows = []
    for name, level, greedy, answers in (
        ("p1", 1.0, "4", ["4", "4", "5", "6"]),
        ("p2", 2.0, "9", ["7", "7", "8", "3"]),
    ):
        gold = "4" if name == "p1" else "8"
        for place, answer in enumerate([greedy, *answers], start=-1):
            right = answer == gold
            rows.append((name, level, place, answer, right, 0.9 if right else 0.2))
    return pl.DataFrame(
        [
            {
                "model": "m", "problem_id": name, "source": "s", "level": level, "place": place, "reply": answer,
                "tokens": 10, "ended": True, "answer": answer, "correct": right, "value": value,
            }
            for name, level, place, answer, right, value in rows
        ],
        schema=SAMPLES,
    )  # fmt: skip


def _rate(found: pl.DataFrame, metric: str, k: int, level: float | None = None) -> float:
    rows = found.filter(pl.col("level").eq_missing(level), metric=metric, k=k)
    return float(rows["rate"][0])


def test_an_evaluation_has_every_metric_over_all_levels_and_by_level() -> None:
    found = evaluate(_samples())
    assert found.schema == EVALUATION
    assert _rate(found, "greedy", 1) == 0.5
    assert _rate(found, "greedy", 1, 1.0) == 1.0
    assert _rate(found, "pass", 1) == pytest.approx((2 / 4 + 1 / 4) / 2)
    assert _rate(found, "pass", 4) == 1.0
    assert _rate(found, "best_of", 4) == 1.0, "the values are the verdicts"
    # p1: two right votes win; p2: two for 7 win
    assert _rate(found, "maj", 4) == pytest.approx(0.5)
    assert (found["low"] <= found["rate"]).all()
    assert (found["rate"] <= found["high"]).all()
    assert found.filter(metric="pass", k=4)["tokens"][0] == 40.0


def test_without_a_value_there_is_no_best_of() -> None:
    found = evaluate(_samples().with_columns(value=pl.lit(None, dtype=pl.Float64)))
    assert "best_of" not in found["metric"].to_list()


def test_what_was_not_judged_is_left_out() -> None:
    samples = _samples().with_columns(correct=pl.when(pl.col("place") == 3).then(None).otherwise(pl.col("correct")))
    found = evaluate(samples)
    assert max(found["k"]) == 3
    assert _rate(found, "pass", 1, 1.0) == pytest.approx(2 / 3)


def test_the_tables_have_the_shapes_of_table_1_and_figure_2() -> None:
    found = evaluate(_samples())
    table = table_1(found)
    assert table.height == 1
    assert {"model", "source", "greedy", "pass@1", "pass@4", "maj@4", "best_of@4"} <= set(table.columns)
    plot = figure_2(found, "t")
    assert set(plot.lines) == {"m pass@k", "m maj@k", "m best_of@k"}
    assert [x for x, _ in plot.lines["m pass@k"]] == [1.0, 2.0, 4.0]
    assert not math.isnan(plot.lines["m pass@k"][0][1])
