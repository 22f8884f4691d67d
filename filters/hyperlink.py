"""hyperlink: the statement holds a link, so part of it may lie elsewhere.

Any address, with or without its scheme, markdown links and images, HTML anchors and images, mail addresses. The paper
removes rows with hyperlinks (Meta-CoT, section 8.1).

Kept: "$[AB](C)$ denotes ...", where brackets hold no address. Dropped: NuminaMath, "Find the smallest positive
[integer](https://artofproblemsolving.com/wiki/index.php/Integer) $n$ ..." (address).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage

_ADDRESS = (
    r"(?i)(?:\b(?:https?|ftp)\s?:\s?//|\bwww\.[a-z0-9-]+\.|\bmailto:|\\(?:url|href)\s*\{"
    r"|\b[a-z0-9-]{0,40}[a-z][a-z0-9-]{1,40}\.(?:com|org|net|edu|gov|io|info|co\.uk|cn|ru)\b(?:/|\b)"
    r"|\b[a-z][a-z0-9-]{2,40}\.[a-z]{2,4}/[a-z0-9])"
)
_IMAGE = r"(?i)!\[[^\[\]]{0,200}\]\([^()\s]+|<(?:img|a)\s[^<>]*(?:src|href)\s*=|\[img\]|\\includegraphics"
_MAIL = r"\b[A-Za-z0-9._-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,6}\b"


@dataclass(frozen=True)
class Hyperlink:
    """Drops rows with an address, a linked image or a mail address."""

    name: ClassVar[str] = "hyperlink"
    stage: ClassVar[Stage] = "base"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {
        "address": "the statement holds a web address",
        "linked_image": "the statement embeds an image from elsewhere",
        "mail_address": "the statement holds a mail address",
    }

    def reason(self) -> pl.Expr:
        """The first kind of link found."""
        problem = pl.col("problem")
        return (
            pl.when(problem.str.contains(_ADDRESS))
            .then(pl.lit("address"))
            .when(problem.str.contains(_IMAGE))
            .then(pl.lit("linked_image"))
            .when(problem.str.contains(_MAIL))
            .then(pl.lit("mail_address"))
        )

    def detail(self) -> pl.Expr:
        """The link and what follows it."""
        return pl.col("problem").str.extract(rf"({_ADDRESS}\S*|{_IMAGE}|{_MAIL})")
