"""Names and paths, as a user gives them, become the plan of a job; what cannot be used is refused before it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bigmath.errors import SettingError
from bigmath.hub import Files, FolderFiles, HubFiles, sample_files
from bigmath.job import Job, code_fingerprint
from bigmath.runs import LIBRARIES
from bigmath.sentence_model import EXTRA, missing
from bigmath.source import Benchmark, Source
from bigmath.stages import STEPS, Plan
from bigmath.store import Warehouse
from bigmath.tabular import READABLE
from filters.profiles import PROFILES, Profile, with_settings
from sources import SOURCES
from sources.benchmarks import BENCHMARKS, BenchmarkFile
from sources.harp import Harp
from sources.user_file import UserFile


def profile_named(name: str) -> Profile:
    """The profile of this name; `SettingError` lists those there are."""
    if name not in PROFILES:
        raise SettingError(f"no profile {name!r}; there are: {', '.join(PROFILES)}")
    return PROFILES[name]()


def runnable(profile: Profile) -> tuple[Profile, str | None]:
    """The profile with what can run here, and a line on what was left out for want of an extra, if anything was."""
    if profile.semantic is None or not (names := missing()):
        return profile, None
    line = f"note: without semantic_duplicate, which needs {', '.join(names)}: pip install '{EXTRA}'"
    return replace(profile, semantic=None), line


def files_named(hub: str) -> Files:
    """`sample`, `hub`, or a folder; `SettingError` for anything else."""
    if hub == "sample":
        return sample_files()
    if hub == "hub":
        return HubFiles()
    if not Path(hub).is_dir():
        raise SettingError(f"--hub {hub}: no such folder; accepted: sample, hub, or a folder laid out like the Hub")
    return FolderFiles(Path(hub))


def split_names(named: Sequence[str]) -> tuple[list[str], list[str]]:
    """What `--source` was given, as (names of data sets, paths of files)."""
    names = [one for one in named if one in SOURCES]
    files = [one for one in named if one not in SOURCES]
    for one in files:
        if not Path(one).is_file():
            found = "a folder, no file" if Path(one).is_dir() else "no source or file"
            raise SettingError(f"{one}: {found}; accepted: {', '.join(SOURCES)}, or a file ({', '.join(READABLE)})")
    return names, files


def source_names(sources: Sequence[str], files: Sequence[str]) -> list[str]:
    """The partitions of a run."""
    return list(_sources(profile_named("default"), sources, files))


def build_job(
    *,
    warehouse: str | Path,
    hub: str,
    profile: str,
    sources: Sequence[str] = (),
    files: Sequence[str] = (),
    source_license: str = "unknown",
    benchmarks: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Job[Plan]:
    """The job of these settings over a warehouse, which is made where it is missing.

    Args:
        sources: names of data sets; all of them where neither these nor `files` are given.
        files: a user's own files, each a source of its own, named by its stem.
        source_license: theirs, an SPDX identifier.
        benchmarks: a user's own test sets to keep out, beside those of the profile: files with their problems.
        settings: of the profile's filters and stages, where they are not to be the profile's.
    """
    chosen, _ = runnable(with_settings(profile_named(profile), settings or {}))
    plan = Plan(
        profile=profile,
        sources=_sources(chosen, sources, files, source_license),
        files=files_named(hub),
        filters=chosen.asked(),
        benchmarks=benchmarks_named(benchmarks, {name: BENCHMARKS[name] for name in chosen.benchmarks}),
        near=chosen.near,
        semantic=chosen.semantic,
        ngram=chosen.ngram,
    )
    code = code_fingerprint(("bigmath", "sources", "filters"), LIBRARIES)
    return Job(Warehouse.open(warehouse), steps=STEPS, sources=list(plan.sources), plan=plan, code=code)


def benchmarks_named(names: Sequence[str], beside: Mapping[str, Benchmark] = {}) -> Mapping[str, Benchmark]:
    """Known benchmarks and users' files, with those they are asked `beside`, by name.

    Raises:
        SettingError: no such benchmark or file, or two of one name.
    """
    chosen = dict(beside)
    for name in names:
        one = _benchmark_named(name)
        if one != chosen.setdefault(one.name, one):
            raise SettingError(f"{name}: a benchmark is already called {one.name!r}; rename the file")
    return chosen


def _benchmark_named(name: str) -> Benchmark:
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    if Path(name).is_file():
        return BenchmarkFile(Path(name).stem, Path(name))
    raise SettingError(f"no benchmark or file {name!r}; accepted: {', '.join(BENCHMARKS)}, or a file with its problems")


def _sources(
    profile: Profile, named: Sequence[str], files: Sequence[str], license: str = "unknown"
) -> Mapping[str, Source]:
    if unknown := [one for one in named if one not in SOURCES]:
        raise SettingError(f"no source {unknown[0]!r}; there are: {', '.join(SOURCES)}")
    names = named if named or files else list(SOURCES)
    chosen: dict[str, Source] = {name: SOURCES[name] for name in SOURCES if name in names}
    if isinstance(harp := chosen.get("harp"), Harp):
        chosen["harp"] = replace(harp, subsets=profile.harp_subsets)
    for path in files:
        own = UserFile(Path(path), license)
        if own.name in chosen:
            raise SettingError(f"{path}: a source is already called {own.name!r}; rename the file")
        chosen[own.name] = own
    return chosen
