"""The asset graph as a data engineer sees it: names, groups, dependencies, partitions, blocking checks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from assets.pipeline import failure
from bigmath.columns import COLUMNS, TABLES
from bigmath.errors import ServiceError, SettingError, SourceError, StoreError
from bigmath.release.build import CONFIGS
from bigmath.stages import STEPS
from sources import SOURCES

GRAPH = {
    "source_files": ("ingest", []),
    "problems": ("ingest", ["source_files"]),
    "benchmarks": ("ingest", []),
    "base_rules": ("base_filter", ["problems"]),
    "exact_duplicates": ("base_filter", ["base_rules", "problems", "uniquely_verifiable"]),
    "contamination": ("base_filter", ["benchmarks", "problems"]),
    "uniquely_verifiable": ("strict_filter", ["problems"]),
    "open_ended": ("strict_filter", ["problems"]),
    "closed_form": ("strict_filter", ["problems"]),
    "near_duplicates": (
        "strict_filter",
        [
            "base_rules",
            "closed_form",
            "contamination",
            "exact_duplicates",
            "open_ended",
            "problems",
            "uniquely_verifiable",
        ],
    ),
    "semantic_duplicates": (
        "strict_filter",
        [
            "base_rules",
            "closed_form",
            "contamination",
            "exact_duplicates",
            "near_duplicates",
            "open_ended",
            "problems",
            "uniquely_verifiable",
        ],
    ),
    "decisions": (
        "curated",
        [
            "base_rules",
            "closed_form",
            "contamination",
            "exact_duplicates",
            "near_duplicates",
            "open_ended",
            "problems",
            "semantic_duplicates",
            "uniquely_verifiable",
        ],
    ),
    "traces": ("training", []),
    "sft": ("training", ["traces"]),
    "sft_rejected": ("training", ["traces"]),
    "prm": ("training", ["traces"]),
    "prm_evaluation": ("training", ["prm"]),
    "sft_cot": ("training", ["splits", "strict"]),
    "training_rows": ("models", ["strict"]),
    "sft_model": ("models", ["training_rows"]),
    "rl_model": ("models", ["sft_model", "training_rows"]),
    "prm_rows": ("models", ["sft_model", "training_rows"]),
    "prm_model": ("models", ["prm_rows", "sft_model", "training_rows"]),
    "evaluation_samples": ("models", ["prm_model", "prm_rows", "rl_model", "sft_model", "training_rows"]),
    "evaluation": ("models", ["evaluation_samples"]),
    "star_rows": ("models", []),
    "star_model": ("models", ["star_rows"]),
    "base": ("curated", ["decisions", "problems"]),
    "strict": ("curated", ["decisions", "problems"]),
    "rejected": ("curated", ["decisions", "problems"]),
    "strict_rejected": ("curated", ["decisions", "problems"]),
    "topics": ("curated", ["problems"]),
    "rewrites": ("reformulation", ["decisions", "problems"]),
    "label_suspects": (
        "curated",
        [
            "exact_duplicates",
            "near_duplicates",
            "problems",
            "rewrite_duplicates",
            "rewrites",
            "semantic_duplicates",
        ],
    ),
    "rewrite_duplicates": ("reformulation", ["base", "problems", "rewrites"]),
    "rewrite_contamination": ("reformulation", ["benchmarks", "problems", "rewrites"]),
    "reformulated_decisions": (
        "reformulation",
        ["problems", "rewrite_contamination", "rewrite_duplicates", "rewrites"],
    ),
    "reformulated": ("reformulation", ["problems", "reformulated_decisions", "rewrites"]),
    "splits": (
        "curated",
        ["base", "exact_duplicates", "near_duplicates", "rewrite_duplicates", "semantic_duplicates"],
    ),
    "catalog": (
        "published",
        [
            "base",
            "benchmarks",
            "contamination",
            "decisions",
            "exact_duplicates",
            "label_suspects",
            "near_duplicates",
            "problems",
            "reformulated",
            "reformulated_decisions",
            "rejected",
            "rewrite_contamination",
            "rewrite_duplicates",
            "rewrites",
            "semantic_duplicates",
            "splits",
            "strict",
            "strict_rejected",
            "topics",
        ],
    ),
    "report": ("published", ["catalog"]),
    "hub_release": ("published", ["catalog"]),
    "rollouts": ("scored", ["strict"]),
    "difficulty": ("scored", ["rollouts"]),
}


@pytest.fixture(name="specs")
def _specs() -> Iterator[dict[str, dg.AssetSpec]]:
    yield {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_graph_is_the_pipeline(specs: dict[str, dg.AssetSpec]) -> None:
    found = {
        name: (spec.group_name, sorted(dep.asset_key.to_user_string() for dep in spec.deps))
        for name, spec in specs.items()
    }
    assert found == GRAPH


def test_dagster_finds_one_set_of_definitions_in_the_module() -> None:
    from dagster._core.workspace.autodiscovery import loadable_targets_from_loaded_module  # as its code server does

    import assets.definitions

    (found,) = loadable_targets_from_loaded_module(assets.definitions)
    assert found.attribute == "defs"


def test_assets_by_source_have_one_partition_a_source(specs: dict[str, dg.AssetSpec]) -> None:
    for name, step in STEPS.items():
        partitions = specs[name].partitions_def
        keys = list(partitions.get_partition_keys()) if partitions else None
        assert keys == (list(SOURCES) if step.by_source else None), name


def test_every_asset_says_what_it_is_and_where_its_code_is(specs: dict[str, dg.AssetSpec]) -> None:
    for name, spec in specs.items():
        assert spec.group_name, name
        assert spec.description, name
        assert spec.owners, name
        assert spec.kinds, name
        assert {"command", "needs"} <= spec.tags.keys(), name
        columns = spec.metadata["dagster/column_schema"].columns
        assert columns, name
        assert [column.name for column in columns if not column.description] == [], name
        (reference,) = spec.metadata["dagster/code_references"].code_references
        assert isinstance(reference, dg.LocalFileCodeReference)
        lines = Path(reference.file_path).read_text().splitlines()
        assert lines[(reference.line_number or 0) - 1].lstrip().startswith(("def ", "@")), name


def test_the_graph_fits_a_screen(specs: dict[str, dg.AssetSpec]) -> None:
    assert len(specs) <= 60


def test_what_needs_a_gpu_or_the_hub_has_a_pool_and_only_outside_calls_are_tried_again() -> None:
    pools, again = {}, set()
    for assets in defs.assets or ():
        if isinstance(assets, dg.AssetsDefinition) and assets.is_executable:
            for key in assets.keys:
                pools[key.to_user_string()] = assets.op.pool
                if assets.op.retry_policy is not None:
                    again.add(key.to_user_string())
    assert {name: pool for name, pool in pools.items() if pool} == {
        "problems": "hub",
        "benchmarks": "hub",
        "hub_release": "hub",
        "rollouts": "gpu",
        "difficulty": "gpu",
        "prm_evaluation": "gpu",
        **dict.fromkeys(("sft_model", "rl_model", "prm_model", "star_model", "evaluation_samples"), "gpu"),
    }
    assert again == {"problems", "benchmarks"}
    assert failure(ServiceError("no answer")).allow_retries
    for error in (SourceError("a broken file"), SettingError("no such profile"), StoreError("the disk is full")):
        assert not failure(error).allow_retries


def test_the_shipped_instance_limits_the_pools_and_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(Path(__file__).parents[2] / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        limits = instance.get_concurrency_config()
        instance.event_log_storage.initialize_concurrency_limit_to_default("gpu")
        assert instance.event_log_storage.get_concurrency_info("gpu").slot_count == 1
    assert limits.pool_config.default_pool_limit == 1
    assert limits.run_queue_config is not None
    assert limits.run_queue_config.max_concurrent_runs == 4


@pytest.mark.parametrize("table", CONFIGS)
def test_every_exported_table_has_five_gates(table: str) -> None:
    blocking = [
        spec.name
        for check in defs.asset_checks or ()
        for spec in check.check_specs
        if spec.blocking and spec.asset_key.to_user_string() == table
    ]
    assert {
        "every_row_has_the_declared_columns",
        "ids_are_unique",
        "every_row_has_its_sources_licence",
        "no_benchmark_problem_is_kept",
        "the_ledger_adds_up",
    } <= set(blocking)


def test_every_table_has_a_blocking_check_of_its_invariant() -> None:
    blocking = {
        (spec.asset_key.to_user_string(), spec.name)
        for check in defs.asset_checks or ()
        for spec in check.check_specs
        if spec.blocking
    }
    assert {
        ("problems", "ids_are_unique"),
        ("decisions", "every_filter_is_asked_about_every_row"),
        ("rejected", "rows_in_are_rows_kept_and_rejected"),
        ("strict_rejected", "rows_of_base_are_strict_or_rejected"),
        ("strict", "every_answer_kept_verifies_against_itself"),
        ("base", "no_benchmark_problem_is_kept"),
        ("splits", "no_group_of_duplicates_is_divided"),
        ("splits", "every_row_of_base_has_one_split"),
        ("rewrites", "every_candidate_is_rewritten_or_refused"),
        ("reformulated", "every_rewrite_was_asked_again"),
        ("reformulated", "no_rewrite_repeats_a_problem_of_base"),
        ("sft", "no_held_out_puzzle_is_trained_on"),
        ("training_rows", "no_held_out_problem_is_trained_on"),
        ("star_rows", "no_held_out_round_problem_is_trained_on"),
    } <= blocking


def test_every_column_and_every_published_table_is_documented() -> None:
    for name, step in STEPS.items():
        for column in step.schema:
            assert column in COLUMNS, f"{name}.{column}"
    from bigmath.catalog import PUBLISHED  # beside the one test that needs it

    assert PUBLISHED.keys() <= TABLES.keys()
