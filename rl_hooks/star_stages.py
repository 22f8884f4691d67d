"""STaR (Eq. 2) and Meta-STaR (Eq. 3 of arXiv 2501.04682) of a language model, a round a partition.

    given -> star_model of round 0 -> star_rows of round 1 -> star_model of round 1 -> ...

A round samples solutions of the training problems from the model of the round before, keeps what verifies beside what
was kept before, and fine-tunes the start model anew. `star` trains on the right solution S; `meta_star` also on the
search Z before it: the samples drawn until one verified, with the wrong ones said to be wrong. Loss is on Z and S, and
never on q.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import polars as pl

from bigmath.errors import SettingError
from bigmath.job import Job, Step
from bigmath.outputs import key_of
from rl_hooks import language_model
from rl_hooks.language_model import Reply
from rl_hooks.model_stages import model_folder, trained
from rl_hooks.reward import Reward
from rl_hooks.tasks import TRAINING_ROWS, TaskSettings, refuse_shared, rows_of
from rl_hooks.trl_training import CURVE, Say, SftRun, fine_tune

Method = Literal["star", "meta_star"]
METHODS: tuple[Method, ...] = ("star", "meta_star")
WRONG = "\nwrong\n"
"""What stands after an attempt that did not verify, in Z."""

STAR_ROWS = pl.Schema(
    {
        **TRAINING_ROWS,
        "round": pl.Int64(),
        "attempts": pl.Int64(),
        "sampled": pl.Int64(),
        "right": pl.Int64(),
    }
)
"""`TRAINING_ROWS` with what was kept as `solution`, null where nothing verified yet; `round` is when it was kept,
`attempts` how many stand in it (1 is S alone), `sampled` and `right` count this round's samples."""


@dataclass(frozen=True)
class StarPlan:
    """How the rounds run."""

    task: TaskSettings = field(default_factory=TaskSettings)
    given: int = 100
    """Problems whose own solutions round 0 trains on; they stay in the set."""
    problems: int = 1_500
    """Problems sampled on a round."""
    samples: int = 4
    """Attempts a problem and round."""
    wrong: int = 1
    """meta_star: most wrong attempts in Z."""
    temperature: float = 1.0
    sft: SftRun = field(default_factory=lambda: SftRun(steps=400, tokens=56, save_every=100))
    say: Say = lambda line: None


def partition(task: str, method: str, number: int) -> str:
    """The name of a round."""
    return f"{task}.{method}.{number}"


def parts_of(name: str) -> tuple[str, Method, int]:
    """Task, method and round of a partition.

    Raises:
        SettingError: the name is none.
    """
    task, _, rest = name.partition(".")
    method, _, number = rest.partition(".")
    for known in METHODS:
        if method == known and number.isdecimal():
            return task, known, int(number)
    raise SettingError(f"no round {name!r}; one is written TASK.METHOD.NUMBER with METHOD one of: {', '.join(METHODS)}")


def _before(name: str) -> str | None:
    task, method, number = parts_of(name)
    return partition(task, method, number - 1) if number else None


