r"""Whether a row restates a test: the same numbers and operators, and most of the words that carry content.

Both are read as units of figures and words (`bigmath.wording`). A row restates a test if

1. the test's figures are in the row as one run, or each of the test's units has a unit of the row with the same
   figures and similar words (clauses may be put in another order). What spellings write or leave out (`\cdot`, `/` for
   `\frac`, `|`, a number in words) may come and go, but not change into something else;
2. the words of the test that are in the row weigh enough of all the test's words (`Test.needed`); a word weighs more
   the fewer tests have it;
3. a test of few words is met by a unit of its own in the row, with little beside it: "Compute $2+3$." is not in every
   row that says 2+3.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from bigmath.grams import SYNONYMS
from bigmath.wording import COUNTED, FEW, Figure, Reading, Unit, Written, counts_number

_LETTER_WEIGHT = 0.3
"""Of a letter or a name, which may be another, beside a word's."""
_MANY = 5
"""Numbers from which on no more of the words is asked than `coverage`."""
_FOR_NUMBERS = 0.03
_DRAWN_ALIKE = 0.8
_LOST = 0.25
"""Share of its few words that a thin test may lose."""
_LOST_TOLD = 0.5
"""The same where its figures tell much."""
_SLIPS = 0.4
"""Share of the words that slips of the keyboard may hide."""
_UNIT_WORDS = 0.4
"""Share of the words of a moved unit and its counterpart that both have."""


@dataclass(frozen=True)
class Weights:
    """What a word of a test is worth: words of few tests tell more, letters and names less."""

    known: Mapping[str, float]

    @staticmethod
    def of(tests: list[Reading], names: frozenset[str]) -> "Weights":
        counts = Counter(word for test in tests for word in test.words)
        lesser = {word for word in counts if len(word) == 1 or word in names}
        known = {
            word: (log((len(tests) + 2) / (count + 1)) + 0.1) * (_LETTER_WEIGHT if word in lesser else 1.0)
            for word, count in counts.items()
        }
        return Weights(known)


_STEMS_OF_SYNONYMS = frozenset(SYNONYMS.values())


@dataclass(frozen=True)
class Test:
    """A way to read a test, with what its words are worth."""

    reading: Reading
    worth: Mapping[str, float]
    needed: float
    """The least share of its words, by worth: the less its figures tell, the more its words must."""
    whole: float
    sought: tuple[tuple[str, float], ...]
    """Of the words those that are in a statement as they are here: a stem begins its word, a synonym need not."""

    @staticmethod
    def of(reading: Reading, weights: Weights, coverage: float) -> "Test":
        needed = coverage + _FOR_NUMBERS * max(0, _MANY - reading.told)
        if reading.is_thin and reading.told >= _MANY:
            needed *= _LOST_TOLD
        worth = {word: weights.known[word] for word in sorted(reading.words)}
        sought = tuple(
            (word, value) for word, value in worth.items() if len(word) > 2 and word not in _STEMS_OF_SYNONYMS
        )
        return Test(reading, worth, needed, sum(worth.values()), sought)

    def may_share(self, statement: Written) -> bool:
        """Whether a statement can have enough of the test's words; errs by yes."""
        if not self.whole:
            return True
        lost = sum(worth for word, worth in self.sought if word not in statement.text)
        score = 1.0 - lost / self.whole
        return score >= self.needed or (score >= self.needed - _SLIPS and self.share(statement.words) >= self.needed)

    def share(self, words: frozenset[str]) -> float:
        """The share of the test's words that are among these; 1 for a test without words. Slips of the keyboard are
        looked for only where they could make it enough."""
        if not self.whole:
            return 1.0
        missing = [word for word in self.worth if word not in words]
        score = 1.0 - sum(self.worth[word] for word in missing) / self.whole
        if missing and self.needed - _SLIPS <= score < self.needed:
            lost = (word for word in missing if not any(_is_slip(word, one) for one in words if one[0] == word[0]))
            score = 1.0 - sum(self.worth[word] for word in lost) / self.whole
        return score


def _is_slip(word: str, other: str) -> bool:
    """Whether two words of one first letter differ by one letter more, less or other, or by two that change places."""
    if len(word) < 5 or abs(len(word) - len(other)) > 1:
        return False
    shorter = min(len(word), len(other))
    before = next((at for at in range(shorter) if word[at] != other[at]), shorter)
    after = next((at for at in range(shorter - before) if word[-1 - at] != other[-1 - at]), shorter - before)
    left, right = word[before : len(word) - after], other[before : len(other) - after]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def same_figures(test: Reading, row: Reading) -> bool:
    """Whether the row has the test's figures as the test has them: points 1 and 3 above."""
    if not row.values.issuperset(test.telling[0][1]):
        return False
    if test.is_thin:
        return _stands_alone(test, row) and _drawn_alike(test, row)
    if test.told < FEW and not (_is_close(test, row) and _drawn_alike(test, row)):
        return False
    return _has_run(test, row) or _has_units(test, row)


def may_stand_alone(test: Reading, row: Reading) -> bool:
    """Whether a test of few words could be met by the row once what is printed around its problem is taken away."""
    return test.is_thin and _has_run(test, row)


