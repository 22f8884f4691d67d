"""Statements with LaTeX as HTML with MathML, which browsers draw without scripts or fonts of ours.

Text is escaped, formulas are converted one by one by math-core, and a formula it cannot read is shown as its source.
The converter needs exponential time for some texts (brackets that never close) and overflows the stack on others, so
many texts go through a worker that is killed; a text that it stops at is shown as it is.
"""

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from math_core import LatexError, LatexToMathML

from bigmath.sandbox import Worker, each

FORMULA = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<square>.+?)\\\]|\\\((?P<round>.+?)\\\)|(?<!\\)\$(?P<dollar>[^$]+?)(?<!\\)\$"
    r"|(?P<environment>\\begin\{(?P<name>align\*?|equation\*?|gather\*?|eqnarray\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
LONGEST = 4_000
"""Characters of one formula that are converted; longer ones are shown as their source."""

TEXT_SECONDS = 2.0
"""For one text in the worker; a common one takes a tenth of a millisecond."""

_SPACES = re.compile(r"\\q?quad\b")
"""Spaces between the options of a choice, written outside of formulas."""

_MACROS = {
    "hdots": r"\ldots",
    "overarc": r"\overparen{#1}",
    "textdollar": r"\text{\$}",
    "dfrac": r"\frac{#1}{#2}",
}
"""Commands of the data sets that math-core does not know."""


def many_as_html(texts: Sequence[str], *, bare: bool = False) -> list[str]:
    """`as_html` of each text, or of bare answers `formula_as_html`, in a worker that no text can hang or crash."""
    worker = Worker(__name__)
    try:
        answers = list(each(worker, texts, TEXT_SECONDS, bare=bare))
    finally:
        worker.stop()
    return [one if isinstance(one, str) else _source(text) for one, text in zip(answers, texts, strict=True)]


def warm() -> None:
    """In the worker, before its first text."""
    as_html("$x$")


def answer(request: dict[str, Any]) -> Iterator[str]:
    """In the worker: one piece of HTML for each text."""
    convert = formula_as_html if request["bare"] else as_html
    for text in request["items"]:
        yield convert(text)


def as_html(text: str) -> str:
    """The text, escaped, with its formulas as MathML and its line breaks kept.

    >>> as_html("a < b, $x^2$")
    'a &lt; b, <math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    parts: list[str] = []
    end = 0
    for match in FORMULA.finditer(text):
        parts.append(_prose(text[end : match.start()]))
        parts.append(_formula(match))
        end = match.end()
    parts.append(_prose(text[end:]))
    return "".join(parts)


def formula_as_html(latex: str) -> str:
    """A bare answer as MathML; one that is not LaTeX, or is words, as escaped text."""
    if FORMULA.search(latex):
        return as_html(latex)
    if re.fullmatch(r"[A-Za-z ,.]{3,}", latex):
        return _prose(latex)
    return _converted(latex, display=False) or _source(latex)


def _formula(match: re.Match[str]) -> str:
    found = match.groupdict()
    display = found["dollars"] or found["square"] or found["environment"]
    latex = display or found["round"] or found["dollar"]
    return _converted(latex, display=bool(display)) or _source(match[0])


@lru_cache(maxsize=4096)
def _converted(latex: str, *, display: bool) -> str | None:
    """MathML, or None where it cannot be made."""
    if len(latex) > LONGEST:
        return None
    try:
        return _converter().convert_with_local_state(latex.strip(), displaystyle=display)
    except LatexError:
        return None


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(macros=_MACROS, fancy_error=False)


def _prose(text: str) -> str:
    return html.escape(_SPACES.sub("\u2003", text), quote=False).replace("\n", "<br>")


def _source(latex: str) -> str:
    return f"<code>{html.escape(latex, quote=False)}</code>"
