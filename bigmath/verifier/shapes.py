"""Which row and column of the table of rules a tree belongs to, and what counts as a name."""

from bigmath.verifier.tree import INFINITY, MINUS_INFINITY, Node, names, walk

_NAMING = frozenset({"abs", "sin", "cos", "tan", "gcd", "max", "min", "deg", "det"})
_INTERVAL_OPS = frozenset({"union", "inter", "minus", "builder"})


def shape(node: Node) -> str:
    """The row and column of the table a tree belongs to."""
    op = node.op
    if op == "rel":
        if set(node.value) <= {"=", "~"}:
            if node.value[-1] == "~" or _ends_in_decimal(node):
                return "rounded"
            return "named" if _is_name(node) else "equation"
        return "in" if node.value == ("in",) else "relation"
    if op == "group":
        return "tuple" if node.value in ("()", "[]") else "interval"
    if op == "call" and len(node.args) > 1 and len(node.value) == 1 and node.value.isupper():
        return "point"
    if op in _INTERVAL_OPS:
        return "interval"
    if op == "const" and node.value in ("R", "empty", "Z", "N", "Q", "C"):
        return "numbers"
    if node in (INFINITY, MINUS_INFINITY):
        return "infinity"
    if op in (
        "list",
        "set",
        "matrix",
        "cong",
        "pm",
        "cases",
        "ratio",
        "time",
        "text",
        "unit",
        "where",
        "family",
        "degree",
        "percent",
    ):
        return op
    return "value"


def _is_name(node: Node) -> bool:
    """Whether an equality names a value: x = 5, f(x) = 2x, AB = 4, x = y = 3, (x, y) = (1, 2)."""
    left = node.args[:-1]
    return all(is_namelike(side) for side in left) and not any(
        side in walk(node.args[-1]) for side in left if side.op in ("sym", "sub")
    )


def is_namelike(node: Node) -> bool:
    op = node.op
    if op in ("sym", "sub"):
        return True
    if op == "const":
        return node.value in ("e", "i")
    if op == "call":
        return True
    if op in ("mul", "group", "ratio", "div"):
        return all(is_namelike(arg) for arg in node.args) and (op != "mul" or _geometric(node))
    if op == "fn":
        return node.value in ("abs", "sin", "cos", "tan", "gcd", "max", "min", "deg", "det") and is_namelike(
            node.args[0]
        )
    return op == "pow" and node.args[0].op == "sym" and node.args[1].op == "num"


def _geometric(node: Node) -> bool:
    """AB and CD are segments, m angle A is a measure, dy a differential; xy is a product."""
    if len(node.args) == 2 and node.args[0] == Node("sym", (), "d") and node.args[1].op == "sym":
        return True
    return all(arg.op == "sym" and (arg.value.isupper() or " " in arg.value or arg.value == "m") for arg in node.args)


def _ends_in_decimal(node: Node) -> bool:
    """2/3 = 0.667: a closed form, then a decimal for it; not x = 0.667."""
    last, before = node.args[-1], node.args[-2]
    return last.op == "dec" and before.op in ("div", "pow", "mul", "add", "fn") and not names(before)
