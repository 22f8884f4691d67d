"""`bigmath filter --second-opinion`: what it writes, with a scripted model."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from .conftest import Bigmath


class Scripted:
    """Sure that everything should be dropped."""

    name = "scripted-1"

    def ask(self, prompts: Sequence[str]) -> list[float]:
        return [9.0] * len(prompts)


def test_an_unsure_row_is_flipped_and_every_question_is_written(
    tmp_path: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"problem": "Find the value of $x$ in $x+1=3$, with proof.", "answer": "2"}\n'
        '{"problem": "Find the value of $x$ in $x+1=4$.", "answer": "3"}\n'
    )
    monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path / "cache"))
    plain = bigmath("filter", rows, "--out", tmp_path / "plain")
    assert plain.code == 0, plain.err
    monkeypatch.setattr("bigmath.second_opinion.models.named", lambda name, model: Scripted())
    said = bigmath("filter", rows, "--out", tmp_path / "asked", "--second-opinion", "scripted")
    assert said.code == 0, said.err
    assert "1 flipped by scripted-1" in said.err
    before = pl.read_parquet(tmp_path / "plain" / "decisions.parquet")
    after = pl.read_parquet(tmp_path / "asked" / "decisions.parquet")
    changed = after.filter(before["kept"] != after["kept"])
    assert changed.select("row", "filter", "reason", "detail").rows() == [
        (0, "proof", "second_opinion", "scripted-1: logit 9.0")
    ]
    given = pl.read_parquet(tmp_path / "asked" / "opinions.parquet")
    assert given.select("row", "filter", "rule_kept", "kept", "logit").rows() == [(0, "proof", True, False, 9.0)]
    assert not (tmp_path / "plain" / "opinions.parquet").exists()


def test_a_model_that_is_not_known_stops_before_anything_runs(tmp_path: Path, bigmath: Bigmath) -> None:
    said = bigmath("filter", tmp_path / "missing.jsonl", "--out", tmp_path / "out", "--second-opinion", "nosuch")
    assert said.code == 2
    assert "accepted: embedded, a folder, a Hub id, or http" in said.err
