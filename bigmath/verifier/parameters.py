"""Free integer parameters: k pi = n pi."""

from bigmath.verifier.tree import PI, Node, has, walk

PARAMETERS = frozenset("kntmlj")


def turns(node: Node, name: str) -> bool:
    """Whether a parameter is multiplied by pi or degrees somewhere."""
    symbol = Node("sym", (), name)
    return any(
        part.op in ("mul", "div") and (has(part, "degree") or PI in walk(part)) and symbol in walk(part)
        for part in walk(node)
    )
