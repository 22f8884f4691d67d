"""Real rows that were read by hand: which a filter drops, and whether that is right.

An audit holds rows a filter dropped and rows it kept though they look alike (`tests/data/audits/FILTER.jsonl`), and a
hundred of the HARP short answers and MATH problems that were called proof, multiple choice or multi-part. A change of
rule that decides one of them otherwise must show itself here, and the audit says what was right.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.filtering import LINKS
from filters import FILTERS

FOLDER = Path(__file__).parents[1] / "data" / "audits"
AUDITS = [path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem in {*FILTERS, "harp_short_and_math"}]
FLOORS = {"figure": 0.65, "multi_part": 0.88}
"""Whether a picture is needed cannot be told from how a text points at it, nor always whether a second request asks
anything new; all other rules keep 0.95."""


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def decided(rows: list[dict[str, Any]]) -> list[bool]:
    blank = {"source": "audit", "subset": "audit", "notes": [], **dict.fromkeys(LINKS)}
    frame = pl.DataFrame(
        [{**blank, "problem": row["problem"], "answer": row["answer"]} for row in rows],
        schema={"source": pl.String, "subset": pl.String, "notes": pl.List(pl.String), **LINKS}
        | {"problem": pl.String, "answer": pl.String},
    )
    reasons = {name: frame.select(FILTERS[name]().reason()).to_series() for name in {row["filter"] for row in rows}}
    return [reasons[row["filter"]][at] is not None for at, row in enumerate(rows)]


@pytest.mark.parametrize("path", AUDITS, ids=lambda path: path.stem)
def test_a_rule_decides_rows_as_when_they_were_read(path: Path) -> None:
    rows = read(path)
    changed = [row["id"] for row, fires in zip(rows, decided(rows), strict=True) if fires != row["fired"]]
    assert not changed, "read these rows again, and correct `fired` and `right` in the audit"


@pytest.mark.parametrize("path", AUDITS, ids=lambda path: path.stem)
def test_precision_and_recall_on_the_rows_that_were_read_hold_their_floor(path: Path) -> None:
    rows = read(path)
    fires = decided(rows)
    wanted = [row["fired"] == row["right"] for row in rows]
    right = sum(one and other for one, other in zip(fires, wanted, strict=True))
    floor = FLOORS.get(path.stem, 0.95)
    assert right >= floor * sum(fires) and right >= floor * sum(wanted)


def test_of_a_hundred_calls_in_harp_and_math_at_most_one_is_wrong() -> None:
    rows = next(read(path) for path in AUDITS if path.stem == "harp_short_and_math")
    assert len(rows) == 100
    assert sum(not row["right"] for row in rows) <= 1
