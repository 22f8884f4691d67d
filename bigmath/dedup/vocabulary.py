# ruff: noqa: E501 - tables, which read best a class a line
r"""What words and LaTeX commands mean to the reader of statements, as one hash table that compiled code can search.

`words.txt` holds the words that at least 8 of 86,715 real problems use, mostly in lower case: whatever is not in it is a
name, a slip of the keyboard, or rare. The other lists are of the language of problems, not of any data set.
"""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[Any]

SLOTS = 1 << 15
SLIP_SLOTS = 1 << 17
LONGEST_KNOWN = 16
"""Letters of the longest word that is known when misspelt."""

# what a token can be
NUMBER, SYMBOL, FUNCTION, LETTER, WORD = 1, 2, 3, 4, 5

# what is known of a word or command
KNOWN, LIGHT, PROTECTED, ORIGIN, UNIT, NUMERAL, FORENAME, DROP = 1, 2, 4, 8, 16, 32, 64, 128
FONT, LAYOUT, SIGN, PLAIN, HEADING, REQUEST, SPLIT, CALLED = 256, 512, 1024, 2048, 4096, 8192, 16384, 32768
GREEK, POLITE, MISSPELT, EXACT = 65536, 131072, 262144, 524288

WORD_SEED, COMMAND_SEED, NUMBER_SEED = 0xCBF29CE484222325, 0x84222325CBF29CE4, 0x9E3779B97F4A7C15
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1

# symbols are tokens of a small value: ASCII symbols their code, others these
LE, GE, NE, TIMES, CROSS, TO, IMPLIES, OPEN, CLOSE, MONEY, PERCENT, DOTS, DEGREE, PRIME, LBRACE, RBRACE, PM, APPROX = (
    range(128, 146)
)

SIGNS = {
    LE: "le leq leqslant leqq", GE: "ge geq geqslant geqq", NE: "ne neq", CROSS: "times", TIMES: "cdot ast",
    TO: "to rightarrow longrightarrow", IMPLIES: "implies Rightarrow Longrightarrow", MONEY: "textdollar usd",
    PERCENT: "percentsign", DOTS: "ldots cdots dots dotsc dotsb dotsm", DEGREE: "circ degree textdegree degrees",
    PRIME: "prime", LBRACE: "lbrace", RBRACE: "rbrace", PM: "pm", APPROX: "approx", ord("|"): "mid vert lvert rvert Vert",
    ord("<"): "lt", ord(">"): "gt", ord("/"): "div slash", ord(":"): "colon", ord("("): "lparen", ord(")"): "rparen",
    ord("["): "lbrack", ord("]"): "rbrack", ord("^"): "caret", ord("="): "equals", ord("-"): "minus",
}  # fmt: skip

DROPPED = """left right displaystyle textstyle scriptstyle limits nolimits quad qquad big Big bigg Bigg bigl bigr Bigl Bigr
biggl biggr Biggl Biggr hspace vspace noindent par newline medskip bigskip smallskip hfill centering item small large
normalsize tiny footnotesize strut phantom nonumber thinspace enspace space it bf rm sf tt em nobreak allowbreak middle"""
FONTS = """text textbf textit textrm textsf texttt textnormal mathrm mathbf mathit mathsf mathnormal mathbb mathcal mbox
hbox operatorname emph boldsymbol bm underline textup mathop mathord mathrel mathbin mathfrak mathscr pmb"""
LAYOUTS = """align aligned equation gather gathered eqnarray displaymath center split multline flushleft alignat math
enumerate itemize quote"""
COMMANDS = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "nicefrac": "frac", "sfrac": "frac", "dbinom": "binom",
    "tbinom": "binom", "choose": "choose", "bar": "overline", "pmod": "mod", "bmod": "mod", "widehat": "hat",
    "varphi": "phi", "varepsilon": "epsilon", "vartheta": "theta", "emptyset": "varnothing", "land": "wedge",
    "lor": "vee", "lnot": "neg", "iff": "Leftrightarrow", "leftrightarrow": "Leftrightarrow", "bigcup": "cup",
    "bigcap": "cap", "overrightarrow": "vec", "tg": "tan", "ctg": "cot", "arctg": "arctan", "iint": "iint",
}  # fmt: skip
WORDS_OF_COMMANDS = "angle triangle square parallel perp infty pi"
"""Commands that are also written as words: `\\angle ABC`, "angle ABC"."""
GREEK_LETTERS = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi
omega Gamma Delta Theta Lambda Xi Phi Psi Omega ell"""
"""Commands that can stand for an unknown, as letters do; pi, Sigma and Pi have a meaning of their own."""
FUNCTIONS = "sin cos tan cot sec csc log ln lg exp gcd lcm min max mod det lim arcsin arccos arctan sinh cosh tanh sqrt"
"""Functions written with and without a backslash."""

NUMERALS = dict(zip(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion""".split(),
    [*range(20), *range(20, 101, 10), 10**3, 10**6, 10**9], strict=True,
))  # fmt: skip

