"""Finding labelled items in a statement: answer options, parts, conditions, statements to be judged.

A label is read only as one of a run: A B C, 1 2 3, i ii iii, each in its place in the order and in one style. What
the items *are* is for the caller to tell; positions refer to the text given, whose markup is masked, never removed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_WIDE_ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"

_BREAK = re.compile(
    r"\\\\(?:\[[^\[\]]{0,10}\])?|\\(?:qquad|quad|newline|hfill|par|item|bullet)(?![A-Za-z])|\\hspace\*?\{[^{}]{0,20}\}"
)
_MARKUP = re.compile(
    r"\\(?:textbf|mathbf|text|textrm|mathrm|textsf|textit|mathit|mbox|boldsymbol|bf|rm|it|left|right|big|Big"
    r"|displaystyle)"
    r"(?![A-Za-z])|\\[ ,;:!()]|\*\*|\\(?=\s)|<[/a-z]{1,6}/?>"
)
_BLANK = str.maketrans("（）［］：．。？！，；　、${}~*_&ＡＢＣＤＥＦ", "()[]:..?!,; .       ABCDEF")


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled item: `text[start:end]` follows its label, which begins at `label`."""

    label: int
    start: int
    end: int
    fresh: bool
    """Whether the label begins a line, or follows a spacing command such as `\\qquad` that stands for one."""


def masked(text: str) -> str:
    """The text with spacing commands as line breaks and font commands as spaces, each character in its place."""
    if "\\" in text:
        text = _BREAK.sub(lambda found: "\n" + " " * (len(found[0]) - 1), text)
        text = _MARKUP.sub(lambda found: " " * len(found[0]), text)
    return text.translate(_BLANK)


def _letters(first: str) -> Callable[[str], int | None]:
    def place(label: str) -> int | None:
        return ord(label) - ord(first) if len(label) == 1 and 0 <= ord(label) - ord(first) < 26 else None

    return place


def _roman(label: str) -> int | None:
    label = label.lower()
    return _ROMAN.index(label) if label in _ROMAN else None


def _wide_roman(label: str) -> int | None:
    return _WIDE_ROMAN.index(label)


def _circled(label: str) -> int | None:
    return _CIRCLED.index(label)


def _typed_roman(label: str) -> int | None:
    return _roman(label.replace("l", "I"))  # (l), (ll): letters typed for numerals


def _number_or_letter(label: str) -> int | None:
    return _number(label) if label.isdecimal() else ord(label) - ord("A")


def _number(label: str) -> int | None:
    return int(label) - 1 if label.isdecimal() and label.isascii() else None


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write labels: the pattern (group 1 is the label) and the label's place in the run, from 0."""

    pattern: re.Pattern[str]
    place: Callable[[str], int | None]
    second: tuple[str, ...]
    """What the second label may look like without spaces: where none is found, the pattern need not be tried."""


_OPEN = r"(?<![A-Za-z0-9)\]'^\\|])\(\s{0,3}"
_BARE = r"(?<![^\s;,?!:.])"
_STOP = r"\s{0,2}[.:](?![0-9])(?=[^\S\n]|\n|[^A-Za-z0-9\s])"

