"""What people get, under test: a release, its readers, its report in a browser, the commands.

Every step is the command line in a process of its own; the uploads drive the real `huggingface_hub` client against the
stand-in of the Hub.

made     the same bytes twice; every changed digit of the card is found
read     the same rows in datasets, DuckDB, Polars and Croissant; the card's own lines of code run
push     uploads that are killed, lost and overtaken
refuse   licences, secrets, a release that fails its check
recall   a release without a source, and the warning of the old one
changes  two releases of a million problems compared; what a version may say
tests    problems of eight test sets, edited, are kept out
page     the report in Chromium
first    the first commands of somebody who has just installed it
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
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from bigmath.benchmarks import release_changes, release_page, release_tests
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
MOST_SHARDS, SHARD_BYTES = 1_000, 500_000_000
"""Targets: of the files of a release."""
CARD_SNIPPETS = 5
CROISSANT_RECORDS = 100
HELP_SECONDS, DEMO_SECONDS = 0.4, 300.0
"""Targets: the best of five calls for help; the sample's job, report and release."""


class _Bench:
    """A warehouse of the sample, its release, and the command line."""

    def __init__(self, root: Path, run_sample: Callable[[Path], None], say: Say, rows: int) -> None:
        self.root, self.say, self.rows = root, say, rows
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


def run(run_sample: Callable[[Path], None], part: str | None, say: Say, rows: int | None = None) -> Result:
    """Figures of one part, or of all.

    Args:
        run_sample: runs the main job into a warehouse.
        rows: problems of the releases that are compared.

    Raises:
        SettingError: there is no such part.
    """
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r}; there are: {', '.join(PARTS)}")
    figures: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        say("the main job, and its release")
        bench = _Bench(Path(folder), run_sample, say, rows or release_changes.ROWS)
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
    shards = list(bench.released.glob("*/*.parquet"))
    indexed = all(pq.read_metadata(one).row_group(0).column(0).has_offset_index for one in shards)
    snippets = snippets_of(bench.released, bench.root / "snippets")
    codes = [subprocess.run([sys.executable, "-c", one], cwd=bench.root / "snippets", capture_output=True, check=False)
             for one in snippets]  # fmt: skip
    croissant, records = _croissant(bench.released)
    return (
        {
            "rows": by_duckdb.height,
            "first_rows_s": round(first_rows, 3),
            "shards": len(shards),
            "largest_mb": round(max(one.stat().st_size for one in shards) / 1e6, 2),
            "snippets": len(snippets),
            "croissant_records": records,
        },
        {
            "every file has a page index and less than 500 MB, and there are at most 1,000": indexed
            and len(shards) <= MOST_SHARDS
            and all(one.stat().st_size < SHARD_BYTES for one in shards),
            "the card's lines of DuckDB, datasets, pandas, Polars and bigmath run": len(snippets) == CARD_SNIPPETS
            and not any(one.returncode for one in codes),
            "Croissant 1.1 has no error, a hash for each file, and reads 100 records of each set": croissant,
            "datasets, DuckDB and Polars read the same rows": by_duckdb.equals(by_polars)
            and by_duckdb.equals(by_datasets),
            "DuckDB gives the first ten rows in 2 s": first_rows < FIRST_ROWS_SECONDS,
        },
    )


