r"""Reads a statement into tokens that do not depend on how its LaTeX was spelt. Compiled; one pass over the bytes.

`\dfrac12`, `\frac{1}{2}` and `1/2` give the same three tokens; `$`, `\(`, `\left`, spacing, fonts, final punctuation
and
prose hyphens give none. Structure stays: braces are dropped only around a single atom, so that `\frac{t+1}{t}` and
`t+\frac{1}{t}` differ. Figures in Asymptote are not read, only a hash of their numbers is kept.

Tokens are the columns of `bigmath.dedup.tokens`. Time is linear, whatever the text.
"""

import numpy as np

from bigmath.dedup.asides import find_figure_end, is_bullet, is_link, is_money, link_end, linked_text_end, tag_end
from bigmath.dedup.characters import is_digit, is_letter, is_space
from bigmath.dedup.compiled import compiled
from bigmath.dedup.numerals import lookup, number_value, spelt_number
from bigmath.dedup.slips import meant
from bigmath.dedup.tidying import tidied
from bigmath.dedup.tokens import (
    ANCHORED,
    BREAK,
    CAPITAL,
    GLUED,
    ITEM,
    LINE,
    SENTENCE,
    SPELT,
    Bytes,
    Known,
    Places,
    Values,
)
from bigmath.dedup.vocabulary import (
    CALLED,
    CLOSE,
    COMMAND_SEED,
    CROSS,
    DEGREE,
    DOTS,
    DROP,
    FONT,
    FORENAME,
    FUNCTION,
    GE,
    GREEK,
    HEADING,
    IMPLIES,
    KNOWN,
    LAYOUT,
    LBRACE,
    LE,
    LETTER,
    LIGHT,
    LONGEST_KNOWN,
    MISSPELT,
    MONEY,
    NE,
    NUMBER,
    NUMBER_SEED,
    NUMERAL,
    OPEN,
    ORIGIN,
    PERCENT,
    PLAIN,
    POLITE,
    PRIME,
    RBRACE,
    REQUEST,
    SIGN,
    SPLIT,
    SYMBOL,
    TIMES,
    TO,
    UNIT,
    WORD,
    WORD_SEED,
    hashed,
)

DEPTH = 64
"""Nested groups that are followed; deeper braces are not told apart."""

_U = np.uint64
_WORD_SEED, _COMMAND_SEED, _NUMBER_SEED = _U(WORD_SEED), _U(COMMAND_SEED), _U(NUMBER_SEED)
_PRIME = _U(0x100000001B3)
_FRAC, _BINOM, _SQRT = (_U(hashed(name, COMMAND_SEED)) for name in ("frac", "binom", "sqrt"))
_BEGIN, _END, _PMOD = (_U(hashed(name, COMMAND_SEED)) for name in ("begin", "end", "mod"))
_PER, _HTTP, _HTTPS, _CHOICES, _OPTIONS = (_U(hashed(name)) for name in ("per", "http", "https", "choices", "options"))
_MINUTE, _HOUR, _SECOND, _LITER, _IN, _INCH = (
    _U(hashed(name)) for name in ("minute", "hour", "second", "liter", "in", "inch")
)
_MIN = _U(hashed("min", COMMAND_SEED))
_BRACE, _SOFT, _ROUND, _CLEAR = 0, 1, 2, 3


