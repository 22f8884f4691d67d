"""Clusters on planted rows: quality, independence of order, processes and engine, and hostile corpora."""

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash

from bigmath.benchmarks.dedup import quality
from bigmath.benchmarks.dedup_corpus import corpus
from bigmath.dedup.candidates import alignable, band_pairs, traits
from bigmath.dedup.engine import Linked, link
from bigmath.dedup.files import dedup_files, read_statements
from bigmath.dedup.guarding import UNRELATED, compare
from bigmath.dedup.signing import permutations, signed
from bigmath.errors import SettingError

WORDS = (
    "triangle circle area perimeter number train farmer apples square price length angle prime digit sum table".split()
)


def statements(count: int) -> list[str]:
    generator = np.random.default_rng(3)
    return [
        f"A {' '.join(generator.choice(WORDS, 14))} costs ${a}x + {b} = {a + b}y$. "
        f"Find the value of $x$ if Ann has {b} apples."
        for a, b in generator.integers(2, 900, (count, 2))
    ]


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return corpus(statements(400), 1_200)


def labels(linked: Linked) -> list[list[int]]:
    return [linked.exact.tolist(), linked.near.tolist(), linked.family.tolist()]


def test_copies_are_joined_and_variants_are_not(table: pl.DataFrame) -> None:
    found = quality(table.with_columns(cluster=pl.Series(link(table["text"]).near)))
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.9


def test_clusters_do_not_depend_on_row_order(table: pl.DataFrame) -> None:
    shuffled = table.with_row_index().sample(fraction=1, shuffle=True, seed=5)
    for one, other in zip(labels(link(table["text"])), labels(link(shuffled["text"])), strict=True):
        here = pl.DataFrame({"index": range(len(one)), "one": one}).cast(pl.Int64)
        there = shuffled.select(pl.col("index").cast(pl.Int64), other=pl.Series(other))
        both = here.join(there, on="index")
        pairs = both.select("one", "other").unique()
        assert pairs.height == both["one"].n_unique() == both["other"].n_unique()


def test_clusters_do_not_depend_on_the_number_of_threads(table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigmath.dedup.engine.SHARD", 400)
    monkeypatch.setenv("BIGMATH_WORKERS", "1")
    alone = labels(link(table["text"]))
    monkeypatch.setenv("BIGMATH_WORKERS", "2")
    assert labels(link(table["text"])) == alone


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed")
def test_ray_gives_the_clusters_of_one_machine(table: pl.DataFrame) -> None:
    from bigmath.dedup.on_ray import OnRay

    assert labels(link(table["text"], engine=OnRay(processes=2))) == labels(link(table["text"]))


class Unreachable(ModuleType):
    """A Ray that reaches no cluster."""

    def is_initialized(self) -> bool:
        return False

    def init(self, address: str, **_: object) -> None:
        raise ConnectionError(f"failed to connect to GCS at {address}\nwith a second line")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:1", "no Ray cluster at RAY_ADDRESS 127.0.0.1:1: [Errno 111] Connection refused"),
        ("auto", "no Ray cluster at RAY_ADDRESS auto: failed to connect to GCS at auto"),
        ("nowhere", "RAY_ADDRESS 'nowhere' is no address; accepted: HOST:PORT, ray://HOST:PORT, auto, local"),
        ("local", "Ray did not start on this machine: failed to connect to GCS at local"),
    ],
)
def test_a_cluster_that_is_not_there_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    from bigmath.dedup.on_ray import OnRay

    monkeypatch.setitem(sys.modules, "ray", Unreachable("ray"))
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(SettingError) as error:
        OnRay()
    assert str(error.value) == said


def test_minima_estimate_the_similarity_as_datasketch_does() -> None:
    factors, terms = permutations()
    ours, theirs, true = [], [], []
    for seed in range(30):
        pool = np.random.default_rng(seed).integers(0, 1 << 32, 150, dtype=np.uint32)
        sets = pool[:100], pool[30:130]
        minima = [
            ((one[:, None] * factors + terms) ^ ((one[:, None] * factors + terms) >> 15)).min(axis=0) for one in sets
        ]
        ours.append(float(np.mean(minima[0] == minima[1])))
        sketches = [MinHash(num_perm=128), MinHash(num_perm=128)]
        for sketch, one in zip(sketches, sets, strict=True):
            sketch.update_batch([item.tobytes() for item in one])
        theirs.append(sketches[0].jaccard(sketches[1]))
        true.append(70 / 130)
    assert abs(np.mean(ours) - np.mean(true)) < 0.04
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.06


