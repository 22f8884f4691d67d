"""unverifiable: our own verifier does not accept the reference answer against itself.

What it cannot read it cannot grade, and a right reply would earn nothing. The reference answer is put in a box, as a
reply would give it, so broken braces count too. Rows without an answer are unverifiable as well.

Kept: "\\frac{3}{4}". Dropped: Omni-MATH's "\\frac{11}{2^{20}", which lacks a brace (unparsed). The paper's first
criterion is that an answer can be verified (Meta-CoT, section 8.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath import Verdict, verify
from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, reason_once

_NUMBER = r"-?\d{1,12}(?:\.\d{1,9})?"
_SCALAR = (
    rf"(?:{_NUMBER}|-?\\[dt]?frac\{{{_NUMBER}\}}\{{\d{{1,9}}\}}|(?:\d{{1,6}})?\\sqrt\{{\d{{1,6}}\}}|(?:\d{{1,6}})?\\pi"
    rf"|{_NUMBER}\^\\circ|[a-zA-Z]|\d{{1,6}}(?:\\,|,)\d{{3}})"
)
_LETTER = r"\\(?:textbf|text|mathrm)\{\([A-H]\)\s?\}"
_PLAIN = pl.col("answer").str.contains(
    rf"^(?:{_SCALAR}|{_LETTER}|(?:{_LETTER}|\([A-H]\)|[A-H]\))(?:\\ |~|\s)*\$?{_SCALAR}\$?)$"
)
"""Numbers in the common notations, with or without an option's letter: these the verifier accepts, a test says so."""


@dataclass(frozen=True)
class Unverifiable:
    """Drops rows whose reference answer is not CORRECT as a reply."""

    name: ClassVar[str] = "unverifiable"
    stage: ClassVar[Stage] = "strict"
    criterion: ClassVar[Criterion] = "uniquely_verifiable"
    reasons: ClassVar[Mapping[str, str]] = {
        "wrong": "the verifier holds the reference answer to differ from itself",
        "unparsed": "the verifier cannot read the reference answer, or there is none",
        "timeout": "the verifier did not finish with the reference answer in time",
        "error": "the verifier failed on the reference answer",
    }

    def reason(self) -> pl.Expr:
        """The verdict's name in lower case, asked once for each distinct answer."""
        return reason_once(_judge, "answer", where=~_PLAIN).fill_null(
            pl.when(pl.col("answer").is_null()).then(pl.lit("unparsed"))
        )

    def detail(self) -> pl.Expr:
        """The answer."""
        return pl.col("answer")


def _judge(answer: str) -> Finding | None:
    verdict = verify(answer, f"\\boxed{{{answer}}}")
    return None if verdict is Verdict.CORRECT else (verdict.name.lower(), answer)
