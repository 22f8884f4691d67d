"""What must hold of a job's tables before they are published, each as one question with a countable answer.

A question is asked over the sources whose tables have been made: a run of one partition is held to what it made. What
every exported table must hold beside these is in `bigmath.gates`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bigmath.errors import StoreError
from bigmath.job import Job
from bigmath.normalize import canonical
from bigmath.plan import Plan
from bigmath.reformulation.tables import ONLY_FOR_OPTIONS
from bigmath.stages import DUPLICATE_LINKS
from bigmath.workers import map_rows

EXAMPLES = 5
_VERIFIED_AT_ONCE = 200_000
"""Answers: pairs of Python text are ten times as large as the column."""


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
    ask: Callable[[Job[Plan], Sequence[str]], Finding]
    """Given the job and the sources to ask about."""
    query: str
    """SQL that shows more, for `bigmath sql`."""
    also: Sequence[str] = ()
    """Other tables it reads."""

    def find(self, job: Job[Plan]) -> Finding:
        """The answer over every source of which all the tables it reads have been made."""
        tables = [name for name in (self.table, *self.also) if job.steps[name].by_source]
        sources = [source for source in job.sources if all(_is_made(job, name, source) for name in tables)]
        return self.ask(job, sources) if sources else Finding(0, 0, [])


def _is_made(job: Job[Plan], table: str, source: str) -> bool:
    try:
        job.output(table, source)
    except StoreError:
        return False
    return True


def _ids_are_unique(job: Job[Plan], sources: Sequence[str]) -> Finding:
    ids = job.scan("problems", *sources).select("problem_id", "source").collect()
    repeated = ids.filter(ids["problem_id"].is_duplicated())
    return finding(ids.height, repeated["problem_id"].unique(maintain_order=True))


def _every_filter_is_asked_about_every_row(job: Job[Plan], sources: Sequence[str]) -> Finding:
    filters = len(job.plan.filters)
    checked, wrong = 0, []
    for source in sources:  # a file at a time: those of decisions line up with those of problems
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
    return finding(checked, pl.concat(wrong))


def _no_row_is_lost_before_base(job: Job[Plan], sources: Sequence[str]) -> Finding:
    return _adds_up(job, sources, "problems", "base", "rejected")


def _no_row_is_lost_before_strict(job: Job[Plan], sources: Sequence[str]) -> Finding:
    return _adds_up(job, sources, "base", "strict", "strict_rejected")


def _adds_up(job: Job[Plan], sources: Sequence[str], whole: str, kept: str, dropped: str) -> Finding:
    """The ids of `whole` are those of `kept` and of `dropped`, each once."""
    ids = [job.scan(table, *sources).select("problem_id") for table in (whole, kept, dropped)]
    return same_ids(ids[0], pl.concat(ids[1:]))


def same_ids(expected: pl.LazyFrame, found: pl.LazyFrame) -> Finding:
    """Whether both frames hold the same values of `problem_id`, each as often; broken are those that differ."""
    counts = [frame.group_by("problem_id").len(name) for frame, name in ((expected, "expected"), (found, "found"))]
    rows = counts[0].join(counts[1], on="problem_id", how="full", coalesce=True).sort("problem_id").collect()
    return finding(rows.height, rows.filter(rows["expected"].ne_missing(rows["found"]))["problem_id"])


def _every_answer_kept_verifies_against_itself(job: Job[Plan], sources: Sequence[str]) -> Finding:
    from bigmath.verifier.many import verify_table  # noqa: PLC0415 # loads the verifier only where it is used

    if "unverifiable" not in job.plan.order():
        return Finding(0, 0, [])  # the paper's profile has no such filter, so its strict set makes no such promise
    rows = job.scan("strict", *sources).select("problem_id", "answer")
    # a verdict depends on the answer alone
    answers = rows.select(pl.col("answer").unique(maintain_order=True)).collect().to_series()
    wrong = [answers.clear()]
    for at in range(0, len(answers), _VERIFIED_AT_ONCE):
        some = answers.slice(at, _VERIFIED_AT_ONCE)
        boxed = ("\\boxed{" + some + "}").rename("reply")
        wrong.append(some.filter(verify_table(some, boxed).ne_missing("CORRECT")))
    broken = rows.filter(pl.col("answer").is_in(pl.concat(wrong).implode(), nulls_equal=True))
    return finding(rows.select(pl.len()).collect().item(), broken.select("problem_id").collect().to_series())


def _no_group_of_duplicates_is_divided(job: Job[Plan], sources: Sequence[str]) -> Finding:
    splits = job.scan("splits").collect()
    pairs = [
        job.scan(table).select("problem_id", "cluster").join(splits.lazy(), on="problem_id").collect()
        for table in DUPLICATE_LINKS
    ]
    divided = pl.concat(pairs).group_by("cluster").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)
    return finding(splits.height, divided["cluster"].sort())


def _every_base_row_has_one_split(job: Job[Plan], sources: Sequence[str]) -> Finding:
    return same_ids(job.scan("base", *sources).select("problem_id"), job.scan("splits").select("problem_id"))


def _every_candidate_is_rewritten_or_refused(job: Job[Plan], sources: Sequence[str]) -> Finding:
    """Counted anew from the decisions: problems with no drop but those that printed options bring."""
    if "multiple_choice" not in job.plan.order():
        return Finding(0, 0, [])
    drops = job.scan("decisions", *sources).filter(~pl.col("kept"))
    why = pl.concat_str("filter", "reason", separator=":")
    other = drops.filter(~why.is_in(list(ONLY_FOR_OPTIONS))).select("problem_id")
    asked = drops.filter(why == ONLY_FOR_OPTIONS[0]).join(other, on="problem_id", how="anti").select("problem_id")
    told = job.scan("rewrites", *sources).filter(pl.col("refusal").is_null() != pl.col("problem_id").is_null())
    rows = asked.join(told, left_on="problem_id", right_on="parent_id", how="full", coalesce=False).collect()
    wrong = rows.filter(pl.col("problem_id").is_null() | pl.col("parent_id").is_null())
    return finding(rows.height, wrong.select(pl.coalesce("problem_id", "parent_id")).to_series())


def _every_rewrite_was_asked_again(job: Job[Plan], sources: Sequence[str]) -> Finding:
    """A row of `reformulated` passed every filter of the run, and its answer verifies where the profile asks for it."""
    passed = (
        job.scan("reformulated_decisions", *sources)
        .group_by("problem_id")
        .agg(pl.col("kept").all(), pl.len().alias("filters"))
        .filter("kept", pl.col("filters") == len(job.plan.filters))
    )
    rows = job.scan("reformulated", *sources).select("problem_id")
    wrong = rows.join(passed, on="problem_id", how="anti").collect()
    return finding(rows.select(pl.len()).collect().item(), wrong["problem_id"])


def _no_rewrite_repeats_a_problem_of_base(job: Job[Plan], sources: Sequence[str]) -> Finding:
    new = job.scan("reformulated", *sources).select("problem_id", "problem").collect()
    own = canonical(new["problem"])
    frames = (rows for source in sources for rows in job.frames("base", source, ["problem"]))
    repeated = pl.concat([own.clear(), *(map_rows(_canonical_in, rows, own)["problem"] for rows in frames)])
    return finding(new.height, new["problem_id"].filter(own.is_in(repeated.implode()) | own.is_duplicated()))


def _canonical_in(rows: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    found = canonical(rows["problem"]).rename("problem")
    return found.filter(found.is_in(texts.implode())).to_frame()


def finding(checked: int, broken: pl.Series) -> Finding:
    """The finding of the names of what is broken."""
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
        also=("problems",),
    ),
    "rows_in_are_rows_kept_and_rejected": Invariant(
        "rejected",
        "problems = base + rejected, row by row, for each source.",
        _no_row_is_lost_before_base,
        "select problem_id from problems except"
        " (select problem_id from base_rows union all select problem_id from rejected)",
        also=("problems", "base"),
    ),
    "rows_of_base_are_strict_or_rejected": Invariant(
        "strict_rejected",
        "base = strict + strict_rejected, row by row, for each source.",
        _no_row_is_lost_before_strict,
        "select problem_id from base_rows except"
        " (select problem_id from strict_rows union all select problem_id from strict_rejected)",
        also=("base", "strict"),
    ),
    "every_answer_kept_verifies_against_itself": Invariant(
        "strict",
        "The verifier accepts every reference answer of strict against itself, where the profile asks for it.",
        _every_answer_kept_verifies_against_itself,
        "select problem_id, answer from strict",
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
        also=("reformulated_decisions",),
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
        "select problem_id, splits.split from base_rows full join splits using (problem_id) where splits.split is null",
        also=("base",),
    ),
}
