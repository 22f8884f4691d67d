"""What the server is asked and what it answers: the schema that /openapi.json and /docs show."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from bigmath.verifier.judge import Explanation
from bigmath.verifier.policy import DEFAULT, VERIFIER_VERSION, Policy, Verdict

ErrorCode = Literal["gold_unreadable", "text_too_long", "timeout", "worker_died"]


def _without_surrogates(text: Any) -> Any:
    """Half a surrogate pair is no character; JSON can carry one, and one odd text must not fail a whole batch."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) and not text.isascii() else text


Text = Annotated[str | None, BeforeValidator(_without_surrogates)]

_flags: dict[str, Any] = {field.name: (bool, field.default) for field in fields(Policy)}
PolicyIn = create_model(
    "Policy",
    __config__=ConfigDict(extra="forbid"),
    __doc__="What counts as the same answer, where conventions differ: bigmath.verifier.policy.Policy.",
    **_flags,
)


class Item(BaseModel):
    """One reply to judge."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"gold": r"\frac{1}{2}", "reply": r"So $\boxed{0.5}$."}]}
    )

    gold: Text = Field(description="The reference answer, bare or with `$` or a box. null is an unreadable reference.")
    reply: Text = Field(None, description="A whole model output, or a bare answer. null is a reply without an answer.")
    pred: Text = Field(None, description="Another name of `reply`; give one of the two.")
    policy: PolicyIn | None = Field(None, description="Other conventions.")  # type: ignore[valid-type] # made above

    @model_validator(mode="after")
    def _one_reply(self) -> "Item":
        if ("reply" in self.model_fields_set) == ("pred" in self.model_fields_set):
            raise ValueError("give `reply` or `pred`, one of them")
        return self

    @property
    def text(self) -> str:
        """The reply."""
        return self.reply or self.pred or ""

    @property
    def rules(self) -> Policy:
        """The policy of this item."""
        return Policy(**self.policy.model_dump()) if self.policy is not None else DEFAULT


class Judgement(BaseModel):
    """What the verifier says of one item."""

    verdict: Verdict
    extracted: str | None = Field(description="The final answer found in the reply, its first 200 characters.")
    rule: str = Field(description="What decided, in a few words.")
    reward: float | None = Field(
        description="1 for CORRECT; 0 for WRONG and for a reply without an answer; null where the reply was not "
        "judged: leave such a sample out, never count it as wrong."
    )
    error: ErrorCode | None = Field(
        description="Why the reply was not judged; null exactly where `reward` is a number."
    )
    verifier_version: str = VERIFIER_VERSION


def judgement(explanation: Explanation) -> Judgement:
    """The answer for one explanation: an error never becomes a wrong answer."""
    error = unjudged(explanation)
    reward = None if error is not None else float(explanation.verdict is Verdict.CORRECT)
    return Judgement(
        verdict=explanation.verdict, extracted=explanation.answer, rule=explanation.rule, reward=reward, error=error
    )


def unjudged(explanation: Explanation) -> ErrorCode | None:
    """Why a verdict says nothing of the reply; None where it does."""
    match explanation.verdict:
        case Verdict.TIMEOUT:
            return "timeout"
        case Verdict.ERROR:
            return "worker_died"
        case Verdict.UNPARSED if explanation.gold_shape == "none":
            return "gold_unreadable"
        case _:
            return None


def too_long(what: str, limit: int) -> Judgement:
    """The answer for an item whose text is longer than the server judges."""
    rule = f"the {what} is longer than {limit:,} characters"
    return Judgement(verdict=Verdict.UNPARSED, extracted=None, rule=rule, reward=None, error="text_too_long")


class Health(BaseModel):
    """Whether the server judges."""

    status: Literal["ok", "starting"]
    workers: int = Field(description="Worker processes that are ready.")
    waiting: int = Field(description="Items accepted and not yet answered.")
    verifier_version: str = VERIFIER_VERSION


class Refusal(BaseModel):
    """Why a request was not taken. It never repeats what was sent."""

    detail: str
