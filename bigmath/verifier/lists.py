"""Lists, sets, points and matrices."""

from bigmath.verifier import ellipsis, linear
from bigmath.verifier.equal import equal
from bigmath.verifier.members import in_order, signs, unordered
from bigmath.verifier.parameters import PARAMETERS, turns
from bigmath.verifier.relations import regions
from bigmath.verifier.sameness import Same
from bigmath.verifier.shapes import shape
from bigmath.verifier.tree import Node, has, names, substitute


def lists(a: Node, b: Node, same: Same) -> bool:
    if same.policy.ordered_lists and "set" not in (a.op, b.op):
        return in_order(a.args, b.args, same)
    if has(a, "pm") or has(b, "pm"):
        return signs(a, b, same)
    if all(shape(arg) in ("relation", "in") for arg in (*a.args, *b.args)):
        return regions(a, b, same)
    if has(a, "dots") or has(b, "dots"):
        return any(unordered(x.args, y.args, same) for x, y in ellipsis.written_out(a, b))
    return unordered(a.args, b.args, same) or _renamed_lists(a, b, same)


def _renamed_lists(a: Node, b: Node, same: Same) -> bool:
    only_a, only_b = names(a) - names(b), names(b) - names(a)
    if len(only_a) != 1 or len(only_b) != 1:
        return False
    (x,), (y,) = only_a, only_b
    if x in PARAMETERS and y in PARAMETERS and turns(a, x) and turns(b, y):
        return unordered(a.args, substitute(b, {y: Node("sym", (), x)}).args, same)
    return False


def list_with_one(a: Node, b: Node, same: Same) -> bool:
    """A list against something else: one member, one sign written out, regions, or names in order."""
    if has(b, "pm"):
        return signs(a, b, same)
    if len(a.args) == 1:
        return same(a.args[0], b)
    kind = shape(b)
    if kind == "tuple":
        if all(shape(arg) == "named" for arg in a.args) and b.value == "()":
            return in_order([arg.args[-1] for arg in a.args], b.args, same)
        return all(shape(arg) in ("relation", "in") for arg in a.args) and regions(a, b, same)
    if kind in ("interval", "relation", "in", "numbers"):
        return regions(a, b, same)
    if kind == "named":
        return same(a, b.args[-1])
    return False


def tuples(a: Node, b: Node, same: Same) -> bool:
    if a.value != b.value:
        return False
    if has(a, "pm") or has(b, "pm"):
        return signs(a, b, same)
    return in_order(a.args, b.args, same)


def matrices(a: Node, b: Node, same: Same) -> bool:
    if a.op != "matrix" or b.op != "matrix":
        return a.op != "matrix" and b.op != "matrix" and equal(a, b)
    return bool(a.value == b.value) and in_order(a.args, b.args, same)


def vector_tuple(a: Node, b: Node, same: Same) -> bool:
    """A column or row is the point with its entries; [[1, 2], [3, 4]] is a matrix by rows."""
    rows, columns = a.value
    if b.value == "[]" and len(b.args) == rows and all(row.op == "group" and row.value == "[]" for row in b.args):
        return all(len(row.args) == columns for row in b.args) and in_order(
            a.args, [entry for row in b.args for entry in row.args], same
        )
    return 1 in a.value and b.value in ("()", "[]") and in_order(a.args, b.args, same)


def matrix_value(a: Node, b: Node, same: Same) -> bool:
    if a.value == (1, 1):
        return same(a.args[0], b)
    return has(b, "matrix") and matrices(a, linear.evaluate(b), same)
