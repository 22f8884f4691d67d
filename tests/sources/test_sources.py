"""Each source on the embedded sample, and all of them on a large mirror where there is one."""

import dataclasses
import resource
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.answer import boxed
from bigmath.errors import SettingError, SourceError
from bigmath.hub import FolderFiles, sample_files
from bigmath.ingest import ingest
from bigmath.source import Source
from sources import SOURCES
from sources.harp import Harp
from sources.make_sample import make_sample
from sources.numina import NUMINA_15
from sources.omni_math import OmniMath

READ: dict[str, Source] = {**SOURCES, "numina_15": NUMINA_15}


@pytest.fixture(scope="module")
def sample() -> dict[str, pl.DataFrame]:
    return {name: pl.concat(list(ingest(source, sample_files()))) for name, source in READ.items()}


def test_every_module_of_a_source_is_registered_under_its_name() -> None:
    for name, source in SOURCES.items():
        assert isinstance(source, Source)
        assert source.name == name
    modules = {path.stem for path in Path(__file__).parents[2].glob("sources/*.py")}
    helpers = {"__init__", "benchmarks", "make_mirror", "make_sample", "user_file"}
    assert {type(source).__module__.removeprefix("sources.") for source in SOURCES.values()} == modules - helpers


def test_the_sample_has_about_1200_rows_in_few_megabytes(sample: dict[str, pl.DataFrame]) -> None:
    assert 1_100 <= sum(frame.height for frame in sample.values()) <= 1_300
    assert sum(path.stat().st_size for path in sample_files().root.rglob("*.parquet")) < 3_000_000
    assert sample["math"].height <= 200


def test_ids_are_unique_and_each_row_says_where_it_came_from(sample: dict[str, pl.DataFrame]) -> None:
    for name, frame in sample.items():
        source = READ[name]
        assert frame["problem_id"].n_unique() == frame.height
        assert set(frame["source"]) == {source.name}
        assert set(frame["license"]) == {source.license} and set(frame["repository"]) == {source.repository}
        assert frame.select(pl.struct("config", "source_split", "row").n_unique()).item() == frame.height
        assert not frame["problem"].str.strip_chars().eq("").any()


def test_the_sample_holds_every_class_the_filters_look_for(sample: dict[str, pl.DataFrame]) -> None:
    rows = pl.concat(sample.values())
    said = rows["problem"]
    patterns = {
        "figure": r"\[asy\]",
        "hyperlink": r"https?://",
        "proof": r"(?i)\bprove\b",
        "multiple choice": r"\\textbf\{\(A\)",
        "parts": r"(?s)\(1\).*\(2\)",
        "yes or no": r"(?i)is it possible",
        "Polish": "liczb",
    }
    for name, pattern in patterns.items():
        assert said.str.contains(pattern).any(), name
    boxes = Counter(min(2, len(boxed(solutions[0]))) for solutions in sample["numina"]["solutions"] if len(solutions))
    assert {0, 1, 2} <= set(boxes)
    assert {"column", "boxed", "none"} <= set(rows["answer_from"])
    assert rows["notes"].list.eval(pl.element().str.starts_with("attribution_stripped")).list.any().any()


def test_the_sample_holds_duplicates_conflicts_and_benchmark_problems(sample: dict[str, pl.DataFrame]) -> None:
    rows = pl.concat(frame.select("source", "problem", "answer") for frame in sample.values())
    key = pl.col("problem").str.replace_all(r"\W+", "").str.to_lowercase()
    clusters = rows.group_by(key).agg(pl.col("source").n_unique(), pl.col("answer").n_unique(), pl.len())
    assert clusters.filter(pl.col("source") > 1).height >= 20
    assert clusters.filter((pl.col("source") == 1) & (pl.col("len") > 1)).height >= 10
    assert clusters.filter(pl.col("answer") > 1).height >= 5
    benchmark = pl.read_parquet(sample_files().root / "HuggingFaceH4/MATH-500/test.parquet")
    shared = rows.join(benchmark, left_on=key, right_on=key, how="semi")
    assert {"math", "harp"} <= set(shared["source"])


