"""Finds what is printed around a statement but is no part of it: headings, contests, points, requests for a form.

Works on tokens (`bigmath.dedup.reading`): a frame is a list label, a heading with its number, brackets or a sentence at
either end that hold nothing but the vocabulary of origins, or a sentence that only asks how to answer. A sentence
with a
number or an operator is never a request: "find m+n" is part of the problem.
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import BREAK, CAPITAL, GLUED, ITEM, LINE, SENTENCE, SPELT, Bytes, Known, Places, Values
from bigmath.dedup.vocabulary import (
    CALLED,
    HEADING,
    KNOWN,
    LETTER,
    LIGHT,
    NUMBER,
    ORIGIN,
    POLITE,
    PROTECTED,
    REQUEST,
    SYMBOL,
    WORD,
)  # fmt: skip

REACH = 28
"""Tokens of the longest frame that is looked for."""

_U = np.uint64
_STEP = _U(0x100000001B3)
Frame = NDArray[np.int64]


@compiled
def is_origin(
    data: Bytes, first: int, last: int, kinds: Bytes, starts: Places, stops: Places, marks: Bytes, known: Known,
    bracketed: bool, uncased: bool,
) -> bool:  # fmt: skip
    """Whether tokens first..last-1 only say where a problem is from or what it is worth. In a text without capitals
    (`uncased`) an unknown word may be a name, and so may any in brackets."""
    if last <= first or last - first > REACH:
        return False
    called = small = numbered = year = named = lower = dated = titled = False
    for at in range(first, last):
        if kinds[at] == WORD:
            flags = known[at]
            capital = marks[at] & CAPITAL != 0 or (uncased and (bracketed or not flags & (KNOWN | ORIGIN)))
            small = small or not (capital or flags & (REQUEST | LIGHT))
            named = named or (capital and not flags & (REQUEST | LIGHT))
            lower = lower or not capital
            if uncased and flags & CALLED and at + 1 < last and marks[at + 1] & BREAK:
                titled = True
            dated = dated or flags & PROTECTED != 0
            called = called or flags & CALLED != 0 or (bracketed and flags & ORIGIN != 0)
            if not (flags & (ORIGIN | HEADING | REQUEST | LIGHT) or capital):
                return False
        elif kinds[at] == LETTER:
            if not (marks[at] & CAPITAL or bracketed or uncased):
                return False
            if marks[at] & ITEM and at > first:
                return False  # a choice
            named = named or (at > first and kinds[at - 1] == LETTER and marks[at] & GLUED != 0)  # BMT read as letters
        elif kinds[at] == SYMBOL:
            byte = data[starts[at]]
            if byte != 47 and byte != 45 and byte != 40 and byte != 41 and byte != 58 and byte != 91 and byte != 93:
                return False
        elif kinds[at] == NUMBER:
            numbered = True
            first_digit = data[starts[at]]
            year = year or (stops[at] - starts[at] == 4 and (first_digit == 49 or first_digit == 50))
        else:
            return False
    if small and not (numbered or bracketed or titled):
        return False  # "in a mathematics competition"
    if bracketed and last - first == 1 and kinds[first] == NUMBER:
        return year
    return called or (year and named and not lower and not dated)  # "Baltic Way 1998'


@compiled
def is_request(first: int, last: int, kinds: Bytes, known: Known, polite: bool) -> bool:
    """Whether tokens first..last-1 only ask for an answer or announce a problem."""
    if last <= first or last - first > REACH:
        return False
    unknown = 0
    for at in range(first, last):
        if kinds[at] != WORD:
            return False
        if not known[at] & (REQUEST | LIGHT):
            unknown += 1  # one may be misspelt
            if known[at] & KNOWN or unknown > 1 or last - first < 3:
                return False
        polite = polite or known[at] & POLITE != 0
    return polite


@compiled
def counted(label: np.uint64, value: np.uint64) -> np.uint64:
    """The label with one more number; its last byte counts them."""
    return ((label ^ value) * _STEP & ~_U(255)) | ((label + _U(1)) & _U(255))


@compiled
def labelled(label: np.uint64, first: int, last: int, kinds: Bytes, values: Values, known: Known) -> np.uint64:
    """The label with the numbers of brackets that name no contest."""
    for at in range(first, last):
        if kinds[at] == WORD and known[at] & CALLED:
            return label
    for at in range(first, last):
        if kinds[at] == NUMBER:
            label = counted(label, values[at])
    return label


@compiled
def frame(
    data: Bytes, n: int, kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known
) -> tuple[int, int, np.uint64]:
    """The first token of the statement proper, the one after its last, and a hash of what numbers it: a list label,
    a heading or points in brackets, which say nothing of the problem, but two statements that differ in them may
    differ on purpose."""
    first, last = 0, n
    label = _U(0)
    uncased = True
    for at in range(n):
        uncased = uncased and not (kinds[at] == WORD and marks[at] & CAPITAL)
    changed = True
    while changed and last - first > 3:
        changed = False
        at = first
        if kinds[at] == NUMBER or kinds[at] == LETTER:
            if marks[at] & ITEM and marks[at] & (SENTENCE | BREAK | LINE):
                if kinds[at] == NUMBER:
                    label = counted(label, values[at])
                first, changed = at + 1, True
                continue
        if (
            kinds[at] == WORD and marks[at] & CAPITAL and kinds[at + 1] == NUMBER and at + 2 < last
            and marks[at + 2] & (SENTENCE | BREAK) and not known[at] & LIGHT
        ):  # fmt: skip
            label = counted(label, values[at + 1])
            first, changed = at + 2, True  # Aufgabe 3.
            continue
        if kinds[at] == WORD and marks[at] & CAPITAL and not known[at] & KNOWN and marks[at + 1] & BREAK:
            first, changed = at + 1, True  # Quetsion:
            continue
        if (
            kinds[at] == LETTER and kinds[at + 1] == NUMBER and marks[at + 1] & GLUED
            and marks[at + 2] & (SENTENCE | BREAK)
        ):  # fmt: skip
            label = counted(label, values[at + 1])
            first, changed = at + 2, True  # Q3.
            continue
        if kinds[at] == WORD and known[at] & HEADING:
            at += 1
            while at < last and at < first + 4 and kinds[at] == WORD and known[at] & HEADING:
                at += 1
            if marks[at] & (BREAK | SENTENCE):
                first, changed = at, True
                continue
            numbered = False
            while (
                at < last
                and at < first + 8
                and not (numbered and marks[at] & (SENTENCE | BREAK | LINE | SPELT))
                and (kinds[at] == NUMBER or (kinds[at] == LETTER and marks[at] & CAPITAL))
            ):
                numbered = numbered or kinds[at] == NUMBER
                at += 1
            if (
                numbered
                and at < last
                and (marks[at] & (SENTENCE | BREAK | LINE | CAPITAL) or marks[at - 1] & ITEM or kinds[at] != WORD)
            ):
                for place in range(first, at):
                    if kinds[place] == NUMBER:
                        label = counted(label, values[place])
                first, changed = at, True
                continue
            at = first
        if kinds[at] == SYMBOL and (values[at] == _U(40) or values[at] == _U(91)):
            close = _U(41) if values[at] == _U(40) else _U(93)
            stop = at + 1
            while stop < last and stop < at + REACH and not (kinds[stop] == SYMBOL and values[stop] == close):
                stop += 1
            if (
                stop < last and kinds[stop] == SYMBOL and values[stop] == close
                and is_origin(data, at + 1, stop, kinds, starts, stops, marks, known, True, uncased)
            ):  # fmt: skip
                label = labelled(label, at, stop, kinds, values, known)
                first, changed = stop + 1, True
                continue
        stop = at + 1
        while stop < last and stop < at + REACH:
            if (
                marks[stop] & (SENTENCE | BREAK)
                and is_origin(data, at, stop, kinds, starts, stops, marks, known, False, uncased)
            ) or (
                marks[stop] & (SENTENCE | BREAK)
                and is_request(
                    at, stop, kinds, known, known[at] & REQUEST != 0 and kinds[at] == WORD and marks[stop] & BREAK != 0
                )
            ):
                first, changed = stop, True
                break
            if (
                kinds[stop] != NUMBER
                and kinds[stop] != LETTER
                and not (
                    kinds[stop] == WORD
                    and (
                        known[stop] & (ORIGIN | HEADING | REQUEST | LIGHT)
                        or marks[stop] & CAPITAL
                        or not known[stop] & KNOWN
                    )
                )
                and kinds[stop] != SYMBOL
            ):
                break
            stop += 1
        if changed:
            continue
        stop = at + 1
        while (
            stop < last
            and stop < at + REACH
            and not (
                kinds[stop - 1] == NUMBER
                and kinds[stop] == WORD
                and marks[stop] & CAPITAL
                and not known[stop] & (ORIGIN | HEADING)
            )
        ):
            stop += 1
        if (
            stop < last
            and stop < at + REACH
            and is_origin(data, at, stop, kinds, starts, stops, marks, known, False, uncased)
        ):
            first, changed = stop, True
    changed = True
    while changed and last - first > 3:
        changed = False
        if kinds[last - 1] == SYMBOL and (values[last - 1] == _U(41) or values[last - 1] == _U(93)):
            opening = _U(40) if values[last - 1] == _U(41) else _U(91)
            at = last - 2
            while at > first and at > last - REACH and not (kinds[at] == SYMBOL and values[at] == opening):
                at -= 1
            if (
                kinds[at] == SYMBOL
                and values[at] == opening
                and (
                    is_origin(data, at + 1, last - 1, kinds, starts, stops, marks, known, True, uncased)
                    or is_request(at + 1, last - 1, kinds, known, False)
                )
            ):
                label = labelled(label, at, last, kinds, values, known)
                last, changed = at, True
                continue
        at = last - 1
        while at > first + 1 and at > last - REACH:
            edge = marks[at] & (SENTENCE | BREAK | LINE) != 0
            if kinds[at - 1] != WORD:
                edge = edge or uncased or marks[at] & CAPITAL != 0
            elif known[at] & (REQUEST | LIGHT) and not marks[at - 1] & CAPITAL:
                edge = edge or marks[at] & CAPITAL != 0
            if edge and (
                is_origin(data, at, last, kinds, starts, stops, marks, known, False, uncased)
                or ((marks[at] & ~LINE or uncased) and is_request(at, last, kinds, known, False))
            ):
                last, changed = at, True
                break
            if kinds[at] == WORD:
                if known[at] & KNOWN and not (known[at] & (ORIGIN | HEADING | REQUEST | LIGHT) or marks[at] & CAPITAL):
                    break
            elif kinds[at] == SYMBOL:
                byte = data[starts[at]]
                if byte != 47 and byte != 45 and byte != 58:
                    break
            elif kinds[at] != NUMBER and kinds[at] != LETTER:
                break
            at -= 1
    if last - first < 2:
        return 0, n, _U(0)
    return first, last, label
