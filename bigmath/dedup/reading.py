r"""Reads a statement into tokens that do not depend on how its LaTeX was spelt. Compiled; one pass over the bytes.

`\dfrac12`, `\frac{1}{2}` and `1/2` give the same three tokens; `$`, `\(`, `\left`, spacing, fonts, final punctuation
and prose hyphens give none. Structure stays: braces are dropped only around a single atom, so that `\frac{t+1}{t}` and
`t+\frac{1}{t}` differ. Figures in Asymptote are not read, only a hash of their numbers is kept.

Each kind of token has its reader (`reading_words`, `reading_formulas`, `brackets`, `punctuation`), which gets what it
must know of the text so far and returns where it stopped; what is written in two ways is settled last (`tidying`).
Time is linear, whatever the text.
"""

import numpy as np

from bigmath.dedup.asides import is_figure, is_link, is_money, link_end, linked_text_end, read_figure
from bigmath.dedup.brackets import close_brace, close_bracket, new_groups, open_brace, open_bracket
from bigmath.dedup.characters import byte_at, is_digit, is_letter, is_space
from bigmath.dedup.compiled import compiled
from bigmath.dedup.punctuation import read_sign, settled
from bigmath.dedup.reading_formulas import read_command, read_number
from bigmath.dedup.reading_words import read_word
from bigmath.dedup.tidying import tidied
from bigmath.dedup.tokens import GLUED, LINE, SENTENCE, Bytes, Tokens, put
from bigmath.dedup.vocabulary import MONEY, NUMBER, SYMBOL, Words

_U = np.uint64


@compiled
def read(data: Bytes, words: Words, tokens: Tokens) -> tuple[int, np.uint64]:
    """Fills the columns with the tokens of a text: their number, and a hash of the figure's numbers, operators and
    capitals (0 without a figure). There must be room for two tokens more than there are bytes."""
    end = len(data)
    lower = False
    for byte in data:
        if 97 <= byte <= 122:
            lower = True
            break
    groups = new_groups()
    n = depth = atoms = i = 0  # atoms: of the innermost group
    apart = 0  # digits that are numbers of their own: \frac12
    math = font = False
    mark = SENTENCE
    figure = _U(0)
    while i < end:
        b = data[i]
        if is_space(b):
            if b == 10:
                mark |= LINE
            i += 1
            continue
        if i > 0 and not is_space(data[i - 1]):
            mark |= GLUED
        else:
            mark &= ~GLUED
        start, kind, value, known = i, 0, _U(0), np.uint32(0)
        c = byte_at(data, i + 1)
        if is_letter(b):
            before = n
            i, kind, value, known, mark, n = read_word(data, i, n, math, mark, lower, words, tokens)
            if n > before:
                atoms += n - before
                mark = apart = 0
        elif is_digit(b) or (b == 46 and is_digit(c) and (i == 0 or not is_digit(data[i - 1]))):
            i, value = read_number(data, i, apart > 0)
            kind = NUMBER
        elif b == 92:  # backslash
            i, kind, value, known, mark, math, font, apart = read_command(data, i, mark, math, font, apart, words)
        elif b == 36 and not math and is_money(data, i, end):  # dollar
            i, kind, value = i + 1, SYMBOL, _U(MONEY)
        elif b == 36:
            math = not math
            i += 2 if c == 36 else 1
        elif b == 123:  # {
            i += 1
            depth, atoms, math, n, mark = open_brace(groups, depth, atoms, math, font, i, n, mark, tokens)
            font = False
        elif b == 125:  # }
            i += 1
            depth, atoms, math, n = close_brace(groups, depth, atoms, math, i, n, tokens)
            apart = max(0, apart - 1)
        elif b == 40:  # (
            i += 1
            depth, atoms, n, mark = open_bracket(data, i, groups, depth, atoms, math, n, mark, tokens)
        elif b == 41:  # )
            i += 1
            depth, atoms, kind, value = close_bracket(data, i, groups, depth, atoms, math, n, tokens)
        elif b == 91 and is_figure(data, i + 1):  # [
            i, figure = read_figure(data, i + 1, figure)
        elif b == 91 and not math and linked_text_end(data, i, end) >= 0:
            i += 1
        elif b == 93 and is_link(data, i + 1, end):  # ]
            i = link_end(data, i + 1, end)
        else:
            i, kind, value, known, mark = read_sign(data, i, n, math, depth > 0, mark, tokens)
        if kind == 0:
            continue
        if kind == SYMBOL:
            value = settled(data, i, n, value, tokens)
        font = False
        apart = max(0, apart - 1)
        n = put(tokens, n, kind, value, start, i, mark, known)
        atoms += 1
        mark = 0
    return tidied(n, tokens), figure
