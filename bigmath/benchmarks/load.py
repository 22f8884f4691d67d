"""A small HTTP client for load: keep-alive connections over asyncio, so light that the server stays the slow part."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

UNANSWERED = 0
"""Status of a request whose connection ended without an answer."""


@dataclass
class Load:
    """What came back: status counts, seconds of each answered request, in the order they ended."""

    seconds: list[float] = field(default_factory=list)
    marked: list[float] = field(default_factory=list)
    """Seconds of the requests whose place was marked, kept apart."""
    statuses: Counter[int] = field(default_factory=Counter)
    retry_after: int = 0
    """Answers 429 that say when to come back."""
    wall: float = 0.0

    def __iadd__(self, other: "Load") -> "Load":
        self.seconds += other.seconds
        self.marked += other.marked
        self.statuses += other.statuses
        self.retry_after += other.retry_after
        self.wall += other.wall
        return self

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the unmarked requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def rate(self) -> float:
        """Answers a second."""
        return (len(self.seconds) + len(self.marked)) / max(self.wall, 1e-9)


def post(body: bytes, path: str = "/verify") -> bytes:
    """The bytes of one request."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def items(*rows: object) -> bytes:
    """The bytes of a request for one item, or for a list of them; half surrogates are sent as they are."""
    return post(json.dumps(rows[0] if len(rows) == 1 else rows).encode())


async def send(port: int, requests: Sequence[bytes], *, connections: int, marked: frozenset[int] = frozenset()) -> Load:
    """Sends the requests over so many connections, each with one request under way."""
    load, places = Load(), iter(range(len(requests)))

    async def lane() -> None:
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        for place in places:
            began = time.perf_counter()
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(requests[place])
                await writer.drain()
                status, headers, _ = await answer(reader)
            except (OSError, asyncio.IncompleteReadError):
                status, headers = UNANSWERED, {}
            (load.marked if place in marked else load.seconds).append(time.perf_counter() - began)
            load.statuses[status] += 1
            load.retry_after += status == 429 and "retry-after" in headers
            if writer is not None and (status == UNANSWERED or headers.get("connection") == "close"):
                writer.close()
                reader = writer = None
        if writer is not None:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(connections)))
    load.wall = time.perf_counter() - began
    return load


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers, body