@compiled
def read(
    data: Bytes, begin: int, end: int,
    keys: Values, targets: Values, flags: Known, slips: Values, slots: Places, spelled: Bytes,
    kinds: Bytes, values: Values, starts: Places, stops: Places, marks: Bytes, known: Known,
) -> tuple[int, np.uint64]:  # fmt: skip
    """Fills the columns with the tokens of `data[begin:end]`: their number, and a hash of the figure's numbers,
    operators and capitals (0 without
    a figure). The columns must hold two tokens more than there are bytes."""
    n = 0
    figure = _U(0)
    depth = 0
    group_token = np.empty(DEPTH, np.int32)
    group_atoms = np.empty(DEPTH, np.int32)
    group_math = np.empty(DEPTH, np.uint8)
    group_kind = np.empty(DEPTH, np.uint8)
    math = False
    atoms = 0  # of the innermost group
    font = False
    digits_apart = 0
    mark = SENTENCE
    i = begin
    has_lower = False
    word = np.empty(LONGEST_KNOWN, np.uint8)
    while i < end and not has_lower:
        has_lower = 97 <= data[i] <= 122
        i += 1
    i = begin
    while i < end:
        b = data[i]
        if is_space(b):
            if b == 10:
                mark |= LINE
            i += 1
            continue
        if i > begin and not is_space(data[i - 1]):
            mark |= GLUED
        else:
            mark &= ~GLUED
        before = n
        kind, value, known_flags, start = 0, _U(0), np.uint32(0), i
        if is_letter(b):
            j = i
            upper = 0
            value = _WORD_SEED
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
            if 65 <= b <= 90:
                mark |= CAPITAL
            length = j - i
            slot = lookup(value, keys)
            if slot >= 0:
                known_flags = flags[slot]
            if length == 1 and b < 128:
                after = j
                while after < end and is_space(data[after]):
                    after += 1
                article = after > j and after + 1 < end and is_letter(data[after]) and is_letter(data[after + 1])
                if (
                    not math
                    and (b == 97 or b == 65 or b == 73)
                    and (article or (b == 73 and j < end and data[j] == 39))
                ):
                    kind = WORD
                elif (
                    (b == 109 or b == 103 or b == 104 or b == 115 or b == 76)
                    and not math
                    and n > 0
                    and ((kinds[n - 1] == NUMBER and not mark & GLUED) or (values[n - 1] == _PER and mark & GLUED))
                    and (j >= end or is_space(data[j]) or data[j] == 46 or data[j] == 44)
                ):
                    kind, known_flags = WORD, np.uint32(UNIT)  # 5 m, 20 g, 3 h
                    if b == 104:
                        value = _HOUR
                    elif b == 115:
                        value = _SECOND
                    elif b == 76:
                        value = _LITER
                else:
                    kind, known_flags = LETTER, np.uint32(0)
            else:
                close = (mark & GLUED) != 0 and n > 0 and kinds[n - 1] != WORD
                if j < end:
                    c = data[j]
                    close = close or is_digit(c) or c == 94 or c == 95 or c == 61 or c == 43 or c == 42 or c == 60
                    close = close or c == 62 or c == 47 or c == 40 or c == 91
                is_known = (known_flags & KNOWN) != 0
                if (
                    (
                        (known_flags & (UNIT | ORIGIN | HEADING) and not math)
                        or (upper == 1 and mark & CAPITAL and length > 2)
                    )
                    or known_flags & (SPLIT | NUMERAL | SIGN)
                    or (known_flags & UNIT and upper == 0)
                ):
                    apart = False
                elif math:
                    apart = length <= 6 and (not is_known or length <= 2 or upper == length)
                elif upper == length and has_lower:
                    apart = length <= 6 and (not is_known or length <= 2)
                else:
                    apart = close and length <= 3 and not is_known
                if apart and b < 128:
                    for at in range(i, j):
                        c = data[at]
                        capital = 65 <= c <= 90
                        kinds[n], starts[n], stops[n], known[n] = LETTER, at, at + 1, 0
                        values[n] = (_WORD_SEED ^ _U(c + 32 if capital else c)) * _PRIME
                        marks[n] = (mark & (SENTENCE | BREAK | LINE) if at == i else GLUED) | (
                            CAPITAL if capital else 0
                        )
                        n += 1
                        atoms += 1
                    mark = 0
                    i = j
                    digits_apart = 0
                    continue
                kind = WORD
                if (
                    j + 3 < end and data[j] == 58 and data[j + 1] == 47 and data[j + 2] == 47
                    and (value == _HTTP or value == _HTTPS)
                ):  # fmt: skip
                    i = link_end(data, j, end)
                    continue
                if (
                    slot < 0
                    and not math
                    and length <= LONGEST_KNOWN
                    and (upper == 0 or (upper == 1 and mark & CAPITAL))
                ):
                    for at in range(length):
                        word[at] = data[i + at] | 32
                    meant_slot = meant(word, length, flags, slips, slots, spelled)
                    if meant_slot >= 0 and upper == 0:
                        slot = meant_slot
                        known_flags = (flags[slot] & ~np.uint32(KNOWN)) | np.uint32(MISSPELT)
                    elif meant_slot >= 0:  # perhaps a name after all
                        frames = np.uint32(ORIGIN | HEADING | REQUEST | POLITE | CALLED)
                        known_flags = (flags[meant_slot] & frames) | np.uint32(FORENAME)
                if slot >= 0:
                    value = targets[slot]
                    if known_flags & NUMERAL:
                        kind = NUMBER
                        number, j = spelt_number(data, j, end, np.int64(targets[slot]), keys, targets, flags)
                        value = number_value(number)
                        mark |= SPELT
                    elif known_flags & SPLIT:
                        if value == _MIN and not math and (j >= end or data[j] != 40):
                            value, known_flags = _MINUTE, np.uint32(KNOWN | UNIT)
                        elif mark & CAPITAL and known_flags & FORENAME and not math:
                            known_flags = np.uint32(FORENAME)  # Max
                        else:
                            kind = FUNCTION
                    elif known_flags & SIGN:
                        kind = SYMBOL
                    elif value == _IN and n > 0 and kinds[n - 1] == NUMBER and not mark & (SENTENCE | CAPITAL):
                        value, known_flags = _INCH, np.uint32(KNOWN | UNIT)
            i = j
        elif is_digit(b) or (
            b == 46 and i + 1 < end and is_digit(data[i + 1]) and (i == begin or not is_digit(data[i - 1]))
        ):
            kind, value = NUMBER, _NUMBER_SEED
            j = i
            if b == 46:
                value = (value ^ _U(48)) * _PRIME
            if digits_apart > 0 and b != 46:
                value = (value ^ _U(b)) * _PRIME
                j = i + 1
            else:
                run = 0
                while j < end:
                    c = data[j]
                    if is_digit(c):
                        value = (value ^ _U(c)) * _PRIME
                        run += 1
                        j += 1
                        continue
                    if c == 46 and j + 1 < end and is_digit(data[j + 1]):
                        value = (value ^ _U(c)) * _PRIME
                        run = 9
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
            i = j
        elif b == 92:
            i += 1
            if i >= end:
                break
            c = data[i]
            if (97 <= c <= 122) or (65 <= c <= 90):
                value = _COMMAND_SEED
                j = i
                while j < end and ((97 <= data[j] <= 122) or (65 <= data[j] <= 90)):
                    value = (value ^ _U(data[j])) * _PRIME
                    j += 1
                i = j
                kind = FUNCTION
                slot = lookup(value, keys)
                if value == _BEGIN or value == _END:
                    # \begin{name}: layouts say nothing, other environments are a function of that name
                    kind = 0
                    if i < end and data[i] == 123:
                        j = i + 1
                        value = _COMMAND_SEED
                        while j < end and j < i + 20 and data[j] != 125:
                            if is_letter(data[j]):
                                value = (value ^ _U(data[j])) * _PRIME
                            j += 1
                        other = lookup(value, keys)
                        if j < end and data[j] == 125:
                            if not (other >= 0 and flags[other] & LAYOUT):
                                kind = FUNCTION
                            i = j + 1
                elif slot >= 0:
                    value = targets[slot]
                    if flags[slot] & DROP:
                        kind = 0
                        if i < end and data[i] == 46:
                            i += 1  # \right.
                    elif flags[slot] & FONT:
                        kind = 0
                        font = True
                        if i < end and data[i] == 42:
                            i += 1
                        digits_apart = 0
                        continue
                    elif flags[slot] & SIGN:
                        kind = SYMBOL
                    elif flags[slot] & GREEK:
                        kind = LETTER
                        if 65 <= c <= 90:
                            mark |= CAPITAL
                    elif flags[slot] & SPLIT:
                        known_flags = np.uint32(SPLIT)
                    elif flags[slot] & PLAIN:
                        kind, known_flags = WORD, np.uint32(KNOWN)
                if kind == FUNCTION:
                    if value == _FRAC or value == _BINOM:
                        digits_apart = 3
                    elif value == _SQRT:
                        digits_apart = 2
            else:
                i += 1
                if c == 40 or c == 91:
                    math = True
                elif c == 41 or c == 93:
                    math = False
                elif c == 36:
                    kind, value = SYMBOL, _U(MONEY)
                elif c == 37:
                    kind, value = SYMBOL, _U(PERCENT)
                elif c == 123:
                    kind, value = SYMBOL, _U(LBRACE)
                elif c == 125:
                    kind, value = SYMBOL, _U(RBRACE)
                elif c == 124:
                    kind, value = SYMBOL, _U(124)
                if kind == 0:
                    continue
        else:
            i += 1
            c = data[i] if i < end else np.uint8(32)
            if b == 36:
                if not math and is_money(data, i - 1, end):
                    kind, value = SYMBOL, _U(MONEY)
                else:
                    if c == 36:
                        i += 1
                    math = not math
                    continue
            elif b == 123:
                if depth < DEPTH:
                    group_atoms[depth], group_math[depth] = atoms, math
                    group_kind[depth] = _CLEAR if font else _BRACE
                    group_token[depth] = n
                    depth += 1
                    atoms = 0
                    if font:
                        math = False
                    else:
                        kinds[n], values[n], starts[n], stops[n], known[n] = SYMBOL, _U(OPEN), i - 1, i, 0
                        marks[n] = mark
                        n += 1
                        mark &= SENTENCE | BREAK | LINE
                font = False
                continue
            elif b == 125:
                while depth > 0 and group_kind[depth - 1] != _BRACE and group_kind[depth - 1] != _CLEAR:
                    depth -= 1
                    atoms += group_atoms[depth]
                if depth > 0:
                    depth -= 1
                    math = group_math[depth] != 0
                    if group_kind[depth] == _BRACE:
                        if atoms <= 1:
                            kinds[group_token[depth]] = 0
                            if atoms == 0 and n == group_token[depth] + 1 and n > 1 and kinds[n - 2] == SYMBOL:
                                if values[n - 2] == _U(94) or values[n - 2] == _U(95):  # x_{}
                                    kinds[n - 2] = 0
                        else:
                            kinds[n], values[n], starts[n], stops[n], known[n] = SYMBOL, _U(CLOSE), i - 1, i, 0
                            marks[n] = GLUED
                            n += 1
                            atoms = 1
                    atoms += group_atoms[depth]
                if digits_apart > 0:
                    digits_apart -= 1
                continue
            elif b == 40:
                k = i
                while k < end and (data[k] == 32 or data[k] == 92):
                    k += 1
                if (k < end and data[k] == 112) or (k < end and data[k] == 98):
                    k += 1
                modulo = k + 3 < end and data[k] == 109 and data[k + 1] == 111 and data[k + 2] == 100
                modulo = modulo and not is_letter(data[k + 3])
                soft = n > 0 and kinds[n - 1] == FUNCTION and known[n - 1] & SPLIT != 0
                if depth < DEPTH:
                    group_atoms[depth], group_math[depth], group_token[depth] = atoms, math, n
                    group_kind[depth] = _CLEAR + 1 if modulo else (_SOFT if soft else _ROUND)
                    depth += 1
                    atoms = 0
                elif modulo:
                    modulo = False
                if modulo:
                    continue
                kinds[n], starts[n], stops[n], known[n] = SYMBOL, i - 1, i, 0
                values[n] = _U(OPEN) if soft else _U(40)
                marks[n] = mark
                n += 1
                mark = 0
                continue
            elif b == 41:
                value = _U(41)
                if depth > 0 and group_kind[depth - 1] != _BRACE and group_kind[depth - 1] != _CLEAR:
                    depth -= 1
                    what = group_kind[depth]
                    if what == _SOFT and atoms <= 1:
                        kinds[group_token[depth]] = 0
                        atoms += group_atoms[depth]
                        continue
                    if what == _CLEAR + 1:
                        atoms += group_atoms[depth]
                        continue
                    atoms = group_atoms[depth]
                    if what == _SOFT:
                        value = _U(CLOSE)
                    elif (
                        n > 1 and kinds[n - 1] == LETTER and stops[n - 1] - starts[n - 1] == 1
                        and (not math or (c == 36 and starts[n - 2] > begin and data[starts[n - 2] - 1] == 36))
                    ):  # fmt: skip
                        letter = data[starts[n - 1]] | 32
                        called = n > 2 and stops[n - 3] == starts[n - 2]  # f(a)
                        if 97 <= letter <= 104 and values[n - 2] == _U(40) and not called:
                            marks[n - 1] |= ITEM | marks[n - 2] & (SENTENCE | BREAK | LINE)  # (A)
                            kinds[n - 2] = 0
                            atoms += 1
                            continue
                elif not math:
                    if n > 0 and stops[n - 1] == i - 1:
                        marks[n - 1] |= ITEM
                    continue
                kind = SYMBOL
            elif b == 91:
                if c == 97 and i + 3 < end and data[i + 1] == 115 and data[i + 2] == 121 and data[i + 3] == 93:
                    stop = find_figure_end(data, i, end)
                    for at in range(i, stop):
                        c = data[at]
                        if (
                            is_digit(c)
                            or c == 43
                            or c == 45
                            or c == 42
                            or c == 47
                            or 60 <= c <= 62
                            or c == 94
                            or 65 <= c <= 90
                        ):
                            figure = (figure ^ _U(c)) * _PRIME + _U(1)
                    i = min(stop + 6, end)
                    continue
                if not math and linked_text_end(data, i - 1, end) >= 0:
                    continue
                kind, value = SYMBOL, _U(91)
            elif b == 93 and is_link(data, i, end):
                i = link_end(data, i, end)
                continue
            elif b == 46:
                if c == 46 and i + 1 < end and data[i + 1] == 46:
                    kind, value = SYMBOL, _U(DOTS)
                    while i < end and data[i] == 46:
                        i += 1
                else:
                    label = n > 0 and stops[n - 1] == i - 1 and marks[n - 1] & (SENTENCE | BREAK | LINE) != 0
                    if label and is_space(c) and (kinds[n - 1] != WORD or stops[n - 1] - starts[n - 1] < 4):
                        marks[n - 1] |= ITEM
                    elif is_space(c) or i >= end or c == 36:
                        mark |= SENTENCE
                    continue
            elif b == 63:
                mark |= SENTENCE
                continue
            elif b == 33:
                if c == 91 and linked_text_end(data, i, end) >= 0:
                    i = linked_text_end(data, i, end)  # a picture
                    continue
                if c == 61:
                    i += 1
                    kind, value = SYMBOL, _U(NE)
                elif (n > 0 and (mark & GLUED) and (math or depth > 0) and kinds[n - 1] != WORD) or (
                    n > 0 and (mark & GLUED) and (kinds[n - 1] == LETTER or kinds[n - 1] == NUMBER)
                ):
                    kind, value = SYMBOL, _U(33)
                else:
                    mark |= SENTENCE
                    continue
            elif b == 58:
                k = i
                while k < end and is_space(data[k]):
                    k += 1
                even = (mark & GLUED != 0) == (k == i)
                if (n > 0 and even and k < end and is_digit(data[k]) and kinds[n - 1] == NUMBER) or math:
                    kind, value = SYMBOL, _U(58)
                else:
                    if n > 0 and stops[n - 1] == i - 1 and marks[n - 1] & (SENTENCE | BREAK | LINE):
                        marks[n - 1] |= ITEM
                    if n > 0 and kinds[n - 1] == WORD and (values[n - 1] == _CHOICES or values[n - 1] == _OPTIONS):
                        known[n - 1] |= np.uint32(LIGHT)  # "Answer choices:"
                    mark |= BREAK
                    continue
            elif b == 39:
                if (c == 115 or c == 83) and not (i + 1 < end and is_letter(data[i + 1])) and mark & GLUED and not math:
                    i += 1
                    continue
                if is_letter(c) and not math:
                    continue
                if n > 0 and mark & GLUED and (kinds[n - 1] == LETTER or math):
                    kind, value = SYMBOL, _U(PRIME)
                else:
                    continue
            elif b == 45:
                double = c == 45
                while i < end and data[i] == 45:
                    i += 1
                k = i + 1 if i < end and data[i] == 91 and linked_text_end(data, i, end) >= 0 else i
                c = data[k] if k < end else np.uint8(32)  # 4-[digit](http...)
                arrow = c == 62
                long_word = is_letter(c) and k + 1 < end and is_letter(data[k + 1])
                if arrow:
                    i += 1
                    kind, value = SYMBOL, _U(TO)
                elif double:
                    if n > 0 and kinds[n - 1] == NUMBER and is_digit(c) and mark & GLUED:
                        kind, value = SYMBOL, _U(45)
                    else:
                        mark |= BREAK
                        continue
                elif math or n == 0:
                    kind, value = SYMBOL, _U(45)
                elif mark & GLUED and (long_word or (kinds[n - 1] == WORD and (is_letter(c) or c == 36))):
                    if kinds[n - 1] == LETTER:
                        marks[n - 1] |= ANCHORED
                    continue
                elif is_space(c) and (kinds[n - 1] == WORD or mark & SENTENCE or is_bullet(data, i, end)):
                    mark |= BREAK
                    continue
                else:
                    kind, value = SYMBOL, _U(45)
            elif b == 42:
                if (
                    c == 42
                    or (n > 0 and kinds[n - 1] == WORD)
                    or n == 0
                    or (not math and is_letter(c) and not mark & GLUED)
                ):
                    if c == 42 and n > 0 and not is_space(data[i - 2]):
                        mark |= BREAK  # **Problem 3** Find
                    while i < end and data[i] == 42:
                        i += 1
                    continue
                kind, value = SYMBOL, _U(TIMES)
            elif b == 60:
                if c == 61:
                    i += 1
                    kind, value = SYMBOL, _U(LE)
                else:
                    stop = tag_end(data, i - 1, end)
                    if stop > i - 1:
                        i = stop
                        mark |= BREAK
                        continue
                    kind, value = SYMBOL, _U(60)
            elif b == 62:
                kind, value = SYMBOL, _U(62)
                if c == 61:
                    i += 1
                    value = _U(GE)
            elif b == 61:
                kind, value = SYMBOL, _U(61)
                if c == 62 and n > 0:
                    i += 1
                    value = _U(IMPLIES)
                elif c == 60:
                    i += 1
                    value = _U(LE)
                elif c == 61:
                    i += 1
            elif b == 95:
                if c == 95 or not mark & GLUED:
                    while i < end and data[i] == 95:
                        i += 1
                    continue
                kind, value = SYMBOL, _U(95)
            elif b == 37:
                kind, value = SYMBOL, _U(PERCENT)
            elif b == 35:
                mark |= BREAK
                continue
            elif b == 47 and n > 0 and kinds[n - 1] == WORD and known[n - 1] & UNIT and is_letter(c) and not math:
                kind, value, known_flags = WORD, _PER, np.uint32(KNOWN)  # km/h
            elif b == 94 or b == 43 or b == 47 or b == 124 or b == 93 or b == 64:
                kind, value = SYMBOL, _U(b)
                if b == 124 and c == 124:
                    i += 1
            else:
                continue  # , ; " ` ~ & and control characters
        font = False
        if kind == 0:
            continue
        if kind == SYMBOL:
            if value == _U(CROSS):
                # a cross between numbers is a product; between vectors it is not the dot
                if n > 0 and (
                    kinds[n - 1] == NUMBER
                    or (kinds[n - 1] == SYMBOL and (values[n - 1] == _U(41) or values[n - 1] == _U(CLOSE)))
                ):
                    value = _U(TIMES)
                else:
                    k = i
                    while k < end and (data[k] == 32 or data[k] == 36):
                        k += 1
                    if k < end and is_digit(data[k]):
                        value = _U(TIMES)
            elif value == _U(DEGREE) or value == _U(PRIME):
                if (
                    n > 1
                    and kinds[n - 1] == SYMBOL
                    and values[n - 1] == _U(OPEN)
                    and kinds[n - 2] == SYMBOL
                    and values[n - 2] == _U(94)
                ):
                    kinds[n - 2] = 0
                elif n > 0 and kinds[n - 1] == SYMBOL and values[n - 1] == _U(94):
                    kinds[n - 1] = 0
        if digits_apart > 0:
            digits_apart -= 1
        kinds[n], values[n], starts[n], stops[n] = kind, value, start, i
        marks[n], known[n] = mark, known_flags
        n = before + 1
        atoms += 1
        mark = 0
    return tidied(n, kinds, values, starts, stops, marks, known), figure
