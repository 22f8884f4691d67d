"""The wordings that decide whether a question stands alone without its options: patterns, each with its refusal.

They were found by reading HARP's problems that its authors call multiple-choice only (313) beside those that they give
in open form too (3,797), and NuminaMath's. `bigmath.reformulation.alone` asks them.
"""

import re

from bigmath import AnswerKind
from bigmath.statement import FORMULA

_QUANTITY = (
    r"(?:exact\s+|total\s+|correct\s+|numerical\s+)?(?:value|number|sum|product|difference|quotient|area|perimeter|"
    r"volume|length|width|height|radius|diameter|circumference|probability|ratio|measure|distance|slope|remainder|percentage|percent|"
    r"median|mean|average|units\s+digit|last\s+digit|cost|price|speed|surface\s+area|solution|solution\s+set)"
)
_OF_THESE = (
    r"(?:which|what)(?:\s+one)?\s+of\s+(?:the\s+following|these)(?:\s+(?:numbers?|values?|expressions?|fractions?|"
    r"integers?|amounts?|choices|answers|options|quantities|intervals|sets))?"
)
REWORDED = (
    # "Which of the following is the value of x?" -> "What is the value of x?"
    (
        re.compile(
            rf"\b{_OF_THESE}\s+(?:is|gives|represents|equals|shows|expresses|states)\s+(the\s+{_QUANTITY}\b)", re.I
        ),
        r"is \1",
        "which_is_the",
    ),
    # "Which of the following is equal to $2^5$?" -> "What is equal to", only where a plain number is the answer
    (
        re.compile(rf"\b{_OF_THESE}\s+(?:is\s+equal\s+to|equals|is\s+the\s+same\s+as)(?=\s)", re.IGNORECASE),
        r"is the value of",
        "which_is_equal_to",
    ),
)
PLAIN_NUMBER = {AnswerKind.INTEGER, AnswerKind.DECIMAL, AnswerKind.FRACTION, AnswerKind.PERCENT, AnswerKind.MONEY}

_THINGS = (
    r"statements?|expressions?|equations?|inequalit(?:y|ies)|conclusions?|graphs?|figures?|diagrams?|pictures?|choices?|"
    r"answers?|options?|alternatives?|pairs?|triplets?|sets?|lists?|sequences?|orders?|orderings?|assertions?|"
    r"descriptions?|one|ones|functions?|formulas?|curves?|relations?|propositions?|sentences?|ways?|methods?|cases?|"
    r"conditions?|groups?|arrangements?|tables?|triangles?|shapes?|solids?|lines?|letters?|intervals?|operations?|"
    r"propert(?:y|ies)"
)
_BETTER = (
    r"largest|smallest|greatest|least|larger|smaller|greater|bigger|biggest|closest|nearest|best|most|correct|true|"
    r"false|right|wrong|different|equivalent|incorrect|not|always|never|an?|in|between"
)
_END = rf"[^\w{FORMULA}]*$"
_SHOWN = (
    r"(?!\s+(?:\w+\s+){0,2}?(?:expression|sum|product|series|fraction|integral|system|equations?|numbers?)"
    rf"\W*{FORMULA})"
)
"""Not the options: "the following expression" is printed right after."""


