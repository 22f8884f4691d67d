"""Batches in worker processes and on Ray: the same rows in the same order, also when a worker is killed in between."""

import os
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from bigmath import workers
from bigmath.errors import SettingError, WorkerError
from bigmath.filtering import decide
from bigmath.problem import to_frame
from filters import FILTERS
from sources import SOURCES


@pytest.fixture(name="engine", params=["local", pytest.param("ray", marks=pytest.mark.trust)])
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name: str = request.param
    if name == "ray" and find_spec("ray") is None:
        pytest.skip("the extra `ray` is not installed")
    monkeypatch.setenv("BIGMATH_WORKERS", "2")
    monkeypatch.setenv(workers.ENGINE_VARIABLE, name)
    yield name
    if name == "ray":
        import ray

        ray.shutdown()
        from bigmath import on_ray

        on_ray._task.cache_clear()


@pytest.fixture(name="rows", scope="module")
def _rows() -> pl.DataFrame:
    from assets.plan import files_named
    from bigmath.ingest import ingest

    frame = pl.concat(list(ingest(SOURCES["harp"], files_named("sample"))))
    assert frame.schema == to_frame([]).schema
    return pl.concat([frame] * 8)


def killing_one(rows: pl.DataFrame, mark: str) -> pl.DataFrame:
    """The rows; the worker that first reads row 5 kills itself, as the system does where memory ends."""
    if 5 in rows["number"] and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return rows.with_columns(pl.col("number") * 2)


def always_killed(rows: pl.DataFrame) -> pl.DataFrame:
    if 5 in rows["number"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return rows


def test_a_worker_killed_in_mid_run_costs_no_row_and_changes_none(engine: str, tmp_path: Path) -> None:
    rows = pl.DataFrame({"number": list(range(400))})
    mark = tmp_path / "killed"
    done = workers.map_rows(killing_one, rows, str(mark), slice_rows=20)
    assert mark.exists()
    assert done["number"].to_list() == [2 * n for n in range(400)]


def test_rows_that_always_kill_their_worker_are_one_line(engine: str) -> None:
    with pytest.raises(WorkerError, match=r"lost its worker|died twice") as caught:
        workers.map_rows(always_killed, pl.DataFrame({"number": list(range(400))}), slice_rows=200)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_every_filter_decides_the_same_on_every_engine(engine: str, rows: pl.DataFrame) -> None:
    asked = [FILTERS[name]() for name in ("figure", "hyperlink", "proof", "multiple_choice", "unverifiable")]
    over = decide(rows, asked, over=lambda *call: workers.map_rows(*call, slice_rows=500))
    assert over.equals(decide(rows, asked))
    assert not over["kept"].all()


def test_an_unknown_engine_says_which_there_are() -> None:
    with pytest.raises(SettingError, match="there are: local, ray"):
        workers.use_engine("spark")


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed")
def test_a_cluster_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr("bigmath.workers.ENGINE_VARIABLE", "BIGMATH_ENGINE_OF_THIS_TEST")
    with pytest.raises(SettingError, match="no Ray cluster at RAY_ADDRESS 127"):
        workers.use_engine("ray")
