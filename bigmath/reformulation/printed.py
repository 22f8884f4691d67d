r"""A multiple-choice statement taken apart: its question, whole, and the text of each option as printed.

`bigmath.options` says that and where a list is; here the text is cut so that nothing is lost or left over: the first
label's font command goes, a formula is closed, empty brackets that waited for a letter go, figure code that stands
between question and options stays with the question.
"""

import re
from dataclasses import dataclass

from bigmath import labels
from bigmath.options import Options, read_options
from bigmath.statement import plain

_FONT = r"\\(?:text|math)(?:bf|rm|it|sf|tt|up)?"
_MARKUP = re.compile(
    rf"(?:{_FONT}\s*\{{?|\\(?:bf|rm)(?![a-z])|[{{(]|\*\*|\\q?quad(?![a-z])"
    r"|\\(?:newline|hfill|par|item|displaystyle|noindent)(?![a-z])|\\\\(?:\[[^\]]{0,8}\])?|\\[ ,;:]|~|\s|\\"
    r"|\\(?:hspace|vspace)\*?\{[^{}]{0,12}\}"
    r"|\\begin\{(?:enumerate|tabular|array|center)\}(?:\{[^{}]{0,12}\}|\[[^\]]{0,20}\])?)++$"
)
"""What may stand before a label and belongs to the list."""
_SLOT = re.compile(
    r"(?:\$\s*)?(?:\(\s*(?:\\q?quad|\\[ ,;:]|~|\s|_|\.)*\)|\\\(\s*\\q?quad\s*\\\)|_{2,}|\\underline\{[\s\\a-z~]*\})"
    r"(?:\s*\$)?[\s.:]*$"
)
"""The place for a letter, `(   )` or `____`, at the end."""
_CLOSING = re.compile(r"\s*(?:</[a-z]{1,6}>\s*)+")
_LABEL = 200
"""Characters before a label that may be its markup; bounds the work on hostile text."""
_TAIL = 60
"""Characters by which the end of the question is found again in the raw statement."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The question as the raw statement has it, and the options' texts in order, with their own markup."""

    question: str
    options: tuple[str, ...]


def take_apart(statement: str) -> Printed | None:
    """The parts of a statement with printed options; None where it has none or cannot be cut clean."""
    options = read_options(statement)
    if options is None or not {"A", "a"}.intersection(options.style):
        return None  # by numbers an answer may be the option's number or its value
    text = plain(statement)
    run = _run_of(text, options)
    if not run:
        return None
    question = _raw(statement, text, without_markup(text[: run[0].label]))
    if question is None:
        return None
    if _dollars(question) % 2 and _dollars(statement) % 2 == 0:
        question += "$"  # the options stood in the formula that the question ends in
    question = _SLOT.sub("", question).rstrip()
    return Printed(question, tuple(text[item.start : item.end] for item in run)) if _balanced(question) else None


def _run_of(text: str, options: Options) -> list[labels.Item]:
    """The run of labels that `read_options` found: the first that begins where its stem ends."""
    runs = labels.runs(labels.masked(text), options.style)
    return next((run for run in runs if run[0].label >= len(options.stem) and len(run) == len(options.texts)), [])


def without_markup(text: str) -> str:
    """The text before a label, without the label's font command and the dollar sign that opens its formula."""
    before = ""
    while before != text:
        before, text = text, text[:-_LABEL] + _MARKUP.sub("", text[-_LABEL:])
        if text.endswith("$") and not before[len(text) :][:1].isspace():
            rest = text.rstrip("$")
            if _dollars(text) % 2 or not rest or rest[-1].isspace():
                text = rest
    return text


def _raw(statement: str, text: str, question: str) -> str | None:
    """The question in the raw statement's own characters: figure code and tags that `plain` takes out stay."""
    if text == statement:
        return question
    tails = [question[-length:] for length in (_TAIL, _TAIL // 2, _TAIL // 4, _TAIL // 8)]
    tail = next((one for one in tails if len(one) > _TAIL // 10 and statement.count(one) == 1), None)
    if tail is None:
        return None if "[asy" in statement else question
    end = statement.index(tail) + len(tail)
    rest = statement[end:]
    while rest.lstrip().startswith("[asy]") and "[/asy]" in rest:
        end += rest.index("[/asy]") + len("[/asy]")
        rest = statement[end:]
    if closing := _CLOSING.match(rest):
        end += closing.end()
    return None if "[asy" in rest else statement[:end]


def _dollars(text: str) -> int:
    return text.replace("\\$", "").count("$")


def _balanced(text: str) -> bool:
    depth = 0
    for character in re.sub(r"\\[{}]", "", text):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0 and text.count("\\begin{") == text.count("\\end{")
