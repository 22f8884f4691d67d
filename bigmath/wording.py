r"""What a statement says: its canonical text is read as units (clauses), each a sequence of *figures* (numbers,
operators, relations, functions) and a set of *words* that carry content.

Answer options, attributions and requests for a form of the answer ("express it as m/n, find m+n") may be left out.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bigmath.attribution import strip_attribution
from bigmath.grams import ASKING, SYNONYMS
from bigmath.normalize import canonical
from bigmath.options import read_options
from bigmath.verifier.number_words import ONES, TENS

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
_NUMBERS = {word: str(value) for word, value in (ONES | TENS | {"hundred": 100, "thousand": 1000}).items() if value}
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
_THIN = 5
"""Words below which a test is told by its figures, so that these must stand alone in the row."""
FEW = 3
"""Numbers below which they tell little, so that the row must say little beside."""
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
        found = [[at for at, figure in enumerate(self.figures) if counts(figure)] for counts in COUNTED]
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
    left = reading_of(formless)
    if left.is_thin and left.told < FEW:  # nothing else is left: then the form is the problem
        formless = text
    return tuple(reading_of(one) for one in dict.fromkeys([text, without or text, formless]))


def reading_of(text: str) -> Reading:
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
            tens = meaning.soft and token in TENS
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
        """The words that carry content: all that `reading_of` finds, and perhaps more."""
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


def counts_number(figure: Figure) -> bool:
    """Numbers in words count like digits."""
    return not figure.soft or figure.value.isdigit()


COUNTED: tuple[Callable[[Figure], bool], ...] = (lambda figure: not figure.soft, counts_number)
"""Two ways to compare: numbers in words may come and go ("the two roots"), or each is a number as in digits."""


def names_in(statements: Iterable[str]) -> frozenset[str]:
    """Words that are always written with a capital: mostly people, who have other names in a paraphrase."""
    capital: set[str] = set()
    small: set[str] = set()
    for statement in statements:
        for word in _LETTERS.findall(statement):
            (small if word[0].islower() else capital).add(word.lower())
    return frozenset(stem(word) for word in capital - small)
