"""Clusters of rows that state the same problem, and which row of each is kept.

`exact_clusters` joins rows of equal canonical text; `near_clusters` joins rows whose texts are nearly equal and
whose mathematics agrees (`bigmath.dedup`), and names families of variants. Both return `DUPLICATES` rows, for
clusters of two or more only, and
neither depends on the order of its input. Which row is kept is a rule: rows that survived the earlier filters, then
a verified answer, then human writing over synthetic, then the longest solution, then the smallest id.

The input has `problem_id`, `problem`, `answer`, and `solutions` or `solution_length`; the Booleans `alive`,
`verified` and `synthetic` are read where present (else: true, whether there is an answer, false).
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bigmath.dedup.engine import Engine, Say, link
from bigmath.normalize import canonical

DUPLICATES = pl.Schema(
    {
        "problem_id": pl.String,
        "cluster": pl.String,
        "method": pl.String,
        "keeper": pl.Boolean,
        "similarity": pl.Float64,
        "why_kept": pl.String,
        "answers_conflict": pl.Boolean,
    }
)
"""`cluster` is the smallest id in it; `similarity` is to the keeper; `why_kept` is
the first point of the rule that sets
the keeper apart, null for the others; `answers_conflict` holds for the whole cluster: a sign of a wrong label."""

FAMILY = "family"
"""The method of rows that say which variants of one template there are; they are kept, all of them."""

SameAnswer = Callable[[str, str], bool]


@dataclass(frozen=True)
class NearSettings:
    """How near is near. Candidates are found by MinHash (`bigmath.dedup.signing`)."""

    threshold: float = 0.5
    """Least exact Jaccard similarity of two skeletons; the guard does the fine work, so it may be low."""


def exact_clusters(rows: pl.DataFrame, *, same_answer: SameAnswer | None = None) -> pl.DataFrame:
    """Clusters of equal canonical text. Empty statements are nobody's duplicate."""
    ranked = ranked_rows(rows)
    return clusters_of(ranked.with_columns(cluster_key=pl.col("text"), similarity=1.0), "exact", same_answer)


def near_clusters(
    rows: pl.DataFrame,
    settings: NearSettings = NearSettings(),
    *,
    same_answer: SameAnswer | None = None,
    engine: Engine | None = None,
    say: Say | None = None,
    split_exact: bool = False,
) -> pl.DataFrame:
    """Clusters of nearly equal text, exact copies included (method `near`), and families of variants (method `family`).

    Every link between two members was verified by the guard. A family's rows are all keepers: one variant is another
    problem than the next, and a trainer may sample one of each `cluster` of method `family`. With `split_exact` the
    method of
    a copy that has its keeper's tokens is `exact`, and so is that of the keeper if all its copies have."""
    ranked = ranked_rows(rows, canonical_text=False)
    linked = link(ranked["text"], least=settings.threshold, engine=engine, say=say)
    found = ranked.with_columns(cluster_key=linked.near, family=linked.family, exact=linked.exact).filter(
        pl.col("cluster_key") >= 0
    )
    found = found.with_columns(similarity=_similarity_to_first(found))
    keyed = found.with_columns(pl.col("cluster_key").cast(pl.String))
    clusters = clusters_of(keyed, "near", same_answer)
    if split_exact:
        equal = pl.col("exact") == pl.col("exact").first().over("cluster_key")
        first = pl.int_range(pl.len()).over("cluster_key") == 0
        copied = keyed.select(
            "problem_id", is_exact=pl.when(first).then(equal.all().over("cluster_key")).otherwise(equal)
        )
        method = pl.when("is_exact").then(pl.lit("exact")).otherwise("method")
        clusters = clusters.join(copied, on="problem_id", how="left", maintain_order="left")
        clusters = clusters.with_columns(method=method).match_to_schema(DUPLICATES, extra_columns="ignore")
    several = found.filter(pl.col("cluster_key").n_unique().over("family") > 1)
    families = several.select(
        "problem_id",
        cluster=pl.col("problem_id").min().over("family"),
        method=pl.lit(FAMILY),
        keeper=pl.lit(value=True),
        similarity=pl.lit(None, dtype=pl.Float64),
        why_kept=pl.lit("a variant"),
        answers_conflict=pl.lit(value=False),
    ).match_to_schema(DUPLICATES)
    return pl.concat([clusters, families.sort("cluster", "problem_id")])


def kept_instead(duplicates: pl.DataFrame) -> pl.DataFrame:
    """`problem_id` and `kept` (the id of its cluster's keeper) of every row that is not the keeper itself."""
    duplicates = duplicates.filter(pl.col("method") != FAMILY)
    keepers = duplicates.filter("keeper").select("cluster", kept="problem_id")
    return duplicates.filter(~pl.col("keeper")).join(keepers, on="cluster").select("problem_id", "kept")


