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

from bigmath.dedup.compiled import compiled
from bigmath.dedup.figures import points_at_figure, renames_a_mark
from bigmath.dedup.framing import frame
from bigmath.dedup.reading import ANCHORED, CAPITAL, ITEM, Bytes, Known, Places, Values, read
from bigmath.dedup.signing import SHINGLES, Hashes, columns, plain_bytes, shingled
from bigmath.dedup.vocabulary import (
    FORENAME,
    KNOWN,
    LETTER,
    LIGHT,
    ORIGIN,
    PROTECTED,
    SYMBOL,
    WORD,
    WORD_SEED,
    table,
)  # fmt: skip

UNRELATED, UNSURE, VARIANT, SAME = 0, 1, 2, 3
VERDICTS = ("unrelated", "unsure", "variant", "same")

FAMILY = 0.75
"""Least similarity of skeletons of two variants."""
EDITS = 48
"""Tokens that two statements may differ by before they are called unrelated; at most 8 and a quarter of their
length."""
MAPPED = 64
"""Letters, or names, of one statement that are followed."""
LONGEST_WORD = 32

_U = np.uint64
Pairs = NDArray[np.int64]
_LETTER_E = _U(((WORD_SEED ^ ord("e")) * 0x100000001B3) & ((1 << 64) - 1))


def compare(texts: pl.Series, left: Pairs, right: Pairs, least: float = 0.5) -> tuple[Bytes, NDArray[np.float32]]:
    """The verdict (`SAME`, ...) and exact Jaccard similarity of skeletons of each pair of texts, given by position.

    The verdict does not depend on which text comes first. Pairs are fastest when sorted by `left`."""
    data, ends = plain_bytes(texts)
    return compare_bytes(data, ends, left, right, least)


def compare_bytes(
    data: Bytes, ends: NDArray[np.int64], left: Pairs, right: Pairs, least: float = 0.5
) -> tuple[Bytes, NDArray[np.float32]]:
    """`compare` of what `plain_bytes` gives."""
    verdicts, similarity = np.zeros(len(left), np.uint8), np.zeros(len(left), np.float32)
    if len(left):
        longest = int(max((ends[left + 1] - ends[left]).max(), (ends[right + 1] - ends[right]).max()))
        _compare(data, ends, left, right, least, *table(), *columns(longest), *columns(longest), verdicts, similarity)
    return verdicts, similarity


def verdict(one: str, other: str, least: float = 0.5) -> str:
    """The verdict of one pair, as a word of `VERDICTS`."""
    found, _ = compare(pl.Series([one, other]), np.array([0]), np.array([1]), least)
    return VERDICTS[int(found[0])]


@compiled
def is_name(kind: int, marks: int, known: int) -> bool:
    """Whether a token may be a person: capitalised, and no word of the language of problems."""
    return (
        kind == WORD and marks & CAPITAL != 0 and not known & PROTECTED
        and (not known & (KNOWN | ORIGIN) or known & FORENAME != 0)
    )  # fmt: skip


@compiled
def alike(
    a: int, b: int, kinds: Bytes, values: Values, marks: Bytes, known: Known,
    kinds2: Bytes, values2: Values, marks2: Bytes, known2: Known,
) -> bool:  # fmt: skip
    """Whether two tokens may stand beside each other in the alignment."""
    if values[a] == values2[b]:
        return True
    if kinds[a] == LETTER and kinds2[b] == LETTER:
        return True
    return is_name(kinds[a], marks[a], known[a]) and is_name(kinds2[b], marks2[b], known2[b])


@compiled
def folded(data: Bytes, start: int, stop: int, out: Bytes, at: int) -> int:
    """Appends the letters of a token in lower case."""
    for place in range(start, stop):
        if at < LONGEST_WORD and data[place] != 39:
            c = data[place]
            out[at] = c + 32 if 65 <= c <= 90 else c
            at += 1
    return at


