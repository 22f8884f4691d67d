"""What must hold of a job's tables before they are published, each as one question with a countable answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bigmath.job import Job
from bigmath.normalize import canonical
from bigmath.plan import Plan
from bigmath.reformulation.tables import ONLY_FOR_OPTIONS
from bigmath.stages import DUPLICATE_LINKS
from bigmath.workers import map_rows

EXAMPLES = 5
_VERIFIED_AT_ONCE = 200_000
"""Rows: pairs of Python text are ten times as large as the column."""


@dataclass(frozen=True)
class Finding:
    """The answer: rows looked at, rows that break the invariant, and the first few of them by name."""

    checked: int
    broken: int
    examples: list[str]

    def sentence(self) -> str:
        if not self.broken:
            return f"holds for all {self.checked:,}"
        return f"{self.broken:,} of {self.checked:,} break it, such as {', '.join(self.examples)}"


@dataclass(frozen=True)
class Invariant:
    """A blocking check of one table."""

    table: str
    statement: str
    ask: Callable[[Job[Plan]], Finding]
    query: str
    """SQL that shows more, for `bigmath sql`."""
    also: Sequence[str] = ()
    """Other tables it reads."""


def _ids_are_unique(job: Job[Plan]) -> Finding:
    ids = job.scan("problems").select("problem_id", "source").collect()
    repeated = ids.filter(ids["problem_id"].is_duplicated())
    return _finding(ids.height, repeated["problem_id"].unique(maintain_order=True))


def _every_filter_is_asked_about_every_row(job: Job[Plan]) -> Finding:
    filters = len(job.plan.filters)
    checked, wrong = 0, []
    for source in job.sources:  # a file at a time: those of decisions line up with those of problems
        files = zip(
            job.frames("problems", source, ["problem_id"]),
            job.frames("decisions", source, ["problem_id", "filter"]),
            strict=True,
        )
        for problems, decisions in files:
            asked = decisions.group_by("problem_id").agg(pl.len(), pl.col("filter").n_unique().alias("filters"))
            rows = problems.join(asked, on="problem_id", how="full", coalesce=True)
            bad = pl.col("len").is_null() | (pl.col("len") != filters) | (pl.col("filters") != filters)
            checked += rows.height
            wrong.append(rows.filter(bad)["problem_id"])
    return _finding(checked, pl.concat(wrong))


def _no_row_is_lost_before_base(job: Job[Plan]) -> Finding:
    return _adds_up(job, "problems", "base", "rejected")


def _no_row_is_lost_before_strict(job: Job[Plan]) -> Finding:
    return _adds_up(job, "base", "strict", "strict_rejected")


def _adds_up(job: Job[Plan], whole: str, kept: str, dropped: str) -> Finding:
    """For each source: the ids of `whole` are those of `kept` and of `dropped`, each once."""
    broken: list[str] = []
    rows = 0
    for source in job.sources:
        parts = pl.concat([_ids(job, kept, source), _ids(job, dropped, source)])
        ids = _ids(job, whole, source)
        rows += ids.len()
        if ids.len() != parts.len() or not ids.sort().equals(parts.sort()):
            broken.append(f"{source}: {ids.len():,} in {whole}, {parts.len():,} in {kept} and {dropped}")
    return Finding(rows, len(broken), broken)


def _ids(job: Job[Plan], table: str, source: str) -> pl.Series:
    return job.scan(table, source).select("problem_id").collect().to_series()


def _every_answer_kept_verifies_against_itself(job: Job[Plan]) -> Finding:
    from bigmath.verifier.many import verify_table  # noqa: PLC0415 # loads the verifier only where it is used

    if "unverifiable" not in job.plan.order():
        return Finding(0, 0, [])  # the paper's profile has no such filter, so its strict set makes no such promise
    answers = job.scan("strict").select("problem_id", "answer").collect()
    wrong = [answers["problem_id"].clear()]
    for some in answers.iter_slices(_VERIFIED_AT_ONCE):
        boxed = ("\\boxed{" + some["answer"] + "}").rename("reply")
        wrong.append(some.filter(verify_table(some["answer"], boxed).ne_missing("CORRECT"))["problem_id"])
    return _finding(answers.height, pl.concat(wrong))


def _no_benchmark_problem_is_kept(job: Job[Plan]) -> Finding:
    matched = job.scan("contamination").select("problem_id").unique()
    base = job.scan("base").select("problem_id")
    kept = base.join(matched, on="problem_id", how="semi").collect()
    return _finding(base.select(pl.len()).collect().item(), kept["problem_id"])


def _no_group_of_duplicates_is_divided(job: Job[Plan]) -> Finding:
    splits = job.scan("splits").collect()
    pairs = [
        job.scan(table).select("problem_id", "cluster").join(splits.lazy(), on="problem_id").collect()
        for table in DUPLICATE_LINKS
    ]
    divided = pl.concat(pairs).group_by("cluster").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)
    return _finding(splits.height, divided["cluster"].sort())


def _every_base_row_has_one_split(job: Job[Plan]) -> Finding:
    base = job.scan("base").select("problem_id").collect().to_series().sort()
    splits = job.scan("splits").select("problem_id").collect().to_series().sort()
    return Finding(base.len(), int(not base.equals(splits)), [f"{base.len():,} in base, {splits.len():,} in splits"])


def _every_candidate_is_rewritten_or_refused(job: Job[Plan]) -> Finding:
    """Counted anew from the decisions: problems with no drop but those that printed options bring."""
    if "multiple_choice" not in job.plan.order():
        return Finding(0, 0, [])
    drops = job.scan("decisions").filter(~pl.col("kept"))
    why = pl.concat_str("filter", "reason", separator=":")
    other = drops.filter(~why.is_in(list(ONLY_FOR_OPTIONS))).select("problem_id")
    asked = drops.filter(why == ONLY_FOR_OPTIONS[0]).join(other, on="problem_id", how="anti").select("problem_id")
    told = job.scan("rewrites").filter(pl.col("refusal").is_null() != pl.col("problem_id").is_null())
    rows = asked.join(told, left_on="problem_id", right_on="parent_id", how="full", coalesce=False).collect()
    wrong = rows.filter(pl.col("problem_id").is_null() | pl.col("parent_id").is_null())
    return _finding(rows.height, wrong.select(pl.coalesce("problem_id", "parent_id")).to_series())


def _every_rewrite_was_asked_again(job: Job[Plan]) -> Finding:
    """A row of `reformulated` passed every filter of the run, and its answer verifies where the profile asks for it."""
    passed = (
        job.scan("reformulated_decisions")
        .group_by("problem_id")
        .agg(pl.col("kept").all(), pl.len().alias("filters"))
        .filter("kept", pl.col("filters") == len(job.plan.filters))
    )
    rows = job.scan("reformulated").select("problem_id")
    wrong = rows.join(passed, on="problem_id", how="anti").collect()
    return _finding(rows.select(pl.len()).collect().item(), wrong["problem_id"])


def _no_rewrite_repeats_a_problem_of_base(job: Job[Plan]) -> Finding:
    new = job.scan("reformulated").select("problem_id", "problem").collect()
    own = canonical(new["problem"])
    frames = (rows for source in job.sources for rows in job.frames("base", source, ["problem"]))
    repeated = pl.concat([own.clear(), *(map_rows(_canonical_in, rows, own)["problem"] for rows in frames)])
    return _finding(new.height, new["problem_id"].filter(own.is_in(repeated.implode()) | own.is_duplicated()))


def _canonical_in(rows: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    found = canonical(rows["problem"]).rename("problem")
    return found.filter(found.is_in(texts.implode())).to_frame()


def _finding(checked: int, broken: pl.Series) -> Finding:
    return Finding(checked, broken.len(), [str(one) for one in broken.head(EXAMPLES)])


INVARIANTS = {
    "ids_are_unique": Invariant(
        "problems",
        "No two problems share an id.",
        _ids_are_unique,
        "select problem_id, count(*) from problems group by 1 having count(*) > 1",
    ),
    "every_filter_is_asked_about_every_row": Invariant(
        "decisions",
        "Each problem has exactly one decision of each filter of the profile.",
        _every_filter_is_asked_about_every_row,
        "select problem_id, count(*) from decisions group by 1 order by 2",
    ),
    "rows_in_are_rows_kept_and_rejected": Invariant(
        "rejected",
        "problems = base + rejected, row by row, for each source.",
        _no_row_is_lost_before_base,
        "select * from table3",
        also=("problems", "base"),
    ),
    "rows_of_base_are_strict_or_rejected": Invariant(
        "strict_rejected",
        "base = strict + strict_rejected, row by row, for each source.",
        _no_row_is_lost_before_strict,
        "select * from table3",
        also=("base", "strict"),
    ),
    "every_answer_kept_verifies_against_itself": Invariant(
        "strict",
        "The verifier accepts every reference answer of strict against itself, where the profile asks for it.",
        _every_answer_kept_verifies_against_itself,
        "select problem_id, answer from strict",
    ),
    "no_benchmark_problem_is_kept": Invariant(
        "base",
        "No problem of base matches a benchmark problem.",
        _no_benchmark_problem_is_kept,
        "select * from contamination join base using (problem_id)",
    ),
    "no_group_of_duplicates_is_divided": Invariant(
        "splits",
        "All problems of a duplicate cluster are in one split.",
        _no_group_of_duplicates_is_divided,
        "select cluster, count(distinct split) from duplicates join splits using (problem_id) group by 1",
    ),
    "every_candidate_is_rewritten_or_refused": Invariant(
        "rewrites",
        "Each problem dropped only for its options is rewritten, or refused with a reason.",
        _every_candidate_is_rewritten_or_refused,
        "select * from reformulation",
        also=("decisions",),
    ),
    "every_rewrite_was_asked_again": Invariant(
        "reformulated",
        "Each reformulated problem passed every filter of the profile.",
        _every_rewrite_was_asked_again,
        "select problem_id, bool_and(kept) from reformulated_decisions group by 1",
    ),
    "no_rewrite_repeats_a_problem_of_base": Invariant(
        "reformulated",
        "No reformulated problem states the same as a problem of base or as another one.",
        _no_rewrite_repeats_a_problem_of_base,
        "select * from duplicates where problem_id like '%-open'",
        also=("base",),
    ),
    "every_row_of_base_has_one_split": Invariant(
        "splits",
        "splits holds each problem of base once, and nothing else.",
        _every_base_row_has_one_split,
        "select split, count(*) from splits group by 1",
    ),
}
