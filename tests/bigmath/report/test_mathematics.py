"""LaTeX to MathML: real spellings, hostile ones, and no way for a text to become markup."""

import time

import pytest

from bigmath.report.differences import marked
from bigmath.report.mathematics import as_html, formula_as_html, many_as_html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Let $x^2$ be", "Let <math><msup><mi>x</mi><mn>2</mn></msup></math> be"),
        (r"\(a\)", "<math><mi>a</mi></math>"),
        (r"\[a\]", '<math display="block"><mi>a</mi></math>'),
        ("line\nline", "line<br>line"),
        ("cost \\$5 and \\$6", "cost \\$5 and \\$6"),
        (r"$\unknowncommand x$", r"<code>$\unknowncommand x$</code>"),
        ("$" + "x" * 5_000 + "$", "<code>$" + "x" * 5_000 + "$</code>"),
    ],
)
def test_formulas_become_mathml_and_the_rest_stays(text: str, shown: str) -> None:
    assert as_html(text) == shown


@pytest.mark.parametrize("place", ["{}", "${}$", "$\\text{{{}}}$", "\\[{}\\]", "$$ {} $$"])
@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "</math><b>"])
def test_no_text_becomes_markup(place: str, attack: str) -> None:
    shown = as_html(place.format(attack)) + formula_as_html(attack)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown


def test_bare_answers_are_formulas_and_words_are_words() -> None:
    assert formula_as_html(r"\frac12") == "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    assert formula_as_html("odd, even") == "odd, even"


def test_texts_that_hang_or_crash_the_converter_are_shown_as_they_are() -> None:
    hanging, crashing = "$" + "(" * 60 + "$", "$x$ $" + "\\sqrt" * 700 + "$"
    started = time.monotonic()
    first, second, third = many_as_html([hanging, crashing, "$x$"])
    assert first == f"<code>{hanging}</code>"
    assert second.startswith(("<math><mi>x</mi></math>", "<code>"))
    assert third == "<math><mi>x</mi></math>"
    assert time.monotonic() - started < 30


def test_what_differs_is_marked_and_escaped() -> None:
    assert marked("if $x<1$", "if $x<2$") == ("if $x&lt;<del>1</del>$", "if $x&lt;<ins>2</ins>$")
    assert marked("", "<b>") == ("", "<ins>&lt;b&gt;</ins>")
