"""Values modulo a prime: a rational expression, with huge powers and factorials in it, is evaluated modulo a 61-bit
prime at one random point per symbol. Different residues prove a difference; equal residues modulo three primes leave a
chance below 2^-150.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.rationals import exact, integer, terms
from bigmath.verifier.tree import Node, Undecided, as_function, number, substitute

PRIMES = (2305843009213693951, 2305843009213693921, 2305843009213693907)
"""The three largest primes below 2^61."""


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
        return integer(exact(node)) % order
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
        power = integer(exact(node.args[1]))
        if power < 0:
            raise Undecided
        return pow(_exponent(node.args[0], order, point), power, order)
    raise Undecided


def _factorial_residue(node: Node, prime: int) -> int:
    sizes = [integer(exact(arg)) for arg in node.args]
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
