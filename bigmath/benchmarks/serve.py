"""The reward server under load: requests a second, latency, and what floods, slow clients and hostile texts do to it.

The server is a process of its own, started as `python -m assets serve`; client and server share this machine's cores.
Floors: the reward server's limits, as a table of attacks with the answer each must get.
"""

import asyncio
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvloop

from bigmath.benchmarks.load import Load, answer, items, post, send
from bigmath.benchmarks.processes import cpu_seconds, family, left, resident
from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError

REQUESTS = 10_000
HOSTILE = 200
TURNS = 4
CONNECTIONS = 16
SLOWDOWN = 2.0
"""Floor: p99 of good requests among hostile ones, against p99 without."""
GROWTH = 0.10
"""Floor: growth of memory over the load, of the processes that live through it: SymPy's are killed and started anew."""
COST = 1e-3
"""Floor: processor seconds of a request of one item in client, server and workers together. Two cores of which nothing
else takes any then answer 2,000 a second; unlike a rate, it can be seen on a machine that does other work too."""
STALL = 2.5
"""Floor: seconds for a batch with hostile texts: the verifier's two and the way there."""
MARK = "zqxjkv"
"""A word in the texts that no log line may hold."""

GOOD = [
    {"gold": r"\frac{3}{4}", "reply": r"Adding up we get $\frac{6}{8}$, so the answer is $\boxed{\frac{6}{8}}$."},
    {"gold": "42", "reply": r"Therefore the total is $6\cdot 7=\boxed{42}$."},
    {"gold": r"2\sqrt{3}", "reply": r"The side is $\sqrt{12}$. The answer is $\boxed{\sqrt{12}}$."},
    {"gold": r"(1,\infty)", "reply": r"Thus $\boxed{x>1}$."},
    {"gold": "x^2-4", "reply": r"Expanding: $\boxed{(x-2)(x+2)}$"},
    {"gold": "17", "reply": r"Counting all cases gives $\boxed{19}$."},
    {"gold": r"\{1,2,3\}", "reply": r"The solutions are $\boxed{3, 2, 1}$."},
    {"gold": r"\frac{\pi}{6}", "reply": r"So the angle is $\boxed{30^\circ}$ or so. " + "We check every step. " * 60},
]
"""Requests as a trainer sends them: a reference and a reply that ends in a box."""

ATTACKS = [
    "9" * 100_000,
    "{" * 50_000,
    "2^{" * 200 + "2" + "}" * 200,
    "9^{9^{9^{9}}}",
    "(10^9)!!!",
    r"\sum_{n=1}^{10^9} \frac{1}{n^2+1}",
    r"\int_0^1 \frac{\sin(\sin(x^x))}{\Gamma(x+1)^x} dx",
    "__import__('os').system('touch /tmp/planted')",
    r"\frac{" * 3_000,
    "(" + ",".join(str(n) for n in range(5_000)) + ")",
    "x^{1000000}+x^{999999}+1",
    "\x00\ud800\u202e" * 50,
]
"""Answers that hang, exhaust or hijack a naive grader, one of each kind."""


def run(say: Callable[[str], None] = lambda line: None) -> Result:
    """Starts a server and puts it through all of it, in about a minute."""
    figures: dict[str, Any] = {}
    holds: dict[str, bool] = {}
    with tempfile.TemporaryFile() as log:
        with _server(log) as (server, port):
            uvloop.run(_all(server, port, figures, holds, say))
        log.seek(0)
        text = log.read().decode(errors="replace")
    holds["no text of a request in the log"] = MARK not in text
    return Result("serve", figures, holds)


@contextmanager
def _server(log: Any) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "assets", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
    try:
        yield server, port
    finally:
        if server.poll() is None:
            server.terminate()
        server.wait(30)


