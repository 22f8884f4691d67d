"""Answer options printed in a statement, in any layout: `(A) x (B) y`, `A. x` lines, `$\\textbf{(A)}\\ x \\qquad`.

Three letters in order make a list; the list must stand after the question and hold answers, not questions of its
own.
"""

import re
from dataclasses import dataclass

from bigmath import labels
from bigmath.statement import asks, plain

_SLOT = re.compile(r"^[\s.,;]*(?:true|false)[\s.,;]*$", re.IGNORECASE)
_CHOOSING = re.compile(
    r"\bwhich\b|\bchoose\b|\bselect\b|_{2,}|\(\s*\)|\bis\s*:?\s*$|\bare\s*:?\s*$|\bequals?\s*:?\s*$|\?\s*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\?\W*$|^\W*(?:if\b[^.]{0,200},\s*)?(?:find|determine|calculate|compute|prove|show\s+that|evaluate|solve"
    r"|what|how\s+many)\b",
    re.IGNORECASE,
)
"""An item that is itself a question: then the letters label parts. "Add 15 cents" may well be an option."""
_CONDITIONS = re.compile(
    r"\b(?:satisf\w+|meet\w*|obey\w*|have|having|with)\s+(?:all\s+)?(?:of\s+)?(?:the\s+|these\s+)?(?:following\s+)?"
    r"(?:conditions?|propert(?:y|ies)|rules?|constraints?)\s*:\W*$",
    re.IGNORECASE,
)
"""Before a list of what is demanded of a number, not of answers."""
_FORM = re.compile(
    r"\b(?:express|give|write|state|choose|select|enter|answer|list)\s+(?:your|the|as|by)\s+[^.\n]{0,160}",
    re.IGNORECASE,
)
_SPREAD = 900
"""Characters an option may hold; options of statements about programs or data are long."""


@dataclass(frozen=True, slots=True)
class Options:
    """The statement before its options, and each option's text in order, as printed."""

    stem: str
    texts: tuple[str, ...]
    style: str


def read_options(statement: str) -> Options | None:
    """The answer options of a statement, or None where it prints none."""
    text = plain(statement)
    mask = labels.masked(text)
    for style in labels.styles_in(mask, labels.OPTION_STYLES):
        if style == "A" and "\\begin{tabular" in text:
            continue  # rows of a table
        for run in reversed(labels.runs(mask, style)):
            if _is_option_list(mask, run, style):
                texts = tuple(text[item.start : item.end].strip(" \n$\\*-") for item in run)
                return Options(text[: run[0].label].rstrip(" \n$\\*-({"), texts, style)
    return _lower_case(text, mask) or _numbered(text, mask)


def _is_option_list(mask: str, run: list[labels.Item], style: str) -> bool:
    fresh = all(item.fresh for item in run)
    if len(run) < 3 and not (len(run) == 2 and fresh and style in ("(A)", "A)")):
        return False
    if style == "A" and not (fresh and len(run) >= 4):
        return False
    bodies = [mask[item.start : item.end] for item in run]
    if style == "A." and not fresh and not _inline(mask, run):
        return False
    if any(len(body) > _SPREAD for body in bodies[:-1]) or all(_SLOT.match(body) for body in bodies):
        return False
    asking = sum(bool(_PART.search(body)) for body in bodies)
    if asking >= 2 and asking * 2 >= len(bodies):
        return False
    return not _asked_after(bodies[-1]) and not _CONDITIONS.search(mask[: run[0].label])


def _inline(mask: str, run: list[labels.Item]) -> bool:
    """`A. x B. y C. z D. w` on one line: letters of a figure are not printed four in order after a question."""
    before = mask[: run[0].label].rstrip()
    empty = any(not mask[item.start : item.end].strip(" \n.,;:") for item in run)
    return len(run) >= 4 and not empty and before.endswith(("?", ":", ")", "is", "are", ".", "_", "=", "$", "\n"))


def _asked_after(last: str) -> bool:
    """Whether the question comes only after the list: then the items were statements or points. How to write the answer
    is no question."""
    _, _, rest = last.partition("\n")
    return asks(_FORM.sub("", rest))


def _lower_case(text: str, mask: str) -> Options | None:
    for style in labels.styles_in(mask, ("(a)", "a)", "a.")):
        for run in reversed(labels.runs(mask, style)):
            stem = text[: run[0].label]
            bodies = [mask[item.start : item.end] for item in run]
            if len(run) < 3 or any(asks(body) for body in bodies) or any(len(b) > 300 for b in bodies):
                continue
            if _CHOOSING.search(stem[-160:].rstrip(" \n$\\*-({")) and not re.search(
                r"following\s+(?:condition|propert)|(?i:how\s+many\s+of)", stem
            ):
                texts = tuple(text[item.start : item.end].strip() for item in run)
                return Options(stem.rstrip(), texts, style)
    return None


_WHICH = re.compile(r"\bwhich\b|\(\s*\)|_{2,}", re.IGNORECASE)
_NUMERAL = re.compile(r"[-\d.,/%\s]+")
_WORD = re.compile(r"(?<!\\)\b(?!cm|mm|km|kg|sin|cos|tan|log|and\b)[A-Za-z]{3,}")


def _numbered(text: str, mask: str) -> Options | None:
    """`Which is prime? (1) 4 (2) 6 (3) 7`: bare values by numbers, after the question; sentences by numbers are
    statements or parts."""
    for style in labels.styles_in(mask, ("(1)", "1)", "①", "(i)")):
        for run in reversed(labels.runs(mask, style)):
            stem, bodies = text[: run[0].label], [mask[item.start : item.end].strip(" .;,\n") for item in run]
            asked = stem.rstrip(" \n$\\*-({")
            if len(run) < 3 or any(not body or len(body) > 60 or _WORD.search(body) for body in bodies):
                continue
            chosen = asked.endswith(("?", ")", "_", ":")) and _WHICH.search(asked[-160:])
            if chosen or (asked.endswith("?") and all(map(_NUMERAL.fullmatch, bodies))):
                return Options(asked, tuple(text[item.start : item.end].strip() for item in run), style)
    return None
