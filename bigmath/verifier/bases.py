"""Numbers written in another base: 4210_7, 1011_{two}, A5_{16}."""

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import Node, Unreadable

_BASE_WORDS = {name: base for base, name in enumerate(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(), start=2
)}  # fmt: skip


def based(node: Node, raw: str) -> Node:
    """4210_7: digits and a base from 2 to 36. The value may be written with any subscript spelling."""
    base = _BASE_WORDS.get(raw.strip().lower(), raw.strip())
    if isinstance(base, str):
        if not base.isdigit() or len(base) > 2:
            raise Unreadable("base")
        base = int(base)
    digits = str(node.value) if node.op == "num" else node.value[0]
    if not 2 <= base <= 36 or not digits.isalnum() or len(digits) > LIMITS.digits:
        raise Unreadable("base")
    try:
        int(digits, base)
    except ValueError:
        raise Unreadable("digit outside the base") from None
    return Node("base", (), (digits, base))
