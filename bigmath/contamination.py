"""Rows that are problems of a benchmark, which must never enter training.

Methods. `exact`: equal canonical text. `wording`: the row restates the test in other spelling or light paraphrase, with
the test's numbers and operators (`bigmath.restatement`; `score` is the share of its words). `template`, only where
asked for: the test with other numbers.

Both are asked only where a cheap look finds that a row shares rare word grams with a test (`bigmath.grams`): that look
reads raw bytes, and almost every row ends there, so that normalisation is paid for a few rows in a hundred.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.grams import LENGTH, GramTable, Places, Stream, grams, stream, streams
from bigmath.normalize import canonical
from bigmath.restatement import (
    Reading,
    Test,
    Weights,
    bare,
    may_stand_alone,
    names_in,
    same_figures,
    test_readings,
)  # fmt: skip
from bigmath.restatement import read as read_text

CONTAMINATION = pl.Schema(
    {
        "problem_id": pl.String,
        "benchmark": pl.String,
        "benchmark_row": pl.Int64,
        "method": pl.String,
        "score": pl.Float64,
    }
)
"""One row for each pair of a problem and a test, by its best method. `score` is the share, by weight, of the test's
words found in the row, 1 for an exact match."""


@dataclass(frozen=True)
class NgramSettings:
    """How much of a test must be found."""

    share: float = 0.2
    """Least share of a test's word grams for a row to be compared with it at all."""
    formula_share: float = 0.55
    """The same for a test that is mostly formula, whose grams a paraphrase leaves alone."""
    coverage: float = 0.65
    """Least share, by weight, of the words of a test with five numbers or more; see `Test.needed`."""
    variants: bool = False
    """Whether a test with other numbers counts."""


@dataclass(frozen=True)
class Benchmarks:
    """Tests to keep out, indexed for matching. Build it with `index`."""

    tests: pl.DataFrame
    """benchmark, benchmark_row, text, and test (its number)."""
    ways: tuple[tuple[Test, ...], ...]
    """For each test, the ways to read it."""
    looks: "tuple[_Look, ...]"
    shares: NDArray[np.float64]
    """For each test, the least share of its grams."""
    digits: Places
    """For each test, how often it has each digit."""
    wordless: bool
    """Whether a test has no ASCII word or digit: such rows are all compared."""
    settings: NgramSettings


@dataclass(frozen=True)
class _Look:
    """The grams of one length, and the tests they are of."""

    length: int
    table: GramTable
    starts: Places
    """For each known gram, where its tests begin in `tests`; one more at the end."""
    tests: Places
    sizes: Places
    """For each test, how many known grams it has; 0 where its grams are of another length."""
    longest: Places
    """For each test, the most words (of two letters or more) that a row may have to be compared with it."""


_COMMON = 12
"""A gram of more tests than this says nothing of any."""
_AROUND = 12
"""Words that headers may add to a test of fewer than `_SHORT`."""
_SHORT = 5
_TOLD = 2
"""Figures of a test of few words from which on it is mostly formula."""
_WHOLE = 3
"""Grams of a short test that tell enough, where all are there, to look for it also in a longer row."""


def index(tests: pl.DataFrame, settings: NgramSettings = NgramSettings()) -> Benchmarks:
    """The index of tests given as rows of `benchmark`, `benchmark_row` and `problem`."""
    table = tests.select("benchmark", pl.col("benchmark_row").cast(pl.Int64), "problem")
    table = table.with_columns(text=_texts(table["problem"])).filter(pl.col("text").str.len_bytes() > 0)
    texts = zip(table["text"], bare(table["problem"]), strict=True)
    read = tuple(test_readings(text, without) for text, without in texts)
    weights = Weights.of([way for ways in read for way in ways], names_in(table["problem"]))
    ways = tuple(tuple(Test.of(way, weights, settings.coverage) for way in one) for one in read)
    seen = stream(table["problem"])
    looks = tuple(look for length in range(1, LENGTH + 1) if (look := _look(seen, length)) is not None)
    formulas = np.array([one[0].is_thin and one[0].told >= _TOLD for one in read], dtype=bool)
    shares = np.where(formulas, settings.formula_share, settings.share)
    numbered = table.drop("problem").with_row_index("test").with_columns(pl.col("test").cast(pl.Int64))
    return Benchmarks(
        numbered,
        ways,
        looks,
        shares,
        seen.counts_of(np.arange(table.height))[1],
        bool((seen.counts == 0).any()),
        settings,
    )


