"""Sums, products, integrals and limits: `\\sum_{i=1}^n a_i`, `\\int_0^1 x dx`, `\\lim_{x \\to 0} f(x)`."""

from bigmath.verifier.cursor import Cursor
from bigmath.verifier.tree import Node, Unreadable

NOTHING = Node("none")


def parse(parser: Cursor, kind: str) -> Node:
    """Reads the bounds and the body after the operator's name. The body of a sum ends where its sum of terms would."""
    lower, upper = NOTHING, NOTHING
    for _ in range(2):
        if parser.at_op("_"):
            parser.at += 1
            lower = _bound(parser)
        elif parser.at_op("^"):
            parser.at += 1
            upper = parser.script()
    if kind == "int":
        parser.integrals += 1
        body, variable = _integrand(parser.product())
        parser.integrals -= 1
        return Node("int", (body, lower, upper), variable)
    if kind == "lim":
        if lower.op != "rel" or lower.value != ("->",) or lower.args[0].op != "sym":
            raise Unreadable("limit")
        return Node("lim", (parser.product(), lower.args[1]), lower.args[0].value)
    if lower.op != "rel" or lower.value != ("=",) or upper is NOTHING:
        raise Unreadable("bounds")
    index = lower.args[0]
    if index.op not in ("sym", "const"):
        raise Unreadable("index")
    body = parser.product()
    return Node(kind, (_unbind(body, index), lower.args[1], upper), _name(index))


def _name(index: Node) -> str:
    return "i" if index.op == "const" else str(index.value)


def _unbind(body: Node, index: Node) -> Node:
    """Where the index is i, every i below is the index and not the imaginary unit."""
    if index.op != "const":
        return body
    if body == index:
        return Node("sym", (), "i")
    return Node(body.op, tuple(_unbind(arg, index) for arg in body.args), body.value)


def _bound(parser: Cursor) -> Node:
    if not parser.at_op("{"):
        return parser.script()
    parser.at += 1
    node = parser.relation()
    if not parser.at_op("}"):
        raise Unreadable("bound")
    parser.at += 1
    return node


def _integrand(node: Node) -> tuple[Node, str]:
    """Splits the `dx` off a product."""
    if node.op == "div" and node.args[0].op == "mul":
        raise Unreadable("integral")
    if node.op != "mul" or len(node.args) < 2 or node.args[-2] != Node("sym", (), "d") or node.args[-1].op != "sym":
        raise Unreadable("integral without its variable")
    rest = node.args[:-2]
    body = rest[0] if len(rest) == 1 else Node("mul", rest) if rest else Node("num", (), 1)
    return body, str(node.args[-1].value)
