"""Finding the final answer in a solution or a reply: boxes, GSM8K's `####`, "the answer is", the last display or line.

Nothing here judges whether an answer is right or well formed; that is the verifier's work. Every function is linear
in the length of the text, whatever the text is.
"""

import math
import numbers
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_TOKEN = re.compile(r"\\[dt]?frac\s?(?:\{[^{}]{0,80}\}|\w)\s?(?:\{[^{}]{0,80}\}|\w)|\\[A-Za-z]+|\S")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


class Box(NamedTuple):
    """One box: its content, and where the command starts and the box ends."""

    content: str
    start: int
    end: int


def boxed(text: str) -> list[str]:
    """The contents of every `\\boxed{}` and `\\fbox{}`, in order; `\\boxed 7` counts with its one token. Unclosed boxes
    and boxes inside another box are left out.

    >>> boxed(r"so \\boxed{\\frac{1}{2}} and \\boxed 7")
    ['\\\\frac{1}{2}', '7']
    """
    return [box.content for box in _boxes(text)]


def last_boxed(text: str) -> str | None:
    """The content of the last balanced box, or None."""
    found = boxed(text)
    return found[-1] if found else None


def hash_answer(text: str) -> str | None:
    """GSM8K's answer: what follows the last line-initial `####`, thousands commas kept."""
    for line in reversed(text.splitlines()):
        stripped = line.strip()
        if stripped.startswith("####"):
            answer = stripped[4:].strip()
            if answer:
                return answer
    return None


def _boxes(text: str) -> Iterator[Box]:
    closing: dict[int, int] | None = None
    at = 0
    while match := _BOX.search(text, at):
        at = start = match.end()
        while start < len(text) and text[start].isspace():
            start += 1
        if start >= len(text):
            return
        if text[start] != "{":
            token = _TOKEN.match(text, start)
            if token and token[0] not in "$}":
                at = token.end()
                yield Box(token[0], match.start(), at)
            continue
        if closing is None:
            closing = _closing_braces(text, start)
        end = closing.get(start)
        if end is not None:
            at = end + 1
            yield Box(text[start + 1 : end].strip(), match.start(), at)


