"""When two trees are the same answer: a table of rules by pair of shapes, each a few lines.

`RULES` is the whole of it, read as a table: a pair that is not listed is different. Each rule is written for one order
of its arguments and applied to both, so the relation is symmetric. A rule that cannot decide raises `Undecided`.
"""

from bigmath.verifier.lists import (
    family,
    list_with_one,
    lists,
    matrices,
    matrix_value,
    point,
    point_value,
    tuple_value,
    tuples,
    vector_tuple,
)
from bigmath.verifier.members import signs
from bigmath.verifier.piecewise import case_values, cases
from bigmath.verifier.policy import Policy
from bigmath.verifier.relations import (
    equations,
    membership,
    named_pair,
    named_value,
    regions,
    relations,
    rounded,
    turned_name,
)
from bigmath.verifier.sameness import Rule
from bigmath.verifier.scalars import (
    congruence_family,
    congruences,
    degrees,
    percents,
    ratio_value,
    ratios,
    time_ratio,
    times,
    unit_value,
    units,
    values,
    where,
)
from bigmath.verifier.shapes import shape
from bigmath.verifier.tree import Node


class Comparison:
    """`Same` by the table below, under one policy."""

    __slots__ = ("policy",)

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __call__(self, a: Node, b: Node) -> bool:
        """Whether two answers are the same. Raises `Undecided` where nothing shows it either way."""
        if a == b:
            return True
        kinds = (shape(a), shape(b))
        rule = RULES.get(kinds)
        if rule is not None:
            return rule(a, b, self)
        rule = RULES.get((kinds[1], kinds[0]))
        if rule is not None:
            return rule(b, a, self)
        for wrapper, rule in WRAPPERS.items():
            if wrapper in kinds:
                return rule(a, b, self) if kinds[0] == wrapper else rule(b, a, self)
        return False


RULES: dict[tuple[str, str], Rule] = {
    ("value", "value"): values,
    ("pm", "pm"): signs,
    ("pm", "value"): signs,
    ("degree", "degree"): lambda a, b, same: same(a.args[0], b.args[0]),
    ("degree", "value"): degrees,
    ("percent", "percent"): percents,
    ("percent", "value"): percents,
    ("ratio", "ratio"): ratios,
    ("ratio", "value"): ratio_value,
    ("cong", "cong"): congruences,
    ("cong", "value"): congruence_family,
    ("cong", "named"): congruence_family,
    ("time", "time"): times,
    ("time", "ratio"): time_ratio,
    ("list", "list"): lists,
    ("list", "set"): lists,
    ("set", "set"): lists,
    ("list", "value"): list_with_one,
    ("set", "value"): list_with_one,
    ("list", "pm"): signs,
    ("set", "pm"): signs,
    ("list", "tuple"): list_with_one,
    ("set", "tuple"): list_with_one,
    ("list", "interval"): list_with_one,
    ("set", "interval"): regions,
    ("list", "relation"): list_with_one,
    ("list", "in"): list_with_one,
    ("list", "numbers"): list_with_one,
    ("tuple", "tuple"): tuples,
    ("tuple", "interval"): regions,
    ("tuple", "relation"): regions,
    ("tuple", "numbers"): regions,
    ("tuple", "pm"): signs,
    ("tuple", "value"): tuple_value,
    ("point", "point"): lambda a, b, same: a == b or point(a, b, same) or point_value(a, b, same),
    ("point", "value"): point_value,
    ("matrix", "matrix"): matrices,
    ("matrix", "tuple"): vector_tuple,
    ("matrix", "value"): matrix_value,
    ("interval", "interval"): regions,
    ("interval", "relation"): regions,
    ("interval", "numbers"): regions,
    ("relation", "numbers"): regions,
    ("relation", "relation"): relations,
    ("numbers", "numbers"): lambda a, b, same: bool(a.value == b.value),
    ("in", "in"): membership,
    ("in", "relation"): regions,
    ("named", "named"): named_pair,
    ("named", "equation"): equations,
    ("equation", "equation"): equations,
    ("equation", "value"): turned_name,
    ("cases", "cases"): cases,
    ("cases", "value"): case_values,
    ("unit", "unit"): units,
    ("unit", "percent"): lambda a, b, same: False,
    ("unit", "degree"): lambda a, b, same: False,
    ("where", "where"): where,
}  # fmt: skip

WRAPPERS: dict[str, Rule] = {
    "where": where,
    "family": family,
    "rounded": rounded,
    "unit": unit_value,
    "named": named_value,
    "in": membership,
    "degree": degrees,
    "percent": percents,
    "pm": signs,
    "point": point,
}
"""What to do with the other side when no pair is listed: look inside the wrapper, outermost meaning first."""
