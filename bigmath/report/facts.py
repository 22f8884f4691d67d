"""What a report shows, read from the current version of a warehouse: counts whole, rows as a sample."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from bigmath.catalog import connect
from bigmath.runs import config_hash, table3, with_paper
from bigmath.scoring.statistics import wilson
from bigmath.store import Warehouse

ROWS = 1_500
CLUSTERS = 60
MATCHES = 60
SUSPECTS = 60
STATEMENT = 2_400
"""Characters of a statement that are shown."""

Ask = Callable[..., pl.DataFrame]
"""Runs a query with its values."""

_PLACES = {
    "rejected": "problem_id, source, 'rejected' as place, filter, reason, detail, reasons",
    "strict_rejected": "problem_id, source, 'base only' as place, filter, reason, detail, reasons",
    "strict": "problem_id, source, 'strict' as place, null as filter, null as reason, null as detail, [] as reasons",
}


@dataclass(frozen=True)
class Facts:
    """Everything on the page, in the order of its sections."""

    version: int
    about: Mapping[str, Any]
    """The settings that the version was made with."""
    run: Mapping[str, Any]
    """The row of `runs` of the run that made the version's tables; empty where none was recorded."""
    table3: pl.DataFrame
    """Columns source, original, base, strict, and the paper's three."""
    funnel: pl.DataFrame
    """Columns source, position, filter, stage, first (rows that leave there first), all, left."""
    reasons: pl.DataFrame
    """Columns stage, filter, reason, rows, sources (a list of source and rows)."""
    rows: pl.DataFrame
    """Sampled problems with place (strict, base only, rejected), first filter, reason, detail, all reasons."""
    row_count: int
    """How many rows the sample stands for."""
    clusters: Sequence[pl.DataFrame]
    """Sampled clusters of duplicates, keeper first."""
    cluster_counts: pl.DataFrame
    """Columns method, clusters, rows, conflicts."""
    matches: pl.DataFrame
    """Sampled matches with benchmarks, both statements."""
    match_counts: pl.DataFrame
    """Columns benchmark, method, rows."""
    config_hash: str
    """Of the settings: equal means the same sources, filters and thresholds."""
    difficulty: pl.DataFrame
    """Problems by solve rate in tenths: model, tenth (0 to 9), problems, share, low, high (95 % interval of the share).
    Empty where no model was asked."""
    levels: pl.DataFrame
    """Columns model, source, level, problems, accuracy, low, high (95 % interval of the accuracy), mean_tokens."""
    suspects: pl.DataFrame
    """Sampled problems with signs of a wrong reference answer: those of `label_suspect`, with problem."""
    suspect_counts: pl.DataFrame
    """Columns sign, rows, in_strict."""


def gather(warehouse: Warehouse, *, rows: int = ROWS) -> Facts:
    """Reads the current version. The same version gives the same facts: samples go by the hash of the problem's id.

    Args:
        rows: how many problems to show; every source, place and filter gets its share before any gets more.

    Raises:
        StoreError: nothing has been published.
    """
    with connect(warehouse) as connection:
        version = warehouse.current()
        assert version is not None  # there is a catalog

        def ask(query: str, *values: object) -> pl.DataFrame:
            return connection.execute(query, list(values)).pl()

        model = _most_asked(connection)
        return Facts(
            version=version.number,
            about=version.about,
            run=_latest_run(connection, version.number),
            table3=with_paper(table3(version)),
            funnel=ask("select * from funnel order by source, position"),
            reasons=ask(
                "select stage, filter, reason, sum(rows)::bigint as rows, list({source: source, rows: rows} order by"
                " rows desc, source) as sources from reasons group by all order by stage, filter, rows desc, reason"
            ),
            rows=_sampled(ask, rows, model),
            row_count=sum(output.rows for output in version.tables["problems"]),
            clusters=_clusters(ask),
            cluster_counts=ask(
                "select method, count(distinct cluster) as clusters, count(*) as rows,"
                " count(distinct cluster) filter (answers_conflict) as conflicts from duplicates group by 1 order by 1"
            ),
            matches=_matches(ask),
            match_counts=ask(
                "select benchmark, method, count(distinct problem_id) as rows from contamination"
                " group by all order by rows desc, benchmark, method"
            ),
            config_hash=config_hash(version.about),
            difficulty=_histogram(ask) if model else pl.DataFrame(),
            levels=_levels(ask) if model else pl.DataFrame(),
            suspects=ask(
                f"select s.*, left(p.problem, {STATEMENT}) as problem from label_suspect s join problems p"
                f" using (problem_id) order by len(signs) desc, md5(problem_id) limit {SUSPECTS}"
            ),
            suspect_counts=ask(
                "select sign, count(*) as rows, count(*) filter (strict) as in_strict"
                " from (select unnest(signs) as sign, strict from label_suspect) group by 1 order by rows desc, sign"
            ),
        )


