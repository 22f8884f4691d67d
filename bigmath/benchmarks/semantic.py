"""Semantic duplicates: how fast, how many pairs, and how often two rows that are joined state one problem.

Two ways over the same rows: guarded at the default threshold, on what near-duplicates leave of all rows; and the
paper's (cosine 0.5, no guard) on a sample drawn with a fixed seed, as every one of its rows must be embedded. Precision
is that of the pairs that were read (`tests/data/audits/semantic.jsonl`).
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.benchmarks.report import Result
from bigmath.duplicates import kept_instead, near_clusters
from bigmath.semantic import SemanticSettings, semantic_clusters
from bigmath.sentence_model import Vectors, minilm

AUDIT = Path(__file__).parents[2] / "tests" / "data" / "audits" / "semantic.jsonl"
"""Pairs that were read; in a checkout only."""
SAMPLE, SEED = 1_500, 7
"""Rows that the paper's setting is measured on, and the seed they are drawn with."""
FLOOR = 0.95
"""Floor: share of the pairs read at the default threshold that state one problem, where neither row is synthetic: the
filters drop synthetic rows before this stage, while the benchmark joins all rows."""

Say = Callable[[str], None]


def run(rows: pl.DataFrame, say: Say = lambda line: None, sample: int = SAMPLE) -> Result:
    """Joins the rows (`problem_id`, `problem`, `answer`, `solutions`, `synthetic`) both ways."""
    near = kept_instead(near_clusters(rows))
    alive = rows.join(near.select("problem_id"), on="problem_id", how="anti")
    say(f"{alive.height:,} of {rows.height:,} rows are no near-duplicates")
    figures: dict[str, Any] = {"rows": rows.height, "rows_after_near_duplicates": alive.height}
    figures["guarded"] = guarded = _joined(alive, SemanticSettings(), say)
    drawn = alive.sample(min(sample, alive.height), seed=SEED)
    figures["paper"] = paper = _joined(drawn, SemanticSettings(cosine=0.5, guarded=False), say)
    audit = [json.loads(line) for line in AUDIT.read_text(encoding="utf-8").splitlines()] if AUDIT.is_file() else []
    human = [one for one in audit if not one.get("synthetic")]
    read = {name: audited(audit, name) for name in ("guarded", "paper")}
    read["guarded, no synthetic row"] = passing = audited(human, "guarded")
    figures["audit"] = read
    return Result(
        "semantic",
        figures,
        {
            f"of the pairs read without a synthetic row at least {FLOOR:.0%} state one problem": (
                passing["read"] >= 100 and passing["precision"] >= FLOOR
            ),
            "200 pairs were read at the default threshold and 50 of the paper's setting": (
                read["guarded"]["read"] >= 200 and read["paper"]["read"] >= 50
            ),
            "the guard takes a smaller share of rows than the paper's setting": guarded["share"] < paper["share"],
        },
    )


def audited(audit: Sequence[dict[str, Any]], sample: str) -> dict[str, Any]:
    """Of the pairs of one sample: how many were read, are the same, and their share."""
    read = [one["verdict"] == "same" for one in audit if one["sample"] == sample]
    return {"read": len(read), "same": sum(read), "precision": round(sum(read) / len(read), 4) if read else None}


def _joined(rows: pl.DataFrame, settings: SemanticSettings, say: Say) -> dict[str, Any]:
    spent: list[tuple[int, float]] = []

    def embed(texts: Sequence[str]) -> Vectors:
        began = time.perf_counter()
        vectors = minilm(texts, lambda stage, done, total: say(f"{stage}: {done:,} of {total:,}"))
        spent.append((len(texts), time.perf_counter() - began))
        return vectors

    began = time.perf_counter()
    pairs = kept_instead(semantic_clusters(rows, settings, embed=embed)).height
    seconds = time.perf_counter() - began
    texts, embedding = spent[0] if spent else (0, 0.0)
    return {
        "rows": rows.height,
        "rows_embedded": texts,
        "pairs_joined": pairs,
        "share": round(pairs / max(1, rows.height), 5),
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows.height / seconds, 1) if seconds else None,
        "rows_embedded_per_second": round(texts / embedding, 1) if embedding else None,
    }
