r"""A corpus with known contamination: tests of benchmarks, edited, hidden among real rows.

Each class of edit is a function of a statement and a random generator, that gives the edited statement or None where it
does not apply. `COPIES` must be found: the problem and its numbers stay. `VARIANTS` must not: a number is another. The
words, names, headers and spellings here were chosen for this generator and are not those the matcher knows; a change
that could alter the answer is never among the copies.
"""

import re
from collections.abc import Callable
from random import Random

import polars as pl

Edit = Callable[[str, Random], str | None]

_NUMBER = re.compile(r"(?<![\d.\\{}])\d+(?:\.\d+)?(?![\d}])")
_FORMULA = re.compile(r"\$([^$]+)\$")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z$\\])")

_SYNONYMS = {
    "bought": "purchased", "buys": "purchases", "buy": "purchase", "sells": "is selling", "sold": "had sold",
    "spends": "uses up", "gets": "receives", "got": "received", "gives": "hands", "gave": "handed", "makes": "produces",
    "made": "produced", "each": "every", "total": "overall", "altogether": "in all", "children": "kids",
    "kids": "children", "picture": "image", "start": "begin", "starts": "begins", "began": "started", "big": "large",
    "large": "big", "little": "small", "rest": "remainder", "remaining": "leftover", "left": "remaining",
    "needs": "requires", "need": "require", "wants": "would like", "friends": "pals", "house": "home", "car": "vehicle",
    "store": "shop", "shop": "store", "earns": "makes", "money": "cash", "costs": "is priced at", "cost": "price",
    "trip": "journey", "minutes": "min", "hours": "hrs", "smallest": "least", "least": "smallest",
    "greatest": "largest",
    "largest": "greatest", "maximum": "largest possible", "minimum": "smallest possible", "distinct": "different",
    "chosen": "picked", "random": "chance", "contains": "holds", "has": "possesses", "satisfies": "fulfils",
    "satisfy": "fulfil", "intersect": "meet", "intersects": "meets", "denote": "stand for", "such": "so",
    "suppose": "imagine", "let": "say", "if": "provided",
    "when": "once", "after": "following", "before": "prior to", "because": "since", "only": "just", "also": "too",
    "then": "next", "more": "additional", "new": "fresh", "couple": "pair",
    "entire": "whole", "way": "manner", "ways": "manners", "people": "persons", "find": "work out",
    "compute": "work out", "determine": "find out", "evaluate": "work out",
}  # fmt: skip
_NAMES = "Amara Bogdan Chidi Dilnoza Eszter Fatou Goran Hinata Ines Jorge Kaveh Lorna Mbali Nikos Oksana Pavel".split()
_NOT_NAMES = set(
    """The A An In On At If Let What How Find For Each There He She They It His Her Their Given Two Three Four Five Six
    Seven Eight Nine Ten Suppose Compute Determine Evaluate Simplify When After Every One All Some Of To From And But
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December""".split()
)
_HEADERS = (
    "Problem {n}. {t}", "**Problem {n}** {t}", "({n} points) {t}", "Question {n}: {t}", "{n}. {t}",
    "[{y} Contest P{n}] {t}",
    "(AMC 12 {y}, Problem {n}) {t}", "{t} (AIME {y})", "{t}\n\nSource: National Olympiad {y}",
    "Solve the following math problem step by step. Put the final answer in \\boxed{{}}.\n\n{t}",
    "### Instruction:\n{t}\n\n### Response:", "Q: {t}\nA:", "Exercise {n}.{m}. {t}", "{t}\n\nLet's think step by step.",
    "{t} Remember to put your answer on its own line after \"Answer:\".",
)  # fmt: skip
_OPTIONS = (
    ("\n(A) {} (B) {} (C) {} (D) {} (E) {}"),
    ("\nA. {}\nB. {}\nC. {}\nD. {}\nE. {}"),
    ("\n$\\textbf{{(A)}}\\ {} \\qquad \\textbf{{(B)}}\\ {} \\qquad \\textbf{{(C)}}\\ {} \\qquad \\textbf{{(D)}}\\ {}"
     " \\qquad \\textbf{{(E)}}\\ {}$"),
    (" A) {} B) {} C) {} D) {} E) {}"),
)  # fmt: skip
_WORDS = dict(zip("2 3 4 5 6 7 8 9".split(), "two three four five six seven eight nine".split(), strict=True))


