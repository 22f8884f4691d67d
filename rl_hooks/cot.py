"""Plain CoT (Eq. 9) from the curated solutions of a published table: every solution is verified against its problem's
answer, only the train split is read, and what is held out is compared with before anything is returned."""

from collections.abc import Iterator

import polars as pl

from bigmath.errors import SettingError
from bigmath.outputs import Output, Version, key_of
from bigmath.store import Warehouse
from bigmath.verifier.many import verify_many
from bigmath.verifier.policy import VERIFIER_VERSION, Verdict
from rl_hooks.rows import refuse_leaks
from rl_hooks.sft import SftSet, SftSettings, cot
from rl_hooks.sft_tables import SFT, SFT_REJECTED, rejected_frame, text_frame

PARTITION = "curated"
"""Of the tables `sft` and `sft_rejected`."""
BLOCK = 5_000
"""Problems verified at a time."""


def cot_sets(
    warehouse: Warehouse, version: Version, settings: SftSettings, *, table: str, limit: int | None = None
) -> Iterator[SftSet]:
    """The rows of the table's train split and what gave none, `BLOCK` problems at a time, by problem id.

    Raises:
        SettingError: nothing of that table is published.
        LeakError: a problem of the test split or of a benchmark would be trained on.
    """
    if table not in ("base", "strict"):
        raise SettingError(f"no table {table!r} to train on; there are: base, strict")
    if not version.tables.get(table) or not version.tables.get("splits"):
        raise SettingError(f"this warehouse has no table {table!r} with splits", hint="bigmath run")
    train = warehouse.scan(*version.tables["splits"]).filter(pl.col("split") == "train")
    problems = (
        warehouse.scan(*version.tables[table])
        .join(train, on="problem_id", how="semi")
        .select("problem_id", "problem", "answer", "solutions")
        .sort("problem_id")
        .collect()
    )
    problems = problems if limit is None else problems.head(limit)
    refuse_leaks(warehouse, version, problems)
    for block in problems.iter_slices(BLOCK):
        yield _verified(block, settings)


def _verified(problems: pl.DataFrame, settings: SftSettings) -> SftSet:
    rows = list(problems.iter_rows(named=True))
    pairs = list(
        dict.fromkeys(
            (row["answer"], solution)
            for row in rows
            if row["answer"] is not None and row["problem_id"] not in settings.held_out
            for solution in row["solutions"] or ()
        )
    )
    verdicts = dict(zip(pairs, verify_many(pairs), strict=True))
    return cot(rows, settings, lambda answer, solution: verdicts.get((answer, solution), Verdict.UNPARSED))


def write_cot(
    warehouse: Warehouse, settings: SftSettings, *, table: str, limit: int | None = None
) -> dict[str, list[Output]]:
    """The outputs of `sft` and `sft_rejected` made from the current version; found finished where they are.

    Raises:
        SettingError, LeakError: as `cot_sets`; or nothing is published.
    """
    version = warehouse.current()
    if version is None:
        raise SettingError(f"nothing has been published in {warehouse.root}", hint="bigmath run")
    read = {one: version.tables.get(one, ()) for one in (table, "splits")}
    inputs = {f"{one}/{output.partition}": output.key for one, outputs in read.items() for output in outputs}
    made_from = {
        "inputs": inputs,
        "settings": {"per_problem": settings.per_problem, "limit": limit, "verifier": VERIFIER_VERSION},
    }
    keys = {name: key_of({"table": name, **made_from}) for name in ("sft", "sft_rejected")}
    found = {name: warehouse.find(name, PARTITION, key) for name, key in keys.items()}
    if not all(found.values()):
        sets = list(cot_sets(warehouse, version, settings, table=table, limit=limit))
        frames = {
            "sft": (SFT, [text_frame(one.rows) for one in sets]),
            "sft_rejected": (SFT_REJECTED, [rejected_frame(one.rejected) for one in sets]),
        }
        for name, (schema, parts) in frames.items():
            about = {"table": name, "partition": PARTITION, **made_from}
            found[name] = warehouse.write(name, PARTITION, keys[name], schema=schema, frames=parts, made_from=about)
    return {name: [output] for name, output in found.items() if output is not None}
