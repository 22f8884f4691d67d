"""The tail: integrals, limits and symbolic sums, which SymPy works out in a worker process that is killed on breach.

SymPy gets objects built node by node from the verifier's own tree, never a text. Only "equal" is believed.
"""

import atexit
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from bigmath.sandbox import Worker, WorkerTimeout
from bigmath.verifier.rationals import exact
from bigmath.verifier.tree import Node, Undecided, from_json, has, names, to_json, walk

SECONDS = 0.8
"""For one question, once the worker is warm."""
TOTAL_SECONDS = 1.7
"""For one question with the wait for other threads and for the worker's start: a verdict takes less than two."""
LONGEST_SUM = 10_000
NODES = 150
LARGEST_NUMBER = 10**6

_worker = Worker(__name__)
_lock = threading.Lock()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the child of a fork needs its own lock and worker
    _lock = threading.Lock()
    _worker.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def stop() -> None:
    """Ends the worker, if one runs; the next question starts another."""
    _worker.stop()


atexit.register(stop)


def same(a: Node, b: Node) -> bool:
    """Whether SymPy shows two expressions equal. Raises `Undecided`, `WorkerTimeout` or `WorkerDied`."""
    parts = [*walk(a), *walk(b)]
    if len(parts) > NODES or any(part.op == "num" and abs(part.value.numerator) > LARGEST_NUMBER for part in parts):
        raise Undecided
    if any(part.op in ("sum", "prod") and _is_long(part) for part in parts):
        raise Undecided
    deadline = time.monotonic() + TOTAL_SECONDS
    if not _lock.acquire(timeout=TOTAL_SECONDS):
        raise WorkerTimeout("the worker is busy")
    try:
        _worker.start(seconds=max(0.0, deadline - time.monotonic()))
        _worker.send([to_json(a), to_json(b)])
        result = _worker.receive(min(SECONDS, max(0.0, deadline - time.monotonic())))
    except WorkerTimeout:
        _worker.launch()  # the next question finds it loading or loaded
        raise
    finally:
        _lock.release()
    if result is None:
        raise Undecided
    return bool(result)


def _is_long(node: Node) -> bool:
    """A sum of more terms than SymPy would add up in time, with a number as its upper bound."""
    try:
        return abs(exact(node.args[2])) > LONGEST_SUM
    except Undecided:
        return has(node.args[2], "fn", "pow") and not names(node.args[2])


# in the worker -------------------------------------------------------------------------------------------------------


def warm() -> None:
    """Loads SymPy before the clock of the first question runs."""
    import sympy  # noqa: PLC0415 - loaded in the worker only

    sympy.simplify(sympy.Symbol("x") - 1)


def answer(request: list[Any]) -> Iterator[bool | None]:
    """True where the difference simplifies to zero, False where it is a number that is not, else None."""
    try:
        yield _decide(from_json(request[0]), from_json(request[1]))
    except Exception:
        yield None


def _decide(a: Node, b: Node) -> bool | None:
    import sympy  # noqa: PLC0415 - loaded in the worker only

    symbols = {name: sympy.Symbol(name, positive=True) for name in names(a) | names(b)}
    left, right = (_build(node, symbols).doit() for node in (a, b))
    difference = sympy.simplify(left - right)
    if difference == 0:
        return True
    if (
        not difference.free_symbols
        and difference.is_number
        and not difference.has(sympy.Integral, sympy.Sum, sympy.Limit)
    ):
        value = abs(sympy.N(difference, 40))
        return None if value < sympy.Rational(1, 10**20) else False
    return None


def _build(node: Node, symbols: dict[str, Any]) -> Any:
    import sympy  # noqa: PLC0415 - as above

    op = node.op
    if op in ("num", "dec"):
        value = node.value if op == "num" else node.value[0]
        return sympy.Rational(value.numerator, value.denominator)
    if op == "sym":
        return symbols.get(node.value) or sympy.Symbol(node.value, positive=True)
    if op == "const":
        return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}[node.value]
    if op in ("sum", "prod", "int", "lim"):
        return _build_bound(node, symbols)
    args = [_build(arg, symbols) for arg in node.args]
    if op == "fn":
        name = {"ln": "log", "fact": "factorial", "abs": "Abs", "floor": "floor", "arcsin": "asin", "arccos": "acos",
                "arctan": "atan", "binom": "binomial", "Gamma": "gamma"}.get(node.value, node.value)  # fmt: skip
        if name not in _SYMPY_FUNCTIONS:
            raise Undecided
        return getattr(sympy, name)(*args)
    if op not in _SYMPY_OPERATORS:
        raise Undecided
    return _SYMPY_OPERATORS[op](sympy, args)


_SYMPY_FUNCTIONS = frozenset(
    """sin cos tan cot sec csc asin acos atan sinh cosh tanh log factorial binomial Abs floor sqrt gamma""".split()
)
_SYMPY_OPERATORS: dict[str, Any] = {
    "add": lambda sympy, args: sympy.Add(*args),
    "mul": lambda sympy, args: sympy.Mul(*args),
    "neg": lambda sympy, args: -args[0],
    "div": lambda sympy, args: args[0] / args[1],
    "pow": lambda sympy, args: sympy.Pow(*args),
    "percent": lambda sympy, args: args[0] / 100,
    "degree": lambda sympy, args: args[0] * sympy.pi / 180,
}


def _build_bound(node: Node, symbols: dict[str, Any]) -> Any:
    import sympy  # noqa: PLC0415 - as above

    discrete = node.op in ("sum", "prod")
    variable = sympy.Symbol(node.value, integer=True) if discrete else sympy.Symbol(node.value, real=True)
    inner = {**symbols, node.value: variable}
    body = _build(node.args[0], inner)
    if node.op == "lim":
        return sympy.limit(body, variable, _build(node.args[1], symbols))
    low, high = node.args[1:]
    if low.op == "none":
        raise Undecided  # an antiderivative is only known up to a constant
    bounds = (variable, _build(low, symbols), _build(high, symbols))
    kind = {"sum": sympy.Sum, "prod": sympy.Product, "int": sympy.Integral}[node.op]
    return kind(body, bounds)
