"""What is left over where two statements are aligned: light wording and slips of the keyboard, other words, or
mathematics.

Left-over tokens are paired in order at the least cost (Needleman and Wunsch 1970). A slip that makes no word is free;
one that
makes another word ("many", "may") is counted, as it may be meant; a light word may come or go; any other word left
over makes the statements differ, and so does a number, a letter or an operator.
"""

import numpy as np

from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.slips import LONGEST_WORD, is_slip, meant
from bigmath.dedup.tokens import CAPITAL, SENTENCE, Bytes, Statement
from bigmath.dedup.vocabulary import EXACT, KNOWN, LETTER, LIGHT, PROTECTED, WORD, Words

LONGEST_SPAN = 24
"""Left-over tokens of one place that are paired; more are other words."""
SLIP, REAL_SLIP, OTHER_WORD, MATHEMATICS = 1, 1 << 6, 1 << 12, 1 << 20
"""Costs: what is dearest decides, whatever the number of the cheaper."""
NEVER = 1 << 30


@inlined
def folded(statement: Statement, token: int, out: Bytes, at: int) -> int:
    """Appends the letters of a token in lower case."""
    for place in range(statement.tokens.starts[token], statement.tokens.stops[token]):
        c = statement.text[place]
        if at < LONGEST_WORD and c != 39:
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
def cost_alone(statement: Statement, at: int, words: Words, word: Bytes) -> int:
    """What it costs to leave a token out."""
    kinds, marks, known = statement.tokens.kinds, statement.tokens.marks, statement.tokens.known
    if kinds[at] != WORD:
        return MATHEMATICS
    if known[at] & LIGHT:
        return 0
    if marks[at] & SENTENCE and marks[at] & CAPITAL and not known[at] & KNOWN:  # Fnid the sum
        slot = meant(word, folded(statement, at, word, 0), words)
        if slot >= 0 and words.flags[slot] & LIGHT:
            return SLIP
    return OTHER_WORD


@inlined
def run_together(statement: Statement, a: int, b: int, out: Bytes) -> tuple[int, bool, bool, bool]:
    """Fills `out` with the letters of tokens a..b-1: how many; whether all are words or letters, one is a letter, and
    all are known."""
    kinds, known = statement.tokens.kinds, statement.tokens.known
    words = all_known = True
    letters = False
    n = 0
    for at in range(a, b):
        n = folded(statement, at, out, n)
        words = words and (kinds[at] == WORD or kinds[at] == LETTER)
        letters = letters or kinds[at] == LETTER
        all_known = all_known and known[at] & KNOWN != 0
    return n, words, letters, all_known


@inlined
def cost_of_pair(one: Statement, a: int, word: Bytes, n: int, other: Statement, b: int, word2: Bytes) -> int:
    """What it costs to take a token, of which `word` holds the n letters, for another."""
    kind, kind2 = one.tokens.kinds[a], other.tokens.kinds[b]
    if not (kind == WORD or kind2 == WORD) or kind == LETTER or kind2 == LETTER:
        return NEVER
    m = folded(other, b, word2, 0)
    if kind != kind2:
        return cost_of_kinds(word, n, one.tokens.known[a], word2, m, other.tokens.known[b])
    capitals = one.tokens.marks[a] & other.tokens.marks[b] & CAPITAL != 0
    return cost_of_words(word, n, one.tokens.known[a], word2, m, other.tokens.known[b], capitals)


@compiled
def cost_of_span(one: Statement, a: int, b: int, other: Statement, c: int, d: int, words: Words) -> int:
    """The least cost of tokens a..b-1 of one statement where c..d-1 stand in the other."""
    word, word2 = np.empty(LONGEST_WORD, np.uint8), np.empty(LONGEST_WORD, np.uint8)
    # words split, run together, or a formula's letters read as one word
    n, wordy, letters, all_known = run_together(one, a, b, word)
    m, wordy2, letters2, all_known2 = run_together(other, c, d, word2)
    wordy, letters = wordy and wordy2, letters or letters2
    if wordy and min(n, m) > 0 and max(n, m) < LONGEST_WORD:
        if n == m:
            equal = True
            for at in range(n):
                equal = equal and word[at] == word2[at]
            if equal:
                return 0
        several = b - a > 1 or d - c > 1 if letters else b - a != d - c
        unknown = not (all_known and all_known2)
        if several and unknown and min(n, m) >= (4 if letters else 3) and is_slip(word, n, word2, m, 1):
            return SLIP
    if b - a > LONGEST_SPAN or d - c > LONGEST_SPAN:
        return OTHER_WORD if wordy and not letters else MATHEMATICS
    costs = np.empty((LONGEST_SPAN + 1, LONGEST_SPAN + 1), np.int64)
    alone2 = np.empty(LONGEST_SPAN, np.int64)
    costs[0, 0] = 0
    for j in range(d - c):
        alone2[j] = cost_alone(other, c + j, words, word2)
        costs[0, j + 1] = costs[0, j] + alone2[j]
    for i in range(b - a):
        alone = cost_alone(one, a + i, words, word)
        costs[i + 1, 0] = costs[i, 0] + alone
        n = folded(one, a + i, word, 0)
        for j in range(d - c):
            best = min(costs[i, j + 1] + alone, costs[i + 1, j] + alone2[j])
            if costs[i, j] < best:
                best = min(best, costs[i, j] + cost_of_pair(one, a + i, word, n, other, c + j, word2))
            costs[i + 1, j + 1] = best
    return int(costs[b - a, d - c])
