"""Dots: a_1 a_2 ... a_n and 1 + 2 + ... + n, compared by writing both out for several n.

The term rule is read off the terms before the dots and the one after: numbers that change from the first to the second
term and end in the last are the running index, in even steps or by an even factor. What has no such rule is compared
piece by piece.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

from bigmath.verifier.equal import equal
from bigmath.verifier.rationals import exact
from bigmath.verifier.tree import Node, Undecided, has, names, number, substitute, walk

_SIZES = (6, 7, 9)
"""Values of n at which the dots still stand for something."""
_TERMS = 6_000
_STEPS = 400
"""Most terms written out where they are formulas."""
_NODES = 8_000
"""Most nodes of all those terms together."""


def same(a: Node, b: Node) -> bool:
    """Raises `Undecided` where the dots have no rule and the trees differ."""
    if a == b:
        return True
    counters = _counters(a, b)
    if not counters:
        return equal(_written_out(a), _written_out(b))
    for size in _SIZES:
        values = {counters[0]: number(size)}
        if not equal(_written_out(substitute(a, values)), _written_out(substitute(b, values))):
            return False
    return True


def written_out(a: Node, b: Node) -> list[tuple[Node, Node]]:
    """Two lists with their dots written out, as one pair; raises `Undecided` where they have no rule."""
    if a.args[-1].op == b.args[-1].op == "dots":
        shared = min(len(a.args), len(b.args)) - 1
        if shared < 3:
            raise Undecided
        return [(Node("list", a.args[:shared]), Node("list", b.args[:shared]))]
    counters = _counters(a, b)
    values = {counters[0]: number(9)} if counters else {}
    return [(_written_out(substitute(a, values)), _written_out(substitute(b, values)))]


def _counters(a: Node, b: Node) -> list[str]:
    """The letter up to which the dots run: one that only the last term has, else n."""
    last: set[str] = set()
    for part in (*walk(a), *walk(b)):
        at = next((index for index, arg in enumerate(part.args) if arg.op == "dots"), None)
        if at is not None and at + 1 < len(part.args):
            last |= names(part.args[at + 1]).difference(*(names(arg) for arg in part.args[:at]))
    return sorted(last) or sorted((names(a) | names(b)) & frozenset("nmNk"))


def _written_out(node: Node) -> Node:
    if not has(node, "dots"):
        return node
    if node.op in ("mul", "add", "list", "set", "group"):
        at = next((index for index, arg in enumerate(node.args) if arg.op == "dots"), None)
        if at is not None:
            before, after = node.args[:at], node.args[at + 1 :]
            if len(before) < 2 or not after:
                raise Undecided
            return _written_out(Node(node.op, (*before, *_between(before, after[0]), *after)))
    return Node(node.op, tuple(_written_out(arg) for arg in node.args), node.value)


def _between(before: Sequence[Node], last: Node) -> list[Node]:
    """The terms after those before the dots and before the last."""
    values = [_exact(term) for term in (*before, last) if term.op in ("num", "neg")]
    known = [value for value in values if value is not None]
    if len(known) == len(before) + 1:
        step = known[1] - known[0]
        if step and all(y - x == step for x, y in pairwise(known[:-1])):
            count = (known[-1] - known[-2]) / step
            if count.denominator == 1 and 0 < count <= _TERMS:
                return [number(known[-2] + step * index) for index in range(1, int(count))]
    for start in range(len(before) - 1):  # v (1 - a) (1 - b) ...: a first factor may stand outside the rule
        fits = False
        for rule in (_evenly, _geometrically):
            with suppress(Undecided):
                found = _by_rule(before[start:], last, rule)
                if found is not None:
                    return found
                fits = True
        if fits:  # so would the terms from the next on, and end as little in the last
            break
    raise Undecided


def _by_rule(
    before: Sequence[Node], last: Node, rule: Callable[[Fraction, Fraction, int], Fraction]
) -> list[Node] | None:
    """The terms by a rule that those before the dots follow, else `Undecided`; None where it never reaches the last."""
    found: list[Node] = []
    if any(not _equal_terms(_term(before[0], before[1], step, rule), before[step]) for step in range(2, len(before))):
        raise Undecided
    size = sum(1 for term in (*before[:2], last) for _ in walk(term))
    most = len(before) + 1 if before[0] == before[1] else min(_STEPS, _NODES // size)
    for step in range(len(before), most):
        current = _term(before[0], before[1], step, rule)
        if _equal_terms(current, last):
            return found
        found.append(current)
    return None


def _evenly(x: Fraction, y: Fraction, step: int) -> Fraction:
    return x + (y - x) * step


def _geometrically(x: Fraction, y: Fraction, step: int) -> Fraction:
    if not x or x in (y, -y) or step > 64:
        raise Undecided
    return x * (y / x) ** step


def _term(first: Node, second: Node, step: int, rule: Callable[[Fraction, Fraction, int], Fraction]) -> Node:
    """The term `step` after the first, every number moving as it did from the first to the second."""
    if first == second:
        return first
    if first.op == second.op and first.value == second.value and len(first.args) == len(second.args) and first.args:
        args = zip(first.args, second.args, strict=True)
        return Node(first.op, tuple(_term(a, b, step, rule) for a, b in args), first.value)
    if second.op == "pow" and first == second.args[0]:  # q + q^2 + ...: the first power is not written
        return _term(Node("pow", (first, number(1))), second, step, rule)
    x, y = _exact(first), _exact(second)
    if x is None or y is None:
        raise Undecided
    return number(rule(x, y, step))


def _exact(node: Node) -> Fraction | None:
    try:
        return exact(node)
    except Undecided:
        return None


def _equal_terms(a: Node, b: Node) -> bool:
    try:
        return equal(a, b)
    except Undecided:
        return False
