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
from bigmath.dedup.tokens import Bytes, Known, Places, Values
from bigmath.dedup.vocabulary import table

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
        _compare(data, ends, left, right, least, *table(), verdicts, similarity)
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
    data: Bytes, ends: Pairs, left: Pairs, right: Pairs, least: float, keys: Values, targets: Values,
    flags: Known, slips: Values, slots: Places, spelled: Bytes,
    verdicts: Bytes, similarity: NDArray[np.float32],
) -> None:  # fmt: skip
    """Compares `BLOCK` pairs at a time, so that a text is read once for all its pairs in the block; its tokens lie
    behind those of the text before it."""
    kinds, marks = np.empty(0, np.uint8), np.empty(0, np.uint8)
    values, known = np.empty(0, np.uint64), np.empty(0, np.uint32)
    starts, stops = np.empty(0, np.int32), np.empty(0, np.int32)
    shingles = np.empty(0, np.uint32)
    begins, counts = np.empty(2 * BLOCK + 1, np.int64), np.empty(2 * BLOCK, np.int64)
    firsts, lasts = np.empty(2 * BLOCK, np.int64), np.empty(2 * BLOCK, np.int64)
    labels, figures = np.empty(2 * BLOCK, np.uint64), np.empty(2 * BLOCK, np.uint64)
    pairs = np.empty(0, np.int64)
    trace = np.zeros((EDITS + 1, 2 * EDITS + 3), np.int32)
    froms, tos = np.zeros(MAPPED, np.uint64), np.zeros(MAPPED, np.uint64)
    for begin in range(0, len(left), BLOCK):
        end = min(begin + BLOCK, len(left))
        texts = _distinct(left[begin:end], right[begin:end])
        room = longest = 0
        for text in texts:
            length = ends[text + 1] - ends[text] + SPARE
            room += length
            longest = max(longest, length)
        if room > len(kinds):  # of this only what tokens fill is ever touched
            kinds, marks = np.empty(room, np.uint8), np.empty(room, np.uint8)
            values, known = np.empty(room, np.uint64), np.empty(room, np.uint32)
            starts, stops = np.empty(room, np.int32), np.empty(room, np.int32)
            shingles = np.empty(room, np.uint32)
        if longest > len(pairs):
            pairs = np.empty(longest, np.int64)
        at = 0
        for place in range(len(texts)):
            text = data[ends[texts[place]] : ends[texts[place] + 1]]
            stop = at + len(text) + SPARE
            n, figures[place] = read(
                text, 0, len(text), keys, targets, flags, slips, slots, spelled,
                kinds[at:stop], values[at:stop], starts[at:stop], stops[at:stop], marks[at:stop], known[at:stop],
            )  # fmt: skip
            firsts[place], lasts[place], labels[place] = frame(
                text, n, kinds[at:stop], values[at:stop], starts[at:stop], stops[at:stop], marks[at:stop],
                known[at:stop],
            )  # fmt: skip
            of = shingles[at : min(stop, at + SHINGLES)]
            counts[place] = shingled(firsts[place], lasts[place], kinds[at:stop], values[at:stop], known[at:stop], of)
            of[: counts[place]].sort()
            begins[place] = at
            at += max(n, counts[place])
        begins[len(texts)] = at
        for pair in range(begin, end):
            one, other = np.searchsorted(texts, left[pair]), np.searchsorted(texts, right[pair])
            a, b = begins[one], begins[other]
            similarity[pair] = overlap(shingles[a:], counts[one], shingles[b:], counts[other])
            if similarity[pair] < least:
                continue
            stop, stop2 = begins[one + 1], begins[other + 1]
            verdicts[pair] = judged(
                data[ends[left[pair]] : ends[left[pair] + 1]], firsts[one], lasts[one], labels[one], figures[one],
                kinds[a:stop], values[a:stop], starts[a:stop], stops[a:stop], marks[a:stop], known[a:stop],
                data[ends[right[pair]] : ends[right[pair] + 1]], firsts[other], lasts[other], labels[other],
                figures[other], kinds[b:stop2], values[b:stop2], starts[b:stop2], stops[b:stop2], marks[b:stop2],
                known[b:stop2], similarity[pair], flags, slips, slots, spelled, pairs, trace, froms, tos,
            )  # fmt: skip


@compiled
def judged(
    text: Bytes, first: int, last: int, label: np.uint64, figure: np.uint64,
    kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known,
    text2: Bytes, first2: int, last2: int, label2: np.uint64, figure2: np.uint64,
    kinds2: Bytes, values2: Values, starts2: Places, stops2: Places, marks2: Bytes, known2: Known,
    shared: float, flags: Known, slips: Values, slots: Places, spelled: Bytes,
    pairs: Pairs, trace: Places, froms: Values, tos: Values,
) -> int:  # fmt: skip
    """The verdict on two statements that were read, of which `shared` of the skeleton is in both."""
    steps = aligned(
        first, last, first2, last2, kinds, values, marks, known, kinds2, values2, marks2, known2, pairs, trace
    )
    if steps < 0:
        return UNRELATED
    cost = worst = 0
    a, b = first, first2
    for step in range(steps + 1):
        c = pairs[step] >> 32 if step < steps else last
        d = pairs[step] & 0xFFFFFFFF if step < steps else last2
        if c > a or d > b:
            how = cost_of_span(
                text, a, c, kinds, starts, stops, marks, known,
                text2, b, d, kinds2, starts2, stops2, marks2, known2, flags, slips, slots, spelled,
            )  # fmt: skip
            worst = max(worst, how)
            cost += how
            if OTHER_WORD <= how < MATHEMATICS:
                break
        a, b = c + 1, d + 1
    other_word = OTHER_WORD <= worst < MATHEMATICS
    real, unreal = cost // REAL_SLIP, cost % REAL_SLIP
    allowed = int(steps >= LENGTHS[0] or unreal > 0) + int(steps >= LENGTHS[1] and unreal > 0)
    if other_word or (worst < OTHER_WORD and real > allowed):
        return UNSURE
    same = worst < OTHER_WORD
    for with_case in range(2 if same else 0):
        same = one_to_one(
            pairs, steps, text, kinds, values, starts, stops, marks,
            text2, kinds2, values2, starts2, stops2, marks2, last, last2, with_case == 1, froms, tos,
        )  # fmt: skip
        if same:
            break
    if same and figure != figure2 and figure != _U(0) and figure2 != _U(0):
        same = False
    if (
        same
        and (points_at_figure(first, last, kinds, values) or points_at_figure(first2, last2, kinds2, values2))
        and renames_a_mark(pairs, steps, kinds, values, kinds2, values2)
    ):
        same = False
    if label != label2 and label & _U(255) == label2 & _U(255):
        same = False
    return SAME if same else (VARIANT if shared >= FAMILY else UNRELATED)