UNITS = {
    "cm": "centimeter centimeters centimetre centimetres cms", "mm": "millimeter millimeters millimetre millimetres",
    "m": "meter meters metre metres", "km": "kilometer kilometers kilometre kilometres kms",
    "inch": "inches", "foot": "feet ft", "yard": "yards yd yds", "mile": "miles mi", "hour": "hours hr hrs",
    "minute": "minutes mins", "second": "seconds secs", "kg": "kilogram kilograms kilo kilos kgs", "g": "gram grams gm",
    "mg": "milligram milligrams", "liter": "liters litre litres", "ml": "milliliter milliliters millilitre millilitres",
    "pound": "pounds lb lbs", "ounce": "ounces oz", "gallon": "gallons gal", "cent": "cents",
    "mph": "", "day": "days", "week": "weeks", "year": "years yrs yr",
}  # fmt: skip

ALIASES = {
    "colored": "coloured", "color": "colour", "colors": "colours", "center": "centre", "centers": "centres",
    "gray": "grey", "labeled": "labelled", "favorite": "favourite", "neighbor": "neighbour",
    "neighbors": "neighbours", "neighboring": "neighbouring", "modeled": "modelled", "traveled": "travelled",
    "traveling": "travelling", "canceled": "cancelled", "program": "programme", "meets": "meet",
    "he": "she", "his": "her hers him", "himself": "herself", "boy": "", "math": "maths", "parallel": "",
}  # fmt: skip
"""Spellings of one word; the pronouns follow a person who is renamed."""

