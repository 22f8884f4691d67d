"""Units, percent words, degree words, money and conditions: what the words after an expression mean.

Lengths, areas, volumes, masses and times of one dimension convert into each other; a word that is no known unit counts
as a label that may be missing but may not change the number.
"""

import re
from fractions import Fraction
from itertools import pairwise

from bigmath.verifier.tree import Node, Unreadable, number, walk

_LENGTH = {"mm": "1/1000", "millimeter": "1/1000", "cm": "1/100", "centimeter": "1/100", "dm": "1/10", "m": "1",
           "meter": "1",
           "metre": "1", "km": "1000", "kilometer": "1000", "kilometre": "1000", "centimetre": "1/100",
           "in": "127/5000",
           "inch": "127/5000", "inche": "127/5000", "ft": "381/1250", "foot": "381/1250", "feet": "381/1250",
           "yd": "1143/1250",
           "yard": "1143/1250", "mi": "1609344/1000", "mile": "1609344/1000"}  # fmt: skip
_TIME = {"s": "1", "sec": "1", "second": "1", "min": "60", "minute": "60", "h": "3600", "hr": "3600", "hour": "3600",
         "day": "86400", "week": "604800"}  # fmt: skip
_MASS = {"mg": "1/1000", "g": "1", "gram": "1", "kg": "1000", "kilogram": "1000", "ton": "1000000", "tonne": "1000000"}
_VOLUME = {"ml": "1/1000", "milliliter": "1/1000", "l": "1", "liter": "1", "litre": "1"}
_MONEY = {"cent": "1/100", "¢": "1/100", "dollar": "1", "usd": "1"}
_TABLES = (("length", _LENGTH), ("time", _TIME), ("mass", _MASS), ("volume", _VOLUME), ("money", _MONEY))
_UNITS = {name: (kind, Fraction(size)) for kind, table in _TABLES for name, size in table.items()}
_PERCENT = frozenset({"percent", "percentage", "pct", "percents"})
_DEGREES = frozenset({"degree", "degrees", "deg"})
_MAGNITUDES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
CONDITIONS = frozenset(
    {"for", "where", "with", "when", "if", "such", "unless", "provided", "whenever", "otherwise", "given", "as"}
)
_LABEL = re.compile(r"[A-Za-z'.-]+|[\d^*/()·-]+|circ|cdot|times|\{|\}")
WORDS_OF_A_UNIT = 6
"""A longer tail is prose, and prose after a number is no unit."""


def attach(node: Node, words: list[str]) -> Node:
    """The expression with the words that followed it: a percentage, a quantity or a time."""
    lowered = [word.lower().strip(".") for word in words]
    first = lowered[0]
    if first in _PERCENT and len(words) <= 2:
        return Node("percent", (node,))
    if first in _DEGREES and len(words) == 1:
        return Node("degree", (node,))
    if first in ("radian", "radians", "rad") and len(words) == 1:
        return node
    if first in _MAGNITUDES:
        if "of" in lowered:
            raise Unreadable("words")
        scaled = Node("mul", (node, number(_MAGNITUDES[first])))
        return attach(scaled, words[1:]) if len(words) > 1 else scaled
    half = "".join(char for word in lowered for char in word if char.isalpha())
    if half in ("am", "pm") and node.op in ("time", "num", "ratio"):
        return _clock(node, half == "pm")
    if len(words) > WORDS_OF_A_UNIT * 2 or any(not _LABEL.fullmatch(word) for word in words):
        raise Unreadable("words")
    if not any(part.op in ("num", "dec", "sym", "const") for part in walk(node)):
        raise Unreadable("words after nothing")
    return Node("unit", (node,), canonical(lowered))


def _clock(node: Node, afternoon: bool) -> Node:
    if node.op == "ratio":
        if len(node.args) != 2:
            raise Unreadable("time")
        hours, minutes = node.args
        if hours.op != "num" or minutes.op != "num":
            raise Unreadable("time")
        total = hours.value * 60 + minutes.value
    else:
        total = node.value[0] if node.op == "time" else node.value * 60
    half = 12 * 60
    return Node("time", (), (total % half + (half if afternoon else 0), True))


def canonical(words: list[str]) -> str:
    """`square centimeters` and `cm ^ 2` as `cm^2`; singular where English only adds an s."""
    text = " ".join(word for word in words if word not in ("{", "}", "of", "a", "the"))
    text = re.sub(r"\b(?:square|sq)\s+(\w+)", r"\1^2", text)
    text = re.sub(r"\bcubic\s+(\w+)", r"\1^3", text)
    text = re.sub(r"\s*([\^/*])\s*", r"\1", text).replace(" per ", "/")
    text = re.sub(r"\b([a-z]{3,}?)s\b", r"\1", text)
    return text.strip()


def scale(unit: str) -> tuple[str, Fraction] | None:
    """Dimension and size of a known unit: `cm^2` is (length^2, 1/10000); None for a mere label."""
    dimension, size = "", Fraction(1)
    for position, factor in enumerate(unit.split("/")):
        name, _, power = factor.partition("^")
        if name not in _UNITS or (power and not power.isdigit()):
            return None
        kind, unit_size = _UNITS[name]
        exponent = int(power or 1)
        if exponent > 4:
            return None
        dimension += ("/" if position else "") + kind + (f"^{exponent}" if exponent > 1 else "")
        size = size / unit_size**exponent if position else size * unit_size**exponent
    return dimension, size


_DOMAIN = frozenset(
    {"all", "any", "every", "each", "some", "integer", "integers", "constant", "constants", "arbitrary"}
)
_ORDER_WORDS = frozenset({"<", ">", "<=", ">=", "le", "leq", "ge", "geq", "ne", "neq", "!=", "lt", "gt"})


def is_domain(words: list[str]) -> bool:
    """Whether a condition only says what kind of number a letter is: for all n, where k is an integer."""
    if words[0] == "for" and any(word in _DOMAIN for word in words):
        return True
    return (
        words[0] in ("where", "with", "for")
        and any(word in _DOMAIN for word in words)
        and not any(word in _ORDER_WORDS for word in words)
    )


def compound(items: list[Node]) -> Node | None:
    """2 feet 3 inches as one quantity in the first unit; None unless one dimension in falling sizes."""
    sizes = [scale(item.value) for item in items if item.op == "unit"]
    if len(sizes) != len(items) or None in sizes:
        return None
    known = [size for size in sizes if size is not None]
    if any(a[0] != b[0] or a[1] <= b[1] for a, b in pairwise(known)):
        return None
    parts = (
        Node("mul", (item.args[0], number(size[1] / known[0][1]))) for item, size in zip(items, known, strict=True)
    )
    return Node("unit", (Node("add", tuple(parts)),), items[0].value)
