"""Math-Verify as a peer, called the way that treats it best: `$` put round bare answers, its own alarms left on."""

from functools import cache
from typing import Any

from bigmath.errors import SettingError


def correct(gold: str, reply: str) -> bool:
    """Whether Math-Verify accepts the reply; its timeouts and errors count as no, as in its own scorers.

    To be called on the main thread of a process: it relies on SIGALRM.
    """
    library = _library()
    try:
        return bool(library.verify(library.parse(_delimited(gold)), library.parse(_delimited(reply))))
    except Exception:
        return False


def available() -> str:
    """Its version.

    Raises:
        SettingError: it is not installed.
    """
    from importlib.metadata import version  # noqa: PLC0415 - asked once, by the benchmark

    _library()
    return version("math-verify")


@cache
def _library() -> Any:
    try:
        import math_verify  # noqa: PLC0415 - a peer of the benchmark, not needed otherwise
    except ImportError as error:
        raise SettingError("the benchmark needs Math-Verify", hint="pip install 'math-verify[antlr4_13_2]'") from error
    import logging  # noqa: PLC0415 - as above

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    return math_verify


def _delimited(text: str) -> str:
    """Math-Verify finds LaTeX only inside delimiters; whole replies bring their own."""
    return text if "$" in text or "\\boxed" in text or "\\(" in text or "\\[" in text else f"${text}$"
