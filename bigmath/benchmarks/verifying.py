"""The verifier beside Math-Verify: labelled pairs, realistic pairs for speed, hostile texts, and whether the reference
answers of all sources verify against themselves.

`gold` is a folder with `verify_pairs.jsonl` (gold, pred, equal), `bulk_pairs.jsonl` (the same) and `hostile.jsonl`
(text, or spec = [[part, repeats], ...]; `self` where the text must equal itself). What the folder lacks is made here:
the cases of the tests, pairs from MATH's answers, and our own hostile texts.
"""

import json
import multiprocessing
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigmath import Verdict, answer_kind, explain, verify
from bigmath.benchmarks import hostile, math_verify
from bigmath.benchmarks.report import Result
from bigmath.errors import SettingError, SourceError
from bigmath.hub import Files
from bigmath.source import Source

PARTS = ("pairs", "bulk", "hostile", "self", "start")
OWN = Path(__file__).parents[2] / "tests" / "data"
SPEED_SAMPLE = 1_000
"""Bulk pairs on which Math-Verify is timed; it does a few hundred a second."""
PEER_SECONDS = 60.0
"""Longest wait for Math-Verify on one hostile text: its alarms ring after 5 s a parse, but cannot stop C code."""

Grader = Callable[[str, str], bool]


@dataclass(frozen=True)
class Pair:
    gold: str
    reply: str
    equal: bool


def run(
    sources: Mapping[str, Source],
    files: Files,
    gold: Path | None = None,
    part: str | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Result:
    """Runs the parts asked for, all of them by default, on the labelled cases in `gold` and the answers in `files`.

    Raises:
        SettingError: no such part or folder; Math-Verify is not installed.
    """
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r}; there are: {', '.join(PARTS)}")
    if gold is not None and not gold.is_dir():
        raise SettingError(f"{gold} is no folder; it should hold verify_pairs.jsonl, bulk_pairs.jsonl, hostile.jsonl")
    folder = gold or OWN
    figures: dict[str, Any] = {"peer": f"math-verify {math_verify.available()}"}
    holds: dict[str, bool] = {}
    parts: Mapping[str, Callable[[], tuple[dict[str, Any], dict[str, bool]]]] = {
        "pairs": lambda: _accuracy(labelled(folder)),
        "bulk": lambda: _speed(_bulk(folder, sources["math"], files)),
        "hostile": lambda: _hostile(_hostile_texts(folder)),
        "self": lambda: _self_verification(sources, files),
        "start": _start_up,
    }
    for name in [part] if part else PARTS:
        say(name)
        more, held = parts[name]()
        figures |= more
        holds |= held
    return Result("verify", figures, holds)


# labelled pairs -------------------------------------------------------------------------------------------------------


def _ours(gold: str, reply: str) -> bool:
    return verify(gold, reply) is Verdict.CORRECT


def _accuracy(pairs: Sequence[Pair]) -> tuple[dict[str, Any], dict[str, bool]]:
    scores = {name: _score(grader, pairs) for name, grader in (("ours", _ours), ("peer", math_verify.correct))}
    ours = scores["ours"]
    return {"pairs": len(pairs), "pairs_scores": scores}, {
        "pairs: accuracy at least 0.98": ours["accuracy"] >= 0.98,
        "pairs: false positives at most 0.4 % of unequal pairs": ours["false_positives"] <= 0.004,
        "pairs: false negatives at most 3 % of equal pairs": ours["false_negatives"] <= 0.03,
    }


def _score(grader: Grader, pairs: Sequence[Pair]) -> dict[str, float]:
    said = [grader(pair.gold, pair.reply) for pair in pairs]
    accepted = [one for one, pair in zip(said, pairs, strict=True) if not pair.equal]
    refused = [not one for one, pair in zip(said, pairs, strict=True) if pair.equal]
    return {
        "accuracy": round(1 - (sum(accepted) + sum(refused)) / len(pairs), 4),
        "false_positives": round(statistics.fmean(accepted), 4),
        "false_negatives": round(statistics.fmean(refused), 4),
    }


# realistic pairs, for speed -------------------------------------------------------------------------------------------


