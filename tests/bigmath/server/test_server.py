"""The reward server through its real application: what it answers, what it refuses, and what never fails a batch."""

import logging
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from bigmath import VERIFIER_VERSION, Explanation, Policy, Verdict
from bigmath.errors import SettingError
from bigmath.server.app import make_app
from bigmath.server.run import check_address
from bigmath.server.schema import judgement
from bigmath.server.settings import Settings
from bigmath.verifier.pool import ASKS_SYMPY

SMALL = Settings(workers=2, slow_workers=1, body_bytes=8_192, items=40, gold_characters=200, reply_characters=1_000)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_app(SMALL)) as client:
        yield client


def _verdicts(client: TestClient, rows: list[dict[str, Any]]) -> list[str]:
    answer = client.post("/verify", json=rows)
    assert answer.status_code == 200, answer.text
    return [one["verdict"] for one in answer.json()]


def test_one_item_gets_one_answer(client: TestClient) -> None:
    answer = client.post("/verify", json={"gold": r"\frac12", "reply": r"so $\boxed{0.5}$"})
    assert answer.json() == {
        "verdict": "CORRECT", "extracted": "0.5", "rule": "value = value", "reward": 1.0, "error": None,
        "verifier_version": VERIFIER_VERSION,
    }  # fmt: skip


def test_a_list_is_answered_in_its_order_and_pred_is_another_name_of_reply(client: TestClient) -> None:
    rows = [{"gold": str(n), "pred": str(n if n % 3 else -1)} for n in range(40)]
    assert _verdicts(client, rows) == ["CORRECT" if n % 3 else "WRONG" for n in range(40)]
    assert client.post("/verify", json=[]).json() == []


def test_each_item_may_have_its_own_policy(client: TestClient) -> None:
    row = {"gold": "5", "reply": "5 cm"}
    rows = [row, {**row, "policy": {"forgive_units": False}}, row]
    assert _verdicts(client, rows) == ["CORRECT", "WRONG", "CORRECT"]


def test_what_the_quick_workers_leave_undecided_is_asked_of_sympy(client: TestClient) -> None:
    gold, reply = ASKS_SYMPY
    row = {"gold": gold, "reply": rf"\boxed{{{reply}}}"}
    asked, not_asked = _verdicts(client, [row, {**row, "policy": {"tail": False}}])
    assert not_asked == "WRONG"
    assert asked in ("CORRECT", "TIMEOUT"), "on a busy machine SymPy may not answer in its time"


def test_an_unreadable_reference_gets_no_reward_and_a_reply_without_an_answer_gets_zero(client: TestClient) -> None:
    rows = [{"gold": "", "reply": "4"}, {"gold": None, "reply": "4"}, {"gold": "4", "reply": r"so \boxed{"}]
    answers = client.post("/verify", json=[*rows, {"gold": "4", "reply": None}]).json()
    assert [one["verdict"] for one in answers] == ["UNPARSED"] * 4
    assert [one["reward"] for one in answers] == [None, None, 0.0, 0.0]
    assert [one["error"] for one in answers] == ["gold_unreadable", "gold_unreadable", None, None]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_verdict_that_says_nothing_of_the_reply_becomes_a_number(verdict: Verdict) -> None:
    one = judgement(Explanation(verdict, "4", "5", "boxed", "value", "value", "a rule"))
    assert (one.reward is None) == (verdict in (Verdict.TIMEOUT, Verdict.ERROR))
    assert (one.reward is None) == (one.error is not None)
    assert (one.reward == 1.0) == (verdict is Verdict.CORRECT)


def test_a_text_that_is_too_long_costs_its_own_item_only(client: TestClient) -> None:
    rows = [{"gold": "4", "reply": "4"}, {"gold": "4", "reply": "4" * 1_001}, {"gold": "4" * 201, "reply": "4"}]
    answers = client.post("/verify", json=rows).json()
    assert [one["error"] for one in answers] == [None, "text_too_long", "text_too_long"]
    assert [one["reward"] for one in answers] == [1.0, None, None]


