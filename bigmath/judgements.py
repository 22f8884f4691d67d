"""What people said of the pipeline's decisions: the file that a report exports, as a table of the warehouse.

A line is `{"problem_id": "harp-...", "outcome": "dropped", "filter": "proof", "agreed": false}`: whether a person
agrees with what became of a problem, in the words of `ledger`. A problem judged twice has the last judgement.
"""

from pathlib import Path
from typing import Any

import orjson
import polars as pl

from bigmath.errors import SettingError

JUDGEMENTS = pl.Schema({"problem_id": pl.String, "outcome": pl.String, "filter": pl.String, "agreed": pl.Boolean})
"""`filter` is the first that dropped the problem, null where none did."""

OUTCOMES = ("strict", "base", "dropped")
_ACCEPTED = 'accepted: {"problem_id": text, "outcome": strict, base or dropped, "filter": text or null, "agreed": bool}'


def read(path: Path) -> pl.DataFrame:
    """The judgements of a file as `JUDGEMENTS`, by problem.

    Raises:
        SettingError: the file cannot be read or a line is no judgement; it names the line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SettingError(
            f"cannot read {path}: {error.strerror or error}", hint="bigmath report writes the page that exports them"
        ) from error
    rows = [_judgement(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    frame = pl.DataFrame(rows, schema=JUDGEMENTS, orient="row")
    return frame.unique("problem_id", keep="last", maintain_order=True).sort("problem_id")


def _judgement(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SettingError(f"{where}: not JSON ({error}); {_ACCEPTED}") from error
    fits = (
        isinstance(found, dict)
        and found.keys() == set(JUDGEMENTS)
        and isinstance(found["problem_id"], str)
        and found["outcome"] in OUTCOMES
        and isinstance(found["filter"], str | None)
        and isinstance(found["agreed"], bool)
    )
    if not fits:
        raise SettingError(f"{where}: not a judgement; {_ACCEPTED}")
    return dict(found)
