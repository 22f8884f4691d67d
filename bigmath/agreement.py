"""What two statements in different words must share to be one problem: their numbers, relations, functions, names and
answers.

The guard of near-duplicates (`bigmath.dedup.guarding`) aligns two texts token by token, which says nothing of texts
that are worded differently. What a rewording cannot change is read by the same reader, without the order: the multiset
of numbers, each with the sign before it ("twelve" is 12; "one" in words is left out, as it is mostly a pronoun), of
relations, plus signs and functions; the set of mathematical things named ("cube", "prime", "largest", "not":
`OBJECTS`) and of capitalised words that name a thing and no person ("Monday", "Fibonacci").
Answers must be there and be equal: rows that differ in them are two
problems, or one with a wrong label, and neither may go. A bare letter of a choice is no answer, as any two problems
may share it, and a statement without any number has too little to agree in.
"""

import numpy as np
import polars as pl

from bigmath.normalize import canonical

OBJECTS = """
point points|line lines|segment segments|ray rays|angle angles|chord chords|tangent tangents|secant secants|arc arcs
diagonal diagonals|altitude altitudes|radius radii|diameter diameters|circumference circumferences|hypotenuse
triangle triangles|square squares|rectangle rectangles|rhombus rhombuses|parallelogram parallelograms
trapezoid trapezoids trapezium|kite kites|quadrilateral quadrilaterals|pentagon pentagons|hexagon hexagons
heptagon|octagon octagons|polygon polygons|circle circles|semicircle semicircles|ellipse ellipses
parabola parabolas|hyperbola hyperbolas|sphere spheres|cube cubes|cone cones|cylinder cylinders|prism prisms
pyramid pyramids|tetrahedron tetrahedra tetrahedrons|octahedron|plane planes|vertex vertices|edge edges|face faces
equilateral|isosceles|scalene|inscribed|circumscribed|regular|congruent|similar|acute|obtuse
odd|even|prime primes|composite|rational|irrational|real|complex|integer integers|whole|natural|positive|negative
nonnegative|nonzero|divisible|divisor divisors factor factors|multiple multiples|digit digits|consecutive|distinct
largest greatest maximum most maximal maximize|smallest least minimum fewest minimal minimize|more|fewer less
area areas|perimeter perimeters|volume volumes|length lengths|width|height heights|distance distances|slope slopes
sum sums|product products|difference differences|quotient|remainder remainders|ratio ratios|probability probabilities
average mean|median|mode|range|expected|percent|reciprocal|root roots|coefficient coefficients
polynomial polynomials|sequence sequences|arithmetic|geometric|function functions|matrix|vector vectors
first|second|third thirds|fourth fourths quarter quarters|fifth fifths|sixth sixths|half halves|twice double
triple|last|clockwise|counterclockwise|adjacent|opposite|replacement|not cannot no never without except
"""
"""Mathematical things, kinds and asked quantities; words of one group (between bars or line ends) are one."""

LONGEST = 20_000
"""Bytes of a statement that are read."""

CHOICE = r"^[\s$.*\\({\[-]*(?:\\?(?:text|textbf|mathrm|mathbf|boxed|bf|rm)\s*[{(\s]*)*\(?[A-Ea-e]\)?[\s$.})\]*:]*$"
"""An answer that is only the letter of a choice."""

AGREEMENT = pl.Schema({"numbers": pl.Binary, "operators": pl.Binary, "names": pl.Binary, "answer_text": pl.String})
"""Per statement: its sorted numbers, relations and functions, and names as bytes of the reader's 64-bit values; its
answer in canonical spelling, null where there is none."""


def agreement(rows: pl.DataFrame) -> pl.DataFrame:
    """What the statements (`problem`, `answer`) must share: `AGREEMENT`, one row each. Two agree where all four columns
    are equal and none is null."""
    from bigmath.dedup.framing import frame  # noqa: PLC0415 # compiled code is loaded when needed
    from bigmath.dedup.reading import read  # noqa: PLC0415
    from bigmath.dedup.signing import SPARE, plain_bytes  # noqa: PLC0415
    from bigmath.dedup.tokens import CAPITAL, SENTENCE, SPELT, room_for  # noqa: PLC0415
    from bigmath.dedup.vocabulary import (  # noqa: PLC0415
        FUNCTION,
        GE,
        LE,
        LIGHT,
        NE,
        NUMBER,
        NUMBER_SEED,
        PROTECTED,
        SYMBOL,
        WORD,
        hashed,
        table,
    )

    relations = np.array([ord("<"), ord(">"), LE, GE, NE], dtype=np.uint64)
    plus, *others = (np.uint64(ord(sign)) for sign in "+-^/")
    signs = np.array([*relations, plus, *others], dtype=np.uint64)
    one = np.uint64(hashed("1", NUMBER_SEED))
    spelled = {word: group for group, line in enumerate(_groups()) for word in line}
    words = np.array([hashed(word) for word in spelled], dtype=np.uint64)
    groups = np.array(list(spelled.values()), dtype=np.uint64)
    data, ends = plain_bytes(rows["problem"])
    tokens = room_for(SPARE + min(LONGEST, int(np.diff(ends).max(initial=0))))
    kinds, values, _, _, marks, known = tokens
    found: list[tuple[bytes, bytes, bytes]] = []
    for at in range(rows.height):
        text = data[ends[at] : min(ends[at + 1], ends[at] + LONGEST)]
        count, _ = read(text, table(), tokens)
        first, last, _ = frame(text, count, tokens)
        kind, value, mark, flag = (column[first:last] for column in (kinds, values, marks, known))
        before = np.roll(np.where((kind == SYMBOL) & np.isin(value, signs), value << np.uint64(40), 0), 1)
        before[:1] = 0
        numbers = (value ^ before)[(kind == NUMBER) & ~((mark & SPELT != 0) & (value == one))]
        operators = value[(kind == FUNCTION) | ((kind == SYMBOL) & np.isin(value, [*relations, plus]))]
        named = (kind == WORD) & (mark & CAPITAL != 0) & (mark & SENTENCE == 0)
        objects = groups[np.isin(words, value[kind == WORD])]
        names = np.unique(np.concatenate([value[named & (flag & PROTECTED != 0) & (flag & LIGHT == 0)], objects]))
        found.append((np.sort(numbers).tobytes(), np.sort(operators).tobytes(), names.tobytes()))
    columns_read = {name: [one[place] for one in found] for place, name in enumerate(("numbers", "operators", "names"))}
    read_off = pl.DataFrame(columns_read, schema=dict.fromkeys(columns_read, pl.Binary))
    answers = canonical(rows["answer"])
    told = read_off.with_columns(answer_text=answers)
    empty = (pl.col("answer_text").str.len_bytes() == 0) | pl.col("answer_text").str.contains(CHOICE)
    empty = empty | (pl.col("numbers").bin.size() == 0)
    return told.with_columns(answer_text=pl.when(~empty).then("answer_text")).match_to_schema(AGREEMENT)


def _groups() -> list[list[str]]:
    return [group.split() for line in OBJECTS.strip().splitlines() for group in line.split("|")]
