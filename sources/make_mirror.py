r"""A mirror of the Hub at full size, made from the real rows of a smaller one: `python -m sources.make_mirror`.

    python -m sources.make_mirror HUB TARGET [--rows 1000000] [--seed 1]

Every repository has the columns, files and, without `--rows`, the row counts it has on the Hub (`COUNTS`); `--rows` is
the number of distinct problems over all five, shared out in the same proportions. MATH and HARP are their own rows;
Omni-MATH, NuminaMath-CoT and OpenMathInstruct-2 are dealt from templates (`bigmath.benchmarks.variations`): a tenth of
the rows has a tenth of the templates, so that the cost of a row is comparable between sizes. OpenMathInstruct-2 repeats
a problem 23 times on average, over all its files, with a share of problems whose answers disagree.

What was made is written beside it, in `truth/`: one Parquet file a source with `problem_id`, the columns of
`VARIATIONS`, and of OpenMathInstruct-2 `rows` and `conflict`; `made.json` says what was asked for. A mirror is written
to a temporary name and renamed. Memory holds OpenMathInstruct-2's distinct problems and the order of its rows, 1.5 GB
at full size.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from bigmath.benchmarks.variations import Deal, Template, is_template, variations
from bigmath.errors import SettingError
from bigmath.hub import Files, FolderFiles
from bigmath.problem import Problem, problem_id
from bigmath.tabular import Columns, read_rows
from bigmath.workers import map_rows
from sources.benchmarks import BENCHMARKS
from sources.harp import Harp
from sources.hendrycks_math import HendrycksMath
from sources.numina import NUMINA_15, Numina
from sources.omni_math import OmniMath
from sources.openmathinstruct2 import OpenMathInstruct2

COUNTS: Mapping[str, int] = {
    "math": 12_500, "harp": 9_200, "omni_math": 4_428, "numina": 859_494, "openmathinstruct2": 607_324,
}  # fmt: skip
"""Distinct problems of each source, from its card on the Hub; NuminaMath's are its rows."""
FULL = sum(COUNTS.values())
ROWS_PER_PROBLEM = 13_972_791 / 607_324
"""Of OpenMathInstruct-2's split train (its card; arXiv 2410.01560)."""
SUBSETS: Mapping[str, int] = {
    "cn_k12": 276_591, "synthetic_math": 167_895, "orca_math": 153_334, "olympiads": 150_581,
    "synthetic_amc": 62_111, "aops_forum": 30_201, "math": 7_478, "gsm8k": 7_345, "amc_aime": 4_072,
}  # fmt: skip
"""Rows of NuminaMath-CoT by subset (its card)."""
CONFLICTS, RESPELLED, RESIDUE = 0.008, 0.03, 0.003
"""Shares of OpenMathInstruct-2's problems: answers that disagree, answers spelled in two ways, text left of generation.
The paper drops 1.17 % of the problems for the first and the last (arXiv 2501.04682, Table 3)."""
_MADE = "truth/made.json"
_PER_TEMPLATE = 40
_SLICE = 50_000
_SHARDS = 32
_GROUP_ROWS = 20_000


@dataclass(frozen=True)
class Pools:
    """Templates by the kind of problem they are."""

    school: list[Template]
    contest: list[Template]
    olympiad: list[Template]
    word: list[Template]


def make_mirror(hub: Path, target: Path, rows: int = FULL, seed: int = 1) -> dict[str, int]:
    """Writes the mirror and returns the rows written by repository.

    Raises:
        SettingError: the target exists, or there are fewer than 1,000 rows.
        SourceError: the mirror it is made from lacks a source.
    """
    if target.exists():
        raise SettingError(f"{target} exists; name a folder that does not")
    if rows < 1_000:
        raise SettingError(f"--rows {rows}: accepted are 1,000 and more")
    share = min(1.0, rows / FULL)
    files = FolderFiles(hub)
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "truth").mkdir(parents=True)
    counts = _whole(hub, unfinished, share)
    pools = _pools(hub, files)
    for name, write in (("omni_math", _omni), ("numina", _numina), ("openmathinstruct2", _instruct)):
        repository = {"omni_math": OmniMath(), "numina": Numina(), "openmathinstruct2": OpenMathInstruct2()}[name]
        folder = unfinished / repository.repository
        folder.mkdir(parents=True)
        counts[repository.repository] = write(pools, folder, round(COUNTS[name] * share), seed)
    (unfinished / _MADE).write_text(json.dumps({"rows": rows, "seed": seed}) + "\n", encoding="utf-8")
    unfinished.rename(target)
    return counts


