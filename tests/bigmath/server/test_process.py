"""The server as a process: slow clients are cut, SIGTERM lets work finish, nothing stays behind, no text is logged."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bigmath.benchmarks.processes import family, left

CODE = """
import sys
from dataclasses import replace
from bigmath.server.run import serve
from bigmath.server.settings import Settings
serve(Settings(port=int(sys.argv[1]), workers=1, slow_workers=1, receive_seconds=1.0))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", CODE, str(port)], stdout=log, stderr=log)
        until = time.monotonic() + 40
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                    break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield process
        process.kill()
        process.wait()


def _cut_after(port: int, head: bytes) -> float:
    """Seconds until a client that sends a byte now and then is cut."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(0.2)
        client.sendall(head)
        began = time.monotonic()
        while time.monotonic() - began < 10:
            try:
                client.sendall(b"a")
                if client.recv(1_000) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - began


def test_slow_clients_are_cut_and_sigterm_lets_work_finish(
    server: "subprocess.Popen[bytes]", port: int, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{port}/verify"
    head = b"POST /verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    assert _cut_after(port, head + b"x-slow: ") < 5
    assert _cut_after(port, head + b"content-length: 900\r\n\r\n") < 5
    assert _cut_after(port, head + b"x-large: " + b"a" * 100_000) < 0.9
    assert httpx2.post(url, content=b"a" * 10_000_000).status_code == 413
    assert httpx2.post(url, json={"gold": "zqxjkv", "reply": "zqxjkv"}).json()["reward"] == 1.0

    workers = family(server.pid) - {server.pid}
    assert len(workers) >= 2
    with socket.create_connection(("127.0.0.1", port)) as client:
        body = b"[" + b",".join([rb'{"gold":"\\sqrt{12}","reply":"2\\sqrt{3}"}'] * 1_000) + b"]"
        client.sendall(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        with client.makefile("rb") as answer:
            assert b" 200 " in answer.readline()
    assert server.wait(20) == 0
    assert not left(workers)
    assert "zqxjkv" not in (tmp_path / "log").read_text()


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "assets", "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr
