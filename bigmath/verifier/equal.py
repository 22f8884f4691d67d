"""Equality of two scalar expressions: True, False, or `Undecided`. The order is cheapest and surest first.

Same tree, exact rationals, residues modulo primes, balls of rising precision, and for expressions with symbols balls
at points that depend only on the expressions.
"""

from fractions import Fraction
from threading import Lock
from typing import Any

from bigmath.verifier.balls import ball
from bigmath.verifier.policy import LIMITS
from bigmath.verifier.rationals import exact
from bigmath.verifier.residues import PRIMES, random_integer, residue
from bigmath.verifier.tree import Node, Undecided, names, number, substitute, walk

_FLINT = Lock()
"""FLINT's precision is one global setting."""
_INTEGER_NAMES = frozenset("nkmjl")
_POINTS = 14
AGREEING_POINTS = 3


def equal(a: Node, b: Node) -> bool:
    """Whether two expressions have the same value wherever both have one. Raises `Undecided`."""
    if a == b:
        return True
    x, y = _exact(a), _exact(b)
    if x is not None and y is not None:
        return x == y or _same_to_ten_digits(a, x, b, y)
    free = names(a) | names(b)
    if sum(1 for _ in walk(a)) + sum(1 for _ in walk(b)) > LIMITS.nodes:
        raise Undecided
    bounds = (_bound_names(a) | _bound_names(b)) & free
    if bounds:
        return _at_sizes(a, b, sorted(bounds))
    try:
        return _by_residues(a, b, free)
    except Undecided:
        pass
    if not free:
        if _by_balls(a, b):
            return True
        return _decimal_of(a, x, b) or _decimal_of(b, y, a)
    return _by_points(a, b, sorted(free))


def _bound_names(node: Node) -> frozenset[str]:
    """Symbols in the bounds of sums and products."""
    found: frozenset[str] = frozenset()
    for part in walk(node):
        if part.op in ("sum", "prod"):
            found |= names(part.args[1]) | names(part.args[2])
    return found


def _at_sizes(a: Node, b: Node, bounds: list[str]) -> bool:
    """Sums with n terms are written out for several n."""
    for size in (2, 3, 5, 8):
        values = {name: number(size + 2 * index) for index, name in enumerate(bounds)}
        x, y = substitute(a, values), substitute(b, values)
        if (_bound_names(x) | _bound_names(y)).intersection(bounds):
            raise Undecided  # a sum from f(x) on: no number takes the place of f
        if not equal(x, y):
            return False
    return True


def _exact(node: Node) -> Fraction | None:
    try:
        return exact(node)
    except Undecided:
        return None


def _by_residues(a: Node, b: Node, free: frozenset[str]) -> bool:
    for prime in PRIMES:
        point = {name: random_integer(prime, name) for name in free}
        if residue(a, prime, point) != residue(b, prime, point):
            return False
    return True


def _same_to_ten_digits(a: Node, x: Fraction, b: Node, y: Fraction) -> bool:
    """A decimal of ten or more digits stands for the exact value it agrees with."""
    return any(
        node.op == "dec" and significant(node) >= 10 and abs(x - y) <= Fraction(1, 10 ** node.value[1])
        for node in (_unsigned(a), _unsigned(b))
    )


def _unsigned(node: Node) -> Node:
    return node.args[0] if node.op == "neg" else node


def significant(node: Node) -> int:
    """Significant digits of a decimal as written."""
    value, places = node.value
    return len(str(abs(int(value * 10**places))).lstrip("0"))


def _decimal_of(a: Node, x: Fraction | None, b: Node) -> bool:
    decimal = _unsigned(a)
    if x is None or decimal.op != "dec" or significant(decimal) < 10:
        return False
    return within(b, x, Fraction(1, 10 ** decimal.value[1]))


def within(node: Node, target: Fraction, tolerance: Fraction) -> bool:
    """Whether a closed form surely lies within a tolerance of a rational."""
    from flint import arb, ctx, fmpq  # noqa: PLC0415 - loaded on first need

    with _FLINT:
        saved, ctx.prec = ctx.prec, 256
        try:
            value = ball(node, {})
            if not value.imag.contains(0):
                return False
            centre = arb(fmpq(target.numerator, target.denominator))
            return bool(abs(value.real - centre) <= arb(fmpq(tolerance.numerator, tolerance.denominator)))
        except (Undecided, ValueError, ZeroDivisionError, OverflowError):
            return False
        finally:
            ctx.prec = saved


