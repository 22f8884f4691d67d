"""A release of the embedded sample under test: the same bytes twice, the same rows in every reader, uploads cut short.

Every step is the command line in a process of its own; the uploads drive the real `huggingface_hub` client against the
stand-in of the Hub. Parts: `made`, `read`, `push`, `refuse`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bigmath.benchmarks.hub_stand_in import Hub, running_hub
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError
from bigmath.release import manifest

Say = Callable[[str], None]
Part = Callable[["_Bench"], tuple[dict[str, Any], dict[str, bool]]]

DIGITS = 40
"""Digits changed in the card, one after the other."""
CUTS = ("PUT /_lfs/", "POST /api/datasets/acme/math/commit", "POST /api/datasets/acme/math/tag")
"""Requests in the middle of which the upload is killed."""
FIRST_ROWS_SECONDS = 2.0
"""Target: DuckDB's first ten rows of the card's query."""


class _Bench:
    """A warehouse of the sample, its release, and the command line."""

    def __init__(self, root: Path, run_sample: Callable[[Path], None], say: Say) -> None:
        self.root, self.say = root, say
        self.warehouse, self.released = root / "w", root / "v1"
        run_sample(self.warehouse)
        self.bigmath("release", "-w", self.warehouse, "--out", self.released, "--name", "acme/math")

    def bigmath(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "assets", *map(str, arguments)]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

    def push(self, hub: Hub, *, folder: Path | None = None, cut: str | None = None) -> int:
        """The exit code of an upload, killed at the first request that looks like `cut`."""
        environment = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "none"}
        command = [sys.executable, "-m", "assets", "release", "--push", str(folder or self.released)]
        child = subprocess.Popen(
            command,
            env=os.environ | environment | {"HF_HOME": str(self.root / "hf")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if cut:
            hub.faults[cut] = [f"kill {child.pid}"]
        return child.wait()


def run(run_sample: Callable[[Path], None], part: str | None, say: Say) -> Result:
    """Figures of one part, or of all.

    Raises:
        SettingError: there is no such part.
    """
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r}; there are: {', '.join(PARTS)}")
    figures: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        say("the main job on the embedded sample, and its release")
        bench = _Bench(Path(folder), run_sample, say)
        for name in [part] if part else PARTS:
            say(f"part {name}")
            found, held = PARTS[name](bench)
            figures[name] = found
            holds |= held
    return Result("release", figures, holds)


def _made(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    again = bench.root / "again"
    bench.bigmath("release", "-w", bench.warehouse, "--out", again, "--name", "acme/math", PYTHONHASHSEED="7")
    first, second = _content(bench.released), _content(again)
    text = (again / "README.md").read_text(encoding="utf-8")
    places = [one.start() for one in re.finditer(r"\d", text)]
    from bigmath.release.inspect import faults  # noqa: PLC0415 - only here

    caught = 0
    chosen = places[:: max(1, len(places) // DIGITS)]
    for at in chosen:
        (again / "README.md").write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :], encoding="utf-8")
        caught += any(one.startswith("README.md:") for one in faults(again))
    return (
        {"files": len(first), "bytes": sum(map(len, first.values())), "digits_changed": len(chosen), "found": caught},
        {
            "made twice, the bytes are the same": first == second,
            "every changed digit of the card is found": caught == len(chosen),
        },
    )


def _read(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    import datasets  # noqa: PLC0415 - slow to load

    files = str(bench.released / "strict" / "train-*.parquet")
    began = time.monotonic()
    duckdb.sql(f"select problem, answer from '{files}' limit 10").fetchall()
    first_rows = time.monotonic() - began
    query = f"select problem_id, problem, answer from '{files}'"
    by_duckdb = duckdb.sql(query).pl()
    by_polars = pl.scan_parquet(files).select(by_duckdb.columns).collect()
    loaded = datasets.load_dataset(str(bench.released), "strict", split="train", cache_dir=str(bench.root / "cache"))
    by_datasets = pl.DataFrame(loaded.select_columns(by_duckdb.columns).data.table)
    return (
        {"rows": by_duckdb.height, "first_rows_s": round(first_rows, 3)},
        {
            "datasets, DuckDB and Polars read the same rows": by_duckdb.equals(by_polars)
            and by_duckdb.equals(by_datasets),
            "DuckDB gives the first ten rows in 2 s": first_rows < FIRST_ROWS_SECONDS,
        },
    )


def _push(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    holds: dict[str, bool] = {}
    for cut in CUTS:
        with running_hub() as hub:
            killed = bench.push(hub, cut=cut) == -9 and not hub.tags.get("acme/math")
            sent = set(hub.blobs)
            hub.requests.clear()
            code = bench.push(hub)
            again = [blob for blob in sent if f"PUT /_lfs/{blob}" in hub.requests]
            whole = code == 0 and not again and _is_published_once(hub, bench.released)
            holds[f"killed at {cut.split('/')[0].strip()} of {cut.rsplit('/', 1)[-1] or 'a blob'}, it resumes"] = (
                killed and whole
            )
    for what in ("commit", "tag"):
        with running_hub() as hub:
            hub.faults[f"POST /api/datasets/acme/math/{what}"] = ["lose"]
            code = bench.push(hub)
            holds[f"the answer to the {what} lost, it is published once"] = code == 0 and _is_published_once(
                hub, bench.released
            )
    with running_hub() as hub:
        hub.faults["POST /api/datasets/acme/math/commit"] = ["overtake"]
        code = bench.push(hub)
        head = list(hub.repositories["acme/math"].values())[-1]
        holds["a head that moved is refused, nothing is mixed"] = code == 2 and set(head) == {"NOTES.md"}
    return {"uploads": 2 * len(CUTS) + 3}, holds


def _refuse(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    rows = bench.root / "rows.jsonl"
    token = "hf_" + "aB" * 17
    lines = [{"problem": f"Compute ${n}+{n}$.", "answer": str(2 * n)} for n in range(30)]
    lines[7]["solution"] = f"By my key {token} it is 14."
    rows.write_text("".join(json.dumps(one) + "\n" for one in lines))
    own, out = bench.root / "own", bench.root / "refused"
    bench.bigmath("run", "-w", own, "-s", rows)
    no_licence = bench.bigmath("release", "-w", own, "--out", out)
    secret = bench.bigmath("release", "-w", own, "--out", out, "--license", "unknown")
    broken = bench.root / "broken"
    shutil.copytree(bench.released, broken)
    (broken / "release.json").write_text((broken / "release.json").read_text().replace('"date": "2', '"date": "1'))
    with running_hub() as hub:
        check = bench.push(hub, folder=broken) == 2 and not hub.repositories
    nothing = not out.exists() and not list(bench.root.glob(".refused*"))
    told = secret.stdout + secret.stderr
    return (
        {"said": (no_licence.stderr.strip().splitlines() or [""])[0]},
        {
            "a licence that is not allowed stops it": no_licence.returncode == 2 and "licence" in no_licence.stderr,
            "a secret stops it and is not shown": secret.returncode == 2 and "token" in told and token not in told,
            "nothing is left of what was refused": nothing,
            "a release that fails its check is not uploaded": check,
        },
    )


PARTS: dict[str, Part] = {"made": _made, "read": _read, "push": _push, "refuse": _refuse}


def _is_published_once(hub: Hub, folder: Path) -> bool:
    commits = hub.repositories["acme/math"]
    head = list(commits)[-1]
    tag = manifest.read(folder).tag
    return (
        len(hub.titles["acme/math"]) == 1 and commits[head] == _content(folder) and hub.tags["acme/math"] == {tag: head}
    )


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
