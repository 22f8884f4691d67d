"""Intervals, inequalities, set-builders and number sets as one normal form: a sorted union of real intervals.

Ends are compared as expressions, never as floats; floats only sort. What cannot be put in this form (symbols as ends,
relations in two variables) raises `Undecided`, and the rules then compare it piece by piece.
"""

from typing import NamedTuple

from bigmath.verifier.equal import approximate, equal
from bigmath.verifier.rationals import exact
from bigmath.verifier.tree import INFINITY, MINUS_INFINITY, Node, Undecided, names, number, substitute


class Interval(NamedTuple):
    low: Node
    high: Node
    low_in: bool
    high_in: bool


Union = list[Interval]
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def position(end: Node) -> float:
    """Where an end lies, for sorting."""
    if end == INFINITY:
        return float("inf")
    if end == MINUS_INFINITY:
        return float("-inf")
    return approximate(end)


def union_of(node: Node) -> Union:
    """The set of reals an answer describes. A relation describes the values of its one variable."""
    if node.op == "group" and len(node.args) == 2:
        low, high = node.args
        if position(low) > position(high):
            raise Undecided
        return [Interval(low, high, node.value[0] == "[", node.value[1] == "]")]
    if node.op == "union":
        return _merge([part for arg in node.args for part in union_of(arg)])
    if node.op == "inter":
        result = union_of(node.args[0])
        for arg in node.args[1:]:
            result = _intersect(result, union_of(arg))
        return result
    if node.op == "minus":
        result = union_of(node.args[0])
        for arg in node.args[1:]:
            result = _intersect(result, _complement(union_of(arg)))
        return result
    if node.op == "set":
        return _merge([Interval(arg, arg, True, True) for arg in node.args])
    if node.op == "const" and node.value == "R":
        return [Interval(MINUS_INFINITY, INFINITY, False, False)]
    if node.op == "const" and node.value == "empty":
        return []
    if node.op == "builder":
        head, condition = node.args
        if head.op == "rel" and head.value == ("in",) and head.args[1] == Node("const", (), "R"):
            head = head.args[0]
        if head.op != "sym":
            raise Undecided
        return union_of(condition)
    if node.op == "rel":
        return _relation(node)
    if node.op == "list" and all(arg.op in ("rel", "list") for arg in node.args):
        if len(frozenset().union(*(_variables(arg) for arg in node.args))) > 1:
            raise Undecided
        result = union_of(node.args[0])
        for arg in node.args[1:]:
            result = _intersect(result, union_of(arg))
        # "1 < x < 2, 3 < x < 4" can only mean one or the other
        if node.value == "or" or (node.value == "," and not result):
            return _merge([part for arg in node.args for part in union_of(arg)])
        return result
    raise Undecided


def _variables(node: Node) -> frozenset[Node]:
    """What the relations of a list are about: x and y of x > 1, y > 2."""
    if node.op == "list":
        return frozenset().union(*(_variables(arg) for arg in node.args))
    return frozenset(arg for arg in node.args if _is_variable(arg))


def _relation(node: Node) -> Union:
    if node.value == ("in",) and node.args[0].op in ("sym", "sub"):
        return union_of(node.args[1])
    result = [Interval(MINUS_INFINITY, INFINITY, False, False)]
    for left, operator, right in zip(node.args, node.value, node.args[1:], strict=False):
        result = _intersect(result, _simple(left, operator, right))
    return result


def _simple(left: Node, operator: str, right: Node) -> Union:
    """variable < end in either order, |x - 1| < end, or a linear inequality in one variable."""
    if operator not in _FLIPPED:
        raise Undecided
    if right.op == "fn" and right.value == "abs":
        left, operator, right = right, _FLIPPED[operator], left
    if left.op == "fn" and left.value == "abs" and not names(right):
        return _absolute(left.args[0], operator, right)
    if not _is_variable(left) and not _is_variable(right):
        left, operator, right = _solved(left, operator, right)
    if not _is_variable(left):
        left, operator, right = right, _FLIPPED[operator], left
    if not _is_variable(left) or names(right) & names(left):
        raise Undecided
    if operator == "=":
        return [Interval(right, right, True, True)]
    if operator == "!=":
        return [Interval(MINUS_INFINITY, right, False, False), Interval(right, INFINITY, False, False)]
    if operator in ("<", "<="):
        return [Interval(MINUS_INFINITY, right, False, operator == "<=" and right != INFINITY)]
    return [Interval(right, INFINITY, operator == ">=" and right != MINUS_INFINITY, False)]