def _star_rows(job: Job[StarPlan], name: str) -> Iterator[pl.DataFrame]:
    task, method, number = parts_of(name)
    plan, before = job.plan, _before(name)
    if before is None:
        rows = rows_of(task, plan.task)
        refuse_shared(rows)
        held, train = rows.filter(split="held_out"), rows.filter(split="train")
        known = train.head(plan.given)
        asked = train.slice(plan.given, plan.problems).with_columns(solution=pl.lit(None, dtype=pl.String))
        rows = pl.concat([known, asked, held])
        started = pl.col("solution").is_not_null().cast(pl.Int64)
        yield rows.with_columns(round=pl.lit(0, dtype=pl.Int64), attempts=started, sampled=0, right=0).select(
            pl.col(column).cast(kind) for column, kind in STAR_ROWS.items()
        )
        return
    rows = job.scan("star_rows", before).collect()
    model, tokenizer = language_model.load(trained(job, "star_model", before))
    asked = rows.filter(pl.col("split") == "train", pl.col("solution").is_null() | (pl.col("round") > 0))
    prompts = [language_model.as_text(prompt, tokenizer) for prompt in asked["prompt"]]
    drawn = language_model.sample(
        model, tokenizer, prompts, n=plan.samples, temperature=plan.temperature, limit=plan.sft.tokens,
        seed=plan.sft.seed + number,
    )  # fmt: skip
    right = _judged(asked["answer"].to_list(), drawn)
    kept = []
    for row, replies, good in zip(asked.iter_rows(named=True), drawn, right, strict=True):
        found = search([reply.text for reply in replies], good, wrong=plan.wrong if method == "meta_star" else 0)
        about: dict[str, Any] = {"sampled": len(good), "right": sum(good)}
        if found is not None:
            about |= {"solution": found[0], "attempts": found[1], "round": number}
        kept.append({**row, **about})
    ids = asked["problem_id"].implode()
    others = rows.filter(~pl.col("problem_id").is_in(ids)).with_columns(
        sampled=pl.lit(0, dtype=pl.Int64), right=pl.lit(0, dtype=pl.Int64)
    )
    yield pl.concat([others, pl.DataFrame(kept, schema=STAR_ROWS)])


def _judged(golds: Sequence[str], drawn: Sequence[Sequence[Reply]]) -> list[list[bool]]:
    flat = [(gold, reply) for gold, replies in zip(golds, drawn, strict=True) for reply in replies]
    scores = iter(
        Reward()(
            [gold for gold, _ in flat], [one.text for _, one in flat], truncated=[not one.ended for _, one in flat]
        )
    )
    return [[next(scores).correct == 1.0 for _ in replies] for replies in drawn]


def search(replies: Sequence[str], right: Sequence[bool], *, wrong: int) -> tuple[str, int] | None:
    """(text, attempts): the first right reply after the wrong ones drawn just before it, at most `wrong` of them; None
    where none is right. An attempt that itself holds several keeps its last alone."""
    place = next((place for place, good in enumerate(right) if good), None)
    if place is None:
        return None
    shown = [one.rpartition(WRONG)[2] for one in [*replies[max(0, place - wrong) : place], replies[place]]]
    return WRONG.join(shown), len(shown)


def _star_model(job: Job[StarPlan], name: str) -> Iterator[pl.DataFrame]:
    rows = job.scan("star_rows", name).select(list(TRAINING_ROWS)).collect()
    _, _, number = parts_of(name)
    run = replace(job.plan.sft, seed=job.plan.sft.seed + number)
    folder = model_folder(job, "star_model", name)
    # the tokenizer is made from the rows: every round must know the word that ends a wrong attempt
    yield fine_tune(rows, run, folder, job.plan.say, more_text=(WRONG,))


def _row_settings(job: Job[StarPlan], name: str) -> Mapping[str, Any]:
    before = _before(name)
    plan = {name: value for name, value in asdict(job.plan).items() if name != "say"}
    after = key_of(job.made_from("star_model", before)) if before is not None else None
    return {**plan, "after": after}


STEPS: dict[str, Step[StarPlan]] = {
    "star_rows": Step((), STAR_ROWS, _star_rows, settings=_row_settings),
    "star_model": Step(("star_rows",), CURVE, _star_model),
}


def rounds(job: Job[StarPlan], names: Sequence[str]) -> pl.DataFrame:
    """One row a finished round: problems covered, samples right, rows kept, held-out accuracy after training."""
    found = []
    for name in names:
        _, method, number = parts_of(name)
        rows = job.scan("star_rows", name).filter(split="train").collect()
        curve = job.scan("star_model", name).filter(name="held_out/accuracy").sort("step").collect()
        found.append(
            {
                "method": method, "round": number, "problems": rows.height,
                "covered": rows["solution"].count(), "sampled": int(rows["sampled"].sum()),
                "right": int(rows["right"].sum()),
                "mean attempts": float(rows.filter(pl.col("attempts") > 0)["attempts"].mean() or 0.0),  # type: ignore[arg-type]
                "accuracy": float(curve["value"][-1]) if curve.height else None,
            }
        )  # fmt: skip
    return pl.DataFrame(found)
