"""Single values: numbers, formulas, angles, percentages, ratios, times, congruences, quantities."""

import re
from fractions import Fraction

from bigmath.verifier import ellipsis, linear, tail
from bigmath.verifier.equal import approximate, equal
from bigmath.verifier.lists import matrices
from bigmath.verifier.members import signs
from bigmath.verifier.parameters import PARAMETERS, turns
from bigmath.verifier.rationals import exact
from bigmath.verifier.relations import condition
from bigmath.verifier.sameness import Same
from bigmath.verifier.shapes import is_namelike
from bigmath.verifier.tree import BINDERS, PI, Node, Undecided, has, names, number, substitute, walk
from bigmath.verifier.units import factors, quantity, scale


def values(a: Node, b: Node, same: Same) -> bool:
    if has(a, "pm") or has(b, "pm"):
        return signs(a, b, same)
    if has(a, "matrix") or has(b, "matrix"):
        return matrices(linear.evaluate(a), linear.evaluate(b), same)
    if has(a, "dots") or has(b, "dots"):
        return ellipsis.same(a, b)
    try:
        if equal(a, b):
            return True
    except Undecided:
        if not (same.policy.tail and (has(a, *BINDERS) or has(b, *BINDERS))):
            raise
        return tail.same(a, b)
    return _periodic(a, b) or _same_constant(a, b) or (same.policy.forgive_units and _degrees_left_out(a, b))


def _same_constant(a: Node, b: Node) -> bool:
    """The constant of integration may have any name, and as C swallow numbers: F(x) + C = F(x) + c = F(x) + 1 + C."""
    if a.op != "add" or b.op != "add" or not (_is_constant(a.args[-1]) and _is_constant(b.args[-1])):
        return False
    left, right = Node("add", a.args[:-1]), Node("add", b.args[:-1])
    if names(a.args[-1]) & names(left) or names(b.args[-1]) & names(right):
        return False
    letters = names(left)
    if a.args[-1] == b.args[-1] == _C and letters and names(right) == letters <= _VARIABLES:
        shift = Node("add", (left, Node("neg", (right,))))
        fixed = substitute(shift, dict.fromkeys(letters, number(Fraction(3, 7))))
        try:
            return equal(shift, fixed)
        except Undecided:
            return False
    return a.args[-1] != b.args[-1] and equal(left, right)


_C = Node("sym", (), "C")
_VARIABLES = frozenset("xtuyzθ") | {"theta"}
"""Letters that one integrates over; where another is, C is a quantity of the problem."""


def _is_constant(node: Node) -> bool:
    return (node.op == "sym" and node.value in ("C", "c", "K", "k")) or (node.op == "sub" and node.value in ("C", "c"))


def _degrees_left_out(a: Node, b: Node) -> bool:
    """360k + 45 degrees = 360 k degrees + 45 degrees: signs missing on some terms, none of them in radians."""
    if not (has(a, "degree") or has(b, "degree")) or any(part in (PI,) for part in (*walk(a), *walk(b))):
        return False
    return equal(_without_degrees(a), _without_degrees(b))


def _without_degrees(node: Node) -> Node:
    if node.op == "fn" or not node.args:
        return node
    if node.op == "degree":
        return _without_degrees(node.args[0])
    return Node(node.op, tuple(_without_degrees(arg) for arg in node.args), node.value)


def _periodic(a: Node, b: Node) -> bool:
    """k pi = n pi, and pi/4 + k pi = 5 pi/4 + n pi: a free integer beside pi or a degree sign may have any name, and
    the same values in another order are the same. Of one name only k is such an integer: n is mostly given."""
    only_a, only_b = names(a) - names(b), names(b) - names(a)
    if not only_a and not only_b:
        return turns(a, "k") and turns(b, "k") and _same_values(a, b, "k")
    if len(only_a) != 1 or len(only_b) != 1:
        return False
    (x,), (y,) = only_a, only_b
    if x in PARAMETERS and y in PARAMETERS and turns(a, x) and turns(b, y):
        renamed = substitute(b, {y: Node("sym", (), x)})
        return equal(a, renamed) or _same_values(a, renamed, x)
    return False


def _same_values(a: Node, b: Node, name: str) -> bool:
    """Whether two formulas that are linear in an integer, and have no other letter, run through the same numbers. Not
    where these are the multiples of the step: nobody would write (k-2) pi for k pi, so that k is given there."""
    if names(a) != {name} or names(b) != {name}:
        return False
    symbol = Node("sym", (), name)
    (start_a, step_a), (start_b, step_b) = (
        (start, Node("add", (substitute(one, {name: number(1)}), Node("neg", (start,)))))
        for one in (a, b)
        for start in (substitute(one, {name: number(0)}),)
    )
    if not equal(step_a, step_b) and not equal(step_a, Node("neg", (step_b,))):
        return False
    for one, start, step in ((a, start_a, step_a), (b, start_b, step_b)):
        if not equal(one, Node("add", (start, Node("mul", (symbol, step))))):
            return False
    return not _is_whole(start_a, step_a) and _is_whole(Node("add", (start_a, Node("neg", (start_b,)))), step_a)


def _is_whole(value: Node, step: Node) -> bool:
    """Whether a value is an integer times a step."""
    quotient = Node("div", (value, step))
    return equal(quotient, number(round(approximate(quotient))))


