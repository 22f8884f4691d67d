"""Matrices written as sums, products and powers of matrices, worked out into one matrix of expressions; sums of unit
vectors as their entries."""

from bigmath.verifier.equal import equal
from bigmath.verifier.tree import I, Node, Undecided, has, number, substitute, walk

_LARGEST = 12
"""Rows or columns up to which a product is worked out; entries grow with the cube."""


def evaluate(node: Node) -> Node:
    """One matrix node, or the node itself where it is a scalar. Raises `Undecided` where shapes do not fit."""
    if not has(node, "matrix") or node.op == "matrix":
        return node
    args = [evaluate(arg) for arg in node.args]
    if node.op == "neg":
        return _scaled(number(-1), args[0])
    if node.op == "add":
        total = args[0]
        for arg in args[1:]:
            if total.op != "matrix" or arg.op != "matrix" or total.value != arg.value:
                raise Undecided
            entries = tuple(Node("add", pair) for pair in zip(total.args, arg.args, strict=True))
            total = Node("matrix", entries, total.value)
        return total
    if node.op == "mul":
        result = args[0]
        for arg in args[1:]:
            result = _times(result, arg)
        return result
    if node.op == "div" and args[1].op != "matrix":
        return _scaled(Node("div", (number(1), args[1])), args[0])
    if node.op == "pow" and args[1].op == "num" and args[1].value in (2, 3, 4):
        result = args[0]
        for _ in range(int(args[1].value) - 1):
            result = _times(result, args[0])
        return result
    if node.op == "pow" and args[1] in (Node("sym", (), "T"), Node("sym", (), "top")):
        rows, columns = args[0].value
        entries = tuple(args[0].args[row * columns + column] for column in range(columns) for row in range(rows))
        return Node("matrix", entries, (columns, rows))
    if node.op == "fn" and node.value == "det":
        return _determinant(args[0])
    raise Undecided


def _scaled(factor: Node, matrix: Node) -> Node:
    return Node("matrix", tuple(Node("mul", (factor, entry)) for entry in matrix.args), matrix.value)


def _times(a: Node, b: Node) -> Node:
    if a.op != "matrix" and b.op != "matrix":
        return Node("mul", (a, b))
    if a.op != "matrix":
        return _scaled(a, b)
    if b.op != "matrix":
        return _scaled(b, a)
    (rows, inner), (height, columns) = a.value, b.value
    if inner != height or max(rows, inner, columns) > _LARGEST:
        raise Undecided
    entries = tuple(
        Node("add", tuple(Node("mul", (a.args[row * inner + k], b.args[k * columns + column])) for k in range(inner)))
        for row in range(rows)
        for column in range(columns)
    )
    return Node("matrix", entries, (rows, columns))


def _determinant(matrix: Node) -> Node:
    rows, columns = matrix.value
    if rows != columns or rows > 3:
        raise Undecided
    if rows == 1:
        return matrix.args[0]
    terms = []
    for column in range(columns):
        minor = tuple(
            matrix.args[row * columns + other] for row in range(1, rows) for other in range(columns) if other != column
        )
        term = Node("mul", (matrix.args[column], _determinant(Node("matrix", minor, (rows - 1, columns - 1)))))
        terms.append(term if column % 2 == 0 else Node("neg", (term,)))
    return Node("add", tuple(terms))


_AXES = tuple(tuple(f"{mark}{letter}" for letter in "ijk") for mark in ("", "hat ", "vec "))


def by_unit_vectors(node: Node, width: int) -> tuple[Node, ...] | None:
    """The entries of 2i - j + k; None where j and k are missing, so that i is a number, or it is not linear in them."""
    node = _imaginary_as_letter(node)
    for axes in _AXES:
        if width not in (2, 3) or not any(Node("sym", (), letter) in walk(node) for letter in axes[1:]):
            continue
        entries = tuple(
            substitute(node, {letter: number(int(letter == axis)) for letter in axes}) for axis in axes[:width]
        )
        terms = (Node("mul", (entry, Node("sym", (), axis))) for entry, axis in zip(entries, axes, strict=False))
        return entries if equal(node, Node("add", tuple(terms))) else None
    return None


def _imaginary_as_letter(node: Node) -> Node:
    if node == I:
        return Node("sym", (), "i")
    return Node(node.op, tuple(map(_imaginary_as_letter, node.args)), node.value) if node.args else node
