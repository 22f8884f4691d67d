"""`bigmath why`: one problem's whole story, also of a problem that was rewritten from multiple choice."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.console import as_rows, show_story, show_table
from bigmath.catalog import connect
from bigmath.errors import SettingError
from bigmath.store import Warehouse

_DECISIONS = "position, stage, filter, criterion, kept, reason, detail"
_CLUSTERS = (
    "select method, cluster, keeper, similarity, why_kept, answers_conflict, m.problem_id from duplicates m"
    " where cluster in (select cluster from duplicates where problem_id = $1)"
    " order by method, cluster, not keeper, m.problem_id"
)
_MATCHES = "select benchmark, benchmark_row, method, score from contamination where problem_id = $1"

SECTIONS = {
    "decisions": (
        "what every filter said",
        f"select {_DECISIONS} from decisions where problem_id = $1 order by position",
    ),
    "duplicates": ("duplicates", _CLUSTERS),
    "contamination": ("benchmark matches", _MATCHES),
    "label_suspects": (
        "signs of a wrong answer",
        "select reason, detail, other_id from label_suspects where problem_id = $1 order by reason",
    ),
    "topics": ("topic", "select topic, topic_by, topic_probability from topics where problem_id = $1"),
    "rewrites": (
        "as an open question",
        "select problem_id, problem, answer, letter, form, refusal, detail from rewrites where parent_id = $1",
    ),
}
"""What is told of a problem beside its own columns: a title and a query each."""

OPEN_SECTIONS = {
    "decisions": (
        "what every filter said",
        f"select {_DECISIONS} from reformulated_decisions where problem_id = $1 order by position",
    ),
    "duplicates": ("duplicates", _CLUSTERS),
    "contamination": ("benchmark matches", _MATCHES),
}
"""The same of a rewritten problem."""

_OPEN = (
    "select w.problem_id, parent_id, p.source, p.subset, w.problem, w.answer, letter, form,"
    " p.problem as parent_problem, p.answer as parent_answer"
    " from rewrites w join problems p on p.problem_id = parent_id where w.problem_id = $1"
)


def tell_why(problem_id: str, root: Path, *, as_json: bool) -> None:
    """Prints a row's whole story.

    Raises:
        SettingError: no problem, or several, have an id that begins so.
    """
    with connect(Warehouse.open(root, create=False)) as connection:
        found, is_open = _found(connection, problem_id, root)
        sections = OPEN_SECTIONS if is_open else SECTIONS
        whole = _OPEN if is_open else "select * from problems where problem_id = $1"
        problem = connection.execute(whole, [found]).pl().to_dicts()[0]
        told = {name: connection.execute(query, [found]).pl() for name, (_, query) in sections.items()}
        split = connection.execute(
            'select split, "group" from splits where problem_id = $1', [problem.get("parent_id", found)]
        ).pl()
    place = _place(told["decisions"], is_open)
    if as_json:
        story: dict[str, Any] = {**problem, "table": place, **{name: rows.to_dicts() for name, rows in told.items()}}
        story["split"] = split.to_dicts()
        show_table(pl.DataFrame([{"story": story}]).select(pl.col("story").struct.unnest()), as_json=True)
        return
    show_story([*as_rows(problem), ("now in", place), *as_rows(split.to_dicts()[0] if split.height else {})])
    for name, rows in told.items():
        if rows.height:
            show_table(rows, title=sections[name][0])


def _found(connection: duckdb.DuckDBPyConnection, problem_id: str, root: Path) -> tuple[str, bool]:
    """The one id that is, or begins with, what was asked, and whether it is a rewritten problem's."""
    known = "(select problem_id, false as is_open from problems union all"
    known += " select problem_id, true from rewrites where problem_id is not null)"
    ids = connection.execute(
        f"select problem_id, is_open from {known} where problem_id = $1 or starts_with(problem_id, $1)"
        " order by problem_id <> $1, is_open, problem_id limit 6",
        [problem_id],
    ).fetchall()
    if not ids:
        raise SettingError(
            f"no problem has an id that begins with {problem_id!r}",
            hint=f'bigmath sql -w {root} "select problem_id from problems limit 5" shows some',
        )
    several = [one for one, is_open in ids if not is_open] or [one for one, _ in ids]
    if len(several) > 1 and ids[0][0] != problem_id:
        raise SettingError(f"several problems begin with {problem_id!r}: {', '.join(several[:5])}")
    return str(ids[0][0]), bool(ids[0][1])


def _place(decisions: pl.DataFrame, is_open: bool) -> str:
    """The table that the row is in."""
    stages = set(decisions.filter(~pl.col("kept"))["stage"])
    if is_open:
        return "rewrites (dropped again)" if stages else "reformulated"
    return "rejected" if "base" in stages else "strict_rejected (in base)" if stages else "strict (and base)"
