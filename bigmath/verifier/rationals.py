"""Exact rational values: a Fraction, or a refusal."""

from fractions import Fraction
from math import comb, factorial, gcd, isqrt, lcm, perm

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import Node, Undecided, as_function, number, substitute


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > LIMITS.bits or value.denominator.bit_length() > LIMITS.bits:
        raise Undecided
    return value


def exact(node: Node) -> Fraction:
    """The rational value. Raises `Undecided` where there is none, or none within the limits."""
    op = node.op
    if op == "num":
        return node.value  # type: ignore[no-any-return]
    if op == "dec":
        return node.value[0]  # type: ignore[no-any-return]
    if op == "neg":
        return -exact(node.args[0])
    if op == "add":
        total = Fraction(0)
        for arg in node.args:
            total = _bounded(total + exact(arg))
        return total
    if op == "mul":
        product = Fraction(1)
        for arg in node.args:
            product = _bounded(product * exact(arg))
        return product
    if op == "div":
        bottom = exact(node.args[1])
        if not bottom:
            raise Undecided
        return _bounded(exact(node.args[0]) / bottom)
    if op == "pow":
        return _power(exact(node.args[0]), exact(node.args[1]))
    if op == "percent":
        return exact(node.args[0]) / 100
    if op == "base":
        return _based(*node.value)
    if op == "ratio" and len(node.args) == 2:
        bottom = exact(node.args[1])
        if not bottom:
            raise Undecided
        return exact(node.args[0]) / bottom
    if op == "fn":
        return _exact_function(node.value, [exact(arg) for arg in node.args])
    if op == "call" and node.value == "C" and len(node.args) == 2:
        return exact(as_function(node))
    if op in ("sum", "prod"):
        return _exact_big(node)
    raise Undecided


def _based(digits: str, base: int) -> Fraction:
    whole, _, fraction = digits.partition(".")
    return Fraction(int(whole + fraction, base), base ** len(fraction))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _root(base, exponent)
    power = exponent.numerator
    if not base and power <= 0:
        if power == 0:
            return Fraction(1)
        raise Undecided
    if base in (0, 1):
        return base
    if base == -1:
        return Fraction(-1 if power % 2 else 1)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(power) * size > LIMITS.bits:
        raise Undecided
    return base**power


def _root(base: Fraction, exponent: Fraction) -> Fraction:
    """An exact root, where there is one: 8^(2/3) = 4, (-8)^(1/3) = -2 as in school mathematics."""
    degree = exponent.denominator
    if degree > 64 or (base < 0 and degree % 2 == 0):
        raise Undecided
    sign = -1 if base < 0 else 1
    top, bottom = integer_root(abs(base.numerator), degree), integer_root(base.denominator, degree)
    if top is None or bottom is None:
        raise Undecided
    return _power(sign * Fraction(top, bottom), Fraction(exponent.numerator))


def integer_root(value: int, degree: int) -> int | None:
    """The exact root of a non-negative integer, or None."""
    if degree == 2:
        root = isqrt(value)
    else:
        root = round(value ** (1 / degree)) if value.bit_length() < 900 else 0
        while root**degree > value:
            root -= 1
        while (root + 1) ** degree <= value and value.bit_length() < 900:
            root += 1
    return root if root**degree == value else None


def integer(value: Fraction) -> int:
    """The value as an integer. Raises `Undecided` where it is none."""
    if value.denominator != 1:
        raise Undecided
    return value.numerator


def _exact_function(name: str, args: list[Fraction]) -> Fraction:
    first = args[0]
    if name == "abs":
        return abs(first)
    if name in ("floor", "ceil"):
        return Fraction(first.__floor__() if name == "floor" else first.__ceil__())
    if name == "fact":
        n = integer(first)
        if not 0 <= n <= 1_500:
            raise Undecided
        return Fraction(factorial(n))
    if name == "fact2":
        n, product = integer(first), 1
        if not 0 <= n <= 1_500:
            raise Undecided
        while n > 1:
            product, n = product * n, n - 2
        return Fraction(product)
    if name == "binom":
        n, k = integer(first), integer(args[1])
        if not 0 <= n <= LIMITS.bits or k < 0 or min(k, n - k) * 15 > LIMITS.bits:
            raise Undecided
        return Fraction(comb(n, k))
    if name == "perm":
        n, k = integer(first), integer(args[1])
        if not 0 <= k <= n <= 1_500:
            raise Undecided
        return Fraction(perm(n, k))
    if name == "mod":
        modulus = args[1]
        if not modulus:
            raise Undecided
        return first % modulus
    if name in ("gcd", "lcm"):
        return Fraction((gcd if name == "gcd" else lcm)(*(integer(arg) for arg in args)))
    if name in ("max", "min"):
        return max(args) if name == "max" else min(args)
    if name == "sign":
        return Fraction((first > 0) - (first < 0))
    if name == "log" and len(args) == 2:
        return _exact_log(first, args[1])
    if name in ("ln", "log") and first == 1:
        return Fraction(0)
    raise Undecided


def _exact_log(value: Fraction, base: Fraction) -> Fraction:
    """log_2 8 = 3, where the exponent is a small integer."""
    if value > 0 and base > 0 and base != 1:
        for power in range(-64, 65):
            if _power(base, Fraction(power)) == value:
                return Fraction(power)
    raise Undecided


def _exact_big(node: Node) -> Fraction:
    total = Fraction(0 if node.op == "sum" else 1)
    for term in terms(node):
        value = exact(term)
        total = _bounded(total + value if node.op == "sum" else total * value)
    return total


def terms(node: Node) -> list[Node]:
    """The written-out terms of a sum or product whose bounds are integers."""
    body, lower, upper = node.args
    low, high = integer(exact(lower)), integer(exact(upper))
    if high - low >= LIMITS.terms:
        raise Undecided
    return [substitute(body, {node.value: number(index)}) for index in range(low, high + 1)]
