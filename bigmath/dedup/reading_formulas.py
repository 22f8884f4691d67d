"""Numbers in digits and commands of LaTeX."""

import numpy as np

from bigmath.dedup.characters import byte_at, is_digit, is_letter
from bigmath.dedup.compiled import inlined
from bigmath.dedup.numerals import lookup
from bigmath.dedup.tokens import CAPITAL, Bytes
from bigmath.dedup.vocabulary import (
    COMMAND_SEED,
    DROP,
    FONT,
    FUNCTION,
    GREEK,
    KNOWN,
    LAYOUT,
    LBRACE,
    LETTER,
    MONEY,
    NUMBER_SEED,
    PERCENT,
    PLAIN,
    RBRACE,
    SIGN,
    SPLIT,
    SYMBOL,
    WORD,
    Words,
    hashed,
)

_U = np.uint64
_SEED, _NUMBER_SEED = _U(COMMAND_SEED), _U(NUMBER_SEED)
_PRIME = _U(0x100000001B3)
_FRAC, _BINOM, _SQRT, _BEGIN, _END = (
    _U(hashed(name, COMMAND_SEED)) for name in ("frac", "binom", "sqrt", "begin", "end")
)


@inlined
def read_number(data: Bytes, i: int, alone: bool) -> tuple[int, np.uint64]:
    r"""Where the number that begins here ends, and its value: `1,234`, `1{,}234` and `1\,234` are one number. Alone, as
    behind `\frac`, a digit is a number."""
    end = len(data)
    value = _NUMBER_SEED
    j = i
    if data[i] == 46:
        value = (value ^ _U(48)) * _PRIME
    elif alone:
        return i + 1, (value ^ _U(data[i])) * _PRIME
    run = 0  # digits since the last separator
    while j < end:
        c = data[j]
        if is_digit(c):
            value = (value ^ _U(c)) * _PRIME
            run += 1
            j += 1
            continue
        if c == 46 and j + 1 < end and is_digit(data[j + 1]):
            value = (value ^ _U(c)) * _PRIME
            run = 9  # no separators behind the point
            j += 1
            continue
        gap = 0
        if c == 44:
            gap = 1
        elif c == 123 and j + 2 < end and data[j + 1] == 44 and data[j + 2] == 125:
            gap = 3
        elif c == 92 and j + 1 < end and data[j + 1] == 44:
            gap = 2
        k = j + gap
        if (
            gap and run <= 3 and k + 3 <= end and is_digit(data[k]) and is_digit(data[k + 1])
            and is_digit(data[k + 2]) and not (k + 3 < end and is_digit(data[k + 3]))
        ):  # fmt: skip
            j = k
            run = 0
            continue
        break
    return j, value


@inlined
def read_command(
    data: Bytes, i: int, mark: int, math: bool, font: bool, apart: int, words: Words
) -> tuple[int, int, np.uint64, np.uint32, int, bool, bool, int]:
    """The command at a backslash: where it stops, its kind (0 if it says nothing), value and flags, and the state
    behind it: marks, whether a formula is open, whether a font was named, how many digits are numbers of their own."""
    end = len(data)
    i += 1
    kind, value, known = 0, _U(0), np.uint32(0)
    c = byte_at(data, i)
    if not ((97 <= c <= 122) or (65 <= c <= 90)):
        kind, value, math = escaped(c, math)
        return i + 1, kind, value, known, mark, math, font, apart
    i, value = command_name(data, i)
    if value == _BEGIN or value == _END:
        i, kind, value = environment(data, i, value, words)
        return i, kind, value, known, mark, math, False, apart
    kind = FUNCTION
    slot = lookup(value, words.keys)
    if slot >= 0:
        value = words.targets[slot]
        flags = words.flags[slot]
        if flags & DROP:
            kind = 0
            font = False
            if i < end and data[i] == 46:
                i += 1  # \right.
        elif flags & FONT:
            kind = 0
            font = True
            if i < end and data[i] == 42:
                i += 1
            apart = 0
        elif flags & SIGN:
            kind = SYMBOL
        elif flags & GREEK:
            kind = LETTER
            if c <= 90:
                mark |= CAPITAL
        elif flags & SPLIT:
            known = np.uint32(SPLIT)
        elif flags & PLAIN:
            kind, known = WORD, np.uint32(KNOWN)
    if kind == FUNCTION:
        if value == _FRAC or value == _BINOM:
            apart = 3
        elif value == _SQRT:
            apart = 2
    return i, kind, value, known, mark, math, font, apart


@inlined
def command_name(data: Bytes, i: int) -> tuple[int, np.uint64]:
    """Where a command's letters end, and their hash."""
    value = _SEED
    while i < len(data) and ((97 <= data[i] <= 122) or (65 <= data[i] <= 90)):
        value = (value ^ _U(data[i])) * _PRIME
        i += 1
    return i, value


@inlined
def escaped(c: int, math: bool) -> tuple[int, np.uint64, bool]:
    r"""Kind and value of a backslash before what is no letter, and whether a formula is open behind it."""
    if c == 40 or c == 91:
        return 0, _U(0), True
    if c == 41 or c == 93:
        return 0, _U(0), False
    if c == 36:
        return SYMBOL, _U(MONEY), math
    if c == 37:
        return SYMBOL, _U(PERCENT), math
    if c == 123:
        return SYMBOL, _U(LBRACE), math
    if c == 125:
        return SYMBOL, _U(RBRACE), math
    if c == 124:
        return SYMBOL, _U(124), math
    return 0, _U(0), math


@inlined
def environment(data: Bytes, i: int, value: np.uint64, words: Words) -> tuple[int, int, np.uint64]:
    r"""Where the name in braces behind `\begin` or `\end` stops, its kind and value: layouts say nothing, other
    environments are a function of that name."""
    end = len(data)
    if not (i < end and data[i] == 123):
        return i, 0, value
    j = i + 1
    value = _SEED
    while j < end and j < i + 20 and data[j] != 125:
        if is_letter(data[j]):
            value = (value ^ _U(data[j])) * _PRIME
        j += 1
    if not (j < end and data[j] == 125):
        return i, 0, value
    slot = lookup(value, words.keys)
    layout = slot >= 0 and words.flags[slot] & LAYOUT != 0
    return j + 1, 0 if layout else FUNCTION, value
