"""What the items of a list make together: a list, one length of two, the pieces of a function."""

from bigmath.verifier.tree import Node, names
from bigmath.verifier.units import compound


def without_domain(items: list[Node], join: str) -> list[Node]:
    """The items without a closing `k \\in \\mathbb{Z}`, which only says what a letter of the others is."""
    last = items[-1]
    if len(items) < 2 or last.op != "rel":
        return items
    others: frozenset[str] = frozenset().union(*(names(item) for item in items[:-1]))
    if last.value == ("in",) and (last.args[1].op == "const" or last.args[1] in _TYPED_SETS):
        return items[:-1] if names(last.args[0]) <= others else items
    bounded = "=" not in last.value and set(last.value) <= _ORDER and names(last) <= others
    if len(items) == 2 and bounded and join == "," and (items[0].op != "rel" or items[0].value == ("=",)):
        return [Node("where", (items[0], last), "for")]
    return items


_ORDER = frozenset({"<", ">", "<=", ">=", "!="})
_TYPED_SETS = frozenset(Node("sym", (), name) for name in "RZNQ")


def joined(items: list[Node], join: str) -> Node:
    """One node of the items of a list: pieces with conditions are one function, 2 feet and 3 inches one length."""
    if len(items) == 1:
        return items[0]
    if all(item.op == "where" for item in items) and items[0].value in ("if", "when", "for"):
        return _pieces(items)
    if join == "and" and all(item.op == "unit" for item in items) and (total := compound(items)) is not None:
        return total
    return Node("list", tuple(items), join)


def _pieces(items: list[Node]) -> Node:
    """f(x) = 0 if x > 0, f(x) = x if x < 0, as the piecewise definition of f(x)."""
    values = [item.args[0] for item in items]
    left = values[0].args[0] if values[0].op == "rel" else None
    named = left is not None and all(value.op == "rel" and value.args[0] == left for value in values)
    pieces = tuple(
        Node("group", (value.args[-1] if named else value, item.args[1]), "()")
        for item, value in zip(items, values, strict=True)
    )
    cases = Node("cases", pieces)
    return Node("rel", (left, cases), ("=",)) if named and left is not None else cases


def is_set(node: Node) -> bool:
    return node.op in ("set", "union") or node in (
        Node("const", (), "R"),
        Node("const", (), "Z"),
        Node("const", (), "C"),
    )


def join_of(joins: set[str]) -> str:
    return "or" if "or" in joins else "and" if joins == {"and"} else ","
