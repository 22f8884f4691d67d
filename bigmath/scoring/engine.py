"""What a model that answers is: `Engine` takes requests and gives generations as they finish, in any order.

Everything that can change a generated text is in the model's revision, in `Settings`, or in the request; their hashes
are part of every request's key. How a model is spread over devices is no setting: it belongs to the engine that does
it.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

from bigmath.credentials import masked
from bigmath.errors import BigMathError, SettingError
from bigmath.outputs import key_of

Template = Literal["chat", "plain"]
Dtype = Literal["auto", "bfloat16", "float16", "float32"]
FinishReason = Literal["stop", "length"]
"""`stop`: the model ended its reply, or a stop text did. `length`: cut at `max_tokens` or at the end of the context."""

REFUSALS = ("too_long", "template_failed", "no_text")
"""Errors found before anything is generated: asked again in every run, since asking costs nothing, and never counted as
an attempt."""


class EngineError(BigMathError):
    """The model cannot be loaded, or stopped working; finished generations are kept."""


@dataclass(frozen=True)
class Settings:
    """How solutions are sampled. The number of samples is not here: a larger n only adds to a smaller one."""

    max_tokens: int = 1024
    """Most tokens generated for one rollout; a longer one is cut and counts as truncated."""
    temperature: float = 1.0
    """1 samples from the model itself, as Big-Math's and Skywork-OR1's solve rates do."""
    top_p: float = 1.0
    top_k: int = 0
    """0 is off."""
    stop: tuple[str, ...] = ()
    """Texts that end a reply."""
    system: str | None = None
    instruction: str = "Solve the problem step by step. Put the final answer in \\boxed{}."
    """Stands below the statement."""
    template: Template = "chat"
    """`chat` uses the model's own chat template; `plain` gives the text alone, for base models."""
    dtype: Dtype = "auto"
    context: int | None = None
    """Longest prompt and reply together, in tokens; None is the model's own, on a CPU at most 8,192."""
    seed: int = 0
    """Each request's seed is made from this and its key, so a request gives the same text in any batch."""

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise SettingError(f"max_tokens is {self.max_tokens}; accepted: 1 or more")
        if self.temperature < 0:
            raise SettingError(f"temperature is {self.temperature}; accepted: 0 (greedy) or more")
        if not 0 < self.top_p <= 1:
            raise SettingError(f"top_p is {self.top_p}; accepted: above 0, up to 1")

    def fingerprint(self) -> str:
        """20 hex digits over every setting."""
        return key_of({"settings": _plain(self)})

    def prompt(self, statement: str) -> str:
        """What the user says to the model."""
        return f"{statement.strip()}\n\n{self.instruction}" if self.instruction else statement.strip()

    def messages(self, statement: str) -> list[dict[str, str]]:
        """The same as chat messages."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.prompt(statement)}]


@dataclass(frozen=True, slots=True)
class Request:
    """One solution to sample."""

    key: str
    """32 hex digits over content, model revision, settings and sample index: see `request_key`."""
    content: str
    """Hash of the statement: the same problem under two ids is asked once."""
    statement: str
    sample: int
    """Index from 0 among the samples of this statement."""
    attempt: int = 1

    @property
    def seed(self) -> int:
        """31 bits of the key; another for another attempt, so that an error that depends on the text is not
        repeated."""
        return (int(self.key[:8], 16) + self.attempt - 1) & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Generation:
    """What came of a request: a text, or an error."""

    request: str
    content: str
    sample: int
    attempt: int
    text: str | None
    finish_reason: FinishReason | None
    prompt_tokens: int
    tokens: int
    """Tokens generated."""
    error: str | None = None
    """`kind: detail`, where there is no text; kinds in `REFUSALS`, or the engine's own."""

    @property
    def refused(self) -> bool:
        return self.error is not None and self.error.partition(":")[0] in REFUSALS


class Engine(Protocol):
    """A model at work. Calls come from one thread."""

    model: str
    """As the user named it."""
    revision: str
    """Commit, or hash of the files: another revision is another model."""
    capacity: int
    """Requests that should be under way to keep it busy."""

    @property
    def pending(self) -> int:
        """Requests submitted whose generation has not come out of `step`."""
        ...

    def submit(self, request: Request) -> None:
        """Begins a request; whatever is wrong with it comes out of `step` as a generation with an error."""
        ...

    def step(self) -> list[Generation]:
        """Works for a moment; the generations that finished, often none. Raises `EngineError` if the engine is gone."""
        ...

    def close(self) -> None:
        """Ends it; requests under way are given up."""
        ...


def settings_from(**values: Any) -> Settings:
    """Settings from what a user gave; a word that is not among the accepted ones is refused."""
    for name, accepted in (("template", get_args(Template)), ("dtype", get_args(Dtype))):
        if values.get(name, accepted[0]) not in accepted:
            raise SettingError(f"{name} {values[name]!r}; accepted: {', '.join(accepted)}")
    return Settings(**values)


def content_of(statement: str) -> str:
    """20 hex digits over a statement."""
    return hashlib.sha256(statement.strip().encode("utf-8", "surrogatepass")).hexdigest()[:20]


def request_key(content: str, revision: str, settings: Settings, sample: int) -> str:
    """The key under which a generation is kept and found again."""
    text = f"{content}\n{revision}\n{settings.fingerprint()}\n{sample}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def failed(request: Request, error: str, prompt_tokens: int = 0) -> Generation:
    """The generation of a request that gave no text. The error is stored, and a server may quote the key it refused."""
    return Generation(
        request.key, request.content, request.sample, request.attempt, None, None, prompt_tokens, 0, masked(error)[:500]
    )


def _plain(settings: Settings) -> dict[str, object]:
    return {**asdict(settings), "stop": list(settings.stop)}
