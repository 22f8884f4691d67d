"""Signs and punctuation: what is an operator or a relation, and what only ends a sentence, a label or a heading."""

import numpy as np

from bigmath.dedup.asides import is_bullet, linked_text_end, tag_end
from bigmath.dedup.characters import byte_at, is_digit, is_letter, is_space
from bigmath.dedup.compiled import inlined
from bigmath.dedup.tokens import ANCHORED, BREAK, GLUED, ITEM, LINE, SENTENCE, Bytes, Tokens
from bigmath.dedup.vocabulary import (
    CLOSE,
    CROSS,
    DEGREE,
    DOTS,
    GE,
    IMPLIES,
    KNOWN,
    LE,
    LETTER,
    LIGHT,
    NE,
    NUMBER,
    OPEN,
    PERCENT,
    PRIME,
    SYMBOL,
    TIMES,
    TO,
    UNIT,
    WORD,
    hashed,
)

_U = np.uint64
_PER, _CHOICES, _OPTIONS = (_U(hashed(name)) for name in ("per", "choices", "options"))
_NOTHING = _U(0)
_EDGE = SENTENCE | BREAK | LINE


@inlined
def read_sign(
    data: Bytes, i: int, n: int, math: bool, grouped: bool, mark: int, tokens: Tokens
) -> tuple[int, int, np.uint64, np.uint32, int]:
    """A character that is neither letter, digit, bracket, dollar sign nor backslash: where what it begins stops, kind
    (0 for none), value and flags, and the marks of the next token."""
    end = len(data)
    b = data[i]
    i += 1
    c = byte_at(data, i)
    kind, value, known = SYMBOL, _NOTHING, np.uint32(0)
    if b == 46:  # .
        i, kind, mark = read_point(data, i, n, mark, tokens)
        value = _U(DOTS)
    elif b == 63:  # ?
        kind, mark = 0, mark | SENTENCE
    elif b == 33:  # !
        i, kind, value, mark = read_exclamation(data, i, n, math, grouped, mark, tokens)
    elif b == 58:  # :
        kind, mark = read_colon(data, i, n, math, mark, tokens)
        value = _U(58)
    elif b == 39:  # '
        i, kind = read_apostrophe(data, i, n, math, mark, tokens)
        value = _U(PRIME)
    elif b == 45:  # -
        i, kind, value, mark = read_dash(data, i, n, math, mark, tokens)
    elif b == 42:  # *
        i, kind, mark = read_star(data, i, n, math, mark, tokens)
        value = _U(TIMES)
    elif b == 60 or b == 61 or b == 62:  # < = >
        i, kind, value, mark = read_relation(data, i, n, mark)
    elif b == 95:  # _
        value = _U(95)
        if c == 95 or not mark & GLUED:  # a blank to fill in
            kind = 0
            while i < end and data[i] == 95:
                i += 1
    elif b == 37:  # %
        value = _U(PERCENT)
    elif b == 35:  # #
        kind, mark = 0, mark | BREAK
    elif b == 47 and n > 0 and tokens.kinds[n - 1] == WORD and tokens.known[n - 1] & UNIT and is_letter(c) and not math:
        kind, value, known = WORD, _PER, np.uint32(KNOWN)  # km/h
    elif b == 94 or b == 43 or b == 47 or b == 124 or b == 91 or b == 93 or b == 64:  # ^ + / | [ ] @
        value = _U(b)
        if b == 124 and c == 124:
            i += 1
    else:
        kind = 0  # , ; " ` ~ & and control characters
    return i, kind, value, known, mark


@inlined
def read_point(data: Bytes, i: int, n: int, mark: int, tokens: Tokens) -> tuple[int, int, int]:
    """Behind a point: where it stops, its kind (dots are a token) and the marks. It ends a label or a sentence."""
    end = len(data)
    c = byte_at(data, i)
    if c == 46 and i + 1 < end and data[i + 1] == 46:
        while i < end and data[i] == 46:
            i += 1
        return i, SYMBOL, mark
    label = n > 0 and tokens.stops[n - 1] == i - 1 and tokens.marks[n - 1] & _EDGE != 0
    if label and is_space(c) and (tokens.kinds[n - 1] != WORD or tokens.stops[n - 1] - tokens.starts[n - 1] < 4):
        tokens.marks[n - 1] |= ITEM
    elif is_space(c) or c == 36:
        mark |= SENTENCE
    return i, 0, mark


@inlined
def read_exclamation(
    data: Bytes, i: int, n: int, math: bool, grouped: bool, mark: int, tokens: Tokens
) -> tuple[int, int, np.uint64, int]:
    """Behind an exclamation mark: a picture's, that of `!=`, a factorial, or the end of a sentence."""
    c = byte_at(data, i)
    if c == 91:
        stop = linked_text_end(data, i, len(data))
        if stop >= 0:
            return stop, 0, _NOTHING, mark
    if c == 61:
        return i + 1, SYMBOL, _U(NE), mark
    if n > 0 and mark & GLUED:
        before = tokens.kinds[n - 1]
        if before == LETTER or before == NUMBER or ((math or grouped) and before != WORD):
            return i, SYMBOL, _U(33), mark
    return i, 0, _NOTHING, mark | SENTENCE


