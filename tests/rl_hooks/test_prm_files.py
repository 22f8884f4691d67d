"""A saved PRM says what it said before; what is no PRM is told in one line. Needs the extra `train`."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from bigmath.errors import SettingError, StoreError

if find_spec("torch") is None:
    pytest.skip("the extra train is not installed", allow_module_level=True)

from rl_hooks import language_model
from rl_hooks.prm_files import FILE, load_prm, name_of, save_prm
from rl_hooks.prm_head import features, fit_head, head_values
from rl_hooks.prm_model import ModelSettings, Prm, in_batches
from rl_hooks.tokenizer import Tokenizer, characters, tokenizer_named, words
from rl_hooks.torch_extra import need_torch

SMALL = ModelSettings(hidden=32, layers=1, heads=2, length=64)
SOLUTION = ("what is 1 + 2?", ("1 + 2 is 3", "so 3"), ("", "", ""))


@pytest.mark.parametrize("tokenizer", [words(["what is 1 + 2 so 3 - ?\n"]), characters("what is1+2?so3-\n")])
def test_a_saved_prm_says_what_it_said(tokenizer: Tokenizer, tmp_path: Path) -> None:
    prm = Prm(tokenizer, SMALL, seed=3)
    assert save_prm(prm, tmp_path / "prm") == tmp_path / "prm" / FILE
    again = load_prm(tmp_path / "prm")
    assert again.settings == prm.settings
    assert again.values([SOLUTION]) == prm.values([SOLUTION])
    assert Prm(tokenizer, SMALL, seed=4).values([SOLUTION]) != prm.values([SOLUTION])


def test_a_prm_that_started_from_a_folder_does_not_need_it_again(tmp_path: Path) -> None:
    made = language_model.make_tokenizer(["what is 1 + 2?so3-\n"])
    base = tmp_path / "base"
    made.save_pretrained(base)
    language_model.make_model(made, language_model.Scratch(hidden=16, layers=2, heads=2), seed=0).save_pretrained(base)
    settings = ModelSettings(base=str(base), length=64, first_layers=1)
    prm = Prm(tokenizer_named(str(base)), settings, seed=3)
    save_prm(prm, tmp_path / "prm")
    shutil.rmtree(base)
    again = load_prm(tmp_path / "prm")
    assert again.values([SOLUTION]) == prm.values([SOLUTION])
    assert again.tokenizer.end == prm.tokenizer.end == made.eos_token_id
    assert name_of(save_prm(again, tmp_path / "twice").parent)[-12:] == name_of(tmp_path / "prm")[-12:]


def test_the_name_tells_two_prms_in_one_folder_apart(tmp_path: Path) -> None:
    names = set()
    for seed in (0, 1):
        save_prm(Prm(characters("+-"), SMALL, seed=seed), tmp_path)
        names.add(name_of(tmp_path))
    assert len(names) == 2
    assert [path.name for path in tmp_path.iterdir()] == [FILE]  # nothing aside is left


def test_a_broken_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"holds no PRM: prm.pt is missing"):
        load_prm(tmp_path)
    path = save_prm(Prm(characters("+-"), SMALL), tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SettingError, match="is no PRM that can be read") as told:
        load_prm(tmp_path)
    assert "\n" not in str(told.value)
    torch = need_torch()[0]
    torch.save({"about": '{"form": 1}', "net": {}}, path)
    with pytest.raises(SettingError, match="of form 1; accepted: 2"):
        load_prm(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        save_prm(Prm(characters("+-"), SMALL), tmp_path / "file" / "in")


def test_batches_keep_the_order_and_the_limit() -> None:
    texts = [([1] * size, [size - 1]) for size in (3, 5, 40, 2, 2)]
    batches = list(in_batches(texts, tokens=20, rows=2))
    assert [text for batch in batches for text in batch] == texts
    assert [len(batch) for batch in batches] == [2, 1, 2]


def test_a_fitted_head_tells_right_steps_from_wrong_ones() -> None:
    prm = Prm(words(["what is 1 + 2 ? so 3 4 5 - \n"]), SMALL)
    solutions = [("what is 1 + 2?", (f"so {end}", "so 3"), ("", "", "")) for end in (3, 4, 3, 5)]
    hidden = features(prm, solutions)
    assert [tuple(rows.shape) for rows in hidden] == [(3, 32)] * 4
    wanted = [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]
    fit_head(prm, hidden, wanted, decay=1e-3)
    for values, row in zip(head_values(prm, hidden), wanted, strict=True):
        assert [round(value) for value in values] == row
    assert head_values(prm, hidden)[1] == pytest.approx(prm.values(solutions)[1], abs=1e-5)
    with pytest.raises(SettingError, match="head is linear"):
        fit_head(Prm(characters("+-"), ModelSettings(hidden=32, layers=1, heads=2, head="tokens")), hidden, wanted)
