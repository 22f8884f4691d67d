"""The bindings against the documented shapes of their frameworks; what installs here is run by `make contracts`."""

import asyncio
import json
import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from rl_hooks import for_nemo, for_open_instruct, for_openrlhf, for_trl, for_verl
from rl_hooks.reward import Reward, RewardSettings

RIGHT, WRONG = r"so $\boxed{\frac12}$", r"so $\boxed{3}$"


def test_trl_gets_none_metrics_and_columns() -> None:
    metrics: dict[str, float] = {}
    extras: dict[str, list[Any]] = {}
    function = for_trl.make_reward(max_tokens=3, end_tokens=[2])
    rewards = function(
        prompts=["q"] * 4, completions=[RIGHT, [{"role": "assistant", "content": WRONG}], RIGHT, RIGHT],
        completion_ids=[[1, 2], [1, 1, 2], [1, 1, 1], [1, 2]], answer=["0.5", "0.5", "0.5", ""], source=["s"] * 4,
        trainer_state=None, log_metric=metrics.__setitem__, log_extra=extras.__setitem__,
    )  # fmt: skip
    assert rewards == [1.0, 0.0, 0.0, None]
    assert metrics["reward/truncated"] == 0.25
    assert extras["verdict"] == ["CORRECT", "WRONG", "CORRECT", "UNPARSED"]
    assert function.__name__ == "bigmath_reward"
    assert function(prompts=["q"], completions=[RIGHT]) == [None], "no gold column is no wrong answer"


def test_verl_awaits_numbers_with_the_same_keys() -> None:
    async def both() -> list[dict[str, float]]:
        return [
            await for_verl.compute_score("bigmath/math", RIGHT, "0.5", {"index": 0}, format_weight=0.5, router="x"),
            await for_verl.compute_score("bigmath/math", WRONG, None),
        ]

    paid, broken = asyncio.run(both())
    assert paid["score"] == 1.5
    assert (broken["score"], broken["unjudged"]) == (0.0, 1.0)
    assert paid.keys() == broken.keys()
    assert all(isinstance(value, float) for value in (paid | broken).values())


@pytest.mark.parametrize(
    ("query", "prompt", "reply"),
    [
        ("<user>put it in \\boxed{}<assistant>r", "<user>put it in \\boxed{}<assistant>", "r"),
        ("<s> <user>what is it then<assistant>r", "<user>what is it then<assistant>", "r"),
        ("other text", "a prompt that is not there", None),
        ("bare reply", "", "bare reply"),
    ],
)
def test_openrlhf_queries_lose_their_prompt(query: str, prompt: str, reply: str | None) -> None:
    assert for_openrlhf.reply_in(query, prompt) == reply


def test_openrlhf_labels_are_json_or_bare_answers() -> None:
    label = json.dumps({"answer": r"\frac12", "problem_id": "math-1"})
    assert [for_openrlhf.gold_in(one) for one in (label, r"\frac12", "12", '{"answer": 12}', 0, "{}", None)] == [
        r"\frac12", r"\frac12", "12", "12", "0", None, None,
    ]  # fmt: skip


def test_openrlhf_over_http_gets_one_number_a_query() -> None:
    labels = [json.dumps({"answer": "0.5"})] * 2
    with TestClient(for_openrlhf.http_app()) as client:
        paid = client.post(
            "/", json={"query": ["q" + RIGHT, "q" + WRONG], "prompts": ["q", "q"], "labels": labels}
        ).json()
    assert (paid["rewards"], paid["scores"]) == ([1.0, 0.0], [1.0, 0.0])
    assert paid["extra_logs"]["correct"] == 0.5


def test_open_instruct_finds_a_verifier_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class VerificationResult:
        score: float
        cost: float = 0.0
        reasoning: str | None = None

    class VerifierFunction:
        def __init__(self, name: str, weight: float = 1.0, verifier_config: Any = None) -> None:
            self.name, self.weight, self.verifier_config = name, weight, verifier_config

    utils = SimpleNamespace(VerificationResult=VerificationResult, VerifierFunction=VerifierFunction)
    monkeypatch.setitem(sys.modules, "open_instruct", ModuleType("open_instruct"))
    monkeypatch.setitem(sys.modules, "open_instruct.ground_truth_utils", utils)  # type: ignore[arg-type]
    kind = for_open_instruct.verifier()
    assert kind in VerifierFunction.__subclasses__()
    made = kind()
    assert made.name == "bigmath"
    assert made([1, 2], RIGHT, "0.5").score == 1.0
    assert made([1, 2], WRONG, ["0.5"], query="q", rollout_state=None).score == 0.0
    assert asyncio.run(made.async_call([1], RIGHT, ["0.5"], query="q")).score == 1.0


def test_nemo_gym_answers_as_its_base_server_does() -> None:
    row = {"responses_create_params": {"input": []}, "question": "q", "expected_answer": "0.5", "problem_id": "math-1"}
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": RIGHT}]}
    with TestClient(for_nemo.gym_app(RewardSettings())) as client:
        assert client.post("/seed_session", json={}).status_code == 200
        paid = client.post("/verify", json={**row, "response": {"output": [{"type": "reasoning"}, message]}}).json()
        unpaid = client.post("/verify", json={**row, "response": {"output": []}}).json()
    assert (paid["reward"], paid["extracted_answer"], paid["problem_id"]) == (1.0, r"\frac12", "math-1")
    assert (unpaid["reward"], unpaid["no_answer"]) == (0.0, 1.0)


def test_the_nemo_rl_environment_ends_each_episode_with_its_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    class EnvironmentReturn(SimpleNamespace):
        pass

    interfaces = SimpleNamespace(EnvironmentInterface=object, EnvironmentReturn=EnvironmentReturn)
    stubs = {
        "ray": SimpleNamespace(remote=lambda kind: kind),
        "torch": SimpleNamespace(tensor=list, ones=lambda n: [1.0] * n),
        "nemo_rl": ModuleType("nemo_rl"), "nemo_rl.environments": ModuleType("nemo_rl.environments"),
        "nemo_rl.environments.interfaces": interfaces,
    }  # fmt: skip
    for name, stub in stubs.items():
        monkeypatch.setitem(sys.modules, name, stub)  # type: ignore[arg-type]
    logs = [[{"role": "user", "content": "q"}, {"role": "assistant", "content": reply}] for reply in (RIGHT, WRONG)]
    done = for_nemo.environment()({}).step(logs, [{"ground_truth": "0.5"}] * 2)
    assert (done.rewards, done.terminateds, done.answers) == ([1.0, 0.0], [1.0, 1.0], [r"\frac12", "3"])
    assert [one["role"] for one in done.observations] == ["environment"] * 2
    assert done.next_stop_strings == [None, None]


def test_nemo_rl_scores_the_last_turn_of_each_conversation() -> None:
    logs = [
        [{"role": "user", "content": "q"}, {"role": "assistant", "content": reply}] for reply in (RIGHT, WRONG, RIGHT)
    ]
    golds = [{"ground_truth": "0.5"}, {"ground_truth": "0.5"}, None]
    assert [one.reward for one in for_nemo.score_conversations(Reward(), logs, golds)] == [1.0, 0.0, None]
