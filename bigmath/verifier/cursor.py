"""Where the parser stands in its tokens, and the levels of the grammar that call each other.

The grammar is one class cut by subject into a line of modules, each a level above the one it extends: `Cursor`,
`Environments` (matrices, cases, sets), `Atoms` (numbers, brackets, functions, commands), `Powers` (what follows an
atom), `Items` (words around a formula) and `Parser` (lists, relations, sums, products). A lower level calls a higher
one through the methods below.
"""

from bigmath.verifier.lexer import Token
from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import Node, Unreadable

FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"})
BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
DOTS = frozenset({"ldots", "cdots", "dots", "dotsc", "dotsb", "dotsm", "dotsi", "vdots", "ddots"})


ATOMS, FIRST_ATOMS = 8, 2_000
"""Atoms read for each token, and besides: a bracket is read again where the first reading fails, and nested ones would
double the work at each level."""


class Cursor:
    """One pass over one token list; `at` is the next token."""

    def __init__(self, found: list[Token], within: "Cursor | None" = None) -> None:
        """`within` is the parser whose part this one reads; they share the work they may do."""
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.bars = 0
        self.integrals = 0
        self.work: list[int] = within.work if within is not None else [ATOMS * len(found) + FIRST_ATOMS]

    def at_op(self, value: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "op" and token.value == value

    def descend(self) -> None:
        self.depth += 1
        self.work[0] -= 1
        if self.depth > LIMITS.depth or self.work[0] < 0:
            raise Unreadable("too deep or too often tried")

    def answer(self) -> Node:
        raise NotImplementedError

    def listing(self, stops: tuple[str, ...]) -> Node:
        raise NotImplementedError

    def relation(self) -> Node:
        raise NotImplementedError

    def operator(self) -> str | None:
        raise NotImplementedError

    def sum(self) -> Node:
        raise NotImplementedError

    def product(self) -> Node:
        raise NotImplementedError

    def unary(self) -> Node:
        raise NotImplementedError

    def implicit(self, token: Token, left: Node) -> bool:
        raise NotImplementedError

    def postfix(self) -> Node:
        raise NotImplementedError

    def exponent(self) -> Node:
        raise NotImplementedError

    def script(self) -> Node:
        raise NotImplementedError

    def degree_sign(self) -> bool:
        raise NotImplementedError

    def dots_here(self) -> bool:
        raise NotImplementedError

    def raw_argument(self) -> str:
        raise NotImplementedError
