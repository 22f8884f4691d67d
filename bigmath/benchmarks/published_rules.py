"""Big-Math's rule filters (arXiv 2502.17387, section 3.2; the repository SynthLabsAI/big-math at 420b9a7), written anew
from what they do, to stand beside ours in the same table. They are compared only; no filter uses them.

What they do, each with its known slip:
multiple choice: the letters A to D, or the digits 1 to 4, each occur, and their last places are in that order;
multi-part: two numbers in brackets, or two numbers with a full stop, in one line ("3.5 and 2.1" will do); the Roman
numerals that are looked for too are upper-case in a text made lower-case; proof: "prove that" or "a proof" anywhere;
true/false and yes/no: the words in the answer (else the last line of the solution), or a last line that begins with
is, are, do, does or can; hyperlink: an address with its scheme, or LaTeX's link commands.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bigmath.source import reference_answer

_IN_BRACKETS = re.compile(r"\([1-9][^)]*\).*\([1-9][^)]*\)")
_WITH_STOPS = re.compile(r"\d+\..*\d+\.")
_EMPTY_BRACKETS = re.compile(r"\([\s,.]\).*\([\s,.]\)")
_MIXED = re.compile(r"(?:^|\s)(?:[1i][.)]|①).*(?:\s|$)(?:(?:2|ii)[.)]|②)")
_TRUE_FALSE = re.compile(r"true|false", re.IGNORECASE)
_YES_NO = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)
_OPENERS = ("is ", "are ", "do ", "does ", "can ")


def _multiple_choice(row: Mapping[str, Any]) -> bool:
    return any(_in_order(row["problem"], marks) for marks in ("ABCD", "1234"))


def _in_order(problem: str, marks: str) -> bool:
    text = problem.replace(marks, "")
    last = [text.rfind(mark) for mark in marks]
    return -1 not in last and last == sorted(last)


def _multi_part(row: Mapping[str, Any]) -> bool:
    text = row["problem"].lower()
    return any(pattern.search(text) for pattern in (_IN_BRACKETS, _WITH_STOPS, _EMPTY_BRACKETS, _MIXED))


def _proof(row: Mapping[str, Any]) -> bool:
    text = row["problem"].lower()
    return "prove that" in text or "a proof" in text


def _true_false(row: Mapping[str, Any]) -> bool:
    return bool(_TRUE_FALSE.search(_said(row)))


def _yes_no(row: Mapping[str, Any]) -> bool:
    *before, last = row["problem"].split("\n")
    own_line = not before or before[-1][-1:] in ".,:;!? \t"
    return bool(_YES_NO.search(_said(row))) or (own_line and last.lower().startswith(_OPENERS))


def _hyperlink(row: Mapping[str, Any]) -> bool:
    return any(mark in row["problem"] for mark in ("http://", "https://", "\\url", "\\href"))


def _said(row: Mapping[str, Any]) -> str:
    """The reference answer, or the last line of the solution where there is none."""
    answer, _ = reference_answer(row.get("answer"), row.get("solution"))
    return answer or str(row.get("solution") or "").rpartition("\n")[2]


PUBLISHED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "multi_part": _multi_part,
    "proof": _proof,
    "multiple_choice": _multiple_choice,
    "true_false": _true_false,
    "yes_no": _yes_no,
    "true_false or yes_no": lambda row: _true_false(row) or _yes_no(row),
    "hyperlink": _hyperlink,
    "strict_keep": lambda row: (
        not any(rule(row) for rule in (_multi_part, _proof, _multiple_choice, _true_false, _yes_no, _hyperlink))
    ),
}
"""By the names of the classes of `filters.measure`; rows have `problem`, `answer` and `solution`."""
