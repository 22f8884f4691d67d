"""The certificate under test: problems of eight test sets, edited, hidden in a file beside others that look alike.

Four test sets are the embedded ones, four are files of one's own, made of rows of the sample's sources. The five kinds
of edit keep the problem: as it is, under another number, in other punctuation, with a sentence more, in other LaTeX.
Look-alikes have a number changed, which makes them other problems.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import CompletedProcess
from typing import Any

import polars as pl

from bigmath.benchmarks.planting import VARIANTS, Edit, headed, planted, respelled, verbatim
from bigmath.loading import load
from bigmath.release import certificate

EACH = 10
"""Planted problems of each kind."""
LOOK_ALIKES = 50
CAUGHT, FALSE = 48, 1
"""Targets: at least so many of the planted, at most so many of the look-alikes."""
OWN_ROWS = 30
"""Rows of each test set of one's own."""
SEED = 11

_SENTENCES = (
    "Give the answer in lowest terms.", "Show that your answer is the only one.", "A calculator may not be used.",
    "This problem was set in the final round.", "Note that figures are not drawn to scale.",
)  # fmt: skip


def repunctuated(text: str, random: Random) -> str | None:
    """Other marks between and after sentences, outside formulas; None where there are none."""
    pieces = re.split(r"(\$[^$]*\$|\\\[.*?\\\]|\[asy\].*?\[/asy\])", text, flags=re.DOTALL)
    for at in range(0, len(pieces), 2):
        piece = re.sub(r"(?<=[a-z]),(?= )", random.choice(["", ";", " -"]), pieces[at])
        piece = re.sub(r"(?<=[a-z])\.(?= )", random.choice([";", "!", " -"]), piece)
        pieces[at] = re.sub(r"[.?]\s*$", random.choice(["", "...", " :"]), piece) if at == len(pieces) - 1 else piece
    out = "".join(pieces)
    return out if out != text else None


def with_a_sentence(text: str, random: Random) -> str | None:
    """A sentence more, before or after, that asks nothing else."""
    sentence = random.choice(_SENTENCES)
    return random.choice([f"{sentence} {text}", f"{text} {sentence}"])


KINDS: dict[str, Edit] = {
    "verbatim": verbatim,
    "renumbered": headed,
    "re-punctuated": repunctuated,
    "a sentence added": with_a_sentence,
    "TeX rewritten": respelled,
}


def measure(
    warehouse: Path, root: Path, bigmath: Callable[..., "CompletedProcess[str]"]
) -> tuple[dict[str, Any], dict[str, bool]]:
    """Figures of a release made of planted rows, against eight test sets. `warehouse` holds the sample's run."""
    own = _own_tests(warehouse, root)
    known = load("benchmarks", columns=["benchmark", "benchmark_row", "problem"], warehouse=warehouse)
    tests = pl.concat([known, *own.values()])
    rows = pl.concat(
        [planted(tests, KINDS, EACH, SEED), planted(tests, VARIANTS, -(-LOOK_ALIKES // len(VARIANTS)), SEED)]
    ).head(len(KINDS) * EACH + LOOK_ALIKES)
    rows = rows.sample(fraction=1, shuffle=True, seed=SEED)
    file, made, out = root / "planted.jsonl", root / "planted", root / "certified"
    file.write_text("".join(json.dumps({"problem": one, "answer": "1"}) + "\n" for one in rows["problem"]))
    named = [word for name in own for word in ("--benchmark", root / f"{name}.jsonl")]
    bigmath("run", "-w", made, "-s", file, *named)
    bigmath("release", "-w", made, "--out", out, "--license", "unknown")
    body = json.loads((out / certificate.NAME).read_text())
    removed = {row["problem_id"] for one in body["test_sets"] for row in one["removed"]}
    read = pl.read_parquet(out / "unfiltered" / "*.parquet", columns=["problem_id", "row"])
    caught = read.filter(pl.col("problem_id").is_in(list(removed)))["row"]
    hits = rows.with_row_index("row").with_columns(hit=pl.col("row").is_in(caught.to_list()))
    kinds = {name: int(hits.filter(edit=name)["hit"].sum()) for name in KINDS}
    alike = hits.filter(pl.col("edit").is_in(list(VARIANTS)))
    told = {"origin", "files_sha256", "sha256", "rows", "method", "threshold", "hits_before", "hits_after", "removed"}
    figures = {
        "test_sets": {one["benchmark"]: f"{one['rows']} rows, {one['hits_before']} hits" for one in body["test_sets"]},
        "planted": len(KINDS) * EACH,
        "caught": kinds,
        "look_alikes": alike.height,
        "look_alikes_caught": int(alike["hit"].sum()),
    }
    return figures, {
        "the certificate has eight test sets, each with origin, hashes, method, hits and removed ids": len(
            body["test_sets"]
        )
        >= 8
        and all(told <= one.keys() and one["files_sha256"] for one in body["test_sets"]),
        f"of {len(KINDS) * EACH} planted problems {CAUGHT} are caught": sum(kinds.values()) >= CAUGHT,
        f"of {LOOK_ALIKES} look-alikes at most {FALSE}": alike.height >= LOOK_ALIKES and alike["hit"].sum() <= FALSE,
        "no test is left in the release": not any(one["hits_after"] for one in body["test_sets"]),
    }


def _own_tests(warehouse: Path, root: Path) -> dict[str, pl.DataFrame]:
    """Four files of one's own in `root`, of rows of four sources; benchmark, benchmark_row and problem of each."""
    problems = load("strict", columns=["problem_id", "source", "problem"], warehouse=warehouse).sort("problem_id")
    found = {}
    for source in ("harp", "math", "omni_math", "openmathinstruct2"):
        rows = problems.filter(source=source).head(OWN_ROWS)
        name = f"own_{source}"
        rows.select("problem").write_ndjson(root / f"{name}.jsonl")
        found[name] = rows.select(pl.lit(name).alias("benchmark"), "problem").with_row_index("benchmark_row")
        found[name] = found[name].select("benchmark", pl.col("benchmark_row").cast(pl.Int64), "problem")
    return found
