"""Finds what is printed around a statement but is no part of it: headings, contests, points, requests for a form.

Works on tokens (`bigmath.dedup.reading`): a frame is a list label, a heading with its number, brackets or a sentence at
either end that hold nothing but the vocabulary of origins, or a sentence that only asks how to answer. A sentence with a
number or an operator is never a request: "find m+n" is part of the problem.
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.reading import BREAK, CAPITAL, ITEM, SENTENCE, Bytes, Known, Places, Values
from bigmath.dedup.vocabulary import (
    CALLED, HEADING, LETTER, LIGHT, NUMBER, ORIGIN, POLITE, REQUEST, SYMBOL, WORD,
)  # fmt: skip

REACH = 28
"""Tokens of the longest frame that is looked for."""

_U = np.uint64
Frame = NDArray[np.int64]


@compiled
def is_origin(
    data: Bytes, first: int, last: int, kinds: Bytes, starts: Places, stops: Places, marks: Bytes, known: Known,
    bracketed: bool,
) -> bool:  # fmt: skip
    """Whether tokens first..last-1 only say where a problem is from or what it is worth."""
    if last <= first or last - first > REACH:
        return False
    called = False
    for at in range(first, last):
        if kinds[at] == WORD:
            flags = known[at]
            called = called or flags & CALLED != 0 or (bracketed and flags & ORIGIN != 0)
            if not (flags & (ORIGIN | HEADING | REQUEST | LIGHT) or marks[at] & CAPITAL):
                return False
        elif kinds[at] == LETTER:
            if not marks[at] & CAPITAL and not bracketed:
                return False
        elif kinds[at] == SYMBOL:
            byte = data[starts[at]]
            if byte != 47 and byte != 45 and byte != 40 and byte != 41 and byte != 58 and byte != 91 and byte != 93:
                return False
        elif kinds[at] != NUMBER:
            return False
    if bracketed and last - first == 1 and kinds[first] == NUMBER:
        year = data[starts[first]]
        return stops[first] - starts[first] == 4 and (year == 49 or year == 50)
    return called


@compiled
def is_request(first: int, last: int, kinds: Bytes, known: Known, polite: bool) -> bool:
    """Whether tokens first..last-1 only ask for an answer or announce a problem."""
    if last <= first or last - first > REACH:
        return False
    for at in range(first, last):
        if kinds[at] != WORD or not known[at] & (REQUEST | LIGHT):
            return False
        polite = polite or known[at] & POLITE != 0
    return polite


@compiled
def frame(
    data: Bytes, n: int, kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known
) -> tuple[int, int]:
    """The first token of the statement proper, and the one after its last."""
    first, last = 0, n
    changed = True
    while changed and last - first > 3:
        changed = False
        at = first
        if kinds[at] == NUMBER or kinds[at] == LETTER:
            if marks[at] & ITEM:
                first, changed = at + 1, True
                continue
        if kinds[at] == WORD and known[at] & HEADING:
            at += 1
            while at < last and at < first + 4 and kinds[at] == WORD and known[at] & HEADING:
                at += 1
            if marks[at] & (BREAK | SENTENCE):
                first, changed = at, True
                continue
            numbered = False
            while at < last and at < first + 8 and not (numbered and marks[at] & (SENTENCE | BREAK)) and (
                kinds[at] == NUMBER or (kinds[at] == LETTER and marks[at] & CAPITAL)
            ):
                numbered = numbered or kinds[at] == NUMBER
                at += 1
            if numbered and at < last and (marks[at] & (SENTENCE | BREAK | CAPITAL) or marks[at - 1] & ITEM or kinds[at] != WORD):
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
                and is_origin(data, at + 1, stop, kinds, starts, stops, marks, known, True)
            ):  # fmt: skip
                first, changed = stop + 1, True
                continue
        stop = at + 1
        while stop < last and stop < at + REACH and not marks[stop] & (SENTENCE | BREAK):
            stop += 1
        if stop < last and marks[stop] & (SENTENCE | BREAK):
            if is_origin(data, at, stop, kinds, starts, stops, marks, known, False) or is_request(
                at, stop, kinds, known, known[at] & REQUEST != 0 and kinds[at] == WORD and marks[stop] & BREAK != 0
            ):
                first, changed = stop, True
                continue
        stop = at + 1
        while stop < last and stop < at + REACH and not (
            kinds[stop - 1] == NUMBER and kinds[stop] == WORD and marks[stop] & CAPITAL and not known[stop] & (ORIGIN | HEADING)
        ):
            stop += 1
        if stop < last and stop < at + REACH and is_origin(data, at, stop, kinds, starts, stops, marks, known, False):
            first, changed = stop, True
    changed = True
    while changed and last - first > 3:
        changed = False
        if kinds[last - 1] == SYMBOL and (values[last - 1] == _U(41) or values[last - 1] == _U(93)):
            opening = _U(40) if values[last - 1] == _U(41) else _U(91)
            at = last - 2
            while at > first and at > last - REACH and not (kinds[at] == SYMBOL and values[at] == opening):
                at -= 1
            if kinds[at] == SYMBOL and values[at] == opening and (
                is_origin(data, at + 1, last - 1, kinds, starts, stops, marks, known, True)
                or is_request(at + 1, last - 1, kinds, known, False)
            ):
                last, changed = at, True
                continue
        at = last - 1
        while at > first and at > last - REACH and not marks[at] & (SENTENCE | BREAK):
            at -= 1
        if at > first and marks[at] & (SENTENCE | BREAK):
            if is_origin(data, at, last, kinds, starts, stops, marks, known, False) or is_request(
                at, last, kinds, known, False
            ):
                last, changed = at, True
    if last - first < 2:
        return 0, n
    return first, last
