"""vLLM behind a `TextPolicy`: every prompt of a batch in one call, each with its own seed, prefixes cached by the
engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bigmath.search.protocol import Question
from bigmath.search.text_policy import Continuation

INSTRUCTION = "Solve the problem step by step, with a blank line between steps. Put the final answer in \\boxed{}."


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
