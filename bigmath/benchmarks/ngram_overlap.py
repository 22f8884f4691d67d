"""The public method that decontamination is measured beside: word n-gram overlap on plain words.

Written from its descriptions, GPT-3 (arXiv 2005.14165, appendix C: 13 words, lower case, no punctuation; shorter tests
by all their words, down to 8) and lm-evaluation-harness (docs/decontamination.md, 13 words); open-r1 and s1 use 8. A
row is flagged if it shares one n-gram with a test.
"""

import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\w+")


def flagged(rows: Sequence[str], tests: Sequence[str], size: int) -> list[bool]:
    """Whether each row shares `size` words in a row with a test; a test of 8 words or more, but fewer than `size`, is
    looked for whole."""
    known: dict[int, set[str]] = {}
    for test in tests:
        words = _words(test)
        if len(words) >= 8:
            length = min(size, len(words))
            known.setdefault(length, set()).update(_grams(words, length))
    return [_shares(_words(row), known) for row in rows]


def _shares(words: list[str], known: dict[int, set[str]]) -> bool:
    return any(gram in grams for length, grams in known.items() for gram in _grams(words, length))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(words: list[str], size: int) -> Iterator[str]:
    return (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
