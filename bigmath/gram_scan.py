r"""The compiled look behind `bigmath.grams`: a statement's bytes to hashes of its words and numbers, in one pass.

A token is a run of ASCII letters or of digits; `\frac12` has two runs of one digit. Figures in Asymptote are skipped:
they would tear apart the words before and after them, in one copy and not in another.
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]
Digits = NDArray[np.int32]
Flags = NDArray[np.bool_]

LONGEST = 1 << 16
"""Bytes of one statement that are looked at; nothing that long is a problem."""
BITS = 22
"""The bitmap of known grams has 2^22 bits, 512 KB."""

_U = np.uint64
_FACTOR, _ROLL = _U(0x9E3779B97F4A7C15), _U(0x100000001B3)
_MIX, _NUMBER = _U(0xBF58476D1CE4E5B9), _U(0xD1B54A32D192ED03)
_LOWER = np.zeros(256, dtype=np.uint8)
_LOWER[48:58] = np.arange(48, 58)
_LOWER[97:123] = np.arange(97, 123)
_LOWER[65:91] = np.arange(97, 123)
_ASY, _END = (np.frombuffer(tag, dtype=np.uint8) for tag in (b"[asy]", b"[/asy]"))


@compiled
def word_hash(head: np.uint64, tail: np.uint64, length: int) -> np.uint64:
    """Of a word's first and last eight bytes (little-endian, in lower case) and its length."""
    value = head * _FACTOR
    if length > 8:
        value += (tail ^ _U(length)) * _ROLL * _FACTOR
    value ^= value >> _U(29)
    value *= _MIX
    return value ^ (value >> _U(32))


@compiled
def number_hash(value: np.uint64) -> np.uint64:
    """Of a number's value."""
    value = (value + _NUMBER) * _FACTOR
    value ^= value >> _U(32)
    return value * _MIX


@compiled
def bit_of(gram: np.uint64) -> np.int64:
    """A gram's place in the bitmap."""
    return np.int64((gram * _FACTOR) >> _U(64 - BITS))


@compiled
def bitmap(known: Hashes, bits: Bytes) -> None:
    """Sets the bits of known grams."""
    for gram in known:
        bit = bit_of(gram)
        bits[bit >> 3] |= np.uint8(1 << (bit & 7))


@compiled
def _has(data: Bytes, at: int, end: int, tag: Bytes) -> bool:
    if at + len(tag) > end:
        return False
    return not (data[at : at + len(tag)] != tag).any()


@compiled
def _after_drawing(data: Bytes, at: int, end: int) -> int:
    while at < end and not (data[at] == 91 and _has(data, at, end, _END)):
        at += 1
    return min(at + len(_END), end)


@compiled
def _joins(data: Bytes, last: int, start: int) -> bool:
    """Whether what is between two runs of digits parts thousands: `,` or `{,}` or `\\,`."""
    gap = start - last
    if gap == 2:
        return data[last + 1] == 44
    if gap == 3 or (gap == 4 and _LOWER[data[last + 3]] == 0):
        return data[last + 2] == 44 and (data[last + 1] == 92 or data[last + 1] == 123)
    return False


@compiled
def tokens(
    data: Bytes, begin: int, end: int, stopped: Flags, slots: Bytes, names: Hashes, meant: Hashes, named: Digits,
    words: Hashes, digits: Digits,
) -> tuple[int, int]:  # fmt: skip
    """Fills `words` with the hashes of one text's words and numbers and adds its digits, numbers in words included, to
    the ten of `digits`; returns how many hashes, and how many are of words of two letters or more.

    `stopped` and `slots` go by the first 16 bits of a hash: whether it is left out, and (from 1) which of `names` it
    may be, whose hashes are then those of `meant`, and whose digits those of a row of `named`, -1 where it has none.
    """
    end = min(end, begin + LONGEST)
    count = long = 0
    at = begin
    last, before = begin - LONGEST, _U(0)  # where the number before ended, and its value
    while at < end:
        low = _LOWER[data[at]]
        if low == 0:
            at = _after_drawing(data, at, end) if data[at] == 91 and _has(data, at, end, _ASY) else at + 1
            continue
        start = at
        length = 0
        if low < 97:
            value = _U(0)
            alone = start > begin and _LOWER[data[start - 1]] == 99
            while at < end and np.uint8(data[at] - np.uint8(48)) < 10 and not (alone and length == 1):
                if length < 8:
                    value = value * _U(10) + _U(data[at] - np.uint8(48))
                digits[data[at] - 48] += 1
                length += 1
                at += 1
            if length == 3 and _joins(data, last, start):
                value += before * _U(1000)
                count -= 1
            words[count] = number_hash(value)
            count += 1
            last, before = at - 1, value
            continue
        head, tail = _U(0), _U(0)
        while at < end and _LOWER[data[at]] >= 97:
            byte = _U(_LOWER[data[at]])
            if length < 8:
                head |= byte << _U(8 * length)
            tail = (tail >> _U(8)) | (byte << _U(56))
            length += 1
            at += 1
        word = word_hash(head, tail, length)
        slot = np.int64(word >> _U(48))
        which = np.int64(slots[slot]) - 1
        if which >= 0 and names[which] == word:
            word = meant[which]
            for place in range(named.shape[1]):
                if named[which, place] >= 0:
                    digits[named[which, place]] += 1
        if not stopped[slot] and not (start > begin and data[start - 1] == 92):
            words[count] = word
            count += 1
            long += length > 1
    return count, long