def snippets_of(released: Path, folder: Path) -> list[str]:
    """The card's code as Python to run in `folder`, where the release lies under its name on the Hub."""
    release = manifest.read(released)
    place = folder / release.name
    place.parent.mkdir(parents=True)
    place.symlink_to(released.resolve())
    found = re.findall(r"```(python|sql)\n(.*?)```", (released / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    local = [(kind, code.replace(f"hf://datasets/{release.name}@{release.tag}", release.name)) for kind, code in found]
    return [
        f"import duckdb\nassert duckdb.sql({code!r}).fetchall()"
        if kind == "sql"
        else f"{code}\nassert len(train.collect() if hasattr(train, 'collect') else train)"
        for kind, code in local
    ]


def _croissant(released: Path) -> tuple[bool, dict[str, int]]:
    """Whether the metadata holds, and how many records were read of each record set, at most 100."""
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mlcroissant uses deprecated parts of rdflib and pandas
        import mlcroissant  # noqa: PLC0415 - of the development environment

        dataset = mlcroissant.Dataset(str(released / "croissant.json"))
        records = {
            one.id: len(list(islice(dataset.records(one.id), CROISSANT_RECORDS)))
            for one in dataset.metadata.record_sets
        }
    files = [one for one in dataset.metadata.file_objects if one.sha256]
    release = manifest.read(released)
    read = {
        f"{config}/{split}": min(CROISSANT_RECORDS, release.rows(config, split))
        for config in release.configs
        for split in release.splits(config)
    }
    whole = {(one.id, one.sha256) for one in files} == {(one.path, one.sha256) for one in release.shards}
    version = str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")
    return version and whole and records == read and not dataset.metadata.ctx.issues.errors, records


def _recall(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    old, new = bench.root / "copy", bench.root / "v2"
    shutil.copytree(bench.released, old)
    source = manifest.read(old).sources[0].source
    made = bench.bigmath("recall", old, "--source", source, "--out", new, "--json")
    left = duckdb.sql(
        f"select count(*) from read_parquet('{new}/*/*.parquet', union_by_name=true) where source = '{source}'"
    )
    return (
        {"recalled": source, "notice": json.loads(made.stdout or "{}")},
        {
            "a recalled source is out, with a notice": made.returncode == 0
            and left.fetchone() == (0,)
            and (new / "recalls.json").is_file(),
            "bigmath verify of the old release exits 3": bench.bigmath("verify", old).returncode == 3,
            "of the new one 0": bench.bigmath("verify", new).returncode == 0,
        },
    )


def _changes(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    return release_changes.measure(bench.released, bench.root, bench.rows, bench.bigmath)


def _tests(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    return release_tests.measure(bench.warehouse, bench.root, bench.bigmath)


def _page(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    return release_page.measure(bench.warehouse, bench.root, bench.bigmath)


def _first(bench: _Bench) -> tuple[dict[str, Any], dict[str, bool]]:
    helps = []
    for words in (["--help"], ["run", "--help"], ["export", "sft", "--help"]):
        took = []
        for _ in range(5):
            began = time.monotonic()
            bench.bigmath(*words)
            took.append(time.monotonic() - began)
        helps.append(min(took))
    out = bench.root / "demo"
    began = time.monotonic()
    made = bench.bigmath("demo", "--out", out, "--json", HF_HUB_OFFLINE="1")
    seconds = time.monotonic() - began
    paths = [Path(one) for one in json.loads(made.stdout.splitlines()[-1]).values()] if made.returncode == 0 else []
    return (
        {"help_s": [round(one, 2) for one in helps], "demo_s": round(seconds, 1)},
        {
            f"--help in {HELP_SECONDS} s": max(helps) < HELP_SECONDS,
            "bigmath demo gives report, card and Parquet in 5 minutes": seconds < DEMO_SECONDS
            and len(paths) == 3
            and all(one.exists() for one in paths),
            "without a terminal nothing is coloured": "\x1b" not in made.stdout + made.stderr,
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


PARTS: dict[str, Part] = {
    "made": _made,
    "read": _read,
    "push": _push,
    "refuse": _refuse,
    "recall": _recall,
    "changes": _changes,
    "tests": _tests,
    "page": _page,
    "first": _first,
}


def _is_published_once(hub: Hub, folder: Path) -> bool:
    commits = hub.repositories["acme/math"]
    head = list(commits)[-1]
    tag = manifest.read(folder).tag
    return (
        len(hub.titles["acme/math"]) == 1 and commits[head] == _content(folder) and hub.tags["acme/math"] == {tag: head}
    )


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