def test_math_takes_level_subject_and_the_last_box(sample: dict[str, pl.DataFrame]) -> None:
    rows = sample["math"]
    assert rows["config"].n_unique() == 7 and set(rows["source_split"]) == {"train", "test"}
    assert set(rows["level"].drop_nulls()) == {1.0, 2.0, 3.0, 4.0, 5.0}
    for answer, solutions in rows.select("answer", "solutions").iter_rows():
        assert answer == boxed(solutions[0])[-1]


def test_harp_answers_lose_their_dollars_and_options_are_printed(sample: dict[str, pl.DataFrame]) -> None:
    rows = sample["harp"]
    assert set(rows["subset"]) == {"short_answer", "mcq", "proof"}
    assert not rows["answer"].drop_nulls().str.contains(r"^\$[^$]*\$$").any()
    printed = rows.filter(pl.col("subset") == "mcq")
    assert printed["problem"].str.contains(r"\n\n\$\\textbf\{\(A\)\}\$ .* \\qquad \$\\textbf\{\(E\)\}\$ .*").all()
    assert printed["metadata"].str.json_path_match("$.answer_choice").is_in(list("ABCDE")).all()
    assert rows.filter(pl.col("subset") == "proof")["answer"].null_count() == rows["answer"].null_count()


def test_harp_reads_the_subsets_asked_for_and_refuses_others() -> None:
    rows = pl.concat(list(ingest(Harp(subsets=("proof",)), sample_files())))
    assert set(rows["subset"]) == {"proof"}
    with pytest.raises(SettingError, match="no subset essay; accepted: short_answer, mcq, proof"):
        Harp(subsets=("essay",))


def test_a_harp_file_that_lies_there_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "aadityasingh/HARP"
    folder.mkdir(parents=True)
    for name in ("HARP.jsonl", "HARP.csv"):
        (folder / name).write_text("x")
    with pytest.raises(SourceError, match=r"found HARP\.csv, HARP\.jsonl; accepted: one of them"):
        list(Harp(subsets=("short_answer",)).read(FolderFiles(tmp_path)))


def test_omni_math_keeps_the_id_of_a_statement_whose_attribution_it_strips() -> None:
    stripped, whole = (
        pl.concat(list(ingest(OmniMath(strip_attributions=strip), sample_files()))) for strip in (True, False)
    )
    assert stripped["problem_id"].to_list() == whole["problem_id"].to_list()
    changed = stripped.filter(stripped["problem"] != whole["problem"])
    assert changed.height >= 20
    assert changed["notes"].list.first().str.starts_with("attribution_stripped: ").all()


def test_numina_15_reads_the_answer_column_and_its_labels(sample: dict[str, pl.DataFrame]) -> None:
    rows = sample["numina_15"]
    assert set(rows["answer_from"]) == {"column"}
    assert rows["metadata"].str.json_path_match("$.problem_is_valid").eq("Yes").all()


def test_the_sentinel_answers_of_numina_15_are_no_answers(tmp_path: Path) -> None:
    folder = tmp_path / "AI-MO/NuminaMath-1.5/data"
    folder.mkdir(parents=True)
    given = ["proof", "notfound", "7", None]
    table = pl.DataFrame({"problem": list("pqrs"), "solution": [r"so \boxed{3}"] * 4, "answer": given})
    table.with_columns(pl.lit("olympiads").alias("source")).write_parquet(folder / "train-0.parquet")
    (rows,) = ingest(NUMINA_15, FolderFiles(tmp_path))
    assert rows["answer"].to_list() == [None, None, "7", "3"]
    assert rows["answer_from"].to_list() == ["none", "none", "column", "boxed"]
    assert rows["notes"].to_list() == [["answer_sentinel: proof"], ["answer_sentinel: notfound"], [], []]


