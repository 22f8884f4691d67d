"""Commands that read: `why`, `sql`, `sources`, `filters`, `check`, `clean`."""

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.console import as_rows, data, messages, show_note, show_story, show_table
from assets.plan import profile_named, runnable
from bigmath.catalog import connect
from bigmath.errors import SettingError
from bigmath.filtering import settings_of
from bigmath.store import Warehouse


def tell_why(problem_id: str, root: Path, *, as_json: bool) -> None:
    """Prints a row's whole story.

    Raises:
        SettingError: no problem, or several, have an id that begins so.
    """
    with connect(Warehouse.open(root, create=False)) as connection:
        ids = connection.execute(
            "select problem_id from problems where problem_id = $1 or starts_with(problem_id, $1)"
            " order by problem_id <> $1, problem_id limit 6",
            [problem_id],
        ).fetchall()
        if not ids:
            raise SettingError(
                f"no problem has an id that begins with {problem_id!r}",
                hint='bigmath sql "select problem_id from problems limit 5" shows some',
            )
        if len(ids) > 1 and ids[0][0] != problem_id:
            raise SettingError(f"several problems begin with {problem_id!r}: {', '.join(one for (one,) in ids[:5])}")
        found = ids[0][0]

        def rows(query: str) -> pl.DataFrame:
            return connection.execute(query, [found]).pl()

        problem = rows("select * from problems where problem_id = $1").to_dicts()[0]
        decisions = rows(
            "select position, stage, filter, criterion, kept, reason, detail from decisions"
            " where problem_id = $1 order by position"
        )
        clusters = rows(
            "select method, cluster, keeper, similarity, why_kept, answers_conflict, m.problem_id"
            " from duplicates m where cluster in (select cluster from duplicates where problem_id = $1)"
            " order by method, cluster, not keeper, m.problem_id"
        )
        matches = rows("select benchmark, benchmark_row, method, score from contamination where problem_id = $1")
        split = rows('select split, "group" from splits where problem_id = $1')
    drops = decisions.filter(~pl.col("kept"))
    stages = set(drops["stage"])
    place = "rejected" if "base" in stages else "strict_rejected (in base)" if stages else "strict (and base)"
    if as_json:
        story: dict[str, Any] = {
            **problem,
            "table": place,
            "decisions": decisions.to_dicts(),
            "duplicates": clusters.to_dicts(),
            "contamination": matches.to_dicts(),
            "split": split.to_dicts(),
        }
        show_table(pl.DataFrame([{"story": story}]).select(pl.col("story").struct.unnest()), as_json=True)
        return
    show_story([*as_rows(problem), ("now in", place), *as_rows(split.to_dicts()[0] if split.height else {})])
    show_table(decisions, title="what every filter said")
    if clusters.height:
        show_table(clusters, title="duplicates")
    if matches.height:
        show_table(matches, title="benchmark matches")


def run_sql(query: str, root: Path, *, as_json: bool) -> None:
    """Runs one query over the published tables and prints its rows.

    Raises:
        SettingError: DuckDB refuses the query.
    """
    with connect(Warehouse.open(root, create=False)) as connection:
        try:
            result = connection.execute(query).pl()
        except duckdb.Error as error:
            raise SettingError(f"DuckDB refused the query: {' '.join(str(error).split())}") from error
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
    from filters.measure import CLASSES, measure, summary  # noqa: PLC0415 # only this command measures

    try:
        rows = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SettingError(f"{file}: not JSONL of labelled problems ({error})") from error
    try:
        measured = measure(rows, profile_named(profile).asked())
    except KeyError as error:
        labels = sorted({part for one in CLASSES.values() for part in one.label.split("|")})
        raise SettingError(f"{file}: no label {error}; a labelled row has problem, {', '.join(labels)}") from error
    show_table(measured.scores if as_json else summary(measured.scores), as_json=as_json)
    if not as_json:
        show_table(measured.misses.with_columns(pl.col(pl.String).str.head(160)), title="misses")


def check_warehouse(root: Path, *, as_json: bool) -> bool:
    """Prints what is wrong with the current version; true if anything is."""
    damages = Warehouse.open(root, create=False).damages()
    if damages:
        show_table(pl.DataFrame({"damage": damages}), as_json=as_json)
    else:
        messages.print(f"{root}: every file is what its manifest says", markup=False)
    return bool(damages)


def clean_warehouse(root: Path, *, apply: bool) -> None:
    paths = Warehouse.open(root, create=False).clean(apply=apply)
    for path in paths:
        data.print(str(path), markup=False)
    messages.print(f"{len(paths)} folders {'deleted' if apply else 'would be deleted (--apply)'}", markup=False)
