"""Replicas on Ray with a scripted model: everything comes back once, also when a replica dies."""

import importlib.util
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bigmath.scoring.engine import EngineError, Settings
from bigmath.scoring.generations import Generations
from bigmath.scoring.killing import questions
from bigmath.scoring.loading import Devices
from bigmath.scoring.models import Model
from bigmath.scoring.replicas import ReplicatedEngine
from bigmath.scoring.sampling import Fixed, sample
from bigmath.scoring.scripted import ScriptedEngine
from bigmath.store import Warehouse

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own, at import and at exit
]
SETTINGS = Settings(max_tokens=20)
MODEL = Model("scripted", Path(), "1")


@pytest.fixture(name="cluster", scope="module")
def _cluster() -> Iterator[None]:
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


def test_two_replicas_give_the_rows_of_one(cluster: None, store: Generations) -> None:
    engine = ReplicatedEngine(MODEL, SETTINGS, Devices(), 2, make=lambda: ScriptedEngine(seconds=0.01))
    assert engine.capacity == 16
    sample(questions(10), Fixed(8), SETTINGS, store, revision="1", engine=lambda: engine)
    engine.close()
    alone = Generations.of(Warehouse.open(store.folder.parent.parent), "alone", "1", SETTINGS)
    sample(questions(10), Fixed(8), SETTINGS, alone, revision="1", engine=ScriptedEngine)
    assert store.read().drop("attempt").equals(alone.read().drop("attempt"))


def test_what_a_dead_replica_had_is_asked_of_the_others(cluster: None, store: Generations) -> None:
    import ray

    engine = ReplicatedEngine(MODEL, SETTINGS, Devices(), 2, make=lambda: ScriptedEngine(seconds=0.05))
    victim = ray.get(engine._actors[0].__ray_call__.remote(lambda _: os.getpid()))
    killed = False

    def kill(progress: object) -> None:
        nonlocal killed
        if not killed:
            killed = True
            os.kill(victim, signal.SIGKILL)

    result = sample(questions(10), Fixed(8), SETTINGS, store, revision="1", engine=lambda: engine, report=kill)
    engine.close()
    assert killed
    assert store.read()["error"].null_count() == 80
    assert result.errors > 0


def test_without_any_replica_the_run_ends_and_keeps_what_it_has(cluster: None, store: Generations) -> None:
    engine = ReplicatedEngine(MODEL, SETTINGS, Devices(), 1, make=lambda: ScriptedEngine(dies_after=20))
    with pytest.raises(EngineError, match="every replica is gone"):
        sample(questions(10), Fixed(8), SETTINGS, store, revision="1", engine=lambda: engine)
    assert 0 < store.read().height < 80
