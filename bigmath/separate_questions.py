"""Several questions in one statement without labels: two requests, two quantities in one, two blanks.

A second request that only says how to write the first's answer, or takes a sum or a digit of it, asks nothing new; nor
does one in a quoted speech or in the recipe of a procedure. Unknowns of one system are one question, two different
quantities are two.
"""

import re

from bigmath.statement import FORMULA, asks, plain, wording

_PIECE_END = re.compile(r"(?<=[.?!])\s+(?![a-z,;])|\n+")
_LEAD = (
    r"(?:(?:\d{1,3}[.)]|(?:please|and|then|also|next|now|finally|further|furthermore|moreover|in\s+addition"
    r"|additionally),?)\s+){0,2}"
)
_REQUEST = re.compile(
    rf"^\W*{_LEAD}(?:find|determine|calculate|compute|evaluate|prove|show\s+that|provide|give|describe|solve|derive"
    r"|sketch|specify|indicate)\b",
    re.IGNORECASE,
)
_WH = re.compile(
    r"\b(?:what|how\s+(?:many|much|long|far|old|tall|fast|often)|which|who|when|where)\b(?!\s+is\s+(?:a|an|the"
    r")\s+\w+\s+of\b[^?]*\bwhat\b)",
    re.IGNORECASE,
)
_FORMAT = re.compile(
    rf"^\W*{_LEAD}(?:express|round|write|give|enter|state|leave|provide|report|submit|simplify|use|assume"
    r"|answer|note|type|list|explain|justify|show\s+your|show\s+all|consider|suppose|let|remember|recall"
    r"|if\s+there|if\s+no|do\s+not|you\s+may)\b",
    re.IGNORECASE,
)
_GIVES_A_THING = re.compile(rf"\W*{_LEAD}(?:provide|give|describe)\s+(?:an?|the)\s+(?!answer|result)", re.IGNORECASE)
_FINAL_FORM = re.compile(
    rf"(?:find|compute|determine|evaluate|calculate|give|what\s+is)\s+(?:the\s+(?:value|sum|product"
    rf"|remainder)\s+(?:of\s+)?)?{FORMULA}\W*$"
    r"|\b(?:express|answer|written|form|simplest|lowest|remainder|digits?|rounded?|nearest|relatively)\b",
    re.IGNORECASE,
)
_PARAPHRASE = re.compile(r"\W*(?:that\s+is|in\s+other\s+words|i\.e)\b", re.IGNORECASE)
_REWORDED = re.compile(r"\b(?:rewording|reworded|rephras|clarification)", re.IGNORECASE)
_REFERS_BACK = re.compile(
    r"^\W*(?:\w+\s+){0,6}?(?:such(?!\s+that)|these|those|them|this|their|its|all\s+possible|(?:the"
    r"|your)\s+(?:answer|result|solution))\b|\bsuch\s+(?!that)\w+\W*$",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\bhow\s+many\b|\b(?:find|determine|compute|calculate)\s+the\s+(?:total\s+)?number\s+of\b", re.IGNORECASE
)
_OF_THE_COUNTED = re.compile(
    r"\b(?:find|specify|determine|give|state|what\s+is)\s+(?:the\s+)?(?:(?:largest|smallest|greatest|least|sum|product)\b"
    r"[^.?]{0,60}\b(?:such|one|of\s+them|of\s+these|possible))",
    re.IGNORECASE,
)
_COMBINES = re.compile(r"\b(?:difference|sum|product|ratio|average|how\s+many|closest)\b", re.IGNORECASE)
_STEP = re.compile(
    r"^\W*(?:arrange|take|choose|pick|select|start|begin|think\s+of|roll|draw|multiply|add|subtract|write\s+down"
    r"|given\s+an?\b[^,]{0,60},\s*write)\b",
    re.IGNORECASE,
)
"""A sentence that begins a recipe: what follows it is a step, not the question."""
_SPEECH = re.compile(r'"[^"\n]{8,400}"')

