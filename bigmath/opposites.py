"""Words of which one stands where another could and makes another problem: area or perimeter, largest or smallest.
Two such problems have the same numbers and nearly the same words."""

from collections.abc import Set

from bigmath.wording import stem

_OPPOSITES = """
largest | smallest
first | last
odd | even
positive | negative
increasing | decreasing
rational | irrational
convex | concave
clockwise | counterclockwise
horizontal | vertical
inscribed | circumscribed
area | perimeter circumference | volume
radius radii | diameter diameters
length | width | height
product | difference | quotient | remainder
mean average | median | mode | range | total
more | fewer less
units | tens | hundreds
integer integers | real | complex
probability | expected
numerator | denominator
vertex vertices | edge edges | face faces
incenter | circumcenter | centroid | orthocenter
incircle | circumcircle
"""
"""A line has words of which a problem means one; between bars are spellings of one meaning."""


def _meanings() -> dict[str, tuple[int, int]]:
    """The line and the place in it of each word, by its stem."""
    return {
        stem(word): (line, place)
        for line, alternatives in enumerate(_OPPOSITES.split("\n"))
        for place, words in enumerate(alternatives.split("|"))
        for word in words.split()
    }


_MEANINGS = _meanings()


def exchanged(test: Set[str], row: Set[str]) -> bool:
    """Whether the row has, for one of the test's words that it lacks, an opposite that the test lacks. Words are stems,
    as `bigmath.wording` reads them."""
    asked, told = ({_MEANINGS[word] for word in words & _MEANINGS.keys()} for words in (test, row))
    lost = {line for line, _ in asked - told}
    return any(line in lost for line, _ in told - asked)
