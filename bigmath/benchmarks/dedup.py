"""Near-duplicates on a corpus with known truth: quality by class of edit, speed beside datasketch and rensa, memory,
growth.

Speed is documents per CPU second of one process, reading and normalising the text included; compiled code is warmed
up first. The
peers run the usual recipe (lower case, character 5-grams, 128 permutations, threshold 0.7) on a part of the same
corpus, as
they are slow: their cost is linear. Memory is the growth of the process's peak while a corpus is linked, its texts
included.

Real statements are finite, so a larger corpus has more variants and copies of each. That alone makes a row dearer: it
has more rows to be compared with. Whether the cost of a row is flat is therefore judged on two corpora of one shape:
the smaller is made of fewer real statements, drawn by whole families, so that a statement has as many copies,
variants and relatives in both. The growth of cost where families grow with the corpus is printed beside it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.benchmarks.dedup_corpus import REAL, distinct, made_of
from bigmath.benchmarks.report import Result
from bigmath.dedup.engine import link

ROWS = 200_000
PEER_ROWS = 20_000
PRECISION, RECALL, CLASS_RECALL, LOST = 0.995, 0.97, 0.95, 0.001
TIMES_DATASKETCH, TIMES_RENSA = 10.0, 1.0
BYTES = 1_500
GROWTH = 1.2
SPEED_UP = 1.3
FLOOD = 1.5
"""Times linear that a flood of copies may cost when it is four times as large."""


def run(statements: Sequence[str], rows: int = ROWS, say: Callable[[str], None] = lambda line: None) -> Result:
    """Quality at `rows` documents made of real statements; growth of cost from a quarter to four times as many."""
    say(f"{len(statements):,} real statements; making the corpus")
    base = distinct(statements, seed=1)[:REAL]
    table = made_of(base[: rows // 3], rows)
    with tempfile.TemporaryDirectory() as scratch:
        say("quality and speed")
        link(_warming(table["text"]))
        began = time.process_time()
        linked = _alone(link, table["text"])
        seconds = time.process_time() - began
        figures = {"rows": rows, **quality(table.with_columns(cluster=pl.Series(linked.near)))}
        ours = rows / seconds
        say("peers")
        part = table["text"].head(min(rows, PEER_ROWS)).to_list()
        peers = {"datasketch": _datasketch(part), "rensa": _rensa(part)}
        say("floods")
        floods = {name: _flood(flood, rows) for name, flood in FLOODS.items()}
        say("growth, memory and two threads")
        path = Path(scratch) / "texts.parquet"
        made_of(base[: rows // 12], rows // 4).select("text").write_parquet(path)
        sparse = _measured(path, 1)
        large_base = base[: 4 * rows // 3]
        made_of(whole_families(large_base, len(large_base) // 16), rows // 4).select("text").write_parquet(path)
        small = _measured(path, 1)
        made_of(large_base, 4 * rows).select("text").write_parquet(path)
        large, both = _measured(path, 1), _measured(path, 2)
    growth, growth_of_all = (large["cpu"] / (16 * one["cpu"]) for one in (small, sparse))
    speedup = large["wall"] / both["wall"]
    recall = figures["recall_by_edit"]
    assert isinstance(recall, dict)
    figures |= {
        "documents_per_cpu_second": round(ours),
        "peers": {name: value and round(value) for name, value in peers.items()},
        "pairs_compared_per_document": round(linked.compared / rows, 2),
        "bytes_per_document": round(large["bytes"] / (4 * rows)),
        "cost_growth_over_16_times_the_rows": round(growth, 2),
        "cost_growth_where_families_grow": round(growth_of_all, 2), "two_threads": round(speedup, 2),
        "floods": {name: round(ratio, 2) for name, (ratio, _) in floods.items()},
    }  # fmt: skip
    holds = {
        f"pair precision at least {PRECISION}": figures["precision"] >= PRECISION,
        f"pair recall at least {RECALL}": figures["recall"] >= RECALL,
        f"recall of every edit at least {CLASS_RECALL}": min(recall.values()) >= CLASS_RECALL,
        f"at most {LOST:.1%} of problems lost": figures["lost"] <= LOST,
        f"at least {TIMES_DATASKETCH:.0f} times datasketch": ours >= TIMES_DATASKETCH * (peers["datasketch"] or 0),
        f"at most {BYTES:,} bytes a document": large["bytes"] <= BYTES * 4 * rows,
        f"cost a document grows at most {GROWTH - 1:.0%} over 16 times the rows": growth <= GROWTH,
    }
    holds[f"two threads at least {SPEED_UP} times as fast"] = speedup >= SPEED_UP
    for name, (ratio, sensible) in floods.items():
        holds[f"{name}: linear, in sensible clusters"] = ratio <= FLOOD and sensible
    if peers["rensa"]:
        holds["at least as fast as rensa"] = ours >= TIMES_RENSA * peers["rensa"]
    return Result("dedup", figures, holds)


def whole_families(base: Sequence[str], count: int) -> list[str]:
    """About so many statements: families of variants, in random order, whole."""
    rows = pl.DataFrame({"text": base, "family": link(pl.Series(base, dtype=pl.String)).family})
    drawn = rows["family"].unique(maintain_order=True).sample(fraction=1, shuffle=True, seed=1)
    ordered = drawn.to_frame().join(rows, on="family", maintain_order="left")
    return ordered["text"].head(count).to_list()


FLOODS: dict[str, Callable[[int], list[str]]] = {
    "copies of one problem": lambda rows: [_FLOOD] * rows,
    "copies but for a name": lambda rows: [_FLOOD.replace("Ann", f"Name{'abcdefghij'[at % 10]}") for at in range(rows)],
    "one long statement": lambda rows: ["Find the sum of x+1 and y. " * (5 * rows // 27)],
    "empty statements": lambda rows: [""] * rows,
}
"""Texts by number of rows; the long statement has five characters a row, a million at 200,000."""
_FLOOD = "Ann has 3 red marbles and finds 5 more on her way home. How many marbles does Ann have now?"
_OTHER = "Something else altogether, with 3 birds on a fence."


def _flood(flood: Callable[[int], list[str]], rows: int) -> tuple[float, bool]:
    """Cost of `rows` over four times that of a quarter; whether all copies, and only they, are one cluster."""
    seconds = []
    for count in (rows // 4, rows):
        texts = pl.Series([*flood(count), _OTHER])
        began = time.process_time()
        near = _alone(link, texts).near
        seconds.append(max(time.process_time() - began, 0.02))
    copies = near[:-1]
    sensible = (copies == (copies[0] if texts[0] else -1)).all() and near[-1] != copies[0]
    return seconds[1] / (4 * seconds[0]), bool(sensible)


def quality(table: pl.DataFrame) -> dict[str, Any]:
    """Pair precision and recall, recall by edit, and the share of distinct problems of which no row is kept. `table`
    is a corpus
    with the column `cluster` (-1 for none)."""
    found = table.filter(pl.col("cluster") >= 0)
    true, said = _pairs(table, "problem"), _pairs(found, "cluster")
    both = _pairs(found, "cluster", "problem")
    rows = table.with_row_index("row")
    origin = rows.select(of="row", problem_of="problem", cluster_of="cluster").with_columns(pl.col("of").cast(pl.Int64))
    copies = (
        rows.filter(pl.col("of") != pl.col("row"))
        .join(origin, on="of")
        .filter(pl.col("problem") == pl.col("problem_of"))
    )
    by_edit = (
        copies.group_by("edit").agg((pl.col("cluster") == pl.col("cluster_of")).mean().alias("recall")).sort("edit")
    )
    kept = table.filter((pl.col("cluster") < 0) | (pl.int_range(pl.len()).over("cluster") == 0))["problem"].n_unique()
    problems = table["problem"].n_unique()
    return {
        "precision": round(both / max(1, said), 5), "recall": round(both / max(1, true), 5),
        "recall_by_edit": {edit: round(recall, 4) for edit, recall in by_edit.iter_rows()},
        "lost": round((problems - kept) / problems, 6), "problems": problems,
    }  # fmt: skip


def _pairs(table: pl.DataFrame, *columns: str) -> int:
    sizes = table.group_by(columns).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _alone(work: Callable[[pl.Series], Any], texts: pl.Series) -> Any:
    """Runs in this process only, so that its CPU time is all of it."""
    before = os.environ.get("BIGMATH_WORKERS")
    os.environ["BIGMATH_WORKERS"] = "1"
    try:
        return work(texts)
    finally:
        if before is None:
            del os.environ["BIGMATH_WORKERS"]
        else:
            os.environ["BIGMATH_WORKERS"] = before


def _warming(texts: pl.Series) -> pl.Series:
    """A few texts and misspelt copies of them: linking them loads, or compiles, every kernel."""
    few = texts.head(200)
    return pl.concat([few, few.str.replace("the", "teh")])


_MEASURE = """
import json, sys, time
import polars as pl
from bigmath.benchmarks.dedup import _warming
from bigmath.dedup.engine import link
peak = lambda: 1024 * int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
link(_warming(pl.read_parquet(sys.argv[1], n_rows=200)["text"]))
before, cpu, wall = peak(), time.process_time(), time.monotonic()
link(pl.read_parquet(sys.argv[1])["text"])
print(json.dumps({"bytes": peak() - before, "cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}))
"""


def _measured(path: Path, processes: int) -> dict[str, float]:
    """CPU and wall seconds and growth of peak memory of a fresh process that links the texts of a file."""
    environment = {**os.environ, "BIGMATH_WORKERS": str(processes)}
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True, env=environment
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _grams(text: str) -> list[str]:
    text = text.lower()
    return [text[at : at + 5] for at in range(max(1, len(text) - 4))]


def _datasketch(texts: list[str]) -> float:
    """Documents per CPU second."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 # only the benchmark needs it

    began = time.process_time()
    sketches = MinHash.bulk([[gram.encode() for gram in _grams(text)] for text in texts], num_perm=128)
    index = MinHashLSH(threshold=0.7, num_perm=128)
    with index.insertion_session() as session:
        for at, sketch in enumerate(sketches):
            session.insert(at, sketch)
    for sketch in sketches:
        index.query(sketch)
    return len(texts) / (time.process_time() - began)


def _rensa(texts: list[str]) -> float | None:
    """Documents per CPU second; None where rensa is not installed."""
    if find_spec("rensa") is None:
        return None
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415 # only the benchmark needs it

    began = time.process_time()
    index = RMinHashLSH(threshold=0.7, num_perm=128, num_bands=16)
    sketches = []
    for at, text in enumerate(texts):
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update(_grams(text))
        index.insert(at, sketch)
        sketches.append(sketch)
    for at, sketch in enumerate(sketches):
        sum(sketch.jaccard(sketches[other]) >= 0.7 for other in index.query(sketch) if other < at)
    return len(texts) / (time.process_time() - began)
