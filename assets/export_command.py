"""`bigmath export ...`: training sets in the forms that trainers read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.command_options import DEFAULT_WAREHOUSE, AsJson, Warehouse
from bigmath.errors import SettingError, StoreError

if TYPE_CHECKING:
    import polars as pl

export = typer.Typer(help="Export training sets in the forms that trainers read.", no_args_is_help=True)

Traces = Annotated[Path, typer.Argument(help="A folder that `bigmath search` wrote, or a Parquet file of traces.")]
Publish = Annotated[
    bool, typer.Option("--publish", help="Also make them tables of the warehouse, for SQL, under the name of OUT.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the tables.")]
Seed = Annotated[int, typer.Option(help="Seed of everything drawn.")]
HeldOut = Annotated[
    Path | None, typer.Option(help="A text file of problem ids, one a line: kept for evaluation, they give no row.")
]


@export.command("sft")
def export_sft(
    out: Out,
    traces: Annotated[
        Path | None,
        typer.Argument(help="A folder that `bigmath search` wrote, or a Parquet file of traces; cot needs none."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", "-k", help="cot, star, meta_star, revision, back, masked_back; all of traces without."),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(help="Also token ids with loss masks: a folder with tokenizer.json, a .model file, mistral:FILE."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0, max=1, help="back: chance of a wrong step.")] = 0.5,
    attempts: Annotated[int | None, typer.Option(min=1, help="revision: j; without it drawn from 1 to 8.")] = None,
    values: Annotated[bool, typer.Option(help="meta_star: show values.")] = True,
    candidates: Annotated[bool, typer.Option(help="meta_star: show candidates never visited.")] = True,
    held_out: HeldOut = None,
    table: Annotated[str, typer.Option(help="cot: whose curated solutions, strict or base.")] = "strict",
    limit: Annotated[int | None, typer.Option(min=1, help="cot: at most so many problems.")] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    publish: Publish = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """SFT sets: prompt, completion and messages; what gave no row is kept with its reason.

    From traces, or for `cot` from the curated solutions of a published table's train split, each verified.

    Examples: `bigmath export sft traces --out sets -k star -k back --tokenizer mistral:tekken_240911.json`
    · `bigmath export sft --out sets -k cot --table strict --publish`
    """
    import polars as pl  # noqa: PLC0415 # half of the time that `--help` would take

    from assets.console import show_table  # noqa: PLC0415
    from assets.search_command import read_traces  # noqa: PLC0415
    from bigmath.search.linearise import Form  # noqa: PLC0415
    from rl_hooks.sft import KINDS, MAKERS, SftRow, SftSettings  # noqa: PLC0415
    from rl_hooks.sft_tables import rejected_frame, text_frame, token_frame  # noqa: PLC0415
    from rl_hooks.tokenizer import tokenizer_named  # noqa: PLC0415

    kinds = kind or list(MAKERS)
    if unknown := [one for one in kinds if one not in KINDS]:
        raise SettingError(f"no kind {unknown[0]!r} of SFT set; there are: {', '.join(KINDS)}")
    if traces is None and kinds != ["cot"]:
        raise SettingError("no traces were named", hint="bigmath search --out DIR makes them; -k cot needs none")
    cutter = tokenizer_named(tokenizer) if tokenizer else None
    form = Form(values=values, candidates=candidates)
    settings = SftSettings(seed=seed, held_out=_ids(held_out), rate=rate, attempts=attempts, form=form)
    rows: dict[str, list[SftRow]] = {}
    rejected = []
    for one in kinds:
        if one == "cot":
            sets = list(_cot(warehouse, settings, table, limit))
        else:
            assert traces is not None  # asked for above
            sets = [MAKERS[one](read_traces(traces), settings)]  # type: ignore[index] # checked above
        rows[one] = [row for made in sets for row in made.rows]
        rejected += [left for made in sets for left in made.rejected]
    tables = {f"sft_{one}": text_frame(found) for one, found in rows.items()}
    if cutter is not None:
        tables |= {f"sft_{one}_tokens": token_frame(found, cutter) for one, found in rows.items()}
    tables["sft_rejected"] = rejected_frame(rejected)
    _write(tables, out)
    if publish:
        every = [row for found in rows.values() for row in found]
        together = {"sft": text_frame(every), "sft_rejected": tables["sft_rejected"]}
        if cutter is not None:
            together["sft_tokens"] = token_frame(every, cutter)
        _publish(together, warehouse, out)
    counts = [(one, len(found), _reasons(rejected, one)) for one, found in rows.items()]
    shown = pl.DataFrame(counts, schema=["kind", "rows", "left out"], orient="row")
    show_table(shown, title=str(out), as_json=as_json)


@export.command("prm")
def export_prm(
    traces: Traces,
    out: Out,
    form: Annotated[
        str, typer.Option(help="table (counts), trl_stepwise, math_shepherd, prm800k, text_value.")
    ] = "table",
    label: Annotated[str, typer.Option(help="hard, soft or advantage; trl_stepwise and text_value.")] = "",
    threshold: Annotated[
        float | None, typer.Option(help="trl_stepwise with soft or advantage: a step is right from this on.")
    ] = None,
    held_out: HeldOut = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    publish: Publish = False,
    as_json: AsJson = False,
) -> None:
    """PRM sets from traces whose values were counted (`--value monte_carlo`): counts, or a form made from them.

    Example: `bigmath export prm traces --out sets --form text_value`
    """
    import polars as pl  # noqa: PLC0415 # half of the time that `--help` would take

    from assets.console import show_table  # noqa: PLC0415
    from assets.search_command import read_traces  # noqa: PLC0415
    from rl_hooks.prm import rows_of_traces, to_frame  # noqa: PLC0415
    from rl_hooks.prm_exports import FORMS  # noqa: PLC0415

    if form != "table" and form not in FORMS:
        raise SettingError(f"no form {form!r}; there are: table, {', '.join(FORMS)}")
    rows = rows_of_traces(read_traces(traces), _ids(held_out))
    if not rows:
        raise SettingError(
            f"{traces} has no finished solution with counted values", hint="search with --value monte_carlo"
        )
    if form == "table":
        tables = {"prm": to_frame(rows)}
    else:
        options: dict[str, Any] = {"label": label} if label else {}
        options |= {} if threshold is None else {"threshold": threshold}
        try:
            tables = {f"prm_{form}": pl.DataFrame(FORMS[form](rows, **options))}
        except TypeError as error:
            raise SettingError(f"form {form} takes no {' and no '.join(options)}") from error
    _write(tables, out)
    if publish:
        _publish(tables, warehouse, out)
    shown = [(name, frame.height) for name, frame in tables.items()]
    show_table(pl.DataFrame(shown, schema=["table", "rows"], orient="row"), title=str(out), as_json=as_json)


@export.command("rl")
def export_rl(
    to: Annotated[
        str, typer.Option("--to", help="trl, verl, openrlhf, open-instruct, verifiers, nemo-rl or nemo-gym.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write; export-FRAMEWORK without it.")
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    table: Annotated[str, typer.Option(help="strict, or base.")] = "strict",
    split: Annotated[str, typer.Option(help="Split to train on: train, or validation.")] = "train",
    held_out: Annotated[str, typer.Option(help="Split to evaluate on: validation, or test.")] = "validation",
    least: Annotated[float, typer.Option(help="Least solve rate, where one was measured.")] = 0.0,
    most: Annotated[float, typer.Option(help="Largest solve rate.")] = 1.0,
    only: Annotated[
        list[int] | None, typer.Option("--band", help="Only these difficulty bands: 1 (easiest) to 5.")
    ] = None,
    curriculum: Annotated[bool, typer.Option("--curriculum", help="The easiest first, for no shuffling.")] = False,
    model: Annotated[str | None, typer.Option(help="Whose solve rates, where there are several.")] = None,
    sampling: Annotated[str | None, typer.Option(help="Of which sampling settings, where there are several.")] = None,
    group: Annotated[int, typer.Option(help="Replies a problem gets: the trainer's group size.")] = 8,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many problems to train on.")] = None,
    paces: Annotated[
        bool,
        typer.Option("--paces", help="Ask to solve quickly, steadily or with time: trl, verl, verifiers."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write problems for reinforcement learning, with the reward's binding and launch command in a README.

    Refuses, with exit code 1, if a problem of the test split or of a benchmark would be trained on.

    Examples: `bigmath export rl --to verl --least 0.2 --most 0.8` · `bigmath export rl --to trl --band 2 --curriculum`
    """
    from assets.console import show_error  # noqa: PLC0415
    from assets.export_rl import export_rows  # noqa: PLC0415
    from rl_hooks.rows import Band, LeakError  # noqa: PLC0415

    band = Band(
        least=least, most=most, bands=tuple(only or ()), model=model, sampling=sampling, group=group,
        curriculum=curriculum,
    )  # fmt: skip
    try:
        export_rows(
            warehouse, out, to=to, table=table, split=split, held_out=held_out, band=band, limit=limit, paces=paces,
            as_json=as_json,
        )  # fmt: skip
    except LeakError as error:
        show_error(str(error), error.hint, code=1, as_json=as_json)
        raise typer.Exit(1) from error


