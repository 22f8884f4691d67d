"""Fills the reference pages from the code when the site is built: a hook of MkDocs.

A page that holds `<!-- commands -->` or `<!-- tables -->` gets them in that place.
"""

from typing import Any

from mkdocs.exceptions import PluginError


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with its marker replaced; other pages as they are."""
    for marker, write in (("<!-- commands -->", _commands), ("<!-- tables -->", _tables)):
        if marker in markdown:
            markdown = markdown.replace(marker, write())
    return markdown


def _commands() -> str:
    import typer  # noqa: PLC0415 # only the one page needs them
    from typer.cli import get_docs_for_click  # noqa: PLC0415

    from assets.cli import app  # noqa: PLC0415

    group = typer.main.get_command(app)
    text = get_docs_for_click(obj=group, ctx=typer.Context(group, info_name="bigmath"), name="bigmath")
    title, _, rest = text.partition("## ")
    if not title.startswith("# "):
        raise PluginError("the command line's help no longer begins with a title")
    return f"## {rest}"


def _tables() -> str:
    from bigmath.catalog import PUBLISHED  # noqa: PLC0415
    from bigmath.columns import COLUMNS, TABLES  # noqa: PLC0415
    from bigmath.stages import STEPS  # noqa: PLC0415

    parts = []
    for name, meaning in TABLES.items():
        parts.append(f"## {name}\n\n{meaning}\n")
        if name in PUBLISHED:
            schema = STEPS[PUBLISHED[name][0]].schema
            rows = [f"| `{column}` | {kind} | {COLUMNS[column]} |" for column, kind in schema.items()]
            parts.append("\n".join(["| column | type | meaning |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)
