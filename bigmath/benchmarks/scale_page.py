"""The page of `bigmath bench scale`: a table for each part, made anew from the results kept beside it as JSON lines."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bigmath.errors import SettingError

_STAGES = 8
"""Slowest stages named for each size."""


def add(page: Path, line: Mapping[str, Any]) -> None:
    """Adds a result to those of the page, in place of one of the same rows and parts, and writes the page again.

    Raises:
        SettingError: the page's name does not end in `.md`, or its results cannot be read.
    """
    if page.suffix != ".md":
        raise SettingError(f"--page {page}: accepted is a name that ends in .md")
    kept = [one for one in results(page) if _of(one) != _of(line)]
    kept.append(dict(line))
    kept.sort(key=lambda one: (_of(one)[0], _of(one)[1]))
    results_path(page).write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    page.write_text(render(kept, results_path(page).name), encoding="utf-8")


def results_path(page: Path) -> Path:
    """Where the results of a page are kept."""
    return page.with_suffix(".jsonl")


def results(page: Path) -> list[dict[str, Any]]:
    """The results of a page, none where it has not been written yet."""
    path = results_path(page)
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    except ValueError as error:
        raise SettingError(f"{path}: not JSON lines ({error}); accepted: what an earlier --page wrote") from error


def render(kept: Sequence[Mapping[str, Any]], source: str) -> str:
    """The page of these results."""
    lines = ["# Scale, measured", ""]
    lines += [
        "Written by `bigmath bench scale --hub DIR --rows N --page docs/benchmarks.md`; not edited by hand.",
        f"The results themselves are in `{source}`. What is measured and how: the notes in",
        "`bigmath/benchmarks/scale.py` and `bigmath/benchmarks/peers.py`; what the rows are: `sources/make_mirror.py`.",
        "Wall time says little where the load of the machine before the run is not near 0; processor time then does.",
        "",
    ]
    jobs = [one for one in kept if "job" in one["figures"]]
    lines += _jobs(jobs) if jobs else []
    lines += [line for one in jobs for line in _growth(one["figures"]["job"])]
    compared = [one for one in kept if "peers" in one["figures"]]
    if compared:
        lines += ["## Beside named peers, in one run", ""]
    for one in compared:
        lines += [f"At {one['figures']['rows_asked']:,} rows asked:", "", *_peers(one["figures"]["peers"])]
    scored = [one["figures"]["scoring"] for one in kept if "scoring" in one["figures"]]
    lines += _scoring(scored) if scored else []
    spread = [one["figures"]["ray"] for one in kept if "ray" in one["figures"]]
    lines += _ray(spread) if spread else []
    lines += ["## What must hold", ""]
    held = [
        (f"{one['figures']['rows_asked']:,}", name, "yes" if holds else "**no**")
        for one in kept
        for name, holds in one["holds"].items()
    ]
    lines += _table(("rows asked", "criterion", "holds"), held)
    lines += ["## Machine and versions", ""]
    for told in dict.fromkeys(_machine(one["figures"]["machine"]) for one in kept):
        lines += [told, ""]
    return "\n".join(lines).rstrip() + "\n"


def _of(line: Mapping[str, Any]) -> tuple[int, str]:
    figures = line["figures"]
    return figures["rows_asked"], "+".join(part for part in ("job", "peers", "ray", "scoring") if part in figures)


def _jobs(jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    head = (
        "problems",
        "source rows",
        "load before",
        "wall s",
        "processor s",
        "ms a row",
        "peak GB",
        "bytes a row on disk",
    )
    rows = [
        (f"{job['problems']:,}", f"{job['source_rows']:,}", job.get("load_before", "not recorded"),
         job["wall_seconds"], job["cpu_seconds"],
         job["cpu_milliseconds_per_row"], job["peak_gb"], f"{job['bytes_per_row']:,}")
        for job in (one["figures"]["job"] for one in jobs)
    ]  # fmt: skip
    lines = ["## The whole job without models", "", *_table(head, rows)]
    for job in (one["figures"]["job"] for one in jobs):
        slowest = list(job["stage_seconds"].items())[:_STAGES]
        told = ", ".join(f"{name} {seconds}" for name, seconds in slowest)
        lines += [f"Slowest stages at {job['problems']:,} problems, wall seconds: {told}.", ""]
    return lines


def _growth(job: Mapping[str, Any]) -> list[str]:
    if "cost_growth" not in job:
        return []
    growth = job["cost_growth"]
    told = f"A row costs {growth['times']:.2f} times as much at {job['problems']:,} problems as at"
    return [f"{told} {growth['from_problems']:,}.", ""]


def _peers(stages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows: list[Sequence[object]] = []
    for stage, named in stages.items():
        ours = named["ours"]
        rows.append((stage, "bigmath", "", f"{ours['rows']:,}", ours["rows_per_second"], "", ours["megabytes"]))
        for name, theirs in named.items():
            if name == "ours":
                continue
            if isinstance(theirs, str):
                rows.append((stage, name, theirs, "", "", "", ""))
            else:
                measured = (theirs["rows_per_second"], theirs["ratio"], theirs["megabytes"])
                rows.append((stage, name, theirs["version"], f"{theirs['rows']:,}", *measured))
    head = (
        "stage",
        "of",
        "version",
        "rows",
        "rows a second of processor time",
        "ours over theirs",
        "memory grows by, MB",
    )
    return _table(head, rows)


def _scoring(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    head = (
        "requests", "load before", "model", "vLLM", "tokens a second", "of the bare loop", "same tokens",
        "more wall time", "more processor time",
    )  # fmt: skip
    rows = [
        (f"{run['requests_compared']:,}", run["load_before"], run["model"], run["vllm"], run["tokens_per_second"],
         run["bare_tokens_per_second"], "yes" if run["same_tokens"] else "**no**", f"{run['overhead']:+.1%}",
         f"{run['overhead_of_processor_time']:+.1%}")
        for run in runs
    ]  # fmt: skip
    return ["## Scoring beside a bare vLLM loop, in turns", "", *_table(head, rows)]


def _ray(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    head = (
        "problems", "load before", "one process, wall s", "Ray", "on Ray, wall s", "workers", "one killed after s",
        "speed over one process", "peak GB in one process", "peak GB on Ray",
    )  # fmt: skip
    rows = [
        (f"{run['problems']:,}", run["load_before"], run["one_process"]["wall_seconds"], run["version"],
         run["on_ray"]["wall_seconds"], run["workers"], run["killed_after_seconds"], run["speed_over_one_process"],
         run["one_process"]["peak_gb"], run["on_ray"]["peak_gb"])
        for run in runs
    ]  # fmt: skip
    return ["## On Ray, a worker killed in mid-run", "", *_table(head, rows)]


def _machine(machine: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['system']}, {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; {versions}."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows), ""]
