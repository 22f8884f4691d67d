"""A process reward model (5.1): a transformer that says after each step how likely the solution is to end right.

    head linear   one number from the last hidden state at the step's line end
    head tokens   the logits of two given tokens there, as a softmax of two: any language model can be asked so

It reads `solution`: the question, then a step a line with what the environment says of it, a value at each line's end;
or `state`: what the environment says alone, a text for each prefix, where that says all there is to know (puzzles).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bigmath.search.protocol import Environment, Estimate, State
from rl_hooks.tokenizer import Tokenizer
from rl_hooks.torch_extra import need_torch

Head = Literal["linear", "tokens"]
Reads = Literal["solution", "state"]
Encoded = tuple[list[int], list[int]]
"""Ids of a text, and the places in it where values stand; -1 for a place that was cut off."""


@dataclass(frozen=True)
class ModelSettings:
    """Size of a model made from scratch, or the folder of one to start from."""

    base: str | None = None
    """Folder of a causal language model in the Hugging Face layout; without it a small Llama is made from scratch."""
    head: Head = "linear"
    reads: Reads = "solution"
    yes: str = "+"
    """tokens head: the token for right; `no` the one for wrong."""
    no: str = "-"
    hidden: int = 96
    layers: int = 3
    heads: int = 4
    frozen: bool = False
    """Whether the body stays as it is, in bfloat16, and only the linear head is fitted (`rl_hooks.prm_head`)."""
    first_layers: int | None = None
    """How many of the base's layers are kept; all without it. Fewer cost less."""
    length: int = 256
    """Longest text in tokens; the beginning of a longer one is left out."""


def render(question: str, steps: Sequence[str], states: Sequence[str], reads: Reads) -> list[tuple[str, list[int]]]:
    """The texts of a solution, each with the bytes after which a value stands: in all one for the question and one a
    step.

    `states` starts with the question's."""
    if reads == "state":
        return [(f"{state}\n", [len(state.encode("utf-8", "surrogatepass")) + 1]) for state in states]
    lines = [f"{question}\n"]
    for step, state in zip(steps, states[1:], strict=True):
        lines.append(f"{step} | {state}\n" if state else f"{step}\n")
    ends, at = [], 0
    for line in lines:
        at += len(line.encode("utf-8", "surrogatepass"))
        ends.append(at)
    return [("".join(lines), ends)]


def encode(text: str, ends: Sequence[int], tokenizer: Tokenizer, length: int) -> Encoded:
    """Ids, and for each line end the place of the token that holds it."""
    spans = tokenizer.spans(text)
    places = []
    for end in ends:
        last = max((place for place, (_, first, after) in enumerate(spans) if first < end and after <= end), default=0)
        places.append(last)
    cut = max(0, len(spans) - length)
    return [one for one, _, _ in spans[cut:]], [place - cut if place >= cut else -1 for place in places]


