"""Piecewise definitions: piece by piece, else by their values at the ends of the pieces and between them."""

from fractions import Fraction

from bigmath.verifier.equal import equal
from bigmath.verifier.rationals import exact
from bigmath.verifier.relations import condition
from bigmath.verifier.sameness import Same
from bigmath.verifier.tree import Node, Undecided, has, names, number, substitute, walk

_HOLDS = {"<": Fraction.__lt__, "<=": Fraction.__le__, ">": Fraction.__gt__, ">=": Fraction.__ge__,
          "=": Fraction.__eq__, "!=": Fraction.__ne__}  # fmt: skip
_MOST_ENDS = 12


def cases(a: Node, b: Node, same: Same) -> bool:
    """The same pieces in any order, a last condition may be left to `otherwise`; else the same values."""
    return _same_pieces(a, b, same) or case_values(a, b, same)


def _same_pieces(a: Node, b: Node, same: Same) -> bool:
    if len(a.args) != len(b.args):
        return False
    rest = list(b.args)
    for piece in a.args:
        for index, other in enumerate(rest):
            if same(piece.args[0], other.args[0]) and condition(piece.args[1], other.args[1], same):
                del rest[index]
                break
        else:
            return False
    return True


def case_values(a: Node, b: Node, same: Same) -> bool:
    """Against a formula or other pieces: equal at every end of a piece, beside it and far from it."""
    conditions = [piece.args[1] for node in (a, b) if node.op == "cases" for piece in node.args]
    variables = frozenset[str]().union(*(names(each) for each in conditions if each.op == "rel"))
    if len(variables) != 1 or has(b, "pm", "dots", "matrix"):
        return False
    (variable,) = variables
    if any(each.op == "text" and each.value != "otherwise" for each in conditions):
        return False
    ends = {part.value for each in conditions for part in walk(each) if part.op == "num"}
    ends |= {
        -part.args[0].value
        for each in conditions
        for part in walk(each)
        if part.op == "neg" and part.args[0].op == "num"
    }
    if len(ends) > _MOST_ENDS:
        raise Undecided
    near = {end + step for end in ends for step in (Fraction(-1, 7), Fraction(1, 7))}
    for at in sorted({*ends, *near, *map(Fraction, (-53, -9, -2, -1, 0, 1, 2, 9, 53))}):
        left, right = _value(a, variable, at), _value(b, variable, at)
        if (left is None) != (right is None):
            return False
        if left is not None and right is not None and not equal(left, right):
            return False
    return True


def _value(node: Node, variable: str, at: Fraction) -> Node | None:
    """What a definition says at a point; None where no piece covers it."""
    point = {variable: number(at)}
    if node.op != "cases":
        return substitute(node, point)
    for piece in node.args:
        if piece.args[1] == Node("text", (), "otherwise") or _holds(substitute(piece.args[1], point)):
            return substitute(piece.args[0], point)
    return None


def _holds(relation: Node) -> bool:
    if relation.op != "rel" or any(operator not in _HOLDS for operator in relation.value):
        raise Undecided
    sides = [exact(side) for side in relation.args]
    return all(
        _HOLDS[operator](left, right) for left, operator, right in zip(sides, relation.value, sides[1:], strict=False)
    )
