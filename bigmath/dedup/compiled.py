"""Numba's compiler behind a typed decorator. Only the kernels (`reading`, `signing`, `guarding`, `candidates`) import it,
and nothing imports those before it needs them: Numba takes half a second to load."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compiles at the first call and keeps the machine code beside the module (or in the user's cache folder where
    that cannot be written), so that the compiler runs once an installation."""
    return cast(Kernel, numba.njit(cache=True, nogil=True, boundscheck=False)(function))
