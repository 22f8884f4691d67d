"""What is left over where two statements are aligned: light wording and slips of the keyboard, other words, or
mathematics.

Left-over tokens are paired in order at the least cost (Needleman and Wunsch 1970). A slip that makes no word is free;
one that
makes another word ("many", "may") is counted, as it may be meant; a light word may come or go; any other word left
over makes the statements differ, and so does a number, a letter or an operator.
"""

import numpy as np

from bigmath.dedup.compiled import compiled
from bigmath.dedup.slips import LONGEST_WORD, is_slip, meant
from bigmath.dedup.tokens import CAPITAL, SENTENCE, Bytes, Known, Places, Values
from bigmath.dedup.vocabulary import EXACT, KNOWN, LETTER, LIGHT, PROTECTED, WORD

LONGEST_SPAN = 24
"""Left-over tokens of one place that are paired; more are other words."""
SLIP, REAL_SLIP, OTHER_WORD, MATHEMATICS = 1, 1 << 6, 1 << 12, 1 << 20
"""Costs: what is dearest decides, whatever the number of the cheaper."""
NEVER = 1 << 30


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
def cost_of_words(one: Bytes, n: int, known: int, two: Bytes, m: int, known2: int, capitals: bool) -> int:
    """What it costs to take one word for the other: nothing for light words and plurals, `NEVER` if they are not one
    slip apart."""
    least = min(n, m)
    if least < 2:
        return NEVER
    if known & KNOWN and known2 & KNOWN:
        if known & LIGHT and known2 & LIGHT:
            return 0
        if abs(n - m) == 1 and least >= 4 and (one[n - 1] == 115) != (two[m - 1] == 115):  # a plural
            equal = True
            for at in range(least):
                equal = equal and one[at] == two[at]
            if equal:
                return 0
        if (known & known2 & EXACT) or (capitals and (known | known2) & PROTECTED):
            return NEVER
        return REAL_SLIP if max(n, m) >= 4 and least >= 3 and is_slip(one, n, two, m, 1) else NEVER
    if least < 4:
        if not (known | known2) & (LIGHT | KNOWN):
            return NEVER
        swapped = n == m and is_slip(one, n, two, m, 1) and one[0] == two[1]
        return 0 if swapped or (max(n, m) >= 3 and is_slip(one, n, two, m, 1)) else NEVER
    if not (known | known2) & KNOWN and least < 5:
        return NEVER
    return SLIP if is_slip(one, n, two, m, 2 if least >= 7 else 1) else NEVER


@compiled
def cost_of_kinds(one: Bytes, n: int, known: int, two: Bytes, m: int, known2: int) -> int:
    """The same of a word and a number, sign or function in letters: "threee" and "three", "dolars" and "dollars",
    "then" and "ten", but not "eighth" and "eight"."""
    least = min(n, m)
    if least < 3 or one[0] < 97 or two[0] < 97 or not is_slip(one, n, two, m, 1):
        return NEVER
    if not (known & KNOWN and known2 & KNOWN):
        return SLIP
    ordinal = n != m
    for at in range(least):
        ordinal = ordinal and one[at] == two[at]
    return NEVER if ordinal or n == m == 3 else REAL_SLIP


@compiled
def cost_alone(
    data: Bytes, at: int, kinds: Bytes, starts: Places, stops: Places, marks: Bytes, known: Known,
    flags: Known, slips: Values, slots: Places, spelled: Bytes, word: Bytes,
) -> int:  # fmt: skip
    """What it costs to leave a token out."""
    if kinds[at] != WORD:
        return MATHEMATICS
    if known[at] & LIGHT:
        return 0
    if marks[at] & SENTENCE and marks[at] & CAPITAL and not known[at] & KNOWN:  # Fnid the sum
        length = folded(data, starts[at], stops[at], word, 0)
        slot = meant(word, length, flags, slips, slots, spelled)
        if slot >= 0 and flags[slot] & LIGHT:
            return SLIP
    return OTHER_WORD


@compiled
def cost_of_span(
    data: Bytes, a: int, b: int, kinds: Bytes, starts: Places, stops: Places, marks: Bytes, known: Known,
    data2: Bytes, c: int, d: int, kinds2: Bytes, starts2: Places, stops2: Places, marks2: Bytes, known2: Known,
    flags: Known, slips: Values, slots: Places, spelled: Bytes,
) -> int:  # fmt: skip
    """The least cost of tokens a..b-1 of one text where c..d-1 stand in the other."""
    one, two = np.empty(LONGEST_WORD, np.uint8), np.empty(LONGEST_WORD, np.uint8)
    # words split, run together, or a formula's letters read as one word
    words = True
    letters = False
    all_known = True
    n = m = 0
    for at in range(a, b):
        n = folded(data, starts[at], stops[at], one, n)
        words = words and (kinds[at] == WORD or kinds[at] == LETTER)
        letters = letters or kinds[at] == LETTER
        all_known = all_known and known[at] & KNOWN != 0
    for at in range(c, d):
        m = folded(data2, starts2[at], stops2[at], two, m)
        words = words and (kinds2[at] == WORD or kinds2[at] == LETTER)
        letters = letters or kinds2[at] == LETTER
        all_known = all_known and known2[at] & KNOWN != 0
    if words and min(n, m) > 0 and max(n, m) < LONGEST_WORD:
        if n == m:
            equal = True
            for at in range(n):
                equal = equal and one[at] == two[at]
            if equal:
                return 0
        several = b - a > 1 or d - c > 1 if letters else b - a != d - c
        if several and not all_known and min(n, m) >= (4 if letters else 3) and is_slip(one, n, two, m, 1):
            return SLIP
    if b - a > LONGEST_SPAN or d - c > LONGEST_SPAN:
        return OTHER_WORD if words and not letters else MATHEMATICS
    costs = np.empty((LONGEST_SPAN + 1, LONGEST_SPAN + 1), np.int64)
    alone2 = np.empty(LONGEST_SPAN, np.int64)
    for j in range(c, d):
        alone2[j - c] = cost_alone(
            data2, j, kinds2, starts2, stops2, marks2, known2, flags, slips, slots, spelled, two
        )  # fmt: skip
    costs[0, 0] = 0
    for j in range(d - c):
        costs[0, j + 1] = costs[0, j] + alone2[j]
    for i in range(b - a):
        alone = cost_alone(data, a + i, kinds, starts, stops, marks, known, flags, slips, slots, spelled, one)
        costs[i + 1, 0] = costs[i, 0] + alone
        n = folded(data, starts[a + i], stops[a + i], one, 0)
        kind = kinds[a + i]
        for j in range(d - c):
            best = min(costs[i, j + 1] + alone, costs[i + 1, j] + alone2[j])
            kind2 = kinds2[c + j]
            if (kind == WORD or kind2 == WORD) and kind != LETTER and kind2 != LETTER and costs[i, j] < best:
                m = folded(data2, starts2[c + j], stops2[c + j], two, 0)
                if kind == kind2:
                    capitals = marks[a + i] & marks2[c + j] & CAPITAL != 0
                    together = cost_of_words(one, n, known[a + i], two, m, known2[c + j], capitals)
                else:
                    together = cost_of_kinds(one, n, known[a + i], two, m, known2[c + j])
                best = min(best, costs[i, j] + together)
            costs[i + 1, j + 1] = best
    return int(costs[b - a, d - c])
