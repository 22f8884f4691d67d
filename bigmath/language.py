"""What of a statement is natural language: its words without formulas, and cheap signs of which language they are."""

import re

import polars as pl

from bigmath.statement import FORMULA, without_figures, wording

_COMMAND = re.compile(r"\\[A-Za-z]+\*?|https?://\S{1,2000}|[_^][A-Za-z0-9]|[{}\\&|=<>+*/~^_#-]|\d+")
_FOREIGN = re.compile(
    r"[\u0400-\u058f\u0590-\u08ff\u0900-\u0dff\u0e00-\u10ff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_HINTS = r"(?i)\b(?:the|of|is|are|and|what|how|many|find|that|which|with|if|has|each|to|by|then|for|determine|given)\b"
_DISTINCT = (r"(?i)\b(?:the|what|how|which)\b", r"(?i)\b(?:of|is|are|and|if|that|has|find|with)\b")

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
    """True where English function words settle it without a language model: at least four of them, two kinds, one per 60
    bytes beyond figure code; or three where no function word of another language stands beside them. In no case is
    there a run of foreign letters."""
    body = text.str.replace_all(r"(?s)\[asy\].*?\[/asy\]", " ")
    hints = body.str.count_matches(_HINTS)
    kinds = pl.all_horizontal(body.str.contains(pattern) for pattern in _DISTINCT)
    many = (hints >= 4) & kinds & (hints * 60 >= body.str.len_bytes())
    alone = (body.str.count_matches(_ENGLISH) >= 3) & ~body.str.contains(_OTHER_TONGUES)
    return (many | alone) & ~body.str.contains(r"[\p{Han}\p{Cyrillic}\p{Arabic}\p{Hangul}\p{Hiragana}\p{Katakana}\p{Thai}]")