def _absolute(inner: Node, operator: str, bound: Node) -> Union:
    """|g| < c is -c < g < c, and |g| > c is g < -c or g > c."""
    if position(bound) < 0:
        raise Undecided
    negative = Node("neg", (bound,))
    if operator in ("<", "<="):
        return _intersect(_simple(inner, operator, bound), _simple(inner, _FLIPPED[operator], negative))
    if operator in (">", ">="):
        return _merge([*_simple(inner, operator, bound), *_simple(inner, _FLIPPED[operator], negative)])
    raise Undecided


def _solved(left: Node, operator: str, right: Node) -> tuple[Node, str, Node]:
    """A linear relation with its variable alone on the left."""
    difference = Node("add", (left, Node("neg", (right,))))
    free = names(difference)
    if len(free) != 1:
        raise Undecided
    (name,) = free
    at_zero, at_one = (exact(substitute(difference, {name: number(value)})) for value in (0, 1))
    slope, symbol = at_one - at_zero, Node("sym", (), name)
    if not slope or not equal(difference, Node("add", (number(at_zero), Node("mul", (number(slope), symbol))))):
        raise Undecided
    return symbol, operator if slope > 0 else _FLIPPED[operator], number(-at_zero / slope)


def _is_variable(node: Node) -> bool:
    return node.op in ("sym", "sub") or (node.op == "call" and all(arg.op == "sym" for arg in node.args))


def _same(a: Node, b: Node) -> bool:
    if a == b:
        return True
    if INFINITY in (a, b) or MINUS_INFINITY in (a, b):
        return False
    return equal(a, b)


def _merge(parts: Union) -> Union:
    """Sorted, with touching and overlapping intervals joined and empty ones left out."""
    kept: Union = []
    parts = [part for part in parts if not _same(part.low, part.high) or (part.low_in and part.high_in)]
    for part in sorted(parts, key=lambda part: (position(part.low), not part.low_in, position(part.high))):
        if not kept:
            kept.append(part)
            continue
        last = kept[-1]
        touching = _same(last.high, part.low)
        if (touching and (last.high_in or part.low_in)) or (not touching and position(part.low) < position(last.high)):
            low_in = last.low_in or (part.low_in and _same(part.low, last.low))
            if _same(last.high, part.high):
                kept[-1] = Interval(last.low, last.high, low_in, last.high_in or part.high_in)
            elif position(part.high) > position(last.high):
                kept[-1] = Interval(last.low, part.high, low_in, part.high_in)
            else:
                kept[-1] = last._replace(low_in=low_in)
        else:
            kept.append(part)
    return kept


def _complement(parts: Union) -> Union:
    result: Union = []
    low, low_in = MINUS_INFINITY, False
    for part in parts:
        if part.low != MINUS_INFINITY:
            result.append(Interval(low, part.low, low_in, not part.low_in))
        low, low_in = part.high, not part.high_in
    if low != INFINITY:
        result.append(Interval(low, INFINITY, low_in and low != MINUS_INFINITY, False))
    return _merge(result)


def _intersect(left: Union, right: Union) -> Union:
    result: Union = []
    for a in left:
        for b in right:
            low, low_in = _later(a.low, a.low_in, b.low, b.low_in, 1)
            high, high_in = _later(a.high, a.high_in, b.high, b.high_in, -1)
            if position(low) < position(high) or (_same(low, high) and low_in and high_in):
                result.append(Interval(low, high, low_in, high_in))
    return _merge(result)


def _later(a: Node, a_in: bool, b: Node, b_in: bool, sign: int) -> tuple[Node, bool]:
    if _same(a, b):
        return a, a_in and b_in
    return (a, a_in) if sign * position(a) > sign * position(b) else (b, b_in)


def same_union(a: Union, b: Union) -> bool:
    return len(a) == len(b) and all(
        x.low_in == y.low_in and x.high_in == y.high_in and _same(x.low, y.low) and _same(x.high, y.high)
        for x, y in zip(a, b, strict=True)
    )
