# ruff: noqa: E501 - tables, which read best a class a line
r"""Edits of a statement with known effect: copies, which state the same problem, and variants, which state another.

Each edit is a function of a random generator and a text that returns the edited text, or None where it finds nothing to edit.
`COPIES` and `VARIANTS` name them by class. Nothing here knows how the deduplication reads a text.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence

Edit = Callable[[random.Random, str], str | None]

_MATH = re.compile(r"\$\$.+?\$\$|\$[^$]+\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_NUMBER = re.compile(r"(?<![\d.,\\])\d{1,6}(?![\d]|[.,]\d)")
_WORD = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{4,}(?![A-Za-z}])")
_COMMAND = r"\\(?:begin|end|text\w*|mathrm|mathbf|operatorname)\{[^{}]*\}|\\[A-Za-z]+"
_LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")

NAMES = """Alice Bob Carol David Emma Frank Grace Henry Isabel Jack Karen Liam Maria Nathan Olivia Peter Quinn Rachel Samuel
Tina Victor Wendy Xavier Yusuf Zoe Tom John Mary James Sarah Michael Lisa Kevin Laura Brian Anna Steve Julia Mark Emily Ben Sam
Alex Max Jane Jill Joe Mike Dave Paul Susan Linda Robert Amy Ryan Jason Daniel Adam Eric Natalia Betty Julie Ken Joy Albert
Tobias Randy Jasper Martha Charlie Lucy Harry Sally Jerry Jim Ann Tim Dan Bill Kate Ella Mia Noah Leo Ivan Omar Priya Chen
Fatima Diego Hannah Carlos Pedro Sofia""".split()
_NAME = re.compile(rf"\b(?:{'|'.join(NAMES)})\b")

_SPELLINGS = [
    (r"\\d?frac", ["\\frac", "\\dfrac", "\\tfrac"]), (r"\\leq?(?![a-z])", ["\\le", "\\leq", "\\leqslant"]),
    (r"\\geq?(?![a-z])", ["\\ge", "\\geq", "\\geqslant"]), (r"\\neq?(?![a-z])", ["\\ne", "\\neq"]),
    (r"\\[lc]?dots", ["\\ldots", "\\cdots", "\\dots"]), (r"(?<!\\left)\((?=[^()$]*\))(?![^$]*\\right)", ["("]),
    (r"\\(?:right|longright)arrow", ["\\to", "\\rightarrow"]), (r"\\left(?=[(\[|])", [""]), (r"\\right(?=[)\]|])", [""]),
    (r"\\cdot(?![a-z]) ?", ["\\cdot ", " \\cdot "]), (r"\^([0-9a-z])(?![0-9a-z])", ["^{\\1}"]), (r"\^\{([0-9a-z])\}(?![0-9a-z])", ["^\\1"]),
    (r"_([0-9a-z])(?![0-9a-z])", ["_{\\1}"]), (r"_\{([0-9a-z])\}(?![0-9a-z])", ["_\\1"]), (r"(?<=[^\\])\\,", ["", " ", "\\;"]),
    (r"\\text\{ ?([a-z]+)\}", ["\\text{\\1}", "\\mathrm{\\1}", "\\textrm{\\1}"]), (r" = ", ["=", " =  "]), (r" \+ ", ["+", " + "]),
]  # fmt: skip


def spelling(rng: random.Random, text: str) -> str | None:
    """Writes the same LaTeX otherwise."""
    before = text
    for pattern, choices in rng.sample(_SPELLINGS, k=rng.randint(4, len(_SPELLINGS))):
        text = re.sub(pattern, rng.choice([c.replace("\\", "\\\\").replace("\\\\1", "\\1") for c in choices]), text)
    if rng.random() < 0.5 and not re.search(r"\$\d[\d.,]*\s+[a-z]{2}", text):
        opening, closing = rng.choice([("\\(", "\\)"), ("$ ", " $"), ("$\\displaystyle ", "$")])
        text = re.sub(r"(?<![\\$])\$([^$]+)\$(?!\$)", lambda m: opening + m[1].strip() + closing, text)
    if rng.random() < 0.3:
        text = re.sub(r"\$\(([^()$]+)\)\$", r"$\\left(\1\\right)$", text)
    return text if text != before and "\\" in text + before else None


def spacing(rng: random.Random, text: str) -> str | None:
    """Spaces, line breaks, final punctuation and the case of prose."""
    how = rng.randrange(4)
    if how == 0:
        return re.sub(r" ", lambda m: rng.choice([" ", "  ", "\n"]), text)
    if how == 1:
        return text.rstrip(" .?!") + rng.choice(["", " .", "?", "\n\n"])
    if how == 2:
        pieces = _MATH.split(text)
        kept = _MATH.findall(text)
        return "".join(p.lower() + (kept[i] if i < len(kept) else "") for i, p in enumerate(pieces))
    return "  " + text.replace(". ", ".  ").replace(" $", "  $") + "\n"


def typo(rng: random.Random, text: str) -> str | None:
    """One to three slips of the keyboard in words outside formulas."""
    words = list(_WORD.finditer(_MATH.sub(lambda m: " " * len(m[0]), text)))
    if len(words) < 6:
        return None
    for word in sorted(rng.sample(words, rng.randint(1, min(3, len(words) // 4))), key=lambda m: -m.start()):
        letters = list(word[0])
        at = rng.randrange(1, len(letters) - 1)
        how = rng.randrange(4)
        if how == 0:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif how == 1:
            del letters[at]
        elif how == 2:
            letters.insert(at, letters[at])
        else:
            letters[at] = rng.choice("abcdefghijklmnopqrstuvwxyz".replace(letters[at].lower(), ""))
        text = text[: word.start()] + "".join(letters) + text[word.end() :]
    return text


_CONTESTS = ["AMC 10A", "AMC 12B", "AIME I", "AIME II", "AHSME", "HMMT February", "Putnam", "USAMO", "IMO Shortlist", "CMIMC",
    "BMT", "SMT", "PUMaC", "ARML", "MATHCOUNTS State", "Canadian Mathematical Olympiad", "Baltic Way", "APMO",
    "Moscow Olympiad", "All-Russian Olympiad", "JBMO", "ISL", "Purple Comet"]  # fmt: skip
_BEFORE = ["Problem {n}. ", "Problem {n}: ", "{n}. ", "{n}) ", "Exercise {n}. ", "Question {n}: ", "Example {n}. ", "({y} {c}) ",
    "[{y} {c}] ", "({c} {y}, Problem {n}) ", "{y} {c} Problem {n}: ", "{c} {y} #{n}. ", "({p} points) ", "[{p} pts] ",
    "**Problem {n}** ", "Q{n}. ", "Task {n}. ", "Solve the following problem: ", "Please solve this math problem.\n",
    "Here is a math problem: ", "Solve the following math problem step by step.\n\n", "### Problem {n}\n", "Problem: ",
    "Question: ", "{c} {y}/{n}: ", "[{c} {y} P{n}] ", "{c}, {y}. "]  # fmt: skip
_AFTER = [" ({y} {c})", " [{c} {y}]", "\n\n(Source: {c} {y})", " Source: {c} {y}.", " ({p} points)", " [{p} marks]",
    " ({c} {y}, Problem {n})", "\n— {c} {y}", " Express your answer as a common fraction.", " Show your work.",
    " Please reason step by step.", " Put your final answer in a box.", " Give your answer in simplest form.",
    " Explain your reasoning.", "\n\nProposed by {w} {v}", "\nAuthor: {w} {v}", " Write your answer in lowest terms."]  # fmt: skip
_SURNAMES = "Chen Zhao Smith Kowalski Novak Garcia Ivanov Tanaka Berger Okafor Lindqvist Moreau".split()


def heading(rng: random.Random, text: str) -> str | None:
    """What sources print before and after a problem."""
    fill = {"n": rng.randint(1, 30), "y": rng.randint(1965, 2024), "c": rng.choice(_CONTESTS), "p": rng.randint(2, 10),
        "w": rng.choice(NAMES), "v": rng.choice(_SURNAMES)}  # fmt: skip
    how = rng.random()
    if how < 0.65:
        text = rng.choice(_BEFORE).format(**fill) + text
    if how > 0.45:
        text = text.rstrip() + rng.choice(_AFTER).format(**fill)
    return text


def people(rng: random.Random, text: str) -> str | None:
    """Other names for the same people, throughout."""
    found = sorted(set(_NAME.findall(text)))
    if not found:
        return None
    others = rng.sample([name for name in NAMES if name not in found], len(found))
    names = dict(zip(found, others, strict=True))
    return _NAME.sub(lambda m: names[m[0]], text)


def letters(rng: random.Random, text: str) -> str | None:
    """Other letters for the same unknowns, throughout the formulas."""
    formulas = " ".join(_MATH.findall(text))
    plain = re.sub(_COMMAND, " ", formulas)
    found = sorted(set(re.findall(r"[a-zA-Z]", plain)) - set("eidO"))
    if (
        not found
        or re.search(r"[A-Za-z]{3,}", re.sub(r"[A-Z]+", "", plain))
        or "asy" in text
        or "\\begin" in text
        or re.search(r"\$-(?:axis|coord|inter|plane)", text)
    ):
        return None
    outside = _MATH.sub(" ", text)
    prose = {*_LETTER.findall(outside), *"".join(re.findall(r"\b[A-Z]{2,6}\b", outside))} - {"a", "A", "I"}
    if prose & set(found):
        return None
    lower, upper = (
        [c for c in "pqrstuvwxyzmnkabc" if c not in found],
        [c for c in "PQRSTUVWXYZKLMNABC" if c not in found],
    )
    chosen = [c for c in found if rng.random() < 0.6] or found[:1]
    if len([c for c in chosen if c.islower()]) > len(lower) or len([c for c in chosen if c.isupper()]) > len(upper):
        return None
    rng.shuffle(lower)
    rng.shuffle(upper)
    names = {c: (lower if c.islower() else upper).pop() for c in chosen}

    def renamed(formula: re.Match[str]) -> str:
        return re.sub(rf"{_COMMAND}|[A-Za-z]", lambda m: m[0] if len(m[0]) > 1 else names.get(m[0], m[0]), formula[0])

    return _MATH.sub(renamed, text)


_UNICODE = [("\\times", "×"), ("\\cdot", "·"), ("\\le ", "≤ "), ("\\leq", "≤"), ("\\geq", "≥"), ("\\ge ", "≥ "),
    ("\\pi", "π"), ("^2", "²"), ("^3", "³"), ("^{2}", "²"), ("^\\circ", "°"), ("^{\\circ}", "°"), ("\\angle ", "∠"),
    ("\\triangle ", "△"), ("\\frac{1}{2}", "½"), ("\\alpha", "α"), ("\\theta", "θ"), ("\\neq", "≠"), ("\\infty", "∞"),
    ("\\sqrt{2}", "√2"), ("\\sqrt{3}", "√3"), ("\\in ", "∈ "), ("\\pm", "±"), ("...", "…"), ("'", "’"), ("\\div", "÷"),
    ("\\rightarrow", "→"), ("\\to ", "→ "), ("\\cup", "∪"), ("\\cap", "∩"), (" - ", " − ")]  # fmt: skip
_UNITS = [(r"\bcm\b", "centimeters"), (r"\bcentimeters\b", "cm"), (r"\bkilometers\b", "km"), (r"\bkm\b", "kilometers"),
    (r"\bmeters\b", "metres"), (r"\bcentimeter\b", "centimetre"), (r"\bhours\b", "hrs"), (r"\bminutes\b", "min"),
    (r"\\?%", " percent"), (r" percent\b", "%"), (r"\bdegrees\b", "°"), (r"\bkilograms\b", "kg"), (r"\bfeet\b", "ft"),
    (r"(?<=\d )inches\b", "in"), (r"\bpounds\b", "lbs"), (r"\bcolor\b", "colour"), (r"\bcenter\b", "centre"),
    (r"\\\$(\d+)\b(?![.,]\d)", r"\1 dollars"), (r"\bounces\b", "oz"), (r"\bliters\b", "litres"), (r"\bgrams\b", "g")]  # fmt: skip
_SPELT = "two three four five six seven eight nine ten".split()


def symbols(rng: random.Random, text: str) -> str | None:
    """Units, Unicode and written-out numbers."""
    before = text
    for one, other in _UNICODE:
        if rng.random() < 0.7:
            text = re.sub(re.escape(one) + ("(?![a-z])" if one[-1].isalpha() else ""), other, text)
    if rng.random() < 0.8:
        for pattern, other in rng.sample(_UNITS, len(_UNITS)):
            text = re.sub(pattern, other, text, count=0)
            if text != before:
                break
    if rng.random() < 0.5:
        for number, word in enumerate(_SPELT, 2):
            text = re.sub(rf"(?<= ){word}(?= [a-z])", str(number), text)
    return text if text != before else None


_LIGHT = [(r"\bFind\b", "Determine"), (r"\bDetermine\b", "Find"), (r"\bCompute\b", "Calculate"), (r"\bEvaluate\b", "Compute"),
    (r"\bWhat is\b", "Find"), (r"\bfind\b", "determine"), (r"\bCalculate\b", "Compute"), (r"^Let\b", "Suppose that"),
    (r"^Suppose\b", "Assume"), (r"^Given\b", "You are given"), (r"\bFind the value of\b", "What is"), (r"^If\b", "If"),
    (r"^Find\b", "Please find"), (r"\bwhat is\b", "find"), (r"^Solve\b", "Please solve"), (r"\bLet (?=\$)", "Let "),
    (r"^Consider\b", "Let us consider")]  # fmt: skip


def wording(rng: random.Random, text: str) -> str | None:
    """Another word for how one asks."""
    before = text
    for pattern, other in rng.sample(_LIGHT, len(_LIGHT)):
        text = re.sub(pattern, other, text, count=1)
        if text != before and rng.random() < 0.7:
            break
    return text if text != before else None


def order(rng: random.Random, text: str) -> str | None:
    """Two of the sentences before the last change places."""
    if "asy" in text or re.search(r"\d\. ", text):
        return None
    sentences = re.split(r"(?<=[a-z$]\.)(?<!Mr\.)(?<!Ms\.)(?<!Mrs\.)(?<!Dr\.)(?<!St\.)(?<!vs\.) (?=[A-Z$])", text)
    if len(sentences) < 3 or any(_MATH.sub("", one).count("$") for one in sentences):
        return None
    one, two = sorted(rng.sample(range(len(sentences) - 1), 2))
    sentences[one], sentences[two] = sentences[two], sentences[one]
    return " ".join(sentences)


def articles(rng: random.Random, text: str) -> str | None:
    """Articles are left out."""
    pieces, kept = _MATH.split(text), _MATH.findall(text)
    pieces = [re.sub(r"(?<= )(?:the|an?) (?=[a-z]{2})", lambda m: m[0] * (rng.random() < 0.5), one) for one in pieces]
    edited = "".join(one + (kept[at] if at < len(kept) else "") for at, one in enumerate(pieces))
    return edited if edited != text else None


def links(rng: random.Random, text: str) -> str | None:
    """Words become Markdown links, as in copies of a wiki."""
    if "asy" in text or "](" in text:
        return None
    words = list(_WORD.finditer(_MATH.sub(lambda m: " " * len(m[0]), text)))
    if len(words) < 4:
        return None
    for word in sorted(rng.sample(words, rng.randint(1, 3)), key=lambda m: -m.start()):
        link = f"[{word[0]}](https://example.org/wiki/{word[0].capitalize()}_(mathematics))"
        text = text[: word.start()] + link + text[word.end() :]
    return text


_IN_WORDS = dict(enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)) | {
    15: "fifteen", 20: "twenty", 24: "twenty-four", 30: "thirty", 36: "thirty-six", 50: "fifty", 100: "one hundred",
    120: "one hundred and twenty", 200: "two hundred", 1000: "one thousand"}  # fmt: skip


def numerals(rng: random.Random, text: str) -> str | None:
    """Numbers of prose in words."""
    pieces, kept = _MATH.split(text.partition("[asy]")[0]), _MATH.findall(text.partition("[asy]")[0])
    spelt = [
        re.sub(r"(?<=[a-z] )\d{1,4}(?= [a-z]{3})", lambda m: _IN_WORDS.get(int(m[0]), m[0]), one) for one in pieces
    ]
    edited = "".join(one + (kept[at] if at < len(kept) else "") for at, one in enumerate(spelt))
    return None if spelt == pieces else edited + "".join(text.partition("[asy]")[1:])


def markup(rng: random.Random, text: str) -> str | None:
    """Empty scripts and groups, `\\textdollar`, bold words."""
    before = text
    if rng.random() < 0.7:
        text = re.sub(r"(?<=[a-zA-Z])\^(?=[{\d])", "_{}^", text, count=2)
    if rng.random() < 0.7:
        text = re.sub(r"\\\$(?=\d)", r"\\textdollar ", text)
    if rng.random() < 0.5:
        text = re.sub(r"(?<=[a-z] )(the (?:sum|number|area|value|smallest|largest))(?= )", r"**\1**", text, count=1)
    if rng.random() < 0.7:
        text = re.sub(r"\\frac(?=\{)", r"{}\\frac", text, count=1)
    return text if text != before else None


_LABEL = re.compile(r"\\(?:textbf|text|mathrm) ?\{ ?\(([A-E])\) ?\}")


def choices(rng: random.Random, text: str) -> str | None:
    """Answer choices in another layout."""
    statement, *pieces = _LABEL.split(text)
    names, found = pieces[::2], pieces[1::2]
    if "".join(names) not in ("ABCD", "ABCDE"):
        return None
    offered = [re.sub(r"\\q?quad|^(?:\\ |~|\$)+", "", one.strip()).strip(" $\n") for one in found]
    if any("$" in one or "asy" in one or not one for one in offered):
        return None
    label = rng.choice(["({})", "{})", "{}.", "**{})**"])
    announced = rng.choice(["", "\nAnswer choices:"])
    dollars = statement.replace(r"\$", "").rstrip()
    if dollars.count("$$") % 2:  # opens the formula of the choices
        statement = statement.rstrip().removesuffix("$$")
    elif dollars.count("$") % 2:
        statement = statement.rstrip().removesuffix("$")
    listed = "".join(f"\n{label.format(name)} ${one}$" for name, one in zip(names, offered, strict=True))
    return statement.rstrip() + announced + listed


def mixed(rng: random.Random, text: str) -> str | None:
    """Two or three edits of the other classes."""
    done = 0
    for edit in rng.sample(list(COPIES.values())[:-1], len(COPIES) - 1):
        edited = edit(rng, text)
        if edited is not None and edited != text:
            text, done = edited, done + 1
        if done == 3 or (done == 2 and rng.random() < 0.5):
            break
    return text if done >= 2 else None


def _start(text: str) -> int:
    """Behind the label, heading or points that a real statement begins with: another number there is no other problem."""
    found = re.match(
        r"\W*(?:(?:problem|task|example|exercise|question)\s*)?(?:\w?\d{1,3}\s?[.):*]+)?\W*(?:\(?\d+ points?\)?)?",
        text,
        re.I,
    )
    return found.end() if found else 0


def number(rng: random.Random, text: str) -> str | None:
    """Another number in one place."""
    found = list(_NUMBER.finditer(text.partition("[asy]")[0], _start(text)))
    if not found:
        return None
    place = rng.choice(found)
    value = int(place[0])
    other = (
        value + rng.choice([1, 2, 3, 5, 10])
        if rng.random() < 0.7 or value < 4
        else value - rng.randint(1, min(value - 1, 9))
    )
    return text[: place.start()] + str(other) + text[place.end() :]


def renumbered(text: str, turn: int) -> str | None:
    """The first number moved by `turn`, which is at least 1: other turns give other numbers."""
    found = _NUMBER.search(text.partition("[asy]")[0], _start(text))
    return text[: found.start()] + str(int(found[0]) + turn) + text[found.end() :] if found else None


def _swapped(rng: random.Random, text: str, pairs: Sequence[tuple[str, str]]) -> str | None:
    """One of a pair of words or symbols for the other, in one place."""
    before_figure = text.partition("[asy]")[0]
    found = [(m, other) for one, other in pairs for m in [*re.finditer(one, before_figure)][:2]]
    if not found:
        return None
    place, other = rng.choice(found)
    return text[: place.start()] + other + text[place.end() :]


def _both(words: str) -> list[tuple[str, str]]:
    pairs = [pair.split("/") for pair in words.split(", ")]
    return [
        (rf"(?<![A-Za-z\\]){a}(?![A-Za-z])", b) for one, other in pairs for a, b in ((one, other), (other, one))
    ]  # fmt: skip


_OPERATORS = [(r"(?<=[\w)} ])\+(?=[\w(\\ ])", "-"), (r"(?<=[\w)}])-(?=[\d(\\])", "+"), (r"\\times(?![a-z])", "+"), (r"\\cdot(?![a-z])", "+"),
    (r"\^2(?!\d)", "^3"), (r"\^\{2\}", "^{4}"), (r"\\sqrt(?=\{)", "\\sqrt[3]"), (r"\\div(?![a-z])", "\\times"), (r"\\cup(?![a-z])", "\\cap")]  # fmt: skip
_RELATIONS = [(r"\\leq?(?![a-z])", "<"), (r"\\geq?(?![a-z])", ">"), (r"(?<= )<(?= )", "\\le"), (r"(?<=[a-z0-9])<(?=[a-z0-9])", ">"),
    (r"(?<= )>(?= )", "\\ge"), *_both("at least/at most, more than/less than, greater than/less than, smaller/larger, "
    "before/after, above/below, increasing/decreasing, divisible by/coprime to, exactly/at least, inside/outside")]  # fmt: skip
_OBJECTS = [(r"\\sin(?![a-z])", "\\cos"), (r"\\cos(?![a-z])", "\\sin"), (r"\\tan(?![a-z])", "\\cot"), (r"\\log(?![a-z])", "\\ln"),
    *_both("triangle/square, circle/ellipse, rectangle/rhombus, hexagon/pentagon, cube/sphere, even/odd, prime/composite, "
    "red/blue, boys/girls, apples/oranges, dice/coins, cone/cylinder, parallelogram/trapezoid, chord/tangent, Monday/Tuesday, "
    "January/March, dogs/cats, inscribed/circumscribed, convex/regular, arithmetic/geometric, equilateral/isosceles, "
    "incircle/circumcircle, altitude/median, integers/primes, cosine/sine, horizontal/vertical, day/week, quarters/dimes")]  # fmt: skip
_ASKED = _both("area/perimeter, maximum/minimum, sum/product, mean/median, largest/smallest, greatest/least, radius/diameter, "
    "positive/negative, length/width, volume/surface area, median/mode, difference/quotient, circumference/area, "
    "numerator/denominator, units digit/tens digit, greatest common divisor/least common multiple, range/mean, "
    "probability/expected number, remainder/quotient, hypotenuse/altitude, how many more/how many fewer, "
    "positive integers/integers, real numbers/integers, distinct real/real, total/average, first/last, slope/intercept")  # fmt: skip


def operator(rng: random.Random, text: str) -> str | None:
    """Another operator in one place."""
    return _swapped(rng, text, _OPERATORS)


def relation(rng: random.Random, text: str) -> str | None:
    """Another relation, in symbols or in words."""
    return _swapped(rng, text, _RELATIONS)


def thing(rng: random.Random, text: str) -> str | None:
    """Another function or object."""
    return _swapped(rng, text, _OBJECTS)


def asked(rng: random.Random, text: str) -> str | None:
    """Another quantity is asked for, or of another kind."""
    return _swapped(rng, text, _ASKED)


def role(rng: random.Random, text: str) -> str | None:
    """One letter or person for another in one place only, or two numbers that change places."""
    people_found = list(_NAME.finditer(text))
    if len({m[0] for m in people_found}) >= 2 and len(people_found) >= 4 and rng.random() < 0.7:
        last = people_found[-1]
        other = rng.choice(sorted({m[0] for m in people_found} - {last[0]}))
        return text[: last.start()] + other + text[last.end() :]
    formulas = [m for m in _MATH.finditer(text) if "asy" not in m[0]]
    places = [
        (m.start() + at.start(), at[0])
        for m in formulas
        for at in re.finditer(
            r"(?<![A-Za-z\\])[a-zA-Z](?![A-Za-z])", re.sub(r"\\[a-zA-Z]+", lambda c: "\\" * len(c[0]), m[0])
        )
    ]
    names = [name for _, name in places]
    often = [name for name in set(names) if names.count(name) >= 2 and name not in "dei"]
    if len(often) >= 2 and rng.random() < 0.7:
        at, name = rng.choice([place for place in places if place[1] in often])
        other = rng.choice(sorted(set(often) - {name}))
        return text[:at] + other + text[at + 1 :]
    numbers = list(_NUMBER.finditer(text.partition("[asy]")[0], _start(text)))
    if len({m[0] for m in numbers}) < 2:
        return None
    one, two = sorted(rng.sample(numbers, 2), key=lambda m: m.start())
    if one[0] == two[0]:
        return None
    return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]


COPIES: Mapping[str, Edit] = {
    "spelling": spelling, "spacing": spacing, "typo": typo, "heading": heading, "people": people, "letters": letters,
    "symbols": symbols, "wording": wording, "order": order, "articles": articles, "links": links, "numerals": numerals,
    "markup": markup, "choices": choices, "mixed": mixed,
}  # fmt: skip
VARIANTS: Mapping[str, Edit] = {
    "number": number,
    "operator": operator,
    "relation": relation,
    "thing": thing,
    "role": role,
    "asked": asked,
}
