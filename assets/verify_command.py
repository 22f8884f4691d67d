"""`bigmath verify`: one answer, or a file of pairs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bigmath import Verdict, verify
from bigmath.errors import SettingError
from bigmath.verifier.many import verify_lines

_PROBE_LINES = 1_000


def verify_one(gold: str, reply: str, *, as_json: bool) -> Verdict:
    """Prints the verdict of one reply."""
    verdict = verify(gold, reply)
    print(json.dumps({"gold": gold, "verdict": verdict}, ensure_ascii=False) if as_json else verdict)
    return verdict


def verify_file(path: Path) -> None:
    """Prints one JSON object a line, in the order of the file, as `bigmath.verifier.many.verify_lines` gives them.

    Raises:
        SettingError: the file cannot be read, or none of its first lines is a pair.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for result in _with_a_pair(path, verify_lines(lines)):
                print(json.dumps(result, ensure_ascii=False))
    except OSError as error:
        raise SettingError(f"cannot read {path}: {error.strerror or error}") from error


def _with_a_pair(path: Path, results: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All results, where one of the first is of a pair: a bad line is data, a file of another kind is refused."""
    probe: list[dict[str, Any]] = []
    for result in results:
        probe.append(result)
        if "error" not in result or len(probe) == _PROBE_LINES:
            break
    if probe and "error" in probe[-1]:
        found = f"none of the first {len(probe)} lines is a pair ({probe[0]['error']})"
        raise SettingError(f"{path}: {found}; accepted: JSONL with the fields gold and pred")
    yield from probe
    yield from results
