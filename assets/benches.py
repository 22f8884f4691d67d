"""The benchmarks by name: each adapter gives its benchmark the data, sources and filters that `bigmath` must not know.

An adapter takes `say`, and of the command's options (`hub`, `gold`, `part`, `rows`, `figures`, `page`, `prm`) those
that its parameters name. The benchmarks themselves are in `bigmath.benchmarks` and are imported when they run.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from assets.bare_run import command
from assets.plan import files_named, profile_named
from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError, SettingError
from bigmath.filtering import decide
from bigmath.hub import FolderFiles
from bigmath.ingest import ingest
from bigmath.outputs import Output
from bigmath.problem import Problem, to_frame
from bigmath.source import BENCHMARKS as BENCHMARK_ROWS
from filters import FILTERS
from sources import SOURCES
from sources.benchmarks import BENCHMARKS

Say = Callable[[str], None]


def _job(say: Say, hub: str = "sample") -> Result:
    from bigmath.benchmarks import job  # noqa: PLC0415 - as in all of these, only where it runs

    return job.run(hub, say=say)


def _verify(say: Say, hub: str = "sample", gold: Path | None = None, part: str | None = None) -> Result:
    from bigmath.benchmarks import verifying  # noqa: PLC0415

    return verifying.run(SOURCES, files_named(hub), gold, part, say)


def _filters(say: Say, hub: str = "sample") -> Result:
    from bigmath.benchmarks import filters  # noqa: PLC0415

    return filters.run(_problems(hub, list(SOURCES)), profile_named("default").asked(), say)


def _decontaminate(say: Say, hub: str = "sample") -> Result:
    """HARP is left out of the clean rows: it holds the AIME and AMC problems in other words."""
    from bigmath.benchmarks import decontaminate  # noqa: PLC0415

    rows = _problems(hub, [name for name in SOURCES if name != "harp"])
    return decontaminate.run(rows.select("problem_id", "source", "problem", "answer"), _benchmark_rows(hub), say)


def _score(say: Say, rows: int | None = None, part: str | None = None) -> Result:
    from bigmath.benchmarks import score  # noqa: PLC0415

    return score.run(say, rows or score.ROWS, part)


def _adaptive(say: Say, rows: int = 4_000) -> Result:
    from bigmath.benchmarks import adaptive  # noqa: PLC0415

    return adaptive.run(say, rows)


def _serve(say: Say) -> Result:
    from bigmath.benchmarks import serve  # noqa: PLC0415

    return serve.run(say)


def _rl(say: Say, part: str | None = None) -> Result:
    from rl_hooks import bench_rl  # noqa: PLC0415

    return bench_rl.run(_run_sample, _asks_proof, part, say)


def _train(say: Say, part: str | None = None, figures: Path | None = None) -> Result:
    from assets.model_runs import make_sums  # noqa: PLC0415
    from rl_hooks import bench_train  # noqa: PLC0415

    def make(root: Path, settings: dict[str, Any], tables: tuple[str, ...]) -> dict[str, Output]:
        return make_sums(root, settings, tables, say)

    return bench_train.run(make, part, figures, say)


def _run_sample(root: Path, hub: str = "sample") -> None:
    command = [sys.executable, "-m", "assets", "run", "--warehouse", str(root), "--hub", hub]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        raise BigMathError(f"the job on {hub} failed; `bigmath run --hub {hub}` says why")


def _asks_proof(statement: str) -> bool:
    problem = Problem(
        problem_id="windmill", source="imo", subset="", problem=statement, answer=None, answer_from="none", license="",
        repository="", revision="", config="", source_split="", row=0,
    )  # fmt: skip
    return not decide(to_frame([problem]), [FILTERS["proof"]()])["kept"][0]


def _release(say: Say, hub: str = "sample", part: str | None = None, rows: int | None = None) -> Result:
    """Parts that compare with what is known of the sample need it; `page` and `read` are also of use on more rows."""
    from bigmath.benchmarks import release  # noqa: PLC0415

    return release.run(lambda root: _run_sample(root, hub), part, say, rows)


def _search(
    say: Say,
    part: str | None = None,
    figures: Path | None = None,
    hub: str = "sample",
    gold: Path | None = None,
    prm: Path | None = None,
) -> Result:
    """The part `model` takes problems of MATH's level 1 from the hub folder, `processbench` its cases from `gold`."""
    from bigmath.benchmarks import search  # noqa: PLC0415
    from rl_hooks.bench_model import model  # noqa: PLC0415
    from rl_hooks.bench_processbench import processbench, read_folder  # noqa: PLC0415
    from rl_hooks.bench_search import PARTS  # noqa: PLC0415

    def with_model(say: Say, figures: Path | None) -> Result:
        del figures  # it draws nothing
        easy = (pl.col("level") == 1) & pl.col("answer").is_not_null()
        return model(_problems(hub, ["math"]).filter(easy).sort("problem_id"), say)

    def with_cases(say: Say, figures: Path | None) -> Result:
        del figures  # it draws nothing
        return processbench(cases, prm, say)

    if part != "processbench" and (gold or prm):
        raise SettingError("--gold and --prm are for the part processbench: --part processbench")
    cases = read_folder(gold) if part == "processbench" else {}
    return search.run(part, figures, {**PARTS, "model": with_model, "processbench": with_cases}, say)


