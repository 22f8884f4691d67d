"""What follows an atom: exponents, indices, bases, factorials, primes, percent and degree signs."""

from bigmath.verifier.atoms import Atoms
from bigmath.verifier.bases import based
from bigmath.verifier.lexer import Token
from bigmath.verifier.tree import INFINITY, Node, Unreadable, number

_TRANSPOSED = tuple(Node("sym", (), name) for name in ("T", "top", "t"))
_LETTER_O = frozenset(Token(kind, "o", spaced) for kind in ("sym", "word") for spaced in (False, True))


class Powers(Atoms):
    """An atom with its exponents, indices and signs."""

    def postfix(self) -> Node:
        node = self.atom()
        while True:
            token = self.tokens[self.at]
            kind, value = token.kind, token.value
            if kind == "op":
                if value in ("^", "**"):
                    node = self.power(node)
                elif value == "!":
                    self.at += 1
                    if self.at_op("!"):
                        self.at += 1
                        node = Node("fn", (node,), "fact2")
                    else:
                        node = Node("fn", (node,), "fact")
                elif value == "_":
                    node = self.subscript(node)
                elif value in ("'", '"') and node.op in ("num", "dec", "div"):
                    self.at += 1
                    node = Node("unit", (node,), value)
                elif value == "'" and node.op == "unit" and node.value == "'":
                    self.at += 1
                    node = Node("unit", node.args, '"')
                elif value == "'":
                    self.at += 1
                    node = _primed(node)
                elif value == "%":
                    self.at += 1
                    node = Node("percent", (node,))
                else:
                    return node
            elif kind == "cmd" and value == "%":
                self.at += 1
                node = Node("percent", (node,))
            elif kind == "cmd" and value in ("degree", "textdegree", "prime"):
                self.at += 1
                node = Node("degree", (node,)) if value != "prime" else _primed(node)
            else:
                return node

    def power(self, base: Node) -> Node:
        self.at += 1
        if self.degree_sign():
            return Node("degree", (base,))
        if self.ordinal():
            return base
        if (
            base.op == "const"
            and base.value in ("R", "Z", "Q", "N")
            and (signed := self.signed_numbers(base)) is not None
        ):
            return signed
        if self.tokens[self.at].kind == "op" and self.tokens[self.at].value == "'":
            self.at += 1
            return _primed(base)
        exponent = self.exponent()
        if base.op == "group" and base.value == "()" and exponent in _TRANSPOSED:
            return Node("matrix", base.args, (len(base.args), 1))
        if base.op == "sub" and base.value in ("C", "A") and _chooses(base.args[0], exponent):
            return Node("fn", (base.args[0], exponent), "binom" if base.value == "C" else "perm")
        return Node("pow", (base, exponent))

    def ordinal(self) -> bool:
        """Steps over the `th` of 15^{th}."""
        for width, offset in ((1, 0), (3, 1)):
            window = self.tokens[self.at : self.at + width]
            if (
                len(window) == width
                and window[offset].kind == "word"
                and window[offset].value in ("st", "nd", "rd", "th")
            ):
                self.at += width
                return True
        return False

    def signed_numbers(self, base: Node) -> Node | None:
        """R^+ and Z^+: the positive or negative members."""
        for width, offset in ((1, 0), (3, 1)):
            window = self.tokens[self.at : self.at + width]
            if len(window) == width and window[offset].kind == "op" and window[offset].value in ("+", "-", "*"):
                if width == 3 and window[0].value != "{":
                    continue
                self.at += width
                sign = window[offset].value
                if sign == "*":
                    return base if base.value == "N" else None
                if base.value != "R":
                    return Node("const", (), base.value + sign)
                ends = (number(0), INFINITY) if sign == "+" else (Node("neg", (INFINITY,)), number(0))
                return Node("group", ends, "()")
        return None

    def degree_sign(self) -> bool:
        """Steps over `\\circ` or `{\\circ}`."""
        for width, offset in ((1, 0), (3, 1)):
            window = self.tokens[self.at : self.at + width]
            if len(window) == width and (
                (window[offset].kind == "cmd" and window[offset].value in ("circ", "degree"))
                or window[offset] in _LETTER_O
            ):
                self.at += width
                return True
        return False

    def exponent(self) -> Node:
        self.descend()
        try:
            if self.at_op("{"):
                return self.braced()
            if self.at_op("-") or self.at_op("+"):
                sign = self.tokens[self.at].value
                self.at += 1
                inner = self.exponent()
                return inner if sign == "+" else Node("neg", (inner,))
            node = self.atom()
            while self.at_op("^") or self.at_op("**"):
                node = self.power(node)
            return node
        finally:
            self.depth -= 1

    def script(self) -> Node:
        """The index or exponent of an operator such as log or a sum: a group, or one atom with its sign."""
        if self.at_op("{"):
            return self.braced()
        if self.at_op("-") or self.at_op("+"):
            return self.unary()
        return self.atom()

    def subscript(self, node: Node) -> Node:
        self.at += 1
        start = self.at
        raw = self.raw_argument()
        if node.op in ("num", "base") and node.value is not None:
            return based(node, raw)
        if node.op == "group" and len(node.args) == 1 and node.args[0].op == "num":
            return based(node.args[0], raw)
        if node.op != "sym":
            raise Unreadable("subscript")
        inner = self.tokens[start : self.at]
        if inner and inner[0].kind == "op" and inner[0].value == "{":
            inner = inner[1:-1]
        try:
            index = type(self)([*inner, Token("end", None, False)], self).answer()
        except Unreadable:
            return Node("sym", (), f"{node.value}_{raw}")
        return Node("sub", (index,), node.value)

    def raw_argument(self) -> str:
        """A braced group or one token, as text."""
        if not self.at_op("{"):
            token = self.tokens[self.at]
            if token.kind == "end":
                raise Unreadable("missing argument")
            self.at += 1
            return str(token.value[0]) if token.kind == "num" else str(token.value)
        depth = 0
        found: list[str] = []
        while True:
            token = self.tokens[self.at]
            if token.kind == "end":
                raise Unreadable("unclosed brace")
            self.at += 1
            if token.kind == "op" and token.value == "{":
                depth += 1
            elif token.kind == "op" and token.value == "}":
                depth -= 1
                if depth == 0:
                    return " ".join(found)
            found.append(str(token.value[0]) if token.kind == "num" else str(token.value))
            found = [part for part in found if part != "{"] if depth == 1 and found[-1] == "{" else found


def _chooses(n: Node, k: Node) -> bool:
    """Whether C_n^k counts k of n things: both numbers with k at most n, or n a formula."""
    if n.op == "num" and k.op == "num":
        return bool(2 <= n.value >= k.value)
    return n.op in ("sym", "mul", "add") and k.op in ("sym", "add", "num")


def _primed(node: Node) -> Node:
    if node.op == "sym":
        return Node("sym", (), node.value + "'")
    if node.op == "call":
        return Node("call", node.args, node.value + "'")
    if node.op == "degree":
        return node
    raise Unreadable("prime")
