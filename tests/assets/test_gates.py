"""Each blocking check in a run of Dagster, with one output corrupted for it: what it says, and what it stops."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.definitions import build
from assets.resources import Curation
from bigmath.gates import GATES
from bigmath.invariants import EXAMPLES, INVARIANTS
from bigmath.job import Job
from bigmath.plan import Plan

from .conftest import Bigmath

Corrupt = Callable[[Job[Plan], pl.DataFrame], pl.DataFrame]

SOURCE = "harp"


def _first(**values: object) -> Corrupt:
    """The table with other values in its first row."""

    def change(_: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
        new = [pl.lit(value, dtype=rows.schema[name]).alias(name) for name, value in values.items()]
        return pl.concat([rows.head(1).with_columns(new), rows[1:]])

    return change


def _twice(_: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rows, rows.head(1)])


def _lost(_: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    return rows[1:]


def _of_a_benchmark(job: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    test = job.scan("benchmarks", "all").select("problem").head(1).collect().item()
    return _first(problem=test)(job, rows)


def _of_base(job: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    return _first(problem=job.scan("base").select("problem").last().collect().item())(job, rows)


def _divided(_: Job[Plan], rows: pl.DataFrame) -> pl.DataFrame:
    """A split of its own for every row."""
    return rows.with_columns(split=pl.col("problem_id"))


CORRUPTED: list[tuple[str, str, Corrupt]] = [
    *((table, "every_row_has_the_declared_columns", _first(answer=None)) for table in GATES),
    *((table, "ids_are_unique", _twice) for table in ("problems", *GATES)),
    *((table, "every_row_has_its_sources_licence", _first(license="GPL-3.0-only")) for table in GATES),
    *((table, "no_benchmark_problem_is_kept", _of_a_benchmark) for table in GATES),
    *((table, "the_ledger_adds_up", _lost) for table in GATES),
    ("decisions", "every_filter_is_asked_about_every_row", _lost),
    ("rejected", "rows_in_are_rows_kept_and_rejected", _lost),
    ("strict_rejected", "rows_of_base_are_strict_or_rejected", _twice),
    ("strict", "every_answer_kept_verifies_against_itself", _first(answer="\\frac{")),
    ("splits", "no_group_of_duplicates_is_divided", _divided),
    ("splits", "every_row_of_base_has_one_split", _lost),
    ("rewrites", "every_candidate_is_rewritten_or_refused", _lost),
    ("reformulated", "every_rewrite_was_asked_again", _first(problem_id="harp-nobody")),
    ("reformulated", "no_rewrite_repeats_a_problem_of_base", _of_base),
]


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of one source, with everything made."""
    root = tmp_path_factory.mktemp("gates") / "w"
    curation = Curation(warehouse=str(root), sources=[SOURCE])
    assert _run(curation, None).success
    return root


def _run(curation: Curation, tables: list[str] | None) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return (
            build(curation)
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(table) for table in tables] if tables else None,
                tags={"dagster/asset_partition_range_start": SOURCE, "dagster/asset_partition_range_end": SOURCE},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        )


def _corrupt(curation: Curation, table: str, change: Corrupt) -> None:
    """Puts a changed output, with a manifest that agrees with it, where the finished one lay."""
    job = curation.job
    partition = SOURCE if job.steps[table].by_source else "all"
    output = job.output(table, partition)
    rows = change(job, job.warehouse.scan(output).collect())
    shutil.rmtree((job.warehouse.root / output.files[0].path).parent)
    job.warehouse.write(
        table, partition, output.key, schema=job.steps[table].schema, frames=[rows], made_from=output.made_from
    )


def test_every_check_is_shown_to_fail() -> None:
    checks = {(one.table, name) for name, one in INVARIANTS.items()}
    checks |= {(table, name) for table, gates in GATES.items() for name in gates}
    assert {(table, name) for table, name, _ in CORRUPTED} == checks


@pytest.mark.parametrize(("table", "name", "change"), CORRUPTED, ids=[f"{one[0]}-{one[1]}" for one in CORRUPTED])
def test_a_corrupted_output_fails_its_check_and_is_not_published(
    made: Path, tmp_path: Path, bigmath: Bigmath, table: str, name: str, change: Corrupt
) -> None:
    root = tmp_path / "w"
    shutil.copytree(made, root)
    curation = Curation(warehouse=str(root), sources=[SOURCE])
    before = curation.job.warehouse.current()
    _corrupt(curation, table, change)

    result = _run(curation, [table, "catalog"])

    failed = {one.check_name: one for one in result.get_asset_check_evaluations() if not one.passed}
    assert name in failed
    broken = failed[name].metadata["broken"].value
    assert isinstance(broken, int)
    said = failed[name].description or ""
    assert f"{broken:,} of " in said
    examples = failed[name].metadata["examples"].value
    assert isinstance(examples, list)
    assert 1 <= len(examples) == min(broken, EXAMPLES)
    assert all(one in said for one in examples)

    assert not result.success
    assert "catalog" not in {event.step_key for event in result.all_events if event.is_step_success}
    assert curation.job.warehouse.current() == before

    command = re.fullmatch(r".*; to look further: bigmath (.*)", said)
    assert command is not None
    shown = bigmath(*shlex.split(command[1]), "--json")
    assert shown.code == 0, shown.err


def test_a_run_of_one_partition_is_held_to_what_it_made(tmp_path: Path) -> None:
    curation = Curation(warehouse=str(tmp_path / "w"))
    with dg.DagsterInstance.ephemeral() as instance:
        result = (
            build(curation)
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(instance=instance, asset_selection=[dg.AssetKey("problems")], partition_key="omni_math")
        )
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    assert check.metadata["checked"].value == 165