def _speed(pairs: Sequence[Pair]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Pairs a CPU second on one core. Ours sees every pair once, in order, in a fresh process; the peer the first."""
    ours_right, ours_seconds = _in_fresh_process(_timed_ours, pairs)
    first = pairs[:SPEED_SAMPLE]
    peer_right, peer_seconds = _in_fresh_process(_timed_peer, first)
    ours, peer = len(pairs) / ours_seconds, len(first) / peer_seconds
    figures = {
        "bulk_pairs": len(pairs),
        "bulk_distinct_pairs": len(set(pairs)),
        "bulk_accuracy": {"ours": round(ours_right / len(pairs), 4), "peer": round(peer_right / len(first), 4)},
        "bulk_pairs_per_cpu_second": {"ours": round(ours), "peer": round(peer)},
        "bulk_ratio": round(ours / peer, 1),
    }
    return figures, {
        "bulk: at least 5,000 pairs a CPU second": ours >= 5_000,
        "bulk: at least 10 times Math-Verify": ours >= 10 * peer,
        "bulk: every pair right": ours_right == len(pairs),
    }


def _timed_ours(pairs: Sequence[Pair]) -> tuple[int, float]:
    return _timed(_ours, pairs)


def _timed_peer(pairs: Sequence[Pair]) -> tuple[int, float]:
    return _timed(math_verify.correct, pairs)


def _timed(grader: Grader, pairs: Sequence[Pair]) -> tuple[int, float]:
    """How many pairs it gets right, and its CPU seconds after what it loads on its first pair."""
    grader("\\sqrt{2}", "$\\frac{2}{\\sqrt{2}}$")
    started = time.process_time()
    right = sum(grader(pair.gold, pair.reply) == pair.equal for pair in pairs)
    return right, time.process_time() - started


# hostile texts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ordeal:
    """How one grader took one hostile text."""

    seconds: float
    is_42: bool
    equals_itself: bool


def _hostile(cases: Sequence[tuple[str, bool]]) -> tuple[dict[str, Any], dict[str, bool]]:
    texts = [text for text, _ in cases]
    ordeals, gigabytes = _in_fresh_process(_suffer_all, texts)
    not_itself = sum(must and not ordeal.equals_itself for ordeal, (_, must) in zip(ordeals, cases, strict=True))
    seconds = [ordeal.seconds for ordeal in ordeals]
    figures = {
        "hostile_texts": len(texts),
        "hostile_worst_seconds": round(max(seconds), 2),
        "hostile_median_ms": round(statistics.median(seconds) * 1_000, 2),
        "hostile_peak_gb": round(gigabytes, 2),
        "hostile_called_42": sum(ordeal.is_42 for ordeal in ordeals),
        "hostile_unequal_to_itself": not_itself,
        "hostile_peer": _peer_ordeal(texts),
    }
    return figures, {
        "hostile: each in at most 2 s": max(seconds) <= 2,
        "hostile: at most 1 GB": gigabytes <= 1,
        "hostile: none is 42": not any(ordeal.is_42 for ordeal in ordeals),
        "hostile: equal to itself where it must be": not not_itself,
        "hostile: the common case under 50 ms": statistics.median(seconds) < 0.05,
    }


def _suffer_all(texts: Sequence[str]) -> tuple[list[Ordeal], float]:
    """Every text, and the peak resident GB of this process or its worker, whichever is larger."""
    ordeals = [_suffer(_ours, text) for text in texts]
    from bigmath.verifier import tail  # noqa: PLC0415 - only to end its worker, whose memory counts once it is reaped

    tail.stop()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return ordeals, peak / 2**20


def _suffer(grader: Grader, text: str) -> Ordeal:
    """The longer of its two questions: is it 42, and is it itself?"""
    started = time.monotonic()
    is_42 = grader("42", text)
    between = time.monotonic()
    itself = grader(text, text)
    return Ordeal(max(between - started, time.monotonic() - between), is_42, itself)


def _suffer_peer(text: str) -> Ordeal:
    return _suffer(math_verify.correct, text)


def _peer_ordeal(texts: Sequence[str]) -> dict[str, float]:
    """Math-Verify on the same texts, each with a deadline, in a process that is replaced when it breaks."""
    slow = killed = called_42 = 0
    pool = _fresh_pool()
    try:
        for text in texts:
            try:
                ordeal = pool.submit(_suffer_peer, text).result(timeout=PEER_SECONDS)
            except (TimeoutError, BrokenProcessPool):
                killed += 1
                _end(pool)
                pool = _fresh_pool()
                continue
            slow += ordeal.seconds > 2
            called_42 += ordeal.is_42
    finally:
        _end(pool)
    return {"over_2_s": slow, "died_or_over_60_s": killed, "called_42": called_42}


def _fresh_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_bound_memory)


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def _end(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(cancel_futures=True)


def _in_fresh_process(work: Callable[[Any], Any], argument: Any) -> Any:
    """Runs it with cold caches, and where its memory and CPU time are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, argument).result()


