"""Numba's compiler behind a typed decorator. Only the kernels (`_SOURCES`) import it, and nothing imports those before
it needs them: Numba takes half a second to load.

Machine code is kept, so that the compiler runs once an installation, in a folder named by a hash of all kernels:
Numba itself looks only at the file of the function called, and would run the old code of a kernel that another calls.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from bigmath.kept import cache_folder

_SOURCES = (
    "vocabulary.py", "words.txt", "slips.py", "tokens.py", "characters.py", "numerals.py", "asides.py", "tidying.py",
    "brackets.py", "punctuation.py", "reading_words.py", "reading_formulas.py", "reading.py", "framing.py",
    "signing.py", "figures.py", "leftovers.py", "aligning.py", "guarding.py", "candidates.py", "../gram_scan.py",
    "compiled.py",
)  # fmt: skip
Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compiles at the first call and keeps the machine code."""
    return _compiled(function, forceinline=False, _nrt=True)


def inlined(function: Kernel) -> Kernel:
    """Compiles into each kernel that calls it, without counting references to arrays: for what is asked of every token,
    where that would take longer than the work. It must make and return no array."""
    return _compiled(function, forceinline=True, _nrt=False)


def _compiled(function: Kernel, **options: bool) -> Kernel:
    """A kernel that others call with 0, 1 or True is compiled once, for any number, where Numba would compile it for
    each: a third of the compiler's time."""
    jit: Callable[..., Any] = numba.njit
    kernel = jit(cache=True, nogil=True, boundscheck=False, no_cfunc_wrapper=True, **options)(function)
    exact = kernel.get_call_template
    unliteral: Callable[[Any], Any] = numba.types.unliteral
    kernel.get_call_template = lambda args, kws: exact(
        tuple(unliteral(each) for each in args), {name: unliteral(each) for name, each in kws.items()}
    )
    return cast(Kernel, kernel)


def _cache_folder() -> str:
    here = Path(__file__).parent
    sources = b"".join((here / name).read_bytes() for name in _SOURCES)
    name = f"kernels-{hashlib.sha256(sources).hexdigest()[:16]}"
    beside = here / "__pycache__"
    with suppress(OSError):  # a read-only installation
        beside.mkdir(exist_ok=True)
    if os.access(beside, os.W_OK):
        return str(beside / name)
    kept = cache_folder()
    with suppress(OSError):
        kept.mkdir(parents=True, exist_ok=True)
    return str((kept if os.access(kept, os.W_OK) else Path(tempfile.gettempdir(), "bigmath")) / name)


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = _cache_folder()
