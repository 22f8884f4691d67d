"""Judges arithmetic solutions by replaying their text. Uses nothing of the solver (which only takes the
question's reader from here): it reads the question's numbers and
target, then checks of each line `a + b = c` that both numbers are there, that the sum is right, and at the end that the
target alone is left."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from bigmath.verifier.policy import Verdict

_QUESTION = re.compile(r"Use the numbers ([\d ]+) once each to make (\d+)\b")
_NUMBER = r"(-?\d+(?:/\d+)?)"
_STEP = re.compile(rf"{_NUMBER} ([+*/-]) {_NUMBER} = {_NUMBER}")
_WORK: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def read_question(text: str) -> tuple[list[Fraction], Fraction] | None:
    """The numbers and the target a question names; None where it is none of ours."""
    read = _QUESTION.search(text)
    return ([Fraction(number) for number in read[1].split()], Fraction(read[2])) if read else None


def judge(question: str, steps: Sequence[str], *, whole: bool) -> Verdict:
    """CORRECT if the steps make the target of all numbers; WRONG if they are sums that do not; UNPARSED if a step is no
    sum, or the question is none of ours.

    Args:
        whole: only whole numbers from 0 up may appear, as in Countdown.
    """
    read = read_question(question)
    if read is None:
        return Verdict.UNPARSED
    numbers, target = read
    left = Counter(numbers)
    for step in steps:
        parts = _STEP.fullmatch(step.strip())
        if parts is None:
            return Verdict.UNPARSED
        try:
            a, b, result = Fraction(parts[1]), Fraction(parts[3]), Fraction(parts[4])
            if _WORK[parts[2]](a, b) != result:
                return Verdict.WRONG
        except ZeroDivisionError:
            return Verdict.WRONG
        if whole and (result.denominator != 1 or result < 0):
            return Verdict.WRONG
        needed = Counter([a, b])
        if needed - left:
            return Verdict.WRONG
        left = left - needed + Counter([result])
    return Verdict.CORRECT if left == Counter([target]) else Verdict.WRONG