def test_no_bucket_holds_a_crowd_of_unlike_texts() -> None:
    generator = np.random.default_rng(4)
    texts = [" ".join(generator.choice(WORDS, 40)) for _ in range(500)]
    bands = signed(pl.Series([*texts, "", "a", "b"])).bands
    assert max(np.unique(band[:500], return_counts=True)[1].max() for band in bands.T) <= 10


def test_candidates_of_a_crowded_bucket_are_linear() -> None:
    numbers = np.sort(np.random.default_rng(1).integers(0, 50, 4_000).astype(np.uint64))
    texts = np.arange(4_000)
    pairs = band_pairs(np.zeros(4_000, dtype=np.uint32), traits(numbers, numbers, texts, texts))
    assert 4_000 < len(pairs) < 4_000 * 8
    assert len(np.unique(pairs)) == len(pairs)
    assert ((pairs >> 32) < (pairs & 0xFFFFFFFF)).all()


def test_counters_drop_only_pairs_that_the_alignment_refuses(table: pl.DataFrame) -> None:
    texts = table["problem"][:300]
    left, right = (at.astype(np.int64) for at in np.triu_indices(len(texts), 1))
    verdicts, _ = compare(texts, left, right)
    pairs = left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)
    kept = alignable(pairs, signed(texts).bags)
    assert (kept | (verdicts == UNRELATED)).all()
    assert (verdicts != UNRELATED).sum() > 50
    apples, pears = (" ".join(f"Ann has {at} {fruit}." for at in range(40)) for fruit in ("apples", "red pears"))
    pairs = np.array([1, 2, 1 << 32 | 2], np.uint64)
    assert alignable(pairs, signed(pl.Series([apples, pears, apples + pears])).bags).tolist() == [False, True, True]


def test_sentences_in_another_order_are_the_same_problem() -> None:
    one = "Ann has 3 red apples. Bob has 4 green pears. How many pieces of fruit are there in the basket?"
    other = "Bob has 4 green pears. Ann has 3 red apples. How many pieces of fruit are there in the basket?"
    swapped = "Bob has 3 green pears. Ann has 4 red apples. How many pieces of fruit are there in the basket?"
    near = link(pl.Series([one, other, swapped])).near
    assert near[0] == near[1] != near[2]
    near = link(
        pl.Series(["Let $AB = 7$. In $ABC$, $AC = 8$. Find $BC$.", "In $ABC$, $AC = 8$. Let $AB = 7$. Find $BC$."])
    ).near
    assert near[0] == near[1]  # "7. In" are no inches


def test_numbers_of_one_template_are_a_family_without_being_compared() -> None:
    text = "A farmer sells {} sheep and {} cows at the market. How many animals does he sell?"
    texts = [text.format(n, n + 7) for n in range(2, 90)]
    found = link(pl.Series(texts))
    assert len(set(found.family.tolist())) == 1
    assert len(set(found.near.tolist())) == len(texts)
    assert found.compared == 0


def test_a_misspelt_number_meets_its_copy_in_a_crowd_of_variants() -> None:
    names = "three four five six seven eight nine ten eleven twelve".split()
    text = "A farmer sells {} sheep and {} cows at the market. How many animals does he sell?"
    texts = [text.format(one, other) for one in names for other in names if one != other]
    near = link(pl.Series([*texts, text.format("sevn", "tweleve")])).near
    assert near[-1] == near[texts.index(text.format("seven", "twelve"))]


@pytest.mark.parametrize("copy", ["What is $2+2$ in the end?", "x+" * 50_000, ""])
def test_floods_of_one_text_finish_quickly_in_one_cluster(copy: str) -> None:
    count = 20_000 if len(copy) < 100 else 10
    link(pl.Series(["a b", "a c"]))  # compiled code is loaded
    began = time.process_time()
    near = link(pl.Series([copy] * count + ["Something else altogether, with 3 birds."])).near
    assert time.process_time() - began < 5
    assert (near[:count] == (near[0] if copy else -1)).all()
    assert near[count] != near[0] or not copy


def test_only_new_rows_may_go_against_a_release(tmp_path: Path) -> None:
    texts = statements(30)
    pl.DataFrame({"problem": [*texts[:10], texts[0]]}).write_ndjson(tmp_path / "new.jsonl")
    pl.DataFrame(
        {"problem": [texts[3], texts[3] + " (5 points)", texts[20]], "problem_id": ["r0", "r1", "r2"]}
    ).write_parquet(tmp_path / "old.parquet")
    new, old = (read_statements([tmp_path / name], lambda *_: None) for name in ("new.jsonl", "old.parquet"))
    clusters, _ = dedup_files(new, old)
    assert clusters.select("row", "keeper", "released").rows() == [(0, True, None), (3, False, "r0"), (10, False, None)]
    assert clusters["similarity"].to_list() == [1.0, 1.0, 1.0]