STYLES: Mapping[str, Style] = {
    "(A)": Style(re.compile(r"(?<![A-Za-z0-9])\(\s{0,3}([A-J])\s{0,3}\)"), _letters("A"), ("(B)",)),
    "A)": Style(re.compile(rf"{_BARE}([A-J])\s{{0,2}}\)"), _letters("A"), ("B)",)),
    "A.": Style(re.compile(rf"{_BARE}([A-J])\s{{0,2}}[.:](?![0-9.])"), _letters("A"), ("B.", "B:")),
    "A": Style(re.compile(r"(?<![^\n])[^\S\n]{0,8}(?:-\s{1,4})?([A-J])[^\S\n]"), _letters("A"), ("B",)),
    "(a)": Style(re.compile(rf"{_OPEN}([a-j])\s{{0,3}}\)"), _letters("a"), ("(b)",)),
    "a)": Style(re.compile(rf"{_BARE}([a-j])\s{{0,2}}\)"), _letters("a"), ("b)",)),
    "a.": Style(re.compile(rf"(?<![^\n])[^\S\n]{{0,8}}([a-j]){_STOP}"), _letters("a"), ("b.", "b:")),
    "(1)": Style(re.compile(rf"{_OPEN}([1-9]|1[0-2])\s{{0,3}}\)"), _number, ("(2)",)),
    "1)": Style(re.compile(rf"{_BARE}([1-9]|1[0-2])\s{{0,2}}\)"), _number, ("2)",)),
    "1.": Style(re.compile(rf"(?<![^\n])[^\S\n]{{0,8}}([1-9]|1[0-2]){_STOP}"), _number, ("2.", "2:")),
    "①": Style(re.compile(rf"([{_CIRCLED}])"), _circled, ("②",)),
    "(i)": Style(re.compile(rf"{_OPEN}(i{{1,3}}|iv|vi{{0,3}}|ix|x)\s{{0,3}}\)"), _roman, ("(ii)",)),
    "i)": Style(re.compile(rf"{_BARE}(i{{1,3}}|iv|vi{{0,3}}|ix|x)\s{{0,2}}\)"), _roman, ("ii)",)),
    "(I)": Style(
        re.compile(rf"{_OPEN}(I{{1,3}}|IV|VI{{0,3}}|IX|X|l{{1,3}})\s{{0,3}}\)"), _typed_roman, ("(II)", "(ll)")
    ),
    "I.": Style(re.compile(rf"(?<![^\n])[^\S\n]{{0,8}}(I{{1,3}}|IV|VI{{0,3}}|IX|X){_STOP}"), _roman, ("II.", "II:")),
    "(Ⅰ)": Style(re.compile(rf"\(?\s{{0,3}}([{_WIDE_ROMAN}])\s{{0,3}}[).:]"), _wide_roman, ("Ⅱ",)),
    "Part": Style(
        re.compile(r"\b(?:Part|Question|Exercise|Problem|Task)\s{1,3}\(?([1-9]|[A-J])\b\s{0,2}[).:]"),
        _number_or_letter,
        ("rt2", "rt(2", "rtB", "rt(B", "on2", "on(2", "em2", "em(2", "se2", "se(2", "sk2", "sk(2"),
    ),
}  # fmt: skip

OPTION_STYLES = ("(A)", "A)", "A.", "A")
PART_STYLES = (
    "(1)", "1)", "1.", "①", "(a)", "a)", "a.", "(i)", "i)", "(I)", "I.", "(Ⅰ)", "Part", *OPTION_STYLES,
)  # fmt: skip


def styles_in(mask: str, styles: Sequence[str]) -> list[str]:
    """Those of the styles whose second label may be in the text."""
    packed = "".join(mask.split())
    return [style for style in styles if any(label in packed for label in STYLES[style].second)]


def runs(mask: str, style: str) -> list[list[Item]]:
    """Every run of labels in this style, in order: each begins at its first label and goes on as long as the next one
    in the order is found. The last item ends where the text ends, or at the next run."""
    kind = STYLES[style]
    found: list[list[tuple[int, int]]] = []
    for mark in kind.pattern.finditer(mask):
        place = kind.place(mark[1])
        if place == 0:
            if found and len(found[-1]) > 1 and not _fresh(mask, mark.start()):
                continue  # "for the $f$ in (1)": a reference, no new list
            found.append([])
        elif not found or place != len(found[-1]):
            continue
        found[-1].append((mark.start(), mark.end()))
    out = []
    for at, run in enumerate(found):
        stop = found[at + 1][0][0] if at + 1 < len(found) else len(mask)
        ends = [label for label, _ in run[1:]] + [stop]
        out.append(
            [Item(label, start, end, _fresh(mask, label)) for (label, start), end in zip(run, ends, strict=True)]
        )
    return out


def _fresh(mask: str, at: int) -> bool:
    before = mask[max(0, at - 12) : at]
    if at <= 12 and not before.strip():
        return True
    line = before.rsplit("\n", 1)
    return len(line) == 2 and not line[1].strip(" -.#>")


def longest(found: Sequence[Sequence[Item]]) -> Sequence[Item]:
    """The run with most items, the last of them where several tie; empty where there is none."""
    return max(reversed(found), key=len, default=())
