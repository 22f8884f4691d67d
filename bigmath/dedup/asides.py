"""What stands in a statement beside its words and formulas: links, figures, HTML tags, sums of money, bullets."""

import numpy as np

from bigmath.dedup.characters import is_digit, is_letter, is_space
from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import Bytes

_U = np.uint64
_PRIME = _U(0x100000001B3)


@compiled
def is_link(data: Bytes, at: int, end: int) -> bool:
    """Whether `(http` follows."""
    return (
        at + 5 < end and data[at] == 40 and data[at + 1] == 104 and data[at + 2] == 116 and data[at + 3] == 116
        and data[at + 4] == 112
    )  # fmt: skip


@compiled
def link_end(data: Bytes, at: int, end: int) -> int:
    """Behind an address: its closing bracket, where it stands in brackets, or the next space."""
    depth = 0
    while at < end and not is_space(data[at]) and data[at] != 36:
        depth += int(data[at] == 40) - int(data[at] == 41)
        at += 1
        if depth == 0 and data[at - 1] == 41:
            return at
        if depth < 0:
            return at - 1
    return at


@compiled
def linked_text_end(data: Bytes, at: int, end: int) -> int:
    """The closing bracket of `[text](http...)` that begins here, or -1."""
    for place in range(at + 1, min(end, at + 120)):
        if data[place] == 93:
            return place if is_link(data, place + 1, end) else -1
        if data[place] == 10 or data[place] == 91:
            return -1
    return -1


@compiled
def find_figure_end(data: Bytes, at: int, end: int) -> int:
    """Where `[/asy]` begins, else the end."""
    while at + 6 <= end:
        if data[at] == 91 and data[at + 1] == 47 and data[at + 2] == 97 and data[at + 3] == 115 and data[at + 4] == 121:
            return at
        at += 1
    return end


@compiled
def is_figure(data: Bytes, at: int) -> bool:
    """Whether `asy]` follows."""
    return (
        at + 3 < len(data) and data[at] == 97 and data[at + 1] == 115 and data[at + 2] == 121 and data[at + 3] == 93
    )  # fmt: skip


@compiled
def read_figure(data: Bytes, at: int, value: np.uint64) -> tuple[int, np.uint64]:
    """Behind the figure that is open here, and the value with the hash of its digits, signs and capitals."""
    stop = find_figure_end(data, at, len(data))
    for place in range(at, stop):
        c = data[place]
        if is_digit(c) or c == 43 or c == 45 or c == 42 or c == 47 or 60 <= c <= 62 or c == 94 or 65 <= c <= 90:
            value = (value ^ _U(c)) * _PRIME + _U(1)
    return min(stop + 6, len(data)), value


@compiled
def tag_end(data: Bytes, at: int, end: int) -> int:
    """Behind the HTML tag that begins here, else `at`."""
    i = at + 1
    closing = i < end and data[i] == 47
    if closing:
        i += 1
    first = i
    while i < end and i < first + 7 and 97 <= data[i] <= 122:
        i += 1
    length = i - first
    while i < end and i < first + 9 and (data[i] == 32 or data[i] == 47):
        closing = closing or data[i] == 47
        i += 1
    if i < end and data[i] == 62 and length > 0 and (closing or length >= 2 or data[first] == 112):
        return i + 1
    return at


@compiled
def is_money(data: Bytes, at: int, end: int) -> bool:
    """Whether the dollar sign here is money rather than a formula's delimiter: before a number, and the next dollar
    sign, if any, begins one, too, or comes after prose or a question."""
    if at + 1 >= end or not is_digit(data[at + 1]):
        return False
    i = at + 1
    words = letters = 0
    formula = False
    while i < end and data[i] != 36:
        c = data[i]
        if c == 93 and is_link(data, i + 1, end):
            i = link_end(data, i + 1, end)
            continue
        if is_letter(c):
            letters += 1
            words += letters == 3
        else:
            letters = 0
            formula = formula or c == 94 or c == 95 or c == 61 or (c == 92 and not (i + 1 < end and data[i + 1] == 37))
        i += 1
    if i >= end or (words >= 3 and not formula):
        return True
    c = data[i - 1]
    k = i - 1
    while is_space(data[k]):
        k -= 1
    if data[k] == 63 and k < i - 1 and not formula:
        return True  # exactly $60? $A) 10$
    return (is_space(c) or c == 44 or c == 40) and i + 1 < end and is_digit(data[i + 1])


@compiled
def is_bullet(data: Bytes, at: int, end: int) -> bool:
    """Whether a choice such as `A)` or `**B.**` follows."""
    while at < end and (is_space(data[at]) or data[at] == 42 or data[at] == 40):
        at += 1
    return (
        at + 1 < end
        and (65 <= data[at] <= 72 or 97 <= data[at] <= 104)
        and (data[at + 1] == 41 or data[at + 1] == 46 or data[at + 1] == 42)
    )
