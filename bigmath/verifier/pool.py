"""Explanations for many callers at once: one queue before a few warm worker processes, each driven by one thread.

Pairs go to quick lanes first, which leave SymPy alone; what they cannot decide goes on to a few slow lanes, the only
ones where a pair may hold its process for seconds. So a hostile text delays other undecided pairs and nothing else.
"""

import math
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import groupby

from bigmath.sandbox import WorkerDied, WorkerTimeout
from bigmath.verifier.judge import Explanation, undecided
from bigmath.verifier.many import PAIR_SECONDS, Lane
from bigmath.verifier.policy import Policy, Verdict

SLICE = 16
"""Pairs a quick lane takes at once: enough that its pipe costs little, few enough that a batch spreads over lanes."""
ASKS_SYMPY = ("1", r"\lim_{x\to 0} \frac{\sin x}{x}")
"""A pair that the verifier's own arithmetic leaves undecided: asked of a slow lane until SymPy has loaded."""

Item = tuple[str, str, Policy]
"""Gold, reply and policy."""


@dataclass(slots=True)
class _Request:
    explanations: list[Explanation | None]
    left: int
    done: "Future[list[Explanation]]" = field(default_factory=Future)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, place: int, explanation: Explanation) -> bool:
        """Keeps one explanation; true with the last."""
        with self.lock:
            self.explanations[place] = explanation
            self.left -= 1
            return self.left == 0


@dataclass(frozen=True, slots=True)
class _Work:
    request: _Request
    places: Sequence[int]
    pairs: Sequence[tuple[str, str]]
    policy: Policy
    until: float


_Queue = queue.SimpleQueue[_Work | None]


class Pool:
    """Lanes and their queues. Safe in threads; the processes start with it and end with `close`."""

    def __init__(
        self,
        *,
        quick: int,
        slow: int,
        pair_seconds: float = PAIR_SECONDS,
        slow_seconds: float = math.inf,
        restart_seconds: float = 5.0,
    ) -> None:
        self.slow_seconds = slow_seconds
        """Longest from the moment that a pair is found undecided; past it the pair is TIMEOUT."""
        self.restart_seconds = restart_seconds
        """Longest pause before a process that keeps ending is started again; it doubles from a tenth of a second."""
        self.answered = 0
        """Pairs explained since the start."""
        self._asked = 0
        self._count = threading.Lock()
        self._queues: tuple[_Queue, _Queue] = (queue.SimpleQueue(), queue.SimpleQueue())
        self._closing = threading.Event()
        self._ready: set[Lane] = set()
        self._quick = max(1, quick)
        self._lanes = [(Lane(seconds=pair_seconds), number >= quick) for number in range(quick + slow)]
        self._threads = [threading.Thread(target=self._drive, args=lane, daemon=True) for lane in self._lanes]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Pairs accepted and not yet explained."""
        return self._asked - self.answered

    @property
    def ready(self) -> int:
        """Quick lanes whose process has loaded."""
        return sum(1 for lane, slow in self._lanes if lane in self._ready and not slow)

    @property
    def ended(self) -> int:
        """How often a process was killed at its limit, or died."""
        return sum(lane.ended for lane, _ in self._lanes)

    def explain(self, items: Sequence[Item], *, seconds: float) -> "Future[list[Explanation]]":
        """One explanation an item, in order; those not reached in `seconds` are TIMEOUT. The future never fails."""
        request, until = _Request([None] * len(items), len(items)), time.monotonic() + seconds
        with self._count:
            self._asked += len(items)
        for policy, alike in groupby(enumerate(items), key=lambda item: item[1][2]):
            part = list(alike)
            for start in range(0, len(part), SLICE):
                slice_ = part[start : start + SLICE]
                pairs = [(gold, reply) for _, (gold, reply, _) in slice_]
                self._queues[0].put(_Work(request, [place for place, _ in slice_], pairs, policy, until))
        if not items:
            request.done.set_result([])
        return request.done

    def _drive(self, lane: Lane, slow: bool) -> None:
        pause = 0.0
        self._warm(lane, slow)
        work = self._queues[slow].get()
        while work is not None:
            works, following = ([work], None) if slow else self._share(work)
            ended = lane.ended
            self._judge(lane, works, slow=slow)
            if lane.ended != ended:
                # bounds how often processes are started, whatever the texts
                pause = min(self.restart_seconds, max(0.1, 2 * pause))
                self._ready.discard(lane)
                self._closing.wait(pause)
                if not self._closing.is_set():
                    self._warm(lane, slow)
            else:
                pause = 0.0
            work = following or self._queues[slow].get()
        lane.stop()

    def _share(self, first: _Work) -> tuple[list[_Work], _Work | None]:
        """With the first this quick lane's share of what waits, as far as it is of the same policy and small: one trip
        to the process and back for all of it. Then what was taken from the queue and does not go with them."""
        works, pairs = [first], len(first.pairs)
        for _ in range(self._queues[0].qsize() // self._quick):
            try:
                work = self._queues[0].get_nowait()
            except queue.Empty:
                break
            if work is None:  # another lane's word to end
                self._queues[0].put(work)
                break
            pairs += len(work.pairs)
            if work.policy != first.policy or pairs > SLICE:
                return works, work
            works.append(work)
        return works, None

    def _judge(self, lane: Lane, works: Sequence[_Work], *, slow: bool) -> None:
        asked = works[0].policy
        policy = asked if slow else replace(asked, tail=False)
        placed = [(work, place, pair) for work in works for place, pair in zip(work.places, work.pairs, strict=True)]
        explanations = lane.explain([pair for _, _, pair in placed], policy, until=min(one.until for one in works))
        for (work, place, pair), explanation in zip(placed, explanations, strict=True):
            if not slow and asked.tail and undecided(explanation):
                until = min(work.until, time.monotonic() + self.slow_seconds)
                self._queues[1].put(_Work(work.request, [place], [pair], asked, until))
                continue
            with self._count:
                self.answered += 1
            if work.request.tell(place, explanation):
                known = [one for one in work.request.explanations if one is not None]
                work.request.done.set_result(known)

    def _warm(self, lane: Lane, slow: bool) -> None:
        try:
            lane.warm()
        except (WorkerTimeout, WorkerDied):
            return  # the next pair tries again
        if slow:  # SymPy takes longer to load than one question may take; a pair that waits goes first
            until = time.monotonic() + 20.0
            while time.monotonic() < until and self._queues[1].empty() and not self._closing.is_set():
                if [one.verdict for one in lane.explain([ASKS_SYMPY])] != [Verdict.TIMEOUT]:
                    break
        self._ready.add(lane)

    def close(self, *, seconds: float = 2.0) -> None:
        """Ends the lanes after the pairs they are at, or after so many seconds."""
        self._closing.set()
        for _, slow in self._lanes:
            self._queues[slow].put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for lane, _ in self._lanes:
            lane.stop()
