"""`bigmath review`: what people said of the decisions goes back into the warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from assets.command_options import DEFAULT_WAREHOUSE, AsJson, Warehouse

review = typer.Typer(
    help="Bring back what people judged on the page of `bigmath report`.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@review.callback()
def _group() -> None:
    """Keeps `import` a command of its own, though it is the only one."""


@review.command("import")
def import_judgements(
    file: Annotated[Path, typer.Argument(help="judgements.jsonl, as the page exports it.")],
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: AsJson = False,
) -> None:
    """Make a file of judgements a table of the warehouse: `judgements`, and `judged` with their counts by filter.

    The file's name names the part of the table: the same file again takes the place of what it brought before.

    Example: `bigmath review import judgements.jsonl`
    """
    import polars as pl  # noqa: PLC0415 # as in every command, only where it runs

    from assets.console import show_note, show_table  # noqa: PLC0415
    from bigmath.catalog import connect  # noqa: PLC0415
    from bigmath.errors import SettingError  # noqa: PLC0415
    from bigmath.judgements import read  # noqa: PLC0415
    from bigmath.publishing import publish_frames  # noqa: PLC0415
    from bigmath.store import Warehouse  # noqa: PLC0415

    opened = Warehouse.open(warehouse, create=False)
    given = read(file)
    with connect(opened) as connection:
        known = connection.execute("select problem_id from problems").pl()["problem_id"]
    strangers = given.filter(~pl.col("problem_id").is_in(known.implode()))["problem_id"]
    if len(strangers) == given.height:
        first = f"; the first is {strangers[0]}" if len(strangers) else ""
        raise SettingError(
            f"{file}: none of its {given.height} problems is in {warehouse}{first}",
            hint=f"bigmath report -w {warehouse}",
        )
    version = publish_frames(opened, file.stem, {"judgements": given}, {"judged": file.stem})
    with connect(opened) as connection:
        counts = connection.execute("from judged").pl()
    show_table(counts, title="judgements by outcome and filter", as_json=as_json)
    if len(strangers):
        show_note(
            f"{len(strangers)} of the problems are not in this version, {strangers[0]} among them; kept all the same"
        )
    show_note(f"{given.height} judgements are part {file.stem} of the table judgements; version {version.number}")
