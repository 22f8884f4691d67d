"""A causal language model in the Hugging Face layout: a folder to start from, or a small Llama made from scratch with a
tokenizer of the characters that its rows need. Samples replies in batches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigmath.errors import SettingError
from rl_hooks.torch_extra import need_torch

END, PAD, UNKNOWN = "<|end|>", "<|pad|>", "<|unknown|>"
BOXED = "\\boxed{"


@dataclass(frozen=True)
class Scratch:
    """Size of a model made from scratch."""

    hidden: int = 96
    layers: int = 2
    heads: int = 4
    length: int = 64


@dataclass(frozen=True, slots=True)
class Reply:
    """One sampled completion."""

    text: str
    tokens: int
    ended: bool
    """False where it was cut at its limit."""


def make_tokenizer(texts: Iterable[str]) -> Any:
    """A `PreTrainedTokenizerFast` with one token a character of the texts, and one for the opening of a box."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415 # comes with the extra

    _, transformers = need_torch()
    alphabet = sorted({character for text in texts for character in text.replace(BOXED, "")})
    known = {token: place for place, token in enumerate([PAD, END, UNKNOWN, BOXED, *alphabet])}
    core = Tokenizer(models.WordLevel(known, unk_token=UNKNOWN))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"\\boxed\{|[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token=END, pad_token=PAD, unk_token=UNKNOWN, clean_up_tokenization_spaces=False
    )


def make_model(tokenizer: Any, size: Scratch, *, seed: int) -> Any:
    """A `LlamaForCausalLM` with random weights."""
    torch, transformers = need_torch()
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=2 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=size.length,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    return transformers.LlamaForCausalLM(config)


def load(folder: Path) -> tuple[Any, Any]:
    """(model, tokenizer) of a folder; float32 on a CPU, bfloat16 on a GPU.

    Raises:
        SettingError: the folder holds no model.
    """
    torch, transformers = need_torch()
    if not (folder / "config.json").is_file():
        raise SettingError(
            f"{folder} is no model: config.json is missing", hint="name a folder with config, weights and tokenizer"
        )
    kind = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=kind, local_files_only=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def as_text(prompt: str, tokenizer: Any) -> str:
    """The prompt as the model reads it: in its chat template where it has one."""
    if not tokenizer.chat_template:
        return prompt
    text: str = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
    )
    return text


def sample(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[str],
    *,
    n: int = 1,
    temperature: float = 0.0,
    limit: int = 64,
    seed: int = 0,
    batch: int = 256,
) -> list[list[Reply]]:
    """`n` replies to each prompt, given as text the model reads; temperature 0 takes the likeliest token.

    The global random state is left as it was, so that measuring on the way does not change a training run.
    """
    torch, _ = need_torch()
    asked = [prompt for prompt in prompts for _ in range(n)]
    # near lengths together: little padding, and the same replies for the same seed
    order = sorted(range(len(asked)), key=lambda place: len(asked[place]))
    found: list[Reply | None] = [None] * len(asked)
    was_training = model.training
    model.eval()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            given = tokenizer(
                [asked[place] for place in part],
                return_tensors="pt",
                padding=True,
                padding_side="left",
                add_special_tokens=not tokenizer.chat_template,
                return_token_type_ids=False,
            ).to(model.device)
            how: dict[str, Any] = {"do_sample": False}
            if temperature > 0:
                how = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
            out = model.generate(
                **given,
                **how,
                max_new_tokens=limit,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
            )
            for place, ids in zip(part, out[:, given["input_ids"].shape[1] :].tolist(), strict=True):
                found[place] = _reply(ids, tokenizer)
    model.train(was_training)
    replies = [one for one in found if one is not None]
    return [replies[place * n : (place + 1) * n] for place in range(len(prompts))]


def _reply(ids: list[int], tokenizer: Any) -> Reply:
    ended = tokenizer.eos_token_id in ids
    kept = ids[: ids.index(tokenizer.eos_token_id)] if ended else ids
    return Reply(tokenizer.decode(kept, skip_special_tokens=True), len(kept) + ended, ended)
