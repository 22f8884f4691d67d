"""A rounded reference against an exact reply."""

from fractions import Fraction

from bigmath.verifier.equal import significant, within
from bigmath.verifier.tree import Node, has, names, number

_EXACT_OPS = frozenset({"div", "pow", "fn", "const", "mul", "add", "percent"})


def rounds_to(gold: Node, reply: Node) -> bool:
    """Whether a decimal reference of three or more digits is the reply's exact value, rounded to its places."""
    while gold.op in ("unit", "rel") and gold.args:
        gold = gold.args[-1] if gold.op == "rel" else gold.args[0]
    while reply.op in ("unit", "rel") and reply.args:
        reply = reply.args[-1] if reply.op == "rel" else reply.args[0]
    scale_by = 1
    if gold.op == "percent":
        gold, scale_by = gold.args[0], 100
        if reply.op == "percent":
            reply, scale_by = reply.args[0], 1
    if gold.op != "dec" or significant(gold) < 3 or reply.op not in _EXACT_OPS or names(reply) or has(reply, "dec"):
        return False
    value, places = gold.value
    half = Fraction(1, 2 * 10**places)
    return within(Node("mul", (reply, number(scale_by))), value, half)
