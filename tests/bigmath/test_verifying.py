"""The benchmark of the verifier: its scores follow the labels, and a false label is seen."""

import json
from pathlib import Path

import pytest

from bigmath.benchmarks import hostile, verifying
from bigmath.errors import SettingError
from bigmath.hub import sample_files
from sources import SOURCES


def folder(tmp_path: Path, pairs: list[tuple[str, str, bool]]) -> Path:
    rows = [json.dumps({"gold": gold, "pred": reply, "equal": equal}) for gold, reply, equal in pairs]
    (tmp_path / "verify_pairs.jsonl").write_text("\n".join(rows))
    return tmp_path


def test_scores_follow_the_labels(tmp_path: Path) -> None:
    gold = folder(tmp_path, [("1/2", "0.5", True), ("1/2", "0.4", False), ("3", "4", True), ("5", "5", False)])
    result = verifying.run(SOURCES, sample_files(), gold, "pairs")
    assert result.figures["pairs_scores"]["ours"] == {
        "accuracy": 0.5,
        "false_positives": 0.5,
        "false_negatives": 0.5,
    }
    assert not any(result.holds.values())


def test_the_cases_of_the_tests_stand_in_for_a_folder(tmp_path: Path) -> None:
    assert len(verifying.labelled(verifying.OWN)) > 3_000
    own = (verifying.OWN / "verify_cases.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "verify_cases.jsonl").write_text("".join(own[::4]))  # Math-Verify does some hundred pairs a second
    scores = verifying.run(SOURCES, sample_files(), tmp_path, "pairs").figures["pairs_scores"]
    assert scores["ours"]["accuracy"] > scores["peer"]["accuracy"]


def test_self_verification_counts_every_answer_of_the_sample() -> None:
    table = verifying.run(SOURCES, sample_files(), part="self").figures["self_verification"]
    assert table["math"]["answers"] == 169
    assert 0 < table["numina"]["share"] <= 1


def test_our_own_hostile_texts_hold_every_kind_of_attack() -> None:
    texts = hostile.texts(length=1_000)
    assert len(texts) == len(set(texts))
    assert "42" not in texts
    assert any(len(text) > 900 for text in texts)


def test_an_unknown_part_or_folder_says_what_would_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="pairs, bulk, hostile"):
        verifying.run(SOURCES, sample_files(), part="nosuch")
    with pytest.raises(SettingError, match=r"verify_pairs\.jsonl"):
        verifying.run(SOURCES, sample_files(), tmp_path / "missing")
    with pytest.raises(SettingError, match="no labelled pairs"):
        verifying.run(SOURCES, sample_files(), tmp_path, "pairs")
