"""Rows that are problems of a benchmark: copies in every disguise are found, variants and clean rows are not."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from bigmath.benchmarks import decontaminate
from bigmath.benchmarks.ngram_overlap import flagged
from bigmath.benchmarks.planting import COPIES, VARIANTS, planted
from bigmath.contamination import CONTAMINATION, NgramSettings, contaminated_by, hashed, index, matches
from bigmath.normalize import canonical_text
from bigmath.sentence_model import Vectors

PROBLEMS = {
    "pencils": "Maya buys 14 pencils for $\\$0.50$ each and 3 erasers for $\\$1.25$ each. How much does she spend "
    "in all?",
    "fraction": "Compute $\\dfrac{3}{7}+\\dfrac{2}{5}$.",
    "root": "Simplify $\\sqrt{242}$.",
    "power": "Find the units digit of $18^6$.",
    "function": "If $f(x)=5x^2+3x+4$, what is the value of $f(-2)$?",
    "form": "The number $N$ is $3^4-2^5$ over $9{,}126$. It can be written in the form $\\frac{m}{n}$, where $m$ and "
    "$n$ are relatively prime positive integers. Find $m+n$.",
    "polynomial": "A polynomial with integer coefficients is of the form $2x^4 + a_3 x^3 + a_1 x + 1 = 0$. Find the "
    "number of different possible rational roots of this polynomial.",
    "figure": 'A hexagon is inscribed in a circle: [asy]draw(dir(10)--dir(60)--dir(130)); label("$105$",(3,4));[/asy] '
    "What is the measure of $\\alpha$, in degrees?",
    "birds": "There are 2 birds and 6 storks sitting on the fence. Then 3 more birds come to join them. How many more "
    "storks than birds are sitting on the fence?",
    "chairs": "Candy rents out chairs. During the weekdays, 60 chairs are rented each day; but during weekends, "
    "100 chairs are rented each day. How many chairs in total will she rent out in two 4-week months?",
    "pole": "A flag of 3 by 5 feet hangs on a pole of 20 feet. What is the smallest area, in square feet, of a box "
    "that holds pole and flag?",
    "weekend": "On Sunday Peter exercised for 23 minutes. On Monday he exercised for 16 minutes. How many minutes must "
    "he exercise on Tuesday to have twice as many as on both days?",
}
TESTS = pl.DataFrame(
    {"benchmark": list(PROBLEMS), "benchmark_row": [0] * len(PROBLEMS), "problem": list(PROBLEMS.values())}
)


@pytest.fixture(scope="module")
def tests() -> pl.DataFrame:
    """Enough tests that common words weigh little, as in a real benchmark."""
    filler = [
        f"A {thing} of {size} {unit} is cut into pieces; find the {what}."
        for thing, size in (("rope", 48), ("bar", 31), ("cake", 9), ("plank", 77))
        for unit in ("meters", "feet", "inches")
        for what in ("length", "number", "value", "sum", "total area of the different integer positive sides")
    ]
    more = pl.DataFrame({"benchmark": ["filler"] * len(filler), "benchmark_row": range(len(filler)), "problem": filler})
    return pl.concat([TESTS, more])


def found(tests: pl.DataFrame, row: str) -> set[str]:
    """The benchmarks, less the filler, that one row matches."""
    hits = matches(pl.DataFrame({"problem_id": ["p"], "problem": [row]}), index(tests))
    assert hits.schema == CONTAMINATION
    return set(hits["benchmark"]) - {"filler"}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("pencils", "Maya purchased 14 pencils at \\$0.50 each, and 3 erasers at \\$1.25 each. How much did she "
         "spend?"),
        ("pencils", "Problem 17. " + PROBLEMS["pencils"] + " (A) 10.75 (B) 14 (C) 9 (D) 11.25 (E) 3"),
        ("pencils", "Exercise 4.2. $14$ pencils cost Maya $\\$0.50$ each, and 3 erasers cost her $\\$1.25$ each. "
         "How much does she spend in all on pencils and erasers?"),
        ("fraction", "Evaluate 3/7 + 2/5"),
        ("fraction", "4. Compute \\(\\frac37+\\frac25\\).\nA. 1\nB. $\\frac{29}{35}$\nC. 2\nD. 3"),
        ("root", "Please simplify √242 !"),
        ("power", "Find the units digit of $18^{6}$."),
        ("power", "Expand $(2x-7)(x+11)$.\n\nFind the units digit of 18^6.\n\nA rope is cut. How often?"),
        ("function", "If $$f(x)=5x²+3x+4$$, what is the value of $$f(-2)$$?"),
        ("function", "What is the value of $f(-2)$ if $f(x)=5x^2+3x+4$?"),
        ("form", "The number N is $3^{4}-2^{5}$ over 9126. Find N."),
        ("pole", "A flag of 3 by 5 feet hangs on a 20 feet pole. Find the minimum area (in square feet) of a box "
         "holding pole and flag. Then give the largest perimeter that it may have."),
        ("figure", "A hexagon is inscribed in a circle: What is the measure of $\\alpha$, in degrees?"),
        ("birds", "There are two birds and six storks sitting on a fence. Then three more birds come to join them. How "
         "many more storks than birds are sitting on the fence?"),
        ("weekend", "On Monday Ivo exercised for 16 minutes. On Sunday Ivo exercised for 23 minutes. How many minutes "
         "must he exercise on Tuesday to have twice as many as on both days?"),
    ],
)  # fmt: skip
def test_a_copy_is_found_in_other_spelling_wording_order_and_company(tests: pl.DataFrame, name: str, row: str) -> None:
    assert found(tests, row) == {name}


@pytest.mark.parametrize(
    "row",
    [
        PROBLEMS["pencils"].replace("14", "15"),
        PROBLEMS["pencils"].replace("14", "3").replace("3 erasers", "14 erasers"),
        PROBLEMS["fraction"].replace("+", "-"),
        "Compute $\\frac{3}{7}+\\frac{2}{5}+\\frac{1}{2}$.",
        "If $M$ is 40 of $Q$, then $\\sqrt{3}$ is (A) $\\frac{1}{2}$ (B) $\\sqrt{242}$ (C) 5",
        "Find the units digit of $18^7$.",
        "Find the tens digit of the sum of all 18 primes below $6^9$.",
        PROBLEMS["polynomial"].replace("1 = 0", "0 = 1"),
        PROBLEMS["birds"].replace("2 birds and 6 storks", "6 birds and 2 storks"),
        PROBLEMS["chairs"].replace("60", "99").replace("100", "60").replace("99", "100"),
        PROBLEMS["weekend"].replace("23", "99").replace("16", "23").replace("99", "16"),
        PROBLEMS["pole"].replace("shortest", "longest").replace("area", "perimeter"),
        PROBLEMS["pole"].replace("smallest", "greatest"),
        "There are five birds sitting on the fence. How many more come to join?",
        "",
    ],
)
def test_another_problem_is_not_flagged(tests: pl.DataFrame, row: str) -> None:
    assert found(tests, row) == set()


def test_a_test_that_is_only_a_drawing_is_not_met_by_words_alone() -> None:
    drawing = 'In the diagram, what is the value of $x?$ [asy]draw((0,0)--(4,1)); label("$150^\\circ$",(0,0),N);[/asy]'
    other = "There are real numbers $x$ and $y$ such that $\\log_x(y^x)=\\log_y(x^{4y})=13$. Find $xy$."
    benchmark = pl.DataFrame({"benchmark": ["own"], "benchmark_row": [0], "problem": [drawing]})
    rows = pl.DataFrame({"problem_id": ["copy", "other"], "problem": [f"Problem 7. {drawing}", other]})
    assert matches(rows, index(benchmark))["problem_id"].to_list() == ["copy"]


def test_a_test_with_other_numbers_counts_where_it_is_asked_for(tests: pl.DataFrame) -> None:
    row = PROBLEMS["birds"].replace("2 birds", "11 birds")
    assert found(tests, row) == set()
    rows = pl.DataFrame({"problem_id": ["p"], "problem": [row]})
    hits = matches(rows, index(tests, NgramSettings(variants=True)))
    assert hits.select("benchmark", "method").rows() == [("birds", "template")]


def test_the_best_match_of_a_row_is_named_and_exact_ones_come_first(tests: pl.DataFrame) -> None:
    both = pl.DataFrame({"problem_id": ["p"], "problem": [PROBLEMS["birds"]]})
    near = tests.filter(pl.col("benchmark") == "birds").with_columns(
        benchmark=pl.lit("a"), problem=pl.lit("Say " + PROBLEMS["birds"])
    )
    hits = matches(both, index(pl.concat([tests, near])))
    assert hits["method"].to_list() == ["wording", "exact"]
    assert contaminated_by(hits).rows() == [("p", "birds/0 (exact)")]


def test_only_exact_matches_count_where_that_is_asked_for(tests: pl.DataFrame) -> None:
    rows = pl.DataFrame({"problem_id": ["p", "q"], "problem": [PROBLEMS["birds"].upper(), "So: " + PROBLEMS["birds"]]})
    assert matches(rows, index(tests), exact_only=True)["problem_id"].to_list() == ["p"]


def test_nothing_matches_an_empty_benchmark_and_no_rows_match_nothing(tests: pl.DataFrame) -> None:
    rows = pl.DataFrame({"problem_id": ["p"], "problem": ["a b c d"]})
    assert matches(rows, index(tests.clear())).is_empty()
    assert matches(rows.clear(), index(tests)).is_empty()


def test_every_test_is_found_exactly_also_one_without_ascii_words() -> None:
    texts = [*PROBLEMS.values(), "Найдите корень", "求解方程的根", "$x$?", "7"]
    tests = pl.DataFrame({"benchmark": ["b"] * len(texts), "benchmark_row": range(len(texts)), "problem": texts})
    rows = pl.DataFrame({"problem_id": [str(at) for at in range(len(texts))], "problem": texts})
    hits = matches(rows, index(tests)).filter(pl.col("method") == "exact")
    assert sorted(map(int, hits["problem_id"])) == list(range(len(texts)))


def test_matches_do_not_depend_on_the_order_or_number_of_rows(tests: pl.DataFrame) -> None:
    copies = planted(TESTS, COPIES, 5, seed=3).with_row_index("problem_id").cast({"problem_id": pl.String})
    known = index(tests)
    together = matches(copies, known)
    assert together.height >= 40
    assert matches(copies.sample(fraction=1, shuffle=True, seed=2), known).equals(together)
    apart = pl.concat([matches(part, known) for part in copies.iter_slices(1)])
    assert apart.sort("problem_id", "benchmark", "benchmark_row").equals(together)


def test_floods_and_null_statements_do_not_blow_up(tests: pl.DataFrame) -> None:
    problems = ["7" * 1_000_000, "1," * 300_000, "a b " * 300_000, "[asy]" * 50_000, "(a)" * 50_000, None, "\0"]
    rows = pl.DataFrame({"problem_id": [str(at) for at in range(len(problems))], "problem": problems})
    assert matches(rows, index(tests)).is_empty()


def test_the_hash_of_a_test_is_of_its_normalised_text() -> None:
    digests = hashed(pl.DataFrame({"problem": ["Compute $\\dfrac12$.", "compute \\(\\frac{1}{2}\\)", "compute 1"]}))[
        "sha256"
    ]
    assert digests[0] == digests[1] != digests[2]
    assert canonical_text("Compute $\\dfrac12$.") == "compute\\frac{1}{2}"


def test_edits_are_the_same_each_time_and_variants_have_other_numbers() -> None:
    assert planted(TESTS, COPIES, 4, seed=1).equals(planted(TESTS, COPIES, 4, seed=1))
    variants = planted(TESTS, VARIANTS, 9, seed=1)
    assert set(variants["edit"]) == set(VARIANTS)
    originals = set(PROBLEMS.values())
    assert not originals & set(variants["problem"])


def test_overlap_needs_its_number_of_words_in_a_row() -> None:
    words = [f"w{at}" for at in range(20)]
    tests = [" ".join(words), "one two three four five six seven eight", "too short a test"]
    rows = [
        " ".join(words[4:17]),
        " ".join(words[4:16]),
        "ONE two, three four five six seven eight!",
        "too short a test",
    ]
    assert flagged(rows, tests, 13) == [True, False, True, False]


def test_the_bench_names_its_criteria_and_counts_a_missed_copy() -> None:
    clean = pl.DataFrame({"problem": ["A boat sails 90 miles in 4 hours against the wind.", None]})
    result = decontaminate.run(clean, TESTS)
    assert result.figures["classes"]["verbatim"].startswith(f"{len(PROBLEMS)} of {len(PROBLEMS)}")
    assert result.figures["clean_drop"] == 0.0
    assert len(result.holds) == 5


def _topic(texts: Sequence[str]) -> Vectors:
    """An embedding that sees one word: the first letter of the text, and a little of its second."""
    return np.array([[ord(text[0]) - 60.0, ord(text[1]) - 60.0] for text in texts], dtype=np.float32)


def test_semantic_neighbours_are_matched_only_where_asked_for_and_unmatched_otherwise() -> None:
    asked = pl.DataFrame(
        {"benchmark": "b", "benchmark_row": [0, 1], "problem": ["AZ: add 2 and 7.", "Zebras: 9 of 14?"]}
    )
    rows = pl.DataFrame(
        {
            "problem_id": list("pqrstu"),
            "problem": [
                "AZ: add 2 and 7.",
                "AY quite other words 3",
                "yA 8 ropes",
                None,
                " ",
                "AY quite other words 3",
            ],
        }
    )
    near = index(asked, NgramSettings(semantic=0.99), embed=_topic)
    found = matches(rows, near)
    assert found.select("problem_id", "benchmark_row", "method").rows() == [
        ("p", 0, "exact"),
        ("q", 0, "semantic"),
        ("u", 0, "semantic"),
    ]
    assert found["score"][1] == pytest.approx(np.dot([5, 30], [5, 29]) / np.hypot(5, 30) / np.hypot(5, 29), abs=1e-4)
    assert matches(rows, index(asked)).height == 1
    assert matches(rows, near, exact_only=True).height == 1
    assert matches(rows, index(asked.clear(), NgramSettings(semantic=0.5), embed=_topic)).is_empty()


def test_a_semantic_match_names_a_row_last() -> None:
    pairs = [("p", "b", 0, "semantic", 0.99), ("p", "b", 1, "wording", 0.8)]
    matched = pl.DataFrame(pairs, schema=CONTAMINATION, orient="row")
    assert contaminated_by(matched)["contaminated_by"].to_list() == ["b/1 (wording)"]
