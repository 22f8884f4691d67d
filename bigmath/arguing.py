"""Telling a solution, pasted where a statement should be, from a statement: it asks for nothing and argues instead."""

import re

from bigmath.statement import asks, wording

_CUES = re.compile(
    r"\b(?:we\s+(?:have|get|know|conclude|see|obtain|find|will\s+derive|are\s+done|'re\s+done)|we're\s+done|hence|thus|therefore"
    r"|it\s+(?:follows|is\s+clear)|which\s+(?:implies|means)|this\s+means|by\s+induction|suppose|assume|contradiction|WLOG|is\s+equivalent"
    r"\s+to|so|since|because|according\s+to\s+the\s+(?:problem|condition|propert)|by\s+(?:the\s+)?(?:problem's\s+)?(?:condition|property"
    r"|properties)|i\.e|from\s+(?:this|which|the\s+(?:equality|first\s+equation))|substitut\w+|transformations?|let's\s+calculate"
    r"|takes?\s+the\s+maximum\s+value|is\s+achieved|we\s+have\s+the\s+equation)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"(?:[:=_?]|\b(?:is|are|equals?|be|to|of|by|was|must|than|only)|¤)\W*$", re.IGNORECASE)
"""How statements end that ask by leaving off: "... then $x$ equals"."""
CUES = 3


def argument(statement: str) -> str | None:
    """The last words of a text that asks for nothing and holds at least `CUES` turns of argument; else None."""
    words = wording(statement)
    if asks(words) or len({cue.lower() for cue in _CUES.findall(words)}) < CUES:
        return None
    last = words.rstrip(" .#*")
    return None if _UNFINISHED.search(last) and not last.endswith("¤") else last[-80:]
