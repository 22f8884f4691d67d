"""An HTTP proxy before a server, which does to one request what networks do: late, refused, broken, its reply lost."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["slow", "500", "reset before", "reply lost"]
FAULTS: tuple[Fault, ...] = ("slow", "500", "reset before", "reply lost")


class Proxy:
    """Requests are counted from 1; those from `first` up to `last` meet a fault, or each `every`-th of them, by turns
    one of those planned."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.seen: list[str] = []
        self._lock = threading.Lock()
        self.plan()

    def plan(self, *faults: Fault, first: int = 1, last: int = 10**9, every: int = 1) -> None:
        """From now on; without faults every request goes through."""
        self.seen, self.faults, self.first, self.last, self.every = [], faults, first, last, every

    def meets(self, line: str) -> Fault | None:
        with self._lock:
            self.seen.append(line)
            count = len(self.seen)
            if not self.faults or not self.first <= count <= self.last or count % self.every:
                return None
            return self.faults[count // self.every % len(self.faults)]


@contextmanager
def proxy_before(target: str) -> Iterator[tuple[str, Proxy]]:
    """The address of a proxy before `target`, and its controls."""
    proxy = Proxy(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.meets(f"{self.command} {self.path}")
            if fault == "reset before":
                return self._hang_up()
            if fault == "500":
                return self._answer(500, {}, b"<Error><Code>InternalError</Code></Error>")
            if fault == "slow":
                time.sleep(0.3)
            upstream = http.client.HTTPConnection(proxy.target, timeout=30)
            upstream.request(self.command, self.path, body, dict(self.headers))
            reply = upstream.getresponse()
            data = reply.read()
            upstream.close()
            if fault == "reply lost":
                return self._hang_up()
            return self._answer(reply.status, dict(reply.getheaders()), data)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 # the names that http.server calls

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.close()

        def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"connection", "transfer-encoding", "date", "server"} and (
                    name.lower() != "content-length" or self.command == "HEAD"
                ):
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError):  # the client has gone, or we hung up
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