@inlined
def read_colon(data: Bytes, i: int, n: int, math: bool, mark: int, tokens: Tokens) -> tuple[int, int]:
    """Behind a colon: its kind (a ratio or a map is a token) and the marks."""
    k = i
    while k < len(data) and is_space(data[k]):
        k += 1
    even = (mark & GLUED != 0) == (k == i)
    if math or (n > 0 and even and k < len(data) and is_digit(data[k]) and tokens.kinds[n - 1] == NUMBER):
        return SYMBOL, mark
    if n > 0 and tokens.stops[n - 1] == i - 1 and tokens.marks[n - 1] & _EDGE:
        tokens.marks[n - 1] |= ITEM
    if n > 0 and tokens.kinds[n - 1] == WORD and (tokens.values[n - 1] == _CHOICES or tokens.values[n - 1] == _OPTIONS):
        tokens.known[n - 1] |= np.uint32(LIGHT)  # "Answer choices:"
    return 0, mark | BREAK


@inlined
def read_apostrophe(data: Bytes, i: int, n: int, math: bool, mark: int, tokens: Tokens) -> tuple[int, int]:
    """Behind an apostrophe: where it stops, and its kind: a prime is a token, a genitive is not."""
    end = len(data)
    c = byte_at(data, i)
    if (c == 115 or c == 83) and not (i + 1 < end and is_letter(data[i + 1])) and mark & GLUED and not math:
        return i + 1, 0
    if is_letter(c) and not math:
        return i, 0
    prime = n > 0 and mark & GLUED and (tokens.kinds[n - 1] == LETTER or math)
    return i, SYMBOL if prime else 0


@inlined
def read_dash(
    data: Bytes, i: int, n: int, math: bool, mark: int, tokens: Tokens
) -> tuple[int, int, np.uint64, int]:  # fmt: skip
    """Behind a dash: an arrow, a minus, a range of numbers, a hyphen, or the dash of a sentence."""
    end = len(data)
    double = i < end and data[i] == 45
    while i < end and data[i] == 45:
        i += 1
    k = i + 1 if i < end and data[i] == 91 and linked_text_end(data, i, end) >= 0 else i
    c = byte_at(data, k)  # 4-[digit](http...)
    if c == 62:
        return i + 1, SYMBOL, _U(TO), mark
    before = tokens.kinds[n - 1] if n > 0 else np.uint8(0)
    if double:
        if before == NUMBER and is_digit(c) and mark & GLUED:
            return i, SYMBOL, _U(45), mark
        return i, 0, _NOTHING, mark | BREAK
    if math or n == 0:
        return i, SYMBOL, _U(45), mark
    long_word = is_letter(c) and k + 1 < end and is_letter(data[k + 1])
    if mark & GLUED and (long_word or (before == WORD and (is_letter(c) or c == 36))):
        if before == LETTER:
            tokens.marks[n - 1] |= ANCHORED
        return i, 0, _NOTHING, mark
    if is_space(c) and (before == WORD or mark & SENTENCE or is_bullet(data, i, end)):
        return i, 0, _NOTHING, mark | BREAK
    return i, SYMBOL, _U(45), mark


@inlined
def read_star(data: Bytes, i: int, n: int, math: bool, mark: int, tokens: Tokens) -> tuple[int, int, int]:
    """Behind a star: where it stops, its kind (a product is a token) and the marks. Markdown's bold type and bullets
    are none."""
    end = len(data)
    c = byte_at(data, i)
    if c == 42 or n == 0 or tokens.kinds[n - 1] == WORD or (not math and is_letter(c) and not mark & GLUED):
        if c == 42 and n > 0 and not is_space(data[i - 2]):
            mark |= BREAK  # **Problem 3** Find
        while i < end and data[i] == 42:
            i += 1
        return i, 0, mark
    return i, SYMBOL, mark


@inlined
def read_relation(data: Bytes, i: int, n: int, mark: int) -> tuple[int, int, np.uint64, int]:
    """Behind one of < = >: a relation, an arrow, or a tag of HTML."""
    b = data[i - 1]
    c = byte_at(data, i)
    if b == 60:
        if c == 61:
            return i + 1, SYMBOL, _U(LE), mark
        stop = tag_end(data, i - 1, len(data))
        if stop > i - 1:
            return stop, 0, _NOTHING, mark | BREAK
        return i, SYMBOL, _U(60), mark
    if b == 62:
        return (i + 1, SYMBOL, _U(GE), mark) if c == 61 else (i, SYMBOL, _U(62), mark)
    if c == 62 and n > 0:
        return i + 1, SYMBOL, _U(IMPLIES), mark
    if c == 60:
        return i + 1, SYMBOL, _U(LE), mark
    return i + 1 if c == 61 else i, SYMBOL, _U(61), mark


@inlined
def settled(data: Bytes, i: int, n: int, value: np.uint64, tokens: Tokens) -> np.uint64:
    r"""What a sign is beside its neighbours: a cross by a number or a bracket is a product, between vectors it is not
    the dot; the hat before a degree or a prime (`30^\circ`, `f^{\prime}`) says nothing and is deleted."""
    kinds, values = tokens.kinds, tokens.values
    sign = n > 0 and kinds[n - 1] == SYMBOL
    if value == _U(CROSS):
        if (n > 0 and kinds[n - 1] == NUMBER) or (sign and (values[n - 1] == _U(41) or values[n - 1] == _U(CLOSE))):
            return _U(TIMES)
        while i < len(data) and (data[i] == 32 or data[i] == 36):
            i += 1
        if i < len(data) and is_digit(data[i]):
            return _U(TIMES)
    elif sign and (value == _U(DEGREE) or value == _U(PRIME)):
        if n > 1 and values[n - 1] == _U(OPEN) and kinds[n - 2] == SYMBOL and values[n - 2] == _U(94):
            kinds[n - 2] = 0
        elif values[n - 1] == _U(94):
            kinds[n - 1] = 0
    return value
