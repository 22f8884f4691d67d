"""Which tokens of two statements stand for one another: Myers' alignment ("An O(ND) Difference Algorithm", 1986), where
letters and people's names count as equal whatever they are, and whether those then map one to one."""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.leftovers import folded
from bigmath.dedup.slips import LONGEST_WORD, is_slip
from bigmath.dedup.tokens import ANCHORED, CAPITAL, ITEM, Places, Statement, Tokens, Values, may_be_name
from bigmath.dedup.vocabulary import LETTER, SYMBOL, WORD, WORD_SEED

EDITS = 48
"""Tokens that two statements may differ by before they are called unrelated; at most 8 and a quarter of their
length."""
MAPPED = 64
"""Letters, or names, of one statement that are followed."""

_U = np.uint64
Pairs = NDArray[np.int64]
_LETTER_E = _U(((WORD_SEED ^ ord("e")) * 0x100000001B3) & ((1 << 64) - 1))


@inlined
def is_name(kind: int, marks: int, known: int) -> bool:
    """Whether a token may be a person: capitalised, and no word of the language of problems."""
    return kind == WORD and marks & CAPITAL != 0 and may_be_name(known)


@compiled
def edits_allowed(length: int) -> int:
    """Tokens by which a statement of so many may differ from a shorter one before the two are called unrelated."""
    return min(EDITS, 8 + length // 4)


@inlined
def alike(one: Tokens, a: int, other: Tokens, b: int) -> bool:
    """Whether two tokens may stand beside each other in the alignment."""
    if one.values[a] == other.values[b]:
        return True
    if one.kinds[a] == LETTER and other.kinds[b] == LETTER:
        return True
    return is_name(one.kinds[a], one.marks[a], one.known[a]) and is_name(other.kinds[b], other.marks[b], other.known[b])


@compiled
def aligned(one: Statement, other: Statement, pairs: Pairs, trace: Places) -> int:
    """Fills `pairs` (a << 32 | b) with the aligned tokens of two statements in order; returns how many, or -1 where
    more than `edits_allowed` differ."""
    left, right = one.tokens, other.tokens
    n0, n, m0, m = one.first, one.last, other.first, other.last
    count = 0
    while n0 < n and m0 < m and alike(left, n0, right, m0):
        pairs[count] = (n0 << 32) | m0
        count += 1
        n0 += 1
        m0 += 1
    tail = 0
    while n0 < n and m0 < m and alike(left, n - 1, right, m - 1):
        n -= 1
        m -= 1
        tail += 1
    if n0 < n and m0 < m:
        width, height = n - n0, m - m0
        most = min(width + height, edits_allowed(count + tail + max(width, height)))
        if abs(width - height) > most:
            return -1
        found = -1
        middle = EDITS + 1
        trace[0, middle + 1] = 0
        for d in range(most + 1):
            if d > 0:
                for k in range(middle - d, middle + d + 1):
                    trace[d, k] = trace[d - 1, k]
            k = -d
            while k <= d:
                down = k == -d or (k != d and trace[d, middle + k - 1] < trace[d, middle + k + 1])
                x = trace[d, middle + k + 1] if down else trace[d, middle + k - 1] + 1
                y = x - k
                while 0 <= x < width and 0 <= y < height and alike(left, n0 + x, right, m0 + y):
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
def misspelt_once(one: Statement, a: int, other: Statement, b: int, pairs: Pairs, count: int) -> bool:
    """Whether two names are one with a slip of the keyboard, which nobody makes twice."""
    word, word2 = np.empty(LONGEST_WORD, np.uint8), np.empty(LONGEST_WORD, np.uint8)
    n, m = folded(one, a, word, 0), folded(other, b, word2, 0)
    if min(n, m) < 3 or not is_slip(word, n, word2, m, 1 if min(n, m) < 6 else 2):
        return False
    values, values2 = one.tokens.values, other.tokens.values
    times = times2 = 0
    for step in range(count):
        times += values[pairs[step] >> 32] == values[a]
        times2 += values2[pairs[step] & 0xFFFFFFFF] == values2[b]
    return times == 1 or times2 == 1


@compiled
def is_natural_base(one: Statement, a: int) -> bool:
    """Whether a letter is the e of a power."""
    kinds, values = one.tokens.kinds, one.tokens.values
    return values[a] == _LETTER_E and a + 1 < one.last and kinds[a + 1] == SYMBOL and values[a + 1] == _U(94)


@compiled
def one_to_one(
    one: Statement, other: Statement, pairs: Pairs, count: int, with_case: bool, froms: Values, tos: Values
) -> bool:
    """Whether aligned letters and names map one to one. Axes and shapes named by a letter must stay, unless the letter
    is renamed elsewhere, too; so must the base of a natural power."""
    kinds, values, marks = one.tokens.kinds, one.tokens.values, one.tokens.marks
    kinds2, values2, marks2 = other.tokens.kinds, other.tokens.values, other.tokens.marks
    letters = 0
    for step in range(count):
        a, b = pairs[step] >> 32, pairs[step] & 0xFFFFFFFF
        if kinds[a] != LETTER or kinds2[b] != LETTER:
            if values[a] == values2[b]:
                continue
            if kinds[a] == LETTER or kinds2[b] == LETTER:
                return False
            continue
        value, value2 = values[a], values2[b]
        if value == value2 and marks[a] & marks2[b] & ITEM:
            continue  # the label of a choice
        if value != value2 and (marks[a] | marks2[b]) & ITEM:
            return False
        if value != value2 and (is_natural_base(one, a) or is_natural_base(other, b)):
            return False
        if with_case:
            value = value ^ _U(marks[a] & CAPITAL)
            value2 = value2 ^ _U(marks2[b] & CAPITAL)
        letters = mapped(value, value2, froms, tos, letters)
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
            if values[a] != values2[b] and misspelt_once(one, a, other, b, pairs, count):
                continue
            names = mapped(values[a], values2[b], froms, tos, names)
            if names < 0:
                return False
    return True
