"""Rows that are problems of a benchmark, which must never enter training.

Methods. `exact`: equal canonical text. `wording`: the row restates the test in other spelling or light paraphrase, with
the test's numbers and operators (`bigmath.restatement`; `score` is the share of its words). Only where asked for:
`template`, the test with other numbers, and `semantic`, a row whose sentence embedding is near a test's
(`bigmath.neighbours`).

The first three are asked only where a cheap look finds that a row shares rare word grams with a test
(`bigmath.grams`): that look reads raw bytes, and almost every row ends there, so that normalisation is paid for a few
rows in a hundred.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.engine import Say
from bigmath.grams import LENGTH, Digits, GramTable, Places, Stream, grams, stream
from bigmath.neighbours import Neighbours
from bigmath.normalize import canonical
from bigmath.opposites import exchanged
from bigmath.restatement import Test, Weights, may_stand_alone, same_figures
from bigmath.sentence_model import Embed
from bigmath.wording import Reading, Written, bare, names_in, reading_of, test_readings

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
words found in the row, 1 for an exact match, the cosine for a semantic one."""


_METHODS = {"exact": 0, "wording": 1, "template": 2, "semantic": 3}
"""The methods, the surest first."""


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
    semantic: float | None = None
    """The cosine from which on a row that no other method matches to a test counts as told in other words, whatever
    its numbers (`bigmath.neighbours`); None: not asked. Every row is embedded then."""


@dataclass(frozen=True)
class Benchmarks:
    """Tests to keep out, indexed for matching. Build it with `index`."""

    tests: pl.DataFrame
    """benchmark, benchmark_row, text, and test (its number)."""
    ways: tuple[tuple[Test, ...], ...]
    """For each test, the ways to read it."""
    look: "_Look"
    wordless: bool
    """Whether a test has no ASCII word or digit: such rows are all compared."""
    settings: NgramSettings
    neighbours: Neighbours | None
    """The embedded tests; None where semantic matches are not asked for."""


@dataclass(frozen=True)
class _Look:
    """What the tests share with a row that is worth reading. Grams are of `LENGTH`, in shorter tests of all they have;
    arrays go by test."""

    table: GramTable
    starts: Places
    """For each known gram, where its tests begin in `tests`; one more at the end."""
    tests: Places
    sizes: Places
    """How many known grams it has."""
    shares: NDArray[np.float64]
    """The least share of its grams."""
    digits: Digits
    """How often it has each digit."""
    longest: Places
    """The most words (of two letters or more) that a row may have to be compared with it."""


_BLOCK = 65_536
"""Rows looked at together."""
_COMMON = 12
"""A gram of more tests than this says nothing of any."""
_AROUND = 12
"""Words that headers may add to a test of fewer than `_SHORT`."""
_SHORT = 5
_TOLD = 2
"""Figures of a test of few words from which on it is mostly formula."""
_WHOLE = 3
"""Grams of a short test that tell enough, where all are there, to look for it also in a longer row."""


def index(
    tests: pl.DataFrame,
    settings: NgramSettings = NgramSettings(),
    *,
    embed: Embed | None = None,
    say: Say | None = None,
) -> Benchmarks:
    """The index of tests given as rows of `benchmark`, `benchmark_row` and `problem`.

    Args:
        embed: the model of semantic matches; all-MiniLM-L6-v2 by default, whose vectors are kept.
        say: hears how far the tests are embedded.

    Raises:
        MissingExtraError: semantic matches are asked for and the default model is not installed.
    """
    table = tests.select("benchmark", pl.col("benchmark_row").cast(pl.Int64), "problem")
    table = table.with_columns(text=_texts(table["problem"])).filter(pl.col("text").str.len_bytes() > 0)
    texts = zip(table["text"], bare(table["problem"]), strict=True)
    read = tuple(test_readings(text, without) for text, without in texts)
    weights = Weights.of([way for ways in read for way in ways], names_in(table["problem"]))
    ways = tuple(tuple(Test.of(way, weights, settings.coverage) for way in one) for one in read)
    seen = stream(table["problem"])
    formulas = np.array([one[0].is_thin and one[0].told >= _TOLD for one in read], dtype=bool)
    shares = np.where(formulas, settings.formula_share, settings.share)
    numbered = table.drop("problem").with_row_index("test").with_columns(pl.col("test").cast(pl.Int64))
    near = None if settings.semantic is None else Neighbours.of(table["problem"], settings.semantic, embed, say)
    wordless = bool((seen.counts == 0).any())
    return Benchmarks(numbered, ways, _look(seen, shares), wordless, settings, near)


