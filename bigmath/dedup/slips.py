"""Slips of the keyboard: whether one word is another but for a letter, and which known word a misspelt one was meant
to be.

The known word is found by deletions (Garbe's symmetric delete algorithm, 2012): two words are one slip apart only if
they are
equal after at most one letter is left out of each, so a table of every known word with each letter left out answers
in one look for each letter, and an edit distance confirms it.
"""

import numpy as np

from bigmath.dedup.compiled import compiled
from bigmath.dedup.vocabulary import LIGHT, LONGEST_KNOWN, SLIP_SLOTS, SPLIT, WORD_SEED, Table, Words

LONGEST_WORD = 32
"""Letters of a word that are compared."""

_U = np.uint64
_SEED = _U(WORD_SEED)
_PRIME = _U(0x100000001B3)


@compiled
def is_slip(one: Table, n: int, two: Table, m: int, most: int) -> bool:
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
    return bool(rows[n % 3, m] <= most)


@compiled
def meant(word: Table, length: int, words: Words) -> int:
    """The slot of the known word that an unknown one of lower-case letters is a slip of, or -1. Words of three letters
    are slips of light words only."""
    if length < 3 or length > LONGEST_KNOWN:
        return -1
    slips, slots, spelled = words.slips, words.slots, words.spelled
    for left_out in range(-1, length):
        value = _SEED
        for at in range(length):
            if at != left_out:
                value = (value ^ _U(word[at])) * _PRIME
        place = np.int64((value ^ (value >> _U(32))) & _U(SLIP_SLOTS - 1))
        while slips[place] != _U(0):
            if slips[place] == value:
                slot = slots[place]
                size = 0
                while size < LONGEST_KNOWN and spelled[slot, size] != 0:
                    size += 1
                fits = length > 3 or words.flags[slot] & LIGHT != 0
                if fits and not words.flags[slot] & SPLIT and is_slip(word, length, spelled[slot], size, 1):
                    return int(slot)
            place = (place + 1) & (SLIP_SLOTS - 1)
    return -1
