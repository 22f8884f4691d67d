"""Numbers, letters, brackets, functions and commands: what an exponent or an index may follow."""

from fractions import Fraction

from bigmath.verifier import bigops
from bigmath.verifier.bases import based
from bigmath.verifier.cursor import BINOMIALS, DOTS, FRACTIONS
from bigmath.verifier.environments import Environments
from bigmath.verifier.lexer import Token
from bigmath.verifier.tree import INFINITY, MINUS_ONE, E, I, Node, Unreadable, number
from bigmath.verifier.units import UNITS_IN_FRACTIONS

_CLOSING = {"(": ")]", "[": ")]", "{": "}"}
_INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
             "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh"}  # fmt: skip
_ALIASES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "tg": "tan", "ctg": "cot", "arctg": "arctan",
            "arcctg": "arccot", "sgn": "sign", "lg": "log", "cosec": "csc", "asinh": "arcsinh", "acosh": "arccosh",
            "atanh": "arctanh", "Re": "re", "Im": "im"}  # fmt: skip
_MANY = frozenset(
    {"gcd", "lcm", "max", "min", "floor", "ceil", "abs", "sign", "re", "im", "det", "arg", "mod", "Gamma", "binom"}
)
_ARGUMENTS = {"binom": 2, "mod": 2, **dict.fromkeys(("abs", "floor", "ceil", "sign", "re", "im", "arg", "det"), 1)}
_CALLED = frozenset({"f", "g", "h", "phi", "Phi", "psi", "F", "G"})
_FILLERS = frozenset(
    {"dfrac", "displaystyle", "text", "mathrm", "phantom", "nolimits", "limits", "rm", "bf", "!", "big", "Big"}
)


class Atoms(Environments):
    """One number, letter, bracket, function or command."""

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
            return based(Node("base", (), (value, 36)), self.raw_argument())
        if kind == "sym":
            self.at += 1
            return self.symbol(value)
        if kind == "const":
            self.at += 1
            return INFINITY if value == "inf" else Node("const", (), value)
        if kind == "fn":
            self.at += 1
            return self.function(value)
        if kind == "word" and value.lower() in UNITS_IN_FRACTIONS and self.is_alone():
            self.at += 1
            return Node("sym", (), value.lower())
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

    def is_alone(self) -> bool:
        """Whether the token stands alone in braces, as km does in \\frac{km}{h}."""
        before, after = self.tokens[self.at - 1 : self.at], self.tokens[self.at + 1]
        return bool(before) and before[0].value == "{" and before[0].kind == "op" and after.value == "}"

    def number(self, token: Token) -> Node:
        value, places = token.value
        if places is not None and places > 0:
            node = Node("dec", (), (value, places))
            if self.dots_here() and not self.tokens[self.at].spaced and (period := _repeating(value, places)):
                self.at += 1
                node = Node("num", (), period)
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
        if token.kind == "cmd" and token.value in FRACTIONS:
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
            if name in _CALLED or inner.op in ("sym", "num") or (inner.op == "rel" and name.isupper()):
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
        if self.builds():
            return self.set()
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

    def builds(self) -> bool:
        """Whether `{x | ...}` or `{x in R | ...}` begins here."""
        after = self.tokens[self.at + 1 : self.at + 5]
        width = 3 if len(after) > 3 and after[1].value == "in" else 1
        return len(after) > width and after[0].kind == "sym" and after[width].value in ("|", "mid")

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
        if len(args) != _ARGUMENTS.get(name, len(args)):
            raise Unreadable("number of arguments")
        if name == "log" and base is not None:
            args = (args[0], base)
        elif base is not None:
            raise Unreadable("subscript of a function")
        node = Node("pow", (E, args[0])) if name == "exp" else Node("fn", args, name)
        return node if power is None else Node("pow", (node, power))

    def function_arguments(self, name: str) -> tuple[Node, ...]:
        listed = name in _MANY and self.tokens[self.at].kind == "cmd" and self.tokens[self.at].value == "{"
        if listed or self.at_op("(") or self.at_op("[") or (self.at_op("{") and name in _MANY):
            inner = (
                self.set() if listed else self.braced() if self.at_op("{") else self.group(self.tokens[self.at].value)
            )
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
            if self.integrals and token.value == "d" and self.tokens[self.at + 1].kind == "sym":
                break
            if token.kind in ("sym", "const", "num") or (token.kind == "cmd" and token.value in FRACTIONS):
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
        if name in FRACTIONS:
            self.at += 1
            return Node("div", (self.argument(), self.argument()))
        if name in BINOMIALS:
            self.at += 1
            return Node("fn", (self.argument(), self.argument()), "binom")
        if name == "{":
            return self.set()
        if name in DOTS:
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


def _repeating(value: Fraction, places: int) -> Fraction | None:
    """0.1666... as 1/6: the value of a decimal with dots behind it, where its last digits repeat."""
    digits = str(int(value * 10**places) % 10**places).zfill(places)
    for length in range(1, places // 2 + 1):
        period = digits[-length:]
        repeats = 2
        while digits.endswith(period * (repeats + 1)):
            repeats += 1
        if digits.endswith(period * 2) and (length > 1 or repeats > 2):
            rest = int(value * 10**places) - int(period * repeats) % 10**places
            scale = 10 ** (places - length * repeats)
            return Fraction(rest, 10**places) + Fraction(int(period), scale * (10**length - 1))
    return None
