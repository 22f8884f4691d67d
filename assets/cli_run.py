"""The commands of the main job and its warehouse. What they do is in the modules named after them."""

from pathlib import Path
from typing import Annotated

import typer

from assets.command_options import (
    DEFAULT_WAREHOUSE,
    GATE,
    HUB_HELP,
    KINDS_HELP,
    OK,
    AsJson,
    Hub,
    ProfileName,
    Warehouse,
)

commands = typer.Typer()


@commands.command()
def run(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    hub: Hub = "sample",
    profile: ProfileName = "default",
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            "-s",
            help="A data set by name (see `bigmath sources`), or a file of your own: "
            f"{KINDS_HELP} with columns problem, solution and/or answer. "
            "May be given several times; without it all data sets run.",
        ),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            help="A test set of your own to keep out, beside the profile's: a file with a column problem or question. "
            "May be given several times.",
        ),
    ] = None,
    source_license: Annotated[
        str, typer.Option(help="Licence of files of your own (SPDX, such as CC-BY-4.0), for the column `license`.")
    ] = "unknown",
    engine: Annotated[
        str,
        typer.Option(
            envvar="BIGMATH_ENGINE", help="Where batches are worked on: local, or ray (a cluster; extra `ray`)."
        ),
    ] = "local",
    as_json: AsJson = False,
) -> None:
    """Run the whole job: ingest, base filter, strict filter, duplicates, splits, published as one version.

    Finished work is found again: after a kill, the same command goes on where it stopped.

    Examples: `bigmath run` · `bigmath run --hub ../hub --profile paper` · `bigmath run -s harp -s my.jsonl`
    """
    from assets.run_command import run_job  # noqa: PLC0415

    raise typer.Exit(
        run_job(
            warehouse=warehouse,
            hub=hub,
            profile=profile,
            named=source or [],
            source_license=source_license,
            benchmarks=benchmark or [],
            engine=engine,
            as_json=as_json,
        )
    )


@commands.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for warehouse and release.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Go the whole way once on the embedded sample: tables, report, and a release with its card; needs no network.

    Example: `bigmath demo --out demo`
    """
    from assets.demo_command import show_demo  # noqa: PLC0415

    raise typer.Exit(show_demo(out, as_json=as_json))


@commands.command()
def report(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; by default report.html in the warehouse.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many problems to show, a sample of all.")] = 1_500,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page of the current version: funnel, reasons, duplicates, contamination, and problems to browse.

    It needs no network. Example: `bigmath report --out report.html`
    """
    from assets.report_command import tell_report  # noqa: PLC0415

    tell_report(warehouse, out, rows, as_json=as_json)


@commands.command()
def check(warehouse: Warehouse = DEFAULT_WAREHOUSE, as_json: AsJson = False) -> None:
    """Check every file of the current version against its manifest; exit 1 and name the damaged ones.

    Example: `bigmath check --warehouse warehouse`
    """
    from assets.ask_commands import check_warehouse  # noqa: PLC0415

    raise typer.Exit(GATE if check_warehouse(warehouse, as_json=as_json) else OK)


@commands.command()
def clean(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    apply: Annotated[bool, typer.Option("--apply", help="Delete; without it they are only listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List, or delete, unfinished work and outputs that the two newest versions do not name, older than a day.

    Examples: `bigmath clean` · `bigmath clean --apply`
    """
    from assets.ask_commands import clean_warehouse  # noqa: PLC0415

    clean_warehouse(warehouse, apply=apply, as_json=as_json)


@commands.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure; a wrong name lists all.")],
    hub: Annotated[str | None, typer.Option("--hub", envvar="BIGMATH_DATA", help=HUB_HELP)] = None,
    gold: Annotated[Path | None, typer.Option(help="Folder of labelled cases; without it those of the tests.")] = None,
    part: Annotated[str | None, typer.Option(help="Only this part of a benchmark that has several.")] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="How many rows to make, where a benchmark makes them.")
    ] = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for its plots, where it draws any.")] = None,
    page: Annotated[Path | None, typer.Option(help="Markdown page to add its figures to, where it writes one.")] = None,
    prm: Annotated[Path | None, typer.Option(help="Folder of a saved PRM to measure, where it measures one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure, beside named peers where there are any; the last line is one JSON object with figures and floors held.

    Examples: `bigmath bench job --hub ../hub` · `bigmath bench verify --gold ../gold --hub ../hub`
    """
    from assets.bench_command import run_bench  # noqa: PLC0415

    holds = run_bench(
        name, as_json=as_json, hub=hub, gold=gold, part=part, rows=rows, figures=figures, page=page, prm=prm
    )
    raise typer.Exit(OK if holds else GATE)
