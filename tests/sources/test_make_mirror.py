"""A small mirror made from the sample is one that the sources read, and its truth is what they find in it."""

from pathlib import Path

import polars as pl
import pytest

from bigmath.errors import SettingError
from bigmath.hub import FolderFiles, sample_files
from bigmath.ingest import ingest
from sources import SOURCES
from sources.make_mirror import COUNTS, FULL, made_rows, make_mirror

ROWS = 1_500


@pytest.fixture(name="mirror", scope="module")
def _mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("made") / "mirror"
    make_mirror(sample_files().root, target, ROWS)
    return target


def read(mirror: Path, name: str) -> pl.DataFrame:
    return pl.concat(ingest(SOURCES[name], FolderFiles(mirror)))


@pytest.mark.parametrize("name", ["numina", "openmathinstruct2"])
def test_rows_are_shared_out_as_on_the_hub(mirror: Path, name: str) -> None:
    assert read(mirror, name).height == pytest.approx(ROWS * COUNTS[name] / FULL, rel=0.02)


@pytest.mark.parametrize("name", ["math", "harp", "omni_math"])
def test_every_source_reads_its_part(mirror: Path, name: str) -> None:
    assert not read(mirror, name).is_empty()


def test_truth_says_how_often_each_problem_is_repeated(mirror: Path) -> None:
    found = read(mirror, "openmathinstruct2").select("problem_id", rows="folded").sort("problem_id")
    truth = pl.read_parquet(mirror / "truth/openmathinstruct2.parquet").select("problem_id", "rows").sort("problem_id")
    assert found.equals(truth)
    assert found["rows"].sum() / found.height == pytest.approx(23, rel=0.01)


def test_two_mirrors_of_one_seed_are_the_same_and_of_another_are_not(mirror: Path, tmp_path: Path) -> None:
    make_mirror(sample_files().root, tmp_path / "again", ROWS)
    make_mirror(sample_files().root, tmp_path / "other", ROWS, seed=2)
    ids = {name: set(pl.read_parquet(root / "truth/numina.parquet")["problem_id"]) for name, root in
           (("first", mirror), ("again", tmp_path / "again"), ("other", tmp_path / "other"))}  # fmt: skip
    assert ids["first"] == ids["again"] != ids["other"]


def test_a_mirror_says_what_it_was_asked_for_and_another_folder_nothing(mirror: Path, tmp_path: Path) -> None:
    assert made_rows(mirror) == ROWS
    assert made_rows(tmp_path) is None


def test_a_folder_that_exists_is_refused(mirror: Path) -> None:
    with pytest.raises(SettingError, match="exists"):
        make_mirror(sample_files().root, mirror, ROWS)
