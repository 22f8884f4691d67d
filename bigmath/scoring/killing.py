"""Runs of a scripted model that are killed at random points, and what is left to count afterwards."""

import multiprocessing
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import orjson

from bigmath.scoring import generations
from bigmath.scoring.engine import Settings, content_of
from bigmath.scoring.generations import Generations
from bigmath.scoring.sampling import Fixed, Question, sample
from bigmath.scoring.scripted import ScriptedEngine
from bigmath.store import Warehouse

SETTINGS = Settings(max_tokens=20)
CAPACITY = 6


@dataclass(frozen=True)
class Killed:
    """What a run killed several times came to."""

    kills: int
    rows: int
    begun: int
    """Requests given to the engine, over all the runs."""
    repeated: int
    """Of them, those that were finished when their run began. Must be 0."""
    abandoned: int
    """Begun and under way when their run was killed; at most `CAPACITY` a kill, generated again by the next run."""
    same_rows: bool
    """Whether the store holds what an unbroken run's does, row by row."""


def questions(count: int) -> list[Question]:
    """Statements that the scripted model answers, with their references."""
    return [
        Question(content_of(statement), statement, str(number))
        for number in range(count)
        if (statement := f"What is number {number}")
    ]


def scripted_run(root: str, log: str | None, problems: int, n: int, seconds: float) -> None:
    """One run, in whatever process; parts are small, so that kills also fall into the sealing of one."""
    generations.SEAL_ROWS = 25
    store = Generations.of(Warehouse.open(root), "scripted", "1", SETTINGS)
    engine = ScriptedEngine(seconds=seconds, log=Path(log) if log else None, capacity=CAPACITY)
    sample(questions(problems), Fixed(n), SETTINGS, store, revision="1", engine=lambda: engine)


def run_killed(folder: Path, *, kills: int = 10, problems: int = 60, n: int = 8, seed: int = 6) -> Killed:
    """Starts the run, kills it (SIGKILL) at a random moment after its first request, and so on; then lets it end."""
    root, log = folder / "broken", folder / "begun.log"
    log.touch()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    chance = random.Random(seed)
    store = Generations.of(Warehouse.open(root), "scripted", "1", SETTINGS)
    finished: set[str] = set()
    done = repeated = abandoned = total = 0
    while True:
        before = log.stat().st_size
        child = context.Process(target=scripted_run, args=(str(root), str(log), problems, n, 0.004))
        child.start()
        if done < kills:
            while child.is_alive() and log.stat().st_size == before:
                time.sleep(0.002)
            child.join(chance.uniform(0.0, 0.1))
            child.kill()
            done += 1
        child.join()
        begun = [orjson.loads(line) for line in log.read_bytes()[before:].splitlines()]
        total += len(begun)
        repeated += sum(request in finished for request in begun)
        finished = set(store.read()["request"])
        abandoned += len(set(begun) - finished)
        if child.exitcode != -signal.SIGKILL:
            break
    scripted_run(str(folder / "unbroken"), None, problems, n, 0.0)
    unbroken = Generations.of(Warehouse.open(folder / "unbroken"), "scripted", "1", SETTINGS)
    return Killed(done, len(finished), total, repeated, abandoned, store.read().equals(unbroken.read()))
