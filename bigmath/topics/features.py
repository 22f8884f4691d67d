"""What the classifier reads of a statement: its words and LaTeX commands and the pairs of neighbours, each once.

Pure Polars over columns; words become numbers at once, so that pairs are made of numbers and not of text. A row's
features weigh alike and are divided by the root of their number, so that a long statement weighs no more than a short
one.
"""

import polars as pl

_FIGURE = r"(?s)\[asy\].*?\[/asy\]"
_TOKEN = r"\\[a-z]+|[a-z]{2,}|[=<>^_!|°%]|[0-9]+"
READ = 2_000
"""Characters of a statement that are read."""
PAIR = 1 << 16
"""More than there are words: a pair of words `a`, `b` is the feature `(a + 1) * PAIR + b`, a word is itself."""


def tokens(problems: pl.Series) -> pl.DataFrame:
    """Columns `row` (place in the input) and `word`, in the order of the text. A number is `#`, `##` or `###`, by its
    digits; a figure's code is one word."""
    text = (
        pl.col("text")
        .fill_null("")
        .str.slice(0, READ)
        .str.replace_all(_FIGURE, " figurecode ")
        .str.to_lowercase()
        .str.replace_all(r"[0-9]{3,}", "###")
        .str.replace_all(r"[0-9]{2}", "##")
        .str.replace_all(r"[0-9]", "#")
        .str.extract_all(_TOKEN.replace("[0-9]+", "#+"))
    )
    found = problems.to_frame("text").select(text.alias("word")).with_row_index("row")
    return found.explode("word", empty_as_null=True).drop_nulls("word")


def features(problems: pl.Series, words: pl.DataFrame) -> pl.DataFrame:
    """Columns `row` and `feature`, each pair once. `words` has `word` and its number `id`; other words are not read,
    and part their neighbours."""
    read = tokens(problems).join(words, on="word", how="left", maintain_order="left")
    follower = pl.when(pl.col("row") == pl.col("row").shift(-1)).then(pl.col("id").shift(-1))
    pairs = read.select("row", feature=(pl.col("id").cast(pl.Int64) + 1) * PAIR + follower).drop_nulls()
    single = read.select("row", feature=pl.col("id").cast(pl.Int64)).drop_nulls()
    return pl.concat([single, pairs]).unique()
