"""Prompts conditioned on the discount (7.2.2 of arXiv 2501.04682): a few γ, each with its own sentence, trained
together and chosen at inference. A row's γ is paid by Eq. 21: γ^|Z| for a right answer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from rl_hooks.reward import DISCOUNT


@dataclass(frozen=True, slots=True)
class Pace:
    """One γ and the sentence that asks for it."""

    discount: float
    sentence: str

    def __post_init__(self) -> None:
        if not 0.0 < self.discount <= 1.0 or not self.sentence:
            raise ValueError(f"discount {self.discount}: above 0, at most 1, and a sentence are needed")


PACES = (
    Pace(0.99, "Work as quickly as possible."),
    Pace(0.995, "Work at a steady pace."),
    Pace(1.0, "Take as much time as needed."),
)
"""0.99 and 0.995 are those of the paper's best-of-N curves; 1 pays nothing for brevity. For long replies take larger
ones: γ = 0.99 halves the pay every 69 tokens, 0.9999 every 6,931."""


def paced(rows: pl.DataFrame, paces: Sequence[Pace] = PACES, column: str = "problem") -> pl.DataFrame:
    """The rows with the sentence of one pace after their text, chosen by a hash of the problem's id, and its γ.

    The same problem gets the same pace in every export; the paces are equally likely.

    Raises:
        ValueError: there is no pace.
    """
    if not paces:
        raise ValueError("at least one pace is needed")
    chosen = [_place(name, len(paces)) for name in rows["problem_id"]]
    return rows.with_columns(
        pl.Series(column, [f"{text}\n\n{paces[at].sentence}" for text, at in zip(rows[column], chosen, strict=True)]),
        pl.Series(DISCOUNT, [paces[at].discount for at in chosen], dtype=pl.Float64),
    )


def _place(name: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(f"pace/{name}".encode()).digest()[:6]) * size // 2**48
