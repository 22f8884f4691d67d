r"""Whether a row restates a test: the same numbers and operators, and most of the words that carry content.

A statement is read, from its canonical text, as units (clauses), each a sequence of *figures* (numbers, operators,
relations, functions) and a set of *words*. A row restates a test if

1. the test's figures are in the row as one run, or each of the test's units has a unit of the row with the same figures
   and similar words (clauses may be put in another order). What spellings write or leave out (`\cdot`, `/` for `\frac`,
   `|`, a number in words) may come and go, but not change into something else;
2. the words of the test that are in the row weigh enough of all the test's words (`shared_words`); a word weighs more the
   fewer tests have it;
3. a test of few words is met by a unit of its own in the row, with little beside it: "Compute $2+3$." is not in every
   row that says 2+3.

Answer options, attributions and requests for a form of the answer ("express it as m/n, find m+n") count on neither side.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

import polars as pl

from bigmath.attribution import strip_attribution
from bigmath.grams import ASKING
from bigmath.guard import NUMBER_WORDS
from bigmath.normalize import canonical
from bigmath.options import read_options

_TOKEN = re.compile(r"\\[a-z]+|[^\W\d_]+|\d+(?:\.\d+)?|\.\d+|<=|>=|[^\w\s]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\[asy\].*?(?:\[/asy\]|\Z)", re.DOTALL)
_DRAWN = re.compile(r"\d+(?:\.\d+)?")
_DEGREE = re.compile(r"\^\{?\\circ ?\}?")
_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})|(?<=\d)-(?=[^\W\d_]{3})")
_GROUPS = re.compile(r"(?<![\d.])\d{1,3}(?: \d{3})+(?![\d.])")
"""Thousands set apart by spaces, as `\\,` leaves them."""
_UNIT_END = re.compile(r"(?<!\d)[.;?!,:]|[.;?!,:](?!\d)")
_FORM = re.compile(
    r"(?:^|(?<=[.?!;]))[^.?!;]*(?:\b(?:express|give|enter|write|leave|state|put|round|report)\b[^.?!;]{0,40}\banswers?\b"
    r"|\b(?:can|could|may) be (?:expressed|written)\b|\b(?:in|of) the form\b|\brelatively prime\b|\\boxed)[^.?!;]*"
    r"|(?:^|(?<=[.?!;]))(?:find|what is|compute|determine)(?: the value of)? ?[a-z](?:[+*]?[a-z]){1,4}(?=$|[.?!;])"
)
"""Sentences that ask for a form of the answer, and the "find m+n" that goes with them."""

_FUNCTIONS = frozenset(
    "sqrt sin cos tan cot sec csc arcsin arccos arctan log ln lg exp sum prod int lim cup cap in equiv gcd lcm max min "
    "binom lfloor rfloor lceil rceil".split()
)
_RELATIONS = {"\\le": "<=", "\\ge": ">=", "\\neq": "!=", "\\pm": "+-", "\\subset": "sub", "\\perp": "perp"}
_HARD = frozenset("+-^=<>") | {"<=", ">="} | set(_RELATIONS.values())
_SOFT = {"*": "*", "\\times": "*", "\\cdot": "*", "\\ast": "*", "/": "/", "\\div": "/", "\\frac": "/", "|": "|",
    "!": "!"}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_UNITS = {word: int(digits) for word, digits in NUMBER_WORDS.items() if int(digits) < 20} | {"one": 1} | {
    word: at for at, word in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13)
}  # fmt: skip
_NUMBERS = {word: str(value) for word, value in (_TENS | _UNITS | {"hundred": 100, "thousand": 1000}).items()}
_ALSO_WORDS = frozenset("in max min exp int lim cup cap".split())
_NAMED_SIGNS = frozenset(["\\triangle", "\\angle"])
_PROMPT = frozenset(
    """problem question exercise example task hint note math mathematics mathematical contest competition olympiad exam
    test quiz aime amc amcs ahsme aops imo hmmt points point marks source level easy medium hard user assistant human
    instruction input output helpful expert carefully think show work working explain detail details below above""".split()
)
_LETTER_WEIGHT = 0.3
"""Of a single letter, which is a name in a formula, beside a word's."""
_THIN = 5
"""Words below which a test is told by its figures, so that these must stand alone in the row."""
_FEW = 3
"""Numbers below which they tell little, so that the row must say little beside."""
_MANY = 5
"""Numbers from which on no more of the words is asked than `coverage`."""
_FOR_NUMBERS = 0.03
_DRAWN_ALIKE = 0.8
_UNIT_WORDS = 0.5
"""Share of a unit's words that its moved counterpart keeps."""
_LONGEST = 60_000
"""Characters of a canonical text that are compared."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, operator, relation or function of a statement."""

    value: str
    soft: bool
    """Spellings write or leave it out."""