def made_rows(hub: Path) -> int | None:
    """How many rows a mirror was asked for; None where the folder is no mirror made here."""
    try:
        return int(json.loads((hub / _MADE).read_text(encoding="utf-8"))["rows"])
    except FileNotFoundError:
        return None


def _whole(hub: Path, target: Path, share: float) -> dict[str, int]:
    """Copies the benchmarks, and of MATH and HARP the first rows of each file."""
    counts = {}
    for benchmark in BENCHMARKS.values():
        shutil.copytree(hub / benchmark.repository, target / benchmark.repository)
    for source in (HendrycksMath(), Harp()):
        counts[source.repository] = 0
        for file in source.locate(FolderFiles(hub)).files:
            place = target / source.repository / file.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if share == 1.0:
                shutil.copyfile(file.path, place)
                continue
            values = [row.values for row in read_rows(file.path, Columns({}, rest=True))]
            kept = pl.DataFrame(values[: max(1, round(len(values) * share))], infer_schema_length=None)
            # a zipped file of lines becomes Parquet, which is read alike
            kept.write_parquet(place.with_name(place.name.split(".")[0] + ".parquet"), compression="zstd")
            counts[source.repository] += kept.height
    return counts


def _pools(hub: Path, files: Files) -> Pools:
    numina = list(Numina().read(files))
    math = [one for one in HendrycksMath().read(files) if one.source_split == "train"]
    contest = [*(one for one in numina if one.subset in ("amc_aime", "synthetic_amc")), *Harp().read(files)]
    school = [*(one for one in numina if one.subset in ("cn_k12", "synthetic_math")), *math]
    olympiad = list(OmniMath().read(files))
    if (hub / NUMINA_15.repository).is_dir():
        olympiad += NUMINA_15.read(files)
    pools = Pools(_templates(school), _templates(contest), _templates(olympiad), _word_problems(hub))
    if not pools.word:
        pools = Pools(pools.school, pools.contest, pools.olympiad, pools.school)
    return pools


def _templates(problems: Sequence[Problem]) -> list[Template]:
    """Of problems with an answer or a solution; those that differ in the case of letters and spaces only are one."""
    found: dict[str, Template] = {}
    for one in problems:
        solution = one.solutions[0] if one.solutions else ""
        if is_template(one.problem) and (one.answer or solution):
            closing = "" if "\\boxed" in solution else f" The answer is $\\boxed{{{one.answer or ''}}}$."
            found.setdefault(
                "".join(one.problem.lower().split()), Template(one.problem, solution + closing, one.answer)
            )
    return [found[key] for key in sorted(found)]


def _word_problems(hub: Path) -> list[Template]:
    """GSM8K's training rows, where the mirror has them."""
    found = []
    for path in sorted(hub.glob("openai/gsm8k/main/train-*")):
        for row in read_rows(path, Columns({"question": "text", "answer": "text"})):
            solution, _, answer = (row.text("answer") or "").partition("####")
            if is_template(statement := row.text("question") or ""):
                found.append(Template(statement, f"{solution}\n$\\boxed{{{answer.strip()}}}$", answer.strip()))
    return found


_DEALS = ["omni_math", *(f"numina/{name}" for name in SUBSETS), "augmented_math", "augmented_gsm8k"]
"""No two of them make the same variant of a template they share."""