class Prm:
    """The model with its tokenizer; `net` is a torch module."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        settings: ModelSettings,
        *,
        seed: int = 0,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """With `config`, that of the base, weights are left random for the caller to fill and the base is not read."""
        torch, transformers = need_torch()
        torch.manual_seed(seed)
        self.tokenizer, self.settings = tokenizer, settings
        self.config: Mapping[str, Any] | None = None
        """Of the model that it started from."""
        if settings.base is not None:
            kind = torch.bfloat16 if settings.frozen else torch.float32
            if config is None:
                body = transformers.AutoModelForCausalLM.from_pretrained(settings.base, dtype=kind)
            else:
                known = transformers.AutoConfig.for_model(**config)
                body = transformers.AutoModelForCausalLM.from_config(known, dtype=kind)
            self.config = body.config.to_dict()
            body.model.layers = body.model.layers[: settings.first_layers]
        else:
            small = transformers.LlamaConfig(
                vocab_size=tokenizer.vocabulary,
                hidden_size=settings.hidden,
                intermediate_size=2 * settings.hidden,
                num_hidden_layers=settings.layers,
                num_attention_heads=settings.heads,
                num_key_value_heads=settings.heads,
                max_position_embeddings=max(settings.length, 64),
                pad_token_id=0,
                use_cache=False,
            )
            body = transformers.LlamaForCausalLM(small)
        self.size: int = body.config.hidden_size
        self.net = torch.nn.ModuleDict({"body": body, "linear": torch.nn.Linear(self.size, 1)})
        self._torch = torch
        self._pair = [_one_token(tokenizer, settings.yes), _one_token(tokenizer, settings.no)]

    def logits(self, batch: Sequence[Encoded]) -> Any:
        """A tensor of one logit for each place of each encoded text, in order; places of -1 are left out."""
        hidden = self.hidden(batch)
        if self.settings.head == "linear":
            return self.net["linear"](hidden.float()).squeeze(-1)
        pair = self.net["body"].lm_head(hidden)[:, self._pair]
        return pair[:, 0] - pair[:, 1]  # a softmax of two is a sigmoid of their difference

    def hidden(self, batch: Sequence[Encoded]) -> Any:
        """A tensor of (places, hidden size): the last hidden states that `logits` reads."""
        torch = self._torch
        width = max(len(ids) for ids, _ in batch)
        ids = torch.zeros((len(batch), width), dtype=torch.long)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        for row, (numbers, _) in enumerate(batch):
            ids[row, : len(numbers)] = torch.tensor(numbers)
            mask[row, : len(numbers)] = 1
        rows = torch.tensor([row for row, (_, places) in enumerate(batch) for place in places if place >= 0])
        places = torch.tensor([place for _, places in batch for place in places if place >= 0])
        return self.net["body"].model(input_ids=ids, attention_mask=mask).last_hidden_state[rows, places]

    def encode(self, question: str, steps: Sequence[str], states: Sequence[str]) -> list[Encoded]:
        """The texts of a solution as this model reads them."""
        texts = render(question, steps, states, self.settings.reads)
        return [encode(text, ends, self.tokenizer, self.settings.length) for text, ends in texts]

    def values(self, solutions: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> list[list[float]]:
        """For each solution (question, steps, states) the value of the question and after each step, 0 to 1; 0.5 where
        the text was too long."""
        torch = self._torch
        self.net.eval()
        encoded = [self.encode(*one) for one in solutions]
        texts = [text for group in encoded for text in group]
        flat: list[float] = []
        for part in in_batches(texts):
            with torch.no_grad():
                known = iter(torch.sigmoid(self.logits(part)).tolist())
            flat += [next(known) if place >= 0 else 0.5 for _, places in part for place in places]
        counts = iter(flat)
        return [[next(counts) for _ in range(len(steps) + 1)] for _, steps, _ in solutions]


def in_batches(texts: Sequence[Encoded], tokens: int = 16_384, rows: int = 512) -> Iterator[list[Encoded]]:
    """The texts in order, in batches of at most so many padded tokens and rows (one text at least)."""
    batch: list[Encoded] = []
    width = 0
    for text in texts:
        width = max(width, len(text[0]))
        if batch and (len(batch) == rows or width * (len(batch) + 1) > tokens):
            yield batch
            batch, width = [], len(text[0])
        batch.append(text)
    if batch:
        yield batch


def _one_token(tokenizer: Tokenizer, text: str) -> int:
    return tokenizer.spans(text)[0][0]


@dataclass(frozen=True)
class PrmValue:
    """A PRM as the value of a search; its own work costs no tokens of the policy."""

    prm: Prm
    environment: Environment
    name: str = "prm"
    tokens_each: int = 0

    def settings(self) -> Mapping[str, Any]:
        return {"value": "prm", "name": self.name}

    def estimate(self, states: Sequence[State]) -> list[Estimate]:
        texts: list[tuple[str, Sequence[str], Sequence[str]]]
        if self.prm.settings.reads == "state":
            # the rest of the path would be valued for nothing
            texts = [("", (), (self.environment.describe(state),)) for state in states]
        else:
            texts = [(state.question.text, state.steps, self._said(state)) for state in states]
        return [Estimate(values[-1]) for values in self.prm.values(texts)]

    def _said(self, state: State) -> tuple[str, ...]:
        prefixes = [State(state.question, state.steps[:size]) for size in range(len(state.steps) + 1)]
        return tuple(self.environment.describe(one) for one in prefixes)
