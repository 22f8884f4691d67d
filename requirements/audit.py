"""Known vulnerabilities of all that is pinned here, by pip-audit: exit code 1 where there is one that is not waived.

pip-audit reports "no known vulnerabilities" also of packages that its service does not know, as behind a mirror of
PyPI. Here they count as not checked, and the last line says how many were; where no service answers that is all of
them, and the exit code 0.

    python requirements/audit.py [COMMAND ...]      COMMAND stands in for pip-audit, in tests
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

WAIVED: dict[str, date] = {}
"""Vulnerabilities that are lived with, by the day on which that was decided; each with its reason in a comment."""
WAIVER = timedelta(days=30)
"""After so long a waiver ends."""
ASKING = (sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--timeout=10")
PARTS = 4
"""Processes side by side: they wait for the service most of the time."""
NO_ANSWER = re.compile("Could not connect|ConnectionError|not redirecting|ServiceError|Timeout")


def main(command: Sequence[str]) -> int:
    """Asks, prints what was found, and returns the exit code."""
    pins = pinned(Path(__file__).parent)
    answers = asked(pins, command or ASKING)
    found = [(one, fault) for one in answers for fault in one.get("vulns", ()) if not waived(fault)]
    for one, fault in found:
        fixed = ", ".join(fault["fix_versions"]) or "no release"
        print(f"{one['name']} {one['version']}: {fault['id']}, mended by {fixed}")
    checked = sum(1 for one in answers if "vulns" in one)
    if not checked:
        print(f"audit: nothing was checked, since no service answered for any of {len(pins)} pinned packages")
    else:
        print(f"audit: {checked} of {len(pins)} pinned packages were checked, {len(found)} vulnerabilities")
    return 1 if found else 0


def pinned(folder: Path) -> list[str]:
    """Every `name==version` of the files there, sorted; without a build's mark (`+cpu`), unknown to services."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.txt")))
    pins = re.findall(r"^([\w.-]+)(?:\[.*?\])?==([\w.!]+)", text, re.MULTILINE)
    return sorted({f"{name}=={version}" for name, version in pins})


def asked(pins: Sequence[str], command: Sequence[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each pin: `name` with `version` and `vulns`, or with `skip_reason`. A part whose service
    did not answer is left out.

    Raises:
        SystemExit: it failed for another reason.
    """
    answers: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        running = []
        for part in range(PARTS):
            path = Path(scratch) / f"{part}.txt"
            # two releases of one package stand side by side, so never in one part, which pip-audit would refuse
            path.write_text("\n".join(pins[part::PARTS]))
            options = ["--disable-pip", "--no-deps", "--format=json", f"--requirement={path}"]
            running.append(
                subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
        for process in running:
            told, complaint = process.communicate()
            if told:
                answers += json.loads(told)["dependencies"]
            elif not NO_ANSWER.search(complaint):
                raise SystemExit(f"audit: pip-audit failed: {(complaint.strip() or 'in silence').splitlines()[-1]}")
    return answers


def waived(fault: dict[str, Any]) -> bool:
    """Whether a waiver of it has not ended."""
    decided = [WAIVED[name] for name in (fault["id"], *fault.get("aliases", ())) if name in WAIVED]
    return any(datetime.now(UTC).date() <= day + WAIVER for day in decided)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
