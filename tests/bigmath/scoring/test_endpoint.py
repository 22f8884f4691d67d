"""The endpoint engine against a small server of the same protocol, on this machine."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bigmath.errors import ServiceError, SettingError
from bigmath.scoring import endpoint
from bigmath.scoring.endpoint import EndpointEngine, revision_at
from bigmath.scoring.engine import EngineError, Generation, Request, Settings, content_of, request_key


class Server(ThreadingHTTPServer):
    """Answers with the last word of the statement; the word `busy` is refused twice, `long` always."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self._say(200, {"data": [{"id": "tiny"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        word = body["messages"][-1]["content"].split("\n")[0].split()[-1]
        self.server.seen[word] += 1
        if word == "busy" and self.server.seen[word] < 3:
            self._say(503, {"error": "overloaded"})
        elif word == "long":
            self._say(400, {"error": "This model's maximum context length is 16 tokens"})
        elif word == "odd":
            self._say(200, {"choices": []})
        else:
            choice = {"message": {"content": f"\\boxed{{{word}}}"}, "finish_reason": "stop"}
            self._say(200, {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})

    def _say(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(name="server")
def _server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


SETTINGS = Settings(max_tokens=16, stop=("END",), system="Be brief.")


def ask(url: str, *statements: str) -> dict[str, Generation]:
    engine = EndpointEngine(url, "tiny", "r", SETTINGS, batch=4)
    names = {}
    for statement in statements:
        request = Request(request_key(content_of(statement), "r", SETTINGS, 0), content_of(statement), statement, 0)
        names[request.key] = statement
        engine.submit(request)
    found = {}
    while engine.pending:
        for one in engine.step():
            found[names[one.request]] = one
    engine.close()
    return found


def test_replies_refusals_and_retries(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    url = f"http://127.0.0.1:{server.server_port}/v1"
    assert revision_at(url, "tiny") == f"{url}#tiny"
    found = ask(url, "say 7", "say busy", "say long", "say odd", " ")
    assert found["say 7"].error is None
    assert (found["say 7"].text, found["say 7"].finish_reason, found["say 7"].tokens) == ("\\boxed{7}", "stop", 3)
    assert found["say busy"].text == "\\boxed{busy}"
    assert server.seen["busy"] == 3
    assert found["say long"].refused
    assert (found["say odd"].error or "").startswith("bad_reply: IndexError")
    assert found[" "].error == "no_text: the statement is empty"
    body = next(one for one in server.bodies if "say 7" in one["messages"][-1]["content"])
    assert (body["max_tokens"], body["stop"], body["messages"][0]["content"]) == (16, ["END"], "Be brief.")
    assert body["seed"] == Request(request_key(content_of("say 7"), "r", SETTINGS, 0), "", "", 0).seed


def test_what_is_not_there_is_one_line(server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_port}/v1"
    with pytest.raises(SettingError, match=r"--model huge: the server at .* has tiny"):
        revision_at(url, "huge")
    with pytest.raises(ServiceError, match="no OpenAI-compatible server answers there"):
        revision_at("http://127.0.0.1:9/v1", "tiny")


def test_a_server_that_is_gone_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "TRIES", 1)
    with pytest.raises(EngineError, match="the server is gone"):
        ask("http://127.0.0.1:9/v1", *(f"say {i}" for i in range(25)))
