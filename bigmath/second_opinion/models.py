"""Models that give a second opinion: one that vLLM loads here, or any server with an OpenAI-compatible endpoint.

`embedded` is the model of `bigmath.scoring.embedded`. It proves the path and is too small to be right. `vllm serve
MODEL` and others answer at `http://HOST:PORT/v1`. Both are asked for the log-probabilities of one token.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bigmath.errors import SettingError, SourceError
from bigmath.scoring.engine import Settings
from bigmath.scoring.loading import ready
from bigmath.scoring.models import EMBEDDED
from bigmath.second_opinion.asking import SYSTEM, YesNo

T = TypeVar("T")

FLOOR = -20.0
"""Log-probability of words that are not among the twenty likeliest, which is all that a server tells."""
ACCEPTED = "embedded, a folder, a Hub id, or http://HOST:PORT/v1 with --model NAME"
YES, NO = ("Yes", " Yes", "yes", " yes", "YES"), ("No", " No", "no", " no", "NO")


def named(name: str, model: str | None = None) -> YesNo:
    """A server's address with the model's name there, or what vLLM loads here: a Hub id, a local folder, `embedded`.

    Raises:
        SettingError: an address without a model, or a name that is none.
        MissingExtraError: vLLM, or the package of the embedded model, is not installed.
    """
    if name.startswith(("http://", "https://")):
        if not model:
            raise SettingError(f"{name} serves several models", hint="--model NAME says which to ask")
        return Endpoint(name.rstrip("/"), model)
    if model is not None or not (name == EMBEDDED or "/" in name or (name and Path(name).is_dir())):
        raise SettingError(f"no model {name!r} with --model {model}; accepted: {ACCEPTED}")
    return Loaded(name)


class Loaded:
    """A model in this process by vLLM, loaded when it is made; the one that scoring and searches load."""

    def __init__(self, name: str, tokens: int = 1_024) -> None:
        """`tokens` is the context: a longer prompt loses its beginning.

        Raises:
            MissingExtraError, SettingError, EngineError: as `bigmath.scoring.loading.ready`.
        """
        model, self._llm = ready(name, Settings(max_tokens=1, context=tokens))
        self.name = f"{model.name}@{model.revision}"
        self._room = tokens - 1
        self._tokenizer: Any = self._llm.get_tokenizer()
        self._yes, self._no = self._ids(YES), self._ids(NO)

    def ask(self, prompts: Sequence[str]) -> list[float]:
        from vllm import SamplingParams  # an extra

        wanted = SamplingParams(max_tokens=1, temperature=0.0, logprob_token_ids=[*self._yes, *self._no])
        asked = [{"prompt_token_ids": self._tokens(one)} for one in prompts]
        outputs = self._llm.generate(asked, wanted, use_tqdm=False)
        found = [{number: one.logprob for number, one in reply.outputs[0].logprobs[0].items()} for reply in outputs]
        return [_sum(odds, self._yes) - _sum(odds, self._no) for odds in found]

    def _tokens(self, prompt: str) -> list[int]:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer.encode(text, add_special_tokens=False))[-self._room :]

    def _ids(self, words: Sequence[str]) -> list[int]:
        coded = [self._tokenizer.encode(word, add_special_tokens=False) for word in words]
        return sorted({one[0] for one in coded if len(one) == 1})


@dataclass(frozen=True)
class Endpoint:
    """A server that speaks OpenAI's chat completions with log-probabilities, such as `vllm serve`.

    The key, if it wants one, is read from `OPENAI_API_KEY` and is written nowhere."""

    address: str
    model: str
    seconds: float = 60.0

    @property
    def name(self) -> str:
        return self.model

    def ask(self, prompts: Sequence[str]) -> list[float]:
        import httpx2  # noqa: PLC0415 # only a run with a server needs it

        key = os.environ.get("OPENAI_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with httpx2.Client(timeout=self.seconds, headers=headers) as client:
            try:
                return [self._logit(client.post(f"{self.address}/chat/completions", json=self._body(one)))
                        for one in prompts]  # fmt: skip
            except httpx2.HTTPError as error:
                raise SourceError(f"{self.address} does not answer: {type(error).__name__}") from error

    def _body(self, prompt: str) -> dict[str, Any]:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
        wanted = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20}
        return {"model": self.model, "messages": messages, **wanted}

    def _logit(self, reply: Any) -> float:
        if reply.status_code != 200:
            raise SourceError(f"{self.address} refused the question: status {reply.status_code}")
        try:
            likeliest = reply.json()["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            odds = {str(one["token"]): _logarithm(one["logprob"]) for one in likeliest}
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise SourceError(
                f"{self.address} gave no log-probabilities; accepted: chat completions with them"
            ) from error
        return _sum(odds, YES) - _sum(odds, NO)


def _logarithm(value: Any) -> float:
    """A log-probability; `ValueError` for what is none, such as the NaN that Python's JSON reader takes."""
    found = float(value)
    if math.isnan(found) or found > 1e-6:
        raise ValueError(f"{found} is no log-probability")
    return max(found, FLOOR)


def _sum(odds: Mapping[T, float], tokens: Sequence[T]) -> float:
    """Log of the probability of these tokens together; `FLOOR` where the model said nothing of any."""
    found = [odds[one] for one in tokens if one in odds]
    return math.log(sum(map(math.exp, found))) if found else FLOOR