LIGHT_WORDS = """a an the this these those it its is are was were be been am being and then so thus hence therefore
what which find determine compute calculate evaluate obtain give let suppose given assume consider please what's
value values following express write state your answer as final result we you can could do does did please kindly
here there will would us now also such that figure diagram solve give get gives tell me need want know knowing
let's lets note recall below shown i'd like of s d ll re have has had its their question problem we're
quantity exactly-stated simply just carefully who having""".split()
"""Words that may come, go or change without changing the problem."""
REQUEST_WORDS = """solve answer question problem following math mathematical mathematics step steps by reason reasoning show
shown work working explain explanation solution solutions your all details think careful carefully try challenge
challenging exercise task put here is a the this for to and in with of you please read consider let us we our next
below puzzle provide justify justification full complete clearly express form simplest common fraction fractions lowest
terms mixed number decimal integer simplified simplify simplified radical exact exactly box boxed final must should can be
as an on enter expression format answers word one needed if necessary do not include units round leave give use any help
practice warm quick good luck attempt interesting classic famous easy
medium hard difficulty level that was from were i have need how would pi nearest tenth hundredth
thousandth rounded whole""".split()
"""Words of which a sentence at either end may consist that only asks for an answer, or announces a problem."""
POLITE_WORDS = """express show explain round justify provide enter box boxed leave simplest lowest steps step answer answers carefully
units luck work format reasoning reason explanation nearest write please help puzzle details put""".split()
"""Of these one is needed before a last sentence is taken for a mere request."""
ORIGIN_WORDS = """amc aime ahsme ajhsme usamo usajmo imo hmmt putnam cmimc bmt smt pumac arml mathcounts olympiad olympiads
contest competition tournament shortlist source sources aops jbmo jmo bmo cmo apmo kmo mmo egmo nimo omo nmo baltic
exam examination test textbook chapter section book page pg pp copyright proposed author authors contributed submitted
points point pts pt marks mark round paper grade qualifier qualifying finals invitational national regional
tst isl hmic stanford berkeley harvard mit cmc purple comet cemc ukmt smc imc kangaroo euclid fermat cayley pascal
dataset benchmark gsm8k id worth credit credits credited courtesy taken adapted edition vol volume unit lesson worksheet sheet
ii iii iv difficulty level topic category subject tag school""".split()
STRONG_ORIGIN = """amc aime ahsme ajhsme usamo usajmo imo hmmt putnam cmimc bmt smt pumac arml mathcounts olympiad olympiads
contest competition tournament shortlist source aops jbmo jmo bmo cmo apmo egmo nimo omo exam textbook chapter
proposed author contributed submitted pts marks isl tst ukmt cemc invitational olympiade examination qualifier
adapted copyright courtesy homework worksheet worth credit dataset""".split()
"""Of these one is needed before anything is taken for an attribution."""
HEADING_WORDS = """problem exercise question example task no number ex q p prob ques pb puzzle challenge item part
section""".split()
PROTECTED_WORDS = """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays
saturdays sundays january february march april may june july august september october november december fibonacci lucas
catalan mersenne pythagorean pythagoras euler fermat gauss pascal euclid euclidean cartesian ramanujan bernoulli stirling
taylor maclaurin fourier laplace hamiltonian eulerian gaussian cauchy schwarz jensen chebyshev hermite legendre
egyptian arabic roman english french german spanish italian russian chinese japanese american british earth mars venus
mercury jupiter saturn uranus neptune pluto moon sun celsius fahrenheit kelvin euros euro dollars yen north south east west
northeast northwest southeast southwest english spades hearts clubs diamonds king queen ace kings queens aces jacks
christmas easter halloween tetris sudoku boolean diophantine abelian markov poisson platonic archimedean hamming riemann
lagrange newton wilson vieta ceva menelaus ptolemy heron brocard simson lemoine nagel gergonne apollonius feuerbach miquel
find determine compute calculate evaluate what which how let if when where suppose given the all each there for""".split()
"""Capitalised words that name no person: another one makes another problem."""
EXACT_WORDS = """height heights weight weights length width depth side sides sine cosine secant second size mode more mean median
pints points pounds rounds quarts quarters cards cars carts cats bats rats hats boats goats coats boys toys cows crows rows hens
pens tens pears years bears peas lions lines roses roles books boots coins corns cubes tubes cone cube code black block red rod
blue brown crown green left lift right light inner outer upper lower base case dimes times miles smiles liters meters price
prime prize gain grain rain train loss cost coat face race edge term team root foot win wind tin bird third
minor major even ever odd add sum sun row tow last least most fast east west first fist internal external""".split()
"""Quantities and objects that are a letter apart: one is never taken for a slip of another."""
FORENAMES = """mark bill grace rose will sue pat frank jack art dean rob drew hope faith joy ray jay rich hunter carter mason
lily daisy ivy ruby pearl amber dawn eve crystal violet olive ginger heather iris chase grant lance miles wade pierce skip
chip josh nick jean gene guy bob max""".split()
"""First names that are words, too."""

