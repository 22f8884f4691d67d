"""Lists, sets, points and matrices."""

from collections import Counter

from bigmath.verifier import ellipsis, linear
from bigmath.verifier.equal import equal
from bigmath.verifier.members import in_order, signs, unordered
from bigmath.verifier.parameters import PARAMETERS, turns
from bigmath.verifier.relations import regions
from bigmath.verifier.sameness import Same
from bigmath.verifier.shapes import shape
from bigmath.verifier.tree import Node, has, names, substitute


def lists(a: Node, b: Node, same: Same) -> bool:
    if _labels_differ(a, b):
        return False
    if points := _points(a, b) or _points(b, a):
        return same(*points)
    if same.policy.ordered_lists and "set" not in (a.op, b.op):
        return in_order(a.args, b.args, same)
    if has(a, "pm") or has(b, "pm"):
        return signs(a, b, same)
    if all(shape(arg) in ("relation", "in") for arg in (*a.args, *b.args)):
        return regions(a, b, same)
    if has(a, "dots") or has(b, "dots"):
        return any(unordered(x.args, y.args, same) for x, y in ellipsis.written_out(a, b))
    if _in_alphabet(a) and b.value != "or" and b.op == "list" and not has(b, "rel"):
        return in_order(a.args, b.args, same)
    if _in_alphabet(b) and a.value != "or" and a.op == "list" and not has(a, "rel"):
        return in_order(a.args, b.args, same)
    return unordered(a.args, b.args, same) or _renamed_lists(a, b, same)


def _in_alphabet(node: Node) -> bool:
    """Values of different letters in their order, x = 1, y = 2: bare values beside them are in that order, too."""
    letters = [arg.args[0].value for arg in node.args if shape(arg) == "named" and arg.args[0].op == "sym"]
    single = all(len(letter) == 1 for letter in letters)
    return len(letters) == len(node.args) and single and letters == sorted(set(letters))


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
    if b.op == "group" and b.value == "()" and all(shape(arg) == "named" for arg in a.args):
        return same(Node("group", tuple(arg.args[-1] for arg in a.args), "()"), b)
    if has(b, "pm"):
        return signs(a, b, same)
    if a.value == "or" and not names(a) and all(same(a.args[0], other) for other in a.args[1:]):
        return same(a.args[0], b)  # 3/4, or 75%
    if len(a.args) == 1:
        return same(a.args[0], b)
    kind = shape(b)
    if kind == "tuple":
        return all(shape(arg) in ("relation", "in") for arg in a.args) and regions(a, b, same)
    if kind == "in" and b.args[1].op in ("set", "list"):
        return same(a, b.args[1])
    if kind == "interval" and not any(arg.op in ("rel", "list") for arg in a.args):
        return regions(Node("set", a.args), b, same)  # -1, 2 and {-1} cup {2}
    if kind in ("interval", "relation", "in", "numbers"):
        return regions(a, b, same)
    if kind == "named":
        return same(a, b.args[-1])
    return False


def _points(a: Node, b: Node) -> tuple[Node, Node] | None:
    """x = 1, y = 2, x = 2, y = 1 against (1, 2), (2, 1): named coordinates gathered into points."""
    first = b.args[0].args[-1] if shape(b.args[0]) == "named" else b.args[0]
    width = len(first.args) if first.op == "group" else 0
    rows = [arg.args if arg.op == "list" else (arg,) for arg in a.args]
    flat = [member for row in rows for member in row]
    if not width or len(flat) % width or any(shape(member) != "named" for member in flat):
        return None
    left = [member.args[0] for member in flat]
    if len(set(left)) != width or left != left[:width] * (len(left) // width):
        return None
    members = [member.args[-1] for member in flat]
    points = tuple(Node("group", tuple(members[at : at + width]), "()") for at in range(0, len(flat), width))
    return points[0] if len(points) == 1 else Node("list", points, ","), Node("list", (first, *b.args[1:]), b.value)


def _labels_differ(a: Node, b: Node) -> bool:
    """Whether the words of two lists of labelled numbers go to other numbers: 3 cats, 4 dogs and 4 cats, 3 dogs."""
    left, right = ([(arg.value, arg.args[0]) for arg in node.args if arg.op == "unit"] for node in (a, b))
    if len(left) != len(a.args) or len(right) != len(b.args):
        return False
    alike = all(Counter(pair[part] for pair in left) == Counter(pair[part] for pair in right) for part in (0, 1))
    return alike and Counter(left) != Counter(right)


def tuples(a: Node, b: Node, same: Same) -> bool:
    """Points in order; square brackets around three or more are a point as well, around two an interval."""
    if a.value != b.value and len(a.args) < 3:
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


def tuple_value(a: Node, b: Node, same: Same) -> bool:
    """A point against a sum of columns or of unit vectors."""
    if not has(b, "matrix"):
        parts = linear.by_unit_vectors(b, len(a.args))
        return parts is not None and in_order(a.args, parts, same)
    vector = linear.evaluate(b)
    return vector.op == "matrix" and vector_tuple(vector, a, same)


def point(a: Node, b: Node, same: Same) -> bool:
    """D(0, 1) names the point (0, 1)."""
    return same(Node("group", a.args, "()"), Node("group", b.args, "()") if shape(b) == "point" else b)


def point_value(a: Node, b: Node, same: Same) -> bool:
    return not has(b, "matrix", "pm", "dots") and equal(a, b)


def family(a: Node, b: Node, same: Same) -> bool:
    """The values of a formula for all integers: the parameter may have any name."""
    inner = b.args[0] if b.op == "family" else b.args[-1] if shape(b) == "named" else b
    if same(a.args[0], inner):
        return True
    only_a, only_b = names(a.args[0]) - names(inner), names(inner) - names(a.args[0])
    if len(only_a) != 1 or len(only_b) != 1 or a.value not in only_a:
        return False
    (other,) = only_b
    return same(a.args[0], substitute(inner, {other: Node("sym", (), a.value)}))


def matrix_value(a: Node, b: Node, same: Same) -> bool:
    if a.value == (1, 1):
        return same(a.args[0], b)
    return has(b, "matrix") and matrices(a, linear.evaluate(b), same)
