"""Text to tokens: one regular expression over LaTeX, plain text and folded Unicode, in linear time.

Letters are the hard part. `\\sin` and `sin` are functions, `xy` and `AB` are products, `weeks` is a word, `ABC` is a
name: `_letters` decides. Commas and spaces between digit groups (1,234 or 1\\,234 or 1 234) are decided here as well.
"""

import re
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from bigmath.verifier.policy import LIMITS
from bigmath.verifier.tree import Unreadable


class Token(NamedTuple):
    kind: str
    """num, sym, fn, const, word, text, cmd, op or end."""
    value: Any
    spaced: bool
    """Whether white space stands before it."""


FUNCTIONS = frozenset(
    """
    sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth arcsinh arccosh
    arctanh asin acos atan asinh acosh atanh ln log lg exp sqrt cbrt abs gcd lcm max min floor ceil sgn sign
    det arg Re Im re im cis tg ctg arctg arcctg sh ch th deg dim mod lim sum prod binom sup inf cosec frac
    Gamma
    """.split()
)
_ONLY_COMMANDS = frozenset({"re", "im", "arg", "th", "ch", "sh", "inf", "frac", "deg", "dim"})
"""Functions only behind a backslash; bare they are words or products."""
_CONSTANT_WORDS = {
    "pi": "pi",
    "infinity": "inf",
    "infty": "inf",
    "inf": "inf",
    "oo": "inf",
    "Infinity": "inf",
}
GREEK = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma
    tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega ell aleph
    hbar
    """.split()
)
SHORT_WORDS = frozenset(
    """
    a an the and or odd even yes no not any all for are is of in if to by on at as per st nd rd th day days
    hour hours min mins sec secs cm mm km ft kg mg ml mL mi mph kph lb lbs oz inch one two three four five
    six ten pct way ways man men box row sum top cup pen pie bag car red blue egg cat dog hat age dm nm ms
    cc yd yds mol hrs yrs gal cal rpm Hz kHz MHz Pa kPa kW MW kJ kN mA mV kV
    rad pm am AM PM tie both yen yuan USD cents cent none True true False false Yes No Odd Even so we
    it let thus then only with when she has had was his its you who our
    """.split()
)
_PRODUCTS = frozenset("st nd rd th at as is in to by on of am pm an per dm nm ms cc mi oz lb kg ht".split())
"""Short words that are as well a product of two letters: a + nd, s = vt + at^2/2."""
_SHORT_PRODUCT = re.compile(r"(?<![A-Za-z\\])(?:" + "|".join(sorted(_PRODUCTS)) + r")(?![A-Za-z])")
_ALWAYS_WORD = frozenset(
    {"odd", "even", "yes", "no", "and", "or", "Yes", "No", "Odd", "Even", "And", "Or", "cm", "mm", "km"}
)
_IGNORED = (
    r"\\(?:left|right|middle|bigl?|bigr|Bigl?|Bigr|biggl?|biggr|Biggl?|Biggr|bigg|Bigg)\s*(?![A-Za-z])\.?"
    r"|\\(?:displaystyle|textstyle|limits|nolimits|quad|qquad|enspace|thinspace|hfill|phantom|null|noindent|nonumber"
    r"|medspace|thickspace|negthinspace|allowbreak|mathstrut|hspace\*?\{[^{}]{0,20}\}|dfrac(?=\s*$))(?![A-Za-z])"
)
_TOKEN = re.compile(
    rf"(?P<space>\s+|\\[,;:!>\ /\n\t]|~)|(?P<skip>{_IGNORED}|\$|\\\$|\\textdollar(?![A-Za-z])\s?"
    r"|[€£¥₹\u200b-\u200f\ufeff]|\\\(|\\\)|\\\[|\\\])"
    r"|(?P<clock>[ap]\.\s?m\b\.?|o'\s?clock\b)"
    r"|(?P<num>\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<env>\\(?:begin|end)\s*\{(?P<name>[A-Za-z]{1,16}\*?)\}(?:\s*\{[lcr|@\s]{0,64}\})?)"
    r"|(?P<cmd>\\\\(?:\[-?[\d.]{1,6}\s?(?:pt|em|ex|mm|cm)\])?|\\[A-Za-z]+|\\.|\\$)"
    r"|(?P<let>[A-Za-z]+)"
    r"|(?P<op>\{[:=+<>]\}|\+/-|\*\*|<=|>=|=<|=>|!=|==|<>|\.\.\.|->|.)",
    re.DOTALL,
)
_TEX_GROUPS = re.compile(r"\d{1,3}(?:(?:\{,\}|,\\!|\\!,|\\[,;:]|\\ |\{\\,\}|~|,\{\\!\})\s?\d{3})+(?!\d)(?:\.\d+)?")
_PLAIN_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+(?!\d|,\s*\d)|(?: \d{3})+(?! ?\d))(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(\d+)\{[,.]\}(\d+)(?!\d|\{,\})")
_BASED = re.compile(
    r"(\(?)(?=[0-9A-Z]*\d|[A-F]{2,8}_\{16\})([0-9A-Z]{1,300}(?:\.[0-9A-Z]{1,300})?)(\)?)_(?:\{(\d{1,2})\}|(\d)(?!\d))"
)
_EXPONENT = re.compile(r"[eE]([+-]?\d+)(?![\w.])")
_REPEATING = re.compile(r"(\d*)\.(\d*)\\(?:overline|bar|dot)\s*(?:\{(\d{1,200})\}|(\d))")
_TEXT_COMMANDS = frozenset(
    """
    text mbox textbf textrm textit textnormal mathrm operatorname mathbf mathit mathsf rm bf hbox emph
    texttt textsf textsc framebox mathbb mathcal boldsymbol bm mathfrak mathscr vec overrightarrow overline widehat
    hat bar tilde boxed fbox
    """.split()
)
END = Token("end", None, False)


def has_short_words(text: str) -> bool:
    """Whether letters that were read as a word could be a product instead."""
    return _SHORT_PRODUCT.search(text) is not None


def tokens(text: str, *, thousands: bool = True, short_words: bool = True) -> list[Token]:
    """The tokens of one folded answer, an `end` last. With `thousands` off, a comma always separates; with
    `short_words` off, nd and at are products.

    Raises `Unreadable` where a number or the text is longer than the limits.
    """
    if len(text) > LIMITS.characters:
        raise Unreadable("too long")
    found: list[Token] = []
    at, depth, spaced, size = 0, 0, False, len(text)
    based = "_" in text
    repeating = "\\overline" in text or "\\bar" in text or "\\dot" in text
    while at < size:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"character {at}")
        kind, value = match.lastgroup, match.group()
        if match["env"]:
            found.append(Token("begin" if value[1] == "b" else "close", match["name"], spaced))
            spaced, at = False, match.end()
            continue
        end = match.end()
        if kind in ("skip", "space"):
            spaced, at = spaced or kind == "space", end
            continue
        if kind == "clock":
            found.append(Token("word", value.replace(" ", ""), True))
            spaced, at = False, end
            continue
        if based and (value in "(" or value[0].isalnum()) and (token_end := _based(text, at, spaced, found)):
            spaced, at = False, token_end
            continue
        if kind == "num" or (value == "." and repeating and _REPEATING.match(text, at)):
            token, end = _number(text, at, match, depth if thousands else 1, repeating)
            found.append(Token("num", token, spaced))
            if end < size and text[end] in "eE" and (power := _EXPONENT.match(text, end)):
                if len(power[1]) > 12:
                    raise Unreadable("exponent too long")
                found.append(Token("sci", int(power[1]), False))
                end = power.end()
        elif kind == "let":
            if value in ("min", "sec") and _ends_number(found) and text[end : end + 1] in _AFTER_UNIT:
                found.append(Token("word", value, spaced))
            else:
                _letters(value, spaced, found, short_words=short_words)
        elif kind == "cmd":
            end = _command(text, at, value, end, spaced, found)
            depth += (value == "\\{") - (value == "\\}")
        else:
            depth += _sign(value, spaced, found)
        spaced, at = False, end
    found.append(END)
    return found


def _sign(value: str, spaced: bool, found: list[Token]) -> int:
    """An operator, {:} as the bare sign in it; gives by how much it opens or closes brackets."""
    if value == "+/-":
        found.append(Token("cmd", "pm", spaced))
    else:
        found.append(Token("op", value[1] if len(value) == 3 and value[0] == "{" else value, spaced))
    return (value in ("(", "[", "{")) - (value in (")", "]", "}"))


def _based(text: str, at: int, spaced: bool, found: list[Token]) -> int | None:
    """2B_{16}, 0.11_2 and (101)_2: digits that are no plain integer, with the base behind. Gives where they end."""
    match = _BASED.match(text, at)
    if match is None or bool(match[1]) != bool(match[3]):
        return None
    digits, base = match[2], int(match[4] or match[5])
    lettered = not digits.replace(".", "").isdigit()
    if (not lettered and not match[1] and "." not in digits) or not (11 if lettered else 2) <= base <= 36:
        return None
    if any(int(digit, 36) >= base for digit in digits if digit != "."):
        return None
    found.append(Token("based", (digits, base), spaced))
    return match.end()


def _number(
    text: str, at: int, match: re.Match[str], depth: int, repeating: bool
) -> tuple[tuple[Fraction, int | None], int]:
    """(value, decimal places) and where it ends; an integer has None places, or minus its digits where zeros lead."""
    written, end = match.group(), match.end()
    if repeating and (periodic := _REPEATING.match(text, at)):
        whole, fixed, period, dotted = periodic.groups()
        period = period or dotted
        scale, nines = 10 ** len(fixed), 10 ** len(period) - 1
        value = Fraction(int((whole or "0") + fixed), scale) + Fraction(int(period), scale * nines)
        return (value, None), periodic.end()
    follows = text[end : end + 1]
    if follows and follows in ",\\ {~" and end - at <= 3 and "." not in written:
        grouped = _TEX_GROUPS.match(text, at)
        if (
            grouped is None
            and depth == 0
            and follows in ", "
            and text[at - 1 : at] not in (",", "_", "^")
            and text[at - 2 : at] != ", "
        ):
            grouped = _PLAIN_GROUPS.match(text, at)
        if grouped:
            written, end = re.sub(r"[^\d.]", "", grouped.group()), grouped.end()
    if follows == "{" and end == match.end() and (comma := _DECIMAL_COMMA.match(text, at)):
        written, end = f"{comma[1]}.{comma[2]}", comma.end()
    if len(written) > LIMITS.digits:
        raise Unreadable("number too long")
    whole, _, fraction = written.partition(".")
    places = len(fraction) if fraction else -len(whole) if whole[0] == "0" and len(whole) > 1 else None
    value = (
        Fraction(int(whole or "0") * 10 ** len(fraction) + int(fraction), 10 ** len(fraction))
        if fraction
        else Fraction(int(whole))
    )
    return (value, places), end


def _letters(run: str, spaced: bool, found: list[Token], *, short_words: bool = True) -> None:
    if not short_words and run in _PRODUCTS:
        found.extend(Token("sym", letter, spaced and not position) for position, letter in enumerate(run))
    elif run in FUNCTIONS and run not in _ONLY_COMMANDS:
        found.append(Token("fn", run, spaced))
    elif run in _CONSTANT_WORDS:
        found.append(Token("const", _CONSTANT_WORDS[run], spaced))
    elif (run in GREEK and len(run) > 2) or len(run) == 1:
        found.append(Token("sym", run, spaced))
    elif is_word(run):
        found.append(Token("word", run, spaced))
    elif run.isupper() and len(run) > 2:
        found.append(Token("sym", run, spaced))  # a triangle or a code, where order matters
    elif not _split_function(run, spaced, found):
        for position, letter in enumerate(run):
            found.append(Token("sym", letter, spaced and position == 0))


def _split_function(run: str, spaced: bool, found: list[Token]) -> bool:
    """`xsin` or `pix`: a product with one known name inside."""
    for name in ("arcsin", "arccos", "arctan", "sqrt", "sin", "cos", "tan", "cot", "log", "ln", "exp", "pi"):
        at = run.find(name)
        if at >= 0 and len(run) <= len(name) + 2:
            found.extend(Token("sym", letter, spaced) for letter in run[:at])
            found.append(Token("const", "pi", False) if name == "pi" else Token("fn", name, False))
            found.extend(Token("sym", letter, False) for letter in run[at + len(name) :])
            return True
    return False


def is_word(run: str) -> bool:
    """Whether letters without a backslash are an English word or a unit and not a product of variables."""
    if run in SHORT_WORDS or (run[0].isupper() and run[1:].islower() and run.lower() in SHORT_WORDS):
        return True
    if len(run) < 4 or run.isupper():
        return False
    if all(ord(after) - ord(before) == 1 for before, after in pairwise(run)):
        return False  # abcd, wxyz: a product in alphabetical order
    return bool(set(run.lower()) & set("aeiouy"))


_BRACKETS = {"langle": ("op", "("), "rangle": ("op", ")"), "lbrace": ("cmd", "{"), "rbrace": ("cmd", "}"),
             "lbrack": ("op", "["), "rbrack": ("op", "]"), "lparen": ("op", "("), "rparen": ("op", ")")}  # fmt: skip


def _command(text: str, at: int, value: str, end: int, spaced: bool, found: list[Token]) -> int:
    name = value[1:]
    if name in _TEXT_COMMANDS:
        content, after = _argument(text, end)
        if content is not None:
            _text(name, content, spaced, found)
            return after
        raise Unreadable("unclosed text")
    if name in FUNCTIONS and name not in ("frac", "binom"):
        found.append(Token("fn", name, spaced))
    elif name in ("pi", "infty"):
        found.append(Token("const", "pi" if name == "pi" else "inf", spaced))
    elif name in GREEK:
        found.append(Token("sym", name.removeprefix("var"), spaced))
    elif name == "colon":
        found.append(Token("op", ":", spaced))
    elif name in _BRACKETS:
        kind, bracket = _BRACKETS[name]
        found.append(Token(kind, bracket, spaced))
    else:
        found.append(Token("cmd", name, spaced))
    return end


_ROMAN = frozenset({"textsc", "mathrm", "operatorname", "rm", "text", "textrm", "mbox", "textnormal", "hbox", "textup"})
_ACCENTS = frozenset({"overline", "widehat", "hat", "bar", "tilde"})
_ARROWS = frozenset({"vec", "overrightarrow"})
_UNIT_LETTERS = frozenset("mshgNJVWKLlACFd")
_LETTERED = re.compile(r"[\s(,;)]*[A-Z](?:[\s(,;)]+[A-Z])*[\s(,;)]*")
_WORDS = re.compile(r"[ap]\.\s?m\.?(?![A-Za-z])|[A-Za-z][A-Za-z'-]*|\d+(?:\.\d+)?|\S")


_AFTER_UNIT = frozenset({"", ".", ",", ";", "}", ")", "$"})


def _ends_number(found: list[Token]) -> bool:
    return bool(found) and found[-1].kind == "num"


def _text(name: str, content: str, spaced: bool, found: list[Token]) -> None:
    """The content of a text or font command: a letter, a number, a function, or words."""
    inner = content.strip().strip("$").strip()
    if inner in ("", "\\textdollar", "\\$"):
        return
    if inner in ("+", "-", ","):
        found.append(Token("op", inner, spaced))
    elif (name == "overline" and inner.isalpha() and inner.isupper()) or (name in _ARROWS and inner.isalpha()):
        _letters(inner, spaced, found)
    elif name in _ACCENTS and inner.isalpha():
        found.append(Token("sym", f"{'bar' if name == 'overline' else name} {inner}", spaced))
    elif name in ("mathbb", "mathbf", "bf", "boldsymbol") and inner in {"R", "Z", "N", "Q", "C"}:
        found.append(Token("const", inner, spaced))
    elif len(inner) == 1 and inner.isalpha():
        kind = "word" if _ends_number(found) and name in _ROMAN and inner in _UNIT_LETTERS else "sym"
        found.append(Token(kind, inner, spaced))
    elif (
        len(inner) > 1 and inner.isalnum() and inner.isupper() and any(map(str.isdigit, inner)) and not inner.isdigit()
    ):
        found.append(Token("alnum", inner, spaced))
    elif name in {*_ROMAN, "textbf", "mathbf"} and _LETTERED.fullmatch(inner):
        found.extend(tokens(inner)[:-1])
    elif (
        inner in FUNCTIONS
        and inner not in _ONLY_COMMANDS
        and name in _ROMAN
        and not (inner == "min" and _ends_number(found))
    ):
        found.append(Token("fn", inner, spaced))
    elif (
        "\\" in inner or name in {"boxed", "fbox", *_ACCENTS, *_ARROWS} or (name not in _ROMAN and not inner.isalpha())
    ):
        found.append(Token("op", "{", spaced))
        found.extend(tokens(inner)[:-1])
        found.append(Token("op", "}", False))
    else:
        for word in _WORDS.findall(inner):
            if word[0].isalpha():
                found.append(Token("word", word, True))
            else:
                found.extend(tokens(word)[:-1])


def _argument(text: str, at: int) -> tuple[str | None, int]:
    """The raw content of a braced or one-letter argument, and where it ends."""
    while at < len(text) and text[at] == " ":
        at += 1
    if at >= len(text):
        return None, at
    if text[at] != "{":
        if text[at] == "\\":
            match = _TOKEN.match(text, at)
            return (match.group(), match.end()) if match else (None, at)
        return (text[at], at + 1) if text[at].isalnum() else (None, at)
    depth, start = 0, at
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        depth += (char == "{") - (char == "}")
        at += 1
        if depth == 0:
            return text[start + 1 : at - 1], at
    return None, start
