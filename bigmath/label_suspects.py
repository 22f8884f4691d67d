r"""Signs that a reference answer is wrong: places where two answers to the same question disagree.

Nothing is dropped for it; each sign is one row, and a problem may have several. Answers agree if the verifier holds
them equivalent or they are the same text; a letter of an option is compared by what stands beside it, and where it
stands alone it is not compared at all, since duplicates print their options in different orders.

An `answer_and_boxes_differ`: the answer column says 7, the one solution ends "so there are $\boxed{8}$ of them".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from bigmath.answer import boxed
from bigmath.job import ALL, Job, Step
from bigmath.plan import Plan
from bigmath.reformulation.right_option import split_answer
from bigmath.reformulation.tables import OPEN
from bigmath.verifier.judge import equivalent
from bigmath.workers import map_rows

LABEL_SUSPECTS = pl.Schema(
    {"problem_id": pl.String, "source": pl.String, "reason": pl.String, "detail": pl.String, "other_id": pl.String}
)
"""`detail` holds the answers that disagree, the reference answer first; `other_id` is the duplicate with the other."""

REASONS: Mapping[str, str] = {
    "answer_and_boxes_differ": "no solution's one box holds the answer of the answer column",
    "solutions_differ": "a solution's one box differs from the reference answer, which another solution gives",
    "boxes_disagree": "the answer was read from a box and the same solution has another box that differs",
    "folded_answers_differ": "the source rows folded into this problem give different answers",
    "duplicates_differ": "a duplicate of this problem has another answer",
    "answer_not_an_option": "the statement prints its options and the answer is none of them",
}
"""Every reason, with its meaning in one line."""

_JOIN = " | "


def row_signs(rows: pl.DataFrame) -> pl.DataFrame:
    """`LABEL_SUSPECTS` rows from problems alone (problem_id, source, answer, answer_from, answers, solutions)."""
    found = []
    for row in rows.iter_rows(named=True):
        for reason, answers in _signs(row):
            found.append((row["problem_id"], row["source"], reason, _JOIN.join(answers), None))
    return pl.DataFrame(found, schema=LABEL_SUSPECTS, orient="row")


def duplicate_signs(problems: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """`LABEL_SUSPECTS` rows of duplicates whose answers disagree: every member against the keeper, and the keeper
    against the first member that disagrees with it. `problems` has problem_id, source, answer; `clusters` is
    `DUPLICATES` rows. What a rewritten problem shows is said of its parent."""
    members = clusters.filter("answers_conflict").join(problems, on="problem_id")
    found: dict[tuple[str, str], tuple[str, str, str, str, str]] = {}
    for (_, _), cluster in members.sort("method", "cluster", "problem_id").group_by(
        "method", "cluster", maintain_order=True
    ):
        (keeper,) = cluster.filter("keeper").iter_rows(named=True)
        for other in cluster.filter(~pl.col("keeper")).iter_rows(named=True):
            if agree(keeper["answer"], other["answer"]) is not False:
                continue
            for one, against in ((other, keeper), (keeper, other)):
                detail = _JOIN.join((one["answer"], against["answer"]))
                sign = (one["problem_id"], one["source"], "duplicates_differ", detail, against["problem_id"])
                found.setdefault((one["problem_id"], "duplicates_differ"), sign)
    signs = pl.DataFrame(list(found.values()), schema=LABEL_SUSPECTS, orient="row")
    return signs.with_columns(pl.col("problem_id", "other_id").str.strip_suffix(OPEN))


def option_signs(rewrites: pl.DataFrame) -> pl.DataFrame:
    """`LABEL_SUSPECTS` rows of multiple-choice problems whose answer is none of their options."""
    missing = rewrites.filter(pl.col("refusal") == "answer_not_an_option")
    return missing.select(
        problem_id="parent_id",
        source="source",
        reason="refusal",
        detail="detail",
        other_id=pl.lit(None, dtype=pl.String),
    )


def agree(one: str | None, other: str | None) -> bool | None:
    """Whether two reference answers say the same; None where that cannot be told: no answer, or a letter alone."""
    if one is None or other is None:
        return None
    (_, left), (_, right) = split_answer(one), split_answer(other)
    if left is None or right is None:
        return None
    return _text(left) == _text(right) or equivalent(left, right)


def _signs(row: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    answer = row["answer"]
    if len(row["answers"]) > 1 and _conflict(row["answers"][0], row["answers"][1:]):
        yield "folded_answers_differ", list(row["answers"])
    if answer is None:
        return
    boxes = [boxed(solution) for solution in row["solutions"]]
    if row["answer_from"] == "boxed" and len(boxes) == 1 and len(boxes[0]) == 1:
        return  # the answer is that box
    if row["answer_from"] == "boxed" and boxes and _conflict(answer, boxes[0][:-1]):
        yield "boxes_disagree", list(dict.fromkeys([answer, *boxes[0]]))
    last = [found[0] for found in boxes if len(found) == 1]  # several boxes may hold the parts of one answer
    told = [agree(answer, one) for one in last]
    if row["answer_from"] == "column" and False in told and True not in told:
        yield "answer_and_boxes_differ", list(dict.fromkeys([answer, *last]))
    elif False in told:
        yield "solutions_differ", list(dict.fromkeys([answer, *last]))


def _conflict(answer: str, others: Iterable[str]) -> bool:
    return any(agree(answer, one) is False for one in others)


def _text(answer: str) -> str:
    return "".join(answer.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").split())


def _build(job: Job[Plan], source: str) -> Iterator[pl.DataFrame]:
    columns = ["problem_id", "source", "answer", "answer_from", "answers", "solutions"]
    found = [map_rows(row_signs, rows) for rows in job.frames("problems", source, columns)]
    made = job.scan("rewrites").collect()
    clusters = pl.concat([job.scan(name, ALL) for name in _CLUSTERS]).filter("answers_conflict").collect()
    known = job.scan("problems").select("problem_id", "source", "answer")
    asked = clusters.select("problem_id").unique()
    ours = known.join(asked.lazy(), on="problem_id", how="semi").collect()
    rewritten = made.filter(pl.col("refusal").is_null()).join(asked, on="problem_id", how="semi")
    members = pl.concat([ours, rewritten.select(ours.columns)])
    found.append(duplicate_signs(members, clusters).filter(pl.col("source") == source))
    found.append(option_signs(made.filter(pl.col("source") == source)))
    yield pl.concat(found).unique(["problem_id", "reason"], keep="first").sort("problem_id", "reason")


_CLUSTERS = ("exact_duplicates", "near_duplicates", "semantic_duplicates", "rewrite_duplicates")

LABEL_SUSPECT_STEP: Step[Plan] = Step(("problems", "rewrites", *_CLUSTERS), LABEL_SUSPECTS, _build)
"""Once the duplicates are known."""
