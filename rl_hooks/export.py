"""`bigmath export rl`: a training and a held-out file as one framework reads them, a README, and their origin.

The folder appears whole or not at all: it is written aside and renamed, with `export.json` in it.
"""

import json
import math
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.durable import sha256_of, sync_folder
from bigmath.errors import SettingError, StoreError
from bigmath.store import Warehouse
from bigmath.verifier.policy import VERIFIER_VERSION
from rl_hooks.formats import FORMATS, Format, Row
from rl_hooks.paces import Pace, paced
from rl_hooks.reward import DISCOUNT
from rl_hooks.rows import TRAINED, Band, LeakError, read_rows, refuse_leaks

INSTRUCTION = "Reason step by step, and put your final answer within \\boxed{}."
MANIFEST = "export.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    folder: Path
    train: int
    held_out: int
    outside_band: int
    """Problems left out by their solve rate."""
    unmeasured: int
    """Of those to train on, the ones without a solve rate."""
    compared: int
    """Held-out statements that the training rows were compared with."""


def export_rl(
    warehouse: Warehouse,
    out: Path,
    *,
    to: str,
    table: str = "strict",
    split: str = "train",
    held_out: str = "validation",
    band: Band | None = None,
    instruction: str = INSTRUCTION,
    limit: int | None = None,
    paces: Sequence[Pace] = (),
) -> Exported:
    """Writes OUT for the framework `to`, replacing an earlier export there. With `paces` every row trained on asks for
    one of them and carries its discount (see `rl_hooks.paces`); those held out ask for none.

    Raises:
        SettingError: a name that there is not, nothing published, no row left, paces for a framework whose hook cannot
            pay them, or OUT holds something else.
        LeakError: a held-out problem would be trained on; nothing is written.
        StoreError: OUT cannot be written.
    """
    format_, band = _named(to), band or Band()
    if paces and not format_.paced:
        able = ", ".join(name for name, one in FORMATS.items() if one.paced)
        raise SettingError(
            f"the reward of {to} hears of no discount by row, so nobody would pay the paces", hint=f"accepted: {able}"
        )
    version = warehouse.current()
    if version is None:
        raise SettingError(f"nothing has been published in {warehouse.root}", hint="bigmath run")
    if split not in TRAINED:
        raise LeakError(f"the split {split!r} is held out; training tables come from: {', '.join(TRAINED)}")
    if held_out == split:
        raise SettingError(f"the split {split!r} cannot be both trained on and held out")
    measured = read_rows(warehouse, version, table=table, split=split, model=band.model, sampling=band.sampling)
    train = band.in_order(measured.filter(band.keeps()))
    outside = measured.height - train.height
    train = train.head(limit) if limit is not None else train
    if not train.height:
        read = f"{measured.height:,} were read, {outside:,} lie outside the band"
        known = measured.height - measured["solve_rate"].null_count()
        hint = None if known else f"bigmath score {table} measures solve rates; none is known of these"
        raise SettingError(f"no row of {table}, split {split}, is left: {read}", hint=hint)
    compared = refuse_leaks(warehouse, version, train)
    held = read_rows(warehouse, version, table=table, split=held_out, model=band.model, sampling=band.sampling)
    unmeasured = train["solve_rate"].null_count()
    done = Exported(out, train.height, held.height, outside, unmeasured, compared)
    about = {
        "framework": to, "framework_version": format_.version, "warehouse_version": version.number, "table": table,
        "split": split, "held_out": held_out, "band": asdict(band), "instruction": instruction,
        "verifier_version": VERIFIER_VERSION, "rows": {"train": train.height, "held_out": held.height},
        "outside_band": outside, "paces": [asdict(one) for one in paces],
    }  # fmt: skip
    tables = {"train": train, "held_out": held}
    if paces:
        # the same columns in both files, so that they load as one data set
        tables = {"train": paced(train, paces), "held_out": held.with_columns(pl.lit(None, pl.Float64).alias(DISCOUNT))}
    _write(out, format_, tables, about)
    return done


def _named(to: str) -> Format:
    if to not in FORMATS:
        raise SettingError(f"no framework {to!r}; there are: {', '.join(FORMATS)}")
    return FORMATS[to]


