"""Reading a statement: what of it is drawing code, formula and wording, and where it asks for something.

Rules that look at the structure of a statement share these few passes. All of them take time linear in the text,
also on hostile input: patterns are bounded, and only the first and last `READ` characters of a longer text are read.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

READ = 12_000
"""Characters read at each end; the longest real statement at hand (HARP, with its figure code) has about 9,000."""

FORMULA = "¤"
"""What a formula is replaced by in `wording`."""

_WIDE = str.maketrans("（）［］：．。？！，；　“”’", '()[]:..?!,; ""\'')
_ASY = re.compile(r"\[/?asy\]|</?asy>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:br|p|div|center|li|ul|ol)\b[^<>]{0,80}>", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:i|b|u|em|strong|span|sub|sup|small)\b[^<>]{0,80}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#x?[0-9A-Fa-f]{1,6}|nbsp|emsp|ensp|amp);")
_BBCODE = re.compile(r"\[/?(?:b|i|u|quote|hide|color|center|size)(?:=[^\[\]]{0,40})?\]", re.IGNORECASE)
_FORMULA = re.compile(
    r"\$\$[^$]{1,4000}\$\$|\$[^$]{1,4000}\$|\\\((?:[^\\]|\\(?![()])){0,4000}\\\)|\\\[(?:[^\\]|\\(?![\[\]])){0,4000}\\\]"
    r"|\\begin\{[a-z]{1,12}\*?\}|\\end\{[a-z]{1,12}\*?\}"
)
_SENTENCE_END = re.compile(r"(?<=[.?!:;])[\s\"')\]]+|\n+|(?<=[?!])")

VERBS = (
    "find|determine|calculate|compute|evaluate|solve|simplify|factor|factorise|factorize|expand|prove|show|verify|"
    "demonstrate|write|express|derive|sketch|draw|plot|graph|construct|describe|explain|state|give|provide|list|name|"
    "identify|discuss|estimate|compare|judge|complete|fill|convert|round|translate|try|seek|investigate|justify|"
    "characterize|characterise|classify|locate|obtain|deduce|design|suggest|decide|count|choose|select|predict|"
    "rationalize|reduce|differentiate|integrate|arrange|order|rewrite|use|check|tell|answer|analyze|establish|"
    "interpret|represent|test|divide|multiply|subtract|add|guess|conjecture|propose|make|form"
)
_LEAD = r"(?:please|then|also|first|next|now|finally|hence|further|furthermore|and|so|to|try\s+to|directly)\s+"
IMPERATIVE = re.compile(
    rf"(?:^\W{{0,6}}|[.;:,?!)¤]\s{{0,4}}|\n\s{{0,8}}|\band\s+)(?:{_LEAD}){{0,2}}(?:{VERBS})\b", re.IGNORECASE
)
"""A clause that begins with a verb of asking."""

_QUESTION = re.compile(
    r"\b(?:what|how|which|who|whose|where|when|why|is|are|does|do|did|can|could|will|would|has|have|should|may|must)\b"
    r"[^?]{0,600}\?",
    re.IGNORECASE,
)


_TWO_WORDS = re.compile(r"[A-Za-z]{2,}\s+[^\s]")


def shortened(text: str) -> str:
    """The text, or its first and last `READ` characters where it is longer than both."""
    return text if len(text) <= 2 * READ else text[:READ] + "\n" + text[-READ:]


def without_figures(text: str) -> str:
    """The text without Asymptote code; an unclosed figure ends where the text ends."""
    if "[asy" not in text and "<asy" not in text and "[ASY" not in text:
        return text
    kept, inside = [], False
    at = 0
    for tag in _ASY.finditer(text):
        if not inside:
            kept.append(text[at : tag.start()])
        inside = tag[0][1] != "/"
        at = tag.end()
    if not inside:
        kept.append(text[at:])
    return " ".join(kept)


@lru_cache(maxsize=64)
def plain(text: str) -> str:
    """The statement as a reader sees it: no figure code, no HTML or forum tags, ASCII punctuation;
    formulas are kept."""
    text = without_figures(shortened(text)).translate(_WIDE)
    if "<" in text:
        text = _INLINE_TAG.sub("", _TAG.sub("\n", text))
    if "&" in text:
        text = _ENTITY.sub(" ", text)
    if "[" in text:
        text = _BBCODE.sub("", text)
    return text


@lru_cache(maxsize=64)
def wording(text: str) -> str:
    """`plain` with each formula replaced by `FORMULA`."""
    return _FORMULA.sub(FORMULA, plain(text))


def sentences(text: str) -> Iterator[str]:
    """The sentences and clauses of a plain text, split after `. ? ! : ;` and at line breaks; never empty."""
    for piece in _SENTENCE_END.split(text):
        if piece and (piece := piece.strip()):
            yield piece


def asks(text: str) -> bool:
    """Whether a piece of wording asks for something: an imperative, or a question closed by its mark."""
    if not _TWO_WORDS.search(text):  # most items of a list are a number or a name
        return False
    return bool(IMPERATIVE.search(text)) or ("?" in text and bool(_QUESTION.search(text)))
