"""Each framework, in its own environment, loads our export and pays the right reward; `make contracts` makes those.

A check runs in a process of the framework's Python and ends with one JSON line. What cannot be installed beside this
project's Python is held to its documented shape in tests/rl_hooks.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bigmath.store import Warehouse
from rl_hooks.export import export_rl

ROOT = Path(__file__).parents[2]
CHECKS = Path(__file__).parent / "checks"
ENVIRONMENTS = Path(os.environ.get("BIGMATH_CONTRACTS") or ROOT / ".venv-contracts")
PAID_NOTHING = {"wrong", "malformed", "empty", "bomb", "braces", "code"}
PARTS = ["correct", "format", "length", "no_answer", "truncated", "unjudged"]

pytestmark = pytest.mark.contracts


def _checked(framework: str, finished: Path, tmp_path: Path) -> dict[str, Any]:
    python = ENVIRONMENTS / framework / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no environment with {framework}: make contracts")
    out = tmp_path / framework
    done = export_rl(Warehouse.open(finished), out, to=framework)
    said = subprocess.run(
        [python, CHECKS / f"{framework}_check.py", out], capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{CHECKS}", "HF_HUB_OFFLINE": "1"}, cwd=tmp_path,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr[-3_000:]
    facts: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    assert facts["rows"] == done.train
    assert facts["rewards"]["right"] == 1.0
    assert {kind: facts["rewards"][kind] for kind in PAID_NOTHING} == dict.fromkeys(PAID_NOTHING, 0.0)
    assert facts["rewards"]["slow"] != 1.0
    return facts


def test_trl_trains_on_our_rows_and_takes_none_for_what_was_not_judged(finished: Path, tmp_path: Path) -> None:
    facts = _checked("trl", finished, tmp_path)
    assert facts["broken_gold"] != facts["broken_gold"], "NaN is how TRL keeps None"
    assert facts["truncated"] == 0.0
    assert facts["tries_rewarded"], "the environment of several tries pays through its own reward"
    assert facts["tools"] == ["submit"]
    tries = facts["text_tries"]
    assert tries["logged"] == ["kl", "reward/episode_1", "reward/episode_2"]
    assert tries["paid"] == pytest.approx(0.99 ** tries["tokens"])
    assert "The answer is wrong. Tries left: 1." in tries["told"]
    assert facts["asynchronous"] == {"staleness": 4, "group": 8}
    assert facts["sent"] == [1.0], "the asynchronous trainer scores in another process"
    assert facts["parts_logged"] == [f"reward/{part}" for part in PARTS]


def test_verl_reads_our_rows_and_awaits_our_reward(finished: Path, tmp_path: Path) -> None:
    facts = _checked("verl", finished, tmp_path)
    assert facts["same_keys"]
    assert facts["broken_gold"] == {"reward": 0.0, "unjudged": 1.0}
    assert facts["with_format"] == {"right": 1.5, "wrong": 0.5}
    assert facts["raw_prompt"] == "user"
    assert "-" in facts["problem_id"]
    assert facts["asynchronous"] == {
        "unknown": [],
        "missing": [], "staleness": 0.5, "rollout": "RolloutConfig", "replies": 8, "reward": "pkg://rl_hooks.for_verl",
    }  # fmt: skip
    tries = facts["tries"]
    assert (tries["rl2"]["paid"], tries["e_rl2"]["paid"]) == (1.0, 0.0)
    assert tries["discounted"]["paid"] == pytest.approx(0.99 ** tries["discounted"]["tokens"])
    for one in tries.values():
        assert "Tries left: 1." in one["told"], "what the environment says is masked out of the loss"
        assert "Tries left" not in one["written"]
        assert one["told"] in one["second_read"], "the second try reads what the first one was told"
        assert one["logs"] == one["length"]


def test_openrlhf_cuts_the_prompt_and_pays_every_reply(finished: Path, tmp_path: Path) -> None:
    facts = _checked("openrlhf", finished, tmp_path)
    assert facts["scores"]["right"] == 1.0
    assert facts["source"].startswith("bigmath/")
    assert facts["logged"] == PARTS


def test_verifiers_finds_our_package_and_scores_its_traces(finished: Path, tmp_path: Path) -> None:
    facts = _checked("verifiers", finished, tmp_path)
    assert facts["keys_unique"]
    assert facts["valid"]
    assert facts["held_out"] > 0
    assert facts["metrics"] == PARTS
    assert facts["pool"]["sampler"]["type"] == "difficulty_pool"
    tries = facts["tries"]
    assert {name: one["paid"] for name, one in tries.items()} == {
        "rl2": 1.0, "e_rl2": 0.0, "discounted": pytest.approx(0.9**6),
    }  # fmt: skip
    assert tries["e_rl2"]["metrics"]["episode_1"] == 1.0
    assert tries["discounted"]["heard"] == [None, "The answer is wrong. Tries left: 1."]
