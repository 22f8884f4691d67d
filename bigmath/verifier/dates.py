"""Days of the calendar as answers: July 4, 4 July and July 4th are one spelling."""

import re

MONTHS = "january february march april may june july august september october november december".split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
SHORT = {name[:3]: name for name in (*MONTHS, *DAYS)} | {"sept": "september", "tues": "tuesday", "thurs": "thursday"}
"""Usual short names, and the full ones."""
_NAMES = sorted({*MONTHS, *(short for short, name in SHORT.items() if name in MONTHS)}, key=len, reverse=True)
_MONTH = rf"(?P<month>{'|'.join(_NAMES)})\.?"
_DAY = r"(?:the\s+)?(?P<day>0?[1-9]|[12]\d|3[01])(?:\s*\^?\s*(?:st|nd|rd|th))?"
_YEAR = r"(?:\s*,?\s*(?P<year>\d{4}))?"
_DATE = tuple(
    re.compile(pattern + _YEAR, re.IGNORECASE)
    for pattern in (rf"{_MONTH}\s*{_DAY}(?!\d)", rf"{_DAY}(?:\s+of)?\s*,?\s*{_MONTH}")
)
LONGEST = 40


def date(text: str) -> str | None:
    """`july 4` or `july 4 2026` where a whole text is a day with its month; None for any other text.

    >>> date("July 4th, 2026"), date("the 4th of July"), date("4 May"), date("may 40")
    ('july 4 2026', 'july 4', 'may 4', None)
    """
    if len(text) > LONGEST:
        return None
    found = next((match for one in _DATE if (match := one.fullmatch(text.strip(" .$~"))) is not None), None)
    if found is None:
        return None
    month = found["month"].lower()
    return " ".join(filter(None, (SHORT.get(month, month), str(int(found["day"])), found["year"])))
