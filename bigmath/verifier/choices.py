"""Options of multiple choice as answers: a letter, or a letter printed before what it stands for."""

import re
from typing import NamedTuple

_LETTERED = re.compile(
    r"[\s*$]*(?:-\s[\s*$]*)?(?:\\(?:text|textbf|textrm|textsf|mathrm|mathbf|mathsf|bf|rm)\s*\{?\s*)*(?:\\bf\s*)?"
    r"(?:\(\s*(?P<ring>[A-H])\s*\)|(?P<stop>[A-H])(?:\}\s*\)|\s*(?:[):]|\.(?!\d)|(?=\s\([a-z]{2,}\s))))"
    r"[\s}*]*(?P<rest>\S.*)",
    re.DOTALL,
)
_ANSWER_IS = re.compile(
    r"\b(?:answer|option|choice)\s+(?:is|:)\s*:?[\s$*]*(?:\\(?:boxed|text|textbf|mathrm)\s*\{\s*)*\(?[A-H]\b(?!\s*=)",
    re.IGNORECASE,
)
_PRODUCT = ("^", "_", "=", "+", "-", "\\cdot", "\\cap", "\\cup")
_SPACING = re.compile(r"(?:\\(?:[ ,;:!]|q?quad(?![A-Za-z]))|[\s}*~])+")
_LETTERS = re.compile(r"[\W\d_]*[A-H](?:[\W\d_]+[A-H])*\W*")
LONGEST_OPTION = 400
"""Characters up to which an answer is looked at as an option."""


class Option(NamedTuple):
    letter: str
    text: str
    """What the letter stands for: never empty, and no letter itself."""


def option_letter(text: str) -> str | None:
    """The letter where an answer is an option as printed, `\\textbf{(D)}\\ 3`, or says which it is, "the answer is C".

    >>> option_letter("\\\\textbf{(D)}\\\\ 3"), option_letter("B: 35"), option_letter("(A)"), option_letter("(A+B)^2")
    ('D', 'B', None, None)
    """
    found = _LETTERED.match(text)
    if found and not found["rest"].startswith(_PRODUCT):
        return found["ring"] or found["stop"]
    said = _ANSWER_IS.search(text)
    return next(char for char in reversed(said[0]) if char.isalpha()) if said else None


def option(text: str) -> Option | None:
    """An option as printed, cut in two; None for a product such as (A)(B), for letters and for any other text.

    >>> option("\\\\mathrm{(C) \\\\ } 27"), option("B) $-4$"), option("(A)(B)"), option("A, C")
    (Option(letter='C', text='27'), Option(letter='B', text='$-4$'), None, None)
    """
    found = _LETTERED.match(text) if len(text) <= LONGEST_OPTION else None
    if found is None:
        return None
    between = text[found.end("ring") + 1 : found.start("rest")] if found["ring"] else " "
    rest = found["rest"]
    spacing = _SPACING.match(rest)
    if spacing:
        between, rest = between + spacing[0], rest[spacing.end() :]
    if rest.count("}") > rest.count("{"):
        rest = rest.rstrip().removesuffix("}")
    if not between or not rest or rest.startswith((*_PRODUCT[:4], *_PRODUCT[5:])) or _LETTERS.fullmatch(rest):
        return None
    return Option(found["ring"] or found["stop"], rest)
