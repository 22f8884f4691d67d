"""Training sets for supervised fine-tuning, derived from traces of search or from curated solutions.

| kind | equation | trained on |
| --- | --- | --- |
| `cot` | 9 | a curated solution |
| `star` | 2 | a sampled solution that verifies |
| `meta_star` | 3 | the search Z and its solution S |
| `revision` | 5 and 7 | the right attempt, after j - 1 wrong ones that are only read |
| `back` | 8 | right steps, with wrong ones put in, each followed by `[BACK]` |
| `masked_back` | 10 | `[BACK]` and the whole right solution, after the beginning of a wrong one; and S+ alone |

Equations 2 and 3 are printed with two minus signs; what is minimised is the negative log-likelihood. Only solutions
that verify are trained on, and a wrong attempt was judged WRONG. What gives no row is kept with its reason.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bigmath.search.linearise import Form, linearise
from bigmath.search.sampling import Finished, finished
from bigmath.search.trace import Trace, path_to, tree_of
from bigmath.search.values import wilson
from bigmath.verifier.policy import Verdict
from rl_hooks.masks import BACK, Segment

Kind = Literal["cot", "star", "meta_star", "revision", "back", "masked_back"]
KINDS: tuple[Kind, ...] = ("cot", "star", "meta_star", "revision", "back", "masked_back")

REASONS = (
    "held_out",
    "no_solution",
    "not_verified",
    "same_solution",
    "too_few_wrong",
    "no_wrong_step",
)
"""Why something gave no row: its problem is held out for evaluation; it has no solution; none verifies; the row is
there already; fewer than j - 1 different wrong attempts; no step known to be wrong beside a right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SftRow:
    """One training example."""

    kind: Kind
    problem_id: str
    trace_ids: tuple[str, ...]
    segments: tuple[Segment, ...]
    """What is only read, the question first; then what is trained on."""
    end: bool = True
    """Whether the end token follows, trained on."""
    attempts: int = 1
    """j: the right attempt and the wrong ones before it."""
    backtracks: int = 0
    """How many `[BACK]` it has."""
    term: str = ""
    """masked_back: which of the two terms of Eq. 10, `back` or `plain`."""

    def __post_init__(self) -> None:
        trained = [one.trained for one in self.segments]
        if trained != sorted(trained) or not trained[-1]:
            raise ValueError(f"{self.kind} of {self.problem_id}: what is only read must come before what is trained on")

    @property
    def prompt(self) -> str:
        """All that is only read: the question and, in some kinds, wrong attempts. A `cut` is carried out on words here,
        since there is no tokenizer yet."""
        return "".join(_on_words(one) for one in self.segments if not one.trained)

    @property
    def completion(self) -> str:
        """All that is trained on: a trainer that masks the prompt masks exactly what it should."""
        return "".join(one.text for one in self.segments if one.trained)


@dataclass(frozen=True, slots=True)
class Rejected:
    """What gave no row, and why."""

    kind: Kind
    problem_id: str
    trace_id: str
    reason: str


@dataclass
class SftSet:
    """The rows of one kind, and what gave none."""

    rows: list[SftRow] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True)
class SftSettings:
    """How rows are made."""

    seed: int = 0
    held_out: Collection[str] = frozenset()
    """Problems kept for evaluation: they give no row."""
    per_problem: int = 4
    """Most rows of one problem (star, cot)."""
    form: Form = field(default_factory=Form)
    """Of the search's text (meta_star)."""
    attempts: int | None = None
    """revision: j, as in Eq. 5; None draws it evenly from 1 to `most_attempts` for each row, as in Eq. 7."""
    most_attempts: int = 8
    rate: float = 0.5
    """back: chance of a wrong step; the source of Eq. 8 swept 1, 10 and 50 %."""
    per_step: bool = False
    """back: the chance is each step's (as that source did) rather than the row's (one t, drawn evenly, as Eq. 8
    says)."""
    drop: float = 0.2
    """back: how much lower a wrong step's value must be than the right one's."""


def prompt(question: str) -> Segment:
    """The prompt of every row."""
    return Segment(f"{question}\n", trained=False)


def solution_text(steps: Sequence[str]) -> str:
    """S as text: a step a line."""
    return "".join(f"{step}\n" for step in steps)


