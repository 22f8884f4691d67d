"""The verifier on HARP's multiple choices and solutions: what it confuses, and what it misses in whole replies.

    python tests/fuzz/real_texts.py HUB_DIR

HUB_DIR holds `aadityasingh/HARP/HARP_mcq.jsonl.zip`. Choices of one question are different answers, save those that
only reorder a list or respell a value; wrong choices judged against a solution must never be CORRECT.
"""

import itertools
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bigmath import Verdict, explain, verify


def problems(folder: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(folder / "aadityasingh" / "HARP" / "HARP_mcq.jsonl.zip") as archive:
        for line in archive.read(archive.namelist()[0]).decode().splitlines():
            yield json.loads(line)


def main() -> None:
    counts: Counter[str] = Counter()
    for problem in problems(Path(sys.argv[1])):
        choices = [str(choice) for choice in problem["choices"].values()]
        for one, other in itertools.permutations(choices, 2):
            said = explain(one, other)
            counts["pairs of choices"] += 1
            if said.verdict is Verdict.CORRECT:
                listed = said.rule.startswith("list")
                counts["called equal, a reordered list" if listed else "called equal, other"] += 1
                print("" if listed else f"{one} | {other} | {said.rule}", end="" if listed else "\n")
        solutions = [text for key, text in problem.items() if key.startswith("solution_") and text and "boxed" in text]
        counts["boxed solutions"] += len(solutions)
        counts["boxed solutions found"] += sum(verify(problem["answer"], text) is Verdict.CORRECT for text in solutions)
        for text in solutions[:1]:
            bare = re.sub(r"\\boxed\s*\{", "{", text)
            counts["without box"] += 1
            counts["without box found"] += verify(problem["answer"], bare) is Verdict.CORRECT
            for choice in choices:
                if verify(problem["answer"], choice) is not Verdict.CORRECT:
                    counts["wrong choices"] += 1
                    counts["wrong choices accepted, boxed"] += verify(choice, text) is Verdict.CORRECT
                    counts["wrong choices accepted, without box"] += verify(choice, bare) is Verdict.CORRECT
    for name, count in counts.items():
        print(f"{count:7,} {name}")


if __name__ == "__main__":
    main()
