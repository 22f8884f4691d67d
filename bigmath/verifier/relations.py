"""Names, equations, inequalities, regions of the line, piecewise definitions."""

from fractions import Fraction

from bigmath.verifier.equal import equal
from bigmath.verifier.intervals import same_union, union_of
from bigmath.verifier.members import in_order, signs, unordered
from bigmath.verifier.rationals import exact
from bigmath.verifier.sameness import Same
from bigmath.verifier.shapes import is_namelike, shape
from bigmath.verifier.tree import ONE, Node, Undecided, has, names, number, substitute, walk


def named_pair(a: Node, b: Node, same: Same) -> bool:
    """x = 5 against x = 5.0; f(z) = z against f(x) = x; y = 2x against f(x) = 2x."""
    left, right = a.args[0], b.args[0]
    if left.op == "call" and right.op == "call" and len(left.args) == len(right.args):
        value = b.args[-1]
        renaming = {y.value: x for x, y in zip(left.args, right.args, strict=True) if x.op == "sym" and y.op == "sym"}
        if any(x != y and (x.op != "sym" or y.op != "sym") for x, y in zip(left.args, right.args, strict=True)):
            return False
        return left.value == right.value and same(a.args[-1], substitute(value, renaming))
    if len(a.args) > 2 and len(b.args) > 2 and is_namelike(a.args[-1]) and is_namelike(b.args[-1]):
        return unordered(a.args, b.args, same)  # AB = BC = CA
    if left == right or _interchangeable(left, right):
        return same(a.args[-1], b.args[-1])
    if len(a.args) == 2 and len(b.args) == 2:
        return equations(a, b, same)
    return False


_MARKS = frozenset({"angle", "measuredangle", "triangle", "odot", "bar", "hat", "widehat", "tilde"})


def _is_label(node: Node) -> bool:
    """Words before a value, as in `minimum value = 3`; angle A is a thing of its own."""
    return node.op == "sym" and " " in node.value and node.value.split()[0] not in _MARKS


def _interchangeable(left: Node, right: Node) -> bool:
    """y and f(x) name the same thing, as do a word and a letter, AB and |AB|, a letter with and without an index."""
    if any(
        side.op == "fn" and side.value == "abs" and side.args[0] == other
        for side, other in ((left, right), (right, left))
    ):
        return True
    if left.op == "div" or right.op == "div":
        return _derivative(left) == _derivative(right) is not None
    if "call" in (left.op, right.op):
        other = right if left.op == "call" else left
        return other.op == "sym" and other.value in ("y", "f", "g", "h", left.value, right.value)
    return any(_is_label(side) for side in (left, right)) or {left.op, right.op} == {
        "sym",
        "sub",
    }


def _derivative(node: Node) -> str | None:
    """y for dy/dx, y' and f'(x)."""
    if node.op == "sym" and node.value.endswith("'"):
        return str(node.value[:-1])
    if node.op == "div" and all(arg.op == "mul" and arg.args[0] == Node("sym", (), "d") for arg in node.args):
        return str(node.args[0].args[-1].value)
    return None


def named_value(a: Node, b: Node, same: Same) -> bool:
    if same.policy.names_matter:
        return False
    if b.op == "group" and len(a.args) - 1 == len(b.args) and a.args[-1].op != "group":  # x = y = z = 1 and (1, 1, 1)
        return all(same(a.args[-1], member) for member in b.args)
    if a.args[0].op == "group" and a.args[-1].op == "group" and b.op == "list":
        return in_order(a.args[-1].args, b.args, same)
    return same(a.args[-1], b)


def turned_name(a: Node, b: Node, same: Same) -> bool:
    """5 = n names 5."""
    turned = Node("rel", a.args[::-1], a.value)
    return len(a.args) == 2 and not names(a.args[0]) and shape(turned) == "named" and named_value(turned, b, same)


def rounded(a: Node, b: Node, same: Same) -> bool:
    """A closed form with a decimal for it, 2/3 = 0.667: the form decides, or the same decimal. x ~ 5 names 5."""
    form, decimal = a.args[-2], a.args[-1]
    if shape(b) == "rounded":
        return same(form, b.args[-2]) or (form.op in ("sym", "sub") and same(decimal, b.args[-1]))
    if shape(b) == "named":
        return same(a, b.args[-1])
    if b.op == "dec" or is_namelike(form):
        return same(decimal, b)
    return same(form, b)


def _difference(node: Node) -> Node:
    return Node("add", (node.args[0], Node("neg", (node.args[-1],))))


