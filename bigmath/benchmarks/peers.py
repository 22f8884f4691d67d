"""Our stages and named peers on the same rows, each in a fresh process: rows a second of processor time, peak memory.

`python -m bigmath.benchmarks.peers NAME FILE` prints one JSON object; FILE is Parquet with `problem`, `answer` and
`solution`. Compiled code and models are loaded on a few rows before the clock starts. Memory is what the peak grows by
from there. All are asked for one process, since a ratio should not depend on how many cores were free.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl

from bigmath.errors import BigMathError
from bigmath.filtering import PLACE, Filter, drops

Work = Callable[[pl.DataFrame], object]
_WARM_ROWS = 200
_AT_ONCE = 10_000
"""Documents whose n-grams exist at the same time, for a peer that takes them as lists: a million would be 10 GB."""
_PERMUTATIONS, _BANDS, _THRESHOLD = 128, 16, 0.7


def _our_rules(rows: pl.DataFrame, filters: Sequence[Filter]) -> object:
    return drops(rows.with_row_index(PLACE), filters)


def _published_rules(rows: pl.DataFrame) -> object:
    from bigmath.benchmarks.published_rules import PUBLISHED  # noqa: PLC0415

    return [PUBLISHED["strict_keep"](row) for row in rows.iter_rows(named=True)]


def _our_verifier(rows: pl.DataFrame) -> object:
    from bigmath.verifier.judge import verify  # noqa: PLC0415

    return [verify(answer, f"\\boxed{{{answer}}}") for answer in rows["answer"].drop_nulls()]


def _math_verify(rows: pl.DataFrame) -> object:
    from bigmath.benchmarks.math_verify import correct  # noqa: PLC0415

    return [correct(answer, f"\\boxed{{{answer}}}") for answer in rows["answer"].drop_nulls()]


def _our_duplicates(rows: pl.DataFrame) -> object:
    from bigmath.dedup.engine import link  # noqa: PLC0415

    return link(rows["problem"])


def _datasketch(rows: pl.DataFrame) -> object:
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    sketches = []
    for some in rows.iter_slices(_AT_ONCE):
        grams = [[gram.encode() for gram in _grams(text)] for text in some["problem"]]
        sketches += MinHash.bulk(grams, num_perm=_PERMUTATIONS)
    index = MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
    with index.insertion_session() as session:
        for at, sketch in enumerate(sketches):
            session.insert(at, sketch)
    return [index.query(sketch) for sketch in sketches]


def _rensa(rows: pl.DataFrame) -> object:
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415

    index = RMinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    sketches = []
    for at, text in enumerate(rows["problem"]):
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update(_grams(text))
        index.insert(at, sketch)
        sketches.append(sketch)
    return [index.query(sketch) for sketch in sketches]


def _datatrove_filters(rows: pl.DataFrame) -> object:
    """Two that go over each text like ours do: the repetition and the quality rules of Gopher."""
    from datatrove.data import Document  # noqa: PLC0415
    from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter  # noqa: PLC0415

    asked = [GopherRepetitionFilter(), GopherQualityFilter()]
    documents = [Document(text=text, id=str(at)) for at, text in enumerate(rows["problem"])]
    return [[one.filter(document) for one in asked] for document in documents]


def _datatrove_minhash(rows: pl.DataFrame) -> object:
    """Its three steps that find clusters, through files as they always go; 112 hashes in 14 bands. By SHA-1, since
    release 0.8.0 hands texts to xxhash, whose release 4 takes bytes only."""
    from datatrove.data import Document  # noqa: PLC0415
    from datatrove.pipeline.dedup import minhash  # noqa: PLC0415
    from datatrove.utils.hashing import HashConfig  # noqa: PLC0415

    config = minhash.MinhashConfig(hash_config=HashConfig(hash_fc="sha1"))
    bands = config.num_buckets
    with tempfile.TemporaryDirectory() as folder:
        documents = (Document(text=text, id=str(at)) for at, text in enumerate(rows["problem"]))
        minhash.MinhashDedupSignature(f"{folder}/signatures", config).run(documents, 0, 1)
        for band in range(bands):
            minhash.MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/pairs", config=config).run(None, band, bands)
        minhash.MinhashDedupCluster(f"{folder}/pairs", f"{folder}/removed", config).run(None, 0, 1)
    return None


def _grams(text: str) -> list[str]:
    text = text.lower()
    return [text[at : at + 5] for at in range(max(1, len(text) - 4))]


WORK: Mapping[str, Work] = {
    "Big-Math's rules": _published_rules, "datatrove's Gopher filters": _datatrove_filters,
    "verifier": _our_verifier, "Math-Verify": _math_verify,
    "duplicates": _our_duplicates, "datasketch": _datasketch, "rensa": _rensa,
    "datatrove's MinHash": _datatrove_minhash,
}  # fmt: skip
PEERS: Mapping[str, tuple[str, ...]] = {
    "rules": ("Big-Math's rules", "datatrove's Gopher filters"),
    "verifier": ("Math-Verify",),
    "duplicates": ("datasketch", "rensa", "datatrove's MinHash"),
}
"""Who does about the same as a stage of ours; none of them does all of it."""
_PACKAGES = {
    "Math-Verify": "math-verify", "datasketch": "datasketch", "rensa": "rensa",
    "datatrove's Gopher filters": "datatrove", "datatrove's MinHash": "datatrove",
}  # fmt: skip


def package_version(name: str) -> str | None:
    """Of the package a peer comes from; None where it is not installed, empty where it is no package."""
    try:
        return version(_PACKAGES[name]) if name in _PACKAGES else ""
    except PackageNotFoundError:
        return None


def measure(name: str, path: Path, filters: Sequence[Filter] = ()) -> dict[str, float]:
    """`rows`, `rows_per_second` of processor time and `megabytes` of one stage or peer in a fresh process; `filters`
    are those of the stage `rules`.

    Raises:
        BigMathError: the process failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, name, str(path)],
        capture_output=True, check=False, input=pickle.dumps(list(filters)),
        env={**os.environ, "BIGMATH_WORKERS": "1"},
    )  # fmt: skip
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise BigMathError(f"{name} failed: {told[-1] if told else 'no output'}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _peak_bytes() -> int:
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


def _main(name: str, path: str) -> None:
    rows: Any = pl.read_parquet(path)
    filters: list[Filter] = pickle.loads(sys.stdin.buffer.read())  # from `measure`, which wrote it
    work = WORK.get(name) or partial(_our_rules, filters=filters)
    work(rows.head(_WARM_ROWS))
    before, began = _peak_bytes(), time.process_time()
    work(rows)
    seconds = time.process_time() - began
    print(
        json.dumps(
            {
                "rows": rows.height,
                "rows_per_second": round(rows.height / seconds, 1),
                "megabytes": round((_peak_bytes() - before) / 2**20, 1),
            }
        )
    )


if __name__ == "__main__":
    _main(*sys.argv[1:])
