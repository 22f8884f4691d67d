"""`verify`, `equivalent` and `explain`: from two texts to a verdict, and why.

The reference is read as a bare answer; in the reply the final answer is looked for first. One candidate is judged, the
one a reader would take: trying several until one fits is how graders pay for wrong answers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bigmath import answer
from bigmath.answer import Found
from bigmath.number_in_prose import closing_number, last_number
from bigmath.sandbox import WorkerDied, WorkerTimeout
from bigmath.verifier.choices import option
from bigmath.verifier.dates import date
from bigmath.verifier.policy import DEFAULT, LIMITS, VERIFIER_VERSION, Policy, Verdict
from bigmath.verifier.reading import LONGEST_PHRASE, Reading, read, spelled, unstyled
from bigmath.verifier.respelling import wording
from bigmath.verifier.rounding import rounds_to
from bigmath.verifier.rules import Comparison
from bigmath.verifier.shapes import shape
from bigmath.verifier.tree import Node, Undecided, has, names, walk

UNDECIDED = "could not be shown equal"
"""How the rule of a WRONG verdict ends where nothing decided that the answers differ."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a verdict came about."""

    verdict: Verdict
    gold: str
    """The reference as it was read, without its wrappers."""
    answer: str | None
    """The final answer taken from the reply; None where there is none."""
    found: str | None
    """How it was found: boxed, boxes, hash, stated, whole, line, display, number."""
    gold_shape: str
    """What the reference was read as: value, tuple, interval, text, ..."""
    answer_shape: str
    rule: str
    """What decided, in a few words."""
    version: str = VERIFIER_VERSION


def verify(gold: str, reply: str, *, policy: Policy = DEFAULT) -> Verdict:
    """Whether the reply's final answer is the reference answer.

    `gold` is a bare answer, with or without `$` or a box. `reply` is a bare answer or a whole model output. Never
    raises, uses no signal and evaluates no text; safe in threads and event loops, where it blocks two seconds at most.

    >>> verify(r"\\frac{1}{2}", r"So we get $\\boxed{0.5}$.")
    <Verdict.CORRECT: 'CORRECT'>
    """
    return explain(gold, reply, policy=policy).verdict


def equivalent(a: str, b: str, *, policy: Policy = DEFAULT) -> bool:
    """Whether two bare answers are the same. Symmetric; nothing is rounded and no answer is looked for inside a text.

    >>> equivalent("1,234", r"1\\,234.0")
    True
    """
    try:
        verdict, _ = _compare(read(a), read(b), policy)
    except Exception:
        return False
    return verdict is Verdict.CORRECT


def explain(gold: str, reply: str, *, policy: Policy = DEFAULT) -> Explanation:
    """The verdict of `verify` with what was extracted, how both sides were read and what decided."""
    try:
        return _explain(gold, reply, policy)
    except (RecursionError, MemoryError) as error:
        return Explanation(Verdict.ERROR, gold[:200], None, None, "", "", f"stopped by {type(error).__name__}")
    except Exception as error:
        return Explanation(
            Verdict.ERROR, gold[:200], None, None, "", "", f"internal {type(error).__name__}: {error}"[:200]
        )


def _explain(gold_text: str, reply: str, policy: Policy) -> Explanation:
    gold = read(answer.last_boxed(gold_text) or gold_text if "\\boxed" in gold_text else answer.uncued(gold_text))
    if not gold.readable:
        return Explanation(
            Verdict.UNPARSED, gold.text[:200], None, None, "none", "", "the reference is no readable answer"
        )
    found, reading, why = _final(reply, gold)
    if reading is None:
        return Explanation(Verdict.UNPARSED, gold.text[:200], None, None, _shape(gold), "none", why)
    if not reading.readable:
        rule = "the answer is empty or broken"
        return Explanation(Verdict.UNPARSED, gold.text[:200], reading.text[:200], found, _shape(gold), "none", rule)
    verdict, rule = _compare(gold, reading, policy)
    node = reading.node
    chained = node is not None and node.op == "rel" and (len(node.args) > 2 or not names(node))
    if verdict is not Verdict.CORRECT and (chained or found not in (None, "whole", "boxed", "boxes", "hash")):
        reading = _last_side(reading, gold) or reading
        verdict, rule = _compare(gold, reading, policy)
    if verdict is not Verdict.CORRECT and found == "boxes" and _repeats(gold.node, reading.node, policy):
        verdict, rule = Verdict.CORRECT, "the same answer in every box"
    if verdict is not Verdict.CORRECT and policy.rounded_gold and _rounds(gold.node, reading.node):
        verdict, rule = Verdict.CORRECT, "the reference is the answer rounded"
    return Explanation(verdict, gold.text[:200], reading.text[:200], found, _shape(gold), _shape(reading), rule)


