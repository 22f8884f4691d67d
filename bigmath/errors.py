"""The exception tree: every expected failure is a `BigMathError` that says what was asked, found and accepted.

    BigMathError
    ├── SettingError      a setting, name or option that cannot be used: stops the run before it starts
    ├── SourceError       a source file or repository that is missing, broken or of another shape
    ├── StoreError        the warehouse cannot be read or written
    │   ├── TamperError       a published file is not the one its manifest names
    │   └── ConflictError     another run published the same version first
    ├── ServiceError      the Hub, a bucket or a server elsewhere does not answer: the same command may do later
    ├── TraceError        a text that should be a linearised search is none
    ├── WorkerError       worker processes died, again when they were asked once more
    └── MissingExtraError an optional package is not installed

A bad *row* is never an exception: it is kept in `rejected` with its reason.
"""

import re

from bigmath.credentials import masked

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What ends a line or speaks to a terminal: names of columns, files and archive members may hold it."""


class BigMathError(Exception):
    """An expected failure. The message is one line and complete; `hint`, where given, is the next thing to do.

    Both are shown, logged and stored, so credentials in them are hidden, and what would end the line is a space."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(masked(_CONTROL.sub(" ", message)))
        self.hint = None if hint is None else masked(hint)


class SettingError(BigMathError):
    """A setting that cannot be used; the message lists what would be accepted."""


class SourceError(BigMathError):
    """A source that cannot be read as its module describes it; the message names the file and what was found."""


class StoreError(BigMathError):
    """The warehouse cannot be read or written."""


class TamperError(StoreError):
    """A file differs from what its manifest says: changed, cut, removed or added after it was published."""


class ConflictError(StoreError):
    """Another run published first; nothing of this run was mixed into it."""


class ServiceError(BigMathError):
    """The Hub or a server elsewhere failed in a way that may pass: no answer, its own trouble, a rate limit."""


class TraceError(BigMathError):
    """A text that should be a linearised search does not read as one; the message names the line."""


class WorkerError(BigMathError):
    """Worker processes died, and again when the same rows were given to others; the message says what may help."""


class MissingExtraError(BigMathError):
    """An optional package is not installed; the message names the extra that brings it."""
