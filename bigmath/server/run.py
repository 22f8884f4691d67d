"""Runs the application under uvicorn: on loopback unless told otherwise, and down gracefully on SIGTERM."""

import asyncio
import ipaddress
import logging
import resource
import signal
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bigmath.errors import SettingError
from bigmath.server.app import make_app
from bigmath.server.settings import Settings

HEADER_BYTES = 64 * 1024
"""Most bytes of one request's headers."""


def serve(settings: Settings, *, public: bool = False) -> None:
    """Serves until SIGTERM or SIGINT, then finishes what is at work.

    Raises:
        SettingError: the address is not loopback and `public` was not asked for, or it cannot be bound.
    """
    check_address(settings.host, public=public)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a flood of connections is refused by us, in words
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(settings), host=settings.host, port=settings.port, http=_patient(settings.receive_seconds),
            ws="none", proxy_headers=False, access_log=False, log_config=None, log_level="warning", server_header=False,
            timeout_keep_alive=int(settings.receive_seconds), timeout_graceful_shutdown=settings.shutdown_seconds,
        )
    )  # fmt: skip
    # uvicorn raises the signal again once it is down; being told to stop is no failure
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    try:
        server.run()
    except SystemExit as ended:
        raise SettingError(
            f"cannot listen on {settings.host}:{settings.port}", hint="is it in use? choose another with --port"
        ) from ended


def check_address(host: str, *, public: bool) -> None:
    """Refuses an address that others can reach, unless it was asked for: the server knows no users."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not public:
        raise SettingError(
            f"{host} can be reached from other machines, and the server asks nobody who they are",
            hint="leave out --host, or add --public behind a firewall",
        )


def _patient(seconds: float) -> type[asyncio.Protocol]:
    """uvicorn's protocol with an end to its patience: it would wait for the rest of a request's headers for ever."""

    class Patient(HttpToolsProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.header_bytes = 0
            self.waiting: asyncio.TimerHandle | None = self.loop.call_later(seconds, transport.abort)

        def data_received(self, data: bytes) -> None:
            if self.waiting is None and self.cycle.response_complete:
                self.waiting = self.loop.call_later(seconds, self.transport.abort)
            self.header_bytes += len(data)
            super().data_received(data)
            if self.waiting is not None and self.header_bytes > HEADER_BYTES:
                self.transport.abort()

        def on_headers_complete(self) -> None:
            self._stop_waiting()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _stop_waiting(self) -> None:
            self.header_bytes = 0
            if self.waiting is not None:
                self.waiting.cancel()
                self.waiting = None

    return Patient
