"""The whole job without models, as a user runs it: wall seconds and peak memory of a fresh run, seconds of a second one
that finds everything finished, and whether a run into another folder gives the same bytes.

Each run is a process of its own, started as `python -m assets`; memory is that of it and its worker processes together,
looked at every tenth of a second (where there is no /proc: of its largest process alone).
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError
from bigmath.runs import table3
from bigmath.store import Warehouse

SECONDS = 120.0
"""Floor: wall seconds of the whole job on the mirror of about 85,000 rows, on 2 cores."""
GIGABYTES = 2.0
"""Floor: peak resident memory of all its processes together."""


@dataclass(frozen=True)
class Timed:
    """One run: wall seconds, peak resident memory in GiB."""

    seconds: float
    gigabytes: float


def run(hub: str = "sample", profile: str = "default", say: Callable[[str], None] = lambda line: None) -> Result:
    """Runs the job three times over the data at `hub`."""
    with tempfile.TemporaryDirectory() as scratch:
        one, two = Path(scratch) / "one", Path(scratch) / "two"
        say("a fresh run")
        fresh = _timed(one, hub, profile)
        say("the same run again, finding its work finished")
        again = _timed(one, hub, profile)
        say("a fresh run into another folder")
        _timed(two, hub, profile)
        first, second = Warehouse.open(one), Warehouse.open(two)
        ours, theirs = first.current(), second.current()
        assert ours is not None
        assert theirs is not None
        counts = table3(ours)
        identical = ours == theirs and not first.damages() and not second.damages()
        rows = int(counts["original"].sum())
        adds_up = all(
            sum(output.rows for output in ours.tables[whole])
            == sum(output.rows for part in parts for output in ours.tables[part])
            for whole, parts in (("problems", ("base", "rejected")), ("base", ("strict", "strict_rejected")))
        )
    figures = {
        "rows": rows,
        "profile": profile,
        "seconds": round(fresh.seconds, 1),
        "peak_gb": round(fresh.gigabytes, 2),
        "rows_per_second": round(rows / fresh.seconds),
        "seconds_when_finished_before": round(again.seconds, 1),
        "table3": counts.to_dicts(),
    }
    holds = {
        f"at most {SECONDS:.0f} s": fresh.seconds <= SECONDS,
        f"at most {GIGABYTES:.0f} GB": fresh.gigabytes <= GIGABYTES,
        "two runs give the same bytes": identical,
        "rows in = kept + rejected": adds_up,
    }
    return Result("job", figures, holds)


def _timed(warehouse: Path, hub: str, profile: str) -> Timed:
    command = [sys.executable, "-m", "assets", "run", "--warehouse", str(warehouse), "--hub", hub, "--profile", profile]
    started = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
        peak = 0
        while child.poll() is None:
            peak = max(peak, _resident(child.pid))
            time.sleep(0.1)
        if child.returncode:
            errors.seek(0)
            raise BigMathError(f"the run failed: {errors.read().decode(errors='replace')[-500:]}")
    seconds = time.monotonic() - started
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return Timed(seconds, (peak or largest) / 2**30)


def _resident(session: int) -> int:
    """Bytes resident in all processes of a session, pages they share counted in each; 0 where there is no /proc."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                total += int((process / "statm").read_text().split()[1]) * resource.getpagesize()
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked
    return total
