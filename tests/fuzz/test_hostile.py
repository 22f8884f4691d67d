"""Hostile files and texts: every reader, filter, route and card answers with rows, a reason, or one line; never else.

`HOSTILE_EXAMPLES=5000` looks long; `make fuzz` searches the same laws (`targets.py`) by coverage.
"""

import gzip
import io
import json
import os
import random
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assets.plan import profile_named
from bigmath import Explanation, explain
from bigmath.errors import SourceError
from bigmath.filtering import DECISIONS, Filter, decide
from bigmath.problem import Problem, to_frame
from bigmath.server import app
from bigmath.server.settings import Settings
from bigmath.tabular import read_rows
from bigmath.verifier.policy import Policy

from . import targets

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "10"))
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
        ".jsonl.gz": gzip.compress(lines, mtime=0),
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
            count = sum(1 for _ in read_rows(path, targets.COLUMNS))
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
    started = time.process_time()
    targets.comparer(gold, reply)
    targets.extractor(reply)
    assert time.process_time() - started < 5


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_every_text_has_its_spellings(text: str) -> None:
    targets.normaliser(text)


WORDS = st.one_of(TEXTS, st.sampled_from(["a|b", "x\n| y |", "![](http://x/y.png)", "[a](javascript:1)", "`", "---"]))


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, min_size=9, max_size=9))
def test_a_card_shows_hostile_names_as_text_in_their_cells(words: list[str]) -> None:
    targets.card_renderer(*words)


@pytest.mark.parametrize("target", targets.TARGETS)
def test_the_law_of_each_target_holds_of_every_kept_input(target: str) -> None:
    inputs = targets.kept(target)
    assert len(inputs) >= 3
    for raw in inputs:
        targets.ask(target, raw)


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[TestClient]:
    """The reward server's application; judged in this process, with what its quick workers use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "Pool", InProcess)
        with TestClient(app.make_app(Settings(body_bytes=4_096, items=20))) as client:
            yield client


class InProcess:
    """What the routes ask of a pool of workers."""

    waiting = answered = ended = 0
    ready = 1

    def __init__(self, **_: object) -> None: ...

    def close(self) -> None: ...

    def explain(self, items: list[tuple[str, str, Policy]], *, seconds: float) -> Future[list[Explanation]]:
        done: Future[list[Explanation]] = Future()
        done.set_result([explain(gold, reply, policy=replace(policy, tail=False)) for gold, reply, policy in items])
        return done


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["gold", "reply", "pred", "policy", "tail"]), TEXTS), inner, max_size=4
        ),
    ),
    max_leaves=12,
)
ITEM = st.fixed_dictionaries({"gold": TEXTS, "reply": TEXTS})
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda body: json.dumps(body).encode()),
    st.one_of(ITEM, st.lists(ITEM, max_size=25)).map(lambda body: json.dumps(body).encode()),
)


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(BODIES)
def test_the_reward_server_has_a_bounded_answer_to_every_body(server: TestClient, body: bytes) -> None:
    answer = server.post("/verify", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 413, 422)
    told = answer.json()
    if answer.status_code == 200:
        asked = json.loads(body)
        judged = told if isinstance(asked, list) else [told]
        assert len(judged) == (len(asked) if isinstance(asked, list) else 1)
        assert all((one["reward"] is None) == (one["error"] is not None) for one in judged)
    else:
        assert set(told) == {"detail"}
        assert len(told["detail"]) < 2_000


@pytest.mark.parametrize("seed", range(3))
def test_a_spoilt_file_is_spoilt_the_same_way_again(seed: int) -> None:
    data = whole_files()[".csv"]
    assert spoilt(data, random.Random(seed)) == spoilt(data, random.Random(seed))
