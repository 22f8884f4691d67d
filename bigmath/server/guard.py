"""What stands before the routes: body size, slow clients, crowding, and errors that say nothing of the texts.

A refused body is read to its end, unkept, so that the client gets to see its answer instead of a broken pipe.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import orjson

from bigmath.server.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

DRAINED = 64
"""How many times the largest body is read and thrown away before the connection is cut."""
log = logging.getLogger("bigmath.server")


class ClientGone(Exception):  # noqa: N818 - an outcome, not a fault
    """The client went away, or did not take its answer in time."""


class _Refused(Exception):  # noqa: N818 - as above
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Guard:
    """ASGI middleware, outermost."""

    def __init__(self, app: App, settings: Settings, count: Callable[[int], None]) -> None:
        self.app, self.settings, self.count = app, settings, count
        self.at_work = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request, answered whatever happens."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, self.settings.receive_seconds, self.count)
        self.at_work += 1
        crowded = self.at_work > self.settings.requests
        try:
            body = await self._body(scope, receive, kept=not crowded)
            if crowded:
                await answer.refuse(429, "too many requests at work; try again in 1 s", retry=1)
                return
            await self.app(scope, _given(body, receive), answer)
        except _Refused as refused:
            await answer.refuse(refused.status, refused.detail)
        except ClientGone:
            return
        except Exception as error:
            # the kind only: messages of errors quote the texts
            log.error("a request failed: %s", type(error).__name__)
            if not answer.begun:
                await answer.refuse(500, "the server failed; the item was not judged")
        finally:
            self.at_work -= 1

    async def _body(self, scope: MutableMapping[str, Any], receive: Receive, *, kept: bool) -> bytes:
        """The whole body, or nothing of it. Raises `_Refused` where it is too large or too slow."""
        limit = self.settings.body_bytes
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        body, size, large = bytearray(), 0, declared.isdigit() and int(declared) > limit
        try:
            async with asyncio.timeout(self.settings.receive_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    large = large or size > limit
                    if large or not kept:
                        body.clear()
                    else:
                        body += chunk
                    if not message.get("more_body") or size > DRAINED * limit:
                        break
        except TimeoutError:
            seconds = self.settings.receive_seconds
            raise _Refused(413 if large else 408, f"the body did not arrive within {seconds:g} s") from None
        if large:
            raise _Refused(413, f"a body may have {limit:,} bytes; send fewer items, or start with a larger --max-body")
        return bytes(body)


class _Answer:
    """`send`, which counts the status and gives up on a client that does not read."""

    def __init__(self, send: Send, seconds: float, count: Callable[[int], None]) -> None:
        self._send, self._seconds, self._count = send, seconds, count
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self._count(message["status"])
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError:
            raise ClientGone from None

    async def refuse(self, status: int, detail: str, *, retry: int | None = None) -> None:
        body = orjson.dumps({"detail": detail})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        if retry is not None:
            headers.append((b"retry-after", str(retry).encode()))
        try:
            await self({"type": "http.response.start", "status": HTTPStatus(status).value, "headers": headers})
            await self({"type": "http.response.body", "body": body})
        except ClientGone:
            return


def _given(body: bytes, receive: Receive) -> Receive:
    """`receive` for a body that was read already."""
    first = True

    async def again() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
