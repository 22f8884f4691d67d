"""What the RL side must hold: reward throughput, no stall by a hostile reply, exact RL² against E-RL², the paper's
examples, and no held-out problem in an export."""

import os
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from bigmath import Verdict, verify
from bigmath.benchmarks.hostile import texts
from bigmath.benchmarks.processes import cpu_seconds, family
from bigmath.benchmarks.report import Result
from bigmath.catalog import connect
from bigmath.errors import SettingError
from bigmath.store import Warehouse
from bigmath.verifier.pool import ASKS_SYMPY
from rl_hooks.export import export_rl
from rl_hooks.formats import FORMATS
from rl_hooks.meta_rl import ascend, hidden_goal, optimum
from rl_hooks.reward import Reward, RewardSettings
from rl_hooks.rows import LeakError, read_rows, refuse_leaks

RATE = 5_000
"""Floor: completions scored in a processor second, all processes counted."""
STALL = 2.0
"""Floor: seconds that a hostile completion may hold up a batch of 64."""
COMPLETIONS = 20_000
STEPS = 4_000
"""Steps up the exact gradient; by then both objectives are within a thousandth of their optimum."""

PAPER = {
    "polynomial": (r"x = \pm \frac{1}{n!}", r"So the other roots are $\boxed{\pm\frac{1}{n!}}$.", Verdict.CORRECT),
    "polynomial, one root": (r"x = \pm \frac{1}{n!}", r"So $\boxed{\frac{1}{n!}}$.", Verdict.WRONG),
    "rational at pi": ("1", r"$\boxed{\frac{(\pi^2-1)(\pi+1)}{\pi^3-\pi}-\frac{1}{\pi}}$", Verdict.CORRECT),
    "rational at pi, off by one": ("1", r"$\boxed{\frac{(\pi^2-1)(\pi+1)}{\pi^3-\pi}+\frac{1}{\pi}}$", Verdict.WRONG),
}  # fmt: skip
"""Gold, reply and verdict of the examples in arXiv 2501.04682."""

WINDMILL = (
    "Let S be a finite set of points, no three on a line. A line through one point of S turns clockwise until it meets "
    "another point of S, which becomes the new pivot, and so on for ever. Show that one can choose a point of S and a "
    "line through it such that every point of S is a pivot infinitely many times."
)
"""IMO 2011, problem 2, in our words."""

Say = Callable[[str], None]


def run(
    make_warehouse: Callable[[Path], None],
    asks_proof: Callable[[str], bool],
    part: str | None = None,
    say: Say = lambda line: None,
) -> Result:
    """All parts, or one of meta, paper, reward, rows. `make_warehouse` runs the job on the sample into a folder.

    Raises:
        SettingError: there is no such part.
    """
    parts = ("meta", "paper", "reward", "rows")
    if part is not None and part not in parts:
        raise SettingError(f"no part {part!r}; there are: {', '.join(parts)}")
    figures: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    if part in (None, "meta"):
        say("exact RL² against E-RL²")
        _meta(figures, holds)
    if part in (None, "paper"):
        _paper(holds, asks_proof)
    if part in (None, "reward", "rows"):
        with tempfile.TemporaryDirectory() as scratch:
            say("the job on the sample")
            root = Path(scratch) / "warehouse"
            make_warehouse(root)
            warehouse = Warehouse.open(root)
            if part != "rows":
                _throughput(warehouse, figures, holds, say)
                _stall(figures, holds, say)
            if part != "reward":
                say("exports")
                _rows(warehouse, Path(scratch), figures, holds)
    return Result("rl", figures, holds)


def _meta(figures: dict[str, Any], holds: dict[str, bool]) -> None:
    for arms, episodes, safe in ((3, 2, Fraction(4, 5)), (4, 3, Fraction(7, 10))):
        task, name = hidden_goal(arms, episodes, safe), f"{arms}_arms_K{episodes}_p{float(safe)}"
        best = {objective: optimum(task, objective) for objective in ("rl2", "e_rl2")}
        climbed = {objective: ascend(task, objective, steps=STEPS) for objective in ("rl2", "e_rl2")}
        for objective in ("rl2", "e_rl2"):
            figures[f"{name}_{objective}"] = {
                "final": round(climbed[objective].final, 4), "total": round(climbed[objective].total, 4),
                "optimum": {"final": best[objective].final, "total": best[objective].total},
            }  # fmt: skip
        holds[f"{arms} arms, K = {episodes}: RL² ends at {float(safe):g}, E-RL² at 0.999 or above"] = (
            abs(climbed["rl2"].final - float(safe)) < 1e-3 and climbed["e_rl2"].final >= 0.999
        )
        if arms == 3:
            holds["3 arms, K = 2: totals 1.599 and 1.499 or above, below 1.6 and 1.5"] = (
                1.599 <= climbed["rl2"].total < 1.6 and 1.499 <= climbed["e_rl2"].total < 1.5
            )
    discount = Reward(RewardSettings(discount=0.995))(["4"], [r"\boxed{4}"], tokens=[200])[0].reward
    holds["the discounted reward is 0.995^200 for 200 tokens (Eq. 21)"] = discount == 0.995**200


