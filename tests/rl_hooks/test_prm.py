"""PRM rows: counts kept, labels derived, exports that lose nothing silently."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.errors import SettingError
from bigmath.search.budget import Budget
from bigmath.search.protocol import State
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.run import Setup, run_searches
from bigmath.search.tree import BestFirst
from bigmath.search.values import MonteCarlo
from rl_hooks import prm_exports
from rl_hooks.prm import (
    PrmRow,
    fewer_rollouts,
    from_frame,
    labels,
    miscounted,
    rows_of_traces,
    sample_rows,
    split_steps,
    to_frame,
)

ENVIRONMENT = Arithmetic(COUNTDOWN)
POLICY = Solver(ENVIRONMENT, 0.5)
QUESTIONS = [question(f"q{target}", [2, 3, 7], target) for target in range(1, 43)]
ROW = PrmRow(
    problem_id="q",
    question="Q?",
    steps=("good", "doubtful", "lost"),
    states=("", "", "", ""),
    n=(16, 16, 16, 16),
    c=(8, 12, 4, 0),
    verdict="WRONG",
)


def test_labels_are_derived_from_the_counts() -> None:
    assert labels(ROW, "hard") == [1.0, 1.0, 0.0]
    assert labels(ROW, "soft") == [0.75, 0.25, 0.0]
    assert labels(ROW, "advantage") == [0.25, -0.5, -0.25]


@pytest.mark.parametrize(
    "wrong",
    [
        {"c": (8, 12, 17, 0)},
        {"c": (8, -1, 4, 0)},
        {"c": (8, 12, 4)},
        {"n": (16, 0, 16, 16), "c": (8, 0, 4, 0)},
        {"steps": ("good",)},
        {"states": ()},
        {"verdict": "CORRECT"},
        {"c": (8, 12, 4, 1)},
    ],
)
def test_counts_that_cannot_be_are_found(wrong: dict[str, Any]) -> None:
    assert miscounted([ROW]) == []
    assert miscounted([ROW, replace(ROW, problem_id="other", **wrong)]) == ["other"]


def test_counts_are_those_of_rollouts_from_each_prefix(tmp_path: Path) -> None:
    rows = sample_rows(QUESTIONS, POLICY, ENVIRONMENT, rollouts=64, solutions=2, held_out={"q5", "q6"})
    assert not {row.problem_id for row in rows} & {"q5", "q6"}
    errors = []
    for row in rows:
        assert len(row.n) == len(row.steps) + 1
        state = State(next(one for one in QUESTIONS if one.problem_id == row.problem_id))
        for place in range(len(row.steps)):
            exact = ENVIRONMENT.chance(State(state.question, row.steps[:place]), 0.5)
            errors.append(abs(row.c[place] / row.n[place] - exact))
        assert (row.c[-1] == row.n[-1]) == (row.verdict == "CORRECT")
    assert sum(errors) / len(errors) < 0.06
    assert len({(row.problem_id, row.steps) for row in rows}) == len(rows)
    path = tmp_path / "prm.parquet"
    to_frame(rows).write_parquet(path)
    assert from_frame(pl.read_parquet(path)) == rows


def test_searches_with_counted_values_give_rows() -> None:
    value = MonteCarlo(POLICY, ENVIRONMENT, 8)
    traces = list(run_searches(QUESTIONS, Setup(BestFirst(), POLICY, value, ENVIRONMENT, Budget(nodes=60))))
    rows = rows_of_traces(traces, held_out={"q7"})
    assert rows
    assert miscounted(rows) == []
    assert "q7" not in {row.problem_id for row in rows}
    assert {trace.trace_id for trace in traces} >= {row.trace_id for row in rows}


def test_fewer_rollouts_are_a_draw_from_the_counted() -> None:
    many = PrmRow(problem_id="q", question="Q", steps=("a",), states=("", ""), n=(16, 16), c=(0, 16), verdict="CORRECT")
    assert fewer_rollouts(many, 4).c == (0, 4)
    mean = sum(fewer_rollouts(ROW, 4, seed).c[1] for seed in range(400)) / 400
    assert mean == pytest.approx(3, abs=0.15)
    with pytest.raises(SettingError, match="32 rollouts asked for; this row has 16"):
        fewer_rollouts(ROW, 32)


@pytest.mark.parametrize(
    ("text", "rule", "steps"),
    [
        ("First.\nStill first.\n\nSecond.\n\n\n\nThird.", "blank_line", ("First.\nStill first.", "Second.", "Third.")),
        ("a\n\n$$\n\nb", "blank_line", ("a\n$$", "b")),
        ("a = 1\n\nb = 2", "line", ("a = 1", "b = 2")),
    ],
)
def test_steps_are_split_by_the_stated_rule(text: str, rule: str, steps: tuple[str, ...]) -> None:
    assert split_steps(text, rule) == steps  # type: ignore[arg-type] # the table holds both rules


def test_trl_gets_no_soft_label_silently() -> None:
    assert int(labels(ROW, "soft")[0]) == 0  # what TRL does with 0.75
    with pytest.raises(SettingError, match="int\\(\\) would make 0 of a soft label"):
        prm_exports.trl_stepwise([ROW], "soft")
    (row,) = prm_exports.trl_stepwise([ROW], "soft", threshold=0.5)
    assert row == {"prompt": "Q?", "completions": ["good", "doubtful", "lost"], "labels": [True, False, False]}
    assert prm_exports.trl_stepwise([ROW])[0]["labels"] == [True, True, False]
    assert prm_exports.trl_stepwise([ROW], "advantage", threshold=0.0)[0]["labels"] == [True, False, False]


def test_the_other_forms_are_those_of_their_sets() -> None:
    assert prm_exports.math_shepherd([ROW]) == [
        {
            "input": "Q? Step 1: good ки\nStep 2: doubtful ки\nStep 3: lost ки",
            "label": "Q? Step 1: good +\nStep 2: doubtful +\nStep 3: lost -",
        }
    ]
    (row,) = prm_exports.prm800k([ROW])
    assert [step["completions"][0]["rating"] for step in row["label"]["steps"]] == [1, 0, -1]
    assert row["label"]["finish_reason"] == "found_error"
    assert prm_exports.text_value([ROW]) == [
        {"text": "Q?\ngood", "value": 0.75},
        {"text": "Q?\ngood\ndoubtful", "value": 0.25},
        {"text": "Q?\ngood\ndoubtful\nlost", "value": 0.0},
    ]
