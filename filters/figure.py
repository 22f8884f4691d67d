"""figure: the statement needs a picture.

`asy`: Asymptote code, for the sources in `sources`; the paper drops 625 such HARP rows (Big-Math, arXiv 2502.17387).
`missing_figure`: the text points at a picture ("as shown", "in the diagram", "the figure below") that is neither
drawn in code nor given as a table. A picture behind a link is the filter `hyperlink`'s.

Kept: "The graph of $y = x^2$ meets the line ...", a graph that needs no picture. Dropped: Omni-MATH, "Sam spends his
days walking around the following $2 \\times 2$ grid of squares" (missing_figure).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, reason_of
from bigmath.statement import shortened

_ASY = r"(?i)\[asy\]|<asy>"
_DRAWN = (
    r"(?i)\[asy\]|<asy>|\\begin\s*\{(?:tabular|array|tikzpicture|picture|asy|[pbvV]?matrix|cases|eqnarray|align|aligned"
    r"|gather)|\|\s*:?-{2,}"
)
_INLINE = re.compile(
    r"\b(?:pattern|numbers?|list|table|arrangement|sequence|triangle|array)\b[^.?!]{0,60}\b(?:shown|given|as)"
    r"\s+(?:above|below|follows)\W{1,4}"
    r"(?:\S{1,12}\s+){0,3}?(?:\\?\$?\s*-?\d|row\s*1|\\bullet|\\begin)"
    r"|\bshown\s+below\.[^?]{0,160}\?\s+(?:\$?\\bullet|row\s*1)",
    re.IGNORECASE,
)
"""What the words point at is printed in the text: rows of numbers, a list."""
_PICTURE = r"(?:figure|diagram|picture|drawing|illustration|sketch|image)"
_POINTS_AT = (
    r"(?i)(?:<image>|(?:^|[^!])\[image\b[^\]]{0,80}\](?:[^(]|$))|\b(?:"
    r"(?:refer\s+to|look\s+at)\s+the\s+(?:graph|chart|plot|number\s+line|map)\s*[.,;:?!]"
    r"|the\s+(?:bar|pie|line|circle)\s+(?:chart|graph)\s+(?:shows|represents|displays|gives)\b|"
    rf"(?:in|on|from|see|to)\s+(?:the|this|each)\s+(?:(?:following|accompanying|adjoining|attached|given"
    rf"|above|right|left|first|second)\s+)?{_PICTURE}s?\b(?:\s*[,.;:?!)]|\s*$|\s+(?:below|above|shown|at|to|on|is|are|has|was|were|can|will|and"
    r"|consists?|shows?|indicates?|represents?|contains?|does|do|must|labeled|labelled|marked|how|what|find|there|we|the|each|if|given|with|for)\b|\s*[\"\[(\\$!])"
    rf"|(?:following|accompanying|adjoining)\s+(?:{_PICTURE}s?\b|graph\b|chart\b)"
    rf"|the\s+{_PICTURE}\s+(?:shows|below|above|shown|at|to|on|indicates|illustrates|represents|is\s+made)\b"
    rf"|the\s+(?:numbers|figures)\s+in\s+the\s+{_PICTURE}\b"
    rf"|{_PICTURE}s?\s+(?:below|above)\b|of\s+(?:figure|diagram)\s+\W{{0,8}}(?:mathrm\{{)?[a-e1-9]\b"
    rf"|see\s+(?:the\s+)?(?:{_PICTURE}|fig\.)|\(fig\.|\bfig\.\s*\d"
    r"|as\s+(?:is\s+)?(?:shown|pictured|illustrated|depicted|drawn|indicated)(?:\s+(?:here|below|above|in\b"
    r"|at\b|on\b)|\s*[,.;:?)]|\s+\w+\s+is\b)"
    r"|(?:shown|pictured|illustrated|depicted|drawn)\s+(?:below|above|here|at\s+(?:the\s+)?(?:right|left)"
    r"|to\s+the\s+(?:right|left)|on\s+the\s+(?:right|left))\b"
    r"|(?:graph|chart|plot|grid|octagon|hexagon|triangle|square|rectangle|polygon|circle|shape|map|net|number\s+line"
    r"|board)\s+(?:shown|below|pictured)\b"
    r"|(?:following|accompanying)\s+[^.,;:]{0,24}\bgrid\b"
    r"|the\s+shaded\s+(?:region|area|part|portion|triangle|square)"
    r")"
)

_POINTER = re.compile(_POINTS_AT.removeprefix("(?i)"), re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n\n|(?=\[See)|(?<=\])\s")
_EXAMPLE = re.compile(
    r"\bfor\s+(?:example|instance)\b|\be\.g\.|\bone\s+(?:of\s+(?:the|many|several)|such|possible)\b|\b(?:for|when|with)"
    r"\s+(?:the\s+case\s+)?\$\s*[a-zA-Z]\s*=",
    re.IGNORECASE,
)
"""The picture only illustrates: an example, or one value of a parameter."""


@dataclass(frozen=True)
class Figure:
    """Drops rows that cannot be read without a picture."""

    sources: tuple[str, ...] = ("harp",)
    """Sources whose drawn figures are dropped too; elsewhere the code is part of the text."""
    missing: bool = True
    """Whether to drop rows of any source that point at a picture which is not there."""

    name: ClassVar[str] = "figure"
    stage: ClassVar[Stage] = "base"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {
        "asy": "a figure is drawn in Asymptote",
        "missing_figure": "the statement points at a picture that is not there",
    }

    def reason(self) -> pl.Expr:
        """Drawn figures first."""
        problem = pl.col("problem")
        drawn = pl.col("source").is_in(self.sources) & problem.str.contains(_ASY)
        reason = pl.when(drawn).then(pl.lit("asy"))
        if not self.missing:
            return reason
        pointed = problem.str.contains(_POINTS_AT) & ~problem.str.contains(_DRAWN)
        return reason.otherwise(reason_of(_judge, where=pointed & ~drawn))

    def detail(self) -> pl.Expr:
        """The words that point at the picture, or the beginning of the code."""
        return pl.coalesce(pl.col("problem").str.extract(rf"({_POINTS_AT})"), pl.lit("[asy]"))


def _judge(text: str) -> Finding | None:
    text = shortened(text)
    if _INLINE.search(text):
        return None
    pointing = [piece for piece in _SENTENCE.split(text) if _POINTER.search(piece)]
    if pointing and all(_EXAMPLE.search(piece) for piece in pointing):
        return None
    return "missing_figure", ""