@dataclass(frozen=True)
class Unit:
    """A clause."""

    figures: tuple[Figure, ...]
    words: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """A statement as this module compares it."""

    units: tuple[Unit, ...]
    drawn: tuple[str, ...]
    """The numbers of its figure code, sorted."""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figure for unit in self.units for figure in unit.figures)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for unit in self.units for word in unit.words)

    @cached_property
    def long_words(self) -> frozenset[str]:
        return frozenset(word for word in self.words if len(word) > 1)

    @cached_property
    def letters(self) -> frozenset[str]:
        return self.words - self.long_words

    @cached_property
    def numbers(self) -> int:
        """How many numbers are written in digits."""
        return sum(1 for figure in self.figures if not figure.soft and figure.value[0].isdigit())

    @cached_property
    def is_thin(self) -> bool:
        """Whether there are too few words to tell the problem by."""
        return len(self.long_words) < _THIN


def bare(statements: pl.Series) -> pl.Series:
    """The canonical text of each statement without answer options and attributions; null where it has none."""
    return canonical(pl.Series("bare", [_bare(one or "") for one in statements], dtype=pl.String))


def _bare(statement: str) -> str | None:
    options = read_options(statement[:_LONGEST])
    stem = options.stem if options is not None and options.stem.strip() else statement[:_LONGEST]
    stripped, notes = strip_attribution(stem)
    return stripped if notes or stem is not statement else None


def test_readings(text: str, without: str | None) -> tuple[Reading, ...]:
    """How a test may be read, given with its canonical text and its `bare` one: as it is, and less what a copy of it
    may lack, options, attributions and requests for a form of the answer."""
    formless = _FORM.sub(" ", without or text)
    if read(formless).is_thin:  # nothing else is left: then the form is the problem
        formless = text
    return tuple(read(one) for one in dict.fromkeys([text, without or text, formless]))


def read(text: str) -> Reading:
    """Reads a canonical text (see `bigmath.normalize`), without its figure code."""
    body = _HYPHEN.sub(" ", _DEGREE.sub(" ", _CODE.sub(" ", text[:_LONGEST])))
    body = _GROUPS.sub(lambda number: number[0].replace(" ", ""), body)
    units = (_unit(part) for part in _UNIT_END.split(body))
    drawn = sorted(number for code in _CODE.findall(text[:_LONGEST]) for number in _DRAWN.findall(code))
    return Reading(tuple(unit for unit in units if unit.figures or unit.words), tuple(drawn))


def _unit(part: str) -> Unit:
    figures: list[Figure] = []
    words: set[str] = set()
    tens = False
    for token in _TOKEN.findall(part):
        figure, word = _meaning(token)
        if word is not None:
            words.add(word)
        elif figure is not None:
            if tens and figure.soft and len(figure.value) == 1 and figure.value.isdigit():
                figure = Figure(str(int(figures.pop().value) + int(figure.value)), soft=True)  # twenty-five
            figures.append(figure)
        tens = token in _TENS
    return Unit(tuple(figures), frozenset(words))


@lru_cache(maxsize=1 << 16)
def _meaning(token: str) -> tuple[Figure | None, str | None]:
    """What a token is: a figure, or a word that carries content, or neither."""
    name = token.lstrip("\\")
    if token in _NUMBERS:
        return Figure(_NUMBERS[token], soft=True), None
    if token[0].isdigit() or (token[0] == "." and len(token) > 1):
        return Figure(_number(token), soft=False), None
    if name in _FUNCTIONS and (token[0] == "\\" or name not in _ALSO_WORDS):
        return Figure(name, soft=False), None
    if token in _SOFT:
        return Figure(_SOFT[token], soft=True), None
    if token in _RELATIONS or token in _HARD:
        return Figure(_RELATIONS.get(token, token), soft=False), None
    if (token.isalpha() or token in _NAMED_SIGNS) and name not in ASKING and name not in _PROMPT:
        return None, _stem(name)
    return None, None


def words_of(statement: str) -> frozenset[str]:
    """The words that carry content in a statement as it is written: all that `read` finds, and perhaps more."""
    return frozenset(word for token in _LETTERS.findall(statement.lower()) if (word := _meaning(token)[1]) is not None)


def _number(token: str) -> str:
    """One spelling a value: 007 and 7, .50 and 0.5."""
    whole, point, part = token.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + part if part else "")


