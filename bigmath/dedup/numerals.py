"""Numbers in words: "two hundred and five" has the value of 205. And how a known word is looked up."""

from typing import Any

import numpy as np

from bigmath.dedup.characters import is_letter
from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.tokens import Bytes, Values
from bigmath.dedup.vocabulary import NUMBER_SEED, NUMERAL, SLOTS, WORD_SEED, Words, hashed

_U = np.uint64
_WORD_SEED, _NUMBER_SEED = _U(WORD_SEED), _U(NUMBER_SEED)
_PRIME = _U(0x100000001B3)
_AND = _U(hashed("and"))


@inlined
def lookup(value: np.uint64, keys: Values) -> int:
    """The slot of a hash, or -1."""
    at = np.int64((value ^ (value >> _U(32))) & _U(SLOTS - 1))
    while keys[at] != _U(0):
        if keys[at] == value:
            return int(at)
        at = (at + 1) & (SLOTS - 1)
    return -1


@compiled
def number_value(number: int) -> np.uint64:
    """The value of a number, as that of its digits."""
    value = _NUMBER_SEED
    unit = 1
    while unit <= number // 10:
        unit *= 10
    while unit > 0:
        value = (value ^ _U(48 + number // unit % 10)) * _PRIME
        unit //= 10
    return value


@compiled
def word_end(data: Bytes, at: int, end: int) -> int:
    while at < end and is_letter(data[at]):
        at += 1
    return at


@compiled
def numeral(data: Bytes, at: int, end: int, words: Words) -> tuple[int, Any, bool]:
    """The end of the word that begins here, the number it names or -1, and whether it is "and"."""
    stop = word_end(data, at, end)
    value = _WORD_SEED
    for place in range(at, stop):
        c = data[place]
        value = (value ^ _U(c + 32 if 65 <= c <= 90 else c)) * _PRIME
    slot = lookup(value, words.keys)
    if slot >= 0 and words.flags[slot] & NUMERAL:
        return stop, np.int64(words.targets[slot]), False
    return stop, -1, value == _AND


@compiled
def spelt_number(data: Bytes, at: int, end: int, number: int, words: Words) -> tuple[int, int]:
    """Of a number word that ends here, the number that it and the words after it name, and where those end: "two
    hundred and five"."""
    total = 0
    last = number
    while at + 1 < end and (data[at] == 45 or data[at] == 32):
        stop, word, joins = numeral(data, at + 1, end, words)
        if joins and (last == 100 or last >= 1_000) and stop + 1 < end and data[stop] == 32:
            stop, word, _ = numeral(data, stop + 1, end, words)
            if stop + 1 < end and numeral(data, stop + 1, end, words)[1] >= 100:
                word = -1  # between one hundred and two hundred
        if word < 0:
            break
        if word >= 1_000 and 0 < number < 1_000:
            total += number * word
            number = 0
        elif word == 100 and 0 < number < 10:
            number *= 100
        elif (
            (1 <= word <= 9 and 20 <= last <= 90)
            or (word < 100 and last == 100 and number >= 100)
            or (word < 1_000 and last >= 1_000 and word != 100)
        ):
            number += word
        else:
            break
        last = word
        at = stop
    return total + number, at