def cot(
    problems: Iterable[Any],
    settings: SftSettings,
    verify: Callable[[str, str], Verdict],
    *,
    solutions_of: str = "solutions",
) -> SftSet:
    """Curated solutions that end in their problem's answer. `problems` are mappings with problem_id, problem, answer
    and solutions; `verify(answer, solution)` is the verifier."""
    made = SftSet()
    for problem in problems:
        name, answer = problem["problem_id"], problem["answer"]
        if name in settings.held_out:
            made.rejected.append(Rejected("cot", name, "", "held_out"))
            continue
        solutions = list(dict.fromkeys(problem[solutions_of] or ()))
        if not solutions:
            made.rejected.append(Rejected("cot", name, "", "no_solution"))
        kept = 0
        for solution in solutions:
            if kept == settings.per_problem:
                break
            if answer is None or verify(answer, solution) is not Verdict.CORRECT:
                made.rejected.append(Rejected("cot", name, "", "not_verified"))
                continue
            segments = (prompt(problem["problem"]), Segment(solution, trained=True))
            made.rows.append(SftRow(kind="cot", problem_id=name, trace_ids=(), segments=segments))
            kept += 1
    return made


def star(traces: Iterable[Trace], settings: SftSettings) -> SftSet:
    """Eq. 2: every different solution found that verifies."""
    made = SftSet()
    seen: dict[str, set[str]] = {}
    for trace in _usable(traces, "star", settings, made):
        known = seen.setdefault(trace.problem_id, set())
        right = [one for one in finished(trace) if one.correct]
        if not right:
            made.rejected.append(Rejected("star", trace.problem_id, trace.trace_id, "not_verified"))
        for one in right:
            text = solution_text(one.steps)
            if text in known or len(known) >= settings.per_problem:
                made.rejected.append(Rejected("star", trace.problem_id, trace.trace_id, "same_solution"))
                continue
            known.add(text)
            made.rows.append(_row("star", trace, Segment(text, trained=True)))
    return made


def meta_star(traces: Iterable[Trace], settings: SftSettings) -> SftSet:
    """Eq. 3: Z and S given q, where S verifies. Both are trained on, the question is not."""
    made = SftSet()
    for trace in _usable(traces, "meta_star", settings, made):
        if trace.verdict != Verdict.CORRECT:
            made.rejected.append(Rejected("meta_star", trace.problem_id, trace.trace_id, "not_verified"))
            continue
        search = Segment(linearise(trace.events, settings.form) + "\n", trained=True)
        solution = Segment("Solution:\n" + solution_text(trace.solution), trained=True)
        made.rows.append(_row("meta_star", trace, search, solution))
    return made


def revision(traces: Iterable[Trace], settings: SftSettings) -> SftSet:
    """Eq. 5 and 7: j - 1 wrong attempts, then a right one. Loss on the right one and on the end token only.

    A problem takes part if it has enough wrong attempts for any j: drawing fewer where there are fewer would make j
    depend on how hard the problem is, and Eq. 7 wants it even.
    """
    made = SftSet()
    needed = (settings.attempts or settings.most_attempts) - 1
    for group in _by_problem(_usable(traces, "revision", settings, made)):
        name = group[0].problem_id
        tried = [one for trace in group for one in finished(trace)]
        right = _different(one for one in tried if one.correct)
        wrong = _different(one for one in tried if not one.correct)
        if not right:
            made.rejected.append(Rejected("revision", name, group[0].trace_id, "not_verified"))
            continue
        if len(wrong) < needed:
            made.rejected.append(Rejected("revision", name, group[0].trace_id, "too_few_wrong"))
            continue
        for place, good in enumerate(right[: settings.per_problem]):
            dice = random.Random(f"{settings.seed}/{name}/{place}")
            attempts = settings.attempts or dice.randint(1, settings.most_attempts)
            segments = [prompt(group[0].question)]
            for number, bad in enumerate(dice.sample(wrong, attempts - 1), 1):
                segments.append(Segment(f"Attempt {number}:\n{solution_text(bad.steps)}", trained=False))
            segments.append(Segment(f"Attempt {attempts}:\n", trained=False))
            segments.append(Segment(solution_text(good.steps), trained=True))
            made.rows.append(
                SftRow(
                    kind="revision",
                    problem_id=name,
                    trace_ids=tuple(trace.trace_id for trace in group),
                    segments=tuple(segments),
                    attempts=attempts,
                )
            )
    return made


def back(traces: Iterable[Trace], settings: SftSettings) -> SftSet:
    """Eq. 8: the solution with wrong steps put in before right ones, each followed by `[BACK]`. All is trained on.

    A wrong step is a sibling of the right one that the search itself found wrong: judged WRONG, or of a value lower by
    `drop` with intervals that do not meet (Eq. 11's n and c), or lower by `drop` and 0 where the value is no estimate.
    """
    made = SftSet()
    for trace in _usable(traces, "back", settings, made):
        if trace.verdict != Verdict.CORRECT:
            made.rejected.append(Rejected("back", trace.problem_id, trace.trace_id, "not_verified"))
            continue
        wrong = _wrong_siblings(trace, settings.drop)
        if not all(wrong):
            # t is even over all steps, so each needs a wrong step to be had
            made.rejected.append(Rejected("back", trace.problem_id, trace.trace_id, "no_wrong_step"))
            continue
        dice = random.Random(f"{settings.seed}/{trace.trace_id}")
        places = _places(len(wrong), settings, dice)
        segments: list[Segment] = []
        for place, step in enumerate(trace.solution):
            if place in places:
                segments.append(Segment(dice.choice(wrong[place]) + "\n", trained=True))
                segments.append(Segment(BACK, trained=True, special=True))
                segments.append(Segment("\n", trained=True))
            segments.append(Segment(step + "\n", trained=True))
        row = _row("back", trace, *segments)
        made.rows.append(replace(row, backtracks=len(places)))
    return made


