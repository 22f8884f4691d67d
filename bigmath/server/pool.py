"""A bounded queue of pairs before a few worker processes; each is driven by one thread, so the event loop only waits.

A request is cut into slices that any lane may take, so that one hostile pair delays its own slice and no other.
"""

import asyncio
import math
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bigmath.server.settings import Settings
from bigmath.verifier.judge import Explanation
from bigmath.verifier.many import Lane
from bigmath.verifier.policy import Policy
from bigmath.verifier.sandbox import WorkerDied, WorkerTimeout

SLICE = 16
"""Pairs a lane takes at once: enough that its pipe costs little, few enough that a batch spreads over the lanes."""


class Full(Exception):  # noqa: N818 - an answer, not a fault
    """The queue holds as much as it may."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the queue is full; try again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Work:
    pairs: Sequence[tuple[str, str]]
    policy: Policy
    until: float
    done: "asyncio.Future[list[Explanation]]"


class Pool:
    """Lanes and their queue. Made, used and closed from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.waiting = 0
        """Pairs accepted and not yet answered."""
        self._lanes = [Lane(seconds=settings.pair_seconds) for _ in range(settings.lanes)]
        self._ready: set[int] = set()
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._judged, self._since = 0, time.monotonic()
        self._threads = [
            threading.Thread(target=self._drive, args=(number,), name=f"lane-{number}", daemon=True)
            for number in range(settings.lanes)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def ready(self) -> int:
        """Lanes whose process has loaded."""
        return len(self._ready)

    @property
    def ended(self) -> int:
        """How often a worker process was killed at its limit, or died."""
        return sum(lane.ended for lane in self._lanes)

    async def judge(self, items: Sequence[tuple[str, str, Policy]]) -> list[Explanation]:
        """One explanation for each gold, reply and policy, in order. Raises `Full`, before anything was queued."""
        if self.waiting + len(items) > self.settings.waiting_items:
            raise Full(self._wait())
        self.waiting += len(items)
        until = time.monotonic() + self.settings.request_seconds
        works: list[_Work] = []
        for policy, alike in groupby(items, key=lambda item: item[2]):
            pairs = [(gold, reply) for gold, reply, _ in alike]
            works += [
                _Work(pairs[start : start + SLICE], policy, until, self._loop.create_future())
                for start in range(0, len(pairs), SLICE)
            ]
        for work in works:
            self._queue.put(work)
        try:
            return [one for work in works for one in await work.done]
        finally:  # where the request was given up, what nobody waits for is not judged
            for work in works:
                work.done.cancel()

    def _wait(self) -> int:
        """Whole seconds in which the queue empties at the rate of late, for Retry-After."""
        rate = self._judged / max(1e-3, time.monotonic() - self._since)
        return min(60, max(1, math.ceil(self.waiting / max(rate, 1.0))))

    def _finish(self, work: _Work, explanations: list[Explanation]) -> None:
        self.waiting -= len(work.pairs)
        self._judged += len(work.pairs)
        if time.monotonic() - self._since > 10.0:
            self._judged, self._since = self._judged // 2, time.monotonic() - 5.0
        if not work.done.done():
            work.done.set_result(explanations)

    def _drive(self, number: int) -> None:
        lane, pause = self._lanes[number], 0.0
        self._warm(number)
        while (work := self._queue.get()) is not None:
            ended = lane.ended
            explanations = [] if work.done.done() else list(lane.explain(work.pairs, work.policy, until=work.until))
            if self._loop.is_closed():
                break
            self._loop.call_soon_threadsafe(self._finish, work, explanations)
            if lane.ended == ended:
                pause = 0.0
                continue
            # bounds how often processes are started, whatever the clients send
            pause = min(self.settings.restart_seconds, max(0.1, 2 * pause))
            self._ready.discard(number)
            self._closing.wait(pause)
            self._warm(number)
        lane.stop()

    def _warm(self, number: int) -> None:
        try:
            self._lanes[number].warm()
        except (WorkerTimeout, WorkerDied):
            return  # the next pair tries again
        self._ready.add(number)

    async def close(self) -> None:
        """Ends the lanes after the slices they are at."""
        self._closing.set()
        for _ in self._threads:
            self._queue.put(None)
        await asyncio.gather(*(asyncio.to_thread(thread.join, 2.0) for thread in self._threads))
        for lane in self._lanes:
            lane.stop()
