"""How cost grows: the whole job without models on a mirror of so many rows, and its stages beside named peers.

The mirror is made by the caller (`sources.make_mirror`), with its truth beside it, so that a run is also checked: every
row of OpenMathInstruct-2 is folded into the right problem, conflicting answers are found, planted copies are clustered.
Processor time decides about growth, since it does not depend on what else the machine does; wall time is what the job
took here. Memory is that of all processes of the job together, pages they share counted in each.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.benchmarks import peers, score
from bigmath.benchmarks.processes import family, resident
from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError, SettingError
from bigmath.filtering import Filter
from bigmath.outputs import Version
from bigmath.store import Warehouse

FULL = 1_400_000
"""From so many rows on a run counts as one at full size."""
MINUTES, GIGABYTES, GROWTH = 20.0, 4.0, 1.25
SLOW_ROWS = 2_000
"""Rows for the peers that do a few hundred a second; the others get as many as there are."""
SLOW = ("Math-Verify", "datatrove's Gopher filters")
PARTS = ("job", "peers", "ray", "scoring")
ROWS = 10_000
RATIOS = {"Big-Math's rules": 0.1, "Math-Verify": 5.0, "datasketch": 5.0}
"""Floors of our rows a second over theirs. Big-Math's six rules are bare expressions; ours ask more of a text."""
COMPARED = frozenset({"multi_part", "proof", "multiple_choice", "true_false", "yes_no", "hyperlink"})
"""Names of our filters that Big-Math has, too."""
FOUND_COPIES = 0.9
"""Floor of planted copies that share a cluster with what they were copied from; `bigmath bench dedup` has the sharp
one, on rows that nothing else was planted in."""

GROWTH_FROM = 100_000
"""Problems of the smaller run with which the cost of a row is compared."""

Make = Callable[[Path, int], Path]
"""Given a folder that does not exist and a number of rows, the folder of a mirror of so many."""


@dataclass(frozen=True)
class Spent:
    """One run: wall and processor seconds, peak bytes of all its processes."""

    wall: float
    cpu: float
    peak: int


def run(make: Make, filters: Sequence[Filter], rows: int, part: str | None, say: Callable[[str], None]) -> Result:
    """The part named, or those that need no extra: the job and the peers. The part `scoring` makes its own problems:
    ours beside vLLM's bare loop, as in `bigmath bench score`.

    Raises:
        SettingError: there is no such part.
        MissingExtraError: the part is `ray` or `scoring`, and Ray or vLLM is not installed.
    """
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r} of the benchmark scale; there are: {', '.join(PARTS)}")
    figures: dict[str, Any] = {"rows_asked": rows}
    holds: dict[str, bool] = {}
    if part == "scoring":
        load = round(os.getloadavg()[0], 1)
        compared, held = score.beside_bare(rows, say)
        figures["scoring"] = {"load_before": load, **compared}
        return Result("scale", figures, {f"scoring: {criterion}": holds for criterion, holds in held.items()})
    with tempfile.TemporaryDirectory() as scratch:
        say(f"making a mirror of {rows:,} rows")
        mirror = make(Path(scratch) / "mirror", rows)
        if part == "ray":
            from bigmath.benchmarks import scale_ray  # noqa: PLC0415 # it builds on this module

            scale_ray.run(mirror, Path(scratch), figures, holds, say)
        if part in (None, "job"):
            say("the whole job without models")
            _job(mirror, Path(scratch) / "warehouse", figures, holds)
        if part in (None, "peers"):
            _peers(mirror, Path(scratch) / "peers.parquet", filters, figures, holds, say)
    return Result("scale", figures, holds)


def rows_of(part: str | None) -> int:
    """How many rows a part gets where none are named."""
    return score.ROWS if part == "scoring" else ROWS


def _job(mirror: Path, root: Path, figures: dict[str, Any], holds: dict[str, bool]) -> None:
    load = round(os.getloadavg()[0], 1)
    spent = timed_run(root, mirror)
    warehouse = Warehouse.open(root, create=False)
    version = warehouse.current()
    assert version is not None  # the run ended well
    rows = sum(output.rows for output in version.tables["problems"])
    (path,) = (root / "runs").glob("*.parquet")
    stages = {one["step"]: round(one["seconds"], 2) for one in pl.read_parquet(path)["timings"][0].to_list()}
    figures["job"] = {
        "problems": rows,
        "source_rows": warehouse.scan(*version.tables["problems"]).select(pl.col("folded").sum()).collect().item(),
        "load_before": load,
        "wall_seconds": round(spent.wall, 1),
        "cpu_seconds": round(spent.cpu, 1),
        "cpu_milliseconds_per_row": round(1_000 * spent.cpu / rows, 3),
        "peak_gb": round(spent.peak / 2**30, 2),
        "bytes_per_row": round(sum(path.stat().st_size for path in root.rglob("*.parquet")) / rows),
        "stage_seconds": dict(sorted(stages.items(), key=lambda one: -one[1])[:14]),
        **checked(mirror, warehouse, version),
    }
    job = figures["job"]
    holds["rows in = kept + rejected"] = job["rows_lost"] == 0
    holds["every source row is folded into its problem"] = job["wrongly_folded"] == 0
    holds["every planted conflict of answers is found, and no other"] = job["wrong_conflicts"] == 0
    holds[f"at least {FOUND_COPIES:.0%} of planted copies are found"] = job["copies_found"] >= FOUND_COPIES
    holds[f"at most {GIGABYTES:.0f} GB"] = spent.peak <= GIGABYTES * 2**30
    if rows >= FULL:
        holds[f"full size in at most {MINUTES:.0f} minutes"] = spent.wall <= 60 * MINUTES