def _paper(holds: dict[str, bool], asks_proof: Callable[[str], bool]) -> None:
    for name, (gold, reply, verdict) in PAPER.items():
        holds[f"{name}: {verdict}"] = verify(gold, reply) is verdict
    holds["the windmill problem is rejected as a proof"] = asks_proof(WINDMILL)


def _throughput(warehouse: Warehouse, figures: dict[str, Any], holds: dict[str, bool], say: Say) -> None:
    """Replies of about 1,300 characters with the answers of the sample, two of three right."""
    version = warehouse.current()
    assert version is not None
    answers = read_rows(warehouse, version, table="strict", split="train", model=None)["answer"].to_list()
    golds = [answers[place % len(answers)] for place in range(COMPLETIONS)]
    replies = [
        _reply(place, gold if place % 3 else answers[(place + 7) % len(answers)]) for place, gold in enumerate(golds)
    ]
    reward = Reward()
    _warm(reward)
    say(f"{COMPLETIONS:,} completions")
    pids = family(os.getpid())
    used, began = cpu_seconds(pids), time.perf_counter()
    scores = reward(golds, replies)
    wall, used = time.perf_counter() - began, cpu_seconds(pids) - used
    right = sum(score.correct == 1.0 for score in scores)
    figures["completions"] = COMPLETIONS
    figures["reply_characters"] = round(sum(map(len, replies)) / len(replies))
    figures["completions_per_cpu_second"] = round(COMPLETIONS / used)
    figures["completions_per_second"] = round(COMPLETIONS / wall)
    figures["right"], figures["unjudged"] = right, sum(score.reward is None for score in scores)
    holds[f"at least {RATE:,} completions a processor second"] = COMPLETIONS / used >= RATE
    expected = sum(bool(place % 3) for place in range(COMPLETIONS))
    holds["every right completion is paid"] = right >= expected


def _reply(place: int, answer: str) -> str:
    steps = "".join(
        f"Step {number}: put $a_{{{number}}} = {place + number}$, so $a_{{{number}}}^2 = {(place + number) ** 2}$.\n"
        for number in range(1, 26)
    )
    return f"{steps}So the answer is $\\boxed{{{answer}}}$."


def _warm(reward: Reward) -> None:
    """Until the slow workers have loaded SymPy."""
    gold, reply = ASKS_SYMPY
    for _ in range(30):
        if None not in {score.reward for score in reward([gold] * 4, [f"\\boxed{{{reply}}}"] * 4)}:
            return


def _stall(figures: dict[str, Any], holds: dict[str, bool], say: Say) -> None:
    """Each hostile text alone in a batch of good completions."""
    reward, slowest, wrong = Reward(), 0.0, 0
    hostile = texts(20_000)
    say(f"{len(hostile)} batches, each with one hostile completion")
    for text in hostile:
        began = time.perf_counter()
        scores = reward(["42"] * 64, [_reply(place, "42") for place in range(63)] + [f"\\boxed{{{text}}}"])
        slowest = max(slowest, time.perf_counter() - began)
        wrong += any(score.reward != 1.0 for score in scores[:63]) or scores[63].reward == 1.0
    figures["hostile_texts"], figures["slowest_batch_seconds"] = len(hostile), round(slowest, 2)
    holds[f"no hostile completion holds up a batch of 64 by more than {STALL:g} s"] = slowest <= STALL
    holds["a hostile completion earns nothing and costs its batch nothing"] = wrong == 0


def _rows(warehouse: Warehouse, scratch: Path, figures: dict[str, Any], holds: dict[str, bool]) -> None:
    version = warehouse.current()
    assert version is not None
    done = {name: export_rl(warehouse, scratch / name, to=name) for name in FORMATS}
    figures["exported"] = {name: one.train for name, one in done.items()}
    figures["held_out_statements"] = done["trl"].compared
    holds["one export for each of seven frameworks"] = len({one.train for one in done.values()}) == 1 and len(done) == 7
    rows = pl.read_parquet(scratch / "trl" / "train.parquet")
    with connect(warehouse) as connection:
        connection.register("exported", rows.select("problem_id").to_arrow())
        traced = connection.execute(
            "select count(distinct e.problem_id) from exported e join problems p using (problem_id)"
            " join decisions d using (problem_id) where p.repository is not null and d.kept"
        ).fetchone()
    holds["every exported row leads back to its source row and decisions"] = traced == (rows.height,)
    holds["a benchmark's problem in a training table is refused"] = _refuses(warehouse, "benchmarks")
    holds["a problem of the test split in a training table is refused"] = _refuses(warehouse, "base")


def _refuses(warehouse: Warehouse, table: str) -> bool:
    """Whether a row with a held-out statement, respelled and under another id, is found among good ones."""
    version = warehouse.current()
    assert version is not None
    good = read_rows(warehouse, version, table="strict", split="train", model=None)
    if table == "benchmarks":
        held = warehouse.scan(*version.tables["benchmarks"]).select("problem").head(1).collect()["problem"][0]
    else:
        held = read_rows(warehouse, version, table="base", split="test", model=None)["problem"][0]
    planted = good.head(1).with_columns(problem=pl.lit(held.replace("$", " $ ") + "  "))
    try:
        refuse_leaks(warehouse, version, good)
        refuse_leaks(warehouse, version, pl.concat([good, planted]))
    except LeakError as error:
        return f"1 of {good.height + 1:,}" in str(error)
    return False