def _repeats(gold: Node | None, found: Node | None, policy: Policy) -> bool:
    """Whether every box in a row holds the one answer."""
    same = Comparison(policy)
    try:
        return gold is not None and found is not None and found.op == "list" and all(same(gold, x) for x in found.args)
    except (Undecided, WorkerTimeout, WorkerDied):
        return False


def _rounds(gold: Node | None, found: Node | None) -> bool:
    return gold is not None and found is not None and rounds_to(gold, found)


def _shape(reading: Reading) -> str:
    return shape(reading.node) if reading.node is not None else "text" if reading.words else "none"


def _last_side(reading: Reading, gold: Reading) -> Reading | None:
    """Of a chain a = b = c or a => b in running text the last side, or the last equation where the reference is one."""
    node = reading.node
    if node is None or node.op != "rel":
        return None
    steps = [at for at, operator in enumerate(node.value) if operator in ("=>", "->")]
    if steps:
        start = steps[-1] + 1
        node = Node("rel", node.args[start:], node.value[start:]) if node.value[start:] else node.args[-1]
    named = gold.node is not None and gold.node.op == "rel"
    if node.op == "rel" and set(node.value) == {"="} and not named:
        node = node.args[-1]
    return Reading(reading.text, node, reading.words, readable=True) if node is not reading.node else None


def _final(reply: str, gold: Reading) -> tuple[str | None, Reading | None, str]:
    """How the final answer was found, its reading, and where there is none the reason."""
    if len(reply) > LIMITS.reply_characters:
        return None, None, "the reply is too long"
    text = answer.without_thinking(reply) if "<" in reply else reply
    if text is None:
        return None, None, "the reasoning block never closed"
    if "</answer>" in text and (tagged := answer.tagged(text)):
        text = tagged
    if "\\boxed" in text or "\\fbox" in text:
        if answer.ends_in_open_box(text):
            return None, None, "the reply stops inside a box"
        if boxes := answer.final_boxes(text):
            return boxes.how, read(answer.uncued(boxes.text)), ""
    if "####" in text and (hashed := answer.hash_answer(text)):
        return "hash", read(hashed), ""
    return _unboxed(text, gold)


def _unboxed(text: str, gold: Reading) -> tuple[str | None, Reading | None, str]:
    text = answer.without_markdown(text)
    whole = (
        read(text) if len(text) <= LIMITS.characters else Reading(text, None, text.strip(), readable=bool(text.strip()))
    )
    candidate = answer.stated(text)
    if candidate is None and gold.words in VERDICTS and (said := answer.verdict_said(text)):
        return "stated", read(said), ""
    if candidate is not None:
        reading = _readable_part(candidate)
        if reading is not None and (reading.node is not None or gold.node is None):
            return "stated", reading, ""
    elif "\n" in text.strip() and "\\begin" not in text and (lines := _lines(text, gold)) is not None:
        return "line", lines, ""
    elif whole.node is not None or (gold.node is None and whole.words == gold.words):
        return "whole", whole, ""
    if "\n" in text.strip() and (line := read(answer.last_line(text))).node is not None:
        return "line", line, ""
    if answer.is_cut_off(text):
        return None, None, "the reply stops before an answer"
    if gold.node is not None and gold.node.op in ("list", "set") and (several := answer.last_displays(text)):
        reading = read(several.text)
        if reading.node is not None:
            return "display", reading, ""
    if gold.node is not None:
        for search in _SEARCHES:
            candidate = search(text)
            if candidate is not None and (reading := read(candidate.text)).node is not None:
                return candidate.how, reading, ""
    return "whole", whole, ""


def _last_display(text: str) -> Found | None:
    """The last display; numbers in displays with nothing but commas and `and` between them are one answer."""
    several = answer.last_displays(text)
    node = read(several.text).node if several is not None else None
    numbers = node is not None and node.op == "list" and not names(node) and not has(node, "rel")
    return several if numbers else answer.last_display(text)


_SEARCHES: tuple[Callable[[str], Found | None], ...] = (closing_number, _last_display, last_number)