def verbatim(text: str, random: Random) -> str | None:
    del random
    return text


def respaced(text: str, random: Random) -> str | None:
    """Other spacing, line breaks and case."""
    spaced = "".join(random.choice([" ", "  ", "\n"]) if one == " " else one for one in text)
    cased = random.choice([spaced.upper(), spaced.lower(), spaced])
    return spaced if "\\" in text else cased


def respelled(text: str, random: Random) -> str | None:
    """Other LaTeX for the same formulas; None where there is none."""
    if "$" not in text and "\\" not in text:
        return None
    opening, closing = random.choice([("\\(", "\\)"), ("$$", "$$"), ("\\[", "\\]"), ("$ ", " $")])
    out = _FORMULA.sub(lambda formula: opening + formula[1] + closing, text)
    for old, new in (
        (r"\\[dt]?frac(?![a-z])", random.choice(["\\\\dfrac", "\\\\tfrac", "\\\\frac"])),
        (r"\\frac\{(\d)\}\{(\d)\}", r"\\frac\1\2"),
        (r"\\leq?(?![a-z])", random.choice(["\\\\leq", "\\\\leqslant", "≤"])),
        (r"\\geq?(?![a-z])", random.choice(["\\\\geq", "≥"])),
        (r"\\left(?=[(\[|])|\\right(?=[)\]|])", ""),
        (r"(?<![\\a-z])\(", random.choice(["\\\\left(", "("])),
        (r"\^2(?!\d)", random.choice(["^{2}", "²", "^ 2"])),
        (r"\^\{(\d)\}", r"^\1"),
        (r"\^\\circ", random.choice(["^{\\\\circ}", "°"])),
        (r"\\times(?![a-z])", random.choice(["×", "\\\\times "])),
        (r"\\pi(?![a-z])", random.choice(["π", "\\\\pi "])),
        (r"(?<=\d),(?=\d{3})", random.choice(["{,}", ""])),
        (r"\\sqrt\{(\d)\}", r"\\sqrt\1"),
    ):
        out = re.sub(old, new, out)
    if out.count("\\left(") != out.count("\\right)"):
        out = out.replace("\\left(", "(")
    return out


def plain_text(text: str, random: Random) -> str | None:
    """Formulas as a forum post would write them, without LaTeX."""
    if "\\begin" in text or "[asy]" in text or ("$" not in text and "\\" not in text):
        return None
    out = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", lambda pair: f"({pair[1]})/({pair[2]})", text)
    out = re.sub(r"\\sqrt\{([^{}]*)\}", random.choice([r"sqrt(\1)", r"√(\1)"]), out)
    for old, new in (
        ("\\left", ""), ("\\right", ""), ("\\leq", "<="), ("\\geq", ">="), ("\\le", "<="), ("\\ge", ">="),
        ("\\cdot", "*"), ("\\times", "*"),
        ("^\\circ", " degrees"), ("^{\\circ}", " degrees"), ("\\pi", "pi"), ("\\%", "%"), ("\\ldots", "..."),
        ("$", ""), ("\\(", ""), ("\\)", ""), ("\\[", " "), ("\\]", " "), ("\\,", ""),
    ):  # fmt: skip
        out = out.replace(old, new)
    out = re.sub(r"\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}", r"\1", out)
    out = re.sub(r"\\(?=(?:sin|cos|tan|log|ln|triangle|angle|alpha|beta|theta)(?![a-z]))", "", out)
    return re.sub(r"\^\{(\w+)\}", r"^\1", out) if "\\" not in out else None


