"""Tokens to tree by recursive descent: lists, relations, unions, sums, products, powers, atoms.

Every reading is bounded in depth and size and raises `Unreadable` instead of guessing: half a formula is never
reduced to a number inside it. Ambiguities are settled as mathematicians write: 2\\frac12 is a mixed number, 1/2x is
(1/2)x, a bare comma list is a list, (a, b) keeps its brackets so that a rule may read it as a point or an interval.
"""

from fractions import Fraction

from bigmath.verifier import bigops
from bigmath.verifier.lexer import Token, fold, tokens
from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import INFINITY, MINUS_ONE, E, I, Node, Unreadable, names, number
from bigmath.verifier.units import CONDITIONS, attach

_RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "=<": "<=", "<>": "!=",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "in": "in", "approx": "~", "simeq": "~", "equiv": "==", "to": "->",
    "->": "->", "rightarrow": "->", "mapsto": "->", "sim": "~", "subset": "sub", "subseteq": "sub", "mid": "|",
    "propto": "prop", "notin": "notin", "Rightarrow": "=>", "implies": "=>", "iff": "=>", "colon": ":", "coloneqq": "=",
}  # fmt: skip
_CLOSING = {"(": ")]", "[": ")]", "{": "}"}
_TIMES = frozenset({"cdot", "times", "ast", "*", "bullet"})
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"})
_BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
_DOTS = frozenset({"ldots", "cdots", "dots", "dotsc", "dotsb", "dotsm", "dotsi", "vdots", "ddots"})
_MATRICES = frozenset(
    {"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "psmallmatrix"}
)
_STARTS = frozenset({"sym", "fn", "const", "begin", "based"})
_START_COMMANDS = (
    _FRACTIONS
    | _BINOMIALS
    | _DOTS
    | {"{", "lfloor", "lceil", "angle", "triangle", "partial", "nabla", "iint", "int", "lvert"}
)
_INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
             "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh"}  # fmt: skip
_ALIASES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "tg": "tan", "ctg": "cot", "arctg": "arctan",
            "arcctg": "arccot", "sgn": "sign", "lg": "log", "cosec": "csc", "asinh": "arcsinh", "acosh": "arccosh",
            "atanh": "arctanh", "Re": "re", "Im": "im"}  # fmt: skip
_MANY = frozenset(
    {"gcd", "lcm", "max", "min", "floor", "ceil", "abs", "sign", "re", "im", "det", "arg", "mod", "Gamma", "binom"}
)
_CALLED = frozenset({"f", "g", "h", "phi", "Phi", "psi", "F", "G"})
_FILLERS = frozenset(
    {"dfrac", "displaystyle", "text", "mathrm", "phantom", "nolimits", "limits", "rm", "bf", "!", "big", "Big"}
)


def parse(text: str, *, thousands: bool = True) -> Node:
    """The tree of one bare answer. Raises `Unreadable` where the text is not wholly in the grammar or too large."""
    parser = Parser(tokens(fold(text), thousands=thousands))
    try:
        return parser.answer()
    except RecursionError:
        raise Unreadable("too deep") from None