def _lines(text: str, gold: Reading) -> Reading | None:
    """Of a text whose every line is a formula the last line; all of them where the reference is a list."""
    lines = [read(line) for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 2 or any(line.node is None for line in lines):
        return None
    last = lines[-1].node
    if gold.node is not None and gold.node.op in ("list", "set") and last is not None and last.op != "list":
        return read(", ".join(line.text for line in lines))
    return lines[-1]


def _readable_part(candidate: Found) -> Reading | None:
    """The stated text; where it is prose, its display or its number."""
    reading = read(candidate.text)
    if reading.node is not None:
        return reading
    for search in _SEARCHES:
        inner = search(candidate.text)
        if inner is not None and (found := read(inner.text)).node is not None:
            return found
    return reading if reading.readable else None


def _compare(a: Reading, b: Reading, policy: Policy) -> tuple[Verdict, str]:
    verdict, rule = _compare_plainly(a, b, policy)
    if verdict is Verdict.WRONG and (inner := _without_letters(a, b)) is not None:
        again, why = _compare_plainly(*inner, policy)
        if again is Verdict.CORRECT:
            return again, f"the option's text: {why}"
    return verdict, rule


def _without_letters(a: Reading, b: Reading) -> tuple[Reading, Reading] | None:
    """What the letters of options stand for; None where there are none, or where two differ."""
    left, right = option(a.text), option(b.text)
    if left is not None and right is not None and left.letter != right.letter:
        return None
    if left is None and right is None:
        return None
    return read(left.text) if left else a, read(right.text) if right else b


def _compare_plainly(a: Reading, b: Reading, policy: Policy) -> tuple[Verdict, str]:
    if not a.readable or not b.readable:
        return Verdict.UNPARSED, "one of them is no readable answer"
    if _same_choice(a, b) or _same_choice(b, a):
        return Verdict.CORRECT, "same choice letter"
    if a.node is None or b.node is None:
        if a.text == b.text or (
            spelled(a.text) == spelled(b.text) and _LETTER.findall(a.text) == _LETTER.findall(b.text)
        ):
            return Verdict.CORRECT, "same words"
        if a.words != b.words and (_judges(a, b) or _judges(b, a)):
            return Verdict.CORRECT, "same verdict"
        if a.node is b.node is None and a.words == b.words and date(a.words):
            return Verdict.CORRECT, "same day"
        if (
            max(len(a.text), len(b.text)) <= LONGEST_PHRASE
            and (words := wording(unstyled(a.text)))
            and (words == wording(unstyled(b.text)))
        ):
            return Verdict.CORRECT, "same words"
        return Verdict.WRONG, "different words"
    decided, same = True, Comparison(policy)
    for x, y in _pairs(a, b):
        try:
            if same(x, y):
                return Verdict.CORRECT, f"{shape(x)} = {shape(y)}"
        except Undecided:
            decided = False
        except WorkerTimeout:
            return Verdict.TIMEOUT, "SymPy was stopped at its limit"
        except WorkerDied as error:
            return Verdict.ERROR, f"the worker died: {error}"[:200]
    return Verdict.WRONG, f"{shape(a.node)} and {shape(b.node)} " + ("differ" if decided else UNDECIDED)


VERDICTS = frozenset({"yes", "no", "true", "false"})
_FORMULA = re.compile(r"[\d=\\$]")


def _judges(bare: Reading, longer: Reading) -> bool:
    """Yes against `Yes, it is possible`: a verdict and the same with words behind it that give no value."""
    if bare.words not in VERDICTS or _FORMULA.search(unstyled(longer.text[:LONGEST_PHRASE])):
        return False
    return len(longer.text) <= LONGEST_PHRASE and answer.verdict_said(unstyled(longer.text)) == bare.words


_LETTER = re.compile(r"(?<![A-Za-z\\'])[B-HJ-Zb-hj-z](?![A-Za-z.')])")
"""A letter alone, whose case matters inside a phrase: m is in S, but M is not."""
_CHOICE_WITH_TEXT = re.compile(
    r"(?:the\s+)?(?:correct\s+)?(?:option|choice|answer)\s*(?:is\s*)?:?\s*\(?([A-H])\)?$|\(?([A-H])[).:](?:\s*\S|$)",
    re.IGNORECASE,
)


def _same_choice(letter: Reading, other: Reading) -> bool:
    """A against (A) 42: the letter of a choice stands for the choice."""
    node = letter.node
    if node is None or node.op != "sym":
        return False
    match = _CHOICE_WITH_TEXT.match(unstyled(other.text[:200]))
    return match is not None and node.value in (match[1], match[2])


def _pairs(a: Reading, b: Reading) -> list[tuple[Node, Node]]:
    """The readings to compare: 1,234 is a number unless the other side is a list."""
    assert a.node is not None
    assert b.node is not None
    pairs = [(a.node, b.node)]
    if (
        a.node.op == "num"
        and b.node.op in ("list", "set")
        and "," in a.text
        and (other := read(a.text, thousands=False).node)
    ):
        pairs.append((other, b.node))
    if (
        b.node.op == "num"
        and a.node.op in ("list", "set")
        and "," in b.text
        and (other := read(b.text, thousands=False).node)
    ):
        pairs.append((a.node, other))
    return pairs


def undecided(explanation: Explanation) -> bool:
    """Whether the answers may be equal for all that was shown; with `tail`, SymPy was asked too."""
    return explanation.verdict is Verdict.WRONG and explanation.rule.endswith(UNDECIDED)


def size(reading: Reading) -> int:
    """Nodes of the tree that was read."""
    return sum(1 for _ in walk(reading.node)) if reading.node is not None else 0
