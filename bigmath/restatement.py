r"""Whether a row restates a test: the same numbers and operators, and most of the words that carry content.

A statement is read, from its canonical text, as units (clauses), each a sequence of *figures* (numbers, operators,
relations, functions) and a set of *words*. A row restates a test if

1. the test's figures are in the row as one run, or each of the test's units has a unit of the row with the same
   figures and similar words (clauses may be put in another order). What spellings write or leave out (`\cdot`, `/` for
   `\frac`, `|`, a number in words) may come and go, but not change into something else;
2. the words of the test that are in the row weigh enough of all the test's words (`Test.needed`); a word weighs more
   the fewer tests have it;
3. a test of few words is met by a unit of its own in the row, with little beside it: "Compute $2+3$." is not in every
   row that says 2+3.

Answer options, attributions and requests for a form of the answer ("express it as m/n, find m+n") count on neither
side.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log

import polars as pl

from bigmath.attribution import strip_attribution
from bigmath.grams import ASKING, SYNONYMS
from bigmath.guard import NUMBER_WORDS
from bigmath.normalize import canonical
from bigmath.options import read_options

_TOKEN = re.compile(r"\\[a-z]+|[^\W\d_]+|\d+(?:\.\d+)?|\.\d+|<=|>=|[-+*/^=<>|!]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\[asy\].*?(?:\[/asy\]|\Z)", re.DOTALL)
_DRAWN = re.compile(r"\d+(?:\.\d+)?")
_DEGREE = re.compile(r"\^\{?\\circ ?\}?")
_HYPHEN = re.compile(
    r"-(?:(?<=[^\W\d_]{2}-)(?=[^\W\d_]{2})|(?<=\d-)(?=[^\W\d_]{3}))(?!(?:sqrt|sin|cos|tan|cot|sec|csc|log|ln|abs))"
)
_GROUPS = re.compile(r" (?<=\d )(?=\d{3}(?![\d.]))(?<!\d{4} )(?<!\.\d )(?<!\.\d\d )")
"""Thousands set apart by spaces, as `\\,` leaves them."""
_HEADING = re.compile(
    r"^\W*(?:problem|question|exercise|example|task|item|no|q|p)\W{0,3}\d+(?:\.\d+)*\W{0,3}(?=[^\W\d])"
)
"""`Problem 12.` before the statement."""
_POWER = re.compile(r"([\^_])\{(\d)\}(?=\d)")
"""`2^24`, which LaTeX reads as `2^{2}4`: without LaTeX it is meant as written."""
_UNIT_END = re.compile(r"[.;?!,:](?:(?<!\d.)|(?!\d))|\b(?:if|when|where|given)\b")
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
    instruction input output helpful expert carefully think show work working explain detail details
    below above""".split()
)
_VERBS = frozenset(
    "find compute evaluate calculate determine simplify what how which write convert express solve factor expand give "
    "work rewrite reduce is are can does".split()
)
_LETTER_WEIGHT = 0.3
"""Of a letter or a name, which may be another, beside a word's."""
_THIN = 5
"""Words below which a test is told by its figures, so that these must stand alone in the row."""
_FEW = 3
"""Numbers below which they tell little, so that the row must say little beside."""
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
_LONGEST = 60_000
"""Characters of a canonical text that are compared."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, operator, relation or function of a statement."""

    value: str
    soft: bool
    """Spellings write or leave it out."""


_ONE = Figure("1", soft=True)
"""Mostly a pronoun."""


@dataclass(frozen=True)
class Unit:
    """A clause."""

    figures: tuple[Figure, ...]
    words: frozenset[str]
    asks: bool
    """Whether it has a word of asking."""


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
    def telling(self) -> tuple[tuple[list[int], list[str]], tuple[list[int], list[str]]]:
        """Places and values of the figures that are not soft; and of these and the numbers in words."""
        found = [[at for at, figure in enumerate(self.figures) if counts(figure)] for counts in _READINGS]
        hard, numeric = ((places, [self.figures[at].value for at in places]) for places in found)
        return hard, numeric

    @cached_property
    def values(self) -> frozenset[str]:
        """Of all its figures."""
        return frozenset(figure.value for figure in self.figures)

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
        """How many numbers it has, in digits or words."""
        return sum(1 for figure in self.figures if figure.value[0].isdigit() and figure != _ONE)

    @cached_property
    def told(self) -> int:
        """How much its figures tell: numbers, and operators, relations and functions at half."""
        return self.numbers + sum(1 for one in self.figures if not one.soft and not one.value[0].isdigit()) // 2

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
    # a sentence with a number in it is part of the problem, also where it speaks of a form
    formless = _FORM.sub(lambda asked: asked[0] if _DRAWN.search(asked[0]) else " ", without or text)
    left = read(formless)
    if left.is_thin and left.told < _FEW:  # nothing else is left: then the form is the problem
        formless = text
    return tuple(read(one) for one in dict.fromkeys([text, without or text, formless]))


