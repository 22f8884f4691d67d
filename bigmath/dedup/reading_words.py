"""Words and letters: which runs of letters are a word, which are letters of a formula, and what a word says."""

import numpy as np

from bigmath.dedup.asides import link_end
from bigmath.dedup.characters import is_digit, is_letter, is_space
from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.numerals import lookup, number_value, spelt_number
from bigmath.dedup.slips import meant
from bigmath.dedup.tokens import BREAK, CAPITAL, GLUED, LINE, SENTENCE, SPELT, Bytes, Tokens, put
from bigmath.dedup.vocabulary import (
    CALLED,
    COMMAND_SEED,
    FORENAME,
    FUNCTION,
    HEADING,
    KNOWN,
    LETTER,
    LONGEST_KNOWN,
    MISSPELT,
    NUMBER,
    NUMERAL,
    ORIGIN,
    POLITE,
    REQUEST,
    SIGN,
    SPLIT,
    SYMBOL,
    UNIT,
    WORD,
    WORD_SEED,
    Words,
    hashed,
)

_U = np.uint64
_SEED = _U(WORD_SEED)
_PRIME = _U(0x100000001B3)
_MIN = _U(hashed("min", COMMAND_SEED))
_PER, _HTTP, _HTTPS, _MINUTE, _HOUR, _SECOND, _LITER, _IN, _INCH = (
    _U(hashed(name)) for name in ("per", "http", "https", "minute", "hour", "second", "liter", "in", "inch")
)


@inlined
def read_word(
    data: Bytes, i: int, n: int, math: bool, mark: int, lower: bool, words: Words, tokens: Tokens
) -> tuple[int, int, np.uint64, np.uint32, int, int]:
    """What begins with a letter: where it stops, its kind (0 for an address, or where its letters stand for themselves
    and have been put down), value, flags and marks, and the number of tokens. `lower`: the text has small letters."""
    j, value, upper = spelling(data, i, math)
    if 65 <= data[i] <= 90:
        mark |= CAPITAL
    slot = lookup(value, words.keys)
    known = words.flags[slot] if slot >= 0 else np.uint32(0)
    if j - i == 1 and data[i] < 128:
        kind, value, known = single(data, i, n, math, mark, value, known, tokens)
        return j, kind, value, known, mark, n
    if data[i] < 128 and stands_apart(data, i, j, n, math, mark, upper, lower, known, tokens):
        return j, 0, value, known, mark, put_apart(data, i, j, n, mark, tokens)
    if is_address(data, j, value):
        return link_end(data, j, len(data)), 0, value, known, mark, n
    if slot < 0 and not math and (upper == 0 or (upper == 1 and mark & CAPITAL)):
        slot, known = corrected(data, i, j, upper, words)
    if slot < 0:
        return j, WORD, value, known, mark, n
    value = words.targets[slot]
    kind = WORD
    if known & NUMERAL:
        kind = NUMBER
        number, j = spelt_number(data, j, len(data), int(value), words)
        value = number_value(number)
        mark |= SPELT
    elif known & SPLIT:
        if value == _MIN and not math and (j >= len(data) or data[j] != 40):
            value, known = _MINUTE, np.uint32(KNOWN | UNIT)
        elif mark & CAPITAL and known & FORENAME and not math:
            known = np.uint32(FORENAME)  # Max
        else:
            kind = FUNCTION
    elif known & SIGN:
        kind = SYMBOL
    elif value == _IN and n > 0 and tokens.kinds[n - 1] == NUMBER and not mark & (SENTENCE | CAPITAL):
        value, known = _INCH, np.uint32(KNOWN | UNIT)
    return j, kind, value, known, mark, n


@inlined
def spelling(data: Bytes, i: int, math: bool) -> tuple[int, np.uint64, int]:
    """Where the letters that begin here end, their hash without case and apostrophes, and how many are capitals."""
    end = len(data)
    upper = 0
    value = _SEED
    j = i
    while j < end:
        c = data[j]
        if c == 39 and j > i + 1 and not math and j + 1 < end and is_letter(data[j + 1]):
            if data[j + 1] == 115 and not (j + 2 < end and is_letter(data[j + 2])):
                break
            j += 1  # don't -> dont
            continue
        if not is_letter(c):
            break
        if 65 <= c <= 90:
            upper += 1
            c += 32
        value = (value ^ _U(c)) * _PRIME
        j += 1
    return j, value, upper


