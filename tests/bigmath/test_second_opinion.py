"""The second opinion: what is asked, what is kept, and what a model's answer may change."""

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bigmath.errors import MissingExtraError, SettingError, SourceError, StoreError
from bigmath.second_opinion.asking import READ, Asked, prompt_of, prompts
from bigmath.second_opinion.models import Endpoint, named
from bigmath.second_opinion.policy import UNSURE, Policy, apply, opinions, unsure
from filters import FILTERS


class Scripted:
    """Says yes to prompts that hold a word, and counts what it is asked."""

    name = "scripted-1"

    def __init__(self, word: str, logit: float = 5.0) -> None:
        self.word, self.logit = word, logit
        self.asked: list[str] = []

    def ask(self, prompts: Sequence[str]) -> list[float]:
        self.asked += prompts
        return [self.logit if self.word in prompt else -self.logit for prompt in prompts]


def _decisions(*rows: tuple[str, bool, str | None, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(at, f"p-{at}", *row[:3], "found", row[3], "7") for at, row in enumerate(rows)],
        schema=["row", "problem_id", "filter", "kept", "reason", "detail", "problem", "answer"],
        orient="row",
    )


ASKED = _decisions(
    ("proof", False, "asks_proof", "Prove it."),
    ("proof", False, "argument_without_question", "The PEACH sum is such that ..."),
    ("proof", True, None, "Find x, with proof. PEACH"),
    ("proof", True, None, "Find x."),
    ("multi_part", False, "labelled_parts", "(a) one? (b) two?"),
    ("hyperlink", False, "address", "see https://example.org"),
)


def test_only_unsure_decisions_are_put_to_the_model() -> None:
    assert unsure(ASKED)["row"].to_list() == [1, 2]


def test_every_filter_with_an_unsure_side_has_a_prompt_and_known_reasons() -> None:
    assert set(UNSURE) == set(prompts())
    for name, one in UNSURE.items():
        assert set(one.reasons) <= set(FILTERS[name].reasons)
        assert "{problem}" in prompts()[name]


@pytest.mark.parametrize(
    ("word", "logit", "kept"),
    [
        ("PEACH", 5.0, {1: False, 2: False}),
        ("banana", 5.0, {1: True, 2: True}),
        ("PEACH", 1.9, {1: False, 2: True}),
        ("banana", 1.9, {1: False, 2: True}),
    ],
)
def test_a_model_that_is_sure_flips_an_unsure_rule_and_one_that_hesitates_does_not(
    word: str, logit: float, kept: dict[int, bool], tmp_path: Path
) -> None:
    given = opinions(ASKED, Asked(Scripted(word, logit), tmp_path / "kept.sqlite"), Policy(margin=2.0))
    assert dict(given.select("row", "kept").rows()) == kept


def test_flips_are_carried_out_and_nothing_else_changes(tmp_path: Path) -> None:
    model = Scripted("banana")
    given = opinions(ASKED, Asked(model, tmp_path / "kept.sqlite"))
    after = apply(ASKED, given)
    assert after.row(1, named=True) | {"problem": ""} == ASKED.row(1, named=True) | {
        "kept": True, "reason": None, "detail": None, "problem": ""
    }  # fmt: skip
    assert after.filter(pl.col("row") != 1).equals(ASKED.filter(pl.col("row") != 1))
    dropped = apply(ASKED, opinions(ASKED, Asked(Scripted("PEACH"), tmp_path / "other.sqlite")))
    told = dropped.row(2, named=True)
    assert (told["kept"], told["reason"], told["detail"]) == (False, "second_opinion", "scripted-1: logit 5.0")
    assert dropped.row(1, named=True) == ASKED.row(1, named=True)


def test_answers_are_kept_by_content_and_a_kill_loses_one_batch_at_most(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "kept.sqlite"
    first = Asked(Scripted("x"), path, batch=2)
    assert first.ask(["x1", "b", "x2", "b"]) == [5.0, -5.0, 5.0, -5.0]
    assert first.computed == 3  # the same prompt once
    again = Scripted("nothing at all")
    assert Asked(again, path).ask(["x2", "b"]) == [5.0, -5.0]
    assert again.asked == []

    class Killed(Scripted):
        def ask(self, prompts: Sequence[str]) -> list[float]:
            if len(self.asked) >= 2:
                raise KeyboardInterrupt
            return super().ask(prompts)

    killed = Asked(Killed("n"), path, batch=2)
    with pytest.raises(KeyboardInterrupt):
        killed.ask(["n1", "n2", "n3", "n4"])
    rest = Asked(Scripted("n"), path)
    rest.ask(["n1", "n2", "n3", "n4"])
    assert rest.computed == 2


def test_another_model_is_asked_anew(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    Asked(Scripted("x"), path).ask(["x"])
    other = Scripted("y")
    other.name = "scripted-2"
    assert Asked(other, path).ask(["x"]) == [-5.0]


def test_a_broken_cache_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    path.write_text("this is no database, and it is long enough to be looked at" * 40)
    with pytest.raises(StoreError, match=r"kept\.sqlite"):
        Asked(Scripted("x"), path).ask(["x"])


def test_a_prompt_shows_the_problem_whatever_braces_it_has_and_bounds_its_length() -> None:
    prompt = prompt_of("not_unique", "Find {answer} of {x}.", "5")
    assert "Find {answer} of {x}." in prompt
    assert "Reference answer: 5" in prompt
    assert len(prompt_of("proof", "a" * 100_000, None)) < READ + 600


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("gpt", "gpt-5", "embedded, a folder"),
        ("", None, "embedded, a folder"),
        ("http://localhost:1", None, "several models"),
    ],
)
def test_a_model_that_is_not_known_is_refused_with_what_is_accepted(name: str, model: str | None, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        named(name, model)


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed")
def test_a_local_model_without_an_engine_is_one_clear_error() -> None:
    with pytest.raises(MissingExtraError, match="vLLM is not installed"):
        named("embedded")


class _Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # the base class names it
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said: dict[str, Any] = {"error": "no such model"}
        if body["model"] == "good":
            yes = "PEACH" in body["messages"][1]["content"]
            likeliest = [{"token": "Yes", "logprob": -0.1 if yes else -3.0}, {"token": " No", "logprob": -2.1}]
            said = {"choices": [{"logprobs": {"content": [{"top_logprobs": likeliest}]}}]}
        payload = json.dumps(said).encode()
        self.send_response(200 if "error" not in said or body["model"] == "odd" else 404)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(name="server")
def _server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
        thread.join()


def test_a_server_is_asked_for_the_odds_of_one_token(server: str) -> None:
    model = named(server + "/", "good")
    assert model.ask(["a PEACH", "a plum"]) == pytest.approx([2.0, -0.9])


@pytest.mark.parametrize(("model", "said"), [("missing", "status 404"), ("odd", "no log-probabilities")])
def test_a_server_that_cannot_answer_is_one_clear_error(server: str, model: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        named(server, model).ask(["x"])


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(SourceError, match="does not answer"):
        Endpoint("http://127.0.0.1:9/v1", "good", seconds=2.0).ask(["x"])
