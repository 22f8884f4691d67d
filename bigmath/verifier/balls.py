"""Complex balls (FLINT's acb) that contain the true value: disjoint balls prove a difference."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from bigmath.verifier.rationals import exact, terms
from bigmath.verifier.residues import OPAQUE, random_integer
from bigmath.verifier.tree import E, Node, Undecided, as_function, walk


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
