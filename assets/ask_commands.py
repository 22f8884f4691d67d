"""Commands that read: `sql`, `sources`, `filters`, `check`, `clean`."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from assets.console import data, messages, show_note, show_object, show_table
from assets.plan import profile_named, runnable
from bigmath.catalog import DRAFT, ask, connect
from bigmath.errors import SettingError
from bigmath.filtering import settings_of
from bigmath.remote import tables
from bigmath.store import Warehouse

if TYPE_CHECKING:
    from filters.measure import Measurement


def run_sql(query: str, where: str, *, draft: bool = False, as_json: bool) -> None:
    """Runs one query over the published tables, or over those of the last failed check, and prints its rows.

    Raises:
        SettingError: DuckDB refuses the query, or it is none.
    """
    opened = closing(connect(Warehouse.open(where, create=False), DRAFT)) if draft else tables(where)
    with opened as connection:
        result = ask(connection, query).pl()
    show_table(result, as_json=as_json)


def list_sources(*, as_json: bool) -> None:
    from sources import SOURCES  # noqa: PLC0415 # only this command reads them

    rows = [
        {"name": name, "repository": one.repository, "revision": one.revision, "license": one.license}
        for name, one in SOURCES.items()
    ]
    show_table(pl.DataFrame(rows), as_json=as_json)


def list_filters(profile: str, *, as_json: bool) -> None:
    chosen, note = runnable(profile_named(profile))
    show_note(note)
    rows = [
        {
            "position": position,
            "filter": one.name,
            "stage": one.stage,
            "criterion": one.criterion,
            "reasons": ", ".join(one.reasons),
            "settings": ", ".join(f"{name}={value}" for name, value in settings_of(one).items()),
        }
        for position, one in enumerate(chosen.asked())
    ]
    show_table(pl.DataFrame(rows), title=f"profile {profile}", as_json=as_json)


def measure_filters(file: Path, profile: str, *, as_json: bool) -> None:
    """Prints how good a profile's filters are on labelled rows, and every miss.

    Raises:
        SettingError: the file is not JSONL of labelled problems.
    """
    from filters.measure import summary  # noqa: PLC0415 # only this command shows them

    found = measured(file, profile)
    show_table(found.scores if as_json else summary(found.scores), as_json=as_json)
    if not as_json:
        show_table(found.misses.with_columns(pl.col(pl.String).str.head(160)), title="misses")


def measured(file: Path, profile: str) -> "Measurement":
    """How good a profile's filters are on labelled rows.

    Raises:
        SettingError: the file is not JSONL of labelled problems.
    """
    from filters.measure import CLASSES, measure  # noqa: PLC0415 # only measuring needs them

    try:
        rows = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SettingError(f"{file}: not JSONL of labelled problems ({error})") from error
    try:
        return measure(rows, profile_named(profile).asked())
    except KeyError as error:
        labels = sorted({part for one in CLASSES.values() for part in one.label.split("|")})
        raise SettingError(f"{file}: no label {error}; a labelled row has problem, {', '.join(labels)}") from error


def check_warehouse(root: Path, *, as_json: bool) -> bool:
    """Prints what is wrong with the current version; true if anything is."""
    warehouse = Warehouse.open(root, create=False)
    damages = warehouse.damages()
    if damages:
        show_table(pl.DataFrame({"damage": damages}), as_json=as_json)
    else:
        messages.print(f"{warehouse.storage.where}: every file is what its manifest says", markup=False)
    return bool(damages)


def clean_warehouse(root: Path, *, apply: bool, as_json: bool = False) -> None:
    names = Warehouse.open(root, create=False).clean(apply=apply)
    if as_json:
        show_object({"deleted": apply, "folders": names})
        return
    for name in names:
        data.print(name, markup=False)
    messages.print(f"{len(names)} folders {'deleted' if apply else 'would be deleted (--apply)'}", markup=False)
