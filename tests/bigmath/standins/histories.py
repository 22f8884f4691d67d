"""Random histories of a state machine that can be counted and played again: what the history tests share.

A history's log is each step with what it found, and nothing that differs between two runs of one seed (no time, no
random name), so that its hash shows whether a replay was one.
"""

import hashlib
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bigmath import storage, store

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
DAY = 86_400.0
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
"""Of the random histories of this process; printed, so that the same can be looked at again."""


@dataclass
class Told:
    """What the histories of one run did."""

    counts: Counter[str] = field(default_factory=Counter)
    """How often each thing was done."""
    log: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def note(self, what: str, *found: object) -> None:
        self.counts[what] += 1
        self.log.update(repr((what, *found)).encode())

    def line(self) -> str:
        """The counts, most frequent first."""
        return ", ".join(f"{count:,} {what}" for what, count in self.counts.most_common())


class Machine(RuleBasedStateMachine):
    """A state machine over warehouses that notes its steps, in a folder of memory and with a clock of its own."""

    told: Told

    def set_up(self) -> None:
        """What waits for a disk or takes long is left out: power cuts are for test_store_faults.py."""
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.patch = pytest.MonkeyPatch()
        self.clock = 0.0
        real = time.time
        self.patch.setattr(storage.time, "time", lambda: real() + self.clock)
        self.patch.setattr(os, "fsync", lambda descriptor: None)
        self.patch.setattr(store, "_content", lambda paths, columns: "0" * 16)  # starting DuckDB takes long
        self.told.note("histories")

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()
            shutil.rmtree(self.folder)


def play(machine: type[Machine], histories: int, steps: int, at: int = SEED, *, shorten: bool = True) -> Told:
    """Plays histories from a seed. One that breaks an invariant is shortened first, then raised."""
    machine.told = Told()
    phases = [Phase.generate, *([Phase.shrink, Phase.explain] if shorten else [])]
    run_state_machine_as_test(
        seed(at)(machine),
        settings=settings(
            max_examples=histories, stateful_step_count=steps, deadline=None, database=None, phases=phases,
            suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
    return machine.told
