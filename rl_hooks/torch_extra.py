"""Imports torch and transformers where they are needed, with one line on the extra that brings them."""

import os
from importlib.util import find_spec
from typing import Any

from bigmath.errors import MissingExtraError

EXTRA = "pip install 'bigmath[train]'"


def need_torch() -> tuple[Any, Any]:
    """(torch, transformers), on as many threads as `OMP_NUM_THREADS` says, else one: two threads that share a busy
    machine's cores wait for each other and are slower than one.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    if missing := [name for name in ("torch", "transformers") if find_spec(name) is None]:
        raise MissingExtraError(f"training needs {' and '.join(missing)}", hint=EXTRA)
    import torch
    import transformers

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    transformers.logging.set_verbosity_error()
    return torch, transformers
