"""What a process and all it started hold in memory, read from /proc; zero where there is none."""

import os
import time
from pathlib import Path


def family(pid: int) -> set[int]:
    """The process and its descendants, also those in sessions of their own."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked
    found, size = {pid}, 0
    while size != len(found):
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def resident(pids: set[int]) -> int:
    """Bytes resident in these processes, pages they share counted in each."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            continue
    return total


def cpu_seconds(pids: set[int]) -> float:
    """Processor seconds these processes have used so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        except (OSError, ValueError, IndexError):
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def alive(pids: set[int]) -> set[int]:
    """Those that still run and are no zombies."""
    running = set()
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                running.add(pid)
        except (OSError, IndexError):
            continue
    return running


def left(pids: set[int], *, seconds: float = 5.0) -> set[int]:
    """Those that still run after so many seconds: a worker looks for its parent once a second."""
    until = time.monotonic() + seconds
    while (running := alive(pids)) and time.monotonic() < until:
        time.sleep(0.1)
    return running
