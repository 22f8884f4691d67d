"""Token ids with the loss mask of each, for a given tokenizer.

A row is a list of segments, each trained on or not. Text between special tokens is cut into tokens as a whole, as a
model would see it, so the ids are those of inference; a token is trained on only if *every* byte it covers is in a
trained segment. A token that covers bytes of both kinds is therefore masked, and counted as `straddling`: with
segments that end at line ends there is none for the tokenizers tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rl_hooks.tokenizer import Tokenizer

BACK = "[BACK]"
IGNORED = -100
"""The label trainers leave out of the loss."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a row's text."""

    text: str
    trained: bool
    special: bool = False
    """One token of its own, such as `[BACK]`, never cut."""
    cut: float | None = None
    """Keep only the first t of its n tokens, t = 1 + floor(cut * n): Eq. 10 draws t evenly from 1..n. 0 <= cut < 1."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A row as a model is trained on it."""

    ids: tuple[int, ...]
    trained: tuple[bool, ...]
    straddling: int

    def labels(self) -> list[int]:
        """The ids, `IGNORED` where there is no loss."""
        return [one if trained else IGNORED for one, trained in zip(self.ids, self.trained, strict=True)]


def tokenize(segments: Sequence[Segment], tokenizer: Tokenizer, *, end: bool) -> Tokens:
    """Ids and masks of a row.

    Args:
        end: add the end token, trained on: the model has to learn to stop (Eq. 7).
    """
    ids: list[int] = []
    trained: list[bool] = []
    straddling = 0
    plain: list[Segment] = []
    for segment in (*segments, None):
        if segment is not None and not segment.special:
            plain.append(shorten(segment, tokenizer))
            continue
        new_ids, new_trained, crossing = _plain(plain, tokenizer)
        ids += new_ids
        trained += new_trained
        straddling += crossing
        plain = []
        if segment is not None:
            ids.append(tokenizer.token(segment.text))
            trained.append(segment.trained)
    if end:
        ids.append(tokenizer.end)
        trained.append(True)
    return Tokens(tuple(ids), tuple(trained), straddling)


def shorten(segment: Segment, tokenizer: Tokenizer) -> Segment:
    """The segment with its `cut` carried out."""
    if segment.cut is None or not segment.text:
        return segment
    spans = tokenizer.spans(segment.text)
    kept = 1 + int(segment.cut * len(spans))
    raw = segment.text.encode("utf-8", "surrogatepass")[: spans[kept - 1][2]]
    # a token may end inside a character: the rest of it goes
    return Segment(raw.decode("utf-8", "ignore"), segment.trained)


def _plain(segments: Sequence[Segment], tokenizer: Tokenizer) -> tuple[list[int], list[bool], int]:
    """Ids, masks and the number of straddling tokens of segments without special tokens between them."""
    text = "".join(segment.text for segment in segments)
    if not text:
        return [], [], 0
    sizes = [len(segment.text.encode("utf-8", "surrogatepass")) for segment in segments]
    ends = list(accumulate(sizes))
    ids, trained, straddling, at = [], [], 0, 0
    for number, first, after in tokenizer.spans(text):
        while at < len(ends) - 1 and ends[at] <= first:
            at += 1
        kinds = {segments[at].trained}
        further = at
        while further < len(ends) - 1 and ends[further] < after:
            further += 1
            kinds.add(segments[further].trained)
        ids.append(number)
        trained.append(kinds == {True})
        straddling += len(kinds) > 1
    return ids, trained, straddling
