"""Second spellings of answers that are no formula as they stand: old TeX, colours, ]a, b[, bases in words, phrases.

Only asked where the parser gave up, so it costs well-formed answers nothing.
"""

import re

from bigmath.verifier.dates import SHORT
from bigmath.verifier.tree import Node

_STYLED = re.compile(
    r"\\(?:textcolor|colorbox|color)\s*\{[^{}]{0,40}\}|\\(?:ensuremath|boldmath|it|sf|tt|underline|tiny|small|normalsize|[lL]arge|LARGE|[hH]uge)(?![A-Za-z])"
)
_OVER = re.compile(r"\{([^{}]{1,400}?)\\over(?![A-Za-z])([^{}]{1,400})\}")
_BREAKS = ("\\\\", "\\newline", "\\par", "\\quad", "\\qquad")
_SHORT_TEXT = 200
"""Characters up to which bases in words are looked for; their patterns are not linear."""
_OUTWARD = re.compile(r"(?:\\left\s*)?\]([^\[\](){},;]{1,80})[,;]([^\[\](){},;]{1,80})(?:\\right\s*)?([\[\]])")
_OUTWARD_RIGHT = re.compile(r"(?:\\left\s*)?\[([^\[\](){},;]{1,80})[,;]([^\[\](){},;]{1,80})(?:\\right\s*)?\[")
_BASE = r"\s*(?:\\text(?:rm)?\s*\{)?\s*\(?\s*(?:in\s+)?base[\s-]*\}?\s*\$?(\w{1,9})\$?\s*\)?\s*\}?"
_BASE_BEHIND = re.compile(r"([0-9A-Za-z]{1,80})" + _BASE)
_BASE_INDEX = re.compile(r"_\s*\{\s*(?:\(|\\text(?:rm)?\s*\{\s*base[\s~]*|base[\s~]*)\s*(\w{1,9})\s*[)}]?\s*\}")
_PREFIXED = re.compile(r"0([bx])([0-9A-Fa-f]{1,80})")


def prefixed(text: str) -> str:
    """0b101 and 0xA5 as 101_{2} and A5_{16}; other text as it is."""
    match = _PREFIXED.fullmatch(text)
    if match is None:
        return text
    return f"{match[2].upper()}_{{{2 if match[1] == 'b' else 16}}}"


def respelled(text: str) -> str:
    """The text with the habits above spelled as the grammar has them; unchanged where there are none."""
    text = _STYLED.sub("", text)
    text = text.rstrip()
    while text.endswith(_BREAKS):
        text = text[: text.rfind("\\")].rstrip().removesuffix("\\").rstrip()
    if "\\over" in text:
        text = _OVER.sub(r"\\frac{\1}{\2}", text)
    if "]" in text or "[" in text:
        text = _OUTWARD.sub(lambda match: f"({match[1]},{match[2]}{')' if match[3] == '[' else ']'}", text)
        text = _OUTWARD_RIGHT.sub(r"[\1,\2)", text)
    if len(text) <= _SHORT_TEXT and ("base" in text or "_" in text):
        text = _BASE_INDEX.sub(r"_{\1}", text)
        if (match := _BASE_BEHIND.fullmatch(text)) is not None:
            text = f"{match[1]}_{{{match[2]}}}"
    return text.replace("\\bigtriangleup", "\\triangle").replace("\\Delta ", "\\triangle ")


_NOUN = r"(?:solutions?|roots?|values?|numbers?|integers?|pairs?|triples?|zeros?|intersections?|zeroes)"
_NOTHING = re.compile(
    rf"(?:thereis|thereare|has|have|theequationhas|with)?no(?:real|such)?"
    rf"{_NOUN}(?:exists?)?|(?:the)?(?:empty|null)set|{_NOUN}do(?:es)?not(?:exist)"
)
_ALL_REALS = re.compile(
    r"(?:x(?:is|can\s?be)?)?(?:all|any|every|theset(?:of)?(?:all)?)(?:the)?(?:valuesof)?reals?(?:numbers?|values?)?[x]?"
)
_ALL_POSITIVE = re.compile(r"(?:all|any|every|theset(?:of)?(?:all)?)(?:the)?positiveintegers?[n]?")
_ALL_INTEGERS = re.compile(r"(?:all|any|every|theset(?:of)?(?:all)?)(?:the)?integers?")
_EXCEPT = re.compile(
    r"(?:\\text\s*\{)?\s*(?:all|any) real (?:numbers|values)\s*(?:\w\s*)?(?:except|but|other than)\s*(?:for\s*)?\}?"
    r"\s*(?:[a-z]\s*=\s*)?(.{1,120})",
    re.IGNORECASE,
)


def phrase(words: str) -> Node | None:
    """The set that a phrase names: no solution, all real numbers. `words` has no spaces, capitals or styles."""
    if _NOTHING.fullmatch(words):
        return Node("const", (), "empty")
    if _ALL_REALS.fullmatch(words):
        return Node("const", (), "R")
    if _ALL_POSITIVE.fullmatch(words):
        return Node("const", (), "Z+")
    if _ALL_INTEGERS.fullmatch(words):
        return Node("const", (), "Z")
    return None


def excepted(text: str) -> str | None:
    """The numbers left out of `all real numbers except ...`, as text; None for any other text."""
    match = _EXCEPT.fullmatch(text.strip())
    return match[1].strip("{} $") if match else None


_FILLERS = frozenset({"the", "and", "only", "statement", "statements", "exactly", "is", "are", ","})
_WORD = re.compile(r"\\?[A-Za-z]+|\d+(?:\.\d+)?|[^\sA-Za-z\d$.;:~\\]")


def wording(text: str) -> tuple[str, ...]:
    """The words that count, in order: no articles or punctuation, months and days in full; letters keep their case."""
    words = (word.lower() if len(word) > 1 else word for word in _WORD.findall(text))
    return tuple(SHORT.get(word, word) for word in words if word not in _FILLERS)
