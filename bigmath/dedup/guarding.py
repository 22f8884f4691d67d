"""Whether two statements that look alike are the same problem: three verdicts.

Shared text says little in mathematics: "13" for "12", "<" for "<=" or "odd" for "even" makes another problem. The
two token
sequences are aligned (Myers 1986, "An O(ND) Difference Algorithm") where letters and people's names count as equal
whatever
they are. They are the **same** if what is left over is light wording, a slip of the keyboard or words split or run
together,
and if letters and names map one to one throughout; a **variant** if they differ in numbers, operators, functions or
in which
letter or person plays which part; else **unsure**, such as "integers" beside "odd integers", or **unrelated** where
less than
half of the skeleton is shared.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.aligning import EDITS, MAPPED, Pairs, aligned, one_to_one
from bigmath.dedup.compiled import compiled
from bigmath.dedup.figures import points_at_figure, renames_a_mark
from bigmath.dedup.framing import frame
from bigmath.dedup.leftovers import MATHEMATICS, OTHER_WORD, REAL_SLIP, cost_of_span
from bigmath.dedup.reading import read
from bigmath.dedup.signing import SHINGLES, SPARE, Hashes, plain_bytes, shingled
from bigmath.dedup.tokens import Bytes, Places, Statement, Values, part, room_for
from bigmath.dedup.vocabulary import Words, table

UNRELATED, UNSURE, VARIANT, SAME = 0, 1, 2, 3
VERDICTS = ("unrelated", "unsure", "variant", "same")

FAMILY = 0.75
"""Least similarity of skeletons of two variants."""
LENGTHS = 12, 24
"""Tokens that agree before one slip of the keyboard may have made another word ("form" for "from"); and before two,
where another slip made no word. One is enough in a text with other slips."""

BLOCK = 256
"""Pairs whose texts are read together; their tokens take half a megabyte."""

_U = np.uint64


class Room(NamedTuple):
    """What the comparison of two statements writes in."""

    pairs: Pairs
    """Aligned tokens, a << 32 | b."""
    trace: Places
    froms: Values
    tos: Values


def compare(texts: pl.Series, left: Pairs, right: Pairs, least: float = 0.5) -> tuple[Bytes, NDArray[np.float32]]:
    """The verdict (`SAME`, ...) and exact Jaccard similarity of skeletons of each pair of texts, given by position.

    The verdict does not depend on which text comes first. Fastest where the pairs of one text stand together."""
    data, ends = plain_bytes(texts)
    return compare_bytes(data, ends, left, right, least)


def compare_bytes(
    data: Bytes, ends: NDArray[np.int64], left: Pairs, right: Pairs, least: float = 0.5
) -> tuple[Bytes, NDArray[np.float32]]:
    """`compare` of what `plain_bytes` gives."""
    verdicts, similarity = np.zeros(len(left), np.uint8), np.zeros(len(left), np.float32)
    if len(left):
        _compare(data, ends, left, right, least, table(), verdicts, similarity)
    return verdicts, similarity


def verdict(one: str, other: str, least: float = 0.5) -> str:
    """The verdict of one pair, as a word of `VERDICTS`."""
    found, _ = compare(pl.Series([one, other]), np.array([0]), np.array([1]), least)
    return VERDICTS[int(found[0])]


@compiled
def overlap(one: Hashes, n: int, two: Hashes, m: int) -> float:
    """Jaccard similarity of two sorted lists of shingles, repeats left out."""
    i = j = common = total = 0
    while i < n or j < m:
        if j >= m or (i < n and one[i] < two[j]):
            value = one[i]
        else:
            value = two[j]
        left = right = False
        while i < n and one[i] == value:
            i += 1
            left = True
        while j < m and two[j] == value:
            j += 1
            right = True
        total += 1
        if left and right:
            common += 1
    return common / max(1, total)


@compiled
def _distinct(left: Pairs, right: Pairs) -> Pairs:
    """The texts of some pairs in order, each once."""
    texts = np.concatenate((left, right))
    texts.sort()
    count = 0
    for at in range(len(texts)):
        if at == 0 or texts[at] != texts[at - 1]:
            texts[count] = texts[at]
            count += 1
    return texts[:count]


@compiled
def _compare(
    data: Bytes, ends: Pairs, left: Pairs, right: Pairs, least: float, words: Words,
    verdicts: Bytes, similarity: NDArray[np.float32],
) -> None:  # fmt: skip
    """Compares `BLOCK` pairs at a time, so that a text is read once for all its pairs in the block; its tokens lie
    behind those of the text before it."""
    tokens, shingles = room_for(0), np.empty(0, np.uint32)
    begins, counts = np.empty(2 * BLOCK + 1, np.int64), np.empty(2 * BLOCK, np.int64)
    firsts, lasts = np.empty(2 * BLOCK, np.int64), np.empty(2 * BLOCK, np.int64)
    labels, figures = np.empty(2 * BLOCK, np.uint64), np.empty(2 * BLOCK, np.uint64)
    room = Room(
        np.empty(0, np.int64), np.zeros((EDITS + 1, 2 * EDITS + 3), np.int32), np.zeros(MAPPED, np.uint64),
        np.zeros(MAPPED, np.uint64),
    )  # fmt: skip
    for begin in range(0, len(left), BLOCK):
        end = min(begin + BLOCK, len(left))
        texts = _distinct(left[begin:end], right[begin:end])
        size = longest = 0
        for text in texts:
            length = ends[text + 1] - ends[text] + SPARE
            size += length
            longest = max(longest, length)
        if size > len(shingles):
            tokens, shingles = room_for(size), np.empty(size, np.uint32)
        if longest > len(room.pairs):
            room = Room(np.empty(longest, np.int64), room.trace, room.froms, room.tos)
        at = 0
        for place in range(len(texts)):
            text = data[ends[texts[place]] : ends[texts[place] + 1]]
            stop = at + len(text) + SPARE
            here = part(tokens, at, stop)
            n, figures[place] = read(text, words, here)
            firsts[place], lasts[place], labels[place] = frame(text, n, here)
            of = shingles[at : min(stop, at + SHINGLES)]
            counts[place] = shingled(firsts[place], lasts[place], here, of)
            of[: counts[place]].sort()
            begins[place] = at
            at += max(n, counts[place])
        begins[len(texts)] = at
        for pair in range(begin, end):
            a, b = np.searchsorted(texts, left[pair]), np.searchsorted(texts, right[pair])
            similarity[pair] = overlap(shingles[begins[a] :], counts[a], shingles[begins[b] :], counts[b])
            if similarity[pair] >= least:
                one = Statement(
                    data[ends[left[pair]] : ends[left[pair] + 1]], part(tokens, begins[a], begins[a + 1]),
                    firsts[a], lasts[a], labels[a], figures[a],
                )  # fmt: skip
                other = Statement(
                    data[ends[right[pair]] : ends[right[pair] + 1]], part(tokens, begins[b], begins[b + 1]),
                    firsts[b], lasts[b], labels[b], figures[b],
                )  # fmt: skip
                verdicts[pair] = judged(one, other, similarity[pair], words, room)


@compiled
def judged(one: Statement, other: Statement, shared: float, words: Words, room: Room) -> int:
    """The verdict on two statements, of which `shared` of the skeleton is in both."""
    pairs = room.pairs
    steps = aligned(one, other, pairs, room.trace)
    if steps < 0:
        return UNRELATED
    cost = worst = 0
    a, b = one.first, other.first
    for step in range(steps + 1):
        c = pairs[step] >> 32 if step < steps else one.last
        d = pairs[step] & 0xFFFFFFFF if step < steps else other.last
        if c > a or d > b:
            how = cost_of_span(one, a, c, other, b, d, words)
            worst = max(worst, how)
            cost += how
            if OTHER_WORD <= how < MATHEMATICS:
                break
        a, b = c + 1, d + 1
    real, unreal = cost // REAL_SLIP, cost % REAL_SLIP
    allowed = int(steps >= LENGTHS[0] or unreal > 0) + int(steps >= LENGTHS[1] and unreal > 0)
    if worst < MATHEMATICS and (worst >= OTHER_WORD or real > allowed):
        return UNSURE
    if worst < OTHER_WORD and agrees(one, other, pairs, steps, room):
        return SAME
    return VARIANT if shared >= FAMILY else UNRELATED


@compiled
def agrees(one: Statement, other: Statement, pairs: Pairs, steps: int, room: Room) -> bool:
    """Whether two aligned statements, of which only light wording is left over, are one problem: letters and names map
    one to one, and figures and labels are not known to differ."""
    if not one_to_one(one, other, pairs, steps, False, room.froms, room.tos) and not one_to_one(
        one, other, pairs, steps, True, room.froms, room.tos
    ):
        return False
    if one.figure != other.figure and one.figure != _U(0) and other.figure != _U(0):
        return False
    if (points_at_figure(one) or points_at_figure(other)) and renames_a_mark(one.tokens, other.tokens, pairs, steps):
        return False
    return one.label == other.label or one.label & _U(255) != other.label & _U(255)