UNICODE = {
    "²": "^{2}", "³": "^{3}", "⁴": "^{4}", "⁵": "^{5}", "⁶": "^{6}", "⁷": "^{7}", "⁸": "^{8}", "⁹": "^{9}", "¹": "^{1}",
    "⁰": "^{0}", "ⁿ": "^{n}", "⁻¹": "^{-1}", "⁻": "^-", "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "₄": "_4", "₅": "_5",
    "₆": "_6", "₇": "_7", "₈": "_8", "₉": "_9", "ₙ": "_n", "½": "\\frac{1}{2}", "¼": "\\frac{1}{4}",
    "¾": "\\frac{3}{4}", "⅓": "\\frac{1}{3}", "⅔": "\\frac{2}{3}", "⅕": "\\frac{1}{5}", "⅛": "\\frac{1}{8}",
    "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "•": "\\cdot ", "÷": "\\div ", "≤": "\\le ",
    "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ", "≦": "\\le ", "≧": "\\ge ", "≠": "\\ne ", "∞": "\\infty ", "√": "\\sqrt ",
    "∛": "\\sqrt[3]", "°": "^{\\circ}", "º": "^{\\circ}", "˚": "^{\\circ}", "∠": "\\angle ", "△": "\\triangle ",
    "∆": "\\triangle ", "∈": "\\in ", "∉": "\\notin ", "∪": "\\cup ", "∩": "\\cap ", "⊂": "\\subset ", "⊆": "\\subseteq ",
    "∅": "\\varnothing ", "→": "\\to ", "⇒": "\\implies ", "⟹": "\\implies ", "⇔": "\\iff ", "⟺": "\\iff ",
    "±": "\\pm ", "⊥": "\\perp ", "∥": "\\parallel ", "∑": "\\sum ", "∏": "\\prod ", "∫": "\\int ", "≡": "\\equiv ",
    "≈": "\\approx ", "≅": "\\cong ", "∼": "\\sim ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ",
    "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}", "∀": "\\forall ",
    "∃": "\\exists ", "¬": "\\neg ", "∧": "\\wedge ", "∨": "\\vee ", "∂": "\\partial ", "∘": "\\circ ", "⊕": "\\oplus ",
    "−": "-", "–": "-", "—": " -- ", "‐": "-", "‑": "-", "‒": "-", "―": " -- ", "’": "'", "‘": "'", "′": "'", "“": '"',
    "”": '"', "…": "...", "⋯": "\\cdots ", "\u200b": "", "\ufeff": "", "\u00ad": "", "\u2062": "", "\u2009": " ",
    "\u202f": " ", "\u00a0": " ", "\u2003": " ", "\u2002": " ", "\u3000": " ", "€": "\\euro ", "£": "\\pounds ",
    "％": "%", "＋": "+", "＝": "=", "µ": "\\mu ", "℃": "^{\\circ} C",
    **dict(zip(
        "αβγδεζηθικλμνξπρστυφϕχψωΓΔΘΛΞΠΣΦΨΩ",
        (f"\\{name} " for name in
         """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi phi chi psi
         omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega""".split()),
        strict=True,
    )),
}  # fmt: skip
"""Unicode characters as LaTeX."""


def hashed(text: str, seed: int = WORD_SEED) -> int:
    """The 64-bit FNV-1a hash that the compiled reader computes, too."""
    value = seed
    for byte in text.encode():
        value = ((value ^ byte) * _PRIME) & _MASK
    return value


class Words(NamedTuple):
    """The vocabulary as the compiled reader looks words and commands up, by open addressing."""

    keys: Table
    """Hashes over `SLOTS` slots, 0 for an empty one."""
    targets: Table
    """What the value of a token in this slot becomes."""
    flags: Table
    slips: Table
    """Hashes of the words with at most one letter left out, over `SLIP_SLOTS` slots."""
    slots: Table
    """The slot among `keys` of the word that such a hash is of."""
    spelled: Table
    """The letters of the word of each slot, a row of `LONGEST_KNOWN`."""


