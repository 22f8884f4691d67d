"""Verdicts for many pairs: JSON lines, Polars columns, and batches over worker processes.

Order is kept. A worker that dies or overruns its time costs the one pair it was at, which gets ERROR or TIMEOUT; the
rest of its batch goes to a fresh worker.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bigmath.sandbox import Worker, WorkerDied, WorkerTimeout, each
from bigmath.verifier.judge import Explanation, explain, verify
from bigmath.verifier.policy import DEFAULT, VERIFIER_VERSION, Policy, Verdict

if TYPE_CHECKING:
    import polars as pl

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
    return [one if isinstance(one, Verdict) else Verdict(one) for one in _spread(rows, policy, workers, seconds)]


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
    return _explanations(rows, _spread(rows, policy, workers, seconds, explained=True))


class Explainer:
    """One warm worker process that explains batch after batch, for work that grades while it goes on."""

    def __init__(self, *, policy: Policy = DEFAULT, seconds: float = PAIR_SECONDS) -> None:
        self._worker = Worker(__name__)
        self._policy, self._seconds = policy, seconds
        self._worker.launch()  # it loads while the caller does something else

    def explain(self, pairs: Sequence[tuple[str, str]]) -> list[Explanation]:
        """As `explain_many`; one thread at a time."""
        return _explanations(pairs, _batch(self._worker, pairs, self._policy, self._seconds, explained=True))

    def close(self) -> None:
        self._worker.stop()


def _explanations(pairs: Sequence[tuple[str, str]], results: Sequence[Any]) -> list[Explanation]:
    return [
        Explanation(one, gold[:200], None, None, "", "", "the worker was stopped at its deadline or died")
        if isinstance(one, Verdict)
        else Explanation(**{**one, "verdict": Verdict(one["verdict"])})
        for (gold, _), one in zip(pairs, results, strict=True)
    ]


def _workers_for(rows: Sequence[tuple[str, str]], workers: int | None) -> int:
    if workers is not None:
        return workers
    return 0 if len(rows) < SMALL else os.cpu_count() or 1


def _spread(
    rows: Sequence[tuple[str, str]], policy: Policy, workers: int, seconds: float, *, explained: bool = False
) -> list[Any]:
    """What the workers said of each pair, in order; a `Verdict` where a pair cost its worker."""
    size = max(1, min(BATCH, -(-len(rows) // workers)))
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    lanes = [batches[lane::workers] for lane in range(min(workers, len(batches)))]
    with ThreadPoolExecutor(max_workers=max(1, len(lanes))) as pool:
        results = list(pool.map(lambda lane: _lane(lane, policy, seconds, explained=explained), lanes))
    return [one for index in range(len(batches)) for one in results[index % workers][index // workers]]


def _lane(
    batches: Sequence[Sequence[tuple[str, str]]], policy: Policy, seconds: float, *, explained: bool
) -> list[list[Any]]:
    """The batches of one worker, one after the other."""
    worker = Worker(__name__)
    try:
        return [_batch(worker, batch, policy, seconds, explained=explained) for batch in batches]
    finally:
        worker.stop()


def _batch(
    worker: Worker, pairs: Sequence[tuple[str, str]], policy: Policy, seconds: float, *, explained: bool
) -> list[Any]:
    return [_result(one) for one in each(worker, pairs, seconds, policy=asdict(policy), explained=explained)]


def _result(answer: Any) -> Any:
    if isinstance(answer, WorkerTimeout):
        return Verdict.TIMEOUT
    return Verdict.ERROR if isinstance(answer, WorkerDied) else answer


def warm() -> None:
    """One verdict that loads FLINT."""
    verify(r"\sqrt{2}", r"\frac{2}{\sqrt{2}}")


def answer(request: dict[str, Any]) -> Iterator[Any]:
    """In the worker: one verdict or explanation a pair, sent as soon as it is known."""
    policy = Policy(**request["policy"])
    for gold, reply in request["items"]:
        if request["explained"]:
            yield asdict(explain(gold, reply, policy=policy))
        else:
            yield str(verify(gold, reply, policy=policy))


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