@inlined
def single(
    data: Bytes, i: int, n: int, math: bool, mark: int, value: np.uint64, known: np.uint32, tokens: Tokens
) -> tuple[int, np.uint64, np.uint32]:
    """Kind, value and flags of a letter by itself: "a" and "I" of prose, a unit (5 m, km/h), else a letter."""
    end = len(data)
    b = data[i]
    if not math and (b == 97 or b == 65 or b == 73):
        after = i + 1
        while after < end and is_space(data[after]):
            after += 1
        article = after > i + 1 and after + 1 < end and is_letter(data[after]) and is_letter(data[after + 1])
        if article or (b == 73 and i + 1 < end and data[i + 1] == 39):
            return WORD, value, known
    if (
        (b == 109 or b == 103 or b == 104 or b == 115 or b == 76)
        and not math
        and n > 0
        and ((tokens.kinds[n - 1] == NUMBER and not mark & GLUED) or (tokens.values[n - 1] == _PER and mark & GLUED))
        and (i + 1 >= end or is_space(data[i + 1]) or data[i + 1] == 46 or data[i + 1] == 44)
    ):
        if b == 104:
            value = _HOUR
        elif b == 115:
            value = _SECOND
        elif b == 76:
            value = _LITER
        return WORD, value, np.uint32(UNIT)
    return LETTER, value, np.uint32(0)


@inlined
def stands_apart(
    data: Bytes, i: int, j: int, n: int, math: bool, mark: int, upper: int, lower: bool, known: np.uint32,
    tokens: Tokens,
) -> bool:  # fmt: skip
    """Whether letters i..j-1 are letters of a formula (`xy`, `ABC`) and no word."""
    length = j - i
    if (
        ((known & (UNIT | ORIGIN | HEADING) and not math) or (upper == 1 and mark & CAPITAL and length > 2))
        or known & (SPLIT | NUMERAL | SIGN)
        or (known & UNIT and upper == 0)
    ):
        return False
    is_known = (known & KNOWN) != 0
    if math:
        return length <= 6 and (not is_known or length <= 2 or upper == length)
    if upper == length and lower:
        return length <= 6 and (not is_known or length <= 2)
    if length > 3 or is_known:
        return False
    if (mark & GLUED) != 0 and n > 0 and tokens.kinds[n - 1] != WORD:
        return True
    if j >= len(data):
        return False
    c = data[j]
    return bool(
        is_digit(c) or c == 94 or c == 95 or 60 <= c <= 62 or c == 43 or c == 42 or c == 47 or c == 40 or c == 91
    )


@inlined
def put_apart(data: Bytes, i: int, j: int, n: int, mark: int, tokens: Tokens) -> int:
    """Puts letters i..j-1 down one by one; returns the number of tokens."""
    for at in range(i, j):
        c = data[at]
        capital = 65 <= c <= 90
        value = (_SEED ^ _U(c + 32 if capital else c)) * _PRIME
        edge = mark & (SENTENCE | BREAK | LINE) if at == i else GLUED
        n = put(tokens, n, LETTER, value, at, at + 1, edge | (CAPITAL if capital else 0), np.uint32(0))
    return n


@inlined
def is_address(data: Bytes, j: int, value: np.uint64) -> bool:
    """Whether a word of this hash that ends at j begins a link."""
    return (
        (value == _HTTP or value == _HTTPS) and j + 3 < len(data)
        and data[j] == 58 and data[j + 1] == 47 and data[j + 2] == 47
    )  # fmt: skip


@compiled
def corrected(data: Bytes, i: int, j: int, upper: int, words: Words) -> tuple[int, np.uint32]:
    """The slot of the known word that letters i..j-1 are a slip of, or -1, and the flags of what was written: a
    capitalised one may be a name after all, so that it counts as a word in a heading only."""
    if j - i > LONGEST_KNOWN:
        return -1, np.uint32(0)
    word = np.empty(LONGEST_KNOWN, np.uint8)
    for at in range(i, j):
        word[at - i] = data[at] | 32
    slot = meant(word, j - i, words)
    if slot < 0:
        return -1, np.uint32(0)
    if upper == 0:
        return slot, (words.flags[slot] & ~np.uint32(KNOWN)) | np.uint32(MISSPELT)
    frames = np.uint32(ORIGIN | HEADING | REQUEST | POLITE | CALLED)
    return -1, (words.flags[slot] & frames) | np.uint32(FORENAME)