def _by_balls(a: Node, b: Node) -> bool:
    from flint import ctx  # noqa: PLC0415 - loaded on first need

    with _FLINT:
        saved = ctx.prec
        try:
            for precision in (64, 300, LIMITS.precision):
                ctx.prec = precision
                x, y = _ball(a, {}), _ball(b, {})
                if not (x - y).contains(0):
                    return False
            if _tight(x, precision) and _tight(y, precision):
                return True
        finally:
            ctx.prec = saved
    raise Undecided


def _ball(node: Node, point: dict[str, Any]) -> Any:
    try:
        value = ball(node, point)
    except (ValueError, ZeroDivisionError, OverflowError, KeyError, TypeError):
        raise Undecided from None
    if not value.is_finite():
        raise Undecided
    return value


def _tight(value: Any, precision: int) -> bool:
    """Whether a ball is small enough for an overlap to mean equality."""
    return bool(value.rel_accuracy_bits() >= precision // 2) or bool(abs(value) < 2.0 ** -(precision // 2))


def _by_points(a: Node, b: Node, free: list[str]) -> bool:
    from flint import ctx  # noqa: PLC0415 - loaded on first need

    with _FLINT:
        saved, ctx.prec = ctx.prec, 200
        try:
            return _agree(a, b, free)
        finally:
            ctx.prec = saved


def _agree(a: Node, b: Node, free: list[str]) -> bool:
    """Real points decide; where the expressions have none, complex values at the same points do."""
    real, complex_agree, complex_differ = 0, 0, 0
    differ = False
    for index in range(_POINTS):
        point = _point(free, index)
        try:
            x, y = _ball(a, point), _ball(b, point)
        except Undecided:
            continue
        same = bool((x - y).contains(0))
        if same and not (_tight(x, 200) and _tight(y, 200)):
            continue
        if x.imag.contains(0) and y.imag.contains(0):
            real += 1
            differ |= not same
        elif same:
            complex_agree += 1
        else:
            complex_differ += 1
        if differ:
            break
    if differ or (complex_differ and not real):
        return set(free) <= _INTEGER_NAMES and _agree_at_integers(a, b, free)
    if real >= AGREEING_POINTS:
        return True
    if complex_agree >= AGREEING_POINTS and not complex_differ and not real:
        return True
    raise Undecided


def _agree_at_integers(a: Node, b: Node, free: list[str]) -> bool:
    """cos(n pi) = (-1)^n: letters that name integers are compared at integers."""
    from flint import acb  # noqa: PLC0415 - loaded on first need

    agreed = 0
    for index in range(12):
        point = {name: acb(random_integer("integer", name, index) % 23 + 1) for name in free}
        try:
            x, y = _ball(a, point), _ball(b, point)
        except Undecided:
            continue
        if not (x - y).contains(0):
            return False
        agreed += 1
    return agreed >= 6


_SCALES = ((1, 3), (1, 1), (3, 1), (1, 7), (20, 1), (-1, 1), (-4, 1))
_MIXED = frozenset({3, 7, 8, 9, 10, 11})
"""Points whose coordinates differ in sign: |x| + |y| is |x + y| at all others."""


def _point(free: list[str], index: int) -> dict[str, Any]:
    """Point `index`: positive and small first, where most formulas of school mathematics live."""
    from flint import acb, arb  # noqa: PLC0415 - loaded on first need

    top, bottom = _SCALES[index % len(_SCALES)]
    mixed = index in _MIXED
    point = {}
    for name in free:
        value = acb(arb(random_integer("point", name, index) % 99_991 + 7) / 99_991 * top / bottom)
        point[name] = -value if mixed and random_integer("sign", name, index) % 2 else value
    return point


def approximate(node: Node) -> float:
    """A float near a real expression without symbols, for sorting only. Raises `Undecided` where there is none."""
    value = _exact(node)
    if value is not None:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    with _FLINT:
        found = _ball(node, {})
    if not found.imag.contains(0):
        raise Undecided
    return float(found.real.mid())
