"""One bare answer read: as a tree, as words, or as nothing. Reading is pure and cached, since references repeat."""

import re
import string
from functools import lru_cache
from typing import NamedTuple

from bigmath.verifier.dates import date
from bigmath.verifier.folding import fold
from bigmath.verifier.number_words import number_in_words
from bigmath.verifier.parser import parse
from bigmath.verifier.policy import LIMITS
from bigmath.verifier.respelling import excepted, phrase, prefixed, respelled
from bigmath.verifier.tree import Node, Unreadable, number

CACHED_CHARACTERS = 400
"""Longer answers are rare and would fill the cache."""


class Reading(NamedTuple):
    """What an answer was read as."""

    text: str
    """The answer without wrappers, as the parser saw it."""
    node: Node | None
    """Its tree, where it is mathematics."""
    words: str
    """Its letters, digits and signs in one spelling: two texts with equal words are the same words."""
    readable: bool
    """Whether it is an answer at all: not empty, and its brackets close."""


_DELIMITERS = (
    ("$$", "$$"),
    ("\\[", "\\]"),
    ("\\(", "\\)"),
    ("$", "$"),
    ("**", "**"),
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WRAPPER = re.compile(r"\\(?:boxed|fbox)\s*\{")
_STYLE = re.compile(
    r"\\(?:text|mathrm|textbf|textit|textrm|mbox|textnormal|operatorname|mathbf|mathit|rm|bf|boxed|left|right|displaystyle"
    r"|big|Big|quad|qquad|hbox)(?![A-Za-z])|\\[,;:! ]"
)
_FRACTION = re.compile(r"\\[dtc]frac(?![A-Za-z])")
_ESCAPED = re.compile(r"\\\\(?=[A-Za-z(\[)\]{}])")
"""A backslash escaped once too often, as in rows that went through JSON twice."""
_ARTICLE = re.compile(r"^\s*(?:an?|the)\s+(?=[a-z]{3})", re.IGNORECASE)
_SPACES = re.compile(r"(?<=\d)\s+(?=\d)|[\s$~]+")
_LEADING = re.compile(
    r"^[\s$]*(?:\\approx|≈|=(?!=)|\\sim(?![a-z])|\\(?:therefore|to|rightarrow|Rightarrow)(?![a-z])|[∴→]|->)\s*"
)
"""Signs before an answer that are no part of it."""
_WORDED = re.compile(r"(?<!\\)\b[A-Za-z]{3}")
"""A word that no command is: numbers and dates in words are looked for only there."""
_NO_CONTENT = re.compile(r"[\s{}()\[\]$\\,.;:'\"~_^&|*`-]*")
_EDGES = string.whitespace + ".,;:"
_OPERATOR_LEFT = re.compile(r"(?:[-+*/^_=<>]|\\(?:le|ge|cdot|times))\s*$")


def read(text: str, *, thousands: bool = True) -> Reading:
    """The reading of one answer. Never raises on any text."""
    if len(text) <= CACHED_CHARACTERS:
        return _read_cached(text, thousands)
    return _read(text, thousands)


@lru_cache(maxsize=32_768)
def _read_cached(text: str, thousands: bool) -> Reading:
    return _read(text, thousands)


def _read(text: str, thousands: bool) -> Reading:
    bare = strip(text)
    if bare.replace(" ", "") == "\\{\\}":
        return Reading(bare, Node("const", (), "empty"), bare, readable=True)
    if not bare or _NO_CONTENT.fullmatch(bare):
        return Reading(bare, None, "", readable=False)
    if "\\\\" in bare and "\\begin" not in bare:
        bare = _ESCAPED.sub(r"\\", bare)
    if len(bare) <= LONGEST_PHRASE and _WORDED.search(bare):
        plain = unstyled(bare)
        if (value := number_in_words(plain)) is not None:
            return Reading(bare, number(value), plain.lower(), readable=True)
        if (day := date(plain)) is not None:
            return Reading(bare, None, day, readable=True)
    node = _parsed(bare, thousands)
    if node is None:
        node = _otherwise(bare, thousands)
    if (
        node is not None
        and node.op in ("num", "dec", "neg", "mul", "div")
        and ("\\$" in bare or "\\textdollar" in bare)
    ):
        node = Node("unit", (node,), "dollar")
    if node is not None:
        return Reading(bare, node, bare, readable=True)
    words = spelled(bare)
    return Reading(bare, None, words, readable=bool(words) and _closes(bare))


def _parsed(text: str, thousands: bool) -> Node | None:
    try:
        return parse(prefixed(text) if text[:1] == "0" else text, thousands=thousands)
    except Unreadable:
        return None


def _otherwise(bare: str, thousands: bool) -> Node | None:
    """The tree of a second spelling, or of a phrase for a set."""
    if len(bare) > LIMITS.characters:
        return None
    if (again := respelled(bare)) != bare and (node := _parsed(strip(again), thousands)) is not None:
        return node
    if len(bare) > LONGEST_PHRASE:
        return None
    if (inner := excepted(bare)) is not None and (node := _parsed(inner, thousands)) is not None:
        return Node("minus", (Node("const", (), "R"), Node("set", node.args if node.op == "list" else (node,))))
    return phrase(spelled(bare))


LONGEST_PHRASE = 120
"""Characters of a phrase such as `all real numbers except 1`."""


def strip(text: str) -> str:
    """The answer without delimiters, a box around all of it, control characters and the full stop."""
    text = _LEADING.sub("", text)
    bare = _CONTROL.sub("", text).strip() if not text.isprintable() else text.strip()
    for _ in range(8):
        before = bare
        for opening, closing in _DELIMITERS:
            if bare.startswith(opening) and bare.endswith(closing) and len(bare) > len(opening) + len(closing):
                inner = bare[len(opening) : -len(closing)]
                if opening not in inner and closing not in inner:
                    bare = inner.strip()
        if bare.startswith("\\") and bare.endswith("}") and (match := _WRAPPER.match(bare)):
            inner = bare[match.end() : -1]
            if "\\boxed" not in inner and "\\fbox" not in inner and _closes(inner):
                bare = inner.strip()
        if bare.endswith((".", ",", ";")) and not bare.endswith(("...", "\\.", "\\,", "\\;")):
            bare = bare[:-1].rstrip()
        if bare.endswith("\\") and not bare.endswith("\\\\"):
            bare = bare[:-1].rstrip()
        if bare == before:
            break
    return bare


def unstyled(text: str) -> str:
    """Without commands for fonts and spaces, and without braces."""
    return _STYLE.sub("", text).replace("{", "").replace("}", "").strip()


def spelled(text: str) -> str:
    """Words in one spelling: no styles, spaces, case or outer punctuation."""
    if len(text) > LIMITS.characters:
        return text
    plain = _FRACTION.sub(r"\\frac", fold(text))
    plain = _STYLE.sub("", plain).replace("{", "").replace("}", "")
    plain = _ARTICLE.sub("", plain.strip(_EDGES))
    plain = _SPACES.sub(lambda match: " " if plain[match.start() - 1 : match.start()].isdigit() else "", plain)
    return plain.lower() if len(plain) > 1 else plain


def _closes(text: str) -> bool:
    """Whether braces balance in number and no operator hangs at the end."""
    if _OPERATOR_LEFT.search(text[-12:]):
        return False
    if text.count("\\begin") != text.count("\\end"):
        return False
    escaped = text.replace("\\{", "").replace("\\}", "")
    return escaped.count("{") == escaped.count("}")
