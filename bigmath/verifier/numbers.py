"""Arithmetic that cannot lie: exact rationals, residues modulo primes, and balls that contain the true value.

`exact` gives a Fraction or refuses. `residue` evaluates a rational expression, with huge powers and factorials in it,
modulo a 61-bit prime at one random point per symbol: different residues prove a difference, equal residues modulo three
primes leave a chance below 2^-150. `ball` gives a complex ball (FLINT's acb): disjoint balls prove a difference.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from math import comb, factorial, gcd, isqrt, lcm, perm
from typing import Any

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import E, Node, Undecided, as_function, number, substitute, walk

PRIMES = (2305843009213693951, 2305843009213693921, 2305843009213693907)
"""The three largest primes below 2^61."""


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


def _integer(value: Fraction) -> int:
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
        n = _integer(first)
        if not 0 <= n <= 1_500:
            raise Undecided
        return Fraction(factorial(n))
    if name == "fact2":
        n, product = _integer(first), 1
        if not 0 <= n <= 1_500:
            raise Undecided
        while n > 1:
            product, n = product * n, n - 2
        return Fraction(product)
    if name == "binom":
        n, k = _integer(first), _integer(args[1])
        if not 0 <= n <= LIMITS.bits or k < 0 or min(k, n - k) * 15 > LIMITS.bits:
            raise Undecided
        return Fraction(comb(n, k))
    if name == "perm":
        n, k = _integer(first), _integer(args[1])
        if not 0 <= k <= n <= 1_500:
            raise Undecided
        return Fraction(perm(n, k))
    if name == "mod":
        modulus = args[1]
        if not modulus:
            raise Undecided
        return first % modulus
    if name in ("gcd", "lcm"):
        return Fraction((gcd if name == "gcd" else lcm)(*(_integer(arg) for arg in args)))
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
    low, high = _integer(exact(lower)), _integer(exact(upper))
    if high - low >= LIMITS.terms:
        raise Undecided
    return [substitute(body, {node.value: number(index)}) for index in range(low, high + 1)]


# residues ------------------------------------------------------------------------------------------------------------


def random_integer(*parts: object) -> int:
    """A 60-bit integer that depends only on its arguments, so that a verdict is the same in every process."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "big") >> 4


def residue(node: Node, prime: int, point: Mapping[str, int]) -> int:
    """The value modulo a prime, every symbol an integer. Raises `Undecided` for what is not rational in the symbols."""
    op = node.op
    if op == "num":
        return _fraction_residue(node.value, prime)
    if op == "dec":
        return _fraction_residue(node.value[0], prime)
    if op == "sym":
        return point[node.value] % prime
    if op == "neg":
        return -residue(node.args[0], prime, point) % prime
    if op == "add":
        return sum(residue(arg, prime, point) for arg in node.args) % prime
    if op == "mul":
        product = 1
        for arg in node.args:
            product = product * residue(arg, prime, point) % prime
        return product
    if op == "div":
        bottom = residue(node.args[1], prime, point)
        if not bottom:
            raise Undecided
        return residue(node.args[0], prime, point) * pow(bottom, -1, prime) % prime
    if op == "pow":
        base, exponent = residue(node.args[0], prime, point), _exponent(node.args[1], prime - 1, point)
        if not base:
            raise Undecided
        return pow(base, exponent, prime)
    if op == "sub":
        return random_integer("sub", node.value, residue(node.args[0], prime, point))
    if op == "call":
        if node.value == "C" and len(node.args) == 2:
            return residue(as_function(node), prime, point)
        return _call_residue(node, prime, point)
    if op in ("percent", "base"):
        return _fraction_residue(exact(node), prime) if op == "base" else (
            residue(node.args[0], prime, point) * pow(100, -1, prime) % prime)  # fmt: skip
    if op == "fn" and node.value in ("fact", "fact2", "binom"):
        return _factorial_residue(node, prime)
    if op in ("sum", "prod"):
        values = [residue(term, prime, point) for term in terms(substitute(node, _integers(point)))]
        total = 0 if op == "sum" else 1
        for value in values:
            total = (total + value if op == "sum" else total * value) % prime
        return total
    if op == "fn":
        return _fraction_residue(exact(node), prime)
    raise Undecided


def _integers(point: Mapping[str, int]) -> dict[str, Node]:
    """Only a small value can be a bound; a random one never is."""
    return {name: number(value) for name, value in point.items() if value < LIMITS.terms}


OPAQUE = frozenset({"f", "g", "h", "F", "G", "phi", "Phi", "psi"})
"""Letters that name a function when brackets follow; any other letter multiplies."""


def _call_residue(node: Node, prime: int, point: Mapping[str, int]) -> int:
    values = [residue(arg, prime, point) for arg in node.args]
    if node.value in OPAQUE or len(values) > 1 or node.value not in point:
        return random_integer("call", node.value, values)
    return point[node.value] * values[0] % prime


