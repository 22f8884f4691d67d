"""A model behind an OpenAI-compatible server (a running `vllm serve`, or any other) as an `Engine`.

Requests go out from threads, so that the server can batch them. A server that is busy or gone for a moment is asked
again, with growing waits; what it refuses is that request's error. The key comes from `OPENAI_API_KEY` and is stored
nowhere. A server may not name its model's commit: then its revision here is the address and name, and the user says
with `--revision` when another model answers there.
"""

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from tenacity import (
    Retrying,
    retry_any,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from bigmath.credentials import masked
from bigmath.errors import ServiceError, SettingError
from bigmath.scoring.engine import EngineError, Generation, Request, Settings, failed

TRIES = 5
SECONDS = 600.0
"""Longest wait for one reply."""
BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
GONE = 20
"""Replies in a row that could not be had at all, after which the server counts as gone and the run ends."""


class EndpointEngine:
    """An `Engine` over HTTP."""

    def __init__(self, url: str, model: str, revision: str, settings: Settings, *, batch: int | None = None) -> None:
        self.model, self.revision, self.settings = model, revision, settings
        self.capacity = batch or 64
        self._client = _client(url)
        self._pool = ThreadPoolExecutor(max_workers=self.capacity)
        self._done: queue.Queue[Generation] = queue.Queue()
        self._under_way = 0
        self._unreachable = 0

    @property
    def pending(self) -> int:
        return self._under_way

    def submit(self, request: Request) -> None:
        self._under_way += 1
        self._pool.submit(self._ask, request)

    def step(self) -> list[Generation]:
        finished = []
        try:
            finished.append(self._done.get(timeout=0.5))
            while True:
                finished.append(self._done.get_nowait())
        except queue.Empty:
            pass
        self._under_way -= len(finished)
        for one in finished:
            self._unreachable = self._unreachable + 1 if (one.error or "").startswith("unreachable") else 0
        if self._unreachable >= GONE:
            raise EngineError(f"{self._client.base_url}: the server is gone: {finished[-1].error}")
        return finished

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _ask(self, request: Request) -> None:
        try:
            self._done.put(self._answer(request))
        except Exception as error:  # a reply of another shape than the protocol's
            self._done.put(failed(request, f"bad_reply: {type(error).__name__}: {error}"))

    def _answer(self, request: Request) -> Generation:
        if not request.statement.strip():
            return failed(request, "no_text: the statement is empty")
        try:
            response = _post(self._client, *self._body(request))
        except httpx2.HTTPError as error:
            return failed(request, f"unreachable: {type(error).__name__}: {error}")
        if response.status_code != 200:
            said = " ".join(response.text.split())[:300]
            too_long = response.status_code == 400 and ("context length" in said or "max_model_len" in said)
            return failed(request, f"{'too_long' if too_long else f'status_{response.status_code}'}: {said}")
        body = response.json()
        choice, usage = body["choices"][0], body.get("usage") or {}
        text = choice["message"]["content"] if self.settings.template == "chat" else choice["text"]
        if choice["finish_reason"] not in ("stop", "length") or text is None:
            return failed(request, f"{choice['finish_reason']}: no text")
        return Generation(
            request.key, request.content, request.sample, request.attempt, text, choice["finish_reason"],
            int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0),
        )  # fmt: skip

    def _body(self, request: Request) -> tuple[str, dict[str, Any]]:
        settings = self.settings
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "seed": request.seed,
        }
        if settings.top_k:
            body["top_k"] = settings.top_k
        if settings.stop:
            body["stop"] = list(settings.stop)
        if settings.template == "chat":
            return "chat/completions", {**body, "messages": settings.messages(request.statement)}
        return "completions", {**body, "prompt": settings.prompt(request.statement)}


def revision_at(url: str, model: str) -> str:
    """What stands for the revision of a model at an address.

    Raises:
        ServiceError: nothing answers there as an OpenAI-compatible server does.
        SettingError: the server has no such model, or the address is none.
    """
    try:
        with _client(url) as client:
            response = client.get("models", timeout=30.0)
            names = [one["id"] for one in response.raise_for_status().json()["data"]]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            f"--endpoint {url}: no OpenAI-compatible server answers there ({type(error).__name__}: {error})",
            hint="vllm serve MODEL, then --endpoint http://HOST:8000/v1",
        ) from error
    if model not in names:
        raise SettingError(f"--model {model}: the server at {url} has {', '.join(names) or 'none'}")
    return f"{masked(url.rstrip('/'))}#{model}"


def _client(url: str) -> httpx2.Client:
    key = os.environ.get("OPENAI_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        address = httpx2.URL(url.rstrip("/") + "/")
    except httpx2.InvalidURL:  # its text may be a piece of a password
        raise SettingError(f"--endpoint {url}: no address; accepted: http://HOST:8000/v1 and its like") from None
    user = (address.username, address.password) if address.userinfo else None
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    # the client logs the addresses that it asks
    base = address.copy_with(userinfo=b"")
    return httpx2.Client(base_url=base, auth=user, headers=headers, timeout=SECONDS, limits=limits)


def _post(client: httpx2.Client, path: str, body: dict[str, Any]) -> httpx2.Response:
    """The response; a busy server or a broken connection is tried `TRIES` times, and then has the last word."""
    retrying = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential_jitter(multiplier=0.2, max=10.0),
        retry=retry_any(
            retry_if_result(lambda response: response.status_code in BUSY),
            retry_if_exception_type(httpx2.TransportError),
        ),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    found: httpx2.Response = retrying(client.post, path, json=body)
    return found
