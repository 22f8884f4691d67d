"""One spelling for statements that mean the same to a reader, so that copies can be matched.

LaTeX can be written in many ways (`\\dfrac`; `$x$`, `\\(x\\)`; `\\left(`, `(`; `x^2`, `x^{2}`, `x²`, `x_{}^2`),
and sources differ in links, spacing, case and final punctuation. The canonical text is for matching only and reads
badly. It is computed column-wise by Polars, in time linear in the text. Structure is kept: `\\frac{t+1}{t}` and
`t+\\frac{1}{t}` stay apart.
"""

import polars as pl

_PASSES = 6
"""Passes until nothing changes; each takes one level of nesting and one group of thousands."""

# Longest first: the replacement takes the first that fits.
_SPELLINGS = {
    "²": "^{2}", "³": "^{3}", "⁴": "^{4}", "¹": "^{1}", "⁰": "^{0}", "½": "\\frac{1}{2}", "¼": "\\frac{1}{4}",
    "¾": "\\frac{3}{4}",
    "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "÷": "\\div ", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ",
    "⩾": "\\ge ", "≠": "\\neq ",
    "π": "\\pi ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "λ": "\\lambda ",
    "ω": "\\omega ", "∞": "\\infty ",
    "√": "\\sqrt ", "°": "^{\\circ}", "º": "^{\\circ}", "∠": "\\angle ", "△": "\\triangle ", "∈": "\\in ",
    "∪": "\\cup ", "∩": "\\cap ",
    "→": "\\to ", "±": "\\pm ", "⊥": "\\perp ", "∥": "\\parallel ", "∑": "\\sum ", "∫": "\\int ",
    "≡": "\\equiv ", "≈": "\\approx ",
    "−": "-", "–": "-", "—": "-", "‐": "-", "’": "'", "‘": "'", "′": "'",
    "“": '"', "”": '"', "``": '"', "''": '"', "…": "\\ldots ",
    "\u200b": "", "\ufeff": "", "\u00ad": "",
    "\\leftrightarrow": "\\iff ", "\\longrightarrow": "\\to ", "\\rightarrow": "\\to ", "\\leftarrow": "\\gets ",
    "\\displaystyle": " ", "\\textstyle": " ", "\\leqslant": "\\le ", "\\geqslant": "\\ge ", "\\textdollar": "\\usd ",
    "\\mathdollar": "\\usd ", "＄": "\\usd ",
    "\\limits": " ", "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\cdots": "\\ldots ",
    "\\dots": "\\ldots ", "\\ldots": "\\ldots ",
    "\\lvert": "|", "\\rvert": ""
    "|", "\\right": "", "\\qquad": " ", "\\quad": " ", "\\left": "", "\\leqq": "\\le ", "\\geqq": "\\ge ",
    "\\leq": "\\le ", "\\geq": "\\ge ", "\\vert": "|", "\\mid": ""
    "|", "\\colon": ":", "\\gt": ">", "\\lt": "<", "\\$": "\\usd ", "\\%": "%", "\\_": "_", "\\#": "#",
    "\\\\": " ", "\\,": " ", "\\;": " ", "\\!": "", "\\:": " ", "\\ ": " ", "\\(": " ", "\\)": " ", "\\[": " ",
    "\\]": " ", "$": " ", "~": " ", "\u00a0": " ",
}  # fmt: skip

_LAYOUTS = "align|aligned|equation|gather|gathered|eqnarray|displaymath|center|split|multline"
_FONTS = r"text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|bf|it|sf|normal)|mbox|hbox|operatorname\*?|emph|boldsymbol"
_URL = r"(?:https?://|www\.|/[a-z]{2})(?:[^\s()]|\([^\s()]*\))*"
_RULES: tuple[tuple[str, str], ...] = (
    # of an image its address counts, which tells problems apart that say "shown below"; of a link only its words
    (rf'!\[[^\[\]]{{0,400}}\]\(\s*({_URL})\s*(?:"[^"]{{0,200}}")?\s*\)', " \\image {$1} "),
    (rf'\[([^\[\]]{{0,400}})\]\(\s*{_URL}\s*(?:"[^"]{{0,200}}")?\s*\)', "$1"),
    (r"</?(?:br|p|div|i|b|u|em|strong|center|span)\b[^<>]{0,60}>", " "),
    (rf"\\(?:begin|end)\s*\{{(?:{_LAYOUTS})\*?\}}", " "),
    (r"\\bigg?[lrm]?([^a-z]|$)", "$1"),
    (r"\\ne([^a-zA-Z])", "\\neq $1"),
    (rf"\\(?:{_FONTS})\s*\{{([^{{}}]*)\}}", " $1 "),
    (r"\*\*|&", " "),
    (r"\{\s*\\usd\s*\}", "\\usd "),
    (r"(\\[a-z]+)\s*[\^_]\s*\{\s*\}", "$1 "),
    (r"[\^_]\s*\{\s*\}", ""),
    (r"\\frac\s*\{\s*\}", "\\frac{\\blank }"),  # a blank to fill in is part of the problem
    (r"(\\frac\s*\{[^{}]*\})\s*\{\s*\}", "$1{\\blank }"),
    (r"\{\s*\}", " "),
    (r"\\frac\s*([0-9a-z])\s*([0-9a-z])", "\\frac{$1}{$2}"),
    (r"\\frac\s*([0-9a-z])\s*\{", "\\frac{$1}{"),
    (r"(\\frac\s*\{[^{}]*\})\s*([0-9a-z])", "$1{$2}"),
    (r"\\sqrt\s*([0-9a-z])", "\\sqrt{$1}"),
    (r"([\^_])\s*([0-9a-z])", "$1{$2}"),
    (r"([\^_])\s*(\\[a-z]+)", "$1{$2}"),
    (r"([0-9])(?:,|\{,\})([0-9]{3})\b", "$1$2"),
    (r"(\\[a-z]+)", "$1 "),
    (r"\s+", " "),
    (r" ?([^\p{L}\p{N}\s]) ?", "$1"),
    (r"^[\s.,;:?!]+|[\s.,;:?!]+$", ""),
)  # fmt: skip


def canonical(texts: pl.Series) -> pl.Series:
    """The canonical text of each statement; null stays null. Doing it twice changes nothing."""
    name, out = texts.name, _once(texts)
    open_rows = pl.arange(len(out), eager=True)
    for _ in range(_PASSES):  # few rows need a third pass
        before = out.gather(open_rows)
        after = _once(before)
        changed = (after != before).fill_null(False)
        if not changed.any():
            break
        open_rows, after = open_rows.filter(changed), after.filter(changed)
        out = out.scatter(open_rows, after)
    return out.alias(name)


def canonical_text(text: str) -> str:
    """The canonical text of one statement."""
    return str(canonical(pl.Series([text], dtype=pl.String))[0])


def _once(texts: pl.Series) -> pl.Series:
    text = pl.col("text").str.replace_many(_SPELLINGS, leftmost=True).str.normalize("NFKC").str.to_lowercase()
    for pattern, spelling in _RULES:
        # Polars reads `$1` as the group; a backslash is literal there
        text = text.str.replace_all(pattern, spelling.replace("$1", "${1}").replace("$2", "${2}"))
    return texts.to_frame("text").select(text).to_series()