def test_openmathinstruct_folds_rows_of_one_problem(tmp_path: Path) -> None:
    folder = tmp_path / "nvidia/OpenMathInstruct-2/data"
    folder.mkdir(parents=True)
    rows = [("a", "s1", "1", "math"), ("b", "s2", "5", "gsm8k"), ("a", "s3", "2", "math"), ("a", "s4", "2", "math")]
    table = pl.DataFrame(rows, ["problem", "generated_solution", "expected_answer", "problem_source"], orient="row")
    table[:2].write_parquet(folder / "train-0.parquet")
    table[2:].write_parquet(folder / "train-1.parquet")
    table.write_parquet(folder / "train_1M-0.parquet")
    (found,) = ingest(SOURCES["openmathinstruct2"], FolderFiles(tmp_path))
    assert found.select("problem", "answer", "answers", "folded", "row", "subset", "solutions").rows() == [
        ("a", "2", ["2", "1"], 3, 0, "math", ["s1"]),
        ("b", "5", ["5"], 1, 1, "gsm8k", ["s2"]),
    ]


def test_a_fingerprint_changes_with_content_and_options_and_with_nothing_else(tmp_path: Path) -> None:
    source: Any = SOURCES["harp"]
    before = source.fingerprint(sample_files())
    assert before == Harp(revision="main").fingerprint(sample_files())
    assert before != Harp(subsets=("proof",)).fingerprint(sample_files())
    for path in sample_files().root.glob("aadityasingh/HARP/*"):
        (tmp_path / "aadityasingh/HARP").mkdir(parents=True, exist_ok=True)
        (tmp_path / "aadityasingh/HARP" / path.name).write_bytes(path.read_bytes())
    assert before == source.fingerprint(FolderFiles(tmp_path))
    pl.read_parquet(path).head(5).write_parquet(tmp_path / "aadityasingh/HARP" / path.name)
    assert before != source.fingerprint(FolderFiles(tmp_path))


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=f"no data set {dict(SOURCES)[name].repository}"):
        next(iter(SOURCES[name].read(FolderFiles(tmp_path))))


def test_the_whole_mirror_is_read_row_for_row_within_a_batch_of_memory(mirror: Path) -> None:
    rows: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the tests before this one count too
    for name, source in READ.items():
        for frame in ingest(source, FolderFiles(mirror)):
            rows[name] += frame.height
    assert rows["math"] == 12_500 and rows["harp"] == 4_780 + 4_110 + 310
    complete = {"omni_math": 2_909, "numina": 56_217, "openmathinstruct2": 100, "numina_15": 1_000}
    assert {name: rows[name] for name in complete} == complete
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800_000


def test_the_sample_is_what_its_script_makes_of_the_mirror(mirror: Path, tmp_path: Path) -> None:
    make_sample(mirror, tmp_path)
    made, shipped = (
        {path.relative_to(root).as_posix(): pl.read_parquet(path) for path in root.rglob("*.parquet")}
        for root in (tmp_path, sample_files().root)
    )
    assert made.keys() == shipped.keys()
    assert all(made[name].equals(shipped[name]) for name in made)


def test_options_are_fields_that_can_be_replaced() -> None:
    source: Any = SOURCES["openmathinstruct2"]
    with_less = dataclasses.replace(source, memory_limit="500MB")
    assert with_less.memory_limit == "500MB"
    assert with_less.fingerprint(sample_files()) == source.fingerprint(sample_files())


def test_the_notice_counts_the_rows_of_every_repository_shipped() -> None:
    notice = (Path(__file__).parents[2] / "NOTICE").read_text()
    root = sample_files().root
    for folder in sorted(root.glob("*/*")):
        rows = sum(pl.read_parquet(path).height for path in folder.rglob("*.parquet"))
        assert f"{folder.relative_to(root).as_posix()} ({rows} rows)" in notice