def matches(rows: pl.DataFrame, benchmarks: Benchmarks, *, exact_only: bool = False) -> pl.DataFrame:
    """`CONTAMINATION` rows for rows with `problem_id` and `problem`, sorted by problem, benchmark and its row."""
    found = _read_matches(rows["problem"], benchmarks, exact_only=exact_only)
    if benchmarks.neighbours is not None and not exact_only:
        left = pl.DataFrame({"row": np.arange(rows.height)}).join(found, on="row", how="anti")["row"]
        near = benchmarks.neighbours.matches(rows["problem"].gather(left))
        near = near.with_columns(row=left.gather(near["row"]), method=pl.lit("semantic"))
        found = pl.concat([found, near.select(found.columns)])
    named = found.join(benchmarks.tests, on="test", maintain_order="left")
    named = named.with_columns(problem_id=rows["problem_id"].gather(named["row"]))
    return (
        named.select(list(CONTAMINATION))
        .unique()
        .sort("problem_id", "benchmark", "benchmark_row")
        .match_to_schema(CONTAMINATION)
    )


def _read_matches(problems: pl.Series, benchmarks: Benchmarks, *, exact_only: bool) -> pl.DataFrame:
    """`_JUDGED` rows of all methods that read the statement."""
    blocks = range(0, max(1, len(problems)), _BLOCK)
    found = pl.concat([_block_pairs(problems.slice(first, _BLOCK), benchmarks, first) for first in blocks])
    if benchmarks.wordless and len(problems):
        found = pl.concat([found, _wordless_pairs(problems, benchmarks)]).unique()
    if found.is_empty():
        return pl.DataFrame(schema=_JUDGED)
    if not exact_only:
        found = found.filter(pl.Series(_worth_reading(found, problems, benchmarks), dtype=pl.Boolean))
    asked = found.select(pl.col("row").unique().sort())["row"]
    statements = problems.gather(asked)
    texts = pl.DataFrame({"row": asked, "problem": statements, "row_text": _texts(statements)})
    joined = (
        found.sort("row", "test")
        .join(texts, on="row", maintain_order="left")
        .join(benchmarks.tests, on="test", maintain_order="left")
    )
    exact = joined.filter(pl.col("row_text") == pl.col("text")).select("row", "test", method=pl.lit("exact"), score=1.0)
    if exact_only:
        return exact
    return pl.concat([exact, _reworded(joined.filter(pl.col("row_text") != pl.col("text")), benchmarks)])


def hashed(tests: pl.DataFrame) -> pl.DataFrame:
    """Tests with `sha256`: of the UTF-8 bytes of the canonical text, in hex. What a release publishes of its tests."""
    digests = [sha256((text or "").encode()).hexdigest() for text in canonical(tests["problem"])]
    return tests.with_columns(sha256=pl.Series(digests, dtype=pl.String))


