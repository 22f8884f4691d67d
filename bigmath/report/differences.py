"""Two statements side by side with what differs marked."""

import html
import re
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\\[A-Za-z]+|\w+|.", re.DOTALL)
LONGEST = 600
"""Words of a text that are compared; the rest is shown unmarked, since the comparison is quadratic."""


def marked(kept: str, other: str) -> tuple[str, str]:
    """Both texts as HTML: what only the first has in `<del>`, what only the second has in `<ins>`.

    >>> marked("a + 1", "a + 2")
    ('a + <del>1</del>', 'a + <ins>2</ins>')
    """
    first, second = _WORDS.findall(kept), _WORDS.findall(other)
    matcher = SequenceMatcher(None, first[:LONGEST], second[:LONGEST], autojunk=False)
    left, right = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        left.append(_piece("del" if kind != "equal" else None, first[a:b]))
        right.append(_piece("ins" if kind != "equal" else None, second[c:d]))
    return "".join([*left, _piece(None, first[LONGEST:])]), "".join([*right, _piece(None, second[LONGEST:])])


def _piece(tag: str | None, words: list[str]) -> str:
    text = html.escape("".join(words), quote=False)
    return f"<{tag}>{text}</{tag}>" if tag and text else text
