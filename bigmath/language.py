"""What of a statement is natural language: its words without formulas, and cheap signs of which language they are."""

import re

import polars as pl

from bigmath.statement import FORMULA, without_figures, wording

_COMMAND = re.compile(r"\\[A-Za-z]+\*?|https?://\S{1,2000}|[_^][A-Za-z0-9]|[{}\\&|=<>+*/~^_#-]|\d+")
_FOREIGN = re.compile(
    r"[\u0400-\u058f\u0590-\u08ff\u0900-\u0dff\u0e00-\u10ff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)

_ENGLISH = (
    r"(?i)\b(?:the|of|are|what|how|many|find|which|with|has|each|then|determine|given|compute|evaluate|calculate|simplify"
    r"|expression|value|let|such|where|following|equals|positive|integers?|numbers?|triangle)\b"
)
"""Words that are English and of no other language in Latin letters."""
_OTHER_TONGUES = (
    r"(?i)\b(?:les|des|est|dans|pour|avec|une|qui|der|das|und|ist|wenn|wie|los|las|que|una|por|con|para|che|della|sono"
    r"|dla|jest|oraz|ze|na|het|een|och|att|som|não|uma|dos|bir|ve|iki|adalah|dan|yang)\b|(?-i:[\u00c0-\u024f])"
)
"""Function words of other languages in Latin letters, and their accented letters."""


def letters_of(text: str) -> tuple[str, int]:
    """The wording of a statement without formulas, commands and digits, on one line; and its number of letters."""
    plain = wording(text).replace(FORMULA, " ").replace("$", " ")
    words = " ".join(_COMMAND.sub(" ", plain).split())
    return words, sum(map(str.isalpha, words))


def foreign_letters(text: str) -> int:
    """Letters of the scripts of other languages, also inside formulas; Greek is mathematics."""
    return len(_FOREIGN.findall(without_figures(text)))


def surely_english(text: pl.Expr) -> pl.Expr:
    """True where words settle it without a language model: three that only English has, none of another language in
    Latin letters, and no run of foreign letters. Figure code does not count."""
    body = text.str.replace_all(r"(?s)\[asy\].*?\[/asy\]", " ")
    return (
        (body.str.count_matches(_ENGLISH) >= 3)
        & ~body.str.contains(_OTHER_TONGUES)
        & ~body.str.contains(r"[\p{Han}\p{Cyrillic}\p{Arabic}\p{Hangul}\p{Hiragana}\p{Katakana}\p{Thai}]")
    )
