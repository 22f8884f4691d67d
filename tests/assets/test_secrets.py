"""Credentials in the environment, in settings and in a problem: a run, its failures and its files show none of them."""

import json
import logging
import sqlite3
from pathlib import Path

import dagster as dg
import httpx2
import polars as pl
import pytest

from assets.pipeline import failure
from bigmath import object_storage
from bigmath.credentials import masked
from bigmath.errors import BigMathError, SettingError, SourceError
from bigmath.on_ray import _connect
from bigmath.scoring.endpoint import revision_at
from bigmath.scoring.engine import Request, failed

from .conftest import Bigmath

VARIABLES = {
    "HF_TOKEN": "hf_" + "PlantedInTheEnvironment" + "abcdefghijk",
    "AWS_ACCESS_KEY_ID": "AKIA" + "PLANTEDPLANTED22",
    "AWS_SECRET_ACCESS_KEY": "wJalrPlanted/K7MDENG+bPxRfiCYPlantedKEY9",
    "AWS_SESSION_TOKEN": "FwoPlantedSession//////////w",
    "OPENAI_API_KEY": "planted-key-of-an-own-server",
    "GITHUB_TOKEN": "ghp_" + "Planted22" * 4,
}
PASSWORD = "pl4nted-p4ss"
IN_ADDRESSES = {
    "AWS_ENDPOINT_URL": f"http://somebody:{PASSWORD}@127.0.0.1:9",
    "RAY_ADDRESS": f"ray://somebody:{PASSWORD}@127.0.0.1:9",
}
IN_A_ROW = "glpat-" + "PlantedInAProblem22xx"
PLANTED = [*VARIABLES.values(), PASSWORD, IN_A_ROW]
SERVER = f"http://somebody:{PASSWORD}@127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {**VARIABLES, **IN_ADDRESSES, "BIGMATH_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(object_storage, "ATTEMPTS", 1)


def shown_in(text: str) -> list[str]:
    """The planted texts that a text holds, whole or by an end of 12 characters."""
    return [one for one in PLANTED if one in text or one[:12] in text or one[-12:] in text]