_BOTH_IN_ONE = re.compile(
    r"\b(?:find|determine|calculate|compute|prove|show|write|state|indicate)\b[^.?!]{4,300}?,?\s+and\s+(?:also\s+"
    r"|then\s+|hence\s+)?"
    r"(?:find|determine|describe|prove|show\s+that|give\s+an?\b|construct|calculate|compute|judge)\b(?!\s*(?:¤|which\s+of\s+the\s+following))"
    r"|\b(?:find|determine)\b[^.?!]{4,300}?\s+and\s+all\s+(?:the\s+)?(?:ways|cases|conditions|positions|situations)\b"
    r"|\b(?:find|determine|calculate|what\s+(?:is|are))\s+(?:both\s+)?(?:the\s+)?(?:(?:maximum|largest|greatest"
    r"|highest)(?:\s+and\s+|\s*/\s*)(?:the\s+)?(?:minimum|smallest|least|lowest)"
    r"|(?:minimum|smallest|least|lowest)(?:\s+and\s+|\s*/\s*)(?:the\s+)?(?:maximum|largest|greatest|highest))\b(?!\s+(?:elements?|terms?|numbers?)\s+of\s+these)"
    r"|\b(?:find|determine|calculate|compute)\s+(?:the|its|their)\s+(?:(?!of\b|between\b"
    r"|from\b)\w+\s+){1,3}and\s+(?:the|its|their)\s+\w+"
    r"|\b(?:what|which|how\s+(?:many|much|long|far|to))\b[^.?!]{4,250},?\s+and\s+(?:what|how\s+(?:many|much|long"
    r"|far))\s+[^.?!]{3,250}\?",
    re.IGNORECASE,
)
_JUSTIFIES = re.compile(
    r"\bprove\s+(?:your|that\s+(?:there\s+are\s+no\s+others?|no\s+others?|(?:your|this)\s+answer))", re.IGNORECASE
)
_QUANTITY = (
    r"(?:(?:general|standard|total|maximum|minimum|greatest|least|largest|smallest|exact|possible|lateral|surface|real|Cartesian"
    r"|polar|common|first|last|corresponding|average|optimal|optical)\s+){0,3}"
    r"(?:areas?|volume|perimeter|circumference|radius|diameter|lengths?|width|height|values?|maximum|minimum|equations?"
    r"|range|domain|period|probability|expectation|variance|coordinates|cent(?:er|re)|vertex|focus|foci|eccentricity"
    r"|slope|speed|velocity|magnitude|direction|measure|size|formula|expression|cost|price|profit|mass|weight|mode|median"
    r"|power|intervals?|solution\s+set|interest|sum|product|distance|number)"
)
_OF_ONE_THING = (
    r"(?:(?!\b(?:between|with|by|whose|bounded|formed|enclosed|if|where|when|containing|given|that|which|such|sum|product"
    r"|difference|ratio|distance)\b)[^.,;?!:]){1,80}?"
)
_TWO_QUANTITIES = re.compile(
    rf"\b(?:find|determine|calculate|compute)\s+(?:the|its|their)\s+"
    rf"(?!(?:\w+\s+)?(?:sum|product|difference|ratio|distance|average|number)\b)"
    rf"{_QUANTITY}\s+(?:of|for)\b{_OF_ONE_THING},?\s+and\s+(?:the|its|their)\s+{_QUANTITY}\b"
    r"(?:(?!\b(?:is|are|equals?)\b)[^.;?!]){0,80}[.;!?]?\s*$",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:domain|range|cent(?:er|re)|radius|slope|(?:[xyz¤]\s*-?\s*)?intercepts?|vertex|focus|foci|directrix|ax[ei]s\s+of\s+symmetry"
    r"|asymptotes?|eccentricity|amplitude|period|phase\s+shift|mean|median|mode|variance|standard\s+deviation|(?:surface\s+)?area"
    r"|perimeter|circumference|volume|quotient|remainder)"
)
_SEVERAL_NAMED = re.compile(
    rf"\b(?:find|determine|calculate|compute|state|give|identify|what\s+are)\s+(?:the|its)\s+{_NAMED}(?:,\s+(?:the\s+)?{_NAMED})*,?"
    rf"\s+and\s+(?:the\s+)?{_NAMED}\b(?!\s+(?:is|are|equals?)\b)",
    re.IGNORECASE,
)
"""Quantities of one thing that are never one answer: domain and range, mean, median and mode."""
_BLANK = r"(?:(?:\\_\s?){2,}|_{2,}|`_+`|\\underline\s*\{)"
_WORDED_BLANK = re.compile(
    rf"\b(?:is|are|was|equals?|be|to|of|at|contains?|costs?)\s*:?\s*\$?\s*{_BLANK}", re.IGNORECASE
)
_FORMULAS_ASKED = re.compile(
    r"\b(?:find|calculate|compute|determine|evaluate)\s+(?:the\s+(?:values?\s+of|sets?)\s+)?((?:\$[^$]{1,80}\$,?\s+){1,4})and\s+(\$[^$]{1,80}\$)\s*[.;]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_FORMULA = re.compile(r"\$([^$]+)\$")
_OPERATION = re.compile(
    r"\\(?:cap|cup|frac|sqrt|cdot|times|complement|overline|vec|sin|cos|tan|log)|[+*/]|\w\s*\([^)]*\)|(?<=\w)\s*-\s*\w"
)


def separate_questions(statement: str) -> str | None:
    """Two requests without labels, each for its own answer; None where one only says how to write the other's."""
    words = _without_speech(wording(statement))
    pieces = [piece.strip() for piece in _PIECE_END.split(words) if piece.strip()]
    if both := _two_requests(pieces):
        return both
    for at, piece in enumerate(pieces):
        if _combined(pieces[at + 1 :]):
            continue
        if (" and " not in piece and "/" not in piece) or _JUSTIFIES.search(piece) or _STEP.match(piece):
            continue
        if found := _BOTH_IN_ONE.search(piece) or _TWO_QUANTITIES.search(piece) or _SEVERAL_NAMED.search(piece):
            return found[0]
    return _two_formulas(statement) or _two_blanks(statement)


def _two_requests(pieces: list[str]) -> str | None:
    requests = [
        piece for at, piece in enumerate(pieces) if _requests(piece) and not (at and _STEP.match(pieces[at - 1]))
    ]
    if len(requests) < 2 or _FINAL_FORM.search(requests[-1]) or any(map(_REWORDED.search, pieces)):
        return None
    counted = bool(_COUNTS.search(requests[0])) and (
        "?" not in requests[-1] or bool(_OF_THE_COUNTED.search(requests[-1]))
    )
    return " / ".join(requests) if counted or not _REFERS_BACK.search(requests[-1]) else None


def _combined(later: list[str]) -> bool:
    """Whether a later request makes one answer of two: "Find the largest and smallest $x$. What is the difference?"."""
    return any(_requests(piece) and (_COMBINES.search(piece) or _FINAL_FORM.search(piece)) for piece in later)


def _requests(piece: str) -> bool:
    if _PARAPHRASE.match(piece) or _JUSTIFIES.search(piece) or _STEP.match(piece):
        return False
    if _REQUEST.match(piece):
        return not _FORMAT.match(piece) or bool(_GIVES_A_THING.match(piece))
    return piece.endswith("?") and bool(_WH.search(piece))


def _two_formulas(statement: str) -> str | None:
    """`Find $A \\cap B$ and $A \\cup B$`: results of different operations, not unknowns of one system."""
    if " and $" not in statement:
        return None
    found = _FORMULAS_ASKED.search(plain(statement))
    if not found:
        return None
    asked = _FORMULA.findall(found[1]) + _FORMULA.findall(found[2])
    return found[0].strip() if all(_OPERATION.search(one) for one in asked) else None


def _two_blanks(statement: str) -> str | None:
    """Two blanks, each the end of a sentence in words; `a = __, b = __` is one pair."""
    if "__" not in statement and "\\_" not in statement and "underline" not in statement:
        return None
    blanks = _WORDED_BLANK.findall(plain(statement))
    return " / ".join(blanks) if len(blanks) >= 2 else None


def _without_speech(words: str) -> str:
    """The wording without what people say in it, where something is still asked without it."""
    if '"' not in words:
        return words
    silent = _SPEECH.sub(" ", words)
    return silent if asks(silent) else words
