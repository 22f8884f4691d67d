"""Braces and round brackets: which of them group, and which are only a way to write.

A brace is a token only where it holds several atoms; so is a bracket behind a function (`\\sin(x)`). `(mod 7)` is
`\\pmod{7}`, and `(A)` before a choice is its label.
"""

import numpy as np

from bigmath.dedup.characters import is_letter
from bigmath.dedup.compiled import compiled, inlined
from bigmath.dedup.tokens import BREAK, GLUED, ITEM, LINE, SENTENCE, Bytes, Places, Tokens, put
from bigmath.dedup.vocabulary import CLOSE, FUNCTION, LETTER, OPEN, SPLIT, SYMBOL

DEPTH = 64
"""Nested groups that are followed; deeper ones are not told apart."""
_TOKEN, _ATOMS, _MATH, _KIND = 0, 1, 2, 3
_BRACE, _SOFT, _ROUND, _CLEAR, _MODULO = 0, 1, 2, 3, 4
"""A brace; a round bracket behind a function, and another; the brace of a font; `(mod`."""
_EDGE = SENTENCE | BREAK | LINE
_U = np.uint64


@compiled
def new_groups() -> Places:
    """Rows for groups that are open: first token, atoms before it, whether a formula was open, what it is."""
    return np.empty((DEPTH, 4), np.int32)


@inlined
def open_brace(
    groups: Places, depth: int, atoms: int, math: bool, font: bool, i: int, n: int, mark: int, tokens: Tokens
) -> tuple[int, int, bool, int, int]:
    r"""The state behind a brace: depth, atoms, whether a formula is open, number of tokens and marks. That of a font,
    as in `\text{...}`, groups nothing and may hold prose."""
    if depth == DEPTH:
        return depth, atoms, math, n, mark
    group = groups[depth]
    group[_TOKEN], group[_ATOMS], group[_MATH], group[_KIND] = n, atoms, math, _CLEAR if font else _BRACE
    if font:
        return depth + 1, 0, False, n, mark
    n = put(tokens, n, SYMBOL, _U(OPEN), i - 1, i, mark, np.uint32(0))
    return depth + 1, 0, math, n, mark & _EDGE


@inlined
def close_brace(
    groups: Places, depth: int, atoms: int, math: bool, i: int, n: int, tokens: Tokens
) -> tuple[int, int, bool, int]:
    """The state behind a closing brace: depth, atoms, whether a formula is open, and number of tokens."""
    while depth > 0 and groups[depth - 1, _KIND] != _BRACE and groups[depth - 1, _KIND] != _CLEAR:
        depth -= 1
        atoms += groups[depth, _ATOMS]
    if depth == 0:
        return depth, atoms, math, n
    depth -= 1
    group = groups[depth]
    if group[_KIND] == _BRACE and atoms <= 1:
        tokens.kinds[group[_TOKEN]] = 0
        if atoms == 0 and n == group[_TOKEN] + 1 and n > 1 and tokens.kinds[n - 2] == SYMBOL:
            if tokens.values[n - 2] == _U(94) or tokens.values[n - 2] == _U(95):  # x_{}
                tokens.kinds[n - 2] = 0
    elif group[_KIND] == _BRACE:
        n = put(tokens, n, SYMBOL, _U(CLOSE), i - 1, i, GLUED, np.uint32(0))
        atoms = 1
    return depth, atoms + group[_ATOMS], group[_MATH] != 0, n


@inlined
def open_bracket(
    data: Bytes, i: int, groups: Places, depth: int, atoms: int, math: bool, n: int, mark: int, tokens: Tokens
) -> tuple[int, int, int, int]:
    """The state behind a round bracket: depth, atoms, number of tokens and marks."""
    modulo = depth < DEPTH and is_modulo(data, i)
    soft = n > 0 and tokens.kinds[n - 1] == FUNCTION and tokens.known[n - 1] & SPLIT != 0
    if depth < DEPTH:
        group = groups[depth]
        group[_TOKEN], group[_ATOMS], group[_MATH] = n, atoms, math
        group[_KIND] = _MODULO if modulo else (_SOFT if soft else _ROUND)
        depth += 1
        atoms = 0
    if modulo:
        return depth, atoms, n, mark
    return depth, atoms, put(tokens, n, SYMBOL, _U(OPEN) if soft else _U(40), i - 1, i, mark, np.uint32(0)), 0


@inlined
def is_modulo(data: Bytes, i: int) -> bool:
    r"""Whether `mod`, `\pmod` or `\bmod` follows."""
    end = len(data)
    while i < end and (data[i] == 32 or data[i] == 92):
        i += 1
    if i < end and (data[i] == 112 or data[i] == 98):
        i += 1
    return bool(
        i + 3 < end and data[i] == 109 and data[i + 1] == 111 and data[i + 2] == 100 and not is_letter(data[i + 3])
    )


@inlined
def close_bracket(
    data: Bytes, i: int, groups: Places, depth: int, atoms: int, math: bool, n: int, tokens: Tokens
) -> tuple[int, int, int, np.uint64]:
    """Depth and atoms behind a closing round bracket, its kind (0 where it is no token) and value."""
    if depth == 0 or groups[depth - 1, _KIND] == _BRACE or groups[depth - 1, _KIND] == _CLEAR:
        if math:
            return depth, atoms, SYMBOL, _U(41)
        if n > 0 and tokens.stops[n - 1] == i - 1:
            tokens.marks[n - 1] |= ITEM
        return depth, atoms, 0, _U(0)
    depth -= 1
    group = groups[depth]
    if group[_KIND] == _SOFT and atoms <= 1:
        tokens.kinds[group[_TOKEN]] = 0
        return depth, atoms + group[_ATOMS], 0, _U(0)
    if group[_KIND] == _MODULO:
        return depth, atoms + group[_ATOMS], 0, _U(0)
    atoms = int(group[_ATOMS])
    if group[_KIND] == _SOFT:
        return depth, atoms, SYMBOL, _U(CLOSE)
    if is_choice(data, i, math, n, tokens):
        tokens.marks[n - 1] |= ITEM | tokens.marks[n - 2] & _EDGE
        tokens.kinds[n - 2] = 0
        return depth, atoms + 1, 0, _U(0)
    return depth, atoms, SYMBOL, _U(41)


@inlined
def is_choice(data: Bytes, i: int, math: bool, n: int, tokens: Tokens) -> bool:
    """Whether a single letter in the bracket that closes here, `(A)` or `$(A)$`, labels a choice; `f(a)` does not."""
    if not (n > 1 and tokens.kinds[n - 1] == LETTER and tokens.stops[n - 1] - tokens.starts[n - 1] == 1):
        return False
    opening = tokens.starts[n - 2]
    if math and not (i < len(data) and data[i] == 36 and opening > 0 and data[opening - 1] == 36):
        return False
    letter = data[tokens.starts[n - 1]] | 32
    called = n > 2 and tokens.stops[n - 3] == opening
    return bool(97 <= letter <= 104 and tokens.values[n - 2] == _U(40) and not called)