def masked_back(traces: Iterable[Trace], settings: SftSettings) -> SftSet:
    """Eq. 10: the first t tokens of a wrong solution, which are only read, then `[BACK]` and the right solution from
    its start; and, as a row of its own, the right solution alone."""
    made = SftSet()
    for group in _by_problem(_usable(traces, "masked_back", settings, made)):
        name = group[0].problem_id
        tried = [one for trace in group for one in finished(trace)]
        right = _different(one for one in tried if one.correct)
        wrong = _different(one for one in tried if not one.correct)
        if not right or not wrong:
            reason = "too_few_wrong" if right else "not_verified"
            made.rejected.append(Rejected("masked_back", name, group[0].trace_id, reason))
            continue
        for place, good in enumerate(right[: settings.per_problem]):
            dice = random.Random(f"{settings.seed}/{name}/{place}")
            solution = Segment(solution_text(good.steps), trained=True)
            bad = Segment(solution_text(dice.choice(wrong).steps), trained=False, cut=dice.random())
            again = (Segment(BACK, trained=True, special=True), Segment("\n", trained=True), solution)
            row = _row("masked_back", group[0], bad, *again)
            made.rows.append(replace(row, backtracks=1, term="back"))
            made.rows.append(replace(_row("masked_back", group[0], solution), term="plain"))
    return made


MAKERS: dict[Kind, Callable[[Iterable[Trace], SftSettings], SftSet]] = {
    "star": star,
    "meta_star": meta_star,
    "revision": revision,
    "back": back,
    "masked_back": masked_back,
}
"""The kinds made from traces; `cot` is made from problems."""


def _usable(traces: Iterable[Trace], kind: Kind, settings: SftSettings, made: SftSet) -> Iterable[Trace]:
    for trace in traces:
        if trace.problem_id in settings.held_out:
            made.rejected.append(Rejected(kind, trace.problem_id, trace.trace_id, "held_out"))
        else:
            yield trace


def _row(kind: Kind, trace: Trace, *segments: Segment) -> SftRow:
    return SftRow(
        kind=kind,
        problem_id=trace.problem_id,
        trace_ids=(trace.trace_id,),
        segments=(prompt(trace.question), *segments),
    )


def _by_problem(traces: Iterable[Trace]) -> list[list[Trace]]:
    groups: dict[str, list[Trace]] = {}
    for trace in traces:
        groups.setdefault(trace.problem_id, []).append(trace)
    return list(groups.values())


def _different(solutions: Iterable[Finished]) -> list[Finished]:
    return list({one.steps: one for one in solutions}.values())


def _places(steps: int, settings: SftSettings, dice: random.Random) -> set[int]:
    """Before which steps a wrong one goes."""
    if settings.per_step:
        return {place for place in range(steps) if dice.random() < settings.rate}
    return {dice.randrange(steps)} if dice.random() < settings.rate else set()


def _wrong_siblings(trace: Trace, drop: float) -> list[list[str]]:
    """For each step of the solution the wrong steps known at its place."""
    nodes = tree_of(trace.events)
    solved = next(event.node for event in trace.events if event.kind == "judge" and event.verdict == Verdict.CORRECT)
    found = []
    for number in path_to(nodes, solved)[1:]:
        right = nodes[number]
        assert right.parent is not None
        siblings = [nodes[one] for one in nodes[right.parent].children if one != number]
        found.append([one.step or "" for one in siblings if _is_wrong(one, right, drop)])
    return found


def _is_wrong(node: Any, right: Any, drop: float) -> bool:
    if node.verdict is not None:
        return bool(node.verdict == Verdict.WRONG)
    if node.value is None:
        return False
    best = 1.0 if right.verdict == Verdict.CORRECT or right.value is None else right.value
    if best - node.value < drop:
        return False
    if node.n is None:
        return bool(node.value <= 0.0)
    low = wilson(right.n, right.c)[0] if right.n is not None else best
    return bool(wilson(node.n, node.c)[1] < low)


def _on_words(segment: Segment) -> str:
    if segment.cut is None:
        return segment.text
    words = segment.text.split(" ")
    return " ".join(words[: 1 + int(segment.cut * len(words))])
