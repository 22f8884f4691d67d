"""A warm worker process with a memory limit that answers one JSON line per JSON line, and is killed when it overruns.

The worker is started with the interpreter's `-c`, so it works from any thread, under any start method and from scripts
without a main guard. It protects this process from hangs, crashes and memory; it is no security boundary: the worker
has the same rights, and relies on the texts never being evaluated as code.
"""

import json
import math
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO, Any

MEMORY_BYTES = 1 << 30
"""Address space of a worker; SymPy and FLINT need about 300 MB of it."""
START_SECONDS = 20.0
"""Longest wait for a worker to load; the machine may be busy."""


class WorkerTimeout(Exception):  # noqa: N818 - caught by name inside the verifier only
    """The worker was killed at its deadline."""


class NotReached(WorkerTimeout):
    """Time was over before the worker was asked; it still runs."""


class WorkerDied(Exception):  # noqa: N818 - as above
    """The worker ended by itself: out of memory, or killed from outside."""


class Worker:
    """A process that runs `answer` of a module, its task, for each request after `warm`; for one thread at a time."""

    def __init__(self, task: str, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.task = task
        self.memory_bytes = memory_bytes
        self.process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes], int], Worker] | None = None
        self._buffer = b""
        self._ready = False

    def start(self, *, seconds: float = START_SECONDS) -> None:
        """Starts the process, where none runs, and waits until it has loaded.

        Raises `WorkerTimeout` where that takes longer; the process goes on loading, and a later call finds it ready.
        """
        self.launch()
        if not self._ready:
            self._receive(seconds, kill=False)
            self._ready = True

    def launch(self) -> None:
        """Starts the process, where none runs, without waiting for it. Raises `WorkerDied` where it cannot start."""
        if self.process is not None and self.process.poll() is None:
            return
        self.stop()
        code = f"from bigmath import sandbox; sandbox.serve({self.task!r}, {self.memory_bytes}, {os.getpid()})"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONHASHSEED": "0",
        }
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, close_fds=True, start_new_session=True,
            )  # fmt: skip
        except OSError as error:  # no memory or no file descriptor left
            raise WorkerDied(str(error)) from error
        self._end = weakref.finalize(self, _end, self.process, os.getpid())
        self._buffer, self._ready = b"", False

    def send(self, request: Any) -> None:
        """Sends one request; raises `WorkerDied` where the process is gone."""
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise WorkerDied(str(error)) from error

    def receive(self, seconds: float) -> Any:
        """The next answer. Past the deadline the process is killed and `WorkerTimeout` raised."""
        return self._receive(seconds, kill=True)

    def _receive(self, seconds: float, *, kill: bool) -> Any:
        assert self.process is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            try:
                found = left > 0 and select.select([self.process.stdout], [], [], left)[0]
                chunk = os.read(self.process.stdout.fileno(), 1 << 16) if found else None
            except (OSError, ValueError) as error:  # closed by the thread that ends this process
                raise WorkerDied("the process was ended") from error
            if chunk is None:
                if kill:
                    self.stop()
                raise WorkerTimeout(f"no answer in {seconds:g} s")
            if not chunk:
                self.stop()
                raise WorkerDied("the process ended")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def stop(self) -> None:
        """Kills the process, if there is one, and reaps it."""
        process, self.process = self.process, None
        if process is None:
            return
        if self._end is not None:
            self._end.detach()
        _end(process, os.getpid())

    def forget(self) -> None:
        """Drops a process that belongs to the parent of a fork, without touching it."""
        if self._end is not None:
            self._end.detach()
        self.process = None


def each(
    worker: Worker, items: Sequence[Any], seconds: float, *, until: float = math.inf, **shared: Any
) -> Iterator[Any]:
    """The answer to each item, in order, sent in one request with what they share. To be read to its end.

    An item at which the worker overruns its seconds or dies gives that exception; a fresh worker goes on after it.
    Past `until`, a time of `time.monotonic`, items are not asked and give `WorkerTimeout`.
    """
    done = 0
    while done < len(items):
        if time.monotonic() >= until:
            done += 1
            yield NotReached("not reached in time")
            continue
        try:
            worker.start()
            worker.send({"items": items[done:], **shared})
            while done < len(items):
                answer = worker.receive(min(seconds, max(0.0, until - time.monotonic())))
                done += 1
                yield answer
        except (WorkerTimeout, WorkerDied) as failure:
            worker.stop()
            done += 1
            yield failure


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    """Kills and reaps the process of a worker that is stopped, or that nobody holds any more; in a fork of its owner it
    is left alone."""
    if os.getpid() != owner:
        return
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            _close(stream)


def _close(stream: IO[bytes]) -> None:
    with suppress(OSError):  # unsent bytes for a process that is dead already
        stream.close()


def serve(task: str, memory_bytes: int, parent: int) -> None:
    """The worker's main loop: loads the task, says so, then answers line by line until its input closes."""
    import resource  # noqa: PLC0415 - only in the worker, and not on every platform
    from importlib import import_module  # noqa: PLC0415 - only in the worker

    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()  # the parent may end while this loads
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module = import_module(task)
    module.warm()
    answer: Callable[[Any], Iterator[Any]] = module.answer
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    _say(output, "ready")
    for line in sys.stdin.buffer:
        for result in answer(json.loads(line)):
            _say(output, result)


def _end_with(parent: int) -> None:
    """Ends the worker soon after its parent, even in the middle of a computation."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _say(output: IO[bytes], result: Any) -> None:
    output.write(json.dumps(result).encode() + b"\n")
    output.flush()
