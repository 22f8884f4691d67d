"""What must hold of any input, a law for each of five targets: `test_hostile.py` asks it of texts that Hypothesis makes
and of the kept corpus, `fuzz.py` of what Atheris finds by coverage.

An input is bytes, as readable as they can be: texts in UTF-8, one after the other, with the unit separator (0x1F)
between them. A byte that is no UTF-8 becomes a lone surrogate, as a reply's `\\ud800` gives one.
"""

import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from bigmath import Verdict, equivalent, verify
from bigmath.answer import boxed, hash_answer, last_boxed
from bigmath.errors import SourceError
from bigmath.normalize import canonical_text
from bigmath.release import card, manifest
from bigmath.release.manifest import SourceCount
from bigmath.tabular import Columns, is_kind, read_rows
from bigmath.text import clean_text
from bigmath.verifier.folding import fold
from bigmath.verifier.policy import Policy
from bigmath.verifier.reading import spelled, strip, unstyled

SEPARATOR = "\x1f"
COLUMNS = Columns({"problem": "text", "answer": "text"}, {"level": "number"})
CORPUS = Path(__file__).parent / "corpus"
SECONDS = 2.0
"""Processor time of this thread for one input; a loaded machine does not count."""
_LINK = r"(?<!\\)(?:\\\\)*\]\("
_CODE = r"(?<!\\)(?:\\\\)*`"
QUICK = Policy(tail=False)
"""SymPy's worker stays out of it: it has its own limits and would hide the speed of the rest."""


def extractor(reply: str) -> None:
    """Boxes are parts of the reply, in order; what stands behind `####` is part of it; every reply has a verdict."""
    found, at = boxed(reply), 0
    for content in found:
        at = reply.find(content, at)
        assert at >= 0, (reply, content)
        at += len(content)
    assert last_boxed(reply) == (found[-1] if found else None), reply
    hashed = hash_answer(reply)
    assert hashed is None or hashed in reply, reply
    assert verify("7", reply, policy=QUICK) is not Verdict.ERROR, reply


def normaliser(text: str) -> None:
    """Every text has its spellings, and canonical text comes to rest."""
    for spell in (strip, unstyled, fold, spelled):
        assert isinstance(spell(text), str)
    stored, _ = clean_text(text)
    assert clean_text(stored) == (stored, ()), text
    canonical = [stored]
    while canonical[-1] not in canonical[:-1]:
        canonical.append(canonical_text(canonical[-1]))
        assert len(canonical) < len(text) + 9, text
    assert canonical[-1] == canonical[-2], (text, canonical[-2:])


def comparer(gold: str, reply: str) -> None:
    """No pair of answers is an error, and which is asked about first makes no difference."""
    said = [verify(gold, reply, policy=QUICK), verify(gold, gold, policy=QUICK)]
    assert Verdict.ERROR not in said, (gold, reply)
    forward, backward = equivalent(gold, reply, policy=QUICK), equivalent(reply, gold, policy=QUICK)
    assert forward == backward, (gold, reply)


def reader(raw: bytes) -> None:
    """The bytes as a file of each kind of text: rows with values of their columns' kinds, or a refusal in one line."""
    for ending in (".jsonl", ".json", ".csv"):
        with tempfile.NamedTemporaryFile(suffix=ending) as file:
            file.write(raw)
            file.flush()
            count = 0
            try:
                for row in read_rows(Path(file.name), COLUMNS):
                    assert row.number == count
                    count += 1
                    for name, kind in COLUMNS.kinds().items():
                        assert row.values.get(name) is None or is_kind(row.values[name], kind), (name, row)
            except SourceError as error:
                assert file.name in str(error) and "\n" not in str(error)
            else:
                assert count > 0


def card_renderer(*words: str) -> None:
    """Nine names in a release's card are shown as text: no cell, line or markup more than with plain names."""
    assert _looks(*words) == _plain_looks(), words


@cache
def _plain_looks() -> tuple[list[int], list[int]]:
    return _looks(*"x" * 9)


def _looks(*words: str) -> tuple[list[int], list[int]]:
    """Of a card with these names, the borders in each line, and how often each markup that could hide one opens."""
    release = replace(
        _kept_release(), sources=[SourceCount(*words[:4], original=3, base=2, strict=1)], profile=words[4],
        reasons=[{"filter": words[5], "reason": words[6], "rows": 1}],
        recalls=[{"source": words[7], "last_tag": "v1.0.0", "fixed_in": "v1.1.0", "reason": words[8]}],
    )  # fmt: skip
    shown = card.render(release)
    borders = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in shown.split("\n")]
    return borders, [len(re.findall(markup, shown)) for markup in ("<", _LINK, _CODE)]


@cache
def _kept_release() -> manifest.Manifest:
    return manifest.read(Path(__file__).parents[1] / "data" / "formats" / f"release-{manifest.FORMAT}")


def _texts(raw: bytes, count: int) -> list[str]:
    """The first texts of an input; those that it lacks are empty."""
    return [*raw.decode(errors="surrogateescape").split(SEPARATOR, count - 1), *[""] * count][:count]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "extractor": lambda raw: extractor(*_texts(raw, 1)),
    "normaliser": lambda raw: normaliser(*_texts(raw, 1)),
    "comparer": lambda raw: comparer(*_texts(raw, 2)),
    "reader": reader,
    "card": lambda raw: card_renderer(*_texts(raw, 9)),
}


def ask(target: str, raw: bytes, seconds: float = SECONDS) -> None:
    """One input of one target, in time."""
    started = time.thread_time()
    TARGETS[target](raw)
    spent = time.thread_time() - started
    assert spent < seconds, (spent, raw)


def kept(target: str) -> list[bytes]:
    """The inputs kept in the repository: seeds, and each one that once found a fault."""
    lines = (CORPUS / f"{target}.jsonl").read_text(encoding="ascii").splitlines()
    return [json.loads(line)["input"].encode(errors="surrogateescape") for line in lines]


def line(raw: bytes, why: str) -> str:
    """An input as a line of the kept corpus; `why` says what it found."""
    return json.dumps({"input": raw.decode(errors="surrogateescape"), "why": why})
