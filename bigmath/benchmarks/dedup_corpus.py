"""Corpora with known truth for the deduplication benchmark: real statements, copies of them, and variants that look
alike.

Of each 100 documents about 20 to 30 are real statements (fewer where fewer are at hand), 22 are copies of a document
and the
rest variants, which are problems of their own. Real statements that repeat one another would make the truth wrong,
so of those
with the same numbers and half their words in common one is taken. The same seed gives the same corpus.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import polars as pl

from bigmath.benchmarks.dedup_edits import COPIES, VARIANTS, number

SHARE_OF_COPIES = 0.22
REAL = 60_000
"""Most real statements in a corpus."""
_COMPARED = 40

CORPUS = pl.Schema({"text": pl.String, "problem": pl.Int64, "edit": pl.String, "of": pl.Int64})
"""`problem` is the identity: equal for copies only. `edit` is the class of the edit (`real` for none) and `of` the
row edited."""


def corpus(statements: Sequence[str], rows: int, seed: int = 1) -> pl.DataFrame:
    """A corpus of `rows` documents in random order."""
    return made_of(distinct(statements, seed)[: min(REAL, max(1, rows // 3))], rows, seed)


def made_of(base: Sequence[str], rows: int, seed: int = 1) -> pl.DataFrame:
    """A corpus of `rows` documents made of these real statements, all of which are in it."""
    rng = random.Random(seed)
    texts = list(base)
    problems = list(range(len(base)))
    edits, origins = ["real"] * len(base), list(range(len(base)))
    seen = {_plain(text) for text in texts}
    variants, copies = list(VARIANTS.items()), list(COPIES.items())
    problem = len(base)
    turns: Counter[str] = Counter()
    wanted = rows - int(rows * SHARE_OF_COPIES)
    while len(texts) < wanted:
        at = rng.randrange(len(base))
        name, edit = variants[turns["variant"] % len(variants)]
        turns["variant"] += 1
        # more variants than there are places to edit: change numbers twice
        text = texts[at] if len(texts) < 4 * len(base) else (number(rng, texts[at]) or texts[at])
        made = edit(rng, text)
        if made is None or _plain(made) in seen:
            name, made = "number", number(rng, text)
            if made is None or _plain(made) in seen:
                continue
        seen.add(_plain(made))
        texts.append(made)
        problems.append(problem)
        edits.append(name)
        origins.append(at)
        problem += 1
    while len(texts) < rows:
        at = rng.randrange(wanted)
        name, edit = copies[turns["copy"] % len(copies)]
        made = edit(rng, texts[at])
        turns["tries"] += 1
        if made is not None and made != texts[at]:
            texts.append(made)
            problems.append(problems[at])
            edits.append(name)
            origins.append(at)
            turns["copy"] += 1
            turns["tries"] = 0
        elif turns["tries"] > 20:
            turns["copy"] += 1  # too rare in so small a sample
            turns["tries"] = 0
    order = list(range(len(texts)))
    rng.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    columns = [
        [texts[i] for i in order],
        [problems[i] for i in order],
        [edits[i] for i in order],
        [place[origins[i]] for i in order],
    ]
    return pl.DataFrame(dict(zip(CORPUS, columns, strict=True)), schema=CORPUS)


def distinct(statements: Sequence[str], seed: int) -> list[str]:
    """Real statements in random order, without those that may state the same problem as one before."""
    # an edit of an address edits nothing
    order = sorted({text for text in statements if 30 <= len(text) <= 4_000 and "http" not in text})
    random.Random(seed).shuffle(order)
    known: dict[str, list[set[str]]] = defaultdict(list)
    kept = []
    for text in order:
        words = set(re.findall(r"[a-z]{3,}", text.lower()))
        group = known[" ".join(sorted(re.findall(r"\d+", text.partition("[asy]")[0])))]
        if any(len(words & other) * 2 > min(len(words), len(other)) for other in group[-_COMPARED * 50 :]):
            continue
        group.append(words)
        kept.append(text)
    return kept


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text.lower())