def _is_close(test: Reading, row: Reading) -> bool:
    """Whether the clauses of the row that share words with the test say little else."""
    near = [unit.words for unit in row.units if unit.words & test.long_words]
    beside = {word for words in near for word in words if len(word) > 1} - test.long_words
    return len(beside) <= 1 + len(test.long_words) // 2 and len(test.letters) <= len(row.letters)


def _drawn_alike(test: Reading, row: Reading) -> bool:
    """Two drawings must have most numbers in common; a drawing beside none says nothing, unless the test is nothing
    but its drawing ("What is x?")."""
    if not test.drawn:
        return True
    if not row.drawn:
        return bool(test.figures or test.long_words)
    shared = (Counter(test.drawn) & Counter(row.drawn)).total()
    return shared >= _DRAWN_ALIKE * max(len(test.drawn), len(row.drawn))


def _stands_alone(test: Reading, row: Reading) -> bool:
    """Whether units of the row, one after another, have just the test's figures and words, with few words beside."""
    asks = any(unit.asks for unit in test.units)
    for first in range(len(row.units)):
        figures: tuple[Figure, ...] = ()
        words: frozenset[str] = frozenset()
        asked = False
        for unit in row.units[first : first + len(test.units) + 2]:
            figures, words, asked = figures + unit.figures, words | unit.words, asked or unit.asks
            if len(figures) > 2 * len(test.figures) + 4:
                break
            if (asked or not asks or test.long_words) and _same_figures(test.figures, figures):
                beside = {word for word in words if len(word) > 1} - test.long_words
                lost = [w for w in test.long_words - words if not any(_is_slip(w, other) for other in beside)]
                most = len(test.long_words) * (_LOST_TOLD if test.told >= _MANY else _LOST)
                if len(beside) <= 2 + len(test.long_words) and len(lost) <= most:
                    return True
    moved = len(test.units) > 1 and len(row.figures) <= len(test.figures) + 3 and len(row.units) <= len(test.units) + 2
    return moved and _has_units(test, row)


def _has_run(test: Reading, row: Reading) -> bool:
    """Whether the test's figures are in the row as one run."""
    return _runs(test, row, numbers_in_words=False) or _runs(test, row, numbers_in_words=True)


def _runs(test: Reading, row: Reading, *, numbers_in_words: bool) -> bool:
    _, wanted = test.telling[numbers_in_words]
    if not wanted:
        return numbers_in_words or not test.telling[True][1]
    places, values = row.telling[numbers_in_words]
    size = len(wanted)
    for at in range(len(values) - size + 1):
        if values[at] == wanted[0] and values[at : at + size] == wanted:
            first, last = places[at], places[at + size - 1]
            before = places[at - 1] + 1 if at else 0
            after = places[at + size] if at + size < len(places) else len(row.figures)
            around = [
                one for one in (*row.figures[before:first], *row.figures[last + 1 : after]) if one in test.figures
            ]
            if _soft_agrees(test.figures, (*row.figures[first : last + 1], *around)):
                return True
    return False


def _same_figures(test: tuple[Figure, ...], row: tuple[Figure, ...]) -> bool:
    return _soft_agrees(test, row) and any(
        [one.value for one in test if counts(one)] == [one.value for one in row if counts(one)] for counts in COUNTED
    )


def _soft_agrees(test: Iterable[Figure], row: Iterable[Figure]) -> bool:
    """Whether soft figures were only put in or only left out: `*` may go, but not become `/`, nor `three` `five`."""
    ours, theirs = ([one.value for one in side if one.soft and one.value != "1"] for side in (test, row))
    if not ours or not theirs or ours == theirs:
        return True
    counted, others = Counter(ours), Counter(theirs)
    return not (counted - others and others - counted)


def _has_units(test: Reading, row: Reading) -> bool:
    """Whether every unit of the test that has figures is in the row: of the units with the most words in common, one
    has the same figures. The units must stand in another order, or else only numbers have changed places."""
    if not _is_reordered(test, row):
        return False
    free = [unit for unit in row.units if unit.figures]
    for unit in test.units:
        if not any(counts_number(figure) for figure in unit.figures):
            continue
        alike = [_likeness(unit, other) for other in free]
        best = max(alike, default=0.0)
        places = [at for at, like in enumerate(alike) if like == best and _same_figures(unit.figures, free[at].figures)]
        if not places or best < _UNIT_WORDS:
            return False
        del free[places[0]]
    return True


def _is_reordered(test: Reading, row: Reading) -> bool:
    """Whether the units of the row that say what the test's say come in another order."""
    last = 0
    for unit in test.units:
        alike = [_likeness(unit, other) for other in row.units]
        best = max(alike, default=0.0)
        if unit.words and best >= _UNIT_WORDS:
            places = [at for at, like in enumerate(alike) if like == best]
            if places[-1] < last:
                return True
            last = next(at for at in places if at >= last)
    return False


def _likeness(one: Unit, other: Unit) -> float:
    together = len(one.words | other.words)
    return len(one.words & other.words) / together if together else 1.0
