"""Which problems a trainer sees: a table and split of a published version, a band of solve rates, and nothing held out.

A group of replies that are all right or all wrong gives no gradient. How likely that is follows from the solve rate p:
1 - p^G - (1-p)^G is the chance that a group of G has both, and problems below a least chance are left out by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bigmath.errors import BigMathError, SettingError
from bigmath.normalize import canonical
from bigmath.outputs import Output, Version
from bigmath.scoring.prior import BANDS
from bigmath.store import Warehouse

ROWS = pl.Schema(
    {
        "problem_id": pl.String(),
        "source": pl.String(),
        "problem": pl.String(),
        "answer": pl.String(),
        "level": pl.Float64(),
        "domain": pl.String(),
        "license": pl.String(),
        "split": pl.String(),
        "solve_rate": pl.Float64(),
        "band": pl.Int64(),
    }
)
"""One problem for RL; `solve_rate` (unbiased, also where sampling was adaptive) and `band` (1 the easiest fifth of the
scale, 5 the hardest) are null where it was not measured."""

TRAINED = ("train", "validation")
"""Splits that may become a training table; `test` never does."""
EXAMPLES = 5


class LeakError(BigMathError):
    """A problem that must be held out would be in a training table; nothing was written."""


@dataclass(frozen=True, slots=True)
class Band:
    """Which measured problems are worth a rollout; those never measured are kept."""

    least: float = 0.0
    most: float = 1.0
    """DAPO and PRIME train on 0.2 to 0.8; the default leaves it to `least_mixed`."""
    bands: tuple[int, ...] = ()
    """Only these difficulty bands, 1 the easiest to 5; empty for all."""
    model: str | None = None
    """Whose solve rate, where several models were measured."""
    sampling: str | None = None
    """Fingerprint of the sampling settings, where a model was measured with several."""
    curriculum: bool = False
    """Rows in the order of the view `curriculum`: the easiest first, those never measured last; else by id."""
    group: int = 8
    """Replies sampled for a problem, the trainer's group size."""
    least_mixed: float = 0.1
    """Least chance that a group has a right and a wrong reply; 0 keeps every problem."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.least <= self.most <= 1.0:
            raise SettingError(f"a band from {self.least} to {self.most}: solve rates go from 0 to 1")
        if unknown := [one for one in self.bands if not 1 <= one <= BANDS]:
            raise SettingError(f"no difficulty band {unknown[0]}; there are: 1 (easiest) to {BANDS}")
        if self.group < 2:
            raise SettingError(f"groups of {self.group}: a group has at least 2 replies")

    def keeps(self) -> pl.Expr:
        """True for the rows in the band."""
        rate = pl.col("solve_rate")
        mixed = 1.0 - rate**self.group - (1.0 - rate) ** self.group
        inside = rate.is_between(self.least, self.most) & (mixed >= self.least_mixed)
        if self.bands:  # a problem that was never measured is in no band
            return (inside & pl.col("band").is_in(self.bands)).fill_null(False)
        return rate.is_null() | inside

    def in_order(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as a trainer that does not shuffle should see them."""
        if not self.curriculum:
            return rows.sort("problem_id")
        return rows.sort("band", "solve_rate", "problem_id", descending=[False, True, False], nulls_last=True)


def read_rows(
    warehouse: Warehouse,
    version: Version,
    *,
    table: str,
    split: str,
    model: str | None = None,
    sampling: str | None = None,
) -> pl.DataFrame:
    """`ROWS` of one table and split, by problem id.

    Raises:
        SettingError: no such table, split, model or sampling; or several were measured and none was named.
    """
    if table not in ("base", "strict"):
        raise SettingError(f"no table {table!r} to train on; there are: base, strict")
    problems = _scan(warehouse, version, table)
    splits = _scan(warehouse, version, "splits").select("problem_id", "split")
    known = splits.select(pl.col("split").unique()).collect()["split"].to_list()
    if split not in (*TRAINED, "test"):
        raise SettingError(f"no split {split!r}; there are: {', '.join(sorted(known))}")
    rows = problems.join(splits.filter(pl.col("split") == split), on="problem_id").filter(
        pl.col("answer").is_not_null()
    )
    return (
        rows.join(_rates(warehouse, version, model, sampling), on="problem_id", how="left")
        .select(pl.col(name).cast(kind) for name, kind in ROWS.items())
        .sort("problem_id")
        .collect()
    )


def _rates(warehouse: Warehouse, version: Version, model: str | None, sampling: str | None) -> pl.LazyFrame:
    """Solve rate and band of each problem, once; no rows where none was measured."""
    outputs: Sequence[Output] = version.tables.get("difficulty", ())
    if not outputs:
        if model is not None or sampling is not None:
            raise SettingError(f"no solve rates of {model or sampling!r}: this warehouse has no difficulty table")
        return pl.LazyFrame(schema={"problem_id": pl.String, "solve_rate": pl.Float64, "band": pl.Int64})
    found = warehouse.scan(*outputs)
    for name, wanted in (("model", model), ("sampling", sampling)):
        names = sorted(found.select(pl.col(name).unique()).collect()[name].to_list())
        if wanted is None and len(names) > 1:
            raise SettingError(f"solve rates of several {name}s; name one with --{name}: {', '.join(names)}")
        if wanted is not None and wanted not in names:
            raise SettingError(f"no solve rates of {name} {wanted!r}; there are: {', '.join(names)}")
        found = found.filter(pl.col(name) == (wanted or names[0]))
    # a problem scored in two tables, base and strict, say, has its rollouts in both: the larger count holds the smaller
    once = found.sort("n", descending=True, maintain_order=True).unique("problem_id", keep="first", maintain_order=True)
    return once.select("problem_id", pl.col("estimate").alias("solve_rate"), pl.col("band").cast(pl.Int64))


def refuse_leaks(warehouse: Warehouse, version: Version, rows: pl.DataFrame) -> int:
    """Checks rows to be trained on against the test split and the benchmarks, by id and by normalised statement.

    Returns how many held-out statements they were compared with.

    Raises:
        LeakError: one of them is held out.
    """
    splits = _scan(warehouse, version, "splits").filter(pl.col("split") == "test").select("problem_id")
    matched = _scan(warehouse, version, "contamination").select("problem_id")
    test = _scan(warehouse, version, "base").join(splits, on="problem_id", how="semi").select("problem_id", "problem")
    benchmarks = _scan(warehouse, version, "benchmarks").select("problem").collect()
    tested = test.collect()
    held_ids = pl.concat([splits.collect(), matched.collect()]).unique()
    held_texts = canonical(pl.concat([benchmarks["problem"], tested["problem"]])).unique()
    leaked = rows.filter(
        pl.col("problem_id").is_in(held_ids["problem_id"].implode())
        | pl.Series(canonical(rows["problem"])).is_in(held_texts.implode())
    )
    if leaked.height:
        named = ", ".join(leaked["problem_id"].head(EXAMPLES))
        raise LeakError(
            f"{leaked.height:,} of {rows.height:,} rows are of the test split or a benchmark, such as {named}; "
            "nothing was written",
            hint="train on --split train; `bigmath check` says whether the warehouse was changed",
        )
    return held_texts.len()


def _scan(warehouse: Warehouse, version: Version, table: str) -> pl.LazyFrame:
    if not version.tables.get(table):
        raise SettingError(f"this warehouse has no table {table!r}", hint="bigmath run")
    return warehouse.scan(*version.tables[table])
