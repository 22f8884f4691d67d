"""Labels the lines of a reasoning text as backtracking, verification or repetition (4.4, figures 14 and 15).

Words give some away ("wait", "let me check"). Most do not say so: then the arithmetic does. A line `a + b = c` that
uses a number which the lines before have used up can only follow from an earlier line, so it backtracks; one that
reaches numbers reached before repeats. Only the text is read, never the tree; `narrate` writes a search in such plain
lines together with the truth, so that precision and recall can be measured where the truth is known.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bigmath.search.linearise import visited
from bigmath.search.puzzles.judge import read_question
from bigmath.search.trace import Trace, tree_of

Behaviour = Literal["backtracking", "verification", "repetition"]
BEHAVIOURS: tuple[Behaviour, ...] = ("backtracking", "verification", "repetition")

_NUMBER = r"(-?\d+(?:/\d+)?)"
_SUM = re.compile(rf"{_NUMBER} ?([-+*/×÷·]) ?{_NUMBER} ?= ?{_NUMBER}\b")
_WORDS: dict[Behaviour, re.Pattern[str]] = {
    "backtracking": re.compile(
        r"\[BACK\]|\b(?:wait|back ?track|go(?:ing)? back|back to|instead|try (?:another|a different|again)|"
        r"start (?:over|again)|(?:made|is) a mistake|that(?:'s| is) (?:not right|wrong)|"
        r"does(?:n't| not) work|reconsider)\b",
        re.IGNORECASE,
    ),
    "verification": re.compile(
        r"\b(?:verify|verifying|double[- ]check|check(?:s|ing|ed)?|confirm|substitut(?:e|ing) back|"
        r"plug(?:ging)? (?:it )?(?:back )?in|as (?:required|wanted)|is (?:not )?what (?:we|is) want)",
        re.IGNORECASE,
    ),
    "repetition": re.compile(
        r"\b(?:as before|once more|same as (?:above|before)|already (?:tried|seen|saw))\b", re.IGNORECASE
    ),
}


def label(question: str, lines: Iterable[str]) -> list[set[Behaviour]]:
    """The behaviours of each line. Numbers are followed where the question is an arithmetic puzzle."""
    read = read_question(question)
    tracker = _Numbers(read[0]) if read else None
    seen: set[str] = set()
    labels = []
    for line in lines:
        found: set[Behaviour] = {kind for kind, words in _WORDS.items() if words.search(line)}
        parts = _SUM.search(line)
        if tracker is not None and parts is not None:
            found |= tracker.follow(Fraction(parts[1]), Fraction(parts[3]), Fraction(parts[4]))
        elif (plain := " ".join(line.lower().split())) in seen and plain:
            found.add("repetition")
        else:
            seen.add(plain)
        labels.append(found)
    return labels


class _Numbers:
    """Which numbers are left after each line."""

    def __init__(self, numbers: Sequence[Fraction]) -> None:
        self._history = [Counter(numbers)]

    def follow(self, a: Fraction, b: Fraction, result: Fraction) -> set[Behaviour]:
        """Takes a step from the latest state that allows it."""
        needed = Counter([a, b])
        for back, state in enumerate(reversed(self._history)):
            if not needed - state:
                after = state - needed + Counter([result])
                found: set[Behaviour] = {"backtracking"} if back else set()
                found |= {"repetition"} if after in self._history else set()
                self._history.append(after)
                return found
        return set()  # the numbers come from nowhere: a slip, no known behaviour


@dataclass(frozen=True)
class Line:
    """A line of a narrated search, and what it truly is."""

    text: str
    truth: frozenset[Behaviour]


def narrate(trace: Trace) -> list[Line]:
    """The steps of an arithmetic search in the order they were taken, without any word for going back; each finished
    solution is followed by a line that compares it with the target."""
    nodes = tree_of(trace.events)
    lines: list[Line] = []
    reached = {nodes[0].state}
    at = 0
    told: set[int] = {0}
    for number in visited(trace.events):
        node = nodes[number]
        if number in told or node.step is None:
            continue
        truth: set[Behaviour] = set()
        if node.parent != at:
            truth.add("backtracking")
        if node.state in reached:
            truth.add("repetition")
        reached.add(node.state)
        told.add(number)
        lines.append(Line(node.step, frozenset(truth)))
        if node.verdict is not None:
            said = f"{node.step.rpartition(' ')[2]} is {'' if node.verdict == 'CORRECT' else 'not '}what we want."
            again: set[Behaviour] = {"repetition"} if "repetition" in truth else set()
            lines.append(Line(said, frozenset({"verification", *again})))
        at = number
    return lines


@dataclass(frozen=True)
class Score:
    """How well labels match the truth."""

    true: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


def score(traces: Iterable[Trace]) -> dict[Behaviour, Score]:
    """The labeller against the truth of narrated traces."""
    counts: dict[Behaviour, list[int]] = {kind: [0, 0, 0] for kind in BEHAVIOURS}
    for trace in traces:
        lines = narrate(trace)
        for line, found in zip(lines, label(trace.question, [one.text for one in lines]), strict=True):
            for kind in BEHAVIOURS:
                counts[kind][0] += kind in line.truth
                counts[kind][1] += kind in found
                counts[kind][2] += kind in line.truth and kind in found
    return {kind: Score(*three) for kind, three in counts.items()}