@compiled
def is_slip(one: Bytes, n: int, two: Bytes, m: int, most: int) -> bool:
    """Whether two words are at most `most` slips apart: a letter lost, added, changed or two swapped."""
    if abs(n - m) > most or n >= LONGEST_WORD or m >= LONGEST_WORD:
        return False
    rows = np.empty((3, LONGEST_WORD + 1), np.int32)
    for j in range(m + 1):
        rows[0, j] = j
    for i in range(1, n + 1):
        here, above, two_above = i % 3, (i - 1) % 3, (i - 2) % 3
        rows[here, 0] = i
        for j in range(1, m + 1):
            cost = 0 if one[i - 1] == two[j - 1] else 1
            best = min(rows[above, j] + 1, rows[here, j - 1] + 1, rows[above, j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == two[j - 2] and one[i - 2] == two[j - 1]:
                best = min(best, rows[two_above, j - 2] + 1)
            rows[here, j] = best
    return rows[n % 3, m] <= most


@compiled
def is_misspelt(one: Bytes, n: int, known: int, two: Bytes, m: int, known2: int, slips: Places) -> bool:
    """Whether one word is the other with a slip of the keyboard, or its plural. `slips` counts those that made no
    word, and
    those that made another word of the language: "from" is a slip of "form" only in a text with other slips."""
    least = min(n, m)
    if least < 2:
        return False
    if not (known & KNOWN and known2 & KNOWN) and least >= 4:
        slips[0] += 1
    if known & KNOWN and known2 & KNOWN:
        if known & LIGHT and known2 & LIGHT:
            return True
        if abs(n - m) == 1 and least >= 4:  # a plural
            for at in range(least):
                if one[at] != two[at]:
                    break
            else:
                if (one[least] if n > m else two[least]) == 115:
                    return True
        if least >= 4 and is_slip(one, n, two, m, 1):
            slips[1] += 1
            return True
        return False
    if least < 4:
        if not (known & LIGHT or known2 & LIGHT or known & KNOWN or known2 & KNOWN):
            return False
        return (max(n, m) >= 3 and is_slip(one, n, two, m, 1)) or (
            n == m and is_slip(one, n, two, m, 1) and one[0] == two[1]
        )
    if not (known & KNOWN or known2 & KNOWN) and least < 5:
        return False
    return is_slip(one, n, two, m, 2 if least >= 7 else 1)


@compiled
def span_is_light(
    data: Bytes, a: int, b: int, kinds: Bytes, starts: Places, stops: Places, known: Known,
    data2: Bytes, c: int, d: int, kinds2: Bytes, starts2: Places, stops2: Places, known2: Known,
    one: Bytes, two: Bytes, slips: Places,
) -> int:  # fmt: skip
    """Of tokens a..b-1 that stand in one text where c..d-1 stand in the other: 0 light, 1 other words, 2
    mathematics."""
    if (
        b - a == 1
        and d - c == 1
        and kinds[a] != kinds2[c]
        and (kinds[a] == WORD or kinds2[c] == WORD)
        and (kinds[a] != LETTER and kinds2[c] != LETTER)
    ):  # "threee" beside "three", "dolars" beside "dollars"
        n = folded(data, starts[a], stops[a], one, 0)
        m = folded(data2, starts2[c], stops2[c], two, 0)
        unknown = not known[a] & KNOWN or not known2[c] & KNOWN
        return 0 if unknown and min(n, m) >= 3 and one[0] > 96 and two[0] > 96 and is_slip(one, n, two, m, 1) else 2
    mathematics = False
    for at in range(a, b):
        mathematics = mathematics or not (kinds[at] == WORD or kinds[at] == LETTER)
    for at in range(c, d):
        mathematics = mathematics or not (kinds2[at] == WORD or kinds2[at] == LETTER)
    if mathematics:
        return 2
    # words split, run together, or a formula's letters read as one word
    n = m = 0
    letters = False
    all_known = True
    for at in range(a, b):
        n = folded(data, starts[at], stops[at], one, n)
        letters = letters or kinds[at] == LETTER
        all_known = all_known and known[at] & KNOWN != 0
    for at in range(c, d):
        m = folded(data2, starts2[at], stops2[at], two, m)
        letters = letters or kinds2[at] == LETTER
        all_known = all_known and known2[at] & KNOWN != 0
    if n == m and n < LONGEST_WORD and n > 0:
        equal = True
        for at in range(n):
            equal = equal and one[at] == two[at]
        if equal:
            return 0
    if letters:
        if not all_known and (b - a > 1 or d - c > 1) and min(n, m) >= 4 and is_slip(one, n, two, m, 1):
            return 0
        return 2
    if b > a and d > c and b - a != d - c and not all_known and min(n, m) >= 3 and is_slip(one, n, two, m, 1):
        return 0
    # pairwise, light words left out
    i, j = a, c
    while i < b or j < d:
        if i < b and j < d:
            n = folded(data, starts[i], stops[i], one, 0)
            m = folded(data2, starts2[j], stops2[j], two, 0)
            if is_misspelt(one, n, known[i], two, m, known2[j], slips):
                i += 1
                j += 1
                continue
        if i < b and known[i] & LIGHT:
            i += 1
            continue
        if j < d and known2[j] & LIGHT:
            j += 1
            continue
        return 1
    return 0


@compiled
def mapped(value: np.uint64, other: np.uint64, froms: Values, tos: Values, count: int) -> int:
    """The number of pairs after `value -> other` is taken in, or -1 if it is not one to one with those before."""
    for at in range(count):
        if froms[at] == value or tos[at] == other:
            return count if froms[at] == value and tos[at] == other else -1
    if count == MAPPED:
        return -1
    froms[count], tos[count] = value, other
    return count + 1


@compiled
def misspelt_once(
    text: Bytes, a: int, starts: Places, stops: Places, text2: Bytes, b: int, starts2: Places, stops2: Places,
    pairs: Pairs, count: int, values: Values, values2: Values,
) -> bool:  # fmt: skip
    """Whether two names are one with a slip of the keyboard, which nobody makes twice."""
    one, two = np.empty(LONGEST_WORD, np.uint8), np.empty(LONGEST_WORD, np.uint8)
    n = folded(text, starts[a], stops[a], one, 0)
    m = folded(text2, starts2[b], stops2[b], two, 0)
    if min(n, m) < 3 or not is_slip(one, n, two, m, 1 if min(n, m) < 6 else 2):
        return False
    times = times2 = 0
    for step in range(count):
        times += values[pairs[step] >> 32] == values[a]
        times2 += values2[pairs[step] & 0xFFFFFFFF] == values2[b]
    return times == 1 or times2 == 1


@compiled
def one_to_one(
    pairs: Pairs, count: int, text: Bytes, kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes,
    text2: Bytes, kinds2: Bytes, values2: Values, starts2: Places, stops2: Places, marks2: Bytes,
    n: int, m: int, with_case: bool, froms: Values, tos: Values,
) -> bool:  # fmt: skip
    """Whether aligned letters and names map one to one. Axes and shapes named by a letter must stay, unless the letter
    is renamed elsewhere, too; so must the base of a natural power."""
    letters = 0
    for step in range(count):
        a, b = pairs[step] >> 32, pairs[step] & 0xFFFFFFFF
        if kinds[a] != LETTER or kinds2[b] != LETTER:
            if values[a] == values2[b]:
                continue
            if kinds[a] == LETTER or kinds2[b] == LETTER:
                return False
            continue
        value, other = values[a], values2[b]
        if value == other and marks[a] & marks2[b] & ITEM:
            continue  # the label of a choice
        if value != other and (marks[a] | marks2[b]) & ITEM:
            return False
        if value == _LETTER_E and other != value and a + 1 < n and kinds[a + 1] == SYMBOL and values[a + 1] == _U(94):
            return False
        if other == _LETTER_E and other != value and b + 1 < m and kinds2[b + 1] == SYMBOL and values2[b + 1] == _U(94):
            return False
        if with_case:
            value = value ^ _U(marks[a] & CAPITAL)
            other = other ^ _U(marks2[b] & CAPITAL)
        letters = mapped(value, other, froms, tos, letters)
        if letters < 0:
            return False
        if values[a] != values2[b] and (marks[a] | marks2[b]) & ANCHORED:
            elsewhere = False
            for again in range(count):
                c, d = pairs[again] >> 32, pairs[again] & 0xFFFFFFFF
                elsewhere = elsewhere or (
                    kinds[c] == LETTER and values[c] == values[a] and values2[d] == values2[b]
                    and not (marks[c] | marks2[d]) & ANCHORED
                )  # fmt: skip
            if not elsewhere:
                return False
    names = 0
    for step in range(count):
        a, b = pairs[step] >> 32, pairs[step] & 0xFFFFFFFF
        if kinds[a] == WORD and kinds2[b] == WORD and (values[a] != values2[b] or marks[a] & marks2[b] & CAPITAL):
            if values[a] != values2[b] and misspelt_once(
                text, a, starts, stops, text2, b, starts2, stops2, pairs, count, values, values2
            ):
                continue
            names = mapped(values[a], values2[b], froms, tos, names)
            if names < 0:
                return False
    return True


@compiled
def aligned(
    n0: int, n: int, m0: int, m: int,
    kinds: Bytes, values: Values, marks: Bytes, known: Known, kinds2: Bytes, values2: Values, marks2: Bytes, known2: Known,
    pairs: Pairs, trace: Places,
) -> int:  # fmt: skip
    """Fills `pairs` (a << 32 | b) with the aligned tokens of n0..n-1 and m0..m-1 in order; returns how many, or -1
    where more
    than `EDITS` tokens differ."""
    count = 0
    while n0 < n and m0 < m and alike(n0, m0, kinds, values, marks, known, kinds2, values2, marks2, known2):
        pairs[count] = (n0 << 32) | m0
        count += 1
        n0 += 1
        m0 += 1
    tail = 0
    while n0 < n and m0 < m and alike(n - 1, m - 1, kinds, values, marks, known, kinds2, values2, marks2, known2):
        n -= 1
        m -= 1
        tail += 1
    if n0 < n and m0 < m:
        width, height = n - n0, m - m0
        most = min(EDITS, width + height, 8 + (count + tail + max(width, height)) // 4)
        found = -1
        size = 2 * EDITS + 3
        middle = EDITS + 1
        trace[0, middle + 1] = 0
        for d in range(most + 1):
            if d > 0:
                for k in range(size):
                    trace[d, k] = trace[d - 1, k]
            k = -d
            while k <= d:
                down = k == -d or (k != d and trace[d, middle + k - 1] < trace[d, middle + k + 1])
                x = trace[d, middle + k + 1] if down else trace[d, middle + k - 1] + 1
                y = x - k
                while (
                    x < width
                    and y < height
                    and x >= 0
                    and y >= 0
                    and alike(n0 + x, m0 + y, kinds, values, marks, known, kinds2, values2, marks2, known2)
                ):
                    x += 1
                    y += 1
                trace[d, middle + k] = x
                if x >= width and y >= height:
                    found = d
                    break
                k += 2
            if found >= 0:
                break
        if found < 0:
            return -1
        x, y = width, height
        back = count
        for d in range(found, 0, -1):
            k = x - y
            down = k == -d or (k != d and trace[d - 1, middle + k - 1] < trace[d - 1, middle + k + 1])
            before = k + 1 if down else k - 1
            x0 = trace[d - 1, middle + before]
            y0 = x0 - before
            x1 = x0 if down else x0 + 1
            y1 = x1 - k
            while x > x1 and y > y1:
                x -= 1
                y -= 1
                pairs[back] = ((n0 + x) << 32) | (m0 + y)
                back += 1
            x, y = x0, y0
        while x > 0 and y > 0:
            x -= 1
            y -= 1
            pairs[back] = ((n0 + x) << 32) | (m0 + y)
            back += 1
        low, high = count, back - 1
        while low < high:
            pairs[low], pairs[high] = pairs[high], pairs[low]
            low += 1
            high -= 1
        count = back
    for step in range(tail):
        pairs[count] = ((n + step) << 32) | (m + step)
        count += 1
    return count


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
def _compare(
    data: Bytes, ends: Pairs, left: Pairs, right: Pairs, least: float, keys: Values, targets: Values, flags: Known,
    kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known,
    kinds2: Bytes, values2: Values, starts2: Places, stops2: Places, marks2: Bytes, known2: Known,
    verdicts: Bytes, similarity: NDArray[np.float32],
) -> None:  # fmt: skip
    shingles, shingles2 = np.zeros(SHINGLES, np.uint32), np.zeros(SHINGLES, np.uint32)
    pairs = np.zeros(len(kinds) + 1, np.int64)
    trace = np.zeros((EDITS + 1, 2 * EDITS + 3), np.int32)
    one, two = np.zeros(LONGEST_WORD, np.uint8), np.zeros(LONGEST_WORD, np.uint8)
    froms, tos = np.zeros(MAPPED, np.uint64), np.zeros(MAPPED, np.uint64)
    slips = np.zeros(2, np.int32)
    was = -1
    n = first = last = count = 0
    figure = label = _U(0)
    text = data[0:0]
    for pair in range(len(left)):
        if left[pair] != was:
            was = left[pair]
            text = data[ends[was] : ends[was + 1]]
            n, figure = read(text, 0, len(text), keys, targets, flags, kinds, values, starts, stops, marks, known)
            first, last, label = frame(text, n, kinds, values, starts, stops, marks, known)
            count = shingled(first, last, kinds, values, known, shingles)
            shingles[:count].sort()
        at = right[pair]
        text2 = data[ends[at] : ends[at + 1]]
        n2, figure2 = read(text2, 0, len(text2), keys, targets, flags, kinds2, values2, starts2, stops2, marks2, known2)
        first2, last2, label2 = frame(text2, n2, kinds2, values2, starts2, stops2, marks2, known2)
        count2 = shingled(first2, last2, kinds2, values2, known2, shingles2)
        shingles2[:count2].sort()
        shared = overlap(shingles, count, shingles2, count2)
        similarity[pair] = shared
        if shared < least:
            continue
        steps = aligned(
            first, last, first2, last2, kinds, values, marks, known, kinds2, values2, marks2, known2, pairs, trace
        )
        if steps < 0:
            continue
        worst = 0
        slips[:] = 0
        a, b = first, first2
        for step in range(steps + 1):
            c = pairs[step] >> 32 if step < steps else last
            d = pairs[step] & 0xFFFFFFFF if step < steps else last2
            if c > a or d > b:
                how = span_is_light(
                    text,
                    a,
                    c,
                    kinds,
                    starts,
                    stops,
                    known,
                    text2,
                    b,
                    d,
                    kinds2,
                    starts2,
                    stops2,
                    known2,
                    one,
                    two,
                    slips,
                )
                worst = max(worst, how)
                if how == 1:
                    break
            a, b = c + 1, d + 1
        if worst == 1 or (worst == 0 and slips[1] > min(1, slips[0])):
            verdicts[pair] = UNSURE
            continue
        same = worst == 0 and (
            one_to_one(
                pairs,
                steps,
                text,
                kinds,
                values,
                starts,
                stops,
                marks,
                text2,
                kinds2,
                values2,
                starts2,
                stops2,
                marks2,
                last,
                last2,
                False,
                froms,
                tos,
            )
            or one_to_one(
                pairs,
                steps,
                text,
                kinds,
                values,
                starts,
                stops,
                marks,
                text2,
                kinds2,
                values2,
                starts2,
                stops2,
                marks2,
                last,
                last2,
                True,
                froms,
                tos,
            )
        )
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
        verdicts[pair] = SAME if same else (VARIANT if shared >= FAMILY else UNRELATED)
