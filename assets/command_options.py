"""What the commands share: options, and the exit codes that `assets.cli` explains."""

from pathlib import Path
from typing import Annotated

import typer

OK, GATE, USAGE, PARTLY, SERVICE, BUG, PIPE = 0, 1, 2, 3, 4, 70, 141

Warehouse = Annotated[
    Path, typer.Option("--warehouse", "-w", envvar="BIGMATH_WAREHOUSE", help="Folder of the tables.", show_default=True)
]
HUB_HELP = (
    "Where data sets are read from: `sample` (shipped in the package), `hub` (the Hugging Face Hub, at pinned "
    "revisions), or a folder laid out like the Hub."
)
Hub = Annotated[str, typer.Option("--hub", envvar="BIGMATH_DATA", help=HUB_HELP)]
ProfileName = Annotated[
    str,
    typer.Option("--profile", envvar="BIGMATH_PROFILE", help="Filters and settings: `default`, `semantic` or `paper`."),
]
KINDS_HELP = "JSONL (plain, .gz or .zip), JSON, Parquet or CSV"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
DEFAULT_WAREHOUSE = Path("warehouse")
