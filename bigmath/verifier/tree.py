"""The tree every answer is read into: one immutable node type, named by its operator.

num value=Fraction            dec value=(Fraction, decimal places)       base value=(digits, base)
sym value=name                const value=pi|e|i|inf|empty|R|Z|N|Q|C     text value=normalised words
add mul div pow neg           fn value=name                              call value=name (f(x), perhaps f times x)
rel value=(operators)         group value=brackets such as "()" or "[)"  list  set  builder  union  inter  minus
matrix value=(rows, columns)  pm value="+-" or "-+"                      ratio  time value=minutes  cases  dots
sum prod int lim value=bound variable                                    percent  degree  unit value=unit
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One operator with its arguments. `value` carries what is not a tree: a number, a name, brackets."""

    op: str
    args: tuple["Node", ...] = ()
    value: Any = None


class Unreadable(Exception):  # noqa: N818 - a signal between parser and reader, never seen by a caller
    """The text is not in the grammar, or too large to be read."""


class Undecided(Exception):  # noqa: N818 - as above
    """This way of comparing does not apply or exceeds its limits."""


PI, E, I = Node("const", (), "pi"), Node("const", (), "e"), Node("const", (), "i")  # noqa: E741 # as mathematics has it
INFINITY = Node("const", (), "inf")
ZERO, ONE, MINUS_ONE = Node("num", (), Fraction(0)), Node("num", (), Fraction(1)), Node("num", (), Fraction(-1))
MINUS_INFINITY = Node("neg", (INFINITY,))
BINDERS = frozenset({"sum", "prod", "int", "lim"})


def as_function(node: Node) -> Node:
    """C(n, k) as the binomial coefficient it most often is; other calls as they are."""
    if node.op == "call" and node.value == "C" and len(node.args) == 2:
        return Node("fn", node.args, "binom")
    return node


def number(value: int | Fraction) -> Node:
    return Node("num", (), Fraction(value))


def walk(node: Node) -> Iterator[Node]:
    """Every node, parents first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(top.args))


def has(node: Node, *ops: str) -> bool:
    return any(part.op in ops for part in walk(node))


def names(node: Node) -> frozenset[str]:
    """Free symbols: those no sum, product, integral or limit binds."""
    if node.op == "sym":
        return frozenset({node.value})
    found: frozenset[str] = frozenset().union(*(names(arg) for arg in node.args)) if node.args else frozenset()
    if node.op == "call" and len(node.value) == 1:
        found |= {node.value}
    return found - {node.value} if node.op in BINDERS else found


def to_json(node: Node) -> list[Any]:
    """Lists, texts and integers only, for a worker process."""
    value = node.value
    if isinstance(value, Fraction):
        value = {"q": [value.numerator, value.denominator]}
    elif isinstance(value, tuple):
        value = {
            "t": [{"q": [part.numerator, part.denominator]} if isinstance(part, Fraction) else part for part in value]
        }
    return [node.op, [to_json(arg) for arg in node.args], value]


def from_json(data: list[Any]) -> Node:
    """The inverse of `to_json`."""
    op, args, value = data
    if isinstance(value, dict):
        value = Fraction(*value["q"]) if "q" in value else tuple(
            Fraction(*part["q"]) if isinstance(part, dict) else part for part in value["t"]
        )  # fmt: skip
    return Node(op, tuple(from_json(arg) for arg in args), value)


def substitute(node: Node, values: dict[str, Node]) -> Node:
    """The tree with symbols replaced; a bound variable hides an outer one of the same name."""
    if node.op == "sym":
        return values.get(node.value, node)
    if not node.args:
        return node
    if node.op in BINDERS and node.value in values:
        values = {name: value for name, value in values.items() if name != node.value}
    args = tuple(substitute(arg, values) for arg in node.args)
    if node.op == "call" and node.value in values and values[node.value].op == "sym":
        return Node("call", args, values[node.value].value)
    return node if args == node.args else Node(node.op, args, node.value)
