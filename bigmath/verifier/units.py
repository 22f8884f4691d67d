"""Units, percent words, degree words, money and conditions: what the words after an expression mean.

Lengths, areas, volumes, masses and times of one dimension convert into each other; a word that is no known unit counts
as a label that may be missing but may not change the number.
"""

import re
from fractions import Fraction
from itertools import pairwise

from bigmath.verifier.tree import E, I, Node, Unreadable, number, walk

_LENGTH = """mm millimeter 1/1000; cm centimeter centimetre 1/100; dm 1/10; m meter metre 1; km kilometer kilometre
    1000; in inch inche " 127/5000; ft foot feet 381/1250; yd yard 1143/1250; mi mile 1609344/1000"""
_TIME = """ms 1/1000; s sec second 1; min minute 60; h hr hour 3600; day 86400; week 604800"""
_CALENDAR = """month 1; year yr 12; decade 120; century centurie 1200"""
_MASS = """mg milligram 1/1000; g gram 1; kg kilogram 1000; ton tonne 1000000; lb pound 45359237/100000;
    oz ounce 45359237/1600000"""
_VOLUME = """ml milliliter millilitre 1/1000; l liter litre 1"""
_MONEY = """cent ¢ 1/100; dollar usd 1"""
_UNITS = {
    name: (kind, Fraction(group.split()[-1]))
    for kind, table in (("length", _LENGTH), ("time", _TIME), ("calendar", _CALENDAR),
                        ("mass", _MASS), ("volume", _VOLUME), ("money", _MONEY),
                        ("force", "n newton 1"), ("energy", "j joule 1; kj kilojoule 1000"),
                        ("power", "w watt 1; kw kilowatt 1000"), ("voltage", "v volt 1"), ("current", "a amp ampere 1"),
                        ("resistance", "ohm 1"), ("frequency", "hz hertz 1"), ("temperature", "k kelvin 1"))
    for group in table.split(";")
    for name in group.split()[:-1]
}  # fmt: skip
"""Name -> (dimension, size in its base unit)."""
_PRODUCTS = frozenset({"in", "dm", "ms", "min", "mi"})
UNITS_IN_FRACTIONS = (
    frozenset(name + end for name in _UNITS if len(name) > 1 and name.isalpha() for end in ("", "s")) - _PRODUCTS
)
"""Names that stand for a unit alone in the braces of a fraction, where dm is rather d times m."""
_SPEEDS = {"mph": "mi/h", "kph": "km/h", "kmh": "km/h", "mps": "m/s", "fps": "ft/s", "cc": "cm^3", "rpm": "1/min"}
_PERCENT = frozenset({"percent", "percentage", "pct", "percents"})
_DEGREES = frozenset({"degree", "degrees", "deg"})
_TEMPERATURES = {"c": "c", "celsius": "c", "centigrade": "c", "f": "f", "fahrenheit": "f"}
_MAGNITUDES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
CONDITIONS = frozenset(
    {"for", "where", "with", "when", "if", "such", "unless", "provided", "whenever", "otherwise", "given", "as"}
)
_PREPOSITIONS = frozenset({"at", "as", "is", "to", "by", "on", "an"})
"""No units: the letters are a product."""
_COMPARING = frozenset(
    "not must more less greater fewer least most than never always larger smaller higher lower between except".split()
)
"""Words that make another answer of the number before them: 12 or more, 3 less than x."""
_LABEL = re.compile(r"[A-Za-z'.-]+|[\d^*/()·-]+|circ|cdot|times|\{|\}")
WORDS_OF_A_UNIT = 6
"""A longer tail is prose, and prose after a number is no unit."""


def attach(node: Node, words: list[str]) -> Node:
    """The expression with the words that followed it: a percentage, a quantity or a time."""
    lowered = [word.lower().strip(".") for word in words]
    if not lowered:
        raise Unreadable("no words")
    first = lowered[0]
    if (first in _PERCENT and len(words) <= 2) or lowered == ["per", "cent"]:
        return Node("percent", (node,))
    if first in _DEGREES and len(words) == 2 and (scale_letter := _TEMPERATURES.get(lowered[1])):
        return Node("unit", (node,), f"deg{scale_letter}")
    if first in _DEGREES and len(words) == 1:
        return Node("degree", (node,))
    if first in ("radian", "radians", "rad") and len(words) == 1:
        return node
    if first in _MAGNITUDES:
        if "of" in lowered:
            raise Unreadable("words")
        scaled = Node("mul", (node, number(_MAGNITUDES[first])))
        return attach(scaled, words[1:]) if len(words) > 1 else scaled
    if first in _PREPOSITIONS or not _COMPARING.isdisjoint(lowered):
        raise Unreadable("words that change the number")
    half = "".join(char for word in lowered for char in word if char.isalpha())
    if half in ("am", "pm") and node.op in ("time", "num", "ratio"):
        return _clock(node, half == "pm")
    if "".join(lowered) == "o'clock" and node.op == "num" and 0 <= node.value <= 24:
        return Node("time", (), (node.value * 60, False))
    if len(words) > WORDS_OF_A_UNIT * 2 or any(not _LABEL.fullmatch(word) for word in words):
        raise Unreadable("words")
    if not any(part.op in ("num", "dec", "sym", "const") for part in walk(node)):
        raise Unreadable("words after nothing")
    if scale(canonical(lowered)) is None and all(
        part.op in ("sym", "mul", "sub") or part in (E, I) for part in walk(node)
    ):
        raise Unreadable("words after letters")  # see figure
    return Node("unit", (node,), canonical(lowered))


