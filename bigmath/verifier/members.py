"""Members of two answers side by side, in order or not, with plus-minus written out."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.sameness import Same
from bigmath.verifier.tree import Node, Undecided, walk


def in_order(a: Sequence[Node], b: Sequence[Node], same: Same) -> bool:
    return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))


def unordered(a: Sequence[Node], b: Sequence[Node], same: Same) -> bool:
    """Equal as multisets: identical trees are paired off first, the rest by value."""
    if len(a) != len(b):
        return False
    left, right = Counter(a), Counter(b)
    rest_a, rest_b = list((left - right).elements()), list((right - left).elements())
    if len(rest_a) > LIMITS.members:
        raise Undecided
    undecided = False
    for x in rest_a:
        for index, y in enumerate(rest_b):
            try:
                if same(x, y):
                    del rest_b[index]
                    break
            except Undecided:
                undecided = True
        else:
            if undecided:
                raise Undecided
            return False
    return True


def signs(a: Node, b: Node, same: Same) -> bool:
    """Plus-minus written out, the signs together or each for itself."""
    return any(
        unordered(left, right, same)
        for left in _readings(a)
        for right in _readings(b)
        if len(left) == len(right)
    )  # fmt: skip


def _readings(node: Node) -> list[list[Node]]:
    if node.op in ("list", "set"):
        parts = [_readings(arg) for arg in node.args]
        flat = [[member for reading in parts for member in reading[0]]]
        return [*flat, [member for reading in parts for member in reading[-1]]]
    count = sum(1 for part in walk(node) if part.op == "pm")
    if not count:
        return [[node]]
    if count > LIMITS.signs:
        raise Undecided
    together = [_signed(node, iter([sign] * count)) for sign in (1, -1)]
    if count == 1:
        return [together]
    return [together, [_signed(node, iter(signs)) for signs in product((1, -1), repeat=count)]]


def _signed(node: Node, signs: "object") -> Node:
    if node.op != "pm":
        if not node.args:
            return node
        return Node(node.op, tuple(_signed(arg, signs) for arg in node.args), node.value)
    sign = next(signs) * (1 if node.value == "+-" else -1)  # type: ignore[call-overload]
    args = [_signed(arg, signs) for arg in node.args]
    last = args[-1] if sign > 0 else Node("neg", (args[-1],))
    return last if len(args) == 1 else Node("add", (args[0], last))