def _ids(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        return frozenset(line.strip() for line in path.read_text().splitlines() if line.strip())
    except OSError as error:
        raise SettingError(f"cannot read {path}: {error.strerror or error}") from error


def _reasons(rejected: Sequence[Any], kind: str) -> str:
    counts = Counter(one.reason for one in rejected if one.kind == kind)
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common())


def _cot(root: Path, settings: Any, table: str, limit: int | None) -> Iterator[Any]:
    """The sets of plain CoT from what a warehouse has published."""
    from bigmath.store import Warehouse as Store  # noqa: PLC0415
    from rl_hooks.cot import cot_sets  # noqa: PLC0415

    store = Store.open(root, create=False)
    version = store.current()
    if version is None:
        raise SettingError(f"nothing has been published in {root}", hint="bigmath run")
    return cot_sets(store, version, settings, table=table, limit=limit)


def _publish(tables: Mapping[str, "pl.DataFrame"], root: Path, out: Path) -> None:
    from assets.console import show_note  # noqa: PLC0415
    from bigmath.publishing import publish_frames  # noqa: PLC0415
    from bigmath.store import Warehouse as Store  # noqa: PLC0415

    version = publish_frames(Store.open(root), out.resolve().name, tables, {"exported": out.resolve().name})
    show_note(f"published as partition {out.resolve().name} of {', '.join(tables)}; version {version.number}")


def _write(tables: Mapping[str, "pl.DataFrame"], out: Path) -> None:
    from bigmath.durable import write_parquet  # noqa: PLC0415

    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            write_parquet(frame, out / f"{name}.parquet")
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
