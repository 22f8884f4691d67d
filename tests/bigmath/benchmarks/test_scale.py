"""The scale benchmark: what its checks notice, its page, and the floors of ratios at the smallest size."""

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from bigmath.benchmarks import peers, scale, scale_page
from bigmath.benchmarks.report import Result
from bigmath.errors import MissingExtraError, SettingError
from filters import FILTERS

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"

LINE = {
    "bench": "scale",
    "figures": {
        "rows_asked": 10,
        "job": {
            "problems": 10, "source_rows": 100, "load_before": 0.5, "wall_seconds": 1.0, "cpu_seconds": 2.0,
            "cpu_milliseconds_per_row": 200.0, "peak_gb": 0.5, "bytes_per_row": 7, "stage_seconds": {"problems": 0.4},
        },
        "machine": {"system": "S", "processor": "P", "cores": 2, "memory_gb": 8.0, "versions": {"polars": "1"}},
    },
    "holds": {"at most 4 GB": True},
}  # fmt: skip


def test_a_page_is_made_of_its_results_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    scale_page.add(page, LINE)
    assert "| 10 | 100 | 0.5 | 1.0 | 2.0 | 200.0 | 0.5 | 7 |" in page.read_text()
    assert "S, P, 2 cores, 8.0 GB; polars 1." in page.read_text()


def test_a_result_replaces_an_older_one_of_the_same_size(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for holds in (True, False):
        scale_page.add(page, {**LINE, "holds": {"at most 4 GB": holds}})
    assert len(scale_page.results(page)) == 1
    assert "| 10 | at most 4 GB | **no** |" in page.read_text()


def test_a_page_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"ends in \.md"):
        scale_page.add(tmp_path / "page.html", LINE)


def test_the_page_in_the_docs_is_the_one_its_results_make() -> None:
    results = scale_page.results(PAGE)
    assert results
    assert PAGE.read_text(encoding="utf-8") == scale_page.render(results, "benchmarks.jsonl")


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(SettingError, match="job, peers, ray, scoring"):
        scale.run(lambda target, rows: target, [], 10, "all", lambda line: None)


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed")
def test_without_vllm_the_part_scoring_says_what_to_install() -> None:
    with pytest.raises(MissingExtraError):
        scale.run(lambda target, rows: target, [], 1, "scoring", lambda line: None)


def test_growth_is_told_against_the_smallest_run_that_is_large_enough() -> None:
    def result(problems: int, cost: float) -> Result:
        return Result("scale", {"job": {"problems": problems, "cpu_milliseconds_per_row": cost}})

    earlier = [result(count, cost).line() for count, cost in ((10_000, 9.0), (100_000, 1.0), (1_000_000, 7.0))]
    ((criterion, held),) = scale.with_growth(result(1_400_000, 1.2), earlier).holds.items()
    assert "at 100,000 problems" in criterion
    assert held
    assert not all(scale.with_growth(result(1_400_000, 1.3), earlier).holds.values())
    assert not scale.with_growth(result(100_000, 1.0), earlier).holds


def test_a_copy_is_found_only_in_the_cluster_of_its_origin(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    truth = {"problem_id": ["a", "b", "c", "d"], "deal": ["x"] * 4, "place": [0, 1, 2, 3], "of": [None, 0, None, 2]}
    pl.DataFrame(truth).write_parquet(tmp_path / "truth/x.parquet")
    clusters = pl.DataFrame(
        {"problem_id": ["a", "b", "c", "d"], "cluster": ["a", "a", "c", "e"], "method": ["near"] * 4}
    )
    assert scale.found_copies(tmp_path, clusters.lazy()) == 0.5


def test_the_page_tells_of_scoring_beside_a_bare_loop(tmp_path: Path) -> None:
    scoring = {
        "load_before": 0.5, "model": "embedded", "vllm": "0.1", "requests_compared": 4, "tokens_per_second": 99,
        "bare_tokens_per_second": 100, "same_tokens": False, "overhead": 0.0101, "overhead_of_processor_time": -0.002,
    }  # fmt: skip
    figures = {"rows_asked": 1, "scoring": scoring, "machine": LINE["figures"]["machine"]}
    scale_page.add(tmp_path / "page.md", LINE)
    scale_page.add(tmp_path / "page.md", {"bench": "scale", "figures": figures, "holds": {}})
    assert "| 4 | 0.5 | embedded | 0.1 | 99 | 100 | **no** | +1.0% | -0.2% |" in (tmp_path / "page.md").read_text()
    assert len(scale_page.results(tmp_path / "page.md")) == 2


COMPARED = [("rules", "Big-Math's rules"), ("verifier", "Math-Verify"), ("duplicates", "datasketch")]


@pytest.mark.parametrize(("stage", "peer"), COMPARED)
def test_the_floor_of_a_ratio_holds_on_a_small_size(stage: str, peer: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = [f"A shop sells {n} pens for ${n + 3}$ dollars. What do {n * 7} pens cost there?" for n in range(600)]
    answers = [f"\\frac{{{n}}}{{{n + 1}}}" for n in range(600)]
    pl.DataFrame({"problem": texts, "solution": [""] * 600, "answer": answers}).write_parquet(path)
    filters = [FILTERS[name]() for name in sorted(scale.COMPARED)] if stage == "rules" else []
    ours, theirs = (peers.measure(name, path, filters)["rows_per_second"] for name in (stage, peer))
    assert ours >= scale.RATIOS[peer] * theirs


def test_results_in_the_docs_are_json_of_this_benchmark() -> None:
    for line in scale_page.results_path(PAGE).read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["bench"] == "scale"
