"""What assets show of their tables: column schemas, previews, counts and charts as Markdown that no problem text can
break, the figures that every asset has, and where its code is.
"""

import inspect
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from bigmath.columns import COLUMNS
from bigmath.credentials import without_credentials
from bigmath.job import Made
from bigmath.outputs import Output
from bigmath.store import Warehouse

CELL = 120
"""Characters of a cell shown in a preview."""

LIMIT = 4000
"""Characters of one metadata value: more freezes the UI's dialog."""

INLINE = 999
"""Characters of Markdown that the UI shows in place; longer text, as that of an image, is behind a link."""

FULL, EIGHTHS = "█", ("", *"▏▎▍▌▋▊▉")
"""A character of a bar, and its last one by eighths."""

BAR = 10
"""Characters of a bar of full width."""

OWNERS = ["team:curation"]

FIGURES = ("dagster/row_count", "dagster/uri", "seconds", "megabytes", "reused")
"""What every asset says of every materialization, under the same names."""

_ESCAPED = str.maketrans({character: f"&#{ord(character)};" for character in "|<>&`*_[]()#$\\!~"})


@contextmanager
def beta() -> Iterator[None]:
    """Uses a part of Dagster that it marks beta; its version is pinned to one minor release."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        yield


def figures(*, rows: int, uri: Path | str, seconds: float, megabytes: float, reused: bool) -> dict[str, Any]:
    """The values of `FIGURES`.

    Args:
        rows: of the table, or shown on the page.
        seconds: of wall time, also where finished work was found.
        megabytes: 10^6 bytes of all its files.
        reused: the finished output was found and nothing was made.
    """
    return {
        "dagster/row_count": rows,
        "dagster/uri": str(uri),
        "seconds": round(seconds, 3),
        "megabytes": round(megabytes, 6),
        "reused": reused,
    }


def output_figures(warehouse: Warehouse, made: Made, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The figures of one output of a job, its key, what `more` it shows, and its first rows, in this order."""
    output = made.output
    shown = figures(
        rows=output.rows,
        uri=(warehouse.root / output.files[0].path).parent,
        seconds=made.seconds,
        megabytes=megabytes(output),
        reused=made.reused,
    )
    rows = warehouse.scan(output).head(5).collect()
    first = {"preview": dg.MetadataValue.md(preview(rows))} if rows.height else {}
    return {**shown, "key": output.key, **(more or {}), **first}


def megabytes(*outputs: Output) -> float:
    """10^6 bytes of the files of the outputs."""
    return sum(entry.bytes for output in outputs for entry in output.files) / 1e6


def table_schema(schema: pl.Schema) -> dg.TableSchema:
    """The columns with their types and, where the column is documented, what it holds."""
    return dg.TableSchema(
        columns=[dg.TableColumn(name, _named(dtype), description=COLUMNS.get(name)) for name, dtype in schema.items()]
    )


def _named(dtype: pl.DataType) -> str:
    """A type without its fields and units, which would leave a page no room for what the column holds."""
    name = dtype.base_type().__name__
    return f"{name}({_named(dtype.inner)})" if isinstance(dtype, pl.List) else name  # type: ignore[arg-type] # an instance


def declared(schema: pl.Schema, code: Callable[..., Any]) -> dict[str, Any]:
    """What an asset's definition says: its columns, and where the function that makes its rows is written."""
    _, line = inspect.getsourcelines(code)
    name = f"{code.__module__}.{code.__qualname__.split('.')[0]}"
    with beta():
        here = dg.LocalFileCodeReference(file_path=inspect.getfile(code), line_number=line, label=name)
        references = dg.CodeReferencesMetadataValue(code_references=[here])
    return {"dagster/column_schema": table_schema(schema), "dagster/code_references": references}


def tags(command: str, *, needs: str | None = None) -> dict[str, str]:
    """What the UI's selection finds assets by, such as `tag:needs=gpu`.

    Args:
        command: of `bigmath`, that makes the same table.
        needs: the pool an asset waits in, where it needs more than this machine's processors.
    """
    return {"command": command, "needs": needs or "cpu"}


def preview(rows: pl.DataFrame) -> str:
    """The rows as a Markdown table with long text cut; raw HTML, links and images show as text."""
    return describe(rows.with_columns(pl.all().map_elements(_short, return_dtype=pl.String, skip_nulls=False)))


def describe(rows: pl.DataFrame, limit: int = LIMIT) -> str:
    """A small frame as a Markdown table, cut at so many characters with a line that says so."""
    lines = ["| " + " | ".join(rows.columns) + " |", "|" + "---|" * rows.width]
    size = sum(map(len, lines)) + 20  # room for the last line
    for number, row in enumerate(rows.iter_rows()):
        line = "| " + " | ".join(_short(cell).translate(_ESCAPED) for cell in row) + " |"
        size += len(line) + 1
        if size > limit:
            lines.append(f"\n{rows.height - number} more rows")
            break
        lines.append(line)
    return "\n".join(lines)


def barred(rows: pl.DataFrame, column: str, of: float | None = None) -> dg.MarkdownMetadataValue:
    """A small frame as a Markdown table with a bar for each value of a column, drawn as text so that the page shows it.

    Args:
        column: numbers of 0 and more.
        of: the value of a bar of full width; the largest one where None.
    """
    full = float(of or rows[column].max() or 1)  # type: ignore[arg-type] # a number
    eighths = (rows[column] / full * BAR * 8).round().cast(pl.Int64).clip(0, BAR * 8)
    drawn = [FULL * (one // 8) + EIGHTHS[one % 8] for one in eighths]
    return dg.MetadataValue.md(describe(rows.with_columns(pl.Series(" ", drawn)), limit=INLINE))


def image(name: str, svg: str) -> dg.MarkdownMetadataValue:
    """A chart of `bigmath.bars` inside Markdown, which is the one form in which Dagster shows an image."""
    return dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})")


def cut(text: str) -> str:
    """The text, its middle left out where it is longer than `LIMIT`."""
    return text if len(text) <= LIMIT else f"{text[: LIMIT // 2 - 3]} ... {text[-LIMIT // 2 + 3 :]}"


def _short(cell: object) -> str:
    text = "" if cell is None else str(cell.to_list() if isinstance(cell, pl.Series) else cell)
    text = without_credentials(" ".join(text.split()))
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
