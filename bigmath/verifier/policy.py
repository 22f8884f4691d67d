"""What a verdict is, what may be forgiven, and the sizes past which nothing is computed.

The defaults are the conventions of the labelled set: a missing unit, sign of currency or variable name is forgiven, a
different number never is. `VERIFIER_VERSION` is stored beside every verdict: a verdict is as good as its rules.
"""

from dataclasses import dataclass
from enum import StrEnum

VERIFIER_VERSION = "5"
"""Changes whenever some pair of texts may get another verdict."""


class Verdict(StrEnum):
    """What the verifier says of an answer. Compare it, never test it for truth: every member is truthy."""

    CORRECT = "CORRECT"
    """The reply's final answer equals the reference answer."""
    WRONG = "WRONG"
    """Both were read, and they differ or could not be shown equal."""
    UNPARSED = "UNPARSED"
    """There is no answer in one of them: an empty or broken reference, a reply cut off before its answer."""
    TIMEOUT = "TIMEOUT"
    """The work was stopped at its limit before anything was decided."""
    ERROR = "ERROR"
    """The verifier itself failed; says nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as the same answer, where conventions differ."""

    forgive_units: bool = True
    """5 cm = 5. Two stated units still have to agree, or to convert into each other."""
    forgive_percent_sign: bool = True
    """10% = 10 as well as 10% = 0.1: references of "what percent" questions come in all three spellings."""
    rounded_gold: bool = True
    """A decimal reference of three or more digits accepts the exact value that rounds to it: 0.458 accepts 27/59."""
    ordered_lists: bool = False
    """A bare comma list is compared in order; sets stay unordered and (a, b) stays ordered either way."""
    names_matter: bool = False
    """x = 5 no longer equals 5."""
    tail: bool = True
    """Ask SymPy, in a process that can be killed, about what the verifier's own arithmetic cannot decide."""


DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes checked before work is done. Past them a text is compared as text, or the question is left undecided."""

    characters: int = 16_384
    """Longest answer that is parsed; MATH's longest reference has 158."""
    reply_characters: int = 4_000_000
    """Longest reply in which an answer is looked for."""
    digits: int = 4_300
    """Longest run of digits read as a number, Python's own limit."""
    depth: int = 80
    """Deepest nesting of brackets and arguments."""
    nodes: int = 8_000
    """Largest tree that is compared by value."""
    bits: int = 16_384
    """Largest numerator or denominator computed exactly; beyond it residues decide."""
    factorial: int = 20_000
    """Largest n whose factorial is computed modulo a prime."""
    precision: int = 1_100
    """Highest working precision of ball arithmetic, in bits."""
    terms: int = 2_000
    """Most terms of a written-out sum or product."""
    members: int = 400
    """Most members of a list that are matched by value after equal texts were paired off."""
    signs: int = 6
    """Most plus-minus signs of one answer that are written out."""


LIMITS = Limits()