def _deal(name: str, templates: Sequence[Template], rows: int, seed: int, copies: float = 0.05) -> Deal:
    count = max(1, min(len(templates), -(-rows // _PER_TEMPLATE)))
    number = _DEALS.index(name)
    order = np.random.default_rng([seed, number]).permutation(len(templates))[:count]
    return Deal(name, tuple(templates[at] for at in order), copies, step=len(_DEALS), first=number + 1, seed=seed)


def _made(deal: Deal, rows: int) -> Iterator[pl.DataFrame]:
    for first in range(0, rows, _SLICE):
        places = pl.DataFrame({"place": range(first, min(first + _SLICE, rows))}, schema={"place": pl.Int64})
        yield map_rows(variations, places, deal)


def _omni(pools: Pools, folder: Path, rows: int, seed: int) -> int:
    made = pl.concat(_made(_deal("omni_math", pools.olympiad, rows * _PER_TEMPLATE // 2, seed), rows))
    made.select(
        domain=pl.lit(["Mathematics -> Other"]),
        difficulty=(pl.col("template") % 9 + 1).cast(pl.Float64),
        problem="problem",
        solution="solution",
        answer="answer",
        source=pl.lit("made"),
    ).write_parquet(folder / "test.parquet", compression="zstd")
    _truth(made, "omni_math", folder)
    return made.height


def _numina(pools: Pools, folder: Path, rows: int, seed: int) -> int:
    """Subsets are dealt apart, each from templates of its kind, and mixed within slices of the file."""
    kinds = {"orca_math": pools.word, "gsm8k": pools.word, "olympiads": pools.olympiad, "aops_forum": pools.olympiad}
    kinds |= {"synthetic_amc": pools.contest, "amc_aime": pools.contest}
    total = sum(SUBSETS.values())
    counts = {name: round(rows * count / total) for name, count in SUBSETS.items()}
    counts["cn_k12"] += rows - sum(counts.values())
    (folder / "data").mkdir()
    truth, written = [], 0
    parts = -(-rows // 172_000)  # five files at full size, as on the Hub
    step = -(-rows // parts)
    streams = {
        name: _made(_deal(f"numina/{name}", kinds.get(name, pools.school), count, seed), count)
        for name, count in counts.items()
    }
    held = {name: next(stream) for name, stream in streams.items()}
    for part in range(parts):
        taken = []
        for name, count in counts.items():
            wanted = count * (part + 1) // parts - count * part // parts
            while held[name].height < wanted:
                held[name] = pl.concat([held[name], next(streams[name])])
            taken.append(held[name].head(wanted).with_columns(source=pl.lit(name)))
            held[name] = held[name].slice(wanted)
        mixed = pl.concat(taken).sample(fraction=1.0, shuffle=True, seed=seed + part)
        mixed.select(
            "source",
            "problem",
            "solution",
            messages=pl.concat_list(
                pl.struct(content="problem", role=pl.lit("user")),
                pl.struct(content="solution", role=pl.lit("assistant")),
            ),
        ).write_parquet(
            folder / f"data/train-{part:05}-of-{parts:05}.parquet", compression="zstd", row_group_size=_GROUP_ROWS
        )
        truth.append(_told(mixed.with_columns(pl.concat_str(pl.lit("numina/"), "source").alias("deal")), "numina"))
        written += mixed.height
    pl.concat(truth).write_parquet(_truth_path(folder, "numina"), compression="zstd")
    assert written == rows, f"{written} rows made of {rows}, step {step}"
    return written


def _instruct(pools: Pools, folder: Path, problems: int, seed: int) -> int:
    """Rows of one problem lie anywhere in the files, as in the set itself."""
    kinds = {"augmented_math": pools.school, "augmented_gsm8k": pools.word}
    frames = []
    for name, share in (("augmented_math", 0.85), ("augmented_gsm8k", 0.15)):
        count = round(problems * share) if name == "augmented_math" else problems - round(problems * 0.85)
        for made in _made(_deal(name, kinds[name], count, seed, copies=0.01), count):
            subset = pl.when(pl.col("turn") == 0).then(pl.lit(name.removeprefix("augmented_"))).otherwise(pl.lit(name))
            frames.append(made.with_columns(problem_source=subset, deal=pl.lit(name)))
    made = pl.concat(frames).unique("problem", keep="first", maintain_order=True)
    rng = np.random.default_rng(seed)
    luck = rng.random(made.height)
    counts = _row_counts(made.height, round(made.height * ROWS_PER_PROBLEM), rng)
    answer = pl.col("answer").fill_null("0")
    made = made.with_columns(
        answer=answer,
        rows=pl.Series(counts),
        conflict=pl.Series(luck < CONFLICTS) & (pl.Series(counts) > 1),
        respelled=pl.Series((luck >= CONFLICTS) & (luck < CONFLICTS + RESPELLED)),
        problem=pl.when(pl.Series(luck > 1 - RESIDUE))
        .then(pl.col("problem") + "\n\nHere's the new problem: do you want to solve it?")
        .otherwise("problem"),
    )
    order = np.repeat(np.arange(made.height, dtype=np.int32), counts)
    rng.shuffle(order)
    nth = _nth(order, made.height)
    (folder / "data").mkdir()
    shards = max(1, round(_SHARDS * problems / COUNTS["openmathinstruct2"]))
    for shard, (rows, times) in enumerate(zip(np.array_split(order, shards), np.array_split(nth, shards), strict=True)):
        path = folder / f"data/train-{shard:05}-of-{shards:05}.parquet"
        _solved_rows(made[rows], times).write_parquet(path, compression="zstd", row_group_size=_GROUP_ROWS)
    told = _told(made, "openmathinstruct2", "rows", "conflict")
    told.write_parquet(_truth_path(folder, "openmathinstruct2"), compression="zstd")
    return len(order)


def _row_counts(problems: int, rows: int, rng: np.random.Generator) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """How often each problem is repeated: at least once, `rows` in all, some twice as often as others."""
    counts: np.ndarray[tuple[int], np.dtype[np.int64]] = 1 + rng.multinomial(
        rows - problems, rng.dirichlet(np.full(problems, 2.0))
    )
    return counts


def _nth(
    order: "np.ndarray[tuple[int], np.dtype[np.int32]]", problems: int
) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Of each row, how many rows of its problem come before it."""
    by_problem = np.argsort(order, kind="stable")
    starts = np.searchsorted(order[by_problem], np.arange(problems))
    nth = np.empty(len(order), dtype=np.int32)
    nth[by_problem] = np.arange(len(order)) - starts[order[by_problem]]
    return nth


def _solved_rows(rows: pl.DataFrame, nth: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> pl.DataFrame:
    """Solutions of one problem differ in their first and last words; the second, sixth, ... answer may be another."""
    turn = pl.Series("nth", nth)
    other = turn % 4 == 1
    opening = pl.Series(_OPENINGS).gather(turn % len(_OPENINGS))
    respelled = pl.concat_str(pl.lit(" "), "answer", pl.lit("\\,"))
    expected = (
        pl.when(pl.col("conflict") & other)
        .then(pl.concat_str(pl.lit("7 + "), "answer"))
        .when(pl.col("respelled") & other)
        .then(respelled)
        .otherwise("answer")
    )
    text = pl.concat_str(
        opening, "problem", pl.lit("\n\n"), "solution", pl.lit("\n\nTherefore, the answer is $\\boxed{"), expected,
        pl.lit("}$."),
    )  # fmt: skip
    return rows.select("problem", generated_solution=text, expected_answer=expected, problem_source="problem_source")


_OPENINGS = [
    "We are asked the following. ", "Let us restate what is given: ", "To solve this, recall the statement: ",
    "Let's think step by step. ", "First we write down what we know: ", "The problem says: ",
    "Start from the statement. ",
]  # fmt: skip


def _told(made: pl.DataFrame, name: str, *more: str) -> pl.DataFrame:
    ids = [problem_id(name, text) for text in made["problem"]]
    deal = pl.col("deal") if "deal" in made.columns else pl.lit(name)
    return made.select(
        pl.Series("problem_id", ids), deal.alias("deal"), "place", "template", "turn", "edit", "of", *more
    )


def _truth(made: pl.DataFrame, name: str, folder: Path) -> None:
    _told(made, name).write_parquet(_truth_path(folder, name), compression="zstd")


def _truth_path(folder: Path, name: str) -> Path:
    return folder.parents[1] / "truth" / f"{name}.parquet"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sources.make_mirror", description=__doc__)
    parser.add_argument("hub", type=Path, help="a folder laid out like the Hub, with real rows")
    parser.add_argument("target", type=Path)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for repository, rows in make_mirror(asked.hub, asked.target, asked.rows, asked.seed).items():
        print(f"{rows:10,} {repository}")
