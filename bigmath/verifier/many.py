"""Verdicts for many pairs: JSON lines, Polars columns, and batches over worker processes.

Order is kept. A worker that dies or overruns its time costs the one pair it was at, which gets ERROR or TIMEOUT; the
rest of its batch goes to a fresh worker.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any, TypeVar

from bigmath.sandbox import NotReached, Worker, WorkerTimeout, each
from bigmath.verifier.judge import Explanation, explain, verify
from bigmath.verifier.policy import DEFAULT, VERIFIER_VERSION, Policy, Verdict

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")

PAIR_SECONDS = 5.0
"""Kill a worker that sits longer on one pair; `verify` itself stays below two seconds on an idle machine."""
SMALL = 2_000
"""Up to this many pairs the start of a worker costs more than it saves."""
BATCH = 1_000


def verify_many(
    pairs: Iterable[tuple[str, str]],
    *,
    policy: Policy = DEFAULT,
    workers: int | None = None,
    seconds: float = PAIR_SECONDS,
) -> list[Verdict]:
    """The verdict of each (gold, reply), in order.

    `workers` is the number of processes, by default one a core; 0 works in this process, as fewer than 2,000 pairs do
    by default. `seconds` bounds one pair. May be called from several threads; each call has its own workers.
    """
    rows = list(pairs)
    workers = _workers_for(rows, workers)
    if workers == 0:
        return [verify(gold, reply, policy=policy) for gold, reply in rows]
    return _spread(rows, workers, lambda batches: _verdicts(batches, policy, seconds))


def explain_many(
    pairs: Iterable[tuple[str, str]],
    *,
    policy: Policy = DEFAULT,
    workers: int | None = None,
    seconds: float = PAIR_SECONDS,
) -> list[Explanation]:
    """As `verify_many`, with the answer that was found in each reply and what decided."""
    rows = list(pairs)
    workers = _workers_for(rows, workers)
    if workers == 0:
        return [explain(gold, reply, policy=policy) for gold, reply in rows]
    return _spread(rows, workers, lambda batches: _explanations(batches, policy, seconds))


def _workers_for(rows: Sequence[tuple[str, str]], workers: int | None) -> int:
    if workers is not None:
        return workers
    return 0 if len(rows) < SMALL else os.cpu_count() or 1


def _spread(
    rows: Sequence[tuple[str, str]], workers: int, work: Callable[[Sequence[Sequence[tuple[str, str]]]], list[list[T]]]
) -> list[T]:
    """What `work` gives for the batches of each lane, one lane a worker, in the order of the rows."""
    size = max(1, min(BATCH, -(-len(rows) // workers)))
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    lanes = [batches[lane::workers] for lane in range(min(workers, len(batches)))]
    with ThreadPoolExecutor(max_workers=max(1, len(lanes))) as pool:
        results = list(pool.map(work, lanes))
    return [one for index in range(len(batches)) for one in results[index % workers][index // workers]]


def _explanations(
    batches: Sequence[Sequence[tuple[str, str]]], policy: Policy, seconds: float
) -> list[list[Explanation]]:
    lane = Lane(seconds=seconds)
    try:
        return [list(lane.explain(batch, policy)) for batch in batches]
    finally:
        lane.stop()


def _verdicts(batches: Sequence[Sequence[tuple[str, str]]], policy: Policy, seconds: float) -> list[list[Verdict]]:
    """The batches of one worker, one after the other."""
    lane = Lane(seconds=seconds)
    try:
        return [lane.verdicts(batch, policy) for batch in batches]
    finally:
        lane.stop()


class Lane:
    """One warm worker process that judges batches, one thread at a time; started again after a pair that ends it."""

    def __init__(self, *, seconds: float = PAIR_SECONDS) -> None:
        self.seconds = seconds
        self.ended = 0
        """How often the process was killed at its deadline or died."""
        self._worker = Worker(__name__)

    def warm(self) -> None:
        """Starts the process and waits until it has loaded. Raises `WorkerTimeout` or `WorkerDied`."""
        self._worker.start()

    def verdicts(self, pairs: Sequence[tuple[str, str]], policy: Policy = DEFAULT) -> list[Verdict]:
        """One verdict a pair, in order. Never raises."""
        return [
            _stopped(answer) if isinstance(answer, Exception) else Verdict(answer)
            for answer in each(self._worker, pairs, self.seconds, policy=asdict(policy), explained=False)
        ]

    def explain(
        self, pairs: Sequence[tuple[str, str]], policy: Policy = DEFAULT, *, until: float = math.inf
    ) -> Iterator[Explanation]:
        """One explanation a pair, in order, as soon as it is known. Never raises; to be read to its end.

        Past `until`, a time of `time.monotonic`, pairs are TIMEOUT.
        """
        asked = each(self._worker, pairs, self.seconds, until=until, policy=asdict(policy), explained=True)
        for answer in asked:
            if not isinstance(answer, Exception):
                yield Explanation(Verdict(answer[0]), *answer[1:])
                continue
            self.ended += not isinstance(answer, NotReached)
            verdict = _stopped(answer)
            rule = "stopped at its limit" if verdict is Verdict.TIMEOUT else "the worker died"
            yield Explanation(verdict, "", None, None, "", "", rule)

    def stop(self) -> None:
        """Ends the process; the next batch starts another."""
        self._worker.stop()


def _stopped(failure: Exception) -> Verdict:
    return Verdict.TIMEOUT if isinstance(failure, WorkerTimeout) else Verdict.ERROR


def warm() -> None:
    """One verdict that loads FLINT."""
    verify(r"\sqrt{2}", r"\frac{2}{\sqrt{2}}")


def answer(request: dict[str, Any]) -> Iterator[Any]:
    """In the worker: one verdict or one explanation a pair, sent as soon as it is known."""
    policy = Policy(**request["policy"])
    for gold, reply in request["items"]:
        yield (
            astuple(explain(gold, reply, policy=policy)) if request["explained"] else verify(gold, reply, policy=policy)
        )


def verify_table(
    golds: "pl.Series", replies: "pl.Series", *, policy: Policy = DEFAULT, workers: int | None = None
) -> "pl.Series":
    """Verdict names for two columns of texts, row by row; a missing text on either side is UNPARSED.

    As an expression:
    `pl.struct("answer", "reply").map_batches(lambda s: verify_table(s.struct[0], s.struct[1]), pl.String)`.
    """
    import polars as pl  # noqa: PLC0415 - one pair needs no Polars

    pairs = [(gold or "", reply or "") for gold, reply in zip(golds, replies, strict=True)]
    verdicts = verify_many(pairs, policy=policy, workers=workers)
    return pl.Series("verdict", [str(verdict) for verdict in verdicts], dtype=pl.String)


def verify_lines(lines: Iterable[str], *, policy: Policy = DEFAULT) -> Iterator[dict[str, Any]]:
    """One result a JSON line with `gold` and `pred`, in order: `verdict`, `version`, and the line's `id` if any.

    A line that is no such object gets UNPARSED and an `error` that says what is wrong with it; blank lines are skipped.
    """
    import json  # noqa: PLC0415 - the standard reader keeps lone surrogates, which model output contains

    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            gold, reply = row["gold"], row["pred"]
            if not isinstance(gold, str) or not isinstance(reply, str):
                raise TypeError("gold and pred must be texts")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"no field {error}" if isinstance(error, KeyError) else str(error)
            yield {"verdict": str(Verdict.UNPARSED), "version": VERIFIER_VERSION, "error": f"line {number}: {what}"}
            continue
        result = {"verdict": str(verify(gold, reply, policy=policy)), "version": VERIFIER_VERSION}
        yield result | ({"id": row["id"]} if "id" in row else {})
