"""The server's limits, in one place. Past them a request is refused or an item left unjudged; nothing is computed."""

import os
from dataclasses import dataclass, field


def _cores() -> int:
    return max(2, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one server accepts, and how long it waits."""

    host: str = "127.0.0.1"
    port: int = 8321
    workers: int = field(default_factory=_cores)
    """Worker processes for what the verifier's own arithmetic decides."""
    slow_workers: int = field(default_factory=_cores)
    """Worker processes that may ask SymPy, for what the others leave undecided."""
    body_bytes: int = 256 * 1024
    """Largest request body; past it 413. It holds about a thousand short answers or a dozen long replies."""
    items: int = 1_024
    """Most items of one request; past it 413."""
    gold_characters: int = 4_096
    """Longest reference; the longest of MATH has 158. Past it the item is not judged."""
    reply_characters: int = 131_072
    """Longest reply: about 32,000 tokens. Past it the item is not judged."""
    batches_waiting: int = 4
    """The queue holds this many full requests for each worker, counted in items; past it 429."""
    requests: int = 1_024
    """Most requests at work or waiting; past it 429."""
    receive_seconds: float = 10.0
    """For a client to send its headers, to send its body, and to take its answer."""
    request_seconds: float = 30.0
    """For a request to be judged; items not reached by then are TIMEOUT."""
    pair_seconds: float = 5.0
    """Longest for one pair before its process is killed; the verifier itself stops before two seconds."""
    shutdown_seconds: int = 15
    """How long requests at work may take to finish after SIGTERM."""

    @property
    def waiting_items(self) -> int:
        """Most items in the queue."""
        return self.batches_waiting * self.workers * self.items
