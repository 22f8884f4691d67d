"""TRL's trainers on a model small enough for seconds: curves, checkpoints, and a killed run that ends as if it was not.

Needs the extra `train`.
"""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.errors import MissingExtraError, SettingError
from rl_hooks.collapse import HELD_OUT
from rl_hooks.language_model import Scratch
from rl_hooks.reward import RewardSettings
from rl_hooks.star_stages import partition, parts_of, search
from rl_hooks.tasks import TaskSettings, rows_of
from rl_hooks.trl_training import CURVE, GrpoRun, SftRun, fine_tune, last_checkpoint, reinforce

needs_trl = [
    pytest.mark.skipif(find_spec("trl") is None, reason="the extra train is not installed"),
    pytest.mark.filterwarnings("ignore"),  # torch's and TRL's own
]
SFT = SftRun(
    size=Scratch(hidden=16, layers=1, heads=2, length=48), steps=8, batch=8, save_every=4, measure_every=4, measured=4,
    tokens=8,
)  # fmt: skip
# a model that knows nothing is right nowhere: the length part is what its replies differ in
BRIEF = RewardSettings(truncated="judge", length_weight=1.0, length_free=0, length_limit=8)
GRPO = GrpoRun(steps=4, batch=8, group=4, tokens=8, save_every=2, measure_every=2, measured=4, reward=BRIEF)


class KilledError(Exception):
    """In place of a kill."""


def _killed_at(step: int) -> Any:
    def say(line: str) -> None:
        if line.startswith(f"step {step} "):
            raise KilledError

    return say


def _weights(folder: Path) -> dict[str, Any]:
    from transformers import AutoModelForCausalLM

    found: dict[str, Any] = AutoModelForCausalLM.from_pretrained(folder / "model").state_dict()
    return found


def _same(one: Path, other: Path) -> bool:
    import torch

    left, right = _weights(one), _weights(other)
    return all(torch.equal(left[name], right[name]) for name in left)


class TestWithTrl:
    pytestmark = needs_trl

    def test_a_killed_run_ends_as_one_that_was_never_stopped(self, tmp_path: Path) -> None:
        rows = rows_of("sums", TaskSettings(count=60, digits=1, held_out=4))
        whole = fine_tune(rows, SFT, tmp_path / "whole")
        with pytest.raises(KilledError):
            fine_tune(rows, SFT, tmp_path / "sft", _killed_at(8))
        taken_up = fine_tune(rows, SFT, tmp_path / "sft")
        assert _same(tmp_path / "whole", tmp_path / "sft")
        assert whole.schema == CURVE
        measured = [curve.filter(name=HELD_OUT)["step"].to_list() for curve in (whole, taken_up)]
        assert measured == [[0, 4, 8], [0, 4, 8]]

        whole = reinforce(rows, tmp_path / "sft" / "model", GRPO, tmp_path / "rl_whole")
        with pytest.raises(KilledError):
            reinforce(rows, tmp_path / "sft" / "model", GRPO, tmp_path / "rl", _killed_at(4))
        reinforce(rows, tmp_path / "sft" / "model", GRPO, tmp_path / "rl")
        assert _same(tmp_path / "rl_whole", tmp_path / "rl")
        assert not _same(tmp_path / "sft", tmp_path / "rl"), "GRPO changes the model"
        assert {"reward", "frac_reward_zero_std", "entropy", "reward/correct"} <= set(whole["name"])

    def test_what_cannot_be_trained_is_said(self, tmp_path: Path) -> None:
        rows = rows_of("sums", TaskSettings(count=60, digits=1))
        with pytest.raises(SettingError, match="a batch of 8 completions does not divide into groups of 3"):
            reinforce(rows, tmp_path, replace(GRPO, group=3), tmp_path / "out")
        with pytest.raises(SettingError, match=r"vllm=server: .* needs a CUDA device, and there is none"):
            reinforce(rows, tmp_path, replace(GRPO, vllm="server"), tmp_path / "out")
        with pytest.raises(SettingError, match=r"is no model: config\.json is missing"):
            fine_tune(rows, replace(SFT, model=str(tmp_path)), tmp_path / "out")
        with pytest.raises(SettingError, match="no row to fine-tune on has a solution"):
            fine_tune(rows.with_columns(solution=pl.lit(None, dtype=pl.String)), SFT, tmp_path / "out")


@pytest.mark.skipif(find_spec("trl") is not None, reason="the extra train is installed")
def test_without_the_extra_one_line_names_it(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError) as caught:
        fine_tune(rows_of("sums", TaskSettings(count=20)), SFT, tmp_path)
    assert caught.value.hint == "pip install 'bigmath[train]'"


def test_a_checkpoint_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    for step, whole in ((50, True), (100, True), (150, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").write_text("{}")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-100")
    assert not (tmp_path / "checkpoint-150").exists()
    assert last_checkpoint(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("replies", "right", "wrong", "wanted"),
    [
        (["a", "b", "c"], [False, False, True], 0, ("c", 1)),
        (["a", "b", "c"], [False, False, True], 1, ("b\nwrong\nc", 2)),
        (["a", "b"], [True, True], 1, ("a", 1)),
        (["a\nwrong\nb"], [True], 1, ("b", 1)),
        (["a", "b"], [False, False], 1, None),
    ],
)
def test_meta_star_keeps_the_wrong_attempts_before_the_right_one(
    replies: list[str], right: list[bool], wrong: int, wanted: tuple[str, int] | None
) -> None:
    assert search(replies, right, wrong=wrong) == wanted


def test_a_round_is_named_by_task_method_and_number() -> None:
    assert parts_of(partition("sums", "meta_star", 2)) == ("sums", "meta_star", 2)
    with pytest.raises(SettingError, match=r"no round .sums\.tree\.1."):
        parts_of("sums.tree.1")
