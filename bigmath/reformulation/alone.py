r"""Whether a question stands alone once its options are gone, and the few forms that are reworded so that it does.

A question that picks among what is printed ("which of the following", "closest to", "could be", "must be", "best
describes") has no one right answer without the list. Wording is read with each formula as one sign
(`bigmath.statement.wording`), and only the sentence that asks decides, since a story may well say "of the following".
"""

import re
from dataclasses import dataclass

from bigmath import AnswerKind
from bigmath.reformulation.wordings import (
    ALWAYS,
    COUNTS,
    ENDS_IN,
    LOOSE_END,
    NOTE,
    PLAIN_NUMBER,
    REWORDED,
    SENTENCE,
    UNLESS_COUNTED,
)
from bigmath.statement import wording

REFUSALS = {
    "unreadable": "the options cannot be cut out clean",
    "answer_not_an_option": "no option says what the reference answer says",
    "options_alike": "the verifier could not tell the right option from another one",
    "none_of_these": "the right option speaks of the others",
    "answer_not_closed_form": "the right option is no number, expression or collection of such",
    "answer_not_verifiable": "the verifier does not accept the right option against itself",
    "which_of_these": "asks to pick one of the options",
    "refers_to_options": "speaks of the options, or of something that stood below",
    "approximate": "asks for the nearest of the options; no rounding is stated",
    "possible_not_certain": "asks for what could or must be; many answers would do",
    "property": "asks for something with a property, such as a divisor or a bound; many answers would do",
    "describes": "asks which statement is true or fits best",
    "incomplete": "ends in the middle of a sentence that only an option completes",
    "form_matters": "the answer's form is what is asked for: an equation or an equal expression stands in the question",
    "unknown_symbols": "the answer speaks of symbols that the question does not name",
}
"""Why a multiple-choice problem is not rewritten, in the words of the `rewrites` table."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A question that stands alone; `form` is `as_printed`, or how it was reworded."""

    problem: str
    form: str


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is a key of `REFUSALS`, `detail` the words that decided."""

    reason: str
    detail: str


_SHORT = 25
"""Characters below which the last sentence is read with the one before it: "Find it."."""


def alone(question: str, kind: AnswerKind) -> Alone | Refused:
    """The question as it stands alone, reworded where a rule can, or why it cannot stand alone."""
    problem, form = question, "as_printed"
    for pattern, words, name in REWORDED:
        if (found := pattern.search(question)) and (name == "which_is_the" or kind in PLAIN_NUMBER):
            what = "What " if found[0][0].isupper() else "what "
            problem = question[: found.start()] + what + found.expand(words) + question[found.end() :]
            form = name
            break
    asked = asking(wording(problem))
    counts = COUNTS.search(asked) is not None
    for reason, pattern in ALWAYS if counts else (*ALWAYS, *UNLESS_COUNTED):
        if found := pattern.search(asked):
            return Refused(reason, found[0].strip())
    if loose := LOOSE_END.search(asked):
        return Refused("incomplete", loose[0].strip())
    if not ENDS_IN.search(asked) and not re.match(
        r"\W*(?:find|determine|compute|evaluate|simplify|solve|calculate|how)\b", asked, re.IGNORECASE
    ):
        return Refused("incomplete", asked[-40:])
    return Alone(problem, form)


def asking(text: str) -> str:
    """The part of a statement's wording that asks: the last sentence, with what is needed before it if it is short.

    Where a question mark is followed by more (a note, a definition), the sentence of the question mark counts too."""
    text = text.rstrip()
    if (note := NOTE.search(text)) and note.start() > _SHORT and "?" not in note[0]:
        text = text[: note.start()].rstrip()
    pieces = SENTENCE.split(text)
    ends = [mark.end() for mark in SENTENCE.finditer(text)]
    start = ends[-1] if ends else 0
    if len(pieces[-1]) < _SHORT and len(ends) > 1:
        start = ends[-2]
    mark = text.rfind("?")
    if 0 <= mark < start:
        before = [end for end in ends if end <= mark]
        start = before[-1] if before else 0
    return text[start:].strip()