class Parser:
    """One pass over one token list; `at` is the next token."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.bars = 0

    def answer(self) -> Node:
        node = self.listing(("end",))
        if self.tokens[self.at].kind != "end":
            raise Unreadable(f"unexpected {self.tokens[self.at].value!r}")
        return node

    # lists -----------------------------------------------------------------------------------------------------------

    def listing(self, stops: tuple[str, ...]) -> Node:
        """Items between commas, semicolons, `and`, `or`; one item is itself. Semicolons separate lists of lists."""
        groups: list[list[Node]] = [[]]
        joins: set[str] = set()
        pending = True
        while True:
            join = self.separator()
            if join:
                if pending and join not in ("and", "or"):
                    raise Unreadable("empty item")
                if join in ("and", "or") and pending and not groups[-1]:
                    raise Unreadable("empty item")
                joins.add(join)
                if join == ";":
                    groups.append([])
                pending = True
                continue
            token = self.tokens[self.at]
            if token.kind == "end" or (token.kind in ("op", "cmd") and token.value in (*stops, "choose")):
                break
            if not pending:
                raise Unreadable(f"unexpected {token.value!r}")
            groups[-1].append(self.item())
            pending = False
        if pending:
            raise Unreadable("empty item")
        if len(groups) > 1 and all(len(group) == 1 for group in groups):
            groups = [[group[0] for group in groups]]
        groups = [_without_domain(group) for group in groups]
        lists = [group[0] if len(group) == 1 else Node("list", tuple(group), _join(joins)) for group in groups]
        return lists[0] if len(lists) == 1 else Node("list", tuple(lists), ";")

    def separator(self) -> str | None:
        token = self.tokens[self.at]
        if token.kind == "op" and token.value in (",", ";"):
            self.at += 1
            return str(token.value)
        if token.kind == "word" and token.value.lower() in ("and", "or"):
            self.at += 1
            return str(token.value.lower())
        if token.kind == "cmd" and token.value in ("land", "wedge", "lor", "vee"):
            self.at += 1
            return "and" if token.value in ("land", "wedge") else "or"
        if token.kind == "cmd" and token.value in ("\\", "&"):
            self.at += 1
            return ","
        return None

    def item(self) -> Node:
        """A relation or expression, with a name before it (`Minimum: 3`) or a unit or condition after it."""
        label = self.label()
        node = self.relation()
        token = self.tokens[self.at]
        if token.kind == "word" and token.value.lower() not in ("and", "or"):
            node = attach(node, self.words(condition=token.value.lower() in CONDITIONS))
        return Node("rel", (Node("sym", (), label), node), ("=",)) if label else node

    def label(self) -> str | None:
        """Leading words that end in a colon or equality sign."""
        at = self.at
        while self.tokens[at].kind == "word" or (at > self.at and self.tokens[at].kind == "sym"):
            at += 1
        if at > self.at and self.tokens[at].kind == "op" and self.tokens[at].value in (":", "="):
            label = " ".join(str(token.value).lower() for token in self.tokens[self.at : at])
            self.at = at + 1
            return label
        return None

    def words(self, *, condition: bool) -> list[str]:
        """The words of a unit, with powers and bars, or of a condition, which runs to the end."""
        found: list[str] = []
        while True:
            token = self.tokens[self.at]
            kind, value = token.kind, token.value
            if kind == "end" or (
                kind == "op" and value in (",", ";", ")", "]", "}") and not (value == "}" and "{" in found)
            ):
                return found
            if (kind == "word" and value.lower() in ("and", "or")) or (kind == "cmd" and value in ("\\", "}")):
                return found
            power = bool(found) and found[-1] in ("^", "{", "-")
            unit = kind == "word" or (kind == "sym" and len(value) == 1) or (kind == "num" and power)
            sign = (kind == "op" and value in "^*/{}-.") or (kind == "cmd" and value in ("circ", "cdot"))
            if not (condition or unit or sign):
                raise Unreadable("words")
            found.append(str(value[0]) if kind == "num" else str(value))
            self.at += 1

    # relations and sets ----------------------------------------------------------------------------------------------

    def relation(self) -> Node:
        sides, operators = [self.union()], []
        while (operator := self.operator()) is not None:
            if operator == "|" and self.bars:
                break
            self.at += 1
            sides.append(self.union())
            operators.append(operator)
        if not operators or operators == ["=="]:
            modulus = self.modulus()
            if modulus is not None:
                return Node("cong", (*sides[-1:], modulus))
        return sides[0] if not operators else Node("rel", tuple(sides), tuple(operators))

    def modulus(self) -> Node | None:
        """The m of `\\pmod m` or `(mod m)`."""
        token, following = self.tokens[self.at], self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.kind == "cmd" and token.value == "pmod":
            self.at += 1
            return self.argument_number()
        if self.at_op("(") and following.value in ("mod", "bmod"):
            self.at += 2
            inner = self.sum()
            if not self.at_op(")"):
                raise Unreadable("unclosed modulus")
            self.at += 1
            return inner
        return None

    def argument_number(self) -> Node:
        """A braced argument or a whole number."""
        return self.braced() if self.at_op("{") else self.atom()

    def operator(self) -> str | None:
        token = self.tokens[self.at]
        if token.kind == "op" and token.value in _RELATIONS:
            return _RELATIONS[token.value]
        if token.kind == "cmd" and token.value in _RELATIONS:
            operator = _RELATIONS[token.value]
            return None if operator in ("|", ":") else operator
        if token.kind == "cmd" and token.value == "not":
            following = self.tokens[self.at + 1].value
            if following in ("=", "in"):
                self.at += 1
                return "!=" if following == "=" else "notin"
        return None

    def union(self) -> Node:
        parts = [self.ratio()]
        kind = None
        while True:
            token = self.tokens[self.at]
            # a capital U between sets is a typed cup
            typed = token.kind == "sym" and token.value == "U" and parts[-1].op in ("group", "set")
            if typed or (token.kind == "cmd" and token.value in ("cup", "bigcup", "cupdot", "sqcup", "uplus")):
                this = "union"
            elif token.kind == "cmd" and token.value in ("cap", "bigcap"):
                this = "inter"
            elif token.kind == "cmd" and token.value in ("setminus", "backslash", "smallsetminus"):
                this = "minus"
            else:
                break
            self.at += 1
            right = self.ratio()
            if this == kind and this != "minus":
                parts.append(right)
            else:
                parts = [Node(kind, tuple(parts)) if kind else parts[0], right]
                kind = this
        return Node(kind, tuple(parts)) if kind else parts[0]

    def ratio(self) -> Node:
        parts = [self.sum()]
        start = self.at
        while self.at_op(":") or self.at_to():
            if self.tokens[self.at + 1].kind == "cmd" and self.tokens[self.at + 1].value in _DOTS:
                self.at += 2
                parts.append(Node("dots"))
                continue
            self.at += 1
            parts.append(self.sum())
        if len(parts) == 1:
            return parts[0]
        minutes = self.tokens[start + 1].value if self.tokens[start + 1].kind == "num" else None
        if len(parts) == 2 and minutes and minutes[1] == -2 and _clock(parts[0], parts[1]):
            return Node("time", (), (parts[0].value * 60 + parts[1].value, parts[0].value > 12))
        return Node("ratio", tuple(parts))

    def at_to(self) -> bool:
        """The `to` of 3 to 2."""
        token, following = self.tokens[self.at], self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        return (
            token.kind == "word"
            and token.value == "to"
            and following.kind == "num"
            and self.tokens[self.at - 1].kind == "num"
        )

    # sums and products -----------------------------------------------------------------------------------------------

    def sum(self) -> Node:
        parts = [self.product()]
        while True:
            token = self.tokens[self.at]
            if token.kind == "op" and token.value in ("+", "-"):
                self.at += 1
                if self.dots_here():
                    self.at += 1
                    parts.append(Node("dots"))
                    continue
                term = self.product()
                parts.append(term if token.value == "+" else Node("neg", (term,)))
            elif token.kind == "cmd" and token.value in ("pm", "mp"):
                self.at += 1
                left = parts[0] if len(parts) == 1 else Node("add", tuple(parts))
                parts = [Node("pm", (left, self.product()), "+-" if token.value == "pm" else "-+")]
            else:
                return parts[0] if len(parts) == 1 else Node("add", tuple(parts))

    def dots_here(self) -> bool:
        token = self.tokens[self.at]
        return (token.kind == "cmd" and token.value in _DOTS) or (token.kind == "op" and token.value == "...")

    def product(self) -> Node:
        parts = [self.unary()]
        while True:
            token = self.tokens[self.at]
            kind, value = token.kind, token.value
            if kind == "end":
                break
            if (kind == "op" and value == "*") or (kind == "cmd" and value in _TIMES):
                self.at += 1
                parts.append(self.unary())
            elif (kind == "op" and value == "/") or (kind == "cmd" and value in ("div", "slash")):
                self.at += 1
                left = parts[0] if len(parts) == 1 else Node("mul", tuple(parts))
                parts = [Node("div", (left, self.unary()))]
            elif (kind == "cmd" and value in ("bmod", "mod")) or (kind == "fn" and value == "mod"):
                self.at += 1
                left = parts[0] if len(parts) == 1 else Node("mul", tuple(parts))
                parts = [Node("fn", (left, self.unary()), "mod")]
            elif self.implicit(token, parts[-1]):
                factor = self.postfix()
                if factor.op != "rel":
                    parts.append(factor)
                elif factor.value != ("in",):
                    raise Unreadable("factor")  # (k in Z) after a formula only says what k is
            else:
                break
        return parts[0] if len(parts) == 1 else Node("mul", tuple(parts))

    def implicit(self, token: Token, left: Node) -> bool:
        """Whether the next token multiplies by standing there."""
        kind, value = token.kind, token.value
        if kind == "num":
            return left.op not in ("num", "dec", "base", "percent")
        if kind == "sym":
            return not (value == "U" and left.op in ("group", "set"))
        if kind in _STARTS:
            return True
        if kind == "op":
            if value == "(" and self.tokens[self.at + 1].value in ("mod", "bmod"):
                return False
            return value in "({" or (value == "[" and not token.spaced and left.op not in ("group", "set")) or (
                value == "|" and not self.bars and self.opens_bar()) or value == "..."  # fmt: skip
        return kind == "cmd" and value in _START_COMMANDS

    def opens_bar(self) -> bool:
        """A bar after a factor opens an absolute value only where another bar follows."""
        return any(token.kind == "op" and token.value == "|" for token in self.tokens[self.at + 1 : self.at + 200])

    def unary(self) -> Node:
        token = self.tokens[self.at]
        if token.kind == "op" and token.value in "+-":
            self.at += 1
            self.descend()
            inner = self.unary()
            self.depth -= 1
            return inner if token.value == "+" else Node("neg", (inner,))
        if token.kind == "cmd" and token.value in ("pm", "mp"):
            self.at += 1
            self.descend()
            inner = self.unary()
            self.depth -= 1
            return Node("pm", (inner,), "+-" if token.value == "pm" else "-+")
        return self.postfix()

    def descend(self) -> None:
        self.depth += 1
        if self.depth > LIMITS.depth:
            raise Unreadable("too deep")

    # powers and atoms ------------------------------------------------------------------------------------------------

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
        return Node("pow", (base, self.exponent()))

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
            if len(window) == width and window[offset].kind == "op" and window[offset].value in ("+", "-"):
                if width == 3 and window[0].value != "{":
                    continue
                self.at += width
                sign = window[offset].value
                if base.value != "R":
                    return Node("const", (), base.value + sign)
                ends = (number(0), INFINITY) if sign == "+" else (Node("neg", (INFINITY,)), number(0))
                return Node("group", ends, "()")
        return None

    def degree_sign(self) -> bool:
        """Steps over `\\circ` or `{\\circ}`."""
        for width, offset in ((1, 0), (3, 1)):
            window = self.tokens[self.at : self.at + width]
            if len(window) == width and window[offset].kind == "cmd" and window[offset].value in ("circ", "degree"):
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
            return _based(node, raw)
        if node.op == "group" and len(node.args) == 1 and node.args[0].op == "num":
            return _based(node.args[0], raw)
        if node.op != "sym":
            raise Unreadable("subscript")
        inner = self.tokens[start : self.at]
        if inner and inner[0].kind == "op" and inner[0].value == "{":
            inner = inner[1:-1]
        try:
            index = Parser([*inner, Token("end", None, False)]).answer()
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

    def atom(self) -> Node:
        self.descend()
        try:
            return self._atom()
        finally:
            self.depth -= 1

    def _atom(self) -> Node:
        token = self.tokens[self.at]
        kind, value = token.kind, token.value
        if kind == "num":
            self.at += 1
            return self.number(token)
        if kind == "based":
            self.at += 1
            return Node("base", (), value)
        if kind == "alnum" and self.tokens[self.at + 1].value == "_":
            self.at += 2
            return _based(Node("base", (), (value, 36)), self.raw_argument())
        if kind == "sym":
            self.at += 1
            return self.symbol(value)
        if kind == "const":
            self.at += 1
            return INFINITY if value == "inf" else Node("const", (), value)
        if kind == "fn":
            self.at += 1
            return self.function(value)
        if kind == "op":
            if value in ("(", "["):
                return self.group(value)
            if value == "{":
                return self.braced()
            if value == "|":
                return self.absolute("|")
            if value == "...":
                self.at += 1
                return Node("dots")
        elif kind == "cmd":
            return self.command(value)
        elif kind == "begin":
            return self.environment(value)
        raise Unreadable(f"unexpected {value!r}")

    def number(self, token: Token) -> Node:
        value, places = token.value
        if places is not None and places > 0:
            node = Node("dec", (), (value, places))
        else:
            node = Node("num", (), value)
            node = self.mixed(node)
        if self.tokens[self.at].kind == "sci":
            exponent = self.tokens[self.at].value
            self.at += 1
            node = Node("mul", (node, Node("pow", (number(10), number(exponent)))))
        return node

    def mixed(self, whole: Node) -> Node:
        """2\\frac12 and 2 1/2: an integer, then a proper fraction of plain integers."""
        token = self.tokens[self.at]
        if token.kind == "cmd" and token.value in _FRACTIONS:
            start = self.at
            self.at += 1
            top, bottom = self.argument(), self.argument()
            if top.op == "num" and bottom.op == "num" and 0 < top.value < bottom.value and whole.value > 0:
                return Node("num", (), whole.value + top.value / bottom.value)
            self.at = start
        elif token.kind == "num" and token.spaced and token.value[1] is None:
            slash, bottom_token = self.tokens[self.at + 1 : self.at + 2], self.tokens[self.at + 2 : self.at + 3]
            if slash and slash[0].value == "/" and bottom_token and bottom_token[0].kind == "num":
                top_value, bottom_value = token.value[0], bottom_token[0].value[0]
                if 0 < top_value < bottom_value and bottom_token[0].value[1] is None:
                    self.at += 3
                    return Node("num", (), whole.value + top_value / bottom_value)
        return whole

    def symbol(self, name: str) -> Node:
        if name == "e":
            return E
        if name == "i":
            return I
        if self.at_op("(") and (not self.tokens[self.at].spaced or name in _CALLED) and len(name) <= 5:
            start = self.at
            inner = self.group("(")
            if inner.op == "group" and inner.value == "()" and len(inner.args) > 1:
                return Node("call", inner.args, name)
            if name in _CALLED or inner.op in ("sym", "num"):
                return Node("call", (inner,), name)
            self.at = start
        return Node("sym", (), name)

    def group(self, opening: str) -> Node:
        self.at += 1
        bars, self.bars = self.bars, 0
        inner = self.listing((")", "]"))
        self.bars = bars
        closing = self.tokens[self.at]
        if closing.kind != "op" or closing.value not in _CLOSING[opening]:
            raise Unreadable("unclosed bracket")
        self.at += 1
        kind = opening + closing.value
        if inner.op == "list":
            if inner.value in ("and", "or"):
                return inner
            return Node("group", inner.args, kind)
        if kind in ("()", "[]"):
            return inner
        raise Unreadable("mixed brackets")

    def braced(self) -> Node:
        """A TeX group; one with a bare comma is a set whose backslashes were lost; {-} is a sign set close."""
        if self.tokens[self.at + 1].value == "-" and self.tokens[min(self.at + 2, len(self.tokens) - 1)].value == "}":
            self.at += 3
            return Node("neg", (self.postfix(),))
        self.at += 1
        bars, self.bars = self.bars, 0
        self.descend()
        inner = self.listing(("}",))
        self.depth -= 1
        self.bars = bars
        if not self.at_op("}"):
            if self.tokens[self.at].kind == "cmd" and self.tokens[self.at].value == "choose":
                self.at += 1
                inner = Node("fn", (inner, self.sum()), "binom")
                if self.at_op("}"):
                    self.at += 1
                    return inner
            raise Unreadable("unclosed brace")
        self.at += 1
        return Node("set", inner.args) if inner.op == "list" and inner.value not in ("and", "or") else inner

    def argument(self) -> Node:
        """A TeX argument: a braced group, else one token, of a number its first digit."""
        if self.at_op("{"):
            return self.braced()
        token = self.tokens[self.at]
        if token.kind == "num" and token.value[1] is None and token.value[0] > 9:
            digits = str(token.value[0])
            rest = (Fraction(int(digits[1:])), None)
            self.tokens[self.at] = Token("num", rest, False)
            return number(int(digits[0]))
        if token.kind == "num":
            self.at += 1
            return Node("num", (), token.value[0])
        return self.atom()

    def at_op(self, value: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "op" and token.value == value

    def function(self, name: str) -> Node:
        name = _ALIASES.get(name, name)
        if name in ("sum", "prod", "lim"):
            return bigops.parse(self, name)
        if name == "sqrt":
            return self.root()
        if name in ("sup", "inf", "dim", "mod"):
            raise Unreadable(name)
        if name == "frac":
            return Node("div", (self.argument(), self.argument()))
        base, power = None, None
        for _ in range(2):
            if self.at_op("_"):
                self.at += 1
                base = self.script()
            elif self.at_op("^"):
                self.at += 1
                power = self.exponent()
        if power == MINUS_ONE or power == Node("neg", (number(1),)):
            name, power = _INVERSES.get(name, name), None if name in _INVERSES else power
        args = self.function_arguments(name)
        if name == "log" and base is not None:
            args = (args[0], base)
        elif base is not None:
            raise Unreadable("subscript of a function")
        node = Node("pow", (E, args[0])) if name == "exp" else Node("fn", args, name)
        return node if power is None else Node("pow", (node, power))

    def function_arguments(self, name: str) -> tuple[Node, ...]:
        if self.at_op("(") or self.at_op("[") or (self.at_op("{") and name in _MANY):
            inner = self.group(self.tokens[self.at].value) if not self.at_op("{") else self.braced()
            if inner.op in ("group", "set") and len(inner.args) > 1:
                if name not in _MANY:
                    raise Unreadable("too many arguments")
                return inner.args
            if self.at_op("!"):
                raise Unreadable("factorial of an argument")
            if self.degree_sign_after_power():
                return (Node("degree", (inner,)),)
            return (inner,)
        self.descend()
        parts = [self.tight()]
        while True:
            token = self.tokens[self.at]
            if token.kind in ("sym", "const", "num") or (token.kind == "cmd" and token.value in _FRACTIONS):
                if not self.implicit(token, parts[-1]):
                    break
                parts.append(self.postfix())
            elif (token.kind == "op" and token.value == "/" and all(part.op in ("num", "const") for part in parts)
                  and self.tokens[self.at + 1].kind == "num"):  # fmt: skip
                self.at += 1
                left = parts[0] if len(parts) == 1 else Node("mul", tuple(parts))
                parts = [Node("div", (left, self.postfix()))]
            else:
                break
        self.depth -= 1
        return (parts[0] if len(parts) == 1 else Node("mul", tuple(parts)),)

    def degree_sign_after_power(self) -> bool:
        if self.at_op("^"):
            start = self.at
            self.at += 1
            if self.degree_sign():
                return True
            self.at = start
        return False

    def tight(self) -> Node:
        if self.at_op("-"):
            self.at += 1
            return Node("neg", (self.postfix(),))
        return self.postfix()

    def root(self) -> Node:
        index = number(2)
        if self.at_op("["):
            self.at += 1
            index = self.sum()
            if not self.at_op("]"):
                raise Unreadable("unclosed root index")
            self.at += 1
        if self.at_op("("):
            radicand = self.group("(")
        elif self.at_op("{"):
            radicand = self.braced()
        else:
            radicand = self.atom()
        if radicand.op in ("list", "set", "group"):
            raise Unreadable("root of a list")
        return Node("pow", (radicand, Node("div", (number(1), index))))

    def command(self, name: str) -> Node:
        if name in _FRACTIONS:
            self.at += 1
            return Node("div", (self.argument(), self.argument()))
        if name in _BINOMIALS:
            self.at += 1
            return Node("fn", (self.argument(), self.argument()), "binom")
        if name == "{":
            return self.set()
        if name in _DOTS:
            self.at += 1
            return Node("dots")
        if name in ("lfloor", "lceil"):
            self.at += 1
            inner = self.sum()
            if self.tokens[self.at].value != ("rfloor" if name == "lfloor" else "rceil"):
                raise Unreadable("unclosed floor")
            self.at += 1
            return Node("fn", (inner,), "floor" if name == "lfloor" else "ceil")
        if name in ("angle", "measuredangle", "triangle", "odot"):
            self.at += 1
            parts = [str(self.tokens[self.at].value)]
            if self.tokens[self.at].kind not in ("sym", "num"):
                raise Unreadable("angle")
            self.at += 1
            while self.tokens[self.at].kind == "sym" and not self.tokens[self.at].spaced:
                parts.append(str(self.tokens[self.at].value))
                self.at += 1
            return Node("sym", (), f"{name} {''.join(parts)}")
        if name in ("emptyset", "varnothing"):
            self.at += 1
            return Node("const", (), "empty")
        if name in ("int", "iint", "oint"):
            self.at += 1
            return bigops.parse(self, "int")
        if name in ("lvert", "vert", "|", "lVert"):
            return self.absolute(name)
        if name in ("dfrac", *_FILLERS):
            raise Unreadable(name)
        if name.isalpha() and name in ("nabla", "partial", "imath", "jmath", "perp", "parallel", "top"):
            self.at += 1
            return Node("sym", (), name)
        raise Unreadable(f"unknown command {name}")

    def absolute(self, opening: str) -> Node:
        self.at += 1
        self.bars += 1
        closing = {"lvert": "rvert", "lVert": "rVert"}.get(opening, opening)
        inner = self.sum()
        self.bars -= 1
        if self.tokens[self.at].value != closing:
            raise Unreadable("unclosed bar")
        self.at += 1
        return Node("fn", (inner,), "abs")

    def set(self) -> Node:
        """`\\{1, 2\\}` or `\\{x \\mid condition\\}`."""
        self.at += 1
        if self.tokens[self.at].kind == "cmd" and self.tokens[self.at].value == "}":
            self.at += 1
            return Node("const", (), "empty")
        start = self.at
        try:
            self.bars += 1
            head = self.set_head()
        except Unreadable:
            head = None
        finally:
            self.bars -= 1
        token = self.tokens[self.at]
        if head is not None and (token.value in ("|", "mid", ":", "vert") or (token.value == "middle")):
            self.at += 1
            condition = self.listing(("}",))
            node = Node("builder", (head, condition))
        else:
            self.at = start
            inner = self.listing(("}",))
            node = Node("set", inner.args if inner.op == "list" else (inner,))
        closing = self.tokens[self.at]
        if closing.kind not in ("cmd", "op") or closing.value != "}":
            raise Unreadable("unclosed set")
        self.at += 1
        return node

    def set_head(self) -> Node:
        left = self.sum()
        if self.operator() == "in":
            self.at += 1
            return Node("rel", (left, self.union_no_ratio()), ("in",))
        return left

    def union_no_ratio(self) -> Node:
        return self.sum()

    def environment(self, name: str) -> Node:
        self.at += 1
        rows: list[list[Node]] = [[]]
        while True:
            token = self.tokens[self.at]
            if token.kind == "end":
                raise Unreadable("unclosed environment")
            if token.kind == "close":
                if token.value != name:
                    raise Unreadable("wrong environment")
                self.at += 1
                break
            if token.kind == "op" and token.value == "&":
                self.at += 1
            elif token.kind == "cmd" and token.value.startswith("\\"):
                self.at += 1
                rows.append([])
            elif (token.kind == "cmd" and token.value == "hline") or (
                token.kind == "op" and token.value in (",", ".", ";") and name == "cases"
            ):
                self.at += 1
            else:
                rows[-1].append(self.cell(name))
        rows = [row for row in rows if row]
        if name.rstrip("*") not in _MATRICES:
            return _by_environment(name.rstrip("*"), rows)
        width = len(rows[0]) if rows else 0
        if not width or any(len(row) != width for row in rows):
            raise Unreadable("ragged matrix")
        matrix = Node("matrix", tuple(cell for row in rows for cell in row), (len(rows), width))
        return Node("fn", (matrix,), "det") if name == "vmatrix" else matrix

    def cell(self, name: str) -> Node:
        return self.condition() if name == "cases" else self.relation()

    def condition(self) -> Node:
        """One cell of a piecewise definition: mathematics, or words such as `n even` in one spelling."""
        while self.tokens[self.at].kind == "word" and self.tokens[self.at].value.lower() in _CONDITION_STARTS:
            self.at += 1
        start = self.at
        try:
            node = self.relation()
            if self.cell_ends():
                return node
        except Unreadable:
            pass
        self.at = start
        found: list[str] = []
        while not self.cell_ends():
            token = self.tokens[self.at]
            found.append(str(token.value[0]) if token.kind == "num" else str(token.value).lower())
            self.at += 1
        words = " ".join(word for word in found if word not in ("is", "are", "an", "a", ","))
        return Node("text", (), words if words not in ("", "else") else "otherwise")

    def cell_ends(self) -> bool:
        token = self.tokens[self.at]
        if token.kind == "op" and token.value in (",", ".", ";"):
            token = self.tokens[self.at + 1]
        return token.kind in ("close", "end") or (token.kind == "op" and token.value == "&") or (
            token.kind == "cmd" and token.value.startswith("\\"))  # fmt: skip


_CONDITION_STARTS = frozenset({"if", "for", "when", "where", "as", "in", "and"})


def _without_domain(items: list[Node]) -> list[Node]:
    """The items without a closing `k \\in \\mathbb{Z}`, which only says what a letter of the others is."""
    last = items[-1]
    if len(items) < 2 or last.op != "rel" or last.value != ("in",) or last.args[1].op != "const":
        return items
    return items[:-1] if names(last.args[0]) <= frozenset().union(*(names(item) for item in items[:-1])) else items


def _join(joins: set[str]) -> str:
    return "or" if "or" in joins else "and" if joins == {"and"} else ","


def _clock(hours: Node, minutes: Node) -> bool:
    return hours.op == "num" and minutes.op == "num" and 0 <= hours.value <= 24 and 0 <= minutes.value < 60


def _primed(node: Node) -> Node:
    if node.op == "sym":
        return Node("sym", (), node.value + "'")
    if node.op == "call":
        return Node("call", node.args, node.value + "'")
    if node.op == "degree":
        return node
    raise Unreadable("prime")


_BASE_WORDS = {name: base for base, name in enumerate(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(), start=2
)}  # fmt: skip


def _based(node: Node, raw: str) -> Node:
    """4210_7: digits and a base from 2 to 36. The value may be written with any subscript spelling."""
    base = _BASE_WORDS.get(raw.strip().lower(), raw.strip())
    if isinstance(base, str):
        if not base.isdigit() or len(base) > 2:
            raise Unreadable("base")
        base = int(base)
    digits = str(node.value) if node.op == "num" else node.value[0]
    if not 2 <= base <= 36 or not digits.isalnum() or len(digits) > LIMITS.digits:
        raise Unreadable("base")
    try:
        int(digits, base)
    except ValueError:
        raise Unreadable("digit outside the base") from None
    return Node("base", (), (digits, base))


def _by_environment(name: str, rows: list[list[Node]]) -> Node:
    if name == "cases":
        if all(len(row) == 2 for row in rows):
            return Node("cases", tuple(Node("group", tuple(row), "()") for row in rows))
        return Node("list", tuple(row[0] for row in rows if len(row) == 1), ",")
    if name in ("align", "aligned", "gather", "gathered", "equation", "split", "alignat", "eqnarray", "displaymath"):
        if len(rows) == 1 and len(rows[0]) == 1:
            return rows[0][0]
        if all(len(row) == 1 for row in rows):
            return Node("list", tuple(row[0] for row in rows), ",")
    raise Unreadable(f"environment {name}")