def _rules(*rules: tuple[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in rules)


ALWAYS = _rules(
    ("which_of_these", rf"\b(?:of|among|from|in)\s+the\s+following\b{_SHOWN}"),
    ("which_of_these", r"\b(?:which|one|any|none|each|all|some)\s+of\s+these\b|\bwhich\s+(?:of|among)\b"),
    ("which_of_these", r"\bthe\s+following\s+\w+\s+(?:is|are)\b"),
    ("which_of_these", rf"\b(?:which|what)\s+(?:\w+\s+){{0,2}}?(?:{_THINGS})\b(?!\s+of\s+(?:ways|arrangements))"),
    ("which_of_these", rf"\bwhich(?:\s+\w+)?\s+(?:is|are|has|have|was|does|do)\s+(?:the\s+)?(?:{_BETTER})\b"),
    ("refers_to_options", r"\b(?:options|alternatives|answers?\s+(?:below|given|listed)|(?:given|listed)\s+below)\b"),
    ("refers_to_options", r"\b(?:printed|numbers?|values?|expressions?|fractions?)\s+below\b"),
    ("refers_to_options", r"\b(?:the\s+correct\s+(?:answer|option|choice)|answer\s+choices|the\s+choices|"
                          r"choices\s+given)\b"),
    ("approximate", r"\b(?:closest|nearly|approximat\w+|estimat\w+|roughly|almost|about\s+(?:how|what))\b"),
    ("approximate", rf"(?<!to the )\bnearest\b|\b(?:is|are|was|be|equals?)\s+about{_END}|\bis\s+about\b"),
    ("property", rf"\b(?:one|a|an|any)\s+(?:\w+\s+)?(?:factor|divisor|multiple|root|solution|value|zero|term|member)s?"
                 rf"\s+(?:of|for)\b[^.?]{{0,60}}(?:\bis\b|=|\bequals?\b)\s*:?{_END}"),
    ("property", rf"\bone\s+of\s+(?:the|its|their|these)\b[^.?]{{0,60}}\b(?:is|are)\s*:?{_END}"),
    ("property", rf"^\W*an?\s+(?:\w+\s+){{0,2}}(?:number|integer|value|factor|root|solution|point|equation|expression|"
                 rf"function|polynomial|equivalent)\b(?!.*\b(?:if|when|has)\b).*\bis\s*:?{_END}"),
    ("property", r"\b(?:between\s+(?:which|what)|(?:which|what)\s+(?:interval|range)|in\s+which\s+of)\b"),
    ("property", rf"\b(?:divisible|divided)\s+by{_END}|\b(?:factor|divisor|multiple|member|element)\s+of\s*:?{_END}"),
    ("property", rf"\b(?:at\s+least|at\s+most|less\s+than|greater\s+than|more\s+than|fewer\s+than|larger\s+than|"
                 rf"smaller\s+than|exceeds?|between|lies?\s+(?:in|between|on)){_END}"),
    ("possible_not_certain", rf"\b(?:could|may|might|can)\s+(?:be|equal|have\s+been)(?:\s+expressed\s+as)?{_END}"),
    ("form_matters", rf"\b(?:the|this)\s+form(?:\s+of)?{_END}"),
    ("describes", rf"\b(?:describ\w+|characteri[sz]e\w*|equivalent\s+to|satisf(?:y|ies)|true\s+(?:if|when|for)){_END}"),
    ("describes", r"\b(?:(?:we|one|it)\s+(?:may|can|could)\s+(?:be\s+)?(?:say|said|conclude\w*)|best\s+describ\w+|"
                  r"it\s+follows\s+that|what\s+is\s+the\s+correct\s+order\w*|relation(?:ship)?\s+between|conclude)\b"),
)  # fmt: skip
"""Asked of the sentence that asks, in this order; the first that fits refuses the question."""

COUNTS = re.compile(
    r"\bhow\s+(?:many|much|long|far|old)\b|\bnumber\s+of\b|\bprobability\b|\b(?:fraction|percent\w*|ratio|value)\s+of\b"
    r"|\b(?:largest|smallest|greatest|least|highest|lowest|maximum|minimum|most|fewest|longest|shortest)\b"
    r"|\b(?:sum|product|difference|average|mean|median|area|perimeter|length|volume|remainder)\s+of\b|\bscore\b",
    re.IGNORECASE,
)
"""Asks for a count, a total or an extreme: what could be is then part of what is counted."""

UNLESS_COUNTED = _rules(
    ("possible_not_certain", r"\b(?:could|might)\b|\b(?:may|can)\s+(?:\w+\s+){0,3}?(?:be|equal|have|represent|not)\b"
                             r"(?!\s+(?:\w+ed|written|made|chosen|drawn|put|found|cut|split|thought|seen|shown)\b)"),
    ("possible_not_certain", rf"\b(?:a|one|another)\s+possible\b|\bmust\b(?:\s+\w+){{0,3}}\s*:?{_END}|"
                             r"\bcannot\b|\bnever\b"),
    ("possible_not_certain", r"\b(?:is|are|does|do)\s+not\b|\bexcept\b|\bsufficient\b|\bnecessary\b|\bnot\s+equal\b"),
    ("property", r"\b(?:an?|one)\s+(?:\w+\s+)?(?:factor|divisor|multiple|root|solution|example)\s+of\b"),
    ("describes", r"\bwhich\b.*\b(?:true|false|correct|incorrect|best)\b|"
                  r"\b(?:true|incorrect|false)\s+\w+\s+(?:is|are)\b"),
)  # fmt: skip
"""Asked too, unless the question counts."""

LOOSE_END = re.compile(
    r"(?:\b(?:then|if|when|for|and|or|but|that|with|because|since|we\s+have|has|have|does|will|there\s+(?:is|are)|only|"
    r"a|an|either|not|to\s+(?:be|have)|such\s+that|from|into|during|whose|which|where|who|solving)|,)\s*:?\s*$",
    re.IGNORECASE,
)
ENDS_IN = re.compile(
    r"(?:\?|\.|!|=|\b(?:is|are|was|were|be|been|equals?|equal\s+to|becomes?|by|of|at|in|to|the\s+number|value|"
    r"contains?|gives?|yields?|totals?|costs?|measures?|as|approaches|length|position|display|form)|\)|\])\W*$|"
    + FORMULA
    + r"\W*$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[.?!:](?=\s+[A-Z(\\$\"'" + FORMULA + r"])")
NOTE = re.compile(
    r"(?:[(\[][^()\[\]]{1,300}[)\]]|\n\W*(?:note|assume|recall|hint|remember)\b[^\n]{0,300})\W*$", re.IGNORECASE
)
"""A remark after the question."""
