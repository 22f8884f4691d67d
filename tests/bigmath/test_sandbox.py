"""Worker processes end with those who hold them."""

import gc

import pytest

from bigmath.sandbox import Worker, WorkerDied


def test_a_worker_that_nobody_holds_is_ended_and_reaped() -> None:
    worker = Worker("bigmath.verifier.many")
    worker.launch()
    process = worker.process
    assert process is not None
    assert process.poll() is None
    del worker
    gc.collect()
    assert process.returncode is not None


def test_a_stopped_worker_can_be_started_again() -> None:
    worker = Worker("bigmath.verifier.many")
    worker.launch()
    first = worker.process
    worker.stop()
    worker.launch()
    assert first is not None
    assert first.returncode is not None
    assert worker.process is not None
    assert worker.process.poll() is None
    worker.stop()


def test_a_worker_ended_while_one_waits_for_it_has_died() -> None:
    worker = Worker("bigmath.verifier.many")
    worker.launch()
    assert worker.process is not None
    assert worker.process.stdout is not None
    worker.process.stdout.close()  # what the end of this process does
    with pytest.raises(WorkerDied):
        worker.receive(1.0)
    worker.stop()
