"""What models are trained on: one row shape for fine-tuning and reinforcement learning, from sums made here or from a
published warehouse.

    sums      two numbers to add: learnt from scratch on a CPU in minutes. Some solutions show their work column by
              column, the others only the box, so that reinforcement can find out that work pays
    strict    the curated problems: `prompt` is the statement, `solution` the first one that the source gives

Held-out rows are never trained on: of sums by a hash of the id, of `strict` by the warehouse's own splits.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from bigmath.errors import SettingError
from bigmath.outputs import Version
from bigmath.store import Warehouse
from rl_hooks.export import INSTRUCTION
from rl_hooks.rows import Band, LeakError, read_rows, refuse_leaks
from rl_hooks.stages import is_held_out

TRAINING_ROWS = pl.Schema(
    {
        "problem_id": pl.String(),
        "source": pl.String(),
        "level": pl.Float64(),
        "split": pl.String(),
        "prompt": pl.String(),
        "solution": pl.String(),
        "answer": pl.String(),
        "solve_rate": pl.Float64(),
    }
)
"""One question; `split` is train or held_out; a row without `solution` is not fine-tuned on."""

TASKS = ("sums", "strict")


@dataclass(frozen=True)
class TaskSettings:
    """Which rows a task has."""

    warehouse: str = "warehouse"
    """`strict`: the published warehouse that is read."""
    count: int = 6_000
    """`sums`: how many; `strict`: most rows trained on, 0 for all."""
    held_out: int = 300
    """Most held-out rows: what is measured costs time."""
    digits: int = 3
    """`sums`: most digits of a number."""
    worked: float = 0.5
    """`sums`: share of the solutions that show their work; the others are the box alone."""
    seed: int = 0
    least: float = 0.0
    most: float = 1.0
    """Band of solve rates, where they were measured (see `rl_hooks.rows.Band`)."""


def rows_of(task: str, settings: TaskSettings) -> pl.DataFrame:
    """`TRAINING_ROWS` of a task.

    Raises:
        SettingError: there is no such task, or nothing is published.
        LeakError: a held-out problem is among the rows trained on.
    """
    if task == "sums":
        return _sums(settings)
    if task == "strict":
        return _strict(settings)
    raise SettingError(f"no task {task!r} to train on; there are: {', '.join(TASKS)}")


def work(left: int, right: int, columns: int) -> str:
    """Each column from the last on, a line each: both digits, what is carried into it, and their sum; then the box.

    47 + 85 in two columns is 7+5+0=12, 4+8+1=13 and the boxed 132.
    """
    lines, carry = [], 0
    for one, other in zip(f"{left:0{columns}}"[::-1], f"{right:0{columns}}"[::-1], strict=True):
        total = int(one) + int(other) + carry
        lines.append(f"{one}+{other}+{carry}={total:02}")
        carry = total // 10
    return "\n".join([*lines, f"\\boxed{{{left + right}}}"])


def _sums(settings: TaskSettings) -> pl.DataFrame:
    """Different sums drawn by seed; the level is the digits of the longer number."""
    dice = random.Random(f"sums/{settings.seed}")
    pairs = [pair for pair, _ in zip(_pairs(dice, settings.digits), range(settings.count), strict=False)]
    rows, held = [], 0
    for left, right in pairs:
        name = f"sums:{left}+{right}"
        out = is_held_out(name, 0.2)
        held += out
        if out and held > settings.held_out:
            continue
        level = float(max(len(str(left)), len(str(right))))
        split = "held_out" if out else "train"
        steps = work(left, right, settings.digits)
        solution = steps if dice.random() < settings.worked else steps.splitlines()[-1]
        # of one width: a small model finds the digits of a column by their place
        asked = f"{left:0{settings.digits}}+{right:0{settings.digits}}\n"
        rows.append((name, "sums", level, split, asked, solution, str(left + right), None))
    return pl.DataFrame(rows, schema=TRAINING_ROWS, orient="row")


def _pairs(dice: random.Random, digits: int) -> Iterator[tuple[int, int]]:
    seen: set[tuple[int, int]] = set()
    possible = sum(9 * 10 ** (size - 1) for size in range(1, digits + 1)) ** 2
    while len(seen) < possible:
        pair = (_number(dice, digits), _number(dice, digits))
        if pair not in seen:
            seen.add(pair)
            yield pair


def _number(dice: random.Random, digits: int) -> int:
    size = dice.randint(1, digits)
    return dice.randrange(10 ** (size - 1), 10**size)


def published(settings: TaskSettings) -> tuple[Warehouse, Version]:
    """The warehouse of `strict` and its current version.

    Raises:
        SettingError: nothing is published there.
    """
    warehouse = Warehouse.open(settings.warehouse)
    version = warehouse.current()
    if version is None or not version.tables.get("strict"):
        raise SettingError(f"no table strict is published in {warehouse.root}", hint="bigmath run")
    return warehouse, version


def _strict(settings: TaskSettings) -> pl.DataFrame:
    """Training rows in the band, and the validation split to measure on."""
    warehouse, version = published(settings)
    band = Band(least=settings.least, most=settings.most)
    parts = []
    for split, name, most in (("train", "train", settings.count), ("validation", "held_out", settings.held_out)):
        rows = read_rows(warehouse, version, table="strict", split=split, model=None)
        if name == "train":
            rows = rows.filter(band.keeps())
        rows = rows.sample(min(most or rows.height, rows.height), seed=settings.seed).with_columns(split=pl.lit(name))
        parts.append(rows)
    rows = pl.concat(parts)
    refuse_leaks(warehouse, version, rows)
    solutions = warehouse.scan(*version.tables["strict"]).select(
        "problem_id", solution=pl.col("solutions").list.first()
    )
    return (
        rows.lazy()
        .join(solutions, on="problem_id", how="left", maintain_order="left")
        .with_columns(prompt=pl.col("problem") + f"\n\n{INSTRUCTION}")
        .select(pl.col(name).cast(kind) for name, kind in TRAINING_ROWS.items())
        .collect()
    )


def statement() -> pl.Expr:
    """The problem within the prompt of `strict`, without the instruction after it."""
    return pl.col("prompt").str.strip_suffix(f"\n\n{INSTRUCTION}")


def refuse_shared(rows: pl.DataFrame) -> int:
    """How many held-out statements the training rows were compared with, by id and by prompt.

    Raises:
        LeakError: one of them is trained on.
    """
    held, trained = rows.filter(split="held_out"), rows.filter(split="train")
    shared = trained.filter(
        pl.col("problem_id").is_in(held["problem_id"].implode()) | pl.col("prompt").is_in(held["prompt"].implode())
    )
    if shared.height:
        named = ", ".join(shared["problem_id"].head(5))
        raise LeakError(f"{shared.height:,} of {trained.height:,} rows to train on are held out, such as {named}")
    return held.height
