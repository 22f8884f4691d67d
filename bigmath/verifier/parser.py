"""Tokens to tree by recursive descent: lists, relations, unions, sums, products, powers, atoms.

Every reading is bounded in depth and size and raises `Unreadable` instead of guessing: half a formula is never
reduced to a number inside it. Ambiguities are settled as mathematicians write: 2\frac12 is a mixed number, 1/2x is
(1/2)x, a bare comma list is a list, (a, b) keeps its brackets so that a rule may read it as a point or an interval.
"""

from bigmath.verifier.cursor import BINOMIALS, DOTS, FRACTIONS
from bigmath.verifier.folding import fold
from bigmath.verifier.items import Items
from bigmath.verifier.joining import is_set, join_of, joined, without_domain
from bigmath.verifier.lexer import Token, has_short_words, tokens
from bigmath.verifier.tree import Node, Unreadable, number
from bigmath.verifier.units import CONDITIONS

_RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "=<": "<=", "<>": "!=",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "in": "in", "approx": "~", "simeq": "~", "equiv": "==", "to": "->",
    "->": "->", "rightarrow": "->", "mapsto": "->", "sim": "~", "subset": "sub", "subseteq": "sub", "mid": "|",
    "propto": "prop", "notin": "notin", "Rightarrow": "=>", "Longrightarrow": "=>", "longrightarrow": "->",
    "implies": "=>", "iff": "=>", "colon": ":", "coloneqq": "=",
}  # fmt: skip
_ARC = {"'": 60, '"': 3600}
"""Minutes and seconds of arc behind a degree sign."""
_TEMPERATURES = (Node("sym", (), "C"), Node("sym", (), "F"))
_TIMES = frozenset({"cdot", "times", "ast", "*", "bullet"})
_FILLERS = frozenset(
    """either both all any only is are exactly approximately roughly about thus so hence therefore then
    the final answer""".split()
)
"""Words before an answer that do not change it."""
_STARTS = frozenset({"sym", "fn", "const", "begin", "based"})
_START_COMMANDS = (
    FRACTIONS
    | BINOMIALS
    | DOTS
    | {"{", "lfloor", "lceil", "angle", "triangle", "partial", "nabla", "iint", "int", "lvert"}
)


def parse(text: str, *, thousands: bool = True) -> Node:
    """The tree of one bare answer. Raises `Unreadable` where the text is not wholly in the grammar or too large."""
    folded = fold(text)
    try:
        return Parser(tokens(folded, thousands=thousands)).answer()
    except (RecursionError, IndexError):  # too deep, or nothing where an argument has to be
        raise Unreadable("too deep or cut off") from None
    except Unreadable:
        if not has_short_words(folded):
            raise
    found = tokens(folded, thousands=thousands, short_words=False)
    if any(token.kind == "word" for token in found):
        raise Unreadable("words")
    try:
        return Parser(found).answer()
    except (RecursionError, IndexError):
        raise Unreadable("too deep or cut off") from None


class Parser(Items):
    """Lists, relations, unions, sums and products."""

    def answer(self) -> Node:
        while self.tokens[self.at].kind == "word" and self.tokens[self.at].value.lower() in _FILLERS:
            following = self.tokens[self.at + 1 : self.at + 3]
            if following and following[0].value in (":", "="):
                break  # a label
            if len(following) == 2 and following[0].kind == following[1].kind == "sym" and not following[1].spaced:
                break  # "so AB" may as well be "so pay"
            self.at += 1
        node = self.listing(("end",))
        if self.tokens[self.at].kind != "end":
            raise Unreadable(f"unexpected {self.tokens[self.at].value!r}")
        return node

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
            if token.kind == "word" and groups[-1] and token.value.lower() in CONDITIONS:
                groups[-1][-1] = self.conditioned(groups[-1][-1])
                pending = False
                continue
            groups[-1].append(self.item())
            pending = False
        if pending:
            raise Unreadable("empty item")
        if len(groups) > 1 and all(len(group) == 1 for group in groups):
            groups = [[group[0] for group in groups]]
        lists = [joined(without_domain(group, join_of(joins)), join_of(joins)) for group in groups]
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
        if token.value in ("\\", "&") and token.kind in ("cmd", "op"):
            self.at += 1
            return ","
        return None

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
                return Node("cong", (sides[-1], modulus, *sides[:-1]))
            if operators and sides[1].op == "fn" and sides[1].value == "mod":
                return Node("cong", (*sides[1].args, sides[0]))
            operators = ["="] * len(operators)  # f = 0 identically
        for at, side in enumerate(sides[1:-1], start=1):
            if side.op == "union":  # a < x < b cup c < x < d
                left = Node("rel", (*sides[:at], side.args[0]), tuple(operators[:at]))
                right = Node("rel", (side.args[-1], *sides[at + 1 :]), tuple(operators[at:]))
                return Node("list", (left, right), "or")
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
            if self.tokens[self.at + 1].kind == "cmd" and self.tokens[self.at + 1].value in DOTS:
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
                break
        if len(parts) > 1 and is_set(parts[0]) and all(part.op == "neg" and is_set(part.args[0]) for part in parts[1:]):
            return Node("minus", (parts[0], *(part.args[0] for part in parts[1:])))
        return parts[0] if len(parts) == 1 else Node("add", tuple(parts))

    def dots_here(self) -> bool:
        token = self.tokens[self.at]
        return (token.kind == "cmd" and token.value in DOTS) or (token.kind == "op" and token.value == "...")

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
                if parts[-1].op == "degree" and factor.op == "unit" and factor.value in _ARC:
                    minutes = Node("div", (factor.args[0], number(_ARC[factor.value])))
                    parts[-1] = Node("degree", (Node("add", (parts[-1].args[0], minutes)),))
                elif factor.op != "rel":
                    parts.append(factor)
                elif factor.value != ("in",):
                    raise Unreadable("factor")  # (k in Z) after a formula only says what k is
            else:
                break
        if len(parts) == 1:
            return parts[0]
        if all(part.op == "group" and len(part.args) > 1 for part in parts):
            return Node("list", tuple(parts), ",")  # points with only space between them
        if len(parts) == 2 and parts[1] in _TEMPERATURES:
            value = parts[0].args[0] if parts[0].op == "neg" else parts[0]
            if value.op == "degree":
                value = value.args[0] if value is parts[0] else Node("neg", value.args)
                return Node("unit", (value,), f"deg{parts[1].value.lower()}")
        return Node("mul", tuple(parts))

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
            following = self.tokens[self.at + 1]
            if value == "(" and (following.value in ("mod", "bmod") or following.kind == "word"):
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


def _clock(hours: Node, minutes: Node) -> bool:
    return hours.op == "num" and minutes.op == "num" and 0 <= hours.value <= 24 and 0 <= minutes.value < 60
