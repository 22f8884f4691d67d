"""Labelled parts of a statement that are each asked (for questions without labels see `bigmath.separate_questions`).

A label alone makes no part: conditions, statements to be judged, definitions and options are labelled too. What
counts is that two items each ask for something, or that one request stands over a list of objects to be worked on.
"""

import re
from collections.abc import Sequence

from bigmath import labels
from bigmath.statement import VERBS, asks, plain, sentences

_CONDITIONS = re.compile(
    r"\b(?:conditions?|propert(?:y|ies)|such\s+that|satisf\w+|rules?|axioms?|hypothes[ei]s|assum\w+|definitions?"
    r"|constraints?|steps?|facts?|clues?|operations?|moves?|follow(?:s|ing\s+(?:statements?|propositions?|conclusions?"
    r"|inequalit\w+|claims?|ways?|manner|information)))\b|\b(?:if|where)\s*:?\s*$",
    re.IGNORECASE,
)
_TASKS = re.compile(rf"(?:^\W*|[,;:]\s*|\b(?:and|then|to)\s+)(?:{VERBS})\b[^.?!]{{0,160}}[:.,]?\s*$", re.IGNORECASE)
_TO_PROVE = re.compile(
    r"(?<!which )(?<!that )(?<!who )\b(?:prove|show|verify)(?:\s+that)?(?:\s+the\s+following[^.:]{0,30})?\s*:?\s*$",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"\b(?:how\s+many|which|number|correct|incorrect|true|false)\b[^.?]{0,60}"
    r"\b(?:statement|proposition|conclusion|claim|following|above|these|correct|true|false)",
    re.IGNORECASE,
)
_SET_ASIDE = re.compile(
    r"\b(?:one|both|all|any|each)\s+of\s+the\s+following\s+(?:holds?|is\s+true|happens|occurs)\b"
    r"|\b(?:following|these)\s+(?:\w+\s+)?(?:steps|operations|moves|instructions|procedure|algorithm)\b[^.?!]{0,80}:\W*$"
    r"|\b(?:add\s+up|how\s+many\s+of)\b[^.?]{0,120}\b(?:questions?|following)\b|\bquestions?\b[^.?]{0,80}\badd\s+up\b",
    re.IGNORECASE,
)
"""Items that are conditions, or questions whose answers only count towards one number."""
_QUESTIONNAIRE = re.compile(r"^(?!.*\banswer\b).*\bquestions?\s*:?\s*$", re.IGNORECASE)
_VARIANTS = re.compile(r"\bparam\s?1\b[\s\S]*\|", re.IGNORECASE)
_BLANK_TO_FILL = re.compile(r"_{3,}|(?:\\_\s?){2,}|\\underline\s*\{")
_CASE = re.compile(r"^\W*([A-Za-z])\s*=")


def labelled_parts(statement: str) -> str | None:
    """The text of the labelled parts where a statement has at least two that are each answered; else None."""
    text = plain(statement)
    mask = labels.masked(text)
    for style in labels.styles_in(mask, labels.PART_STYLES):
        for run in labels.runs(mask, style):
            if len(run) >= 2 and _are_parts(text, mask, run, style):
                return text[run[0].label : run[-1].end].strip()
    return None


def _are_parts(text: str, mask: str, run: Sequence[labels.Item], style: str) -> bool:
    bodies = [mask[item.start : item.end] for item in run]
    head = mask[: run[0].label][-400:]
    lead = next((piece for piece in reversed(list(sentences(head))) if any(map(str.isalpha, piece))), "")
    if _SET_ASIDE.search(head) or (_QUESTIONNAIRE.search(lead) and _asked_about(bodies[-1])):
        return False
    if style in labels.OPTION_STYLES:
        return all(asks(body) for body in bodies)
    asked = [
        asks(body) or _is_blank_to_fill(text[item.start : item.end]) for body, item in zip(bodies, run, strict=True)
    ]
    if sum(asked) >= 2:
        return sum(asked) * 2 >= len(run)
    task = _TASKS.search(lead)
    if task and _same_unknown(bodies):
        return True
    if not _fresh_or_paired(run, style):
        return False
    if _TO_PROVE.search(lead):
        return True
    return task is not None and not _JUDGED.search(head[-200:]) and not _CONDITIONS.search(task[0])


def _asked_about(last: str) -> bool:
    """Whether a question about the items follows the last of them in a paragraph of its own."""
    _, _, rest = last.rstrip().rpartition("\n")
    return asks(rest)


def variants(statement: str) -> str | None:
    """The head of a table of parameters, each row of which is a problem of its own with one answer kept; else None."""
    found = _VARIANTS.search(statement) if "param" in statement else None
    return found[0][:200] if found else None


def _is_blank_to_fill(item: str) -> bool:
    return bool(_BLANK_TO_FILL.search(item))


def _same_unknown(bodies: Sequence[str]) -> bool:
    """`a) n = 5; b) n = 6`: cases to be answered apart, though they follow an "if"."""
    found = [_CASE.match(body) for body in bodies]
    return all(found) and len({one[1] for one in found if one}) == 1


def _fresh_or_paired(run: Sequence[labels.Item], style: str) -> bool:
    return all(item.fresh for item in run[1:]) or style.startswith("(")