def _latest_run(connection: duckdb.DuckDBPyConnection, number: int) -> dict[str, Any]:
    found = connection.execute(
        "select run_id, profile, started_at, seconds, settings, versions, timings from runs where version <= $1"
        " order by version desc, started_at desc limit 1",
        [number],
    ).pl()
    if found.is_empty():
        return {}
    run = found.to_dicts()[0]
    return run | {"settings": json.loads(run["settings"]), "versions": json.loads(run["versions"])}


def _most_asked(connection: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    """The model and its sampling that most problems were given to; None where none was asked."""
    shown = connection.execute("select count(*) from duckdb_views() where view_name = 'difficulty'").fetchone()
    if not shown or not shown[0]:
        return None
    found = connection.execute(
        "select model, sampling from difficulty where estimate is not null"
        " group by all order by count(*) desc, model, sampling"
    ).fetchone()
    return (found[0], found[1]) if found else None


_RATED = """
select problem_id, model, sampling, estimate, least(9, floor(estimate * 10))::bigint as tenth
from difficulty where estimate is not null
qualify row_number() over (partition by problem_id, model, sampling order by n desc) = 1
"""
"""Each problem once a model: one that was scored in two tables has its rollouts in both."""


def _histogram(ask: Ask) -> pl.DataFrame:
    counted = ask(
        f"""with rated as ({_RATED}),
        tenths as (from (select distinct model, sampling from rated), (select unnest(range(10)) as tenth))
        select model || ', ' || sampling as model, tenth, count(problem_id) as problems,
            sum(count(problem_id)) over (partition by model, sampling)::bigint as all_of_it
        from tenths left join rated using (model, sampling, tenth) group by model, sampling, tenth order by all"""
    )
    return _with_interval(counted, "problems", "all_of_it").with_columns(share=pl.col("problems") / pl.col("all_of_it"))


def _levels(ask: Ask) -> pl.DataFrame:
    found = ask(
        "select model || ', ' || sampling as model, source, level, count(*) as problems, avg(solve_rate) as accuracy,"
        " avg(mean_tokens) as mean_tokens, round(sum(solve_rate))::bigint as solved"
        " from difficulty where n > 0 group by all order by all"
    )
    # rollouts of one problem are not independent, so problems are counted: an interval that is rather too wide
    return _with_interval(found, "solved", "problems").drop("solved")


def _with_interval(counted: pl.DataFrame, part: str, whole: str) -> pl.DataFrame:
    pairs = [wilson(some, every) for some, every in counted.select(part, whole).iter_rows()]
    low, high = zip(*pairs, strict=True) if pairs else ((), ())
    return counted.with_columns(low=pl.Series(low, dtype=pl.Float64), high=pl.Series(high, dtype=pl.Float64))


def _sampled(ask: Ask, rows: int, model: tuple[str, str] | None) -> pl.DataFrame:
    """Columns of `_PLACES`, problem, characters, answer, license, level, domain, tenth (of the model's solve rate)."""
    rated = f"({_RATED}) where (model, sampling) = ($2, $3)" if model else "(select null as problem_id, null as tenth)"
    parts = " union all by name ".join(f"select {columns} from {table}" for table, columns in _PLACES.items())
    chosen = ask(
        f"""with placed as ({parts}),
        ranked as (
            select *, row_number() over (partition by source, place, filter order by md5(problem_id)) as rank
            from placed
        )
        select ranked.* exclude (rank), left(p.problem, {STATEMENT}) as problem, length(p.problem) as characters,
            left(p.answer, 400) as answer, p.license, p.level, p.domain, r.tenth
        from (from ranked order by rank, source, place, filter limit $1) ranked join problems p using (problem_id)
        left join (from {rated}) r using (problem_id)
        order by ranked.source, ranked.place, ranked.filter, ranked.problem_id""",
        rows,
        *(model or ()),
    )
    return chosen.with_columns(pl.col("reasons").cast(pl.List(pl.String)))


def _clusters(ask: Ask) -> list[pl.DataFrame]:
    members = ask(
        f"""with ranked as (
            select cluster, method, bool_or(answers_conflict) as conflict,
                row_number() over (partition by method, bool_or(answers_conflict) order by md5(cluster)) as rank
            from duplicates group by cluster, method
        ),
        chosen as (from ranked order by rank, method, conflict limit {CLUSTERS})
        select c.method, c.cluster, c.conflict, d.problem_id, d.keeper, d.similarity, d.why_kept, p.source,
            left(p.problem, {STATEMENT}) as problem, left(p.answer, 400) as answer
        from chosen c join duplicates d using (cluster, method) join problems p using (problem_id)
        order by c.conflict desc, c.method, c.cluster, not d.keeper, d.problem_id"""
    )
    return members.partition_by("method", "cluster", maintain_order=True)


def _matches(ask: Ask) -> pl.DataFrame:
    return ask(
        f"""select c.*, p.source,
            left(p.problem, {STATEMENT}) as problem, left(b.problem, {STATEMENT}) as benchmark_problem
        from contamination c join problems p using (problem_id) join benchmarks b using (benchmark, benchmark_row)
        order by
            row_number() over (partition by c.benchmark, c.method order by md5(c.problem_id)), c.benchmark, c.method
        limit {MATCHES}"""
    )