def _write(out: Path, format_: Format, tables: dict[str, pl.DataFrame], about: dict[str, Any]) -> None:
    if out.exists() and not (out / MANIFEST).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise SettingError(f"{out} is not empty and no earlier export", hint="name a new or empty folder with --out")
    stage = out.with_name(f".{out.name}.{uuid.uuid4().hex}")
    inside = stage / "bigmath_math" if about["framework"] == "verifiers" else stage
    try:
        inside.mkdir(parents=True)
        for name, table in tables.items():
            shaped = [
                format_.shape(row, about["instruction"], place) for place, row in enumerate(table.iter_rows(named=True))
            ]
            if format_.kind == "jsonl":
                _save_lines(inside / f"{name}.jsonl", shaped)
            else:
                # of few problems none may be held out; without rows the columns are those of the rows trained on
                schema = None if shaped else pl.read_parquet_schema(inside / "train.parquet")
                _save_table(inside / f"{name}.parquet", pl.DataFrame(shaped, schema, infer_schema_length=None))
        for name, content in format_.files.items():
            (stage / name).parent.mkdir(exist_ok=True)
            (stage / name).write_text(_filled(name, content, about["instruction"]), encoding="utf-8")
        (stage / "README.md").write_text(_readme(format_, about), encoding="utf-8")
        sums = {str(path.relative_to(stage)): sha256_of(path) for path in sorted(stage.rglob("*")) if path.is_file()}
        (stage / MANIFEST).write_text(json.dumps({**about, "files": sums}, indent=1, ensure_ascii=False) + "\n")
        if out.exists():
            shutil.rmtree(out)
        stage.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _save_table(path: Path, frame: pl.DataFrame) -> None:
    typed = frame.cast({name: _typed(name, kind) for name, kind in frame.schema.items()})
    typed.write_parquet(path, compression="zstd")


def _save_lines(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _typed(name: str, kind: Any) -> pl.DataType:
    """The type of a column, of solve rates and bands also where none was measured: files of one export read as one
    table."""
    if isinstance(kind, pl.Struct):
        return pl.Struct({field.name: _typed(field.name, field.dtype) for field in kind.fields})
    made: pl.DataType = kind() if isinstance(kind, type) else kind
    if made != pl.Null:
        return made
    return pl.Int64() if name == "band" else pl.Float64()


def _filled(name: str, content: str, instruction: str) -> str:
    """NeMo-RL's prompt file goes through `str.format`: the braces of the instruction are doubled."""
    if name != "prompt.txt":
        return content
    return content.replace("{{}}", "{}").replace("{instruction}", instruction.replace("{", "{{").replace("}", "}}"))


def _readme(format_: Format, about: dict[str, Any]) -> str:
    band = about["band"]
    rows, whose = about["rows"], f" of {band['model']}" if band["model"] else ""
    only = f", of the difficulty bands {', '.join(map(str, band['bands']))} alone" if band["bands"] else ""
    order = (
        "\nThe easiest come first: a trainer that does not shuffle follows the curriculum."
        if band["curriculum"]
        else ""
    )
    nothing = (
        "\nNothing is held out: leave that file out of the command below, for loaders refuse an empty one.\n"
        if not rows["held_out"]
        else ""
    )
    alike = f"{1 - band['least_mixed']:.0%}"
    unmeasured = "out" if band["bands"] else "in"
    return f"""# bigmath rows for {about["framework"]}

{rows["train"]:,} problems of `{about["table"]}`, split {about["split"]}, to train on, and {rows["held_out"]:,} of split
{about["held_out"]}, which no training table of this version holds. Version {about["warehouse_version"]} of the
warehouse, verifier {about["verifier_version"]}; read with {about["framework"]} {format_.version}.

Solve rates from {band["least"]} to {band["most"]}{whose}{only}; {about["outside_band"]:,} problems were left
out: they lie outside, or all {band["group"]} replies of a group would be alike with a chance above {alike}.
Problems that were never measured are {unmeasured}.{order}
{nothing}
## Train

The reward needs bigmath in the trainer's environment, of its dependencies only two:
`pip install python-flint sympy && pip install --no-deps PATH/TO/bigmath`.

{format_.launch}
{_about_paces(format_, about["paces"])}
## Where a row comes from

Each row carries `problem_id`. In the warehouse, one query tells its source row and every decision about it:

    select p.source, p.repository, p.revision, p.config, p.source_split, p.row, s.split, d.filter, d.kept, d.reason
    from problems p join splits s using (problem_id) join decisions d using (problem_id)
    where problem_id = '...' order by d.position;
"""


def _about_paces(format_: Format, paces: Sequence[dict[str, Any]]) -> str:
    """The README's section on prompts conditioned on a discount; empty without."""
    if not paces:
        return ""
    lines = [f"| {one['sentence']} | {one['discount']} | {_half(one['discount'])} |" for one in paces]
    return "\n".join(
        [
            "",
            "## Paces",
            "",
            "Every problem to train on asks for one pace, and a right answer is paid discount ** tokens. "
            "Those held out ask for none.",
            format_.paced,
            "",
            "| sentence | `discount` | tokens that halve the pay |",
            "| --- | --- | --- |",
            *lines,
            "",
        ]
    )


def _half(discount: float) -> str:
    return "never" if discount == 1.0 else f"{math.log(0.5) / math.log(discount):,.0f}"
