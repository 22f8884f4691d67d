"""Filters that read the statement: rows shaped like those of the sources, kept and dropped by name."""

from collections.abc import Callable

import pytest

from bigmath import Verdict, verify
from filters import FILTERS

CASES: dict[str, list[tuple[str, str | None]]] = {
    "multi_part": [
        ("Let $f$ satisfy (i) $f(1)=1$; (ii) $f(xy)=f(x)f(y)$. Find $f(4)$.", None),
        ("Find all $n$ such that: (1) $n>3$ (2) $n$ is prime (3) $n<10$.", None),
        ("Which of the following are true? (1) $0$ is even. (2) $1$ is prime.", None),
        ("The area is $\\frac mn$ in lowest terms. Find $m+n$.", None),
        ("What is the largest factor of $30$? Express your answer as an integer.", None),
        ("Solve the system $x+y=3$, $x-y=1$ for $x$ and $y$.", None),
        ("Find all multiples of $7$ below $50$. What is the sum of all such numbers?", None),
        ("What is $x$? $\\textbf{(A)}\\ 1\\qquad\\textbf{(B)}\\ 2\\qquad\\textbf{(C)}\\ 3$", None),
        ("(I) Find the equation of $C$. (II) Let $Q$ be on $C$. Find the range of $|OQ|$.", "labelled_parts"),
        ("(a) Prove that $AB=CD$.\n(b) Is the converse true?", "labelled_parts"),
        ("Calculate:\n$(1)$ $\\sqrt{48}+\\sqrt{8}$;\n$(2)$ $2(\\sqrt2+\\sqrt3)$.", "labelled_parts"),
        ("Factorize the following polynomials:<br/>$(1)3a^2-6a+3$;<br/>$(2)4m^2-9$.", "labelled_parts"),
        ("Given $f(x)=x^2$.\n1. Find $f(2)$.\n2. Find all $a$ with $f(a)=a$.", "labelled_parts"),
        ("find:<br/>$(1)$ The growth rate.<br/>$(2)$ The number of items in 2023.", "labelled_parts"),
        ("(1) The probability of $A$ is ______; (2) the probability of $B$ is ______.", "labelled_parts"),
        ("(1) Find $f$. (2) For the $f$ in (1), if $f(x)>x$ always holds, find the range of $x$.", "labelled_parts"),
        ("Find the least number of swaps, if: a) $n=5$; b) $n=6$.", "labelled_parts"),
        ("Find the radius if $MK=225$. Find $AC$ if it is known that $MN$ is parallel to $AC$.", "separate_questions"),
        ("Show that $a\\ge b$. When does equality hold?", "separate_questions"),
        ("Determine the minimum of $xy$ and determine all pairs that attain it.", "separate_questions"),
        ("Find the maximum and minimum values of $f$ on $[0,1]$.", "separate_questions"),
        ("Find the maximum/minimum possible number of basic segments.", "separate_questions"),
        ("Determine the least and the greatest value of $xy$.", "separate_questions"),
        ("Find the difference between the largest and smallest value of $xy$.", None),
        ("Determine the smallest and largest $x$ and $y$. What is the difference of these?", None),
        ("Determine the values of $k$ for which the roots are real and the sum of the roots is $2$.", None),
        ("Calculate the product $2.5 \\cdot 3$ and determine which of the following it is closest to.", None),
        ("Bob says, \"What a number! Which one is it?\" and leaves. What is the least number he could have?", None),
        ("Arrange five numbers. Find the mean of the first two, then go on. What is the largest result?", None),
        ("Find all such $n$ and prove that there are no others.", None),
        ("Do these steps: 1) Divide $A$ by $N$; 2) Add the digits. For which $N$ is the result $3$?", None),
        ("The integer part $a=$______ and the decimal part $b=$______ of $\\sqrt{3}$.", None),
        ("Find the area of the square with side $2$ and the height of $3$.", None),
        ("The minimum of $f$ is ______, and the range of $x$ is ______.", "separate_questions"),
        ("Find the general formula for the $n$th term and the sum of the first $n$ terms.", "separate_questions"),
        ("Find $A \\cap B$ and $A \\cup B$.", "separate_questions"),
        ("Determine the domain and range of $f(x)=\\sqrt{4-x^2}$.", "separate_questions"),
        ("Compute the mean, median, and mode of 2, 3, 3, 5, 7.", "separate_questions"),
        ("Find the sum of the mean and the median of 2, 3, 4, 7.", None),
        ("The area and perimeter of a square are equal numbers. Find its side.", None),
        ("How many trees are there? And calculate the number of birds when $a=1$.", "separate_questions"),
        ("Find $x$ if param1.\n\n| param1 | answer |\n| --- | --- |\n| $x=1$ | |", "variants"),
    ],
    "proof": [
        ("Determine, with proof, the largest value of $n$.", None),
        ("Find $x$ and prove your answer.", None),
        ("Alice wants to prove a theorem in 3 days. How many pages a day must she read?", None),
        ("It can be shown that $n<10$. Find $n$. Show all your work.", None),
        ("Prove that $n^2+n$ is even.", "asks_proof"),
        ("Establish the identity $\\sin^2x+\\cos^2x=1$.", "asks_proof"),
        ("Let $f(x+1)=f(x)$ for all $x$. Deduce that $f$ is bounded.", "asks_proof"),
        ("Let $ABC$ be a triangle. If $AB=AC$, then prove: $\\angle B=\\angle C$.", "asks_proof"),
        ("Show there exists $t$ such that every element of $S$ is at most $t$.", "asks_proof"),
        ("Use mathematical induction to prove the proposition: $n<2^n$", "asks_proof"),
        ("Proof that every large number appears in the sequence.", "asks_proof"),
        ("What could it have been? Find all options and prove that there are no others.", None),
        ("Consider the assertion. Either prove it wrong or find a counter-example.", "asks_proof"),
        ("Write down your conjecture for the $n$th equation, and prove it.", "asks_proof"),
        ("设 $a,b$ 为非负数, 求证: $a+b\\ge 0$.", "asks_proof"),
    ],
    "multiple_choice": [
        ("Alice, Bob, Carol and David sit in a row: A. B. C. D. How many orders are there?", None),
        ("Point $A$. Point $B$. Point $C$ is due north of $A$. Which integers bound $AD$?", None),
        ("(A) Find $x$. (B) Find $y$. (C) Find $z$.", None),
        ("Judge. 1. $2|4$ 2. $3|4$\nA. True\nB. False\nC. True\nD. False", None),
        ("What is $3!$?\n(A) $3$ (B) $6$ (C) $9$ (D) $12$ (E) $24$", "lettered_options"),
        ("What is $3!$?\nA. $3$\nB. $6$\nC. $9$", "lettered_options"),
        ("Which number is prime? (1) 4 (2) 6 (3) 7 (4) 9", "lettered_options"),
        ("What is $3!$?\n①3 ②6 ③9 ④12", "lettered_options"),
        ("What is $3!$? (Ａ) 3 (Ｂ) 6 (Ｃ) 9", "lettered_options"),
        ("Which number satisfies both: (1) it is prime; (2) it is even; (3) it is positive?", None),
        ("Which triple satisfies: (1) $a<b$ (2) $b<c$ (3) $a+b+c=6$? What is $abc$?", None),
        ("$\\log 9$:\n$\\textbf{(A)}$ $1$ \\qquad $\\textbf{(B)}$ $2$ \\qquad $\\textbf{(C)}$ $3$", "lettered_options"),
        ("Find $x$ ( )\nA: $1$\nB: $2$\nC: $3$\nD: $4$", "lettered_options"),
        ("What is the total?\n- **A** 18\n- **B** 19\n- **C** 20\n- **D** 21", "lettered_options"),
        ("How should he correct it?\nA) Add 54 cents\nB) Subtract 54 cents\nC) Do nothing", "lettered_options"),
        ("Which is least? A). $x$ B). $x^2$ C). $2x$\n\nExpress your answer as A, B, or C.", "lettered_options"),
        ("Which graphs? [asy] label(\"(A)\"); [/asy] Enter the letters of the correct options.", "asks_letter"),
        ("Which of these can be largest? (a) the length (b) the area (c) the perimeter", "lettered_options"),
        ("How many of these change? (a) the length (b) the area (c) the perimeter", None),
        ("How many have these properties: (A) it is even, (B) it is prime, and (C) it is small?", None),
        ("Which hold? A. $a$ is even B. $b$ is C. $c$ is D. $d$ is. List your choices.", "lettered_options"),
        ("What holds? $\\bullet$ A) $1$ $\\bullet$ B) $2$ $\\bullet$ C) $3$", "lettered_options"),
    ],
    "hyperlink": [
        ("$[AB](C)$ is the area of $ABC$. Find it when $AB=1.5$ and e.g.the height is 2.", None),
        ("Find the least [integer](https://artofproblemsolving.com/wiki/index.php/Integer) above 2.", "address"),
        ("See www.example.org for the rules. Who wins?", "address"),
        ("The rules are at \\url{rules}. Who wins?", "address"),
        ("The rules are at bit.ly/rules. Who wins?", "address"),
        ("The speed is 3.5.net of losses, in km/h. What is its double?", None),
        ("How long is the edge? ![Image](cube.png)", "linked_image"),
        ("Send your answer to john@example.de, please: what is 1+1?", "mail_address"),
    ],
    "generation_residue": [
        ("A revised recipe makes 6 servings with 2 eggs. How many eggs make 9?", None),
        ("A new problem arises when 3 people share 10 beds. How many ways are there?", None),
        ("Modify the parameters of the original problem so that $x=3$.", "refers_to_source"),
        ("Certainly! What is the product of 3 and 4?", "prompt_text"),
        ("She is certainly right! What is the product of 3 and 4?", None),
        ("Circles are arranged as in the previous problem. What is the area?", "refers_to_source"),
        ("What is $2+2$? (The new problem statement without choices)", "prompt_text"),
        ("The width fell by 10 % from the original version. By how much did the area fall?", None),
        ("Find $x$. Translate the above text into English, please.", "prompt_text"),
        ("Compute $A^2$. Another problem inspired by this one: compute $A^3$.", "prompt_text"),
    ],
    "figure": [
        ("The graph of $y=x^2$ meets the line $y=1$ twice. Find the points.", None),
        ("What fraction is shaded in the diagram? [asy] draw((0,0)--(1,1)); [/asy]", None),
        ("As shown in the figure, $ADEF$ has area 16. Find the area of $ABC$.", "missing_figure"),
        ("The diagram shows a large square. What percentage is shaded?", "missing_figure"),
        ("The bar graph shows the results of a survey. What percent preferred apples?", "missing_figure"),
        ("<image> What is the area of the triangle?", "missing_figure"),
        ("[image: a triangle] What is its area?", "missing_figure"),
        ("![Image](https://example.org/1.png) A cone has height 6. What is its volume?", None),  # `hyperlink` sees it
        ("Look at the number line below. Which point represents 3?", "missing_figure"),
        ("Look at the graph of $y=x$. What is its slope?", None),
        ("Find the area cut off from the figure defined by $|x|+|y|<1$.", None),
        ("The first numbers of the pattern are shown below. $1, 2, 4, 8$ Which is next?", None),
        ("Paths run along the edges. For example, the figure below shows one. How many are there?", None),
    ],
    "non_english": [
        ("Compute $\\int_0^1 x^2\\,dx$.", None),
        ("Collecting the cards \"虎虎生威\" one at a time, what is the expected number of packs to buy?", None),
        ("Jerry a deux piscines, toutes deux avec des fuites qui les vident.", "another_language"),
        ("Marissa sale de excursión por un sendero de doce millas y camina una hora.", "another_language"),
        ("$已知函数f(x)=ax-\\frac{1}{x}$, $求a的取值范围$", "another_script"),
    ],
    "no_problem": [
        ("According to the rule we get $x=1$. Therefore, since $y=2$, the sum is $3$", "solution_text"),
        ("Since $x=1$, and therefore $y=2$, so that $z=3$, their sum equals", None),
        ("7", None),
        ("  ", "no_text"),
        ("?!", "no_words"),
        ("x" * 50_001, "too_long"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "problem", "reason"), [(name, *case) for name, cases in CASES.items() for case in cases]
)
def test_a_statement_is_kept_or_dropped_for_the_reason_named(
    ask: Callable[..., str | None], name: str, problem: str, reason: str | None
) -> None:
    assert ask(FILTERS[name](), problem=problem) == reason


ANSWERED: dict[str, list[tuple[str, str | None, str | None]]] = {
    "true_false": [
        ("How many ways are there to answer five true or false questions?", "32", None),
        ("How many of these statements are true?", "3", None),
        ("Is there another number $c$ with $a^2=c$?", "False", None),
        ("Prove that $1<2$.", "\\text{True}", None),
        ("The source has rate 1. True or False?", None, "asks_true_false"),
        ("The source has rate 1. (T/F)", None, "asks_true_false"),
        ("T/F: The source has rate 1.", "T", "asks_true_false"),
        ("True or false: there is a graph with score (1, 2).", "\\text{False}", "asks_true_false"),
        ("Equal angles are a ____ proposition (fill in \"true\" or \"false\").", None, "asks_true_false"),
        ("Prove or disprove: every such $n$ is even.", None, "asks_true_false"),
        ("The wheel's motion is a translation. ____", "√", "answer_true_false"),
    ],
    "yes_no": [
        ("Determine whether the function is even, odd, or neither.", "odd", None),
        ("Can you find the sum of $2$ and $3$?", "5", None),
        ("Is it possible to tile the board? If so, how many ways are there?", None, None),
        ("Which of the two numbers is larger?", "a", None),
        ("What is the probability that it is red?", None, None),
        ("Solve $x^2=-1$ over the reals.", "no solution", None),
        ("(a) Find $x$. (b) Is $x$ prime?", "Yes", None),
        ("(a) Is $5$ prime? (b) Is $7$ prime?", "Yes", "answer_yes_no"),
        ("Determine whether the operation is commutative. Use it to calculate $2*3$.", None, None),
        ("For all $t$ the expression $t^2$ is equal to?", "t^2", None),
        ("Determine whether 65 balls fit into the box.", "66", "asks_yes_no"),
        ("Does there exist a finite set $A$ with this property?", None, "asks_yes_no"),
        ("Decide whether it follows that there is a constant $c$.", "\\text{It does not follow}", "asks_yes_no"),
        ("If $x>y$, is it necessary that $x^2>y^2$?", None, "asks_yes_no"),
        ("Let $n$ be even. The conclusion?", "\\text{No, there is none.}", "answer_yes_no"),
    ],
    "not_unique": [
        ("Find all integers $n$ with $n^2=4$.", "\\{-2,2\\}", None),
        ("Draw a square of side 2. What is its area?", "4", None),
        ("Give an example of a prime above 10.", "11", "asks_example"),
        ("Find one such $n$.", "12", "asks_example"),
        ("Explain how a unit fraction can be split.", "\\text{multiply}", "asks_explanation"),
        ("Find such a set.", "for example \\{1,2\\}", "answer_is_example"),
        ("He restored the square with a ruler. How did he do it?", "17", "asks_explanation"),
        ("Find a value of $k$, not necessarily the smallest, with $k>5$.", "256", "asks_example"),
    ],
    "no_answer": [
        ("x?", "0", None),
        ("x?", None, "null_answer"),
        ("x?", "\\; \\;", "blank_answer"),
        ("x?", "notfound", "sentinel_answer"),
    ],
    "proof": [
        ("Let $x=1$. Then we are told so.", "\\text{Proven}", "answer_is_proof"),
        ("Suppose $p<q$. We have $p|q$, hence $q=2p$. Thus done.", "\\text{both hold}", "argument_without_question"),
    ],
    "not_closed_form": [
        ("x?", "\\frac{3}{4}", None),
        ("x?", "(1, 2]", None),
        ("x?", "\\text{linear functions and downward-facing parabolas}", "word"),
        ("x?", "B", "choice_letter"),
        ("x?", "\\textbf{(B)}\\ 12", "choice_letter"),
    ],
    "unverifiable": [("x?", "\\frac{3}{4}", None), ("x?", "\\frac{1}{", "unparsed"), ("x?", None, "unparsed")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "problem", "answer", "reason"), [(name, *case) for name, cases in ANSWERED.items() for case in cases]
)
def test_a_row_is_kept_or_dropped_by_its_statement_and_answer_together(
    ask: Callable[..., str | None], name: str, problem: str, answer: str | None, reason: str | None
) -> None:
    assert ask(FILTERS[name](), problem=problem, answer=answer) == reason


HOSTILE = ["(" * 60_000, "$" * 60_001, "\\[" * 30_000, "(1) " * 20_000, "show that " * 10_000, "is it or " * 10_000,
           "[asy]" * 20_000, "A. " * 30_000, "\\text{" * 20_000, "find and " * 12_000, "a, " * 40_000]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6])
def test_hostile_statements_take_no_more_than_linear_time(ask: Callable[..., str | None], text: str) -> None:
    for name in CASES | ANSWERED:
        ask(FILTERS[name](), problem=text, answer="1")


PLAIN = [
    "7",
    "-12.50",
    "\\frac{3}{4}",
    "-\\dfrac{10}{3}",
    "2\\sqrt{3}",
    "\\sqrt{7}",
    "5\\pi",
    "30^\\circ",
    "x",
    "1,234",
    "12\\,500",
]


@pytest.mark.parametrize("value", PLAIN)
@pytest.mark.parametrize("letter", ["", "\\textbf{(D)}\\ ", "\\text{(A) }", "\\mathrm{(B)}", "(C) ", "E) "])
def test_answers_that_are_not_put_to_the_verifier_would_be_accepted_by_it(value: str, letter: str) -> None:
    assert verify(letter + value, f"\\boxed{{{letter}{value}}}") is Verdict.CORRECT
