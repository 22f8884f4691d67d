"""What a release says about benchmarks: which it was cleaned of, how, and which of its problems left because of it.

`decontamination.json` names each test set with its origin, the hash of its files and one hash a statement (SHA-256 of
the UTF-8 bytes of the canonical text, see `bigmath.normalize`), so that anyone who has a test set can say whether it is
the one that was used, and every removed row by its id; beside them what is counted of the release: rows, one hash over
all statements, hits before and after. Statements of benchmarks are never part of a release.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bigmath.normalize import canonical
from bigmath.release.manifest import Shard

NAME = "decontamination.json"
METHOD = (
    "exact: equal canonical text; wording: the test in other spelling or light paraphrase with its own numbers and "
    "operators, found by shared rare word grams"
)

OF_THE_USER = "a file of the user"
"""Origin of a test set that is no known benchmark."""


def write(
    connection: duckdb.DuckDBPyConnection, folder: Path, about: Mapping[str, Any], origins: Mapping[str, str]
) -> None:
    """Writes the certificate of the warehouse's version; `origins` says where each benchmark comes from."""
    tests = connection.execute(
        "select benchmark, list(sha256 order by benchmark_row) as hashes from benchmarks group by 1 order by 1"
    ).fetchall()
    removed = connection.execute(
        "select benchmark, benchmark_row, problem_id, method, score from contamination"
        " where problem_id in (select problem_id from problems) order by all"
    ).pl()
    threshold = about.get("ngram")
    body = {
        "method": METHOD if threshold else METHOD.partition(";")[0],
        "threshold": threshold,
        "test_sets": [
            {
                "benchmark": name,
                "origin": origins.get(name, OF_THE_USER),
                "files_sha256": about.get("benchmarks", {}).get(name),
                "statements_sha256": hashes,
                "removed": removed.filter(benchmark=name).drop("benchmark").to_dicts(),
            }
            for name, hashes in tests
        ],
    }
    (folder / NAME).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def counted(folder: Path, shards: Sequence[Shard]) -> list[dict[str, Any]]:
    """Of each test set its rows, one hash over all of them, the problems removed, and those of them still released."""
    body = json.loads((folder / NAME).read_text(encoding="utf-8"))
    kept = _kept_hashes(folder, shards) if body["test_sets"] else set()
    return [
        {
            "benchmark": one["benchmark"],
            "origin": one["origin"],
            "rows": len(one["statements_sha256"]),
            "sha256": hashlib.sha256("\n".join(one["statements_sha256"]).encode()).hexdigest(),
            "hits_before": len({row["problem_id"] for row in one["removed"]}),
            "hits_after": len(kept.intersection(one["statements_sha256"])),
        }
        for one in body["test_sets"]
    ]


def completed(folder: Path, counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The certificate with what was counted of each test set, and how it was looked for, beside it."""
    body: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    by_name = {one["benchmark"]: one for one in counts}
    how = {"method": body["method"], "threshold": body["threshold"]}
    body["test_sets"] = [one | by_name[one["benchmark"]] | how for one in body["test_sets"]]
    return body


def complete(folder: Path, counts: Sequence[Mapping[str, Any]]) -> None:
    """Writes what was counted into the certificate."""
    (folder / NAME).write_text(json.dumps(completed(folder, counts), indent=1) + "\n", encoding="utf-8")


def removed(folder: Path) -> dict[str, str]:
    """Each removed problem and the test that it is."""
    body = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return {
        row["problem_id"]: f"{one['benchmark']}/{row['benchmark_row']}"
        for one in body["test_sets"]
        for row in one["removed"]
    }


def without(folder: Path, gone: set[str], into: Path) -> None:
    """Copies a certificate, less the problems in `gone`."""
    body = json.loads((folder / NAME).read_text(encoding="utf-8"))
    for one in body["test_sets"]:
        one["removed"] = [row for row in one["removed"] if row["problem_id"] not in gone]
    (into / NAME).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def _kept_hashes(folder: Path, shards: Sequence[Shard]) -> set[str]:
    """Hashes of the statements that training would see."""
    hashes: set[str] = set()
    for shard in shards:
        if shard.config in ("base", "reformulated"):  # strict is part of base
            texts = canonical(pl.read_parquet(folder / shard.path, columns=["problem"])["problem"])
            hashes.update(hashlib.sha256((text or "").encode()).hexdigest() for text in texts)
    return hashes
