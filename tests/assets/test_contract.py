"""What every command keeps to: help with an example, `--json`, one exit code for each kind of end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from assets.cli import app
from bigmath.store import Warehouse

from .conftest import Bigmath

BIGMATH = [sys.executable, "-m", "assets"]


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every command with its words."""
    found = []
    for name, command in group.commands.items():
        words = (*path, name)
        found += commands(command, words) if hasattr(command, "commands") else [(words, command)]
    return found


COMMANDS = commands(typer.main.get_command(app))
WITHOUT_JSON = {("serve",): "runs until it is stopped; what it counts is at /metrics"}


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS])
def test_every_command_teaches(words: tuple[str, ...], command: Any) -> None:
    summary = command.help.partition("\n")[0]
    assert summary.endswith((".", ":"))
    assert len(summary) < 130
    assert f"`bigmath {' '.join(words)}" in command.help, "no example"
    options = {name for parameter in command.params for name in parameter.opts}
    assert ("--json" in options) != (words in WITHOUT_JSON)
    for parameter in command.params:
        assert getattr(parameter, "help", None), parameter.name


def test_help_is_quick() -> None:
    def seconds(arguments: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(arguments, check=True, capture_output=True)
        return time.perf_counter() - began

    # against an interpreter that only starts and loads the library of the command line, in turns: machines differ
    pairs = [(seconds([*BIGMATH, "run", "--help"]), seconds([sys.executable, "-c", "import typer, rich.console"]))
             for _ in range(3)]  # fmt: skip
    assert min(ours / bare for ours, bare in pairs) < 5, "its command loads too much"


def test_0_a_job_that_is_done(finished: Path, bigmath: Bigmath) -> None:
    said = bigmath("sql", "select count(*) as n from strict", "-w", finished, "--json")
    assert said.code == 0
    version = Warehouse.open(finished).current()
    assert version is not None
    assert json.loads(said.out) == {"n": sum(output.rows for output in version.tables["strict"])}


def test_1_a_check_that_failed(tmp_path: Path, bigmath: Bigmath) -> None:
    row = tmp_path / "my.jsonl"
    row.write_text('{"problem": "What is $2 + 2$?", "answer": "4"}\n')
    assert bigmath("run", "-s", row, "-w", tmp_path / "w").code == 0
    table = next((tmp_path / "w" / "tables").rglob("*.parquet"))
    table.write_bytes(table.read_bytes() + b"x")
    assert bigmath("check", "-w", tmp_path / "w").code == 1


def test_2_a_name_that_is_not_known(tmp_path: Path, bigmath: Bigmath) -> None:
    said = bigmath("run", "-s", "nothing", "-w", tmp_path, "--json")
    assert (said.code, said.out) == (2, "")
    failure = json.loads(said.err)
    assert (failure["ok"], failure["code"]) == (False, 2)
    assert "math" in failure["error"]


def test_3_a_job_that_was_stopped(tmp_path: Path) -> None:
    # a shell's background jobs are started deaf to Ctrl-C, and so would be what they start
    listening = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from assets.cli import main; main()"
    )
    job = [sys.executable, "-c", listening, "run", "-w", str(tmp_path / "w")]
    with subprocess.Popen(job, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert running.returncode == 3
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert Warehouse.open(tmp_path / "w").current() is None


def test_4_a_server_that_does_not_answer(finished: Path, bigmath: Bigmath) -> None:
    said = bigmath("score", "strict", "-m", "any", "--endpoint", "http://127.0.0.1:9/v1", "-w", finished)
    assert said.code == 4
    assert "no OpenAI-compatible server answers there" in said.err


def test_70_a_bug_keeps_its_traceback(bigmath: Bigmath, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("assets.ask_commands.list_sources", broken)
    said = bigmath("sources")
    assert said.code == 70
    assert "Traceback" in said.err
    assert "a bug: ZeroDivisionError: division by zero" in said.err


def test_141_a_reader_that_went_away() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*BIGMATH, "sources", "--json"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_without_a_terminal_nothing_is_coloured(finished: Path) -> None:
    plain = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run([*BIGMATH, "sources"], capture_output=True, env=plain, check=True)
    assert b"\x1b" not in done.stdout + done.stderr
