"""vLLM behind a `TextPolicy`: every prompt of a batch in one call, each with its own seed, prefixes cached by the
engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bigmath.scoring.engine import Settings
from bigmath.scoring.loading import ready
from bigmath.search.protocol import Question
from bigmath.search.text_policy import Continuation, TextPolicy

INSTRUCTION = "Solve the problem step by step, with a blank line between steps. Put the final answer in \\boxed{}."


def policy_of(name: str, *, step_tokens: int, temperature: float = 1.0, context: int = 1024) -> TextPolicy:
    """The policy of a model that is loaded now: a Hub id, a local folder, or `embedded`.

    A rollout has at most four times the tokens of a step. Raises what `bigmath.scoring.loading.ready` raises.
    """
    model, llm = ready(name, Settings(context=context))
    named = f"{model.name}@{model.revision}"  # part of every trace's settings: another revision is another policy
    continue_ = VllmContinue(llm, temperature)
    return TextPolicy(named, continue_, chat_prompt(llm), step_tokens=step_tokens, rollout_tokens=4 * step_tokens)


@dataclass(frozen=True)
class VllmContinue:
    """Continues texts with a loaded `vllm.LLM`; load it with prefix caching on.

    A text that leaves no room for what may follow in the model's context is not continued: it ends there, with nothing
    added."""

    llm: Any
    temperature: float = 1.0
    top_p: float = 1.0

    def __call__(
        self, prompts: Sequence[str], seeds: Sequence[int], *, stop: str | None, limit: int
    ) -> list[Continuation]:
        from vllm import SamplingParams  # an extra

        tokenizer = self.llm.get_tokenizer()
        room = int(self.llm.llm_engine.model_config.max_model_len) - limit
        tokens = [tokenizer.encode(text, add_special_tokens=False) for text in prompts]
        fitting = [place for place, one in enumerate(tokens) if len(one) <= room]
        parameters = [
            SamplingParams(
                temperature=self.temperature,
                top_p=self.top_p,
                max_tokens=limit,
                seed=seeds[place],
                stop=[stop] if stop else None,
            )
            for place in fitting
        ]
        asked = [{"prompt_token_ids": tokens[place]} for place in fitting]
        outputs = self.llm.generate(asked, parameters, use_tqdm=False) if asked else []
        written = {place: _continuation(one.outputs[0]) for place, one in zip(fitting, outputs, strict=True)}
        return [written.get(place, Continuation("", 0, ended=True)) for place in range(len(prompts))]


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
