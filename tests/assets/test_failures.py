"""What people read when something cannot be done: a snapshot of every kind of expected failure.

`tests/data/failures.jsonl` holds for each call its exit code, error and next step. `SNAPSHOT=write pytest` on this
file writes it anew; read the difference before committing it. FINISHED is a warehouse after a run, HERE an empty
folder, FILES one with the files below.
"""

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from .conftest import Bigmath, Said

SNAPSHOT = Path(__file__).parents[1] / "data" / "failures.jsonl"
CASES = [json.loads(line) for line in SNAPSHOT.read_text().splitlines()]
WRITE = os.environ.get("SNAPSHOT") == "write"

FILES = {
    "words.jsonl": "no JSON\n",
    "no_column.jsonl": '{"text": "What is $2 + 2$?"}\n',
    "latin.jsonl": b'{"problem": "\xe9", "answer": "1"}\n',
    "empty.jsonl": "",
    "cut.parquet": b"PAR1 and no more",
    "cut.jsonl.zip": b"PK and no more",
    "good.jsonl": '{"problem": "What is $2 + 2$?", "answer": "4"}\n',
    "notes.txt": "hello",
    "judgement.jsonl": '{"problem_id": "x", "outcome": "gone"}\n',
    "stranger.jsonl": '{"problem_id": "x", "outcome": "base", "filter": null, "agreed": true}\n',
}


@pytest.fixture(name="places")
def _places(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Words of the snapshot and the paths that they stand for."""
    places = {"FINISHED": finished, "FILES": tmp_path / "files", "HERE": tmp_path / "here"}
    places["FILES"].mkdir()
    places["HERE"].mkdir()
    for name, content in FILES.items():
        (places["FILES"] / name).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(places["HERE"])
    return places


def told(said: Said, places: dict[str, Path]) -> dict[str, object]:
    """The last line of a failed call with --json, its paths replaced by the words for them."""
    text = said.err.splitlines()[-1]
    for word, path in places.items():
        text = text.replace(str(path), word)
    found = json.loads(text)
    assert list(found) == ["ok", "code", "error", "next"]
    assert found["ok"] is False
    return dict(found)


def called(case: dict[str, str], places: dict[str, Path]) -> list[str]:
    return [
        re.sub(r"^(FINISHED|FILES|HERE)", lambda word: str(places[word[0]]), one) for one in shlex.split(case["call"])
    ]


def test_there_are_forty_and_none_twice() -> None:
    assert len({case["call"] for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=[case["call"] for case in CASES])
def test_a_failure_says_what_where_and_what_to_run_next(
    case: dict[str, object], places: dict[str, Path], bigmath: Bigmath, request: pytest.FixtureRequest
) -> None:
    words = called(case, places)  # type: ignore[arg-type] # the call is text
    said = bigmath(*words, "--json")
    found = told(said, places)
    if WRITE:
        request.config.stash.setdefault(_WRITTEN, []).append({"call": case["call"]} | found)
        return
    assert (said.code, said.out) == (case["code"], "")
    assert {"call": case["call"], **found} == case
    assert "Traceback" not in said.err
    assert re.search(r"\b(bigmath [a-z-]+|bigmath --help|pip install)", str(case["next"]))

    plain = bigmath(*words)
    assert plain.code == case["code"]
    assert "Traceback" not in plain.err
    assert [line.partition(":")[0] for line in plain.err.splitlines()[-2:]] == ["error", "hint"]


_WRITTEN: pytest.StashKey[list[dict[str, object]]] = pytest.StashKey()


@pytest.fixture(name="_writer", scope="module", autouse=True)
def _writer(request: pytest.FixtureRequest) -> object:
    yield
    if WRITE:
        lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in request.config.stash[_WRITTEN]]
        SNAPSHOT.write_text("".join(lines))
