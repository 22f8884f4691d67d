"""Questions that are answered by a verdict: true or false, yes or no. They read `bigmath.statement.wording`."""

import re

from bigmath.statement import asks, wording

_PAIR = (
    r"(?:\bT\s*/\s*F\b|\"?true\"?\s*(?:or|/|and)\s*\"?false\"?|\"?right\"?\s*(?:or|/)\s*\"?wrong\"?|\"?correct\"?\s*(?:or"
    r"|/)\s*\"?(?:incorrect|wrong|not)\"?|\"?false\"?\s*(?:or|/)\s*\"?true\"?)"
)
_STATEMENT = (
    r"(?:statement|proposition|claim|assertion|conclusion|inequality|equation|equality|identity|sentence|following)s?"
)
_ASKED = re.compile(
    rf"^\W*T\s*/\s*F\b\s*[:.?)]|(?:^|[.?!:;,(\[)¤\n]\s*)(?:(?:is|are)\s+(?:this|that|it|they)\s+)?(?:(?:please\s+)?(?:answer|judge"
    rf"|judgment|state|write|fill\s+in|say)\W{{1,4}}(?:with\s+)?)?{_PAIR}\s*(?:$|[?.:)!\]\n]|that\b)"
    rf"|\b(?:state|determine|decide|judge|tell|say|indicate|identify|check|classify|evaluate|analyze|verify"
    rf"|answer|mark)\b[^.?!\n]{{0,160}}\b{_PAIR}"
    rf"|\bfill\s+in\b[^.?!\n]{{0,30}}{_PAIR}"
    rf"|\b(?:determine|decide|judge|check|tell|verify)\s+(?:whether"
    rf"|if)\s+(?:or\s+not\s+)?[^.?!\n]{{0,80}}\b{_STATEMENT}[^.?!\n]{{0,160}}\b(?:is|are|be)\s+(?:true|false"
    rf"|correct|valid)\b"
    rf"|\bjudge\s+(?:whether\s+)?(?:right|true|correct|the\s+(?:following|truth|correctness)|its\s+truth)"
    rf"|(?:^|[.?!:;,)¤\n]\s*)(?:then\s+|and\s+|but\s+)?(?:is|are)\s+(?:it|this|that"
    rf"|the\s+(?:\w+\s+){{0,3}}{_STATEMENT}|(?:his|her|their)\s+\w+)\s+(?:\w+\s+){{0,2}}(?:true|false|correct"
    rf"|right)\b[^?]{{0,400}}\?"
    r"|\bprove\s+or\s+(?:disprove|give\s+a\s+counter)",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\b(?:how\s+many|which|number\s+of|who)\b[^.?]{0,120}(?:true|false|correct)", re.IGNORECASE)
_VERB = (
    r"(?:is|are|was|were|does|do|did|can|could|will|would|has|have|must|should|may|need|isn't|aren't|doesn't"
    r"|don't|can't)"
)
_QUESTION = re.compile(
    rf"(?:^|[,;:]\s*(?:then|so|and|but|or)?\s*|\bthen,?\s+|\balways\s+)(?:(?:then|and|but|so|thus|hence"
    rf"|now)\s+)?{_VERB}\s+(?!you\b|we\s+(?:find|say)|such\b|that\b|called|said|given)"
    r"(?!(?:also\s+)?(?:equal(?:\s+to)?|equals?|closest\s+to\b[^?]*)?\s*:?\?)[^?]{0,900}\?\s*$",
    re.IGNORECASE,
)
_PIECE_END = re.compile(r"(?<=[.?!])\s+|\n\s*\n")
_WH = re.compile(
    r"\b(?:what|how|who|whose|when|where|why)\b"
    r"|(?<!each of )(?<!all of )(?<!none of )\bwhich\s+"
    r"(?:of|one|is|are|value|number|\w+(?:\(s\))?\s+(?:is|are|has|does|must|can|could|will))\b"
    r"|^\W*which\b|\b(?:for|in|on|at|between|under|from|by)\s+which\b",
    re.IGNORECASE,
)
_WHETHER = re.compile(
    r"\b(?:determine|decide|ascertain|find\s+out|investigate|check|examine|tell|state|see|verify|judge"
    r"|establish|prove|explain|discuss|explore|analyze|figure\s+out)\b"
    r"\s*,?\s*(?:\(?\s*with\s+(?:proof|justification|reason\w*)\s*\)?\s*,?\s*)?(?:and\s+\w+\s+)?(?:whether"
    r"|if)\b(?!\s+so\b)[^.?]{0,700}",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"\bor\b(?!\s+(?:not\b|more|less|equal|fewer|greater|both|false|disprove|no\b))", re.IGNORECASE
)
_CLASSIFIES = re.compile(
    r"\b(?:whether|is|are|does)\b[^.?]{0,160}(?:,\s*or\s+|\bor\s+(?:neither|diverge|dependent|odd|even|obtuse"
    r"|a\s+(?:maximum|minimum)|inconsistent|decreas|increas|larger|smaller|irrational|not\s+enough"
    r"|an?\s+\w+\s*[?.]))",
    re.IGNORECASE,
)
_AND_VALUE = re.compile(r"\b(?:then|and)\s+(?:calculate|compute|find|determine\s+the)\b", re.IGNORECASE)
_THEN_VALUE = re.compile(
    r"^\W*(?:use\b[^.?]{0,80}\bto\s+|(?:if\s+(?:so|yes|possible|it\s+(?:is|does|exists|can)|they\s+\w+|there\s+\w+|not)\b[^.?]{0,60},?\s*)?"
    r"(?:find|list|determine|calculate|compute|evaluate|solve|how\s+many|how\s+much|how\s+long|how\s+far|what|which"
    r"|who|when|where|in\s+(?:how|what|which)))\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:\W*\(?(?:[a-z]|\d|[ivx]{1,3})[).]\W*|[\W¤]+)(?=[A-Z])")
_SURE = re.compile(
    r"^(?:\W|\d+[.)]?\s){0,8}(?:(?:determine|decide),?\s+(?:with\s+(?:proof|justification),?\s+)?(?:whether|if)\b"
    r"|(?:does|do|is|are|can|could|must|will)\s+(?!you\b|we\b))",
    re.IGNORECASE,
)
_VALUE_BEFORE = re.compile(r"\b(?:find|calculate|compute|evaluate|how\s+many|what\s+is)\b", re.IGNORECASE)


def true_false_question(statement: str) -> str | None:
    """The words that ask whether a statement is true; None also where true statements are only counted."""
    words = wording(statement)
    found = _ASKED.search(words)
    return None if found is None or _COUNTS.search(words) else found[0].strip()


def yes_no_question(statement: str) -> str | None:
    """The question to be answered by yes or no; None where a request for a value follows it ("if so, how many?")."""
    pieces = [piece.strip() for piece in _PIECE_END.split(wording(statement)) if piece.strip()]
    for at, piece in enumerate(pieces):
        asked = _one_question(piece)
        if asked and not any(_THEN_VALUE.match(later) for later in pieces[at + 1 :]):
            return asked[:200]
    return None


def only_verdicts(statement: str) -> bool:
    """Whether everything asked is answered by yes or no, as in two parts that are such questions each."""
    pieces = [_LABEL.sub("", piece.strip()) for piece in re.split(r"(?<=[.?!;])\s+|\n+", wording(statement))]
    asked = [piece for piece in pieces if asks(piece)]
    return bool(asked) and all(_one_question(piece) for piece in asked)


def verdict_demanded(statement: str) -> str | None:
    """The yes/no question of a statement that begins a sentence and ends the statement: one that not even a number in
    the answer column can make anything else ("Determine whether 65 balls fit into the box.")."""
    pieces = [piece.strip() for piece in _PIECE_END.split(wording(statement)) if piece.strip(" #*()[]")]
    asked = [piece for piece in pieces if "?" in piece or _SURE.match(piece)]
    if not 1 <= len(asked) <= 2 or not _SURE.match(asked[-1]) or _one_question(asked[-1]) is None:
        return None
    at = len(pieces) - 1 - pieces[::-1].index(asked[-1])
    if any(_THEN_VALUE.match(later) for later in pieces[at + 1 :]) or _VALUE_BEFORE.search(" ".join(pieces[:at])):
        return None
    return asked[-1][:200]


def _one_question(piece: str) -> str | None:
    found = _WHETHER.search(piece)
    if found and re.search(_PAIR, found[0], re.IGNORECASE):
        return None
    if found is None and "?" in piece:
        found = _QUESTION.search(piece)
        if found and _WH.search(piece):
            return None
    if found is None or _CLASSIFIES.search(found[0]) or _AND_VALUE.search(found[0]):
        return None
    return found[0].strip(" ,;:")