def _fraction_residue(value: Fraction, prime: int) -> int:
    if value.denominator == 1:
        return int(value) % prime
    bottom = value.denominator % prime
    if not bottom:
        raise Undecided
    return value.numerator * pow(bottom, -1, prime) % prime


def _exponent(node: Node, order: int, point: Mapping[str, int]) -> int:
    """An integer exponent modulo the order of the group."""
    try:
        return _integer(exact(node)) % order
    except Undecided:
        pass
    op = node.op
    if op == "sym":
        return point[node.value] % order
    if op == "neg":
        return -_exponent(node.args[0], order, point) % order
    if op == "add":
        return sum(_exponent(arg, order, point) for arg in node.args) % order
    if op == "mul":
        product = 1
        for arg in node.args:
            product = product * _exponent(arg, order, point) % order
        return product
    if op == "pow":
        power = _integer(exact(node.args[1]))
        if power < 0:
            raise Undecided
        return pow(_exponent(node.args[0], order, point), power, order)
    raise Undecided


def _factorial_residue(node: Node, prime: int) -> int:
    sizes = [_integer(exact(arg)) for arg in node.args]
    if node.value == "fact":
        return factorial_modulo(sizes[0], prime)
    if node.value == "fact2":
        return _double_factorial_modulo(sizes[0], prime)
    n, k = sizes
    if not 0 <= k <= n:
        raise Undecided
    bottom = factorial_modulo(k, prime) * factorial_modulo(n - k, prime) % prime
    return factorial_modulo(n, prime) * pow(bottom, -1, prime) % prime


@lru_cache(maxsize=256)
def factorial_modulo(n: int, prime: int) -> int:
    if not 0 <= n <= LIMITS.factorial:
        raise Undecided
    product = 1
    for factor in range(2, n + 1):
        product = product * factor % prime
    return product


def _double_factorial_modulo(n: int, prime: int) -> int:
    if not 0 <= n <= LIMITS.factorial:
        raise Undecided
    product = 1
    for factor in range(n, 1, -2):
        product = product * factor % prime
    return product


# balls ---------------------------------------------------------------------------------------------------------------


def ball(node: Node, point: Mapping[str, Any]) -> Any:
    """A complex ball around the value, at FLINT's current precision. Raises `Undecided` for what has none."""
    from flint import acb, arb, fmpq  # noqa: PLC0415 - FLINT takes 40 ms to load and most pairs need none of it

    op, args = node.op, node.args
    if op in ("num", "dec"):
        value = node.value if op == "num" else node.value[0]
        return acb(arb(fmpq(value.numerator, value.denominator)))
    if op == "sym":
        return point[node.value]
    if op == "const":
        return _constant(node.value)
    if op == "neg":
        return -ball(args[0], point)
    if op == "add":
        total = ball(args[0], point)
        for arg in args[1:]:
            total = total + ball(arg, point)
        return total
    if op == "mul":
        total = ball(args[0], point)
        for arg in args[1:]:
            total = total * ball(arg, point)
        return total
    if op in ("div", "ratio"):
        if len(args) != 2:
            raise Undecided
        return ball(args[0], point) / ball(args[1], point)
    if op == "pow":
        return _ball_power(node, point)
    if op == "percent":
        return ball(args[0], point) / 100
    if op == "degree":
        return ball(args[0], point) * acb.pi() / 180
    if op == "base":
        value = exact(node)
        return acb(value.numerator) / value.denominator
    if op == "sub":
        index = ball(args[0], point)
        return acb(arb(random_integer("sub", node.value, str(index.real.mid())[:12]) % 99_991 + 1) / 32_768)
    if op == "call":
        if node.value == "C" and len(node.args) == 2:
            return ball(as_function(node), point)
        values = [ball(arg, point) for arg in args]
        if node.value in OPAQUE or len(values) > 1 or node.value not in point:
            key = [str(value.real.mid())[:12] for value in values]
            return acb(arb(random_integer("call", node.value, key) % 99_991 + 1) / 32_768)
        return point[node.value] * values[0]
    if op == "fn":
        return _ball_function(node, point)
    if op == "int":
        return _ball_integral(node, point)
    if op in ("sum", "prod"):
        values = [ball(term, point) for term in terms(node)]
        total = acb(0 if op == "sum" else 1)
        for value in values:
            total = total + value if op == "sum" else total * value
        return total
    raise Undecided


def _constant(name: str) -> Any:
    from flint import acb, arb  # noqa: PLC0415 - as above

    if name == "pi":
        return acb.pi()
    if name == "e":
        return acb(arb.const_e())
    if name == "i":
        return acb(0, 1)
    raise Undecided


