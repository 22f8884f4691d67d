"""Being told to prove: an imperative, not the word. "Determine, with proof" and "he wants to prove" are none."""

import re

_BEFORE = (
    r"(?:^|[.;:,?!)\]¤]\s*|\n\s*|\b(?:and|then|also|please|hence|thus|let\s+us|we|you|must|should|(?:required"
    r"|asked|want|wish|try|need|necessary)\s+to|problem|either)\s+)"
)
_PROVE = re.compile(
    rf"{_BEFORE}(?:(?:to|also|then|now|further|moreover)\s+)?(?:"
    r"(?:dis)?prove(?!n|s|\s+(?:your|the\s+(?:answer|result\s*\.)|it\b|this\b\s*[.)]|to\s+be"
    r"|that\s+there\s+are\s+no\s+others?|that\s+(?:your|this)\s+answer))"
    r"|(?:use|using|by)\b[^.\n]{0,80}?\bto\s+(?:prove|show|verify)\b|show(?:\s*,?\s*(?:by|using"
    r"|with)\b[^.]{0,60},?)?\s*(?:that\b|the\s+(?:following|existence|inequality|identity|equality)"
    r"|there\s+(?:is|are|exists?)\b|how\s+(?:to\s+construct|one\s+can)|why\b|¤|:|if\b)"
    r"|demonstrate\s+(?:that|the)\b|verify\s+(?:that|the\s+(?:identity|inequality|equality))|proof\s+that\b"
    r"|give\s+a\s+proof|provide\s+a\s+proof"
    r"|establish\s+(?:that\b|the\s+(?:identity|inequality|equality)\b)|deduce\s+that\b)",
    re.IGNORECASE,
)
_CONJECTURE = re.compile(r"\b(?:conjecture|theorem|assertion)\b[^?!]{0,120}\bprove\s+(?:it|this)\b", re.IGNORECASE)
"""What is proved is named before; "find the value and prove it" is no such thing."""
_CHINESE = re.compile(r"(?:求证|证明|證明)(?!书|题\b)")

PSEUDO_ANSWER = re.compile(
    r"^\W*(?:\\text\s*\{)?\W*(?:proven|proved|proof|the\s+proof|see\s+(?:the\s+)?proof"
    r"|证明题|证明|q\.?\s*e\.?\s*d)\b",
    re.IGNORECASE,
)
"""A reference answer that is only a word for a proof."""


def proof_request(words: str) -> str | None:
    """The words (see `bigmath.statement.wording`) that tell the reader to prove something, with what follows them."""
    found = _PROVE.search(words) or _CONJECTURE.search(words) or _CHINESE.search(words)
    return words[found.start() : found.end() + 80].strip() if found else None