def _clock(node: Node, afternoon: bool) -> Node:
    if node.op == "ratio":
        if len(node.args) not in (2, 3) or any(arg.op != "num" for arg in node.args):
            raise Unreadable("time")
        total = sum(arg.value * 60 ** (1 - place) for place, arg in enumerate(node.args))
    else:
        total = node.value[0] if node.op == "time" else node.value * 60
    half = 12 * 60
    return Node("time", (), (total % half + (half if afternoon else 0), True))


def canonical(words: list[str]) -> str:
    """`square centimeters` and `cm ^ 2` as `cm^2`; singular where English only adds an s."""
    text = " ".join(word for word in words if word not in ("{", "}", "of", "a", "the"))
    text = re.sub(r"(\w+) (squared|cubed)", lambda match: f"{match[1]}^{2 if match[2] == 'squared' else 3}", text)
    text = re.sub(r"\b(?:square|sq)\s+(\w+)", r"\1^2", text)
    text = re.sub(r"\bcubic\s+(\w+)", r"\1^3", text)
    text = re.sub(r"\s*([\^/*])\s*", r"\1", text).replace(" per ", "/")
    text = re.sub(r"\b([a-z]{3,}?|lb|hr|yd|yr)s\b", r"\1", text)
    return text.strip()


def factors(unit: str) -> list[tuple[str, int]] | None:
    """`m/s^2` as [(m, 1), (s, -2)]; None for what is no product of names."""
    found, sign = [], 1
    for name, power, bar in _FACTOR.findall(_SPEEDS.get(unit, unit)):
        if bar:
            sign = -1
            continue
        found.append((name, sign * int(power or 1)))
    return found or None


def scale(unit: str) -> tuple[str, Fraction] | None:
    """Dimension and size of a known unit: `cm^2` is (length^2, 1/10000); None for a mere label."""
    powers: dict[str, int] = {}
    size = Fraction(1)
    for name, power in factors(unit) or [("", 1)]:
        if name not in _UNITS or abs(power) > 4:
            return None
        kind, unit_size = _UNITS[name]
        powers[kind] = powers.get(kind, 0) + power
        size *= unit_size**power
    return " ".join(f"{kind}^{power}" for kind, power in sorted(powers.items())), size


_FACTOR = re.compile(r"([A-Za-z¢\"']+)(?:\^\{?(-?\d)\}?)?|(/)")


def quantity(node: Node) -> Node:
    """5 m or 9.8 m/s^2 typed as a product of letters, as a quantity; other trees as they are."""
    number_part, units = _split(node, 1)
    if number_part is None or not units:
        return node
    return Node("unit", (number_part,), "*".join(f"{name}^{power}" if power != 1 else name for name, power in units))


def _split(node: Node, sign: int) -> tuple[Node | None, list[tuple[str, int]]]:
    """The one numeric factor, and the letters with their exponents."""
    if not any(part.op in ("sym", "sub", "call") for part in walk(node)):
        return node, []
    if node.op == "sym":
        return None, [(node.value.lower(), sign)]
    if node.op == "pow" and node.args[0].op == "sym" and (power := _whole(node.args[1])) is not None:
        return None, [(node.args[0].value.lower(), sign * power)]
    if node.op in ("mul", "div"):
        numeric, units = None, []
        for index, arg in enumerate(node.args):
            inner, names = _split(arg, -sign if node.op == "div" and index else sign)
            if inner is not None and (numeric is not None or (node.op == "div" and index)):
                return None, []
            numeric = inner if inner is not None else numeric
            units.extend(names)
        return numeric, units
    return None, []


def _whole(node: Node) -> int | None:
    if node.op == "neg":
        inner = _whole(node.args[0])
        return None if inner is None else -inner
    return int(node.value) if node.op == "num" and node.value.denominator == 1 and abs(node.value) < 10 else None


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
