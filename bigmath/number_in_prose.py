"""The last number that a text in words ends in, where it stands for itself: no bound, no part of a formula, no step.

Asked only where a reply neither boxes nor states its answer, since a wrong number here is a wrong reward.
"""

import re

from bigmath.answer import Found

_NUMBER = r"(?:\d{1,2}:\d\d\b(?:\s?[AaPp]\.?[Mm]\b\.?)?|[-+]?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?:\s?\\?%)?)"
_LAST_NUMBER = re.compile(rf"(?<![\w.,/^:])(?:\d+/\d+\s*(?:=|≈|\\approx)\s*)?{_NUMBER}")
_HEDGED = re.compile(r"\b(?:about|approximately|roughly|around|nearly)\b|\\approx|≈")
_BOUND = re.compile(
    r"(?:(?:more|greater|less|fewer|other|larger|smaller|higher|lower) than|multiples? of|at (?:least|most)|between|not"
    r"|except|divisible by|arbitrarily close to|up to|exceeds?|(?:not|cannot|n't) be|out of)"
    r"[\s\d,./$%{}()\\-]*(?:(?:or|and)[\s\d,./$%{}()\\-]*)?(?:text|mathrm)?[\s{}]*$",
    re.IGNORECASE,
)
"""What stands before a number that only bounds the answer: more than 4, a multiple of 12."""
_WITHIN_BEFORE = re.compile(
    r"[\w)\]}]\s*[-+*/^×·÷]\s*$|[A-Za-z√]\s*[({]\s*$|√\s*$|\b(?:log|ln|exp|sqrt|sin|cos|tan|cot|sec|csc|gcd|lcm)\s*$"
    r"|\d\s*(?:or|to|by|x|and|(?:out\s+)?of|in|per)\s+(?:the\s+|every\s+|each\s+)?$"
)
_WITHIN_AFTER = re.compile(r":\d|\s*[-+*/^×·÷]\s*[\w(\\√]|[({]|!(?=\S)")
"""What makes a number a part of something typed into prose: x^2 + 3, sqrt(2), 2 to 5, 3:4."""
_REFERENCE = re.compile(
    r"\b(?:equation|eq|step|problem|question|exercise|case|part|section|theorem|lemma|figure|page|base|mod|modulo)\.?\s*\(?$",
    re.IGNORECASE,
)
_MEMBER_BEFORE, _MEMBER_AFTER = re.compile(r"[,;]\s*$"), re.compile(r"\s*[)\]}]")
"""The last coordinate, end or member of something in brackets."""
_PROSE = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}+[,:;]?\s+[A-Za-z]+")


def last_number(reply: str) -> Found | None:
    """The last free-standing number of a sentence in prose; None where it is a mere bound or part of something."""
    if not _PROSE.search(reply):
        return None
    tail = reply[-2_000:]
    numbers = list(_LAST_NUMBER.finditer(tail))
    found = numbers[-1] if numbers else None
    if found is None or tail.rstrip().endswith("..."):
        return None
    before = tail[max(0, found.start() - 60) : found.start()]
    if any(pattern.search(before) for pattern in (_BOUND, _WITHIN_BEFORE, _REFERENCE)):
        return None
    if _WITHIN_AFTER.match(tail, found.end()):
        return None
    if _MEMBER_BEFORE.search(before) and _MEMBER_AFTER.match(tail, found.end()):
        return None
    return Found(found[0].rstrip(","), "number")


def closing_number(reply: str) -> Found | None:
    """The last number of the words after the last display, where there are such words."""
    end = max(reply.rfind(mark) for mark in ("$", "\\)", "\\]"))
    return None if end < 0 or _HEDGED.search(reply, end) else last_number(reply[end + 1 :])