async def _all(
    server: "subprocess.Popen[bytes]",
    port: int,
    figures: dict[str, Any],
    holds: dict[str, bool],
    say: Callable[[str], None],
) -> None:
    await _until_ready(server, port)
    rng = random.Random(0)
    good = [items(GOOD[index % len(GOOD)]) for index in range(REQUESTS // TURNS)]
    await send(port, [*good[:1_000], *map(_hostile, ATTACKS * 2)], connections=CONNECTIONS)  # every worker has loaded
    before = family(server.pid)
    held = {pid: resident({pid}) for pid in before}

    base, among = Load(), Load()
    spent = [0.0, 0.0, 0.0]
    attacks = iter(ATTACKS * HOSTILE)
    for turn in range(TURNS):  # by turns, so that both see the same machine
        say(f"{len(good):,} requests of one item, then as many with hostile ones among them: {turn + 1}/{TURNS}")
        began = _spent(server.pid, before)
        base += await send(port, good, connections=CONNECTIONS)
        spent = [
            so_far + now - then for so_far, now, then in zip(spent, _spent(server.pid, before), began, strict=True)
        ]
        places = frozenset(rng.sample(range(len(good) + HOSTILE // TURNS), HOSTILE // TURNS))
        mixed = [
            _hostile(next(attacks)) if place in places else good[place % len(good)]
            for place in range(len(good) + HOSTILE // TURNS)
        ]
        among += await send(port, mixed, connections=CONNECTIONS, marked=places)
    _show(figures, "alone", base)
    for whose, seconds in zip(("client", "server", "workers"), spent, strict=True):
        figures[f"processor_microseconds_{whose}"] = round(1e6 * seconds / len(base.seconds))
    holds[f"a request of one item costs at most {1e3 * COST:g} ms of processor time, the client's included"] = sum(
        spent
    ) <= COST * len(base.seconds)
    _show(figures, "among_hostile", among)
    figures["slowest_hostile_seconds"] = round(max(among.marked), 2)
    ratio = among.quantile(0.99) / base.quantile(0.99)
    figures["p99_ratio"] = round(ratio, 2)
    holds[f"p99 of good requests among hostile ones at most {SLOWDOWN:g} times that without"] = ratio <= SLOWDOWN
    holds["every request answered"] = set(base.statuses) == set(among.statuses) == {200}

    say("batches")
    batch = [items(*(GOOD[index % len(GOOD)] for index in range(64)))] * 100
    batches = await send(port, batch, connections=4)
    figures["items_per_second_in_batches_of_64"] = round(64 * batches.rate)
    await _hostile_batch(port, figures, holds)
    stayed = before & family(server.pid)
    growth = resident(stayed) / max(1, sum(held[pid] for pid in stayed)) - 1
    figures["memory_gb"] = round(resident(family(server.pid)) / 2**30, 2)
    figures["memory_growth"] = round(growth, 3)
    holds[f"the server and the workers that stay grow by at most {GROWTH:.0%}"] = growth <= GROWTH

    say("bodies of 10 MB")
    large = await send(port, [post(b"[" + b'"' + b"a" * 10_000_000 + b'"]')] * 20, connections=4)
    holds["a body of 10 MB gets 413"] = set(large.statuses) == {413}

    say("slow clients")
    await _slow_clients(port, good, figures, holds)

    say("a flood")
    flood = await send(port, [items(*(GOOD[n % len(GOOD)] for n in range(1_000)))] * 400, connections=200)
    figures["flood_statuses"] = {str(status): count for status, count in sorted(flood.statuses.items())}
    holds["a flood gets 200 or 429 with Retry-After"] = (
        set(flood.statuses) == {200, 429} and flood.retry_after == flood.statuses[429]
    )
    after = await send(port, good[:1_000], connections=CONNECTIONS)
    holds["good requests are answered after the flood"] = set(after.statuses) == {200}

    say("SIGTERM with requests at work")
    await _stop(server, port, holds)


def _hostile(attack: str) -> bytes:
    return items({"gold": "42", "reply": f"{MARK} \\boxed{{{attack}}}"})


def _spent(server: int, processes: set[int]) -> tuple[float, float, float]:
    """Processor seconds so far: of this process, of the server, of its workers."""
    return time.process_time(), cpu_seconds({server}), cpu_seconds(processes - {server})


def _show(figures: dict[str, Any], name: str, load: Load) -> None:
    figures[f"requests_per_second_{name}"] = round(load.rate)
    figures[f"p50_ms_{name}"] = round(1e3 * load.quantile(0.5), 2)
    figures[f"p99_ms_{name}"] = round(1e3 * load.quantile(0.99), 2)


async def _get(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode())
    status, _, body = await answer(reader)
    writer.close()
    return status, body


async def _until_ready(server: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            raise BigMathError(f"the server ended with {server.returncode} before it was ready")
        try:
            if (await _get(port, "/health"))[0] == 200:
                return
        except OSError:
            pass
        await asyncio.sleep(0.1)
    raise BigMathError("the server was not ready within 60 s")


async def _hostile_batch(port: int, figures: dict[str, Any], holds: dict[str, bool]) -> None:
    """A batch of good items with every attack in it and one text past the limit: each item gets its own verdict."""
    rows = [dict(GOOD[1]) for _ in range(64)]
    short = [attack for attack in ATTACKS if len(attack) < 20_000]
    for place, attack in enumerate(short):
        rows[5 * place]["reply"] = f"{MARK} \\boxed{{{attack}}}"
    rows[63]["reply"] = "a" * 140_000
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    began = time.perf_counter()
    writer.write(items(*rows))
    status, _, body = await answer(reader)
    seconds = time.perf_counter() - began
    writer.close()
    judged = orjson.loads(body) if status == 200 else []
    hostile = {*range(0, 5 * len(short), 5), 63}
    figures["hostile_batch_seconds"] = round(seconds, 2)
    holds["in a batch a hostile text costs its own verdict only"] = (
        len(judged) == 64
        and all((one["reward"] == 1.0) == (place not in hostile) for place, one in enumerate(judged))
        and judged[63]["error"] == "text_too_long"
    )
    holds[f"a batch with hostile texts takes at most {STALL:g} s"] = seconds <= STALL


async def _slow_clients(port: int, good: list[bytes], figures: dict[str, Any], holds: dict[str, bool]) -> None:
    """Half of the slow clients never finish their headers, half never finish their body."""

    async def trickle(head: bytes) -> float:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        while time.perf_counter() - began < 30 and not writer.is_closing():
            try:
                writer.write(b"a")
                if await asyncio.wait_for(reader.read(1_000), 1.0) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        writer.close()
        return time.perf_counter() - began

    heads = [b"POST /verify HTTP/1.1\r\nx-slow: ", post(b"a" * 1_000)[:-900]]
    slow = asyncio.gather(*(trickle(heads[index % 2]) for index in range(100)))
    await asyncio.sleep(0.5)
    beside = await send(port, good[:2_000], connections=CONNECTIONS)
    longest = max(await slow)
    figures["p99_ms_beside_100_slow_clients"] = round(1e3 * beside.quantile(0.99), 2)
    figures["slow_client_cut_after_seconds"] = round(longest, 1)
    holds["slow clients are cut, and good requests answered beside them"] = longest < 15 and set(beside.statuses) == {
        200
    }


async def _stop(server: "subprocess.Popen[bytes]", port: int, holds: dict[str, bool]) -> None:
    workers = family(server.pid) - {server.pid}
    under_way = asyncio.create_task(send(port, [items(*GOOD * 100)] * 4, connections=4))
    while not re.search(rb'"waiting":[1-9]', (await _get(port, "/health"))[1]):
        await asyncio.sleep(0.01)
    server.send_signal(signal.SIGTERM)
    load = await under_way
    status = await asyncio.to_thread(server.wait, 30)
    holds["on SIGTERM requests at work are answered, and the exit code is 0"] = (
        set(load.statuses) == {200} and status == 0
    )
    holds["no worker is left behind"] = not left(workers)
