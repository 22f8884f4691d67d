"""Big-Math's rules do what their authors wrote, slips included: they are what ours are compared with."""

import pytest

from bigmath.benchmarks.published_rules import PUBLISHED

ROWS = [
    ("multiple_choice", "Alice, Bob, Carol and David sit in a row.", "24", True),
    ("multiple_choice", "Triangle $ABC$ has area 5.", "5", False),
    ("multi_part", "Add 3.5 and 2.1.", "5.6", True),
    ("multi_part", "(i) Find $a$. (ii) Find $b$.", "1", False),
    ("proof", "Show that $1<2$.", "", False),
    ("proof", "Prove that $1<2$.", "", True),
    ("yes_no", "Is $7$ prime?", "Yes", True),
    ("true_false", "Every $n$ is even.", "False", True),
    ("strict_keep", "What is $1+1$?", "2", True),
]


@pytest.mark.parametrize(("name", "problem", "answer", "fires"), ROWS)
def test_a_published_rule_decides_as_published(name: str, problem: str, answer: str, fires: bool) -> None:
    assert PUBLISHED[name]({"problem": problem, "answer": answer, "solution": None}) == fires
