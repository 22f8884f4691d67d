"""Hostile files and texts: every reader and every filter answers with rows, a reason, or one line; never otherwise.

The long runs are by hand: `HOSTILE_EXAMPLES=5000 pytest tests/fuzz/test_hostile.py`, and `tests/fuzz/fuzz_verify.py`
with Atheris for the verifier.
"""

import io
import json
import os
import random
import resource
import time
import zipfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.plan import profile_named
from bigmath import Verdict, equivalent, verify
from bigmath.answer import last_boxed
from bigmath.errors import SourceError
from bigmath.filtering import DECISIONS, Filter, decide
from bigmath.problem import Problem, to_frame
from bigmath.tabular import Columns, read_rows
from bigmath.verifier.policy import Policy

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "10"))
COLUMNS = Columns({"problem": "text", "answer": "text"}, {"level": "number"})
SECONDS = 10.0
GIGABYTE_KB = 1 << 20


def whole_files() -> dict[str, bytes]:
    """One good file of each kind that is read."""
    rows = [{"problem": f"What is ${n}+\\frac{{1}}{{2}}$? Über", "answer": str(n), "level": n} for n in range(300)]
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    parquet, archive = io.BytesIO(), io.BytesIO()
    pl.DataFrame(rows).write_parquet(parquet)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.jsonl", lines)
    return {
        ".parquet": parquet.getvalue(),
        ".jsonl": lines,
        ".jsonl.zip": archive.getvalue(),
        ".json": json.dumps(rows).encode(),
        ".csv": pl.DataFrame(rows).write_csv().encode(),
    }


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """The file with one thing done to it that disks, networks and people do."""
    at, size = rng.randrange(len(data)), rng.randrange(1, 400)
    match rng.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[at:]
        case 2:
            return data[:at] + rng.randbytes(size) + data[at + size :]
        case 3:
            return data[:at] + bytes(size) + data[at + size :]
        case 4:
            return data[:at] + data[at : at + size] * 40 + data[at + size :]
        case 5:
            return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        case 6:
            return data[:at] + b"\xff\xfe\xed\xa0\x80" + data[at:]
        case _:
            return data[:at] + b'"{[(,' * size + data[at:]


def corpus() -> dict[str, bytes]:
    """Name to content: 30 spoilt files of each kind, every kind under the name of each other, and some made by hand."""
    rng, good = random.Random(60), whole_files()
    found = {f"{n:02}-spoilt{kind}": spoilt(data, rng) for kind, data in good.items() for n in range(30)}
    found |= {f"{kind[1:]}-as{other}": data for kind, data in good.items() for other in good if other != kind}
    deep = b"[" * 200_000
    found |= {
        "deep.json": deep, "deep-row.jsonl": deep + b"\n", "digits.jsonl": b'{"problem": ' + b"9" * 5_000_000 + b"}\n",
        "one-line.jsonl": b'{"problem": "' + b"x" * 30_000_000 + b'", "answer": "1"}\n',
        "nulls.csv": b"problem,answer\n" + b"\0" * 100_000, "cells.csv": b"problem,answer\n" + b"," * 1_000_000,
        "header.csv": b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "quotes.csv": b'"' * 1_000_001,
        "nan.json": b'[{"problem": NaN, "answer": Infinity}]', "twice.json": b'[{"problem": "a", "problem": 1}]',
    }  # fmt: skip
    return found


def test_every_bad_file_is_rows_or_one_line_within_time_and_memory(tmp_path: Path) -> None:
    said: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    files = corpus()
    assert len(files) >= 60
    for name, data in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        started = time.process_time()
        try:
            count = sum(1 for _ in read_rows(path, COLUMNS))
            said["read"] += 1
            assert count > 0, name
        except SourceError as error:
            said["refused"] += 1
            assert str(path) in str(error) and "\n" not in str(error), name
        assert time.process_time() - started < SECONDS, name
        path.unlink()
    assert said["refused"] > 50 and said["read"] > 20, said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GIGABYTE_KB


PIECES = (
    r"\frac \sqrt \boxed{ \boxed{7} } { $ $$ \( \) \[ \] ^ _ & % \\ \begin{cases} \end{cases} \left( \right) \text{ "
    r"9**9**9 10^{10^{10}} 1e999 0/0 __import__('os') ; drop -- ' \" <script> </script> <img/onerror=1> javascript: "
    r"https://a.b [asy] Prove that yes true (A) (B) \textbf{(C)} 1. 2. a) answer: #### ½ ∞ √ é 数 ﷽ \x00 \u202e"
).split(" ")
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 500)).map(lambda one: one[0] * one[1]),
    st.text(st.characters(categories=["Cc", "Cf", "Mn", "Zs", "Sm"]), max_size=40),
)


def reads(one: Filter) -> set[str]:
    """The columns a filter asks for; those about duplicates and contamination come from other rows."""
    return {name for ask in (one.reason(), one.detail()) for name in ask.meta.root_names()}


def problem(number: int, statement: str, answer: str | None, solution: str) -> Problem:
    return Problem(
        problem_id=f"hostile-{number}", source="harp", subset="", problem=statement, answer=answer, answer_from="field",
        license="", repository="", revision="", config="", source_split="", row=number, solutions=(solution,),
    )  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(TEXTS, st.one_of(st.none(), TEXTS), TEXTS), min_size=1, max_size=5))
def test_every_filter_decides_every_hostile_row(texts: list[tuple[str, str | None, str]]) -> None:
    rows = to_frame([problem(number, *one) for number, one in enumerate(texts)])
    asked = [one for one in profile_named("default").asked() if reads(one) <= set(rows.columns)]
    assert len(asked) > 12
    decided = decide(rows, asked)
    assert decided.schema == DECISIONS
    assert decided.height == len(texts) * len(asked)
    assert decided.filter(~pl.col("kept"))["reason"].null_count() == 0


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, TEXTS)
def test_the_verifier_and_the_extractor_have_an_answer_to_every_text(gold: str, reply: str) -> None:
    policy = Policy(tail=False)  # SymPy's worker has limits of its own, and would hide the speed of the rest
    started = time.process_time()
    assert verify(gold, reply, policy=policy) is not Verdict.ERROR
    assert equivalent(gold, reply, policy=policy) == equivalent(reply, gold, policy=policy)
    last_boxed(reply)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("seed", range(3))
def test_a_spoilt_file_is_spoilt_the_same_way_again(seed: int) -> None:
    data = whole_files()[".csv"]
    assert spoilt(data, random.Random(seed)) == spoilt(data, random.Random(seed))
