r"""Which of the printed options is the right one, and what it says: `\textbf{(C)}\ 12` is option C, value 12.

Sources give the reference answer as the option's letter, as its value, or as both in either order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bigmath import equivalent
from bigmath.reformulation.printed import without_markup

_FONT = r"\\(?:text|math)(?:bf|rm|it|sf|tt|up)?\s*|\\(?:bf|rm)(?![a-z])\s*"
_LETTER = rf"(?:{_FONT})?[{{(\s\\$]*(?:{_FONT})?[{{(\s]*(?P<letter>[A-Ja-j])"
_CLOSE = r"(?:[\s})]|\\[ ,;:!])*"
_BARE = re.compile(rf"^\W*(?:option|choice|answer)?\s*{_LETTER}{_CLOSE}[.$\s]*$", re.IGNORECASE)
_FIRST = re.compile(
    rf"^\$?\(?\s*(?:{_FONT})?[{{\s]*\(?\s*(?P<letter>[A-J])\s*(?:\\\s|~|\s|\}})*[).:]{_CLOSE}(?P<value>\S.*)$",
    re.DOTALL,
)
_LAST = re.compile(
    rf"^(?P<value>.*\S)\s*(?:\\[ ,;:]|\\q?quad|\s)*(?:{_FONT})[{{\s]*\(\s*(?P<letter>[A-J])\s*\){_CLOSE}$", re.DOTALL
)

LONGEST = 1_000
"""Characters of an option or answer that are read: no closed form is longer."""
_AFTER = re.compile(r"\n+\s*(?:Enter|Write|Express|Give|Answer|Choose|Select|Note)\b.*$", re.DOTALL)
"""How to answer, printed after the last option."""
_HEAD = re.compile(
    r"^(?:[\s})~:]|\.(?!\d)|\\[ ,;:]|\\(?=\s)|\\q?quad(?![a-z])|\*\*|\$(?=\s)|\\hspace\*?\{[^{}]{0,12}\})++"
)
_TAIL = re.compile(
    r"(?:[\s~.;]|\*\*|\\bullet|\\\\(?:\[[^\]]{0,8}\])?|\\[ ,;:]|\\q?quad(?![a-z])|\\hspace\*?\{[^{}]{0,12}\}|-\s*$)++$"
)


@dataclass(frozen=True, slots=True)
class RightOption:
    """`letter` is its place as printed; `value` its text without label and outer dollar signs."""

    letter: str
    value: str


def split_answer(answer: str) -> tuple[str | None, str | None]:
    """(letter, value) of a reference answer; None for the one it does not give.

    >>> split_answer(r"\\textbf{(E) }75"), split_answer(r"\\text{B}"), split_answer("75")
    (('E', '75'), ('B', None), (None, '75'))
    """
    answer = " ".join(answer[:LONGEST].replace("**", " ").split())
    if bare := _BARE.match(answer):
        return bare["letter"].upper(), None
    for pattern in (_FIRST, _LAST):
        if (found := pattern.match(answer)) and (value := option_value(found["value"])):
            return found["letter"].upper(), value
    return None, option_value(answer)


def option_value(text: str) -> str:
    """An option's text without what belongs to the list: spacing commands, the next label's font command, stops.

    Text that is one formula loses its dollar signs; a formula the list left open or closed too early is mended."""
    value = _HEAD.sub("", without_markup(_AFTER.sub("", text[:LONGEST])).strip())
    before = ""
    while before != value:
        before, value = value, _TAIL.sub("", value).rstrip()
    if value.count("$") % 2:
        value = value[:-1] if value.endswith("$") else value.removeprefix("$")
    inner = value.strip("$").strip()
    return value if "$" in inner else _closed(inner)


def right_option(texts: Sequence[str], answer: str) -> RightOption | str:
    """The option that is the answer, or why none can be named.

    `answer_not_an_option`: none says what the answer says, or the named letter says something else. `options_alike`:
    the verifier could not tell it from another option, so what sets it apart is form or order, not value."""
    values = [option_value(text) for text in texts]
    letter, value = split_answer(answer)
    if letter is not None and value is None:
        place = ord(letter) - ord("A")
        bare = option_value(answer)
        if any(_spelling(bare) == _spelling(option) for option in values):
            value, letter = bare, None  # a variable or a point called b is an answer too
        elif place < len(values) and values[place]:
            value = values[place]
        else:
            return "answer_not_an_option"
    assert value is not None  # a split answer has a letter, a value or both
    fits = [place for place, option in enumerate(values) if _same(option, value)]
    if not fits or (letter is not None and ord(letter) - ord("A") not in fits):
        return "answer_not_an_option"
    return RightOption(chr(ord("A") + fits[0]), value) if len(fits) == 1 else "options_alike"


def _same(one: str, other: str) -> bool:
    return _spelling(one) == _spelling(other) or equivalent(one, other)


def _spelling(text: str) -> str:
    return "".join(text.split()).replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").strip("$")


def _closed(value: str) -> str:
    """Without closing braces that belong to the label's font command, `{\\text{(A) } 12}`."""
    while value.endswith("}") and value.count("}") > value.count("{"):
        value = value[:-1].rstrip()
    return value
