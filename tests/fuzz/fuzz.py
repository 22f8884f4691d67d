"""Coverage-guided fuzzing with Atheris of the five targets of `targets.py`, one after the other.

    python tests/fuzz/fuzz.py [--seconds 60] [--folder build/fuzz] [--keep] [TARGET ...]

Each target runs in a process of its own, from the kept corpus and what earlier runs left in the folder, with the
grammar's words as a dictionary, so that deep trees are reached within minutes. An input that breaks a law ends its
target, stays in the folder and is printed as a line for the kept corpus, where the fault's test is then there already.
Exit code 1 if there is one. `--keep` adds the shortest inputs that reach what the kept ones do not, up to a bound.
Needs the group `fuzz` (`uv pip install --group fuzz`).
"""

import argparse
import hashlib
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WORDS = (
    "1 2 3 7 12 0.5 1.25 -3 1,234 10^9 x y n k a_1 f(x) C \\pi e i \\infty + - * / = < > \\le \\ge \\ne \\pm "
    ", ; : | ! % ' \" ( ) [ ] { } \\{ \\} ^ ^2 ^{2} _ _2 _{10} \\frac{1}{2} \\frac \\dfrac12 \\sqrt \\sqrt{2} "
    "\\sqrt[3]{5} \\binom{5}{2} \\sin \\cos \\log_2 \\ln \\left( \\right) \\cdot \\times \\cup \\cap "
    "\\setminus \\in \\mathbb{R} \\mathbb{Z} \\ldots \\cdots ... \\begin{pmatrix} & \\\\ \\end{pmatrix} "
    "\\begin{cases} \\end{cases} \\begin{aligned} \\end{aligned} \\text{and} \\text{if} \\text{cm} "
    "\\text{hours} min cm^2 km/h \\% ^\\circ \\angle \\overline{AB} \\boxed{ \\boxed{7} $ \\[ \\] or and for "
    "all where even odd base p.m. 2:30 \\sum_{k=1}^n \\int_0^1 dx \\lim_{n\\to\\infty} \\pmod{7} \\equiv "
    "\\lfloor \\rfloor √ ½ π ∞ answer is #### <think> </think> <answer> </answer> \\approx \\over "
    '\\color{red} 0x1F ]0,1[ no solution all real numbers \x1f {"problem": "answer": "level": null true NaN \\ud800 '
    '[{ }] "," problem,answer `](javascript: <script> ![a](http://x/y.png) --- ** \u202e'
).split(" ")
LONGEST = 1_000
"""Bytes of an input: longer ones take time from the search, and length is what Hypothesis and the hostile files try."""

SECONDS = 5.0
"""Processor time for one input; counting branches makes the code some four times slower."""
_FOUND = "what it found"
KEPT_BYTES = 30_000
"""Of a target's kept corpus, each input of which every run of the tests asks."""


def one_target(target: str, options: list[str]) -> None:
    """Fuzzes in this process, which ends with it."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["bigmath"]):
        targets = importlib.import_module("targets")
        for raw in targets.kept(target):  # what is imported at the first call, too
            targets.ask(target, raw, SECONDS)
    program = shlex.join([sys.executable, __file__, "--inside", target])  # libFuzzer's merge starts it by a shell

    def one_input(raw: bytes) -> None:
        try:
            targets.ask(target, raw, SECONDS)
        except BaseException:
            print("\n" + targets.line(raw, _FOUND), file=sys.stderr, flush=True)
            raise

    atheris.Setup([program, *options], one_input)
    atheris.Fuzz()


def fuzz(target: str, seconds: int, folder: Path) -> bool:
    """Fuzzes in a process of its own and prints what it did; whether all was well."""
    targets = importlib.import_module("targets")
    corpus = folder / target
    corpus.mkdir(parents=True, exist_ok=True)
    for raw in targets.kept(target):
        (corpus / _name(raw)).write_bytes(raw)
    words = folder / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS), encoding="ascii")
    options = [
        str(corpus), f"-dict={words}", f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=30",
        "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={folder}/{target}-",
    ]  # fmt: skip
    started = time.time()
    log = folder / f"{target}.log"
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, __file__, "--inside", target, *options], stdout=file, stderr=file, check=False
        )
    said = log.read_text(encoding="utf-8", errors="replace")
    figures = {name: int(value) for name, value in re.findall(r"^stat::(\w+):\s+(\d+)$", said, re.MULTILINE)}
    covered = re.findall(r" cov: (\d+) ", said)
    print(
        f"{target:11} {time.time() - started:6.0f} s {figures.get('number_of_executed_units', 0):10,} inputs,"
        f" {covered[-1] if covered else '?':>6} branches, {len(list(corpus.iterdir())):6,} kept,"
        f" slowest {figures.get('slowest_unit_time_sec', 0)} s, {figures.get('peak_rss_mb', 0):5,} MB:"
        f" {'nothing found' if done.returncode == 0 else 'FOUND, see ' + str(log)}",
        flush=True,
    )
    for found in re.findall(rf'^{{"input": .*"{_FOUND}"}}$', said, re.MULTILINE):
        print(f"    {found}", flush=True)
    return done.returncode == 0


def keep(target: str, folder: Path) -> None:
    """Adds to the kept corpus the shortest of those inputs of the folder that libFuzzer needs to cover what all do."""
    targets = importlib.import_module("targets")
    file, fewest = targets.CORPUS / f"{target}.jsonl", folder / f"{target}-fewest"
    shutil.rmtree(fewest, ignore_errors=True)
    fewest.mkdir()
    for raw in targets.kept(target):
        (fewest / _name(raw)).write_bytes(raw)
    options = ["-merge=1", f"-max_len={LONGEST}", str(fewest), str(folder / target)]
    subprocess.run([sys.executable, __file__, "--inside", target, *options], capture_output=True, check=True)
    there, lines = set(targets.kept(target)), file.read_text(encoding="ascii")
    found = sorted({path.read_bytes() for path in fewest.iterdir()} - there, key=lambda raw: (len(raw), raw))
    for raw in found:
        line = targets.line(raw, "coverage") + "\n"
        if len(lines) + len(line) <= KEPT_BYTES:
            lines += line
    file.write_text(lines, encoding="ascii")
    print(f"{target:11} {len(targets.kept(target)):6,} inputs kept, {len(lines):,} bytes", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        return one_target(sys.argv[2], sys.argv[3:])
    known = list(importlib.import_module("targets").TARGETS)
    parser = argparse.ArgumentParser(description="Fuzzes what reads, compares and shows texts.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="for inputs, logs and what is found")
    parser.add_argument("targets", nargs="*", default=known, help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--keep", action="store_true", help="add what reaches more to the kept corpus")
    given = parser.parse_args()
    if unknown := set(given.targets) - set(known):
        parser.error(f"no target {min(unknown)}; accepted: {', '.join(known)}")
    ended = [fuzz(target, given.seconds, given.folder) for target in given.targets]
    for target in given.targets if given.keep else ():
        keep(target, given.folder)
    sys.exit(0 if all(ended) else 1)


def _name(raw: bytes) -> str:
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()


def _escaped(word: str) -> str:
    """A word as libFuzzer's dictionaries want it: bytes that are not plain in hexadecimal."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '\\"' else f"\\x{byte:02X}" for byte in word.encode()
    )


if __name__ == "__main__":
    sys.path.insert(0, os.fspath(Path(__file__).parent))
    main()