# reference answers against themselves ---------------------------------------------------------------------------------


def _self_verification(sources: Mapping[str, Source], files: Files) -> tuple[dict[str, Any], dict[str, bool]]:
    """Of each source: how many reference answers there are, what share is CORRECT against itself, and what is not."""
    table: dict[str, dict[str, Any]] = {}
    for name, source in sources.items():
        try:
            answers = [row.answer for row in source.read(files) if row.answer and row.answer.strip()]
        except SourceError:
            continue  # a partial mirror
        failing = [answer for answer in answers if not _ours(answer, answer)]
        kinds = Counter(str(answer_kind(answer)) for answer in failing)
        table[name] = {
            "answers": len(answers),
            "share": round(1 - len(failing) / max(1, len(answers)), 5),
            "compared_as_text": sum(explain(answer, answer).gold_shape == "text" for answer in answers),
            "failing_kinds": dict(kinds.most_common(5)),
            "examples": [answer[:80] for answer in dict.fromkeys(failing)][:5],
        }
    math = table.get("math", {"share": 0.0})
    return {"self_verification": table}, {"self: MATH at least 99.9 %": math["share"] >= 0.999}


# start-up -------------------------------------------------------------------------------------------------------------


def _start_up() -> tuple[dict[str, Any], dict[str, bool]]:
    """Seconds from the start of an interpreter to a first verdict, less those of an empty one; the best of five."""
    empty = min(_interpreter("pass") for _ in range(5))
    first = min(_interpreter("import bigmath; bigmath.verify('1/2', '0.5')") for _ in range(5))
    return {"start_seconds": round(first - empty, 3), "start_seconds_with_interpreter": round(first, 3)}, {
        "start: first verdict within 0.3 s of the interpreter's start": first - empty < 0.3
    }


def _interpreter(code: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - started


# the cases ------------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def labelled(folder: Path) -> list[Pair]:
    """Pairs with a label; those of the tests carry the verdict instead."""
    named = folder / "verify_pairs.jsonl"
    paths = [named] if named.exists() else sorted(folder.glob("verify_cases*.jsonl"))
    if not paths:
        raise SettingError(f"no labelled pairs in {folder}; --gold names a folder with verify_pairs.jsonl")
    rows = [row for path in paths for row in _rows(path)]
    pairs = []
    for row in rows:
        if "unequal" in row:  # grouped: one reference with the replies that are right and wrong
            pairs += [Pair(row["gold"], reply, name == "equal") for name in ("equal", "unequal") for reply in row[name]]
        else:
            pairs.append(Pair(row["gold"], row["pred"], row.get("equal", row.get("verdict") == "CORRECT")))
    return pairs


def _bulk(folder: Path, math: Source, files: Files) -> list[Pair]:
    path = folder / "bulk_pairs.jsonl"
    if path.exists():
        return [Pair(row["gold"], row["pred"], row["equal"]) for row in _rows(path)]
    return _made(sorted({row.answer for row in math.read(files) if row.answer}))


def _made(answers: Sequence[str], count: int = 10_000, seed: int = 0) -> list[Pair]:
    """Realistic pairs from real answers: a third the answer itself, a third respelled, a third another one's answer."""
    rng = random.Random(seed)
    pairs: list[Pair] = []
    while len(pairs) < count:
        gold, other = rng.choice(answers), rng.choice(answers)
        pairs += [Pair(gold, gold, equal=True), Pair(gold, _respelled(gold, rng), equal=True)]
        if answer_kind(gold) != answer_kind(other):
            pairs.append(Pair(gold, other, equal=False))
    return pairs[:count]


def _respelled(answer: str, rng: random.Random) -> str:
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: f"\\boxed{{{text}}}",
        lambda text: f"${text}$",
        lambda text: f" {text} ",
        lambda text: text.replace("\\frac", "\\dfrac"),
        lambda text: text.replace("(", "\\left(").replace(")", "\\right)") if "\\left" not in text else text,
        lambda text: f"Adding both sides, we find that the answer is $\\boxed{{{text}}}$.",
    )
    return rng.choice(ways)(answer)


def _hostile_texts(folder: Path) -> list[tuple[str, bool]]:
    """Each text, and whether it must equal itself."""
    path = folder / "hostile.jsonl"
    if not path.exists():
        return [(text, False) for text in hostile.texts()]
    return [(row.get("text") or _joined(row["spec"]), row.get("self") is True) for row in _rows(path)]


def _joined(spec: Iterable[tuple[str, int]]) -> str:
    return "".join(part * times for part, times in spec)
