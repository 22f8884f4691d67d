"""The three verdicts on pairs, by class of difference; each trap of the design notes has its row."""

import pytest

from bigmath.dedup.guarding import verdict

LONG = "Ann has {} red marbles and Bob has {} more than Ann. How many marbles do Ann and Bob have in all?"
SAME = [
    (r"Evaluate $\dfrac12\left(x+1\right)$ for $x = 3$.", r"evaluate \(\frac{1}{2} (x + 1)\) for $x=3$"),
    ("There are 9,126 cats and 12 dogs in town.", "There are 9{,}126 cats and twelve dogs in town"),
    (r"A book costs \$5 and a pen 20\%.", "A book costs 5 dollars and a pen 20 percent."),
    (
        r"The area is $5\text{ cm}^2$ and an angle is $60^\circ$.",
        "The area is 5 square centimeters and an angle is 60°.",
    ),
    (
        r"Solve $3\times20 \le 5x$ and $a \equiv b \pmod{7}$.",
        r"Solve $3 \cdot 20\leqslant 5x$ and $a\equiv b$ (mod 7).",
    ),
    (
        LONG.format(3, 5),
        "Problem 12. (AMC 10, 2012) " + LONG.format(3, 5) + " Express your answer as a common fraction.",
    ),
    (LONG.format(3, 5), LONG.format(3, 5) + " (5 points)\nSource: Baltic Way 1998"),
    (LONG.format(3, 5), LONG.format(3, 5).replace("Ann", "Maria").replace("Bob", "Tom")),
    (LONG.format(3, 5), LONG.format(3, 5).replace("marbles", "marlbes", 1).replace("many", "mny")),
    (LONG.format(3, 5), LONG.format(3, 5).replace(" ", "\n").lower()),
    (r"Let $x^2+2y=1$ with $x>y$. Find $x$.", r"Let $t^2+2s=1$ with $t>s$. Find $t$."),
    (LONG.format(3, 5), LONG.format(3, 5).replace("How many", "How may")),
    (LONG.format(3, 5), "1967 AIME II problem 11: ".lower() + LONG.format(3, 5).lower()),
    (LONG.format("three", "five"), LONG.format("thre", "fvie")),
    (LONG.format(123, 2_000), LONG.format("one hundred and twenty-three", "two thousand")),
    (LONG.format(3, 5), LONG.format(3, 5).replace("marbles", "[marbles](https://example.org/marble_(toy))", 1)),
    (
        "How many 4-digit numbers are in the $x$-plane?",
        "How many 4-[digit](https://e.org/Digit_(x)) numbers are in the $x$-[plane](https://e.org/y)?",
    ),
    (
        "A class has $60 to buy flowers for exactly $60? $\\textbf{(A)}\\ 10 \\qquad \\textbf{(B)}\\ 12$",
        "A class has $60 to buy flowers for exactly $60?\nA) $10$\nB) $12$",
    ),
    (LONG.format("$x_1$", r"\$5"), LONG.format("$x_{}{}_{1}$", r"\textdollar 5")),
    (
        "What is $3+4$ for Ann? $\\textbf{(A)}\\ 7 \\qquad\\textbf{(B)}\\ 8$",
        "What is $3+4$ for Ann?\n\nAnswer choices:\nA. 7\nB. 8",
    ),
    (
        "A car goes 60 km/h for 3 hours. How many kilometers does it go?",
        "A car goes 60 kilometers per hour for 3 hrs. How many km does it go?",
    ),
    ("Determine the sum of all primes below 30.", "Fnid the sum of all primes below 30."),
    ("In triangle $ABC$, $AB=3$ and $BC=4$. Find its area.", "In triangle $PQR$, $PQ=3$ and $QR=4$. Find its area."),
]
VARIANT = [
    (LONG.format(3, 5), LONG.format(3, 6)),
    (LONG.format(3, 5), LONG.format(3, 5).replace("than Ann.", "than Bob.")),
    (r"Let $x+2y=3$ and $x-y=1$. Find $x$.", r"Let $x+2y=3$ and $x-y=1$. Find $y$."),
    (f"The numbers $x$ and $y$ satisfy $x+2y=3$ and $x-y=1$. {LONG.format('x', 'y')}",
     f"The numbers $x$ and $y$ satisfy $x+2y=3$ and $x+y=1$. {LONG.format('x', 'y')}"),
    (f"The number $x$ satisfies $3 < x$ and $x < 40$. {LONG.format('x', 4)}",
     f"The number $x$ satisfies $3 < x$ and $x \\le 40$. {LONG.format('x', 4)}"),
    ("Find the $x$-intercept of the line through $(1,2)$ and $(3,5)$.",
     "Find the $y$-intercept of the line through $(1,2)$ and $(3,5)$."),
    ("3. (17 points) " + LONG.format(3, 5), "3. (15 points) " + LONG.format(3, 5)),
    ("Find the shaded area. [asy] draw((0,0)--(4,0)); [/asy]",
     "Find the shaded area. [asy] draw((0,0)--(5,0)); [/asy]"),
]  # fmt: skip
KEPT_APART = [
    ("The sum of two consecutive integers between 3 and 50 is a square. Find the larger of them.",
     "The sum of two consecutive odd integers between 3 and 50 is a square. Find the larger of them."),
    ("There are 2 birds and 6 storks sitting on the fence near the house.",
     "There are 2 storks and 6 birds sitting on the fence near the house."),
    ("Find the maximum of the area of a triangle with perimeter 12.",
     "Find the minimum of the area of a triangle with perimeter 12."),
    (r"Compute $\frac{t+1}{t}$ when $t=4$ as a fraction.", r"Compute $t+\frac{1}{t}$ when $t=4$ as a fraction."),
    (LONG.format(3, 5), LONG.format(3, 5) + " Find $m+n$."),
    ("A tree grows on a hill by the sea. What is its height if its shadow is 5 meters long?",
     "A tree grows on a hill by the sea. What is its weight if its shadow is 5 meters long?"),
    ("Ann buys 3 cards and 5 cards more. How many cards does Ann have in the end?",
     "Ann buys 3 cars and 5 cars more. How many cars does Ann have in the end?"),
    ("What time is it?", "Compute $2+3$."),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spelling_noise_slips_and_renaming_leave_the_problem_the_same(one: str, other: str) -> None:
    assert verdict(one, other) == verdict(other, one) == "same"


@pytest.mark.parametrize(("one", "other"), VARIANT)
def test_other_numbers_operators_and_roles_make_a_variant(one: str, other: str) -> None:
    assert verdict(one, other) == verdict(other, one) == "variant"


@pytest.mark.parametrize(("one", "other"), KEPT_APART)
def test_other_words_and_structure_are_never_the_same(one: str, other: str) -> None:
    assert "same" not in {verdict(one, other), verdict(other, one)}
