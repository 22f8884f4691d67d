"""Parts of `bigmath bench search` about training sets and models.

sets    loss masks on token ids, drawn numbers, what is held out
prm     a PRM on Countdown: error against questions and rollouts, best-of-N and beam search with it
star    STaR on a small model made from scratch
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from typing import Any

from scipy.stats import binomtest, chisquare

from bigmath import plots
from bigmath.benchmarks.report import Result
from bigmath.plots import Plot
from bigmath.search.budget import Budget
from bigmath.search.protocol import Ask, Question, State, Value
from bigmath.search.puzzles import make
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, moves, question
from bigmath.search.requests import Algorithm, Say
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Finished, Pick, Sampling, finished, pick
from bigmath.search.trace import Trace
from bigmath.search.tree import Beam, BestFirst
from bigmath.search.values import Constant, Exact
from bigmath.verifier.policy import Verdict
from rl_hooks.masks import BACK, tokenize
from rl_hooks.prm import PrmRow, fewer_rollouts, sample_rows
from rl_hooks.prm_model import ModelSettings, Prm, PrmValue
from rl_hooks.prm_train import TrainSettings, mean_absolute_error, train_prm
from rl_hooks.sft import MAKERS, SftRow, SftSettings, back, revision
from rl_hooks.small_model import SmallSettings
from rl_hooks.star import StarSettings, run_star
from rl_hooks.tokenizer import Tokenizer, tokenizer_named, words

TOKENIZERS = ("mistral:mistral_instruct_tokenizer_240323.model.v3", "mistral:tekken_240911.json")
"""SentencePiece (32,768 entries) and Tekken (131,072), both shipped by mistral-common."""

ENVIRONMENT = Arithmetic(COUNTDOWN)
SKILL = 0.5
"""Of the solver whose chances a PRM learns: half its steps are even draws, so that values spread over 0..1."""

MODEL = ModelSettings(hidden=64, layers=2, length=16, reads="state")
"""Of the PRM: about 100,000 numbers."""


def sets(say: Say, plots_to: Path | None) -> Result:
    """SFT sets made from searches of Countdown, and PRM rows."""
    questions = make.countdown(120, 5, numbers=3, highest=9, targets=(1, 40))
    held_out = {one.problem_id for one in questions[::5]}
    sampled = _search(Sampling(samples=30, until_verified=False), questions, Constant())
    searched = _search(BestFirst(candidates=12), questions, Exact(ENVIRONMENT.solvable))
    made = {
        kind: maker(searched if kind in {"meta_star", "back"} else sampled, SftSettings(held_out=held_out))
        for kind, maker in MAKERS.items()
    }
    prm_rows = sample_rows(questions, Solver(ENVIRONMENT, SKILL), ENVIRONMENT, rollouts=4, held_out=held_out)
    rows = {kind: one.rows for kind, one in made.items()}
    every = [row for found in rows.values() for row in found]
    checked: dict[str, int] = {}
    wrong = straddling = 0
    for name in TOKENIZERS:
        say(f"masks of {name}")
        tokenizer = tokenizer_named(name)
        for row in every:
            crossing, fits = _mask_fits(row, tokenizer)
            wrong += not fits
            straddling += crossing
            checked[name] = checked.get(name, 0) + 1
    say("how often j and [BACK] are drawn")
    same = [Question(f"{one.problem_id}-{copy}", one.text) for copy in range(5) for one in questions]
    counts = Counter(row.attempts for row in revision(_again(sampled, same), SftSettings(per_problem=1)).rows)
    evenness = float(chisquare([counts[j] for j in range(1, 9)]).pvalue)
    rates = {}
    for rate in (0.01, 0.1, 0.5):
        drawn = [row.backtracks for seed in range(20) for row in back(searched, SftSettings(rate=rate, seed=seed)).rows]
        rates[rate] = (sum(drawn) / len(drawn), float(binomtest(sum(drawn), len(drawn), rate).pvalue))
    trained_on = {row.problem_id for row in every} | {row.problem_id for row in prm_rows}
    return Result(
        "search",
        {
            "rows": {kind: len(found) for kind, found in rows.items()},
            "left out": {kind: dict(Counter(one.reason for one in found.rejected)) for kind, found in made.items()},
            "rows checked by tokenizer": checked,
            "tokens across a border": straddling,
            "rows by j": dict(sorted(counts.items())),
            "chi-square p of j": round(evenness, 3),
            "[BACK] by rate asked for": {rate: round(share, 4) for rate, (share, _) in rates.items()},
            "problems trained on, held out": (len(trained_on), len(held_out)),
        },
        {
            "masks are right on every row for two tokenizers": wrong == 0 and len(checked) == 2 and straddling == 0,
            "j is even from 1 to 8": evenness > 0.001 and set(counts) == set(range(1, 9)),
            "[BACK] comes at the rate asked for": all(p > 0.001 for _, p in rates.values()),
            "no question is in both train and evaluation": bool(trained_on) and not trained_on & held_out,
        },
    )


def prm(say: Say, plots_to: Path | None) -> Result:
    """A PRM on Countdown with three numbers 1 to 12: every question there is, 500 of them held out."""
    pool = _all_questions(highest=12, target=60)
    held_out, rest = pool[:500], pool[500:]
    policy = Solver(ENVIRONMENT, SKILL)
    say(f"{len(pool)} questions; 16 rollouts a step")
    counted = sample_rows(rest, policy, ENVIRONMENT, rollouts=16)
    tested = sample_rows(held_out, policy, ENVIRONMENT, rollouts=1, seed=1)
    truths = [value for row in tested for value in _truth(row)]
    baseline = fmean(abs(value - fmean(truths)) for value in truths)
    tokenizer = words([*(state for row in counted for state in row.states), "\n"])
    curves: dict[str, list[tuple[float, float]]] = {}
    errors: dict[str, float] = {}
    best: Prm | None = None
    sizes = [(500, 16), (1500, 16), (len(rest), 16), (3000, 16), (3000, 4), (3000, 1)]
    for size, rollouts in sizes:
        name = f"{size} questions, {rollouts} rollouts"
        say(name)
        rows = [fewer_rollouts(row, rollouts) for row in counted[:size]]
        curve: list[tuple[float, float]] = []
        best_now = train_prm(
            rows,
            tokenizer,
            TrainSettings(MODEL, steps=400, rate=2e-3, checkpoint_every=100),
            at_step=_measuring(curve, tested),
        )
        curves[name], errors[name] = curve, round(curve[-1][1], 3)
        best = best_now if (size, rollouts) == (3000, 16) else best
    assert best is not None
    say("best-of-N and beam search with it")
    search = _search_with(best, held_out[:200])
    _save(
        [
            Plot("PRM on Countdown", "training steps", "mean absolute error", curves, marks=False),
            Plot("Choosing with the PRM", "tokens a question", "accuracy", search["lines"]),
        ],
        plots_to,
        "search-prm.svg",
    )
    at = {size: errors[f"{size} questions, 16 rollouts"] for size in (500, 1500, 3000, len(rest))}
    by_rollouts = {k: errors[f"3000 questions, {k} rollouts"] for k in (1, 4, 16)}
    trained_on = {row.problem_id for row in counted}
    return Result(
        "search",
        {
            "MAE of the mean": round(baseline, 3),
            "MAE by questions": at,
            "MAE by rollouts, 3000 questions": by_rollouts,
            "best-of-N and beam": search["table"],
            "best-of-N tokens for the beam's accuracy": search["best_of_n_tokens"],
            "beam tokens": search["beam_tokens"],
        },
        {
            "baseline is about 0.28": abs(baseline - 0.28) < 0.02,
            "MAE is below 0.12 at 3,000 questions": at[3000] < 0.12,
            "MAE falls from 500 to 1,500 to 3,000 questions": at[500] > at[1500] > at[3000],
            "16 rollouts are better than 4, and 4 than 1": by_rollouts[16] < by_rollouts[4] < by_rollouts[1],
            "beam search needs fewer tokens than best-of-N at its accuracy": search["beam_tokens"]
            < search["best_of_n_tokens"],
            "no question is in both train and evaluation": not trained_on & {row.problem_id for row in tested},
        },
    )


def star(say: Say, plots_to: Path | None) -> Result:
    """STaR from 150 given solutions of Countdown with three numbers 1 to 6."""
    questions = make.countdown(750, 7, numbers=3, highest=6, targets=(1, 30))
    held_out, given, rest = questions[:150], questions[150:300], questions[300:]
    solver = Solver(ENVIRONMENT, 1.0)
    start = [(one, solver.complete([Ask(State(one), 1, place)])[0][0].state.steps) for place, one in enumerate(given)]
    tokenizer = words([*(one.text for one in questions), " ".join(map(str, range(150))), "+ - * / =\n"])
    settings = StarSettings(steps=250, model=SmallSettings(rate=3e-3))
    rounds = run_star(start, rest, held_out, ENVIRONMENT, tokenizer, settings, say)
    accuracies = [one.accuracy for one in rounds]
    return Result(
        "search",
        {"rounds": [one.row() for one in rounds]},
        {"accuracy rises in both rounds": accuracies == sorted(accuracies) and len(set(accuracies)) == len(accuracies)},
    )


PARTS = {"sets": sets, "prm": prm, "star": star}


def _search(algorithm: Algorithm, questions: Sequence[Question], value: Value) -> list[Trace]:
    setup = Setup(algorithm, Solver(ENVIRONMENT), value, ENVIRONMENT, Budget(nodes=500))
    return list(run_searches(questions, setup))


def _again(traces: Sequence[Trace], copies: Sequence[Question]) -> list[Trace]:
    """The traces under other problem ids, so that more numbers are drawn from the same attempts."""
    by_text = {trace.question: trace for trace in traces}
    return [replace(by_text[one.text], problem_id=one.problem_id) for one in copies]


def _mask_fits(row: SftRow, tokenizer: Tokenizer) -> tuple[int, bool]:
    """Tokens across a border, and whether the trained tokens spell the completion, and no other token does."""
    tokens = tokenize(row.segments, tokenizer, end=row.end)
    learnt = [one for one, trained in zip(tokens.ids[:-1], tokens.trained[:-1], strict=True) if trained]
    first = [number for number, _, _ in tokenizer.spans(row.segments[0].text)]
    asked_as_at_inference = list(tokens.ids[: len(first)]) == first and not any(tokens.trained[: len(first)])
    spelled = "".join(
        BACK if is_back else tokenizer.decode(list(group))
        for is_back, group in itertools.groupby(learnt, lambda one: one == tokenizer.token(BACK))
    )
    ended = tokens.ids[-1] == tokenizer.end and tokens.trained[-1]
    return tokens.straddling, asked_as_at_inference and spelled == row.completion and ended


def _all_questions(highest: int, target: int) -> list[Question]:
    """Every solvable question of three numbers up to `highest` and a target up to `target`, shuffled."""
    found = []
    for numbers in itertools.combinations_with_replacement(range(1, highest + 1), 3):
        start = tuple(map(Fraction, numbers))
        ends = {int(end[0]) for _, left in moves(COUNTDOWN, start) for _, end in moves(COUNTDOWN, left)}
        found += [
            question(f"countdown-{'-'.join(map(str, numbers))}-to-{end}", numbers, end)
            for end in sorted(ends)
            if 1 <= end <= target
        ]
    random.Random(0).shuffle(found)
    return found


def _truth(row: PrmRow) -> list[float]:
    asked = Question(row.problem_id, row.question)
    return [ENVIRONMENT.chance(State(asked, row.steps[:size]), SKILL) for size in range(len(row.steps) + 1)]


def _measuring(curve: list[tuple[float, float]], tested: Sequence[PrmRow]) -> Callable[[int, Prm], None]:
    """Adds the error on the tested rows to a curve whenever training stops to be measured."""
    return lambda step, model: curve.append((step, mean_absolute_error(model, tested, _truth)))


def _search_with(model: Prm, questions: Sequence[Question]) -> dict[str, Any]:
    """Accuracy and tokens of best-of-N by several choosers, and of beam search (N = 5, width 4). Nothing looks at the
    verdict while it searches. The policy draws its steps evenly: a weak one, so that choosing matters."""
    weak = Solver(ENVIRONMENT, 0.0)
    value = PrmValue(model, ENVIRONMENT)
    most = 64
    sampling = Sampling(samples=most, at_once=most, until_verified=False, valued=True)
    traces = list(run_searches(questions, Setup(sampling, weak, value, ENVIRONMENT, Budget(nodes=10_000))))
    solutions = [finished(trace) for trace in traces]
    choosers: tuple[Pick, ...] = ("oracle", "last", "majority")
    lines: dict[str, list[tuple[float, float]]] = {}
    for how in choosers:
        line = []
        for count in (1, 2, 4, 8, 16, 32, most):
            tokens = fmean(5.0 * sum(len(one.steps) for one in group[:count]) for group in solutions)
            chosen = [pick(group[:count], how, answer_of=_last_number) for group in solutions]
            line.append((tokens, fmean(one is not None and one.correct for one in chosen)))
        lines[{"oracle": "best-of-N, oracle", "last": "best-of-N, PRM", "majority": "majority"}[how]] = line
    beam = Beam(candidates=5, width=4, until_verified=False)
    beams = list(run_searches(questions, Setup(beam, weak, value, ENVIRONMENT, Budget(nodes=10_000))))
    accuracy = fmean(trace.verdict == Verdict.CORRECT for trace in beams)
    beam_tokens = fmean(trace.tokens for trace in beams)
    lines["beam search, PRM"] = [(beam_tokens, accuracy)]
    enough = [tokens for tokens, reached in lines["best-of-N, PRM"] if reached >= accuracy]
    table = {name: [(round(x), round(y, 3)) for x, y in line] for name, line in lines.items()}
    return {
        "lines": lines,
        "table": table,
        "beam_tokens": round(beam_tokens),
        "best_of_n_tokens": round(enough[0]) if enough else float("inf"),
    }


def _last_number(one: Finished) -> str | None:
    return one.steps[-1].rpartition(" ")[2] if one.steps else None


def _save(drawn: Sequence[Plot], folder: Path | None, name: str) -> None:
    if folder is not None:
        plots.save(drawn, folder / name)