def matches(rows: pl.DataFrame, benchmarks: Benchmarks, *, exact_only: bool = False) -> pl.DataFrame:
    """`CONTAMINATION` rows for rows with `problem_id` and `problem`, sorted by problem, benchmark and its row."""
    pairs = [_block_pairs(part, benchmarks, first, rows.height) for first, part in streams(rows["problem"])]
    found = pl.concat(pairs) if pairs else _pairs_frame(np.zeros(0, np.int64), np.zeros(0, np.int64))
    if benchmarks.wordless and rows.height:
        found = pl.concat([found, _wordless_pairs(rows["problem"], benchmarks)]).unique()
    if found.is_empty():
        return pl.DataFrame(schema=CONTAMINATION)
    if not exact_only:
        found = found.filter(pl.Series(_worth_reading(found, rows["problem"], benchmarks), dtype=pl.Boolean))
    asked = found.select(pl.col("row").unique().sort())["row"]
    statements = rows["problem"].gather(asked)
    texts = pl.DataFrame({"row": asked, "problem": statements, "row_text": _texts(statements)})
    joined = (
        found.sort("row", "test")
        .join(texts, on="row", maintain_order="left")
        .join(benchmarks.tests, on="test", maintain_order="left")
    )
    exact = joined.filter(pl.col("row_text") == pl.col("text")).select("row", "test", method=pl.lit("exact"), score=1.0)
    if not exact_only:
        others = joined.filter(pl.col("row_text") != pl.col("text"))
        exact = pl.concat([exact, _reworded(others, benchmarks)])
    named = exact.join(benchmarks.tests, on="test", maintain_order="left")
    named = named.with_columns(problem_id=rows["problem_id"].gather(named["row"]))
    return (
        named.select(list(CONTAMINATION))
        .unique()
        .sort("problem_id", "benchmark", "benchmark_row")
        .match_to_schema(CONTAMINATION)
    )


def hashed(tests: pl.DataFrame) -> pl.DataFrame:
    """Tests with `sha256`: of the UTF-8 bytes of the canonical text, in hex. What a release publishes of its tests."""
    digests = [sha256((text or "").encode()).hexdigest() for text in canonical(tests["problem"])]
    return tests.with_columns(sha256=pl.Series(digests, dtype=pl.String))


def contaminated_by(matched: pl.DataFrame) -> pl.DataFrame:
    """`problem_id` and `contaminated_by` as `LINKS` has it: the best match of each row, exact ones first."""
    best = matched.sort(pl.col("method") != "exact", -pl.col("score"), "benchmark", "benchmark_row")
    best = best.unique("problem_id", keep="first", maintain_order=True)
    named = pl.format("{}/{} ({})", "benchmark", "benchmark_row", "method")
    return best.select("problem_id", contaminated_by=named).sort("problem_id")


def _texts(statements: pl.Series) -> pl.Series:
    """The canonical texts, in which a number that ends a sentence and one that begins the next stay two numbers, and
    `√242` is the root of all three digits."""
    whole = statements.str.replace_all(r"√\s?([0-9]+)", r"\sqrt{$1}")
    return canonical(whole.str.replace_all(r"([0-9])\.\$?\s+(?:\$\s*)?([0-9])", "$1 ; $2"))


def _worth_reading(found: pl.DataFrame, problems: pl.Series, benchmarks: Benchmarks) -> list[bool]:
    """Of pairs of row and test, whether the row, as it is written, has enough of the test's words."""
    written = {row: problems[row].lower() for row in found["row"].unique()}
    return [any(way.may_share(written[row]) for way in benchmarks.ways[test]) for row, test in found.iter_rows()]


def _reworded(joined: pl.DataFrame, benchmarks: Benchmarks) -> pl.DataFrame:
    """Row, test, method and score of the pairs that hold; `joined` has row, problem, row_text and test."""
    settings = benchmarks.settings
    found: list[tuple[int, int, str, float]] = []
    undecided: list[tuple[int, int, float]] = []
    at, reading = -1, Reading((), ())
    for row, test, row_text in joined.select("row", "test", "row_text").iter_rows():  # sorted by row
        if row != at:
            at, reading = (
                row,
                read_text(row_text),
            )  # one at a time: thousands kept would be gone through by the collector
        compared = _compared(benchmarks, test, reading)
        if compared.same:
            found.append((row, test, "wording", compared.score))
        elif compared.enough and (settings.variants or compared.alone):
            undecided.append((row, test, compared.score))
    # a test of few words must stand alone in the row, so what is printed around the row's problem is taken away
    asked = joined.filter(pl.col("row").is_in([row for row, _, _ in undecided])).unique("row", maintain_order=True)
    read = {
        row: read_text(text) for row, text in zip(asked["row"], bare(asked["problem"]), strict=True) if text is not None
    }
    for row, test, score in undecided:
        if row in read and _compared(benchmarks, test, read[row]).same:
            found.append((row, test, "wording", score))
        elif settings.variants:
            found.append((row, test, "template", score))
    return pl.DataFrame(found, schema=_JUDGED, orient="row")