def _stem(word: str) -> str:
    if len(word) <= 4:
        return word[:-1] if len(word) == 4 and word.endswith("s") else word
    for ending in ("ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@dataclass(frozen=True)
class Weights:
    """What a word of a test is worth: words of few tests tell more."""

    known: Mapping[str, float]
    unknown: float

    @staticmethod
    def of(tests: list[Reading]) -> "Weights":
        counts = Counter(word for test in tests for word in test.words)
        known = {word: log((len(tests) + 2) / (count + 1)) + 0.1 for word, count in counts.items()}
        return Weights(known, log(len(tests) + 2) + 0.1)

    def total(self, words: frozenset[str]) -> float:
        return sum(
            self.known.get(word, self.unknown) * (1.0 if len(word) > 1 else _LETTER_WEIGHT) for word in sorted(words)
        )


def shared_words(test: Reading, words: frozenset[str], weights: Weights) -> float:
    """The share, by weight, of the test's words that are among these; 1 for a test without words."""
    whole = weights.total(test.words)
    return weights.total(test.words & words) / whole if whole else 1.0


def words_needed(test: Reading, coverage: float) -> float:
    """The least share of a test's words: the fewer its numbers, the more its words must tell."""
    return coverage + _FOR_NUMBERS * max(0, _MANY - test.numbers)


def same_figures(test: Reading, row: Reading) -> bool:
    """Whether the row has the test's figures as the test has them: points 1 and 3 above."""
    if test.is_thin:
        return _stands_alone(test, row) and _drawn_alike(test, row)
    if test.numbers < _FEW and not (_is_close(test, row) and _drawn_alike(test, row)):
        return False
    return _has_run(test.figures, row.figures) or _has_units(test, row)


def may_stand_alone(test: Reading, row: Reading) -> bool:
    """Whether a test of few words could be met by the row once what is printed around its problem is taken away."""
    return test.is_thin and _has_run(test.figures, row.figures)


def _is_close(test: Reading, row: Reading) -> bool:
    """Whether the clauses of the row that share words with the test say little else."""
    near = [unit.words for unit in row.units if unit.words & test.long_words]
    beside = {word for words in near for word in words if len(word) > 1} - test.long_words
    return len(beside) <= 1 + len(test.long_words) // 2 and len(test.letters) <= len(row.letters)


def _drawn_alike(test: Reading, row: Reading) -> bool:
    """Two drawings must have most numbers in common; a drawing beside none says nothing."""
    if not test.drawn or not row.drawn:
        return True
    shared = (Counter(test.drawn) & Counter(row.drawn)).total()
    return shared >= _DRAWN_ALIKE * max(len(test.drawn), len(row.drawn))


def _stands_alone(test: Reading, row: Reading) -> bool:
    """Whether units of the row, one after another, have just the test's figures, with few words beside."""
    if len(row.long_words - test.long_words) > 2 + len(test.long_words):
        return False
    if len(row.figures) > 2 * len(test.figures) + 4:
        return False
    for first in range(len(row.units)):
        figures: list[Figure] = []
        for unit in row.units[first:]:
            figures += unit.figures
            if len(figures) > 2 * len(test.figures) + 4:
                break
            if _same_figures(test.figures, tuple(figures)):
                return True
    return not test.figures and not [one for one in row.figures if not one.soft]


def _has_run(test: tuple[Figure, ...], row: tuple[Figure, ...]) -> bool:
    """Whether the test's figures are in the row as one run."""
    return any(_runs(test, row, counts) for counts in _READINGS)


def _runs(test: tuple[Figure, ...], row: tuple[Figure, ...], counts: Callable[[Figure], bool]) -> bool:
    wanted = [figure.value for figure in test if counts(figure)]
    if not wanted:
        return not any(_counts_number(figure) for figure in test) or _soft_agrees(test, row)
    places = [at for at, figure in enumerate(row) if counts(figure)]
    values = [row[at].value for at in places]
    for at in range(len(values) - len(wanted) + 1):
        if values[at] == wanted[0] and values[at : at + len(wanted)] == wanted:
            before = places[at - 1] + 1 if at else 0
            after = places[at + len(wanted)] if at + len(wanted) < len(places) else len(row)
            inner = [figure for figure in row[places[at] : places[at + len(wanted) - 1]] if not counts(figure)]
            outer = [*row[before : places[at]], *inner, *row[places[at + len(wanted) - 1] : after]]
            if _soft_agrees(test, (*inner, *(one for one in outer if one in test))):
                return True
    return False


def _same_figures(test: tuple[Figure, ...], row: tuple[Figure, ...]) -> bool:
    return _soft_agrees(test, row) and any(
        [one.value for one in test if counts(one)] == [one.value for one in row if counts(one)] for counts in _READINGS
    )


def _soft_agrees(test: Iterable[Figure], row: Iterable[Figure]) -> bool:
    """Whether soft figures were only put in or only left out: `*` may go, but not become `/`, nor `three` `five`."""
    ours, theirs = (Counter(one.value for one in side if one.soft and one.value != "1") for side in (test, row))
    return not (ours - theirs and theirs - ours)


def _counts_number(figure: Figure) -> bool:
    """Numbers in words count like digits."""
    return not figure.soft or figure.value.isdigit()


_READINGS: tuple[Callable[[Figure], bool], ...] = (lambda figure: not figure.soft, _counts_number)
"""Two ways to compare: numbers in words may come and go ("the two roots"), or each is a number as in digits."""


def _has_units(test: Reading, row: Reading) -> bool:
    """Whether every unit of the test that has figures has its own in the row, with the same figures and like words."""
    free = [unit for unit in row.units if unit.figures]
    for unit in test.units:
        if not any(_counts_number(figure) for figure in unit.figures):
            continue
        for at, other in enumerate(free):
            if _same_figures(unit.figures, other.figures) and (
                not unit.words or len(unit.words & other.words) > _UNIT_WORDS * len(unit.words)
            ):
                del free[at]
                break
        else:
            return False
    return True
