"""`bigmath.load` over a finished run."""

from pathlib import Path

import polars as pl
import pytest

import bigmath
from bigmath.errors import SettingError, StoreError


def test_every_form_holds_the_same_rows(finished: Path) -> None:
    frame = bigmath.load("strict", split="train", columns=["problem_id", "answer"], warehouse=finished)
    assert isinstance(frame, pl.DataFrame)
    assert frame.columns == ["problem_id", "answer"]
    assert frame.height > 100
    for form in ("arrow", "pandas", "datasets"):
        other = bigmath.load("strict", split="train", columns=["problem_id", "answer"], as_=form, warehouse=finished)
        ids = other["problem_id"].to_pylist() if form == "arrow" else list(other["problem_id"])
        assert ids == frame["problem_id"].to_list()


def test_conditions_and_splits_choose_rows(finished: Path) -> None:
    frame = bigmath.load("strict", where="source = 'harp' and level >= 3", warehouse=finished)
    assert set(frame["source"]) == {"harp"}
    assert frame["level"].min() >= 3
    whole = bigmath.load("strict", warehouse=finished)
    splits = [bigmath.load("strict", split=one, warehouse=finished) for one in sorted(set(whole["split"]))]
    assert sum(part.height for part in splits) == whole.height
    assert bigmath.load("funnel", limit=3, warehouse=finished).height == 3


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"name": "nosuch"}, "strict_rejected"),
        ({"name": "strict", "split": "dev"}, "train"),
        ({"name": "decisions", "split": "train"}, "no splits"),
        ({"name": "strict", "columns": ["nosuch"]}, "problem_id"),
        ({"name": "strict", "where": "nosuch = 1"}, "nosuch"),
        ({"name": "strict", "as_": "numpy"}, "polars, arrow"),
        ({"name": "strict", "where": "problem in (select content from read_text('/etc/hosts'))"}, "refused"),
    ],
)
def test_what_cannot_be_answered_says_what_can(finished: Path, question: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        bigmath.load(**question, warehouse=finished)


def test_an_empty_folder_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        bigmath.load(warehouse=tmp_path / "nothing")
