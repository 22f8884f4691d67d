"""The cheap first look: which words and numbers of a statement it sees."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmath.grams import GramTable, grams, stream


def words(text: str) -> list[int]:
    return list(stream(pl.Series([text])).words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\dfrac12 apples", r"$\frac{1}{2}$ Apples"),
        ("9,126 seats", "9{,}126 seats"),
        (r"9\,126 seats", "9126 seats"),
        ("2,500,000 bees", "2500000 bees"),
        ("three birds", "3 birds"),
        ("the greatest area", "largest area"),
        ("x² + 5x roots", "x^2+5x roots"),
        ("area [asy]draw((0,0)--(17,0));[/asy] shaded", "area shaded"),
        ("area shaded [asy]draw((0,0)--(17,0));", "area shaded"),
        (r"internationalization", r"INTERNATIONALIZATION"),
    ],
)
def test_spellings_of_one_thing_are_seen_alike(one: str, other: str) -> None:
    assert words(one) == words(other)
    assert words(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9,12 seats", "912 seats"),
        ("12 seats", "21 seats"),
        ("internationalization", "internationalisation"),
        ("constitutional", "constitutiooal"),
        (r"\frac12", "12"),
        ("ab", "a b"),
        ("1{,a000", "1000"),
    ],
)
def test_different_words_and_numbers_are_seen_apart(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_digits_and_long_words_are_counted_also_where_they_are_left_out_of_the_stream() -> None:
    seen = stream(pl.Series(["Find 112 red x balls and twelve cubes", None, "", r"\alpha"]))
    assert seen.digits[0].tolist() == [0, 3, 2, 0, 0, 0, 0, 0, 0, 0]
    assert seen.long_words.tolist() == [4, 0, 0, 0]  # red, balls, twelve, cubes
    assert seen.counts.tolist() == [6, 0, 0, 0]


@settings(deadline=None)
@given(st.lists(st.text(alphabet=r"ab7,\{} 9c³é[/asy]", max_size=40), max_size=6), st.integers(1, 3))
def test_a_text_is_seen_the_same_alone_and_among_others(texts: list[str], length: int) -> None:
    together = stream(pl.Series(texts, dtype=pl.String))
    owners, hashes = grams(together, length)
    for row, text in enumerate(texts):
        alone = stream(pl.Series([text]))
        assert list(grams(alone, length)[1]) == list(hashes[owners == row])
        assert list(alone.digits[0]) == list(together.digits[row])


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abc12 ", max_size=60), min_size=1, max_size=8))
def test_known_grams_are_found_as_often_as_they_occur(texts: list[str]) -> None:
    seen = stream(pl.Series(texts, dtype=pl.String))
    owners, hashes = grams(seen, 2)
    table = GramTable.of(hashes[::2], [2])
    hits = table.find(pl.Series(texts, dtype=pl.String))
    expected = [(owner, one) for owner, one in zip(owners, hashes, strict=True) if one in set(hashes[::2])]
    assert list(zip(hits.rows, table.known[hits.known], strict=True)) == expected


def test_many_texts_are_found_whole() -> None:
    """More hits than the room first made for them."""
    texts = pl.Series(["red green blue"] * 5_000)
    table = GramTable.of(grams(stream(texts.head(1)), 3)[1], [3])
    assert table.find(texts).rows.tolist() == list(range(5_000))
