"""multiple_choice: the statement prints answer options, so that the answer can be guessed.

Options are read as a list: letters from A in order and in one style, after the question, holding answers. Big-Math's
rule (arXiv 2502.17387) looks for letters anywhere: on 7,474 MATH problems it fires on 405, of which a third have
options.

Kept: "Alice, Bob, Carol and David sit ...", and a trapezoid whose sides are A: 3, B: 4. Dropped: HARP, "$\\log 125$
equals: $\\textbf{(A)}$ $(\\log 25)(\\log 5)$ \\qquad ..." (lettered_options).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of, reason_of
from bigmath.options import read_options

_PROBLEM = pl.col("problem")
_CANDIDATE = _PROBLEM.str.contains(
    r"[BbＢ]\s?(?:\\[ ,;]|[\s~}$])*[).:：．、）]|\*\*B\*\*|(?m)^[-\s]*B\s|\(\s?3\s?\)|[③Ⓒ]|(?:^|[\s,;])3\s?\)"
)

# Two shapes of list that need no closer reading: three letters set in a font of their own, and four after a stop with
# nothing asked from there on. Nearly all multiple choice of the sources has one of them.
_FONT = (
    r"(?:\\(?:textbf|text|mathrm|mathbf|textrm|textsf|bf|rm)\s?\{?\s?(?:\\(?:textbf|mathbf|bf)\s?\{?\s?)?|\*\*\s?)"
    r"\(?\s?"
)
_IN_FONT = rf"(?s){_FONT}A\s?\).*{_FONT}B\s?\).*{_FONT}C\s?\)"
_AFTER_STOP = r"(?:[?.:=)_]|\b(?:is|are|equals?))[\s$*\\-]*\(?A\s?[).:]\s[^?]+" + "".join(
    rf"[\s$*]\(?{letter}\s?[).:]\s[^?]+" for letter in "BCD"
)
_ITEM_ASKS = (
    r"(?i)[A-E]\s?[).:]\s*(?:find|determine|prove|show|calculate|compute|what|how|if|true|false|the\s+points?)\b"
)
_SURE = _PROBLEM.str.contains(_IN_FONT) | (
    _PROBLEM.str.contains(_AFTER_STOP + "$") & ~_PROBLEM.str.contains(_ITEM_ASKS)
)

_ASKS_LETTER = (
    r"(?i)\b(?:enter|type|give|write|choose|select)\s+(?:all\s+)?the\s+letters?\s+(?:\([^()]{1,20}\)\s+)?(?:of|for)\s+(?:the|all)"
    r"\s+(?:correct|right)"
)
_LETTER = _PROBLEM.str.contains(_ASKS_LETTER)


@dataclass(frozen=True)
class MultipleChoice:
    """Drops rows that print their options, whatever the layout."""

    name: ClassVar[str] = "multiple_choice"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "open_ended"
    reasons: ClassVar[Mapping[str, str]] = {
        "asks_letter": "the letter of an option is asked for; the options may be drawn in a figure",
        "lettered_options": "the statement prints lettered options after its question",
    }

    def reason(self) -> pl.Expr:
        """By the shape of the list, else by `bigmath.options.read_options`."""
        read = reason_of(_judge, where=_CANDIDATE & ~_SURE)
        return (
            pl.when(_SURE)
            .then(pl.lit("lettered_options"))
            .otherwise(read.fill_null(pl.when(_LETTER).then(pl.lit("asks_letter"))))
        )

    def detail(self) -> pl.Expr:
        """The options as printed, or the words that ask for a letter."""
        printed = pl.coalesce(
            _PROBLEM.str.extract(rf"(?s)({_FONT}A\s?\).*)"), _PROBLEM.str.extract(rf"(?s)({_AFTER_STOP}$)")
        )
        read = detail_of(_judge, where=_CANDIDATE & ~_SURE)
        return pl.when(_SURE).then(printed).otherwise(read.fill_null(_PROBLEM.str.extract(rf"({_ASKS_LETTER})")))


def _judge(text: str) -> Finding | None:
    options = read_options(text)
    return ("lettered_options", f"{options.style}: " + " | ".join(options.texts)) if options else None
