"""The whole job on a local Ray of two worker processes, one killed in mid-run, beside the job in one process.

Ray is an extra. On one machine it can at best use its cores; what it has to show is that the tables are the same.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bigmath.benchmarks.processes import family
from bigmath.benchmarks.scale import Spent, timed_run
from bigmath.errors import MissingExtraError
from bigmath.store import Warehouse

WORKERS = 2
SEEN = 3
"""The worker is killed when one was seen at work for the so-manieth time."""


def run(
    mirror: Path, scratch: Path, figures: dict[str, Any], holds: dict[str, bool], say: Callable[[str], None]
) -> None:
    """Both runs, and what became of their tables.

    Raises:
        MissingExtraError: Ray is not installed.
        BigMathError: a run failed.
    """
    try:
        import ray  # noqa: PLC0415 # optional
    except ImportError as error:
        raise MissingExtraError("the part ray needs the extra bigmath[ray]") from error
    load = round(os.getloadavg()[0], 1)
    say("the whole job in one process")
    alone = timed_run(scratch / "alone", mirror, environment={"BIGMATH_WORKERS": "1", "BIGMATH_ENGINE": "local"})
    say(f"the whole job on Ray with {WORKERS} workers, one of them killed")
    killing = _Killing()
    environment = {"BIGMATH_WORKERS": str(WORKERS), "BIGMATH_ENGINE": "ray", "RAY_ADDRESS": "local"}
    spread = timed_run(scratch / "ray", mirror, environment=environment, meanwhile=killing)
    versions = [Warehouse.open(scratch / name, create=False).current() for name in ("alone", "ray")]
    assert versions[0] is not None  # the run ended well
    figures["ray"] = {
        "problems": sum(output.rows for output in versions[0].tables["problems"]),
        "load_before": load,
        "workers": WORKERS,
        "version": str(ray.__version__),
        "one_process": _told(alone),
        "on_ray": _told(spread),
        "killed_after_seconds": killing.after,
        "speed_over_one_process": round(alone.wall / spread.wall, 2),
    }
    holds["a worker of Ray was killed in mid-run"] = killing.after is not None
    # a version names every file with its SHA-256
    holds["the tables made on Ray are those of one process"] = versions[0] == versions[1]


def _told(spent: Spent) -> dict[str, float]:
    return {"wall_seconds": round(spent.wall, 1), "peak_gb": round(spent.peak / 2**30, 2)}


class _Killing:
    """Asked again and again with the run's process: kills one of Ray's workers, at work, once."""

    def __init__(self) -> None:
        self.after: float | None = None
        self._began = time.monotonic()
        self._seen = 0

    def __call__(self, pid: int) -> None:
        if self.after is not None:
            return
        working = [one for one in family(pid) if _title(one).startswith("ray::run")]
        self._seen += bool(working)
        if self._seen >= SEEN:
            os.kill(working[0], signal.SIGKILL)
            self.after = round(time.monotonic() - self._began, 1)


def _title(pid: int) -> str:
    """What a process calls itself; Ray's workers tell the task they are at."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
