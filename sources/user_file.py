"""A user's own file as a source: Parquet, JSONL (plain, gzipped or zipped), JSON or CSV.

Columns: `problem`, and `answer` or `solution` or both; all others are kept as metadata. The row is read as the public
sources' are: the answer from its column, else the last box, else GSM8K's `####`. The name is made from the file's, so
`My set.v2.jsonl` becomes `my_set_v2`; it is also the subset.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bigmath.answer import answer_text
from bigmath.errors import SettingError
from bigmath.hub import Files, located
from bigmath.problem import Problem, problem_id
from bigmath.source import reference_answer
from bigmath.tabular import READABLE, WRONG_TYPE, Columns, Row, read_rows

_COLUMNS = Columns({"problem": "text"}, {"answer": "any", "solution": "text"}, any_of=("answer", "solution"), rest=True)

_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


@dataclass(frozen=True)
class UserFile:
    """One file of a user."""

    path: Path
    license: str = "unknown"
    """SPDX identifier of the file's rows, for the licence column."""
    taken: tuple[str, ...] = ("math", "numina", "harp", "omni_math", "openmathinstruct2")
    """Names of other sources, which the file's may not be."""

    def __post_init__(self) -> None:
        if not _LICENSE.fullmatch(self.license):
            raise SettingError(f"no licence: {self.license!r}; accepted: an SPDX identifier, such as CC-BY-4.0")
        if self.name in self.taken:
            raise SettingError(
                f"{self.path}: its name makes it the source {self.name}, which exists; rename the file",
                hint="e.g. my_x",
            )

    @property
    def name(self) -> str:
        """The file's name without its ending, in lower case, other characters than letters and digits as `_`."""
        stem = self.path.name
        for ending in sorted(READABLE, key=len, reverse=True):
            if stem.lower().endswith(ending):
                stem = stem[: -len(ending)]
                break
        slug = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
        if not slug:
            raise SettingError(
                f"{self.path}: its name has no Latin letter or digit to name the source after; rename the file"
            )
        return slug

    @property
    def repository(self) -> str:
        """The file's name, since there is no repository."""
        return self.path.name

    def read(self, files: Files) -> Iterator[Problem]:
        """Every row; `files` is not asked."""
        del files
        revision = f"sha256:{located(self.path).sha256[:16]}"
        for row in read_rows(self.path, _COLUMNS):
            yield self._problem(row, revision)

    def fingerprint(self, files: Files) -> str:
        del files
        text = f"{self.name} {self.license} {located(self.path).sha256}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _problem(self, row: Row, revision: str) -> Problem:
        statement, solution, given = row.text("problem") or "", row.text("solution"), row.values.get("answer")
        written = answer_text(given)
        answer, answer_from = reference_answer(written, solution)
        is_odd = written is None and given is not None and not isinstance(given, float)
        return Problem(
            problem_id=problem_id(self.name, statement),
            source=self.name,
            subset=self.name,
            problem=statement,
            answer=answer,
            answer_from=answer_from,
            solutions=(solution,) if solution else (),
            license=self.license,
            repository=self.repository,
            revision=revision,
            config="default",
            source_split="train",
            row=row.number,
            notes=(*row.notes, f"{WRONG_TYPE}: answer is {type(given).__name__}") if is_odd else row.notes,
            metadata=row.others("problem", "answer", "solution"),
        )
