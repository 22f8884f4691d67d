"""One item of a list: an expression or relation with its label, unit, remark or condition in words."""

from bigmath.verifier.lexer import Token
from bigmath.verifier.powers import Powers
from bigmath.verifier.tree import Node, Unreadable
from bigmath.verifier.units import CONDITIONS, attach, compound, is_domain, quantity, scale

_NO_NAME = CONDITIONS | frozenset("only no not except about line axis than always equal any every between".split())
"""Words that are not part of what an equation names: only when x = 0."""


class Items(Powers):
    """An expression or relation with the words around it."""

    def item(self) -> Node:
        """A relation or expression, with a name before it (`Minimum: 3`) or a unit or condition after it."""
        label = self.label()
        node = self.relation()
        if self.at_op("(") and self.tokens[self.at + 1].kind == "word":
            node = self.remark(node)
        while (token := self.tokens[self.at]).kind == "word" and (word := token.value.lower()) not in ("and", "or"):
            if word in CONDITIONS and (word != "such" or self.tokens[self.at + 1].value == "that"):
                node = self.conditioned(node)
                break
            measured = attach(node, self.words())
            node = measured
            if measured.op != "unit" or self.tokens[self.at].kind != "num":
                break
            number_after = self.product()
            if self.tokens[self.at].kind == "word":
                following = attach(number_after, self.words())
            else:
                following = quantity(number_after)  # 1 km 200 m
            node = compound([measured, following]) or _unreadable("two quantities")
        return Node("rel", (Node("sym", (), label), node), ("=",)) if label else node

    def label(self) -> str | None:
        """Leading words that end in a colon or equality sign."""
        at = self.at
        while (token := self.tokens[at]).kind == "word" or (at > self.at and token.kind == "sym"):
            if token.value in _NO_NAME:
                return None
            at += 1
        if at > self.at and self.tokens[at].kind == "op" and self.tokens[at].value in (":", "="):
            label = " ".join(str(token.value).lower() for token in self.tokens[self.at : at])
            self.at = at + 1
            return label
        return None

    def remark(self, node: Node) -> Node:
        """The expression before words in brackets: a unit, or a remark such as (minimum)."""
        self.at += 1
        words = self.words()
        if not self.at_op(")"):
            raise Unreadable("words in brackets")
        self.at += 1
        measured = attach(node, words)
        return measured if measured.op != "unit" or scale(measured.value) is not None else node

    def conditioned(self, node: Node) -> Node:
        """The expression with the condition that follows it, unless that only says what kind of number a letter is."""
        word = self.tokens[self.at].value.lower()
        start = self.at + 1
        words = self.words(condition=True)
        if is_domain([word.lower() for word in words]):
            return node
        while self.tokens[start].kind == "word" and self.tokens[start].value.lower() in CONDITIONS | {"that"}:
            start += 1
        inner = type(self)([*self.tokens[start : self.at], Token("end", None, False)], self)
        condition = inner.condition()
        if condition.op == "rel" and condition.value == ("in",) and condition.args[1].op == "const":
            return node
        return Node("where", (node, condition), word)

    def words(self, *, condition: bool = False) -> list[str]:
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
                if kind == "num" and found:
                    return found
                raise Unreadable("words")
            found.append(str(value[0]) if kind == "num" else str(value))
            self.at += 1


def _unreadable(what: str) -> Node:
    raise Unreadable(what)
