"""The topics, and how each source's own words map to them.

`calculus` and `other` have almost no labelled rows, so the classifier never gives `other`, and gives `calculus` only by
the rule in `bigmath.topics.classify`. `precalculus` is trigonometry, vectors, matrices and complex numbers, as in MATH
and HARP; `prealgebra` is arithmetic, percentages and short word problems.
"""

import polars as pl

TOPICS = (
    "algebra",
    "calculus",
    "counting_and_probability",
    "geometry",
    "number_theory",
    "other",
    "prealgebra",
    "precalculus",
)
"""Every value of `topic`."""

PLAIN = {
    "algebra": "algebra",
    "intermediate algebra": "algebra",
    "inequalities": "algebra",
    "prealgebra": "prealgebra",
    "geometry": "geometry",
    "number theory": "number_theory",
    "counting and probability": "counting_and_probability",
    "counting & probability": "counting_and_probability",
    "combinatorics": "counting_and_probability",
    "precalculus": "precalculus",
    "calculus": "calculus",
    "logic and puzzles": "counting_and_probability",
    "other": "other",
}
"""One-word labels: MATH's type, HARP's subject, NuminaMath-1.5's problem_type, in lower case with spaces."""

PATHS = (
    (r"Modular Arithmetic|Number Theory", "number_theory"),
    (
        r"Probability|Counting|Permutations|Combinatorics|Graph Theory|Discrete Mathematics|Statistics",
        "counting_and_probability",
    ),
    (r"Precalculus|Linear Algebra|Trigonometr|Complex Numbers", "precalculus"),
    (r"-> Calculus|Integral|Differential", "calculus"),
    (r"Geometry", "geometry"),
    (r"Prealgebra|Word Problems", "prealgebra"),
    (r"Algebra", "algebra"),
)
"""Omni-MATH's paths, such as `Mathematics -> Algebra -> Prealgebra -> Integers`: the first pattern that fits."""


def from_source(domain: pl.Expr) -> pl.Expr:
    """The topic of a source's own label, null for none and for words that are not known."""
    plain = domain.str.to_lowercase().str.replace_all("_", " ").str.strip_chars().replace_strict(PLAIN, default=None)
    path: pl.Expr = pl.lit(None, dtype=pl.String)
    for pattern, topic in reversed(PATHS):
        path = pl.when(domain.str.contains(pattern)).then(pl.lit(topic)).otherwise(path)
    return pl.when(domain.str.contains(" -> ", literal=True)).then(path).otherwise(plain)