def contaminated_by(matched: pl.DataFrame) -> pl.DataFrame:
    """`problem_id` and `contaminated_by` as `LINKS` has it: the best match of each row, surer methods first."""
    best = matched.sort(
        pl.col("method").replace_strict(_METHODS, return_dtype=pl.Int64), -pl.col("score"), "benchmark", "benchmark_row"
    )
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
    rows = found["row"].unique()
    written = dict(zip(rows, (Written(text) for text in problems.gather(rows).str.to_lowercase()), strict=True))
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
                reading_of(row_text),
            )  # one at a time: thousands kept would be gone through by the collector
        compared = _compared(benchmarks, test, reading)
        if compared.same:
            found.append((row, test, "wording", compared.score))
        elif compared.enough and (settings.variants or compared.alone):
            undecided.append((row, test, compared.score))
    # a test of few words must stand alone in the row, so what is printed around the row's problem is taken away
    asked = joined.filter(pl.col("row").is_in([row for row, _, _ in undecided])).unique("row", maintain_order=True)
    read = {
        row: reading_of(text)
        for row, text in zip(asked["row"], bare(asked["problem"]), strict=True)
        if text is not None
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
            same = same or (same_figures(way.reading, row) and not exchanged(way.reading.words, row.words))
            alone = alone or may_stand_alone(way.reading, row)
    return _Compared(round(best, 4), enough, same, alone)


def _look(seen: Stream, shares: NDArray[np.float64]) -> _Look:
    """The index of the tests' grams: of `LENGTH`, or for a shorter test the one gram of all its words."""
    tests = len(seen.counts)
    parts = []
    for length in range(1, LENGTH + 1):
        owners, hashes = grams(seen, length)
        inside = (seen.counts >= length if length == LENGTH else seen.counts == length)[owners]
        parts.append(pl.DataFrame({"gram": hashes[inside], "test": owners[inside]}).with_columns(length=length))
    pairs = pl.concat(parts).unique().sort("gram", "test")
    few = pairs.filter(pl.len().over("gram") <= _COMMON)
    lost = pairs.join(few.select("test").unique(), on="test", how="anti")  # a test of common grams keeps them
    pairs = pl.concat([few, lost]).sort("gram", "test")
    hashes, owners = pairs["gram"].to_numpy(), pairs["test"].to_numpy()
    table = GramTable.of(hashes, pairs["length"].unique().sort().to_list())
    few_words = seen.long_words < _SHORT
    return _Look(
        table,
        starts=np.append(np.searchsorted(hashes, table.known), len(hashes)),
        tests=owners,
        sizes=np.bincount(owners, minlength=tests),
        shares=shares,
        digits=seen.digits,
        longest=np.where(few_words, 2 * seen.long_words + _AROUND, np.iinfo(np.int64).max),
    )


def _block_pairs(problems: pl.Series, benchmarks: Benchmarks, first: int) -> pl.DataFrame:
    """Rows of a block, the first of which has this number, and the tests worth comparing them with."""
    from bigmath.gram_scan import shared  # noqa: PLC0415 # compiled code is loaded when needed

    look = benchmarks.look
    hits = look.table.find(problems)
    row, test, count = shared(hits.rows, hits.known, look.starts, look.tests, look.sizes, look.shares)
    all_of_it = count >= np.maximum(look.sizes[test], _WHOLE)
    fits = (hits.long_words[row] <= look.longest[test]) | all_of_it
    if not benchmarks.settings.variants:
        fits &= (hits.digits[row] >= look.digits[test]).all(axis=1)
    return _pairs_frame(row[fits] + first, test[fits])


def _wordless_pairs(problems: pl.Series, benchmarks: Benchmarks) -> pl.DataFrame:
    """Rows and tests without an ASCII word or digit, compared by their canonical text alone."""
    bare = problems.fill_null("")
    foreign = (bare.str.len_bytes() > 0) & (bare.str.count_matches("[A-Za-z0-9]") * 4 < bare.str.len_chars())
    rows = pl.DataFrame({"row": np.arange(len(bare))}).filter(foreign)
    texts = rows.with_columns(text=_texts(bare.filter(foreign)))
    return texts.join(benchmarks.tests, on="text").select("row", "test")


def _pairs_frame(rows: Places, tests: Places) -> pl.DataFrame:
    return pl.DataFrame({"row": rows, "test": tests}, schema={"row": pl.Int64, "test": pl.Int64})