def with_growth(result: Result, earlier: Sequence[Mapping[str, Any]]) -> Result:
    """The result with what a row costs over its cost in the smallest of the earlier results of `GROWTH_FROM` problems
    or more; unchanged where there is none."""
    job = result.figures.get("job")
    jobs = [one["figures"]["job"] for one in earlier if "job" in one["figures"]]
    base = min((one for one in jobs if one["problems"] >= GROWTH_FROM), key=lambda one: one["problems"], default=None)
    if job is None or base is None or job["problems"] <= base["problems"]:
        return result
    growth = job["cpu_milliseconds_per_row"] / base["cpu_milliseconds_per_row"]
    told = {**job, "cost_growth": {"from_problems": base["problems"], "times": round(growth, 2)}}
    criterion = f"a row costs at most {GROWTH:g} times what it does at {base['problems']:,} problems"
    return Result(result.bench, {**result.figures, "job": told}, {**result.holds, criterion: growth <= GROWTH})


def timed_run(
    warehouse: Path,
    hub: Path,
    *,
    environment: Mapping[str, str] | None = None,
    meanwhile: Callable[[int], None] = lambda pid: None,
) -> Spent:
    """`bigmath run` as a process of its own; `meanwhile` is called with it five times a second.

    Raises:
        BigMathError: it failed.
    """
    command = [sys.executable, "-m", "assets", "run", "--warehouse", str(warehouse), "--hub", str(hub)]
    started = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, **(environment or {})}
        )
        peak = 0
        while True:
            ended, status, usage = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, resident(family(child.pid)))
            meanwhile(child.pid)
            time.sleep(0.2)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise BigMathError(f"the run failed: {errors.read().decode(errors='replace')[-500:]}")
    return Spent(time.monotonic() - started, usage.ru_utime + usage.ru_stime, peak or usage.ru_maxrss * 1024)


def checked(mirror: Path, warehouse: Warehouse, version: Version) -> dict[str, Any]:
    """What the run made of what was planted: `rows_lost`, `wrongly_folded`, `wrong_conflicts`, `copies_found`."""
    scan = {name: warehouse.scan(*version.tables[name]) for name in ("problems", "decisions", "duplicates")}
    counts = {name: sum(one.rows for one in version.tables[name]) for name in ("problems", "base", "rejected")}
    truth = pl.scan_parquet(mirror / "truth" / "openmathinstruct2.parquet")
    folded = scan["problems"].filter(pl.col("source") == "openmathinstruct2").select("problem_id", "folded")
    joined = truth.join(folded, on="problem_id", how="full", coalesce=True)
    wrong = joined.filter(pl.col("rows").ne_missing(pl.col("folded"))).select(pl.len()).collect().item()
    found = scan["decisions"].filter(~pl.col("kept"), pl.col("filter") == "answer_conflict").select("problem_id")
    planted = truth.filter("conflict").select("problem_id")
    conflicts = pl.concat([found, planted]).collect()["problem_id"]
    return {
        "rows_lost": counts["problems"] - counts["base"] - counts["rejected"],
        "wrongly_folded": wrong,
        "wrong_conflicts": len(conflicts) - int(conflicts.is_duplicated().sum()),
        "copies_found": round(found_copies(mirror, scan["duplicates"]), 4),
    }


def found_copies(mirror: Path, duplicates: pl.LazyFrame) -> float:
    """The share of planted copies in a cluster with what they were copied from."""
    columns = ["problem_id", "deal", "place", "of"]
    truth = pl.concat(pl.read_parquet(path, columns=columns) for path in sorted((mirror / "truth").glob("*.parquet")))
    clusters = duplicates.filter(pl.col("method").is_in(["exact", "near"])).select("problem_id", "cluster").collect()
    origins = truth.select("deal", of="place", origin="problem_id")
    pairs = truth.filter(pl.col("of").is_not_null()).join(origins, on=["deal", "of"]).with_row_index("pair")
    mine = pairs.join(clusters, on="problem_id").select("pair", "cluster")
    theirs = pairs.join(clusters, left_on="origin", right_on="problem_id").select("pair", "cluster")
    same = mine.join(theirs, on=["pair", "cluster"])["pair"].n_unique()
    return same / max(1, pairs.height)


def _peers(
    mirror: Path,
    path: Path,
    filters: Sequence[Filter],
    figures: dict[str, Any],
    holds: dict[str, bool],
    say: Callable[[str], None],
) -> None:
    answer = pl.col("solution").str.extract(r"\\boxed\{([^{}]+)\}")
    numina = pl.scan_parquet(mirror / "AI-MO/NuminaMath-CoT/data/*.parquet")
    rows = numina.select("problem", "solution", answer=answer).collect()
    few = path.with_stem("few")
    rows.write_parquet(path)
    rows.head(SLOW_ROWS).write_parquet(few)
    figures["peers"] = {}
    for stage, names in peers.PEERS.items():
        say(f"{stage} beside {', '.join(names)}")
        ours = peers.measure(stage, path, filters)
        figures["peers"][stage] = {"ours": ours}
        for name in names:
            release = peers.package_version(name)
            if release is None:
                figures["peers"][stage][name] = "not installed"
                continue
            theirs = peers.measure(name, few if name in SLOW else path)
            ratio = ours["rows_per_second"] / theirs["rows_per_second"]
            figures["peers"][stage][name] = {**theirs, "version": release, "ratio": round(ratio, 2)}
            if name in RATIOS:
                holds[f"{stage}: at least {RATIOS[name]:g} times {name}"] = ratio >= RATIOS[name]