def _ball_power(node: Node, point: Mapping[str, Any]) -> Any:
    from flint import acb, fmpz  # noqa: PLC0415 - as above

    base_node, exponent_node = node.args
    try:
        exponent = exact(exponent_node)
    except Undecided:
        base, power = ball(base_node, point), ball(exponent_node, point)
        if base_node.op == "const" and base_node.value == "e":
            return power.exp()
        return base**power
    base = ball(base_node, point)
    if exponent.denominator == 1:
        return base ** fmpz(exponent.numerator)
    if exponent.denominator % 2 and base.imag == 0 and base.real < 0:
        root = acb((-base.real).root(exponent.denominator)) if exponent.denominator < 1_000 else None
        if root is not None:
            return (-root) ** fmpz(exponent.numerator)
    if exponent == Fraction(1, 2):
        return base.sqrt()
    return base ** (acb(exponent.numerator) / exponent.denominator)


_EVALUATIONS = 1_500
_ENTIRE = frozenset({"sin", "cos", "sinh", "cosh"})


def _ball_integral(node: Node, point: Mapping[str, Any]) -> Any:
    """A definite integral of a function without branch cuts, enclosed by FLINT's adaptive quadrature."""
    from flint import acb  # noqa: PLC0415 - as above

    body, lower, upper = node.args
    if any(not _is_meromorphic(part) for part in walk(body)):
        raise Undecided
    low, high = ball(lower, point), ball(upper, point)
    return acb.integral(lambda at, _: ball(body, {**point, node.value: at}), low, high, eval_limit=_EVALUATIONS)


def _is_meromorphic(node: Node) -> bool:
    if node.op == "pow":
        return node.args[0] == E or (node.args[1].op == "num" and node.args[1].value.denominator == 1)
    if node.op == "fn":
        return node.value in _ENTIRE
    return node.op in ("num", "dec", "sym", "const", "neg", "add", "mul", "div")


def _real(value: Any) -> Any:
    if not value.imag == 0:
        raise Undecided
    return value.real


def _whole(value: Any) -> Any:
    from flint import acb  # noqa: PLC0415 - as above

    unique = value.unique_fmpz()
    if unique is None:
        raise Undecided
    return acb(unique)


_BALL_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": lambda x: x.sin(), "cos": lambda x: x.cos(), "tan": lambda x: x.tan(), "cot": lambda x: x.cot(),
    "sec": lambda x: 1 / x.cos(), "csc": lambda x: 1 / x.sin(), "sinh": lambda x: x.sinh(), "cosh": lambda x: x.cosh(),
    "tanh": lambda x: x.tanh(), "coth": lambda x: x.coth(), "arcsin": lambda x: x.asin(), "arccos": lambda x: x.acos(),
    "arctan": lambda x: x.atan(), "arcsinh": lambda x: x.asinh(), "arccosh": lambda x: x.acosh(),
    "sh": lambda x: x.sinh(),
    "arctanh": lambda x: x.atanh(), "ln": lambda x: x.log(), "re": lambda x: x.real + 0 * x,
    "Gamma": lambda x: x.gamma(),
    "arccot": lambda x: (1 / x).atan(), "arcsec": lambda x: (1 / x).acos(), "arccsc": lambda x: (1 / x).asin(),
    "cis": lambda x: x.cos() + type(x)(0, 1) * x.sin(), "cbrt": lambda x: x.root(3), 
    "fact": lambda x: (x + 1).gamma(), "ch": lambda x: x.cosh(),
}  # fmt: skip


def _ball_function(node: Node, point: Mapping[str, Any]) -> Any:
    from flint import acb  # noqa: PLC0415 - as above

    name = node.value
    if name in ("gcd", "lcm", "mod", "fact2", "det"):
        value = exact(node)
        return acb(value.numerator) / value.denominator
    values = [ball(arg, point) for arg in node.args]
    first = values[0]
    if name == "log":
        return first.log() / values[1].log() if len(values) == 2 else first.log()
    if name == "abs":
        return acb(abs(first))
    if name in ("floor", "ceil"):
        real = _real(first)
        return _whole(real.floor() if name == "floor" else real.ceil())
    if name == "binom":
        top, bottom = values
        return (top + 1).gamma() / ((bottom + 1).gamma() * (top - bottom + 1).gamma())
    if name == "perm":
        top, bottom = values
        return (top + 1).gamma() / (top - bottom + 1).gamma()
    if name in ("max", "min"):
        best = _real(first)
        for value in values[1:]:
            best = best.max(_real(value)) if name == "max" else best.min(_real(value))
        return acb(best)
    if name == "sign":
        return acb(_real(first).sgn())
    function = _BALL_FUNCTIONS.get(name)
    if function is None or len(values) != 1:
        raise Undecided
    return function(first)