def _reformulate(say: Say, hub: str = "sample") -> Result:
    from bigmath.benchmarks import reformulating  # noqa: PLC0415

    return reformulating.run(SOURCES["harp"], files_named(hub), say)


def _topics(say: Say, hub: str = "sample") -> Result:
    from bigmath.benchmarks import topics  # noqa: PLC0415

    return topics.run(SOURCES, files_named(hub), say)


def _dedup(say: Say, hub: str = "sample", rows: int | None = None) -> Result:
    from bigmath.benchmarks import dedup  # noqa: PLC0415

    return dedup.run(_problems(hub, list(SOURCES))["problem"].drop_nulls().to_list(), rows or dedup.ROWS, say)


def _scale(
    say: Say, hub: str = "sample", rows: int | None = None, part: str | None = None, page: Path | None = None
) -> Result:
    """The peers are asked for the filters that Big-Math has, too. A mirror that was made before is used as it is."""
    from bigmath.benchmarks import scale, scale_page  # noqa: PLC0415
    from sources.make_mirror import made_rows, make_mirror  # noqa: PLC0415

    real = files_named(hub)
    if not isinstance(real, FolderFiles):
        raise SettingError("benchmark scale makes its rows from a folder: --hub DIR or --hub sample")
    filters = [one for one in profile_named("default").asked() if one.name in scale.COMPARED]
    made = made_rows(real.root)

    def make(target: Path, count: int) -> Path:
        if made is not None:
            return real.root
        make_mirror(real.root, target, count)
        return target

    count = rows if part == "scoring" else made or rows
    result = scale.run(make, filters, count or scale.rows_of(part), part, say)
    if page is not None:
        result = scale.with_growth(result, scale_page.results(page))
        scale_page.add(page, result.line())
    return result


def _semantic(say: Say, hub: str = "sample", rows: int | None = None) -> Result:
    """OpenMathInstruct-2 is left out: its problems are written from those of MATH and GSM8K."""
    from bigmath.benchmarks import semantic  # noqa: PLC0415

    problems = _problems(hub, [name for name in SOURCES if name != "openmathinstruct2"])
    problems = problems.sample(min(rows or problems.height, problems.height), seed=semantic.SEED)
    return semantic.run(problems.select("problem_id", "problem", "answer", "solutions", "synthetic"), say)


def _faults(say: Say, hub: str = "sample", part: str | None = None) -> Result:
    """Two sources, so that a hundred runs take minutes; duplicates between them are there."""
    from bigmath.benchmarks import faults  # noqa: PLC0415

    return faults.run(lambda root: command(root, hub, ["harp", "omni_math"]), part, faults.KILLS, say)


def _problems(hub: str, sources: list[str]) -> pl.DataFrame:
    files = files_named(hub)
    return pl.concat([frame for name in sources for frame in ingest(SOURCES[name], files)])


def _benchmark_rows(hub: str) -> pl.DataFrame:
    files = files_named(hub)
    rows = [
        (row.benchmark, row.row, row.problem, row.answer, None)
        for one in BENCHMARKS.values()
        for row in one.read(files)
    ]
    return pl.DataFrame(rows, schema=BENCHMARK_ROWS, orient="row")


BENCHES: Mapping[str, Callable[..., Result]] = {
    "job": _job,
    "verify": _verify,
    "filters": _filters,
    "decontaminate": _decontaminate,
    "score": _score,
    "adaptive": _adaptive,
    "serve": _serve,
    "rl": _rl,
    "train": _train,
    "release": _release,
    "search": _search,
    "reformulate": _reformulate,
    "topics": _topics,
    "dedup": _dedup,
    "semantic": _semantic,
    "faults": _faults,
    "scale": _scale,
}