_JUDGED = {"row": pl.Int64, "test": pl.Int64, "method": pl.String, "score": pl.Float64}


@dataclass(frozen=True, slots=True)
class _Compared:
    """How a row compares with a test, over the ways to read the test."""

    score: float
    """The best share of words."""
    enough: bool
    """Whether that is enough."""
    same: bool
    """Whether a way that has words enough has the figures too."""
    alone: bool
    """Whether it might, were the row without what is printed around its problem."""


def _compared(benchmarks: Benchmarks, test: int, row: Reading) -> _Compared:
    best, enough, same, alone = 0.0, False, False, False
    for way in benchmarks.ways[test]:
        score = way.share(row.words)
        best = max(best, score)
        if score >= way.needed:
            enough = True
            same = same or same_figures(way.reading, row)
            alone = alone or may_stand_alone(way.reading, row)
    return _Compared(round(best, 4), enough, same, alone)


def _look(seen: Stream, length: int) -> _Look | None:
    """The grams of this length of the tests that need it: all that are long enough for `LENGTH`, and those that have
    just this many words."""
    wanted = seen.counts >= length if length == LENGTH else seen.counts == length
    owners, hashes = grams(seen, length)
    inside = wanted[owners]
    pairs = pl.DataFrame({"gram": hashes[inside], "test": owners[inside]}).unique().sort("gram", "test")
    few = pairs.filter(pl.len().over("gram") <= _COMMON)
    lost = pairs.join(few.select("test").unique(), on="test", how="anti")  # a test of common grams keeps them
    pairs = pl.concat([few, lost]).sort("gram", "test")
    if pairs.is_empty():
        return None
    hashes, tests = pairs["gram"].to_numpy(), pairs["test"].to_numpy()
    names, _ = seen.counts_of(np.arange(len(seen.counts)))
    table = GramTable.of(hashes)
    starts = np.append(np.searchsorted(hashes, table.known), len(hashes))
    sizes = np.bincount(tests, minlength=len(seen.counts))
    longest = np.where(names < _SHORT, 2 * names + _AROUND, np.iinfo(np.int64).max)
    return _Look(length, table, starts, tests, sizes, longest)


def _block_pairs(part: Stream, benchmarks: Benchmarks, first: int, rows: int) -> pl.DataFrame:
    """Rows of a block and the tests worth comparing them with."""
    found_rows, found_tests = [], []
    for look in benchmarks.looks:
        owners, hashes = grams(part, look.length)
        hit, known = look.table.find(hashes)
        row, test, all_of_it = _shared(owners[hit], known, look, benchmarks.shares)
        names, digits = part.counts_of(row)
        fits = (names <= look.longest[test]) | all_of_it
        if not benchmarks.settings.variants:
            fits &= (digits >= benchmarks.digits[test]).all(axis=1)
        found_rows.append(row[fits] + first)
        found_tests.append(test[fits])
    return _pairs_frame(np.concatenate(found_rows or [_NONE]), np.concatenate(found_tests or [_NONE])).unique()


def _shared(
    owners: Places, known: Places, look: _Look, shares: NDArray[np.float64]
) -> tuple[Places, Places, NDArray[np.bool_]]:
    """The pairs of text and test of which enough of the test's grams, and one, are in the text, a gram counted as often
    as it occurs; and whether as many as all of several are."""
    several = look.starts[known + 1] - look.starts[known]
    within = np.arange(several.sum()) - np.repeat(np.cumsum(several) - several, several)
    tests = look.tests[np.repeat(look.starts[known], several) + within]
    pairs, counts = np.unique(np.repeat(owners, several) * len(look.sizes) + tests, return_counts=True)
    row, test = np.divmod(pairs, len(look.sizes))
    enough = counts >= shares[test] * look.sizes[test]
    whole = counts >= np.maximum(look.sizes[test], _WHOLE)
    return row[enough], test[enough], whole[enough]


_NONE = np.zeros(0, dtype=np.int64)


def _wordless_pairs(problems: pl.Series, benchmarks: Benchmarks) -> pl.DataFrame:
    """Rows and tests without an ASCII word or digit, compared by their canonical text alone."""
    bare = problems.fill_null("")
    foreign = (bare.str.len_bytes() > 0) & (bare.str.count_matches("[A-Za-z0-9]") * 4 < bare.str.len_chars())
    rows = pl.DataFrame({"row": np.arange(len(bare))}).filter(foreign)
    texts = rows.with_columns(text=_texts(bare.filter(foreign)))
    return texts.join(benchmarks.tests, on="text").select("row", "test")


def _pairs_frame(rows: Places, tests: Places) -> pl.DataFrame:
    return pl.DataFrame({"row": rows, "test": tests}, schema={"row": pl.Int64, "test": pl.Int64})
