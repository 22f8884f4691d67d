"""What all checks share: replies of each kind, and a tokenizer of bytes that needs no download."""

import json
import sys
from pathlib import Path
from typing import Any

WORK = r"We add the parts and simplify, so the answer is $\boxed{%s}$."


def replies(gold: str) -> dict[str, str]:
    """One reply of each kind; only `right` earns anything."""
    return {
        "right": WORK % gold,
        "wrong": WORK % "-987654321",
        "malformed": r"so the answer is \boxed{\frac{1",
        "empty": "",
        "bomb": WORK % "9^{9^{9^{9}}}",
        "braces": WORK % ("{" * 20_000),
        "slow": WORK % r"\int_0^1 \sin(\sin(x^x)) / \Gamma(x+1)^x dx",
        "code": WORK % "__import__('os').system('false')",
    }


def export() -> Path:
    """The folder that was exported for this check."""
    return Path(sys.argv[1])


def report(**facts: Any) -> None:
    """The last line a check prints."""
    print(json.dumps(facts))


def tokenizer() -> Any:
    """A tokenizer of bytes with an end token and a chat template: what it decodes is what was encoded."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|end|>", pad_token="<|pad|>")
    made.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    return made
