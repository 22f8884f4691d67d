"""Finds what is printed around a statement but is no part of it: headings, contests, points, requests for a form.

Works on tokens (`bigmath.dedup.reading`): a frame is a list label, a heading with its number, brackets or a sentence at
either end that hold nothing but the vocabulary of origins, or a sentence that only asks how to answer. A sentence
with a
number or an operator is never a request: "find m+n" is part of the problem.
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.compiled import compiled
from bigmath.dedup.tokens import BREAK, CAPITAL, GLUED, ITEM, LINE, SENTENCE, SPELT, Bytes, Tokens
from bigmath.dedup.vocabulary import (
    CALLED,
    FUNCTION,
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
    data: Bytes, first: int, last: int, tokens: Tokens, bracketed: bool, uncased: bool
) -> bool:  # fmt: skip
    """Whether tokens first..last-1 only say where a problem is from or what it is worth. In a text without capitals
    (`uncased`) an unknown word may be a name, and so may any in brackets."""
    if last <= first or last - first > REACH:
        return False
    kinds, starts, stops, marks, known = tokens.kinds, tokens.starts, tokens.stops, tokens.marks, tokens.known
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
def is_request(first: int, last: int, tokens: Tokens, polite: bool) -> bool:
    """Whether tokens first..last-1 only ask for an answer or announce a problem."""
    if last <= first or last - first > REACH:
        return False
    kinds, known = tokens.kinds, tokens.known
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
def labelled(label: np.uint64, first: int, last: int, tokens: Tokens) -> np.uint64:
    """The label with the numbers of brackets that name no contest."""
    for at in range(first, last):
        if tokens.kinds[at] == WORD and tokens.known[at] & CALLED:
            return label
    for at in range(first, last):
        if tokens.kinds[at] == NUMBER:
            label = counted(label, tokens.values[at])
    return label


@compiled
def frame(data: Bytes, n: int, tokens: Tokens) -> tuple[int, int, np.uint64]:
    """The first token of the statement proper, the one after its last, and a hash of what numbers it: a list label,
    a heading or points in brackets, which say nothing of the problem, but two statements that differ in them may
    differ on purpose."""
    uncased = True
    for at in range(n):
        uncased = uncased and not (tokens.kinds[at] == WORD and tokens.marks[at] & CAPITAL)
    first, last, label = 0, n, _U(0)
    while last - first > 3:
        stop, label = past_front(data, first, last, label, tokens, uncased)
        if stop == first:
            break
        first = stop
    while last - first > 3:
        stop, label = before_back(data, first, last, label, tokens, uncased)
        if stop == last:
            break
        last = stop
    return (first, last, label) if last - first > 1 else (0, n, _U(0))


@compiled
def past_front(
    data: Bytes, at: int, last: int, label: np.uint64, tokens: Tokens, uncased: bool
) -> tuple[int, np.uint64]:
    """Where the first piece of the frame at token `at` ends, or `at`; and the label with its numbers."""
    stop, number = past_label(at, last, tokens)
    if stop > at:
        return stop, counted(label, tokens.values[number]) if number >= 0 else label
    stop = past_heading(at, last, tokens)
    if stop > at:
        for place in range(at, stop):
            if tokens.kinds[place] == NUMBER:
                label = counted(label, tokens.values[place])
        return stop, label
    stop = past_bracket(data, at, last, tokens, uncased)
    if stop > at:
        return stop, labelled(label, at, stop - 1, tokens)
    return past_origin(data, at, last, tokens, uncased), label


@compiled
def past_label(at: int, last: int, tokens: Tokens) -> tuple[int, int]:
    """Behind a list label, a word with a number or a colon, or a letter with a number; and which token is its number,
    or -1."""
    kinds, marks, known = tokens.kinds, tokens.marks, tokens.known
    if kinds[at] == NUMBER or kinds[at] == LETTER:
        if marks[at] & ITEM and marks[at] & (SENTENCE | BREAK | LINE):
            return at + 1, at if kinds[at] == NUMBER else -1
    if kinds[at] == WORD and marks[at] & CAPITAL:
        numbered = kinds[at + 1] == NUMBER and at + 2 < last and marks[at + 2] & (SENTENCE | BREAK) != 0
        if numbered and not known[at] & LIGHT:
            return at + 2, at + 1  # Aufgabe 3.
        if not known[at] & KNOWN and marks[at + 1] & BREAK:
            return at + 1, -1  # Quetsion:
    if (
        kinds[at] == LETTER and kinds[at + 1] == NUMBER and marks[at + 1] & GLUED
        and marks[at + 2] & (SENTENCE | BREAK)
    ):  # fmt: skip
        return at + 2, at + 1  # Q3.
    return at, -1


@compiled
def past_heading(first: int, last: int, tokens: Tokens) -> int:
    """Behind words that head a problem and its number ("Problem 3", "Exercise 2 B:"), or `first`."""
    kinds, marks, known = tokens.kinds, tokens.marks, tokens.known
    at = first
    while at < last and at < first + 4 and kinds[at] == WORD and known[at] & HEADING:
        at += 1
    if at == first:
        return first
    if marks[at] & (BREAK | SENTENCE):
        return at
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
        return at
    return first


@compiled
def past_bracket(data: Bytes, at: int, last: int, tokens: Tokens, uncased: bool) -> int:
    """Behind a bracket that only says where the problem is from, or `at`."""
    kinds, values = tokens.kinds, tokens.values
    if kinds[at] != SYMBOL or (values[at] != _U(40) and values[at] != _U(91)):
        return at
    close = _U(41) if values[at] == _U(40) else _U(93)
    stop = at + 1
    while stop < last and stop < at + REACH and not (kinds[stop] == SYMBOL and values[stop] == close):
        stop += 1
    closed = stop < last and kinds[stop] == SYMBOL and values[stop] == close
    return stop + 1 if closed and is_origin(data, at + 1, stop, tokens, True, uncased) else at


@compiled
def past_origin(data: Bytes, at: int, last: int, tokens: Tokens, uncased: bool) -> int:
    """Behind a sentence that names a contest or only asks for an answer, or a contest named before the sentence, or
    `at`."""
    kinds, marks, known = tokens.kinds, tokens.marks, tokens.known
    stop = at + 1
    while stop < last and stop < at + REACH:
        if marks[stop] & (SENTENCE | BREAK):
            polite = known[at] & REQUEST != 0 and kinds[at] == WORD and marks[stop] & BREAK != 0
            if is_origin(data, at, stop, tokens, False, uncased) or is_request(at, stop, tokens, polite):
                return stop
        framing = known[stop] & (ORIGIN | HEADING | REQUEST | LIGHT) or marks[stop] & CAPITAL or not known[stop] & KNOWN
        if kinds[stop] == FUNCTION or (kinds[stop] == WORD and not framing):
            break
        stop += 1
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
    named = stop < last and stop < at + REACH and is_origin(data, at, stop, tokens, False, uncased)
    return stop if named else at


@compiled
def before_back(
    data: Bytes, first: int, last: int, label: np.uint64, tokens: Tokens, uncased: bool
) -> tuple[int, np.uint64]:
    """Where the last piece of the frame begins, or `last`; and the label with its numbers."""
    kinds, values, starts, marks, known = tokens.kinds, tokens.values, tokens.starts, tokens.marks, tokens.known
    if kinds[last - 1] == SYMBOL and (values[last - 1] == _U(41) or values[last - 1] == _U(93)):
        opening = _U(40) if values[last - 1] == _U(41) else _U(91)
        at = last - 2
        while at > first and at > last - REACH and not (kinds[at] == SYMBOL and values[at] == opening):
            at -= 1
        opened = kinds[at] == SYMBOL and values[at] == opening
        if opened and (
            is_origin(data, at + 1, last - 1, tokens, True, uncased) or is_request(at + 1, last - 1, tokens, False)
        ):
            return at, labelled(label, at, last, tokens)
    at = last - 1
    while at > first + 1 and at > last - REACH:
        edge = marks[at] & (SENTENCE | BREAK | LINE) != 0
        if kinds[at - 1] != WORD:
            edge = edge or uncased or marks[at] & CAPITAL != 0
        elif known[at] & (REQUEST | LIGHT) and not marks[at - 1] & CAPITAL:
            edge = edge or marks[at] & CAPITAL != 0
        if edge and (
            is_origin(data, at, last, tokens, False, uncased)
            or ((marks[at] & ~LINE or uncased) and is_request(at, last, tokens, False))
        ):
            return at, label
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
    return last, label
