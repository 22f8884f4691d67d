"""Numbers written out: seventy-two, one hundred and twenty, two and a half, three fourths, forty billion."""

import re
from fractions import Fraction

ONES = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split()
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {
    "half": 2,
    "halve": 2,
    "third": 3,
    "quarter": 4,
    **{
        word: value
        for value, word in enumerate("fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=4)
    },
    "sixteenth": 16,
    "twentieth": 20,
    "hundredth": 100,
    "thousandth": 1000,
}
"""What a thing is cut into; `second` is a time."""
_SIGNS = frozenset({"minus", "negative"})
_FIRST = re.compile(
    rf"\W*(?:{'|'.join(sorted({*ONES, *TENS, *_SIGNS}, key=len, reverse=True))}|hundred|thousand|half|an?)(?![a-z])",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s~-]+")
LONGEST = 120
"""Characters; the longest names of numbers below a billion have about a hundred."""


def number_in_words(text: str) -> Fraction | None:
    """The number that a whole text names, None for any other text. `text` is without commands and braces.

    >>> number_in_words("One hundred and twenty-five"), number_in_words("two and a half"), number_in_words("one second")
    (Fraction(125, 1), Fraction(5, 2), None)
    """
    if len(text) > LONGEST or not _FIRST.match(text):
        return None
    words = _SEPARATORS.split(text.lower().strip(" .~"))
    if words[0] in _SIGNS:
        value = _value(words[1:])
        return None if value is None else -value
    return _value(words)


def _value(words: list[str]) -> Fraction | None:
    if not words:
        return None
    part = _PARTS.get(words[-1].removesuffix("s"))
    if part is None:
        whole = _cardinal(words)
        return None if whole is None else Fraction(whole)
    head = words[:-1]
    for cut in (head.index("and") if "and" in head else 0, len(head)):  # two and | a half
        whole = _cardinal(head[:cut]) if 0 < cut < len(head) else 0
        top = _top(head[cut + (cut > 0) :] if cut < len(head) else head)
        if whole is not None and top is not None and (top < part or not whole):
            return Fraction(top, part) + whole
    return None


def _top(words: list[str]) -> int | None:
    """How many parts: a half and half are one."""
    return 1 if words in ([], ["a"], ["an"]) else _cardinal(words)


def _cardinal(words: list[str]) -> int | None:
    """A whole number in words; each group below a thousand, its scale, and smaller ones after it."""
    if words[:1] == ["a"] and words[1:2] and words[1] in ("hundred", *_SCALES):
        words = ["one", *words[1:]]
    total, group, last, room = 0, 0, 10**15, 10**15
    seen = False
    for at, word in enumerate(words):
        if word == "and" and seen and at + 1 < len(words) and group % 100 == 0:
            continue
        if word in ONES or word in TENS:
            value = ONES.get(word, 0) or TENS.get(word, 0)
            if value >= room or (value == 0 and len(words) > 1):
                return None
            group, room = group + value, 10 if word in TENS else 1
        elif (word == "hundred" and 0 < group < 100) or (word == "hundred" and not seen and len(words) == 1):
            group, room = 100 * (group or 1), 100
        elif word in _SCALES and _SCALES[word] < last and (group > 0 or len(words) == 1):
            total, last = total + (group or 1) * _SCALES[word], _SCALES[word]
            group, room = 0, last
        else:
            return None
        seen = True
    return total + group if seen else None
