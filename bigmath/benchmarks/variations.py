"""Many statements from few real ones, with known truth: the statement of a place is a pure function of the seed and the
place, so that any slice can be made anywhere, also twice.

Places are dealt in turn to the templates. The first turn writes them as they are, each later one a *variant*: the first
number moves by the turn, so that no two variants have the same numbers, and names, words and spelling may change too.
A share of places holds a *copy* instead: an edit of an earlier place that states the same problem
(`bigmath.benchmarks.dedup_edits`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bigmath.benchmarks.dedup_edits import COPIES, VARIANTS, renumbered

REAL, COPY_TRIES = "real", 4

VARIATIONS = pl.Schema(
    {
        "place": pl.Int64, "template": pl.Int64, "turn": pl.Int64, "edit": pl.String, "of": pl.Int64,
        "problem": pl.String, "solution": pl.String, "answer": pl.String,
    }
)  # fmt: skip
"""`edit` is `real`, `variant` or the class of a copy; `of` is the place a copy was made from. Two places state the same
problem where template and turn are the same."""


@dataclass(frozen=True, slots=True)
class Template:
    """A real problem that has a number to move."""

    statement: str
    solution: str
    answer: str | None


@dataclass(frozen=True)
class Deal:
    """How places are dealt."""

    name: str
    """Part of the seed, so that two sources with the same templates do not make the same rows."""
    templates: Sequence[Template]
    copies: float = 0.05
    """Share of places that hold a copy. NuminaMath-CoT has more than 42,500 in 859,494 (arXiv 2501.04682)."""
    step: int = 1
    """Between the turns of variants, which begin at `first`: two deals of the same templates interleave theirs."""
    first: int = 1
    seed: int = 1


def variations(places: pl.DataFrame, deal: Deal) -> pl.DataFrame:
    """`VARIATIONS` rows of the places in column `place`."""
    rows = []
    for place in places["place"]:
        root, edit, statement = _written(place, deal)
        template, turn = root % len(deal.templates), _turn(root, deal)
        one = deal.templates[template]
        of = None if edit in (REAL, "variant") else root
        answer = one.answer if turn == 0 or one.answer is None else renumbered(one.answer, turn) or one.answer
        rows.append((place, template, turn, edit, of, statement, _solved(one, answer), answer))
    return pl.DataFrame(rows, schema=VARIATIONS, orient="row")


def is_template(statement: str) -> bool:
    """Whether a statement can have variants."""
    return 30 <= len(statement) <= 4_000 and renumbered(statement, 1) is not None


def _written(place: int, deal: Deal) -> tuple[int, str, str]:
    """The place whose problem is stated at `place`, how, and in what words."""
    if _is_copy(place, deal):
        rng = _random(place, deal, "copy")
        root = rng.randrange(place)
        if not _is_copy(root, deal):
            text = _original(root, deal)
            for name in rng.sample(list(COPIES), COPY_TRIES):
                copied = COPIES[name](rng, text)
                if copied is not None and copied != text:
                    return root, name, copied
    return place, REAL if _turn(place, deal) == 0 else "variant", _original(place, deal)


def _is_copy(place: int, deal: Deal) -> bool:
    return place > 0 and _random(place, deal, "kind").random() < deal.copies


def _original(place: int, deal: Deal) -> str:
    statement = deal.templates[place % len(deal.templates)].statement
    turn = _turn(place, deal)
    if turn == 0:
        return statement
    rng = _random(place, deal, "text")
    text = renumbered(statement, turn) or statement
    for edit in (VARIANTS["thing"], COPIES["people"], COPIES["wording"], COPIES["spelling"]):
        if rng.random() < 0.5:
            text = edit(rng, text) or text
    return text


def _turn(place: int, deal: Deal) -> int:
    turn = place // len(deal.templates)
    return deal.first + (turn - 1) * deal.step if turn else 0


def _random(place: int, deal: Deal, what: str) -> random.Random:
    return random.Random(f"{deal.seed} {deal.name} {place} {what}")


def _solved(template: Template, answer: str | None) -> str:
    """The template's solution with the variant's answer in its last box."""
    if answer is None or answer == template.answer:
        return template.solution
    before, box, after = template.solution.rpartition("\\boxed{" + (template.answer or ""))
    return before + "\\boxed{" + answer + after if box else template.solution
