"""Which problems can be twins of a rewritten one: those with its numbers and operators, few of a large base."""

import polars as pl

from bigmath.guard import NUMBER_WORDS


def mathematics_of(texts: pl.Series) -> pl.Series:
    """Numbers, operators and relations, in order, of each canonical text (see `bigmath.normalize`), outside figures."""
    stem = texts.to_frame("text").select(pl.col("text").str.replace_all(r"(?s)\[asy\].*?\[/asy\]", " ")).to_series()
    found = stem.str.extract_all(
        rf"\b(?:{'|'.join(NUMBER_WORDS)})\b|"
        r"[0-9]+(?:\.[0-9]+)?|[-+*/^=<>|!]|\\(?:le|ge|neq|times|cdot|div|pm|sqrt|frac|sin|cos|tan|log|ln|sum|prod"
        r"|int|lim|cup|cap|in|equiv)\b"
    )
    return found.list.eval(pl.element().replace(NUMBER_WORDS)).list.join(" ")