def _closing_braces(text: str, start: int) -> dict[int, int]:
    """For every opening brace from `start` on the brace that closes it, in one pass; an unclosed one is absent."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACE.finditer(text, start):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing


# replies -------------------------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """The final answer of a reply as text, and how it was found."""

    text: str
    how: str
    """boxed, boxes (several in a row), hash, stated, whole, line, display or number."""


_BETWEEN_BOXES = re.compile(
    r"(?:[\s,;$&]|\\quad|\\qquad|\\[,;: \\]|\\text\s*\{\s*(?:and|or|,)\s*\}|\\\]|\\\[|and\b|or\b"
    r"|[A-Za-z](?:_\{?\w\}?)?\s?=)*"
)
_END_OF_TURN = re.compile(r"<\|(?:im_start|im_end|endoftext|eot_id|end|eos|assistant|user)[^|]{0,20}\|>|</s>")
_GIVEN = r"(?:,?\s+given\s+(?:the|these)\s+(?:choices|options),?)?"
_CUE = re.compile(
    rf"\b(?:answers?|results?|solutions?|option|choice)\b{_GIVEN}(?:\s+(?:to|of|for)\b[^.\n:$\\]{{1,80}}?)?"
    r"\s*(?:(?:\bis\b|\bare\b|:|=)+\s*)+(?:\*\*)?"
    r"|\banswer\b(?=\s*(?:\$|\\\(|\\\[))",
    re.IGNORECASE,
)
_CUED = re.compile(
    rf"[\s*]*(?:-\s[\s*]*)?(?:the\s+)?(?:(?:final|correct|right)\s+)*(?:answer|choice|option){_GIVEN}\s*(?::|is\b)",
    re.IGNORECASE,
)
_NEXT_DISPLAY = re.compile(r"\s{0,4}(?:[,;]\s{0,4}(?:and|or)?|and|or)\s{0,4}(?:\$|\\\()")
_OPTION = re.compile(r"(?:the\s+)?(?:option|choice|letter)\s+(?=\W{0,12}[A-H]\b)", re.IGNORECASE)
_DISPLAYS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_SENTENCE_END = re.compile(r"\.(?=\s|$)|\n|(?<=\w)[!?](?=\s|$)")
_EXCUSE = re.compile(
    r"\s(?:because|since|as|which|so|where|by|due)\b|,\s+(?:because|since|which|so|where|as|but|although|though)\b"
    r"|\s\((?=(?:or|i\.e|that is|which|since|because|about|approx)\b|[≈=]|\\approx|\d[\d.]*\s*\\?%\s*\))",
    re.IGNORECASE,
)
_CONCLUDED = re.compile(
    r"[,;]\s+(?:and\s+)?(?:so|thus|hence|therefore),?\s+(?:we (?:get|have)\s+)?(\$?\w{1,3}\$?\s*=[^,;]+)$"
)
"""`x - 3 = 4, so x = 7`: the equation after the conclusion."""
LONG_REPLY = 200
"""Characters past which a reply without closing punctuation counts as cut off."""


def without_thinking(reply: str) -> str | None:
    """What follows the reasoning block, up to the end of the turn; None where the block never closed."""
    end = _END_OF_TURN.search(reply)
    while end is not None and not reply[: end.start()].strip():
        reply = reply[end.end() :]
        end = _END_OF_TURN.search(reply)
    if end is not None:
        reply = reply[: end.start()]
    if "</think>" in reply:
        return reply.rpartition("</think>")[2]
    return None if "<think>" in reply else reply


_BOLD = re.compile(r"(?<![\w)*}])\*\*(?=[^\s*])([^*\n]{0,400}?)(?<=[^\s*])\*\*(?![\w(*])")
_JSON = re.compile(r'\s*\{\s*"(?:final_)?answer"\s*:\s*"?([^"{}]{1,200})"?\s*\}\s*')


_TOMBSTONE = re.compile(r"(?:\$\s?)?(?:\\(?:blacksquare|square|Box|qed)|[∎■□])(?:\s?\$)?$")
"""The sign at the end of an argument."""
_TAG = re.compile(r"</?(?:b|i|u|p|em|strong|span|code)>", re.IGNORECASE)
_FENCED = re.compile(r"\s*```[a-z]{0,10}\n([^`]{1,400})```\s*")


def tagged(reply: str) -> str | None:
    """The content of the last <answer> tag."""
    end = reply.lower().rfind("</answer>")
    start = reply.lower().rfind("<answer>", 0, max(end, 0))
    return reply[start + len("<answer>") : end].strip() or None if 0 <= start < end else None


def without_markdown(reply: str) -> str:
    """Without a tombstone, bold marks and tags for them; out of a JSON object or a fence that holds one answer."""
    if (match := _JSON.fullmatch(reply) or _FENCED.fullmatch(reply)) is not None:
        return match[1]
    reply = _TAG.sub("", reply) if "</" in reply else reply
    reply = _TOMBSTONE.sub("", reply.rstrip())
    return _BOLD.sub(r"\1", reply) if "**" in reply else reply


def final_boxes(reply: str) -> Found | None:
    """The last box; boxes with only separators between them are one list."""
    boxes = list(_boxes(reply))
    if not boxes:
        return None
    kept = [boxes[-1]]
    for box in reversed(boxes[:-1]):
        between = reply[box.end : kept[-1].start]
        if len(between) > 100 or not _BETWEEN_BOXES.fullmatch(between):
            break
        kept.append(box)
    contents = [box.content for box in reversed(kept) if box.content]
    return Found(", ".join(contents), "boxed" if len(contents) == 1 else "boxes")


def ends_in_open_box(reply: str) -> bool:
    """Whether the reply stops inside a box."""
    last = None
    for match in _BOX.finditer(reply):
        last = match
    if last is None:
        return False
    start = last.end()
    rest = reply[start:].lstrip()
    if not rest:
        return True
    if rest[0] != "{":
        return False
    offset = len(reply) - len(rest)
    return offset not in _closing_braces(reply, offset)


def stated(reply: str) -> Found | None:
    """What follows the last "the answer is" or "Answer:": a display, or the rest of the sentence."""
    last = None
    for match in _CUE.finditer(reply):
        last = match
    if last is None:
        return None
    rest = reply[last.end() :].lstrip(" \t\n*:")
    for opening, closing in _DISPLAYS:
        if rest.startswith(opening):
            end = rest.find(closing, len(opening))
            following = rest[end + len(closing) :].lstrip()[:1] if end > 0 else ""
            if end > 0 and _NEXT_DISPLAY.match(rest, end + len(closing)):
                break  # $1$, $2$ and $3$
            if (end > 0 and following in ("", ".", ",", "\n", ";", ")", "*")) or (end > 0 and opening != "$"):
                return Found(rest[len(opening) : end].strip(), "stated")
            break
    sentence = _SENTENCE_END.split(rest, maxsplit=1)[0].strip().rstrip("*").strip()
    sentence = _OPTION.sub("", sentence, count=1)
    if concluded := _CONCLUDED.search(sentence):
        return Found(concluded[1], "stated")
    return Found(_EXCUSE.split(sentence, maxsplit=1)[0], "stated") if sentence else None


_VERDICT = re.compile(r"\W*(yes|no|true|false)\s*[,.;:!-](?!\s*\d)", re.IGNORECASE)
_VERDICTS = re.compile(r"\b(?:yes|no|true|false|wait)\b", re.IGNORECASE)


def verdict_said(reply: str) -> str | None:
    """The yes, no, true or false that a reply begins with, where it says none of them again.

    >>> verdict_said("Yes, since 2 is even."), verdict_said("No. Wait, yes."), verdict_said("No solutions")
    ('yes', None, None)
    """
    found = _VERDICT.match(reply)
    return found[1].lower() if found and not _VERDICTS.search(reply, found.end()) else None


def uncued(gold: str) -> str:
    """A reference without "Answer:" or "the answer is" before it: what `stated` finds in the same text as a reply."""
    found = stated(gold) if _CUED.match(gold) else None
    return found.text if found is not None else gold


def is_cut_off(reply: str) -> bool:
    """Whether a long reply stops without closing punctuation, as one that ran out of tokens does."""
    tail = reply.rstrip()
    return len(tail) > LONG_REPLY and tail[-1:] not in '.!?)]}$"*`>' and not tail[-1:].isdigit()


def last_line(reply: str) -> str:
    return reply.rstrip().rpartition("\n")[2].strip()


_END = re.compile(r"\\end\{((?:align|gather|equation|eqnarray|multline|flalign)(?:ed)?\*?)\}")


def _last_environment(reply: str) -> tuple[int, str] | None:
    """Where the last closed display environment ends, and all of it."""
    found = list(_END.finditer(reply, max(0, len(reply) - _TAIL)))
    start = reply.rfind(f"\\begin{{{found[-1][1]}}}", 0, found[-1].start()) if found else -1
    return (found[-1].end(), reply[start : found[-1].end()]) if start >= 0 else None


def last_display(reply: str) -> Found | None:
    """The content of the last closed `$...$`, `\\(...\\)`, `\\[...\\]` or `$$...$$`."""
    best: tuple[int, str] | None = None
    for opening, closing in (("\\[", "\\]"), ("\\(", "\\)")):
        end = reply.rfind(closing)
        start = reply.rfind(opening, 0, max(end, 0))
        if 0 <= start < end and (best is None or end > best[0]):
            best = (end, reply[start + 2 : end])
    if "\\end{" in reply and (last := _last_environment(reply)) is not None and (best is None or last[0] > best[0]):
        best = last
    for mark in ("$$", "$"):
        end = reply.rfind(mark)
        start = reply.rfind(mark, 0, max(end, 0))
        if 0 <= start < end and (best is None or end > best[0]) and reply[start + len(mark) : end].strip():
            if mark == "$" and reply.count("$") % 2:
                continue
            best = (end, reply[start + len(mark) : end])
    return Found(best[1].strip(), "display") if best else None


_DISPLAYED = re.compile(r"\$([^$]{1,400})\$|\\\(((?:(?!\\\)).){1,400})\\\)", re.DOTALL)


_TAIL = 4_000
"""Characters before the end in which a list of displays is looked for."""


def last_displays(reply: str) -> Found | None:
    """The last displays with nothing but commas and `and` between them, as one list; None where there is one only."""
    reply = reply[-_TAIL:]
    found = list(_DISPLAYED.finditer(reply))
    kept = found[-1:]
    for match in reversed(found[:-1]):
        if not _BETWEEN_BOXES.fullmatch(reply, match.end(), kept[-1].start()):
            break
        kept.append(match)
    contents = [(match[1] or match[2]).strip() for match in reversed(kept)]
    return Found(", ".join(contents), "display") if len(contents) > 1 else None


_EXACT = 2**53
"""Below it a float that is a whole number is that number."""


def answer_text(value: Any) -> str | None:
    """A value of an answer column as text, None where it is missing or no answer (a flag, a list, an object, NaN).

    A column of whole numbers with gaps is often stored as floats:

    >>> answer_text(142.0), answer_text(0.5), answer_text(True)
    ('142', '0.5', None)
    """
    if isinstance(value, bool) or not isinstance(value, (str, numbers.Real)):
        return None
    if isinstance(value, (str, int)):
        return str(value)
    number = float(value)
    if not math.isfinite(number):
        return None
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else str(value)
