"""The commands that answer questions about rows, tables, filters. What they do is in the modules named after them."""

from pathlib import Path
from typing import Annotated

import typer

from assets.command_options import DEFAULT_WAREHOUSE, AsJson, ProfileName, Warehouse

commands = typer.Typer()


@commands.command()
def why(
    problem_id: Annotated[str, typer.Argument(help="A problem's id, or the beginning of one.")],
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: AsJson = False,
) -> None:
    """Tell a problem's whole story: where it came from, what every filter said, its duplicates, its split.

    Example: `bigmath why harp-3f2a`
    """
    from assets.why_command import tell_why  # noqa: PLC0415

    tell_why(problem_id, warehouse, as_json=as_json)


@commands.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query over the tables; `show tables` lists them.")],
    warehouse: Annotated[
        str,
        typer.Option(
            "--warehouse",
            "-w",
            envvar="BIGMATH_WAREHOUSE",
            help="Folder of the tables, of a release, or s3://BUCKET/PATH, hf://datasets/ORG/NAME@TAG.",
        ),
    ] = str(DEFAULT_WAREHOUSE),
    draft: Annotated[
        bool, typer.Option("--draft", help="Ask the unpublished tables of the last run whose check failed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Query the published tables. Reads the warehouse only: no other file, no network.

    Examples: `bigmath sql "select source, count(*) from strict group by 1"` · `bigmath sql "from why('harp-3f2a')"`
    """
    from assets.ask_commands import run_sql  # noqa: PLC0415

    run_sql(query, warehouse, draft=draft, as_json=as_json)


@commands.command()
def sources(as_json: AsJson = False) -> None:
    """List the data sets: repository, pinned revision, licence.

    Example: `bigmath sources --json`
    """
    from assets.ask_commands import list_sources  # noqa: PLC0415

    list_sources(as_json=as_json)


@commands.command()
def filters(
    profile: ProfileName = "default",
    measure: Annotated[
        Path | None,
        typer.Option(help="JSONL of labelled problems: print precision, recall and F1 of each filter, and the misses."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the filters of a profile in their order, with their reasons; or measure them on labelled rows.

    Example: `bigmath filters --measure ../gold/filters.jsonl`
    """
    from assets.ask_commands import list_filters, measure_filters  # noqa: PLC0415

    if measure is None:
        list_filters(profile, as_json=as_json)
    else:
        measure_filters(measure, profile, as_json=as_json)