def degrees(a: Node, b: Node, same: Same) -> bool:
    """120 degrees = 2 pi / 3, and = 120 where the other side has no angle in it."""
    if b.op in ("list", "set", "group", "matrix", "text", "rel"):
        return False
    try:
        if equal(a, b):
            return True
    except Undecided:
        pass
    return same.policy.forgive_units and not has(b, "degree", "const") and same(a.args[0], b)


def percents(a: Node, b: Node, same: Same) -> bool:
    """10% = 0.1 = 1/10, and = 10 where a missing sign is forgiven."""
    if b.op in ("list", "set", "group", "matrix", "text", "rel"):
        return False
    if b.op == "percent":
        return same(a.args[0], b.args[0])
    if values(a, b, same):
        return True
    return same.policy.forgive_percent_sign and same(a.args[0], b)


def ratios(a: Node, b: Node, same: Same) -> bool:
    """Proportional terms: 2:3:4 = 4:6:8."""
    if len(a.args) != len(b.args):
        return False
    if has(a, "dots") or has(b, "dots"):
        return all(same(x, y) for x, y in zip(a.args, b.args, strict=True))
    first_a, first_b = a.args[0], b.args[0]
    return all(
        equal(Node("mul", (x, first_b)), Node("mul", (y, first_a))) for x, y in zip(a.args[1:], b.args[1:], strict=True)
    )


def ratio_value(a: Node, b: Node, same: Same) -> bool:
    return len(a.args) == 2 and equal(Node("div", a.args), b)


def time_ratio(a: Node, b: Node, same: Same) -> bool:
    """2:30 p.m. = 14:30, whose spelling is that of a ratio."""
    if len(b.args) != 2 or any(arg.op != "num" for arg in b.args):
        return False
    hours, minutes = b.args
    return times(a, Node("time", (), (hours.value * 60 + minutes.value, hours.value > 12)), same)


def times(a: Node, b: Node, same: Same) -> bool:
    """Minutes since midnight; where one side leaves morning or afternoon open, within twelve hours."""
    (x, x_known), (y, y_known) = a.value, b.value
    return bool(x == y or (not (x_known and y_known) and x % 720 == y % 720))


def congruences(a: Node, b: Node, same: Same) -> bool:
    """3 (mod 7) = x = 10 (mod 7); x + 1 = 4 (mod 7) is brought to x = 3 (mod 7)."""
    modulus = exact(a.args[1])
    if modulus != exact(b.args[1]) or not modulus:
        return False
    (x, _, *left), (y, _, *right) = a.args, b.args
    named = all(is_namelike(side) and side.op != "pow" for side in (*left, *right))
    if not left or not right or named:
        return (exact(x) - exact(y)) % modulus == 0
    for sign in (1, -1):
        rest = Node("add", (left[0], Node("mul", (number(-sign), right[0]))))
        constant = substitute(rest, dict.fromkeys(names(rest), number(0)))
        if equal(rest, constant):
            return (exact(constant) - exact(x) + sign * exact(y)) % modulus == 0
    return False


def congruence_family(a: Node, b: Node, same: Same) -> bool:
    """x = 3 (mod 7) against 7k + 3 for all integers k."""
    formula = b.args[-1] if b.op == "rel" else b
    free = names(formula) & PARAMETERS
    if len(free) != 1 or names(formula) != free or (b.op == "rel" and names(b.args[0]) & free):
        return False
    at_zero, at_one = (exact(substitute(formula, dict.fromkeys(free, number(value)))) for value in (0, 1))
    line = Node("add", (number(at_zero), Node("mul", (number(at_one - at_zero), Node("sym", (), *free)))))
    modulus = exact(a.args[1])
    return (
        abs(at_one - at_zero) == modulus != 0 and (at_zero - exact(a.args[0])) % modulus == 0 and equal(formula, line)
    )


def units(a: Node, b: Node, same: Same) -> bool:
    """Two quantities: known units convert, other words may be longer on one side: 2 roots, 2 real roots."""
    left, right = scale(a.value), scale(b.value)
    if left is None or right is None:
        words, others = (set(re.findall(r"[a-z]+", side.value)) for side in (a, b))
        if a.value != b.value and (not (words <= others or others <= words) or not has(a, "num", "dec")):
            return False
        return same(a.args[0], b.args[0])
    if left[0] != right[0]:
        return False
    return equal(Node("mul", (a.args[0], number(left[1]))), Node("mul", (b.args[0], number(right[1]))))


def unit_value(a: Node, b: Node, same: Same) -> bool:
    if b.op in ("mul", "div") and (typed := quantity(b)) is not b:
        left, right = factors(a.value), factors(typed.value)
        if left == right or (scale(a.value) is not None and scale(typed.value) is not None):
            return units(a, typed, same)
    return same.policy.forgive_units and same(a.args[0], b)


def where(a: Node, b: Node, same: Same) -> bool:
    """A condition after the answer: forgiven where only one side states it and it only says what a letter is."""
    if b.op == "where":
        return condition(a.args[1], b.args[1], same) and same(a.args[0], b.args[0])
    return a.value in ("for", "where", "with", "when", "given") and same(a.args[0], b)
