"""Real pairs that were read by hand (`tests/data/audits/duplicates_METHOD.jsonl`): 50 drawn of each method's joins.

`truth` is what reading showed: the same problem, a variant of one template, or another problem."""

import json
from pathlib import Path
from typing import Any

import pytest

from bigmath.dedup.guarding import verdict

AUDITS = Path(__file__).parents[2] / "data" / "audits"


def read(method: str) -> list[dict[str, Any]]:
    lines = (AUDITS / f"duplicates_{method}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("method", ["exact", "near"])
def test_copies_that_were_read_are_called_the_same_and_nothing_else_is(method: str) -> None:
    rows = read(method)
    called = [verdict(*row["problems"]) == "same" for row in rows]
    right = sum(call == (row["truth"] == "same") for call, row in zip(called, rows, strict=True))
    assert len(rows) == 50
    assert right >= 0.98 * len(rows)


def test_of_families_no_variant_is_called_the_same() -> None:
    rows = read("family")
    same = [verdict(*row["problems"]) == "same" for row in rows]
    assert not [row["ids"] for row, call in zip(rows, same, strict=True) if call and row["truth"] != "same"]