def test_hostile_texts_cost_their_own_verdict_only(client: TestClient) -> None:
    hostile = ["9^{9^{9^9}}", "{" * 900, "(10^9)!!!", "__import__('os')", "\x00\u202e" * 99]
    body = [{"gold": "4", "reply": rf"\boxed{{{text}}}"} for text in hostile] + [{"gold": "4", "reply": "4"}]
    assert _verdicts(client, body)[-1] == "CORRECT"
    assert "CORRECT" not in _verdicts(client, body)[:-1]
    half = client.post("/verify", content=b'[{"gold":"4","reply":"\\ud800"},{"gold":"4","reply":"4"}]', headers=JSON)
    assert [one["verdict"] for one in half.json()] == ["WRONG", "CORRECT"]


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (413, b'"' + b"a" * 8_192 + b'"', "8,192 bytes"),
        (413, b"[" + b",".join([b'{"gold":"4","reply":"4"}'] * 41) + b"]", "40 items; it has 41"),
        (422, b'[{"gold":"4","reply":"4"},{"gold":"zqxjkv"}]', "body.list.1"),
        (422, b'{"gold":"zqxjkv","reply":"4","pred":"4"}', "one of them"),
        (422, b'{"gold":"zqxjkv","reply":"4","policy":{"units":true}}', "policy.units"),
        (422, b'{"gold":4,"reply":"zqxjkv"}', "body.item.gold"),
        (422, b'{"gold":"4","reply":"4","' + b"a" * 40 + b'zqxjkv":1}', "a" * 40 + ": Extra inputs"),
        (422, b'{"gold":"zqxjkv', "JSON"),
        (422, b"[" * 8_000, "JSON"),
    ],
)  # fmt: skip
def test_a_bad_request_is_told_its_fault_and_not_its_texts(
    client: TestClient, status: int, body: bytes, says: str
) -> None:
    answer = client.post("/verify", content=body, headers=JSON)
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert "zqxjkv" not in answer.text


def test_a_body_that_says_no_length_is_stopped_at_the_limit(client: TestClient) -> None:
    answer = client.post("/verify", content=iter([b"a" * 5_000] * 4), headers=JSON)
    assert answer.status_code == 413


def test_a_full_queue_answers_429_and_when_to_come_back() -> None:
    with TestClient(make_app(replace(SMALL, batches_waiting=0))) as client:
        answer = client.post("/verify", json=[{"gold": "4", "reply": "4"}])
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert client.post("/verify", json=[]).status_code == 200


def test_too_many_requests_at_work_are_refused_without_being_read() -> None:
    with TestClient(make_app(replace(SMALL, requests=0))) as client:
        answer = client.post("/verify", json={"gold": "4", "reply": "4"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_items_not_reached_in_time_are_timeouts_not_wrong_answers() -> None:
    with TestClient(make_app(replace(SMALL, request_seconds=0.0))) as client:
        answers = client.post("/verify", json=[{"gold": "4", "reply": "5"}] * 20).json()
    assert {(one["verdict"], one["reward"], one["error"]) for one in answers} == {("TIMEOUT", None, "timeout")}


def test_health_and_metrics_count_what_happened(client: TestClient) -> None:
    def right() -> float:
        lines = client.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith('bigmath_verdicts_total{verdict="CORR'))

    client.post("/verify", json={"gold": "4", "reply": "4"})
    before = right()
    client.post("/verify", json=[{"gold": "4", "reply": "4"}] * 3)
    assert right() - before == 3
    health = client.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["waiting"]) == (200, "ok", 0)


def test_the_schema_documents_each_field_and_each_policy(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"]
    assert set(schema["Policy"]["properties"]) == {field.name for field in fields(Policy)}
    assert all("description" in schema["Item"]["properties"][name] for name in ("gold", "reply", "pred"))
    assert "null" in schema["Judgement"]["properties"]["reward"]["description"]
    assert {"413", "422", "429"} <= set(client.get("/openapi.json").json()["paths"]["/verify"]["post"]["responses"])


def test_no_text_reaches_the_log_when_the_server_fails(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("zqxjkv")

    with TestClient(make_app(SMALL)) as client, caplog.at_level(logging.DEBUG):
        monkeypatch.setattr("bigmath.server.app.judge", fail)
        answer = client.post("/verify", json={"gold": "zqxjkv", "reply": "4"})
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert "zqxjkv" not in caplog.text + answer.text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_an_address_that_others_reach_is_refused_unless_asked_for(host: str) -> None:
    with pytest.raises(SettingError, match="can be reached"):
        check_address(host, public=False)
    check_address(host, public=True)
    check_address("127.0.0.1", public=False)
    check_address("::1", public=False)