def headed(text: str, random: Random) -> str | None:
    """A number, a source, points or a prompt around it."""
    return random.choice(_HEADERS).format(
        t=text, n=random.randint(1, 30), m=random.randint(1, 9), y=random.randint(1985, 2024)
    )


def with_options(text: str, random: Random) -> str | None:
    """Five answers to choose from, at the end."""
    answers = random.sample(range(2, 200), 5)
    shown = [f"{one}" if random.random() < 0.8 else f"\\frac{{{one}}}{{7}}" for one in answers]
    return text + random.choice(_OPTIONS).format(*shown)


def paraphrased(text: str, random: Random) -> str | None:
    """Up to one word in five becomes another of the same meaning; None where no word does."""
    pieces = re.split(r"(\$[^$]*\$|\[asy\].*?\[/asy\]|\\\[.*?\\\]|\b[A-Za-z]+\b)", text, flags=re.DOTALL)
    words = [at for at in range(1, len(pieces), 2) if pieces[at].isalpha()]
    changeable = [at for at in words if _SYNONYMS.get(pieces[at].lower(), pieces[at].lower()) != pieces[at].lower()]
    random.shuffle(changeable)
    chosen = changeable[: max(1, len(words) // 5)]
    for at in chosen:
        new = _SYNONYMS[pieces[at].lower()]
        pieces[at] = new.capitalize() if pieces[at][0].isupper() else new
    return "".join(pieces) if chosen else None


def renamed(text: str, random: Random) -> str | None:
    """Other people; None where there are none."""
    plain = re.sub(r"\$[^$]*\$|\\\w+|\[asy\].*?\[/asy\]", " ", text, flags=re.DOTALL)
    names = sorted({one for one in re.findall(r"\b[A-Z][a-z]{2,}\b", plain) if one not in _NOT_NAMES})
    people = [
        one for one in names if re.search(rf"\b{one}(?:'s)?\s+(?:is|has|had|was|can|will|[a-z]+s|[a-z]+ed)\b", plain)
    ]
    if not people:
        return None
    for old, new in zip(people, random.sample(_NAMES, min(len(people), len(_NAMES))), strict=False):
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def reordered(text: str, random: Random) -> str | None:
    """The question first; None for a single sentence or a figure."""
    sentences = _SENTENCE.split(text.strip())
    if len(sentences) < 2 or "[asy]" in text or not sentences[-1].endswith(("?", ".")):
        return None
    del random
    return " ".join([sentences[-1], *sentences[:-1]])


def embedded(text: str, random: Random) -> str | None:
    """Between other problems, as in a prompt with examples."""
    first, second = random.sample(_OTHERS, 2)
    return random.choice(
        [f"{first}\n\n{text}\n\n{second}", f"Example: {first}\n\nNow: {text}", f"1. {first}\n2. {text}\n3. {second}"]
    )


_OTHERS = (
    "How many prime numbers lie between 20 and 60?",
    "A rope of 48 m is cut into pieces of 6 m. How many cuts are made?",
    "Expand $(2x-7)(x+11)$.", "The mean of 14, 19 and $y$ is 20. What is $y$?",
    "Find the area of a kite with diagonals 12 and 17.",
    "A bag holds 13 white and 22 black marbles; one is drawn. What is the probability that it is white?",
)  # fmt: skip


def numbers_in_words(text: str, random: Random) -> str | None:
    """Single digits outside formulas as words; None where there are none."""
    del random
    if "[asy]" in text or "\\begin" in text:
        return None
    pieces = re.split(r"(\$[^$]*\$|\\\[.*?\\\])", text, flags=re.DOTALL)
    pieces[::2] = [
        re.sub(r"(?<![\w.,$/-])[2-9](?=\s+[a-z])", lambda one: _WORDS[one[0]], piece) for piece in pieces[::2]
    ]
    out = "".join(pieces)
    return out if out != text else None


def mistyped(text: str, random: Random) -> str | None:
    """Two letters of two long words change places."""
    pieces = re.split(r"(\\\w+|\[asy\].*?\[/asy\]|\b[a-z]{6,}\b)", text, flags=re.DOTALL)
    words = [at for at in range(1, len(pieces), 2) if pieces[at].isalpha()]
    if not words:
        return None
    for at in random.sample(words, min(2, len(words))):
        word, place = pieces[at], random.randint(1, len(pieces[at]) - 3)
        pieces[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return "".join(pieces)


def all_at_once(text: str, random: Random) -> str | None:
    """Respelled or in plain text, with options and a header."""
    spelt = random.choice([respelled, plain_text, respaced])(text, random) or text
    return headed(with_options(spelt, random) or spelt, random)


def reworded_and_headed(text: str, random: Random) -> str | None:
    """A light paraphrase with a header."""
    said = paraphrased(text, random)
    return None if said is None else headed(said, random)


COPIES: dict[str, Edit] = {
    "verbatim": verbatim,
    "spacing and case": respaced,
    "LaTeX respelled": respelled,
    "plain text for LaTeX": plain_text,
    "header": headed,
    "options": with_options,
    "respelled, options and header": all_at_once,
    "light paraphrase": paraphrased,
    "light paraphrase and header": reworded_and_headed,
    "people renamed": renamed,
    "question moved first": reordered,
    "among other problems": embedded,
    "numbers in words": numbers_in_words,
    "typing slips": mistyped,
}


def one_number(text: str, random: Random) -> str | None:
    """One number of the statement, outside its figure, is another."""
    places = list(_NUMBER.finditer(_masked(text)))
    if not places:
        return None
    return _with_numbers(text, [random.choice(places)], random)


def all_numbers(text: str, random: Random) -> str | None:
    """Every number is another."""
    places = list(_NUMBER.finditer(_masked(text)))
    return _with_numbers(text, places, random) if places else None


def swapped_numbers(text: str, random: Random) -> str | None:
    """Two different numbers change places."""
    places = list(_NUMBER.finditer(_masked(text)))
    pairs = [(a, b) for at, a in enumerate(places) for b in places[at + 1 :] if a[0] != b[0]]
    if not pairs:
        return None
    one, other = random.choice(pairs)
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def variant_in_disguise(text: str, random: Random) -> str | None:
    """One number changed, and then respelled, reworded or headed."""
    changed = one_number(text, random)
    if changed is None:
        return None
    return random.choice([respelled, paraphrased, headed, with_options])(changed, random) or changed


def _masked(text: str) -> str:
    """The text with everything in figure code blanked, at the same places."""
    return re.sub(r"\[asy\].*?(?:\[/asy\]|\Z)", lambda code: " " * len(code[0]), text, flags=re.DOTALL)


def _with_numbers(text: str, places: list[re.Match[str]], random: Random) -> str:
    for place in reversed(places):
        old = place[0]
        whole = int(float(old))
        new = old
        while new == old:
            new = str(max(2, whole + random.randint(-max(3, whole // 3), max(5, whole // 2))))
        text = text[: place.start()] + new + text[place.end() :]
    return text


VARIANTS: dict[str, Edit] = {
    "one number": one_number,
    "every number": all_numbers,
    "two numbers swapped": swapped_numbers,
    "one number, and disguised": variant_in_disguise,
}


def planted(tests: pl.DataFrame, edits: dict[str, Edit], per_class: int, seed: int) -> pl.DataFrame:
    """Edited tests: `edit` (the class), `benchmark`, `benchmark_row`, `words` (of the test) and `problem`; up to
    `per_class` of each class, drawn from the tests to which it applies."""
    rows = []
    for number, (name, edit) in enumerate(edits.items()):
        random = Random(seed * 1_000 + number)
        order = list(range(tests.height))
        random.shuffle(order)
        made = 0
        for at in order:
            test = tests.row(at, named=True)
            if (problem := edit(test["problem"], random)) is None or made == per_class:
                continue
            rows.append((name, test["benchmark"], test["benchmark_row"], len(test["problem"].split()), problem))
            made += 1
    columns = ["edit", "benchmark", "benchmark_row", "words", "problem"]
    return pl.DataFrame(rows, schema=columns, orient="row")