@compiled
def scan(
    data: Bytes, ends: Places, stopped: Flags, slots: Bytes, names: Hashes, meant: Hashes, named: Digits,
    words: Hashes, starts: Places, long: Places, digits: Digits,
) -> None:  # fmt: skip
    """`tokens` of every text, end to end in `words`; `starts` has where each begins, one more for the end."""
    for row in range(len(ends) - 1):
        first = starts[row]
        count, long[row] = tokens(
            data, ends[row], ends[row + 1], stopped, slots, names, meant, named, words[first:], digits[row]
        )
        starts[row + 1] = first + count


@compiled
def find(
    data: Bytes, ends: Places, stopped: Flags, slots: Bytes, names: Hashes, meant: Hashes, named: Digits,
    lengths: Places, known: Hashes, bits: Bytes, long: Places, digits: Digits,
) -> tuple[Places, Places]:  # fmt: skip
    """Every known gram of every text, as often as it occurs: the text, and the gram's place in `known` (sorted)."""
    longest = 0
    for row in range(len(ends) - 1):
        longest = max(longest, ends[row + 1] - ends[row])
    words = np.empty(min(longest, LONGEST) + 1, np.uint64)
    rows, grams = np.empty(1024, np.int64), np.empty(1024, np.int64)
    found = 0
    for row in range(len(ends) - 1):
        count, long[row] = tokens(
            data, ends[row], ends[row + 1], stopped, slots, names, meant, named, words, digits[row]
        )
        for length in lengths:
            for first in range(count - length + 1):
                gram = words[first]
                for at in range(first + 1, first + length):
                    gram = gram * _ROLL + words[at]
                bit = bit_of(gram)
                if not (bits[bit >> 3] >> np.uint8(bit & 7)) & 1:
                    continue
                place = np.searchsorted(known, gram)
                if place == len(known) or known[place] != gram:
                    continue
                if found == len(rows):
                    rows, grams = np.append(rows, np.empty_like(rows)), np.append(grams, np.empty_like(grams))
                rows[found], grams[found] = row, place
                found += 1
    return rows[:found], grams[:found]


@compiled
def shared(
    rows: Places, grams: Places, starts: Places, tests: Places, sizes: Places, shares: NDArray[np.float64]
) -> tuple[Places, Places, Places]:
    """The pairs of text and test of which enough of the test's grams, and one, are in the text, and how many are.

    Args:
        rows: of `find`, like `grams`.
        starts: where in `tests` the tests of each known gram begin; one more for the end.
        sizes: how many known grams each test has.
        shares: the least share of them.
    """
    counts, seen = np.zeros(len(sizes), np.int64), np.empty(len(sizes), np.int64)
    out, size = np.empty((3, 1024), np.int64), 0
    at = 0
    while at < len(rows):
        row, met = rows[at], 0
        while at < len(rows) and rows[at] == row:
            for place in range(starts[grams[at]], starts[grams[at] + 1]):
                test = tests[place]
                if counts[test] == 0:
                    seen[met] = test
                    met += 1
                counts[test] += 1
            at += 1
        for test in np.sort(seen[:met]):
            if counts[test] >= shares[test] * sizes[test]:
                if size == out.shape[1]:
                    out = np.concatenate((out, np.empty_like(out)), axis=1)
                out[0, size], out[1, size], out[2, size] = row, test, counts[test]
                size += 1
            counts[test] = 0
    return out[0, :size], out[1, :size], out[2, :size]


@compiled
def grams_of(words: Hashes, starts: Places, length: int) -> tuple[Places, Hashes]:
    """Every gram of a length within one text, of what `scan` gave: the text, and the gram's hash."""
    owners, grams = np.empty(len(words), np.int64), np.empty(len(words), np.uint64)
    found = 0
    for row in range(len(starts) - 1):
        for first in range(starts[row], starts[row + 1] - length + 1):
            gram = words[first]
            for at in range(first + 1, first + length):
                gram = gram * _ROLL + words[at]
            owners[found], grams[found] = row, gram
            found += 1
    return owners[:found], grams[:found]
