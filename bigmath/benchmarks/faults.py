"""Faults over the whole job: `kill -9` at random points, two runs at once, damaged files, readers, full disks.

Each run is a process of its own. A clean run into another folder says what has to come out: after any fault the same
command goes on, and every table's files must have the SHA-256 of the clean run's: no row lost, doubled or changed.
After each kill a reader opens the warehouse and must find nothing, or a whole version.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bigmath.benchmarks.report import Result
from bigmath.errors import BigMathError, SettingError
from bigmath.outputs import Version
from bigmath.store import Warehouse

KILLS = 100
SECONDS = 600.0
"""A run that takes longer hangs."""
FILE_BYTES = 60_000
"""The full disk: no file may grow beyond this."""

Command = Callable[[Path], Sequence[str]]
"""The command line of a run into a warehouse."""
Say = Callable[[str], None]


@dataclass
class Outcome:
    """Figures and criteria of the parts that were run."""

    figures: dict[str, Any] = field(default_factory=dict)
    holds: dict[str, bool] = field(default_factory=dict)


def run(command: Command, part: str | None, kills: int, say: Say, *, seed: int = 10) -> Result:
    """Runs all parts, or one of `PARTS`."""
    if part is not None and part not in PARTS:
        raise SettingError(f"no part {part!r} of the benchmark faults; there are: {', '.join(PARTS)}")
    out = Outcome()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        say("a clean run, twice: the first also compiles")
        _finish(command, folder / "first")
        started = time.monotonic()
        _finish(command, folder / "clean")
        clean_seconds = time.monotonic() - started
        clean = _published(folder / "clean")
        out.figures |= {"clean_seconds": round(clean_seconds, 1), "rows": _rows(clean), "seed": seed}
        trial = Trial(command, folder, clean, clean_seconds, kills, random.Random(seed), say)
        for name in [part] if part else PARTS:
            say(f"part {name}")
            PARTS[name](trial, out)
    return Result("faults", out.figures, out.holds)


@dataclass(frozen=True)
class Trial:
    """What every part is given."""

    command: Command
    folder: Path
    clean: Version
    clean_seconds: float
    kills: int
    rng: random.Random
    say: Say


def _kills(trial: Trial, out: Outcome) -> None:
    """Kills at moments drawn from the length of a clean run; a run that was not hit is checked and begun anew."""
    root = trial.folder / "killed"
    done = finished = bad_readers = bad_tables = 0
    while done < trial.kills:
        child = _start(trial.command(root))
        try:
            child.wait(trial.rng.uniform(0.1, trial.clean_seconds))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            done += 1
            child.wait()
            bad_readers += not _nothing_or_whole(root, trial.clean)
            if done % 10 == 0:
                trial.say(f"{done} killed, {finished} finished in between")
            continue
        _check_exit(child)
        finished += 1
        bad_tables += not _same(root, trial.clean)
        shutil.rmtree(root)
    _finish(trial.command, root)
    bad_tables += not _same(root, trial.clean)
    out.figures["kills"] = {
        "killed": done, "finished": finished + 1, "readers_that_saw_a_part": bad_readers, "other_tables": bad_tables,
    }  # fmt: skip
    out.holds[f"{trial.kills} kills: every finished run has the clean run's files, byte for byte"] = bad_tables == 0
    out.holds[f"{trial.kills} kills: a reader never sees a part"] = bad_readers == 0


def _two_runs(trial: Trial, out: Outcome) -> None:
    """Two runs of the same job on one warehouse, started together."""
    root = trial.folder / "two"
    children = [_start(trial.command(root)) for _ in range(2)]
    codes = [child.wait(SECONDS) for child in children]
    messages = [_message(child) for child, code in zip(children, codes, strict=True) if code]
    out.figures["two_runs"] = {"exit_codes": codes, "messages": messages}
    refused = all(code in (0, 2) and "\n" not in line for code, line in zip(codes, messages, strict=False))
    out.holds["two runs at once: one version, the clean run's files"] = (
        0 in codes and refused and _same(root, trial.clean) and _published(root).number == 1
    )


def _damage(trial: Trial, out: Outcome) -> None:
    """A byte flipped in one file of each table, after a kill and after the end: named, and made again."""
    root = trial.folder / "damaged"
    shutil.copytree(trial.folder / "clean", root)
    tables = trial.clean.tables
    named = 0
    for table, outputs in tables.items():
        output = trial.rng.choice(outputs)
        path = root / trial.rng.choice(output.files).path
        data = bytearray(path.read_bytes())
        data[trial.rng.randrange(len(data))] ^= 1
        path.write_bytes(data)
        found = Warehouse.open(root).damages()
        named += any(path.relative_to(root).as_posix() in line for line in found)
        if Warehouse.open(root).find(table, output.partition, output.key) is not None:
            named -= 1
    (root / "current.json").unlink()
    _finish(trial.command, root)
    out.figures["damaged_files"] = {"damaged": len(tables), "named": named}
    out.holds["every damaged file is named"] = named == len(tables)
    out.holds["the same run makes damaged files again"] = _same(root, trial.clean)


def _reader(trial: Trial, out: Outcome) -> None:
    """A reader that asks for the current version without pause while two versions follow each other."""
    root = trial.folder / "read"
    shutil.copytree(trial.folder / "clean", root)
    writer = Warehouse.open(root)
    child = os.fork()
    if child == 0:  # the publisher: one version after the other, without end
        parent = writer.current()
        for number in range(10_000):
            assert parent is not None
            parent = writer.publish(trial.clean.tables, {"number": number}, parent.number)
        os._exit(0)
    bad, until = 0, time.monotonic() + 3
    seen: set[int] = set()
    while time.monotonic() < until:
        version = Warehouse.open(root, create=False).current()
        bad += version is None or version.tables != trial.clean.tables or version.number < max(seen, default=0)
        seen.add(version.number if version else 0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    out.figures["reader"] = {"versions_seen": len(seen), "parts_seen": bad}
    out.holds["a reader during publishing sees whole versions, never an older one"] = bad == 0 and len(seen) > 2


def _full_disk(trial: Trial, out: Outcome) -> None:
    """No file may grow beyond `FILE_BYTES`: the run ends in one line and exit code 2; then it goes on."""
    root = trial.folder / "full"

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))

    child = subprocess.run(trial.command(root), preexec_fn=limited, capture_output=True, timeout=SECONDS, check=False)
    line = child.stderr.decode(errors="replace").strip()
    whole = _nothing_or_whole(root, trial.clean)
    _finish(trial.command, root)
    out.figures["full_disk"] = {"exit_code": child.returncode, "message": line[-300:]}
    out.holds["a full disk is one line and exit code 2"] = child.returncode == 2 and "\n" not in line
    out.holds["after a full disk the same run ends well"] = whole and _same(root, trial.clean)


PARTS: Mapping[str, Callable[[Trial, Outcome], None]] = {
    "kills": _kills,
    "two-runs": _two_runs,
    "damage": _damage,
    "reader": _reader,
    "full-disk": _full_disk,
}


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, process_group=0)


def _finish(command: Command, root: Path) -> None:
    child = _start(command(root))
    child.wait(SECONDS)
    _check_exit(child)


def _check_exit(child: subprocess.Popen[bytes]) -> None:
    if child.returncode:
        raise BigMathError(f"a run that nothing disturbed failed: {_message(child)[-500:]}")


def _message(child: subprocess.Popen[bytes]) -> str:
    return child.stderr.read().decode(errors="replace").strip() if child.stderr else ""


def _published(root: Path) -> Version:
    version = Warehouse.open(root, create=False).current()
    if version is None:
        raise BigMathError(f"a run that ended well published nothing in {root}")
    return version


def _rows(version: Version) -> int:
    return sum(output.rows for outputs in version.tables.values() for output in outputs)


def _same(root: Path, clean: Version) -> bool:
    """Whether the current version names the clean run's files and all of them are there, whole."""
    found = Warehouse.open(root, create=False)
    version = found.current()
    return version is not None and version.tables == clean.tables and not found.damages()


def _nothing_or_whole(root: Path, clean: Version) -> bool:
    """Whether a reader finds no version yet, or the whole one."""
    try:
        version = Warehouse.open(root).current()
    except BigMathError:
        return False
    return version is None or _same(root, clean)