def read(text: str) -> Reading:
    """Reads a canonical text (see `bigmath.normalize`), without its figure code."""
    body = _HYPHEN.sub(" ", _DEGREE.sub(" ", _CODE.sub(" ", text[:_LONGEST])))
    body = _HEADING.sub("", body)
    body = _GROUPS.sub("", _POWER.sub(r"\1\2", body))
    units = (_unit(part) for part in _UNIT_END.split(body))
    drawn = sorted(number for code in _CODE.findall(text[:_LONGEST]) for number in _DRAWN.findall(code))
    return Reading(tuple(unit for unit in units if unit.figures or unit.words), tuple(drawn))


def _unit(part: str) -> Unit:
    figures: list[Figure] = []
    words: list[str] = []
    tens = asks = False
    for token in _TOKEN.findall(part):
        meaning = _MEANINGS[token]
        if type(meaning) is str:
            words.append(meaning)
            tens = False
        elif type(meaning) is Figure:
            if tens and meaning.soft and len(meaning.value) == 1 and meaning.value.isdigit():
                meaning = Figure(str(int(figures.pop().value) + int(meaning.value)), soft=True)  # twenty-five
            figures.append(meaning)
            tens = meaning.soft and token in _TENS
        else:
            asks = asks or meaning is True
            tens = False
    return Unit(tuple(figures), frozenset(words), asks)


def _meaning(token: str) -> Figure | str | bool:
    """What a token is: a figure, the stem of a word that carries content, true for a word of asking, or nothing."""
    if token in _VERBS:
        return True
    name = token.lstrip("\\")
    if token in _NUMBERS:
        return Figure(_NUMBERS[token], soft=True)
    if token[0].isdigit() or (token[0] == "." and len(token) > 1):
        return Figure(_number(token), soft=False)
    if name in _FUNCTIONS and (token[0] == "\\" or name not in _ALSO_WORDS):
        return Figure(name, soft=False)
    if token in _SOFT:
        return Figure(_SOFT[token], soft=True)
    if token in _RELATIONS or token in _HARD:
        return Figure(_RELATIONS.get(token, token), soft=False)
    if (token.isalpha() or token in _NAMED_SIGNS) and name not in ASKING and name not in _PROMPT:
        return stem(name)
    return False


class _Meanings(dict[str, Figure | str | bool]):
    """Meanings by token, each worked out once."""

    def __missing__(self, token: str) -> Figure | str | bool:
        if len(self) > 1 << 17:
            self.clear()
        self[token] = meaning = _meaning(token)
        return meaning


_MEANINGS = _Meanings()


@dataclass(frozen=True)
class Written:
    """A statement as it is written, in lower case."""

    text: str

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that carry content: all that `read` finds, and perhaps more."""
        meanings = [_MEANINGS[token] for token in _LETTERS.findall(self.text)]
        return frozenset(word for word in meanings if isinstance(word, str))


def _number(token: str) -> str:
    """One spelling a value: 007 and 7, .50 and 0.5."""
    whole, point, part = token.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + part if part else "")


def stem(word: str) -> str:
    """What spellings of a word share; synonyms have one."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    if len(word) <= 4:
        return word[:-1] if len(word) == 4 and word.endswith("s") else word
    for ending in ("ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


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


def names_in(statements: Iterable[str]) -> frozenset[str]:
    """Words that are always written with a capital: mostly people, who have other names in a paraphrase."""
    capital: set[str] = set()
    small: set[str] = set()
    for statement in statements:
        for word in _LETTERS.findall(statement):
            (small if word[0].islower() else capital).add(word.lower())
    return frozenset(stem(word) for word in capital - small)


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
    if test.told < _FEW and not (_is_close(test, row) and _drawn_alike(test, row)):
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
        [one.value for one in test if counts(one)] == [one.value for one in row if counts(one)] for counts in _READINGS
    )


def _soft_agrees(test: Iterable[Figure], row: Iterable[Figure]) -> bool:
    """Whether soft figures were only put in or only left out: `*` may go, but not become `/`, nor `three` `five`."""
    ours, theirs = ([one.value for one in side if one.soft and one.value != "1"] for side in (test, row))
    if not ours or not theirs or ours == theirs:
        return True
    counted, others = Counter(ours), Counter(theirs)
    return not (counted - others and others - counted)


def _counts_number(figure: Figure) -> bool:
    """Numbers in words count like digits."""
    return not figure.soft or figure.value.isdigit()


_READINGS: tuple[Callable[[Figure], bool], ...] = (lambda figure: not figure.soft, _counts_number)
"""Two ways to compare: numbers in words may come and go ("the two roots"), or each is a number as in digits."""


def _has_units(test: Reading, row: Reading) -> bool:
    """Whether every unit of the test that has figures is in the row: of the units with the most words in common, one
    has the same figures. The units must stand in another order, or else only numbers have changed places."""
    if not _is_reordered(test, row):
        return False
    free = [unit for unit in row.units if unit.figures]
    for unit in test.units:
        if not any(_counts_number(figure) for figure in unit.figures):
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