@cache
def table() -> Words:
    """The tables of all words and commands named above."""
    entries: dict[int, list[int]] = {}
    hashes: dict[str, int] = {}

    def add(name: str, flags: int, value: int | None = None, seed: int = WORD_SEED) -> None:
        entry = entries.setdefault(hashed(name, seed), [hashed(name, seed), 0])
        entry[1] |= flags
        if value is not None:
            entry[0] = value
        if seed == WORD_SEED and name.isalpha():
            hashes[name] = hashed(name)

    for word in files("bigmath.dedup").joinpath("words.txt").read_text().split():
        add(word, KNOWN)
    for flags, words in (
        (KNOWN | LIGHT, LIGHT_WORDS), (KNOWN | PROTECTED, PROTECTED_WORDS), (FORENAME, FORENAMES), (REQUEST, REQUEST_WORDS),
        (ORIGIN, ORIGIN_WORDS), (CALLED, STRONG_ORIGIN), (HEADING, HEADING_WORDS),
        (POLITE, POLITE_WORDS), (KNOWN | EXACT, EXACT_WORDS),
    ):  # fmt: skip
        for word in words:
            add(word, flags)
    for word in "dont doesnt isnt cant wont didnt arent cannot wasnt".split():
        add(word, KNOWN)
    for spelling, others in ALIASES.items():
        for word in [spelling, *others.split()]:
            add(word, KNOWN, hashed(spelling))
    for unit, others in UNITS.items():
        for word in [*([unit] if len(unit) > 1 else []), *others.split()]:
            add(word, KNOWN | UNIT, hashed(unit))
    for word, number in NUMERALS.items():
        add(word, KNOWN | NUMERAL, number)
    for word in ("dollar", "dollars", "usd"):
        add(word, KNOWN | SIGN, MONEY)
    for word in ("percent", "percents"):
        add(word, KNOWN | SIGN, PERCENT)
    for word in ("degrees", "degree"):
        add(word, KNOWN | SIGN, DEGREE)
    for name in FUNCTIONS.split():
        add(name, KNOWN | SPLIT, hashed(name, COMMAND_SEED))
        add(name, SPLIT, hashed(name, COMMAND_SEED), COMMAND_SEED)
    for name in WORDS_OF_COMMANDS.split():
        add(name, KNOWN, hashed(name))
        add(name, PLAIN, hashed(name), COMMAND_SEED)
    for sign, names in SIGNS.items():
        for name in names.split():
            add(name, SIGN, sign, COMMAND_SEED)
    for name in GREEK_LETTERS.split():
        add(name, GREEK, None, COMMAND_SEED)
    for flags, names in ((DROP, DROPPED), (FONT, FONTS)):
        for name in names.split():
            add(name, flags, None, COMMAND_SEED)
    for name in LAYOUTS.split():
        add(name, LAYOUT, None, COMMAND_SEED)
    for name, plain in COMMANDS.items():
        add(name, 0, hashed(plain, COMMAND_SEED), COMMAND_SEED)
    keys, targets, flags_of = _laid_out(entries, SLOTS)
    slot_of = {int(key): slot for slot, key in enumerate(keys) if key}
    spelled = np.zeros((SLOTS, LONGEST_KNOWN), dtype=np.uint8)
    slips: dict[int, list[int]] = {}
    # words with a meaning of their own first: a slip of both "four" and "pour" is taken for the number
    for word in sorted(hashes, key=lambda word: (entries[hashes[word]][1] in (0, KNOWN), word)):
        if not 4 <= len(word) <= LONGEST_KNOWN:
            continue
        slot = slot_of[hashes[word]]
        spelled[slot, : len(word)] = list(word.encode())
        for at in range(-1, len(word)):
            slips.setdefault(hashed(word if at < 0 else word[:at] + word[at + 1 :]), [slot, 0])
    slip_keys, slots, _ = _laid_out(slips, SLIP_SLOTS)
    return Words(keys, targets, flags_of, slip_keys, slots.astype(np.int32), spelled)


def _laid_out(entries: dict[int, list[int]], size: int) -> tuple[Table, Table, Table]:
    keys, values = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64)
    flags = np.zeros(size, dtype=np.uint32)
    for key, (value, known) in entries.items():
        at = (key ^ (key >> 32)) % size
        while keys[at]:
            at = (at + 1) % size
        keys[at], values[at], flags[at] = key, value, known
    return keys, values, flags
