"""The instance that a team shares, on a real PostgreSQL: what runs and their history survive. `make test-postgres`."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BIN = next((one.parent for one in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
SERVER = shutil.which("postgres") or (BIN and BIN / "postgres")

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(SERVER is None, reason="no PostgreSQL here: apt-get install postgresql"),
]

ROOT = Path(__file__).parents[2]
PATIENCE = 900.0
"""Seconds to wait for servers and runs; they take some ten on an idle machine, minutes on one that is busy."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, ask: Callable[[], Any], every: float = 0.5) -> Any:
    """The first answer that is true, asked again and again."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            if answer := ask():
                return answer
        time.sleep(every)
    raise AssertionError(f"{what}: not within {PATIENCE:.0f} s")


@pytest.fixture(name="database")
def _database() -> Iterator[Mapping[str, str]]:
    """A fresh server on this machine; its address as `docs/dagster-postgres.yaml` reads it."""
    tools = Path(str(SERVER)).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="bigmath-postgres-"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be run by root
        shutil.chown(folder, "postgres", "postgres")
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    port = free_port()
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **as_user}
    subprocess.run([tools / "initdb", "-D", folder / "data", "-A", "trust", "-U", "dagster"], check=True, **quiet)
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
    server = subprocess.Popen([tools / "postgres", "-D", folder / "data", *options], **quiet)
    try:
        until("PostgreSQL", lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        yield {
            "DAGSTER_PG_USERNAME": "dagster",
            "DAGSTER_PG_PASSWORD": "none",
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(port),
            "DAGSTER_PG_DB": "postgres",
        }
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Team:
    """A web server and a daemon over one instance."""

    environment: Mapping[str, str]
    port: int
    web: subprocess.Popen[bytes] | None = None
    daemon: subprocess.Popen[bytes] | None = None

    def start_web(self) -> None:
        self.web = self._start("dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port))
        until("the web server", lambda: self.ask("{ version }"))
        until("the definitions", lambda: self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")["repositoriesOrError"]["nodes"])  # fmt: skip # noqa: E501

    def start_daemon(self) -> None:
        self.daemon = self._start("dagster-daemon", "run")

    def stop(self, server: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
        if server is not None and server.poll() is None:
            server.send_signal(how)
            server.wait(60)

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            said = json.load(reply)
        assert "errors" not in said, said
        return said["data"]

    def status(self, run: str) -> str:
        return str(self.ask(RUN, run=run)["runOrError"]["status"])

    def events(self, run: str) -> list[dict[str, Any]]:
        return list(self.ask(EVENTS, run=run)["logsForRun"]["events"])

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [Path(sys.executable).parent / name, *arguments, "-m", "assets.definitions"]
        with (Path(self.environment["DAGSTER_HOME"]) / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


RUN = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
EVENTS = """query($run: ID!) { logsForRun(runId: $run, limit: 1000) { ... on EventConnection { events {
    __typename ... on MessageEvent { stepKey }
    ... on MaterializationEvent { partition metadataEntries { label } }
    ... on EngineEvent { message } } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_STATE = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status runs: runs(limit: 10) { runId status } } } }"""


@pytest.fixture(name="team")
def _team(database: Mapping[str, str], tmp_path: Path) -> Iterator[Team]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(ROOT / "docs" / "dagster-postgres.yaml", home / "dagster.yaml")
    files = []
    for name in ("first", "second"):
        path = tmp_path / f"{name}.jsonl"
        rows = [{"problem": f"What is {n} plus {n} in the {name} set?", "answer": str(2 * n)} for n in range(20)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files.append(str(path))
    environment = {
        **database,
        "DAGSTER_HOME": str(home),
        "BIGMATH_WAREHOUSE": str(tmp_path / "warehouse"),
        "BIGMATH_FILES": os.pathsep.join(files),
        "BIGMATH_PROCESSES": "2",
    }
    team = Team(environment, free_port())
    try:
        team.start_daemon()
        team.start_web()
        yield team
    finally:
        team.stop(team.web, signal.SIGTERM)
        team.stop(team.daemon, signal.SIGTERM)


def test_runs_outlive_the_web_server_and_their_history_every_restart(team: Team) -> None:
    keys = [{"path": [name]} for name in ("problems", "base_rules", "uniquely_verifiable")]
    selector = {
        "repositoryName": "__repository__",
        "repositoryLocationName": "assets.definitions",
        "pipelineName": "__ASSET_JOB",
    }
    ranged = {"dagster/asset_partition_range_start": "first", "dagster/asset_partition_range_end": "second"}
    tags = [{"key": key, "value": value} for key, value in ranged.items()]
    params = {"selector": {**selector, "assetSelection": keys}, "executionMetadata": {"tags": tags}}
    launched = team.ask(LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run = launched["run"]["runId"]

    # asked from the UI, whose server dies at once: the daemon starts and ends the run without it
    team.stop(team.web, signal.SIGKILL)
    from dagster import DagsterInstance

    with pytest.MonkeyPatch.context() as patch:
        for name, value in team.environment.items():
            patch.setenv(name, value)
        with DagsterInstance.get() as instance:
            ended = until("the run", lambda: (found := instance.get_run_by_id(run)) and found.is_finished and found)
            said = [log.user_message for log in instance.all_logs(run)]
    assert ended.is_success, "\n".join(said[-8:])

    team.start_web()
    events = team.events(run)
    made = {(one["stepKey"], one["partition"]) for one in events if one["__typename"] == "MaterializationEvent"}
    assert made == {(key["path"][0], part) for key in keys for part in ("first", "second")}
    # each step in a process of its own
    started = [one for one in events if one["__typename"] == "StepWorkerStartedEvent"]
    assert {one["stepKey"] for one in started} >= {key["path"][0] for key in keys}

    # both servers end and start again: a backfill goes on from the same history
    team.stop(team.web, signal.SIGTERM)
    team.stop(team.daemon, signal.SIGTERM)
    team.start_daemon()
    team.start_web()
    assert team.status(run) == "SUCCESS"
    assert team.events(run) == events
    asked = {
        "assetSelection": [{"path": ["base_rules"]}, {"path": ["open_ended"]}],
        "partitionNames": ["first", "second"],
        "fromFailure": False,
    }
    backfill = team.ask(BACKFILL, params=asked)["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill

    def done() -> Any:
        state = team.ask(BACKFILL_STATE, id=backfill["backfillId"])["partitionBackfillOrError"]
        return state if state["status"].startswith("COMPLETED") else None

    state = until("the backfill", done, every=2)
    assert state["status"] == "COMPLETED_SUCCESS"
    assert [one["status"] for one in state["runs"]] == ["SUCCESS"]  # both partitions in one run