CALLS = {
    "server with a password": ("score", "strict", "-m", "any", "--endpoint", SERVER, "-w", "FINISHED"),
    "address that is none": ("score", "strict", "-m", "a", "--endpoint", f"http://a:{PASSWORD}/b@h", "-w", "FINISHED"),
    "the same as JSON": ("score", "strict", "-m", "any", "--endpoint", SERVER, "-w", "FINISHED", "--json"),
    "bucket at an address with a password": ("sql", "-w", "s3://maths/w", "from strict"),
    "run into a bucket with keys in its name": ("run", "-w", f"s3://somebody:{PASSWORD}@maths/w"),
    "folder": ("run", "--hub", f"https://{VARIABLES['HF_TOKEN']}@hub.example", "-w", "NEW"),
    "profile": ("run", "--profile", VARIABLES["AWS_SECRET_ACCESS_KEY"], "-w", "NEW"),
    "source": ("run", "--source", VARIABLES["GITHUB_TOKEN"], "-w", "NEW"),
    "query": ("sql", "-w", "FINISHED", f"from read_parquet('s3://b/{VARIABLES['AWS_SESSION_TOKEN']}')"),
    "broken query": ("sql", "-w", "FINISHED", f"create secret (type s3, secret '{VARIABLES['AWS_SECRET_ACCESS_KEY']}"),
    "unknown option": ("run", f"--token={VARIABLES['HF_TOKEN']}"),
    "unknown command": (VARIABLES["OPENAI_API_KEY"],),
    "release": ("release", "--push", f"NEW/{VARIABLES['HF_TOKEN']}"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_failed_command_shows_none(call: tuple[str, ...], finished: Path, tmp_path: Path, bigmath: Bigmath) -> None:
    words = [one.replace("FINISHED", str(finished)).replace("NEW", str(tmp_path / "new")) for one in call]
    said = bigmath(*words)
    assert said.code in (2, 4)
    assert said.err.strip()
    assert shown_in(said.out + said.err) == []


def test_a_bug_shows_none(finished: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(" and ".join(PLANTED[:-2]) + f" at {SERVER}")

    monkeypatch.setattr("assets.ask_commands.run_sql", fail)
    said = bigmath("sql", "-w", finished, "from strict")
    assert said.code == 70
    assert "Traceback" in said.err
    assert "RuntimeError" in said.err
    assert shown_in(said.out + said.err) == []


@pytest.fixture(name="ran")
def _ran(tmp_path: Path, bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a warehouse and Dagster's home after a run over a file, a problem of which holds a credential."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    rows = [f"What is $2 + 2$? My key is {IN_A_ROW} indeed.", "A box holds 7 red and 5 blue balls. How many are there?"]
    lines = [json.dumps({"problem": text, "answer": answer}) for text, answer in zip(rows, "4 12".split(), strict=True)]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines))
    said = bigmath("run", "-s", tmp_path / "mine.jsonl", "-w", tmp_path / "w")
    assert said.code == 0, said.err
    assert shown_in(said.out + said.err) == []
    return tmp_path


# what earlier tests left for the collector is not this one's matter
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_run_leaves_none_in_records_report_and_history(ran: Path, bigmath: Bigmath) -> None:
    assert bigmath("report", "-w", ran / "w").code == 0
    assert bigmath("release", "-w", ran / "w", "--out", ran / "out", "--license", "unknown").code == 2
    assert not (ran / "out").exists()
    files = [path for path in ran.rglob("*") if path.is_file() and path.name != "mine.jsonl"]
    assert {"report.html", "current.json", "manifest.json", "runs.db"} <= {path.name for path in files}
    own = {path.relative_to(ran).as_posix(): shown_in(_text(path)) for path in files}
    # the tables are the data: they hold the problem, and the problem only
    assert {name: found for name, found in own.items() if found and not name.startswith("w/tables/")} == {}
    assert {one for found in own.values() for one in found} == {IN_A_ROW}


def _text(path: Path) -> str:
    """Everything that a file says: of a table its values, of a database its rows and pages."""
    if path.suffix == ".parquet":
        return str(pl.read_parquet(path).to_dicts())
    found = path.read_bytes().decode(errors="replace")
    if path.suffix == ".db":
        with sqlite3.connect(path) as database:
            found += "".join(database.iterdump())
    return found


def test_dagster_keeps_none_of_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        try:
            raise OSError(f"cannot reach {SERVER} with {VARIABLES['HF_TOKEN']}")
        except OSError as error:
            raise SourceError(f"{SERVER} does not answer", hint=f"look at {SERVER}") from error

    @dg.asset
    def one() -> None:
        try:
            ask()
        except BigMathError as error:
            raise failure(error) from error

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([one], instance=instance, raise_on_error=False)
        kept = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    assert not result.success
    assert "cannot reach http://***@127.0.0.1:9/v1 with ***" in kept
    assert shown_in(kept) == []


def test_a_server_of_a_model_is_stored_and_logged_without_its_password(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx2.Request] = []

    def answer(_: object, request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"data": [{"id": "tiny"}]})

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)
    with caplog.at_level(logging.DEBUG):
        revision = revision_at(SERVER, "tiny")
    assert revision == "http://***@127.0.0.1:9/v1#tiny"
    assert asked[0].headers["Authorization"].startswith("Basic ")
    assert "127.0.0.1" in caplog.text
    assert shown_in(caplog.text) == []


def test_a_server_that_quotes_the_key_it_refused_gets_it_into_no_table() -> None:
    said = f"status_401: incorrect key {VARIABLES['OPENAI_API_KEY']}"
    assert failed(Request("k", "c", "2 + 2", 0), said).error == "status_401: incorrect key ***"


def test_a_cluster_with_a_password_is_refused_without_it() -> None:
    with pytest.raises(SettingError, match="accepted: HOST:PORT") as raised:
        _connect(None, IN_ADDRESSES["RAY_ADDRESS"], 1)
    assert shown_in(str(raised.value)) == []


@pytest.mark.parametrize("text", ["hf://datasets/acme/math@v1.0", "s3://bucket/w: 5 rows", "mail a@b.org", "$x:y$ @ 3"])
def test_what_is_no_credential_is_said(text: str) -> None:
    assert masked(text) == text