def equations(a: Node, b: Node, same: Same) -> bool:
    """Equal up to a constant factor once everything is on one side."""
    if len(a.args) > 2 or len(b.args) > 2:
        return _chains(a, b, same)
    if has(a, "pm") or has(b, "pm"):
        return signs(a, b, same)
    f, g = _difference(a), _difference(b)
    if _proportional(f, g, signed=False):
        return True
    fractions = sum(1 for part in (*walk(a), *walk(b)) if part.op == "div")
    return 0 < fractions <= _MOST_FRACTIONS and _proportional(cleared(f)[0], cleared(g)[0], signed=False)


_MOST_FRACTIONS = 12
"""A numerator grows exponentially with nested fractions."""


def cleared(node: Node) -> tuple[Node, Node]:
    """Numerator and denominator of a rational expression."""
    if node.op == "neg":
        top, bottom = cleared(node.args[0])
        return Node("neg", (top,)), bottom
    if node.op in ("mul", "div"):
        parts = [cleared(arg) for arg in node.args]
        if node.op == "div":
            parts[1] = (parts[1][1], parts[1][0])
        return _product([top for top, _ in parts]), _product([bottom for _, bottom in parts])
    if node.op == "add":
        parts = [cleared(arg) for arg in node.args]
        bottoms = list(dict.fromkeys(bottom for _, bottom in parts if bottom != ONE))
        terms = tuple(_product([top, *(other for other in bottoms if other != bottom)]) for top, bottom in parts)
        return Node("add", terms), _product(bottoms)
    return node, ONE


def _product(factors: list[Node]) -> Node:
    kept = tuple(factor for factor in factors if factor != ONE)
    return kept[0] if len(kept) == 1 else Node("mul", kept) if kept else ONE


def _chains(a: Node, b: Node, same: Same) -> bool:
    return a.value == b.value and (
        in_order(a.args, b.args, same) or (set(a.value) == {"="} and unordered(a.args, b.args, same))
    )


def _proportional(f: Node, g: Node, *, signed: bool) -> bool:
    """Whether f = c g for a constant c, by f(p) g(q) = f(q) g(p) at points p and general q."""
    free = names(f) | names(g)
    if names(f) != names(g) or not free:
        return False
    point = {name: number(Fraction(3 + 2 * index, 7)) for index, name in enumerate(sorted(free))}
    f_at, g_at = substitute(f, point), substitute(g, point)
    if equal(f_at, number(0)) or equal(g_at, number(0)):
        point = {name: number(Fraction(11 + 3 * index, 13)) for index, name in enumerate(sorted(free))}
        f_at, g_at = substitute(f, point), substitute(g, point)
        if equal(f_at, number(0)) or equal(g_at, number(0)):
            raise Undecided
    if signed and exact(f_at) * exact(g_at) < 0:
        return False
    return equal(Node("mul", (f, g_at)), Node("mul", (g, f_at)))


def relations(a: Node, b: Node, same: Same) -> bool:
    """Two inequalities: as regions of one variable, else up to a positive factor, else side by side."""
    try:
        left, right = union_of(a), union_of(b)
    except Undecided:
        pass
    else:
        return names(a) == names(b) and same_union(left, right)
    a, b = _upward(a), _upward(b)
    if a.value != b.value:
        return False
    if len(a.args) == 2 and a.value[0] in ("<", "<=", "!="):
        try:
            return _proportional(_difference(a), _difference(b), signed=a.value[0] != "!=")
        except Undecided:
            pass
    return in_order(a.args, b.args, same)


def _upward(node: Node) -> Node:
    """a > b as b < a."""
    if all(operator in (">", ">=") for operator in node.value):
        flipped = tuple({">": "<", ">=": "<="}[operator] for operator in reversed(node.value))
        return Node("rel", tuple(reversed(node.args)), flipped)
    return node


def regions(a: Node, b: Node, same: Same) -> bool:
    """Interval, inequality and set-builder that describe the same reals."""
    try:
        return same_union(union_of(a), union_of(b))
    except Undecided:
        if a.op == b.op and len(a.args) == len(b.args):
            if a.op == "rel":
                return relations(a, b, same)
            if a.op in ("union", "inter", "list"):
                return unordered(a.args, b.args, same)
            return a.value == b.value and in_order(a.args, b.args, same)
        raise


def membership(a: Node, b: Node, same: Same) -> bool:
    """x in A names the set A."""
    if b.op == "rel" and a.args[1].op in ("set", "list") and shape(b) == "named":
        return same(a.args[1], b.args[-1])
    return same(a.args[1], b.args[1] if b.op == "rel" and b.value == ("in",) else b)


def condition(a: Node, b: Node, same: Same) -> bool:
    otherwise = Node("text", (), "otherwise")
    if otherwise in (a, b):
        return True
    return a == b if "text" in (a.op, b.op) else same(a, b)
