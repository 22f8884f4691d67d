"""What models are trained on: sums that add up, held out by id; problems of a warehouse by its splits."""

import re
from pathlib import Path

import polars as pl
import pytest

from bigmath.errors import SettingError
from rl_hooks.rows import LeakError
from rl_hooks.tasks import TRAINING_ROWS, TaskSettings, refuse_shared, rows_of, work


@pytest.mark.parametrize(
    ("left", "right", "columns", "wanted"),
    [
        (47, 85, 2, ["7+5+0=12", "4+8+1=13", r"\boxed{132}"]),
        (5, 3, 1, ["5+3+0=08", r"\boxed{8}"]),
        (999, 1, 3, ["9+1+0=10", "9+0+1=10", "9+0+1=10", r"\boxed{1000}"]),
    ],
)
def test_the_work_carries_from_column_to_column(left: int, right: int, columns: int, wanted: list[str]) -> None:
    assert work(left, right, columns).splitlines() == wanted


def test_sums_add_up_and_no_held_out_one_is_trained_on() -> None:
    rows = rows_of("sums", TaskSettings(count=800, digits=2, held_out=100))
    assert rows.schema == TRAINING_ROWS
    assert rows.filter(split="held_out").height == 100
    assert rows["prompt"].n_unique() == rows.height
    for prompt, solution, answer in rows.select("prompt", "solution", "answer").iter_rows():
        left, right = map(int, prompt.strip().split("+"))
        assert left + right == int(answer)
        assert re.search(r"\\boxed\{(\d+)\}", solution).group(1) == answer  # type: ignore[union-attr] # it is there
    shown = rows["solution"].str.contains("\n").mean()
    assert 0.4 < float(shown) < 0.6  # type: ignore[arg-type] # there are rows
    assert refuse_shared(rows) == 100


def test_the_same_seed_gives_the_same_rows() -> None:
    asked = TaskSettings(count=50)
    assert rows_of("sums", asked).equals(rows_of("sums", asked))
    assert not rows_of("sums", asked).equals(rows_of("sums", TaskSettings(count=50, seed=1)))


def test_a_held_out_statement_under_another_id_is_found() -> None:
    rows = rows_of("sums", TaskSettings(count=200))
    held = rows.filter(split="held_out").head(1)
    planted = held.with_columns(split=pl.lit("train"), problem_id=pl.lit("other"))
    with pytest.raises(LeakError, match=r"1 of .* held out, such as other"):
        refuse_shared(pl.concat([rows, planted]))


def test_strict_trains_on_the_train_split_and_measures_on_validation(finished: Path) -> None:
    rows = rows_of("strict", TaskSettings(str(finished), count=40, held_out=3))
    assert rows.schema == TRAINING_ROWS
    assert rows.group_by("split").len().sort("split").rows() == [("held_out", 3), ("train", 40)]
    assert rows["prompt"].str.ends_with("within \\boxed{}.").all()
    assert rows["answer"].null_count() == 0


def test_a_wrong_name_or_an_empty_warehouse_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="there are: sums, strict"):
        rows_of("addition", TaskSettings())
    with pytest.raises(SettingError, match="no table strict is published"):
        rows_of("strict", TaskSettings(str(tmp_path / "none")))