_RULE = ("alive", "verified", "human", "solution_length")
_WHY = ("passed the filters", "verified answer", "human-written", "longest solution", "smallest id")


def ranked_rows(rows: pl.DataFrame, *, canonical_text: bool = True) -> pl.DataFrame:
    """Rows with a canonical text (the column `canonical` where there is one), best first by the keeper rule:
    whatever is
    first in a group is its keeper. `canonical_text` off: with the statement as it is."""
    present = set(rows.columns)
    if not canonical_text:
        text = rows["problem"]
    else:
        text = rows["canonical"] if "canonical" in present else canonical(rows["problem"])
    ranked = rows.select(
        "problem_id",
        "answer",
        text=text,
        alive=pl.col("alive") if "alive" in present else pl.lit(True),
        verified=pl.col("verified") if "verified" in present else pl.col("answer").is_not_null(),
        human=~pl.col("synthetic").fill_null(False) if "synthetic" in present else pl.lit(True),
        solution_length=pl.col("solution_length") if "solution_length" in present else longest_solution(),
    )
    ranked = ranked.filter(pl.col("text").str.len_bytes() > 0)
    return ranked.sort([*_RULE, "problem_id"], descending=[True] * len(_RULE) + [False])


def longest_solution() -> pl.Expr:
    """Characters of a row's longest solution, 0 without one."""
    return pl.col("solutions").list.eval(pl.element().str.len_chars()).list.max().fill_null(0)


def clusters_of(ranked: pl.DataFrame, method: str, same_answer: SameAnswer | None) -> pl.DataFrame:
    """`DUPLICATES` rows of ranked rows with `cluster_key` and `similarity`; a cluster's first row is its keeper."""
    several = ranked.filter(pl.len().over("cluster_key") > 1)
    if several.is_empty():
        return pl.DataFrame(schema=DUPLICATES)
    first = pl.int_range(pl.len()).over("cluster_key") == 0
    out = several.with_columns(
        cluster=pl.col("problem_id").min().over("cluster_key"), keeper=first, why_kept=pl.when(first).then(_why())
    )
    spelled = out.select("cluster_key", "answer", text=canonical(out["answer"]))  # at once: one by one is slow
    one_each = spelled.drop_nulls().unique(["cluster_key", "text"], keep="first").sort("cluster_key", "answer")
    conflicts = [
        (key, _conflict(answers, same_answer))
        for key, answers in one_each.group_by("cluster_key").agg("answer").iter_rows()
    ]
    flagged = pl.DataFrame(conflicts, schema={"cluster_key": pl.String, "answers_conflict": pl.Boolean}, orient="row")
    out = out.join(flagged, on="cluster_key", how="left").with_columns(pl.col("answers_conflict").fill_null(False))
    out = out.with_columns(method=pl.lit(method))
    return out.select(list(DUPLICATES)).sort("cluster", "problem_id").match_to_schema(DUPLICATES)


def _why() -> pl.Expr:
    """The first point in which the keeper differs from the second best."""
    why: pl.Expr = pl.lit(_WHY[-1])
    for column, words in reversed(list(zip(_RULE, _WHY, strict=False))):
        second = pl.col(column).slice(1, 1).first().over("cluster_key")
        why = pl.when(pl.col(column) != second).then(pl.lit(words)).otherwise(why)
    return why


def _conflict(answers: list[str], same_answer: SameAnswer | None) -> bool:
    """Whether answers of different spelling differ; without a judge, spelling decides."""
    if len(answers) < 2:
        return False
    return same_answer is None or any(not same_answer(answers[0], other) for other in answers[1:])


def _similarity_to_first(found: pl.DataFrame) -> pl.Series:
    """The exact Jaccard similarity of each row's skeleton to that of its cluster's first row, which is its keeper."""
    from bigmath.dedup.guarding import compare  # noqa: PLC0415 # compiled code is loaded when needed

    here = pl.Series("here", range(found.height), dtype=pl.Int64)
    places = found.select("cluster_key", here).with_columns(first=pl.col("here").first().over("cluster_key"))
    others = places.filter(pl.col("here") != pl.col("first"))
    _, similarity = compare(found["text"], others["first"].to_numpy(), others["here"].to_numpy())
    out = pl.Series("similarity", [1.0] * found.height, dtype=pl.Float64)
    return out.scatter(others["here"], pl.Series(similarity, dtype=pl.Float64))
