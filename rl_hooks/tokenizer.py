"""Tokenizers as the masks need them: ids with the bytes of the text that each covers.

    DIR/tokenizer.json             Hugging Face, read by `tokenizers`
    FILE.model, or mistral:NAME.model...   SentencePiece, read by `sentencepiece`
    mistral:tekken_240911.json     Tekken, read by `mistral-common`, which ships these files
    characters                     one token a character: for models trained from scratch here

A token such as `[BACK]` that the vocabulary lacks gets an id after its end, as when an embedding is resized.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any

from bigmath.errors import MissingExtraError, SettingError

Span = tuple[int, int, int]
"""A token: id, first byte and byte after the last in the UTF-8 text; equal where it covers none by itself."""


@dataclass
class Tokenizer:
    """A vocabulary and how text is cut into it."""

    name: str
    vocabulary: int
    """Ids of its own; added tokens follow."""
    end: int
    """The id that ends a completion."""
    spans: Callable[[str], list[Span]]
    """The tokens of a text, without any special token."""
    decode: Callable[[Sequence[int]], str]
    """The text of tokens of its own."""
    special: Mapping[str, int] = field(default_factory=dict)
    """Special tokens that it has."""
    added: dict[str, int] = field(default_factory=dict)
    made_of: tuple[str, ...] = ()
    """Its words or characters, where it was made from texts here; the text of its tokenizer.json where it was read from
    one; empty where the name says all."""

    def token(self, text: str) -> int:
        """The one id of a special token; added after the vocabulary where it is missing."""
        if text in self.special:
            return self.special[text]
        return self.added.setdefault(text, self.vocabulary + len(self.added))


def tokenizer_named(name: str) -> Tokenizer:
    """The tokenizer of a name as in the module's head.

    Raises:
        SettingError: there is none of this name.
        MissingExtraError: its library is not installed.
    """
    if name == "characters":
        return characters()
    kind, _, rest = name.partition(":")
    path = _mistral(rest) if kind == "mistral" and rest else Path(name)
    if path.is_dir():
        path = path / "tokenizer.json"
    if path.is_file() and path.name.startswith("tekken"):
        return _tekken(name, path)
    if path.is_file() and path.suffix == ".json":
        return hugging_face(name, path.read_text(encoding="utf-8"), lambda special: _end_of(path.parent, special))
    if path.is_file() and ".model" in path.name:
        return _sentencepiece(name, path)
    raise SettingError(
        f"no tokenizer {name!r}; accepted: a folder with tokenizer.json, a .model file, mistral:FILE, characters"
    )


def characters(alphabet: str | None = None) -> Tokenizer:
    """One id a character: 0 pads, 1 ends, then the alphabet (all of Unicode's code points where none is given)."""
    if alphabet is None:
        codes, size = None, 2 + 0x110000
    else:
        codes = {character: 2 + place for place, character in enumerate(alphabet)}
        size = 2 + len(alphabet)

    def spans(text: str) -> list[Span]:
        ends = list(accumulate(len(character.encode("utf-8", "surrogatepass")) for character in text))
        try:
            ids = [2 + ord(one) if codes is None else codes[one] for one in text]
        except KeyError as error:
            raise SettingError(f"the alphabet has no {error.args[0]!r}") from error
        return list(zip(ids, [0, *ends], ends, strict=False))

    def decode(ids: Sequence[int]) -> str:
        return "".join(chr(one - 2) if alphabet is None else alphabet[one - 2] for one in ids if one >= 2)

    return Tokenizer("characters", size, 1, spans, decode, made_of=tuple(alphabet or ()))


def words(texts: Iterable[str]) -> Tokenizer:
    """One id a word, number, sign or line end of the texts given: 0 pads, 1 ends, 2 stands for a word not among them.

    Blanks between words get no id, so `decode` puts one between words."""
    found = sorted({one[0] for text in texts for one in _WORD.finditer(text)})
    ids = {word: 3 + place for place, word in enumerate(found)}

    def spans(text: str) -> list[Span]:
        starts = [0, *accumulate(len(character.encode("utf-8", "surrogatepass")) for character in text)]
        return [(ids.get(one[0], 2), starts[one.start()], starts[one.end()]) for one in _WORD.finditer(text)]

    def decode(numbers: Sequence[int]) -> str:
        text = " ".join("?" if one == 2 else found[one - 3] for one in numbers if one >= 2)
        return text.replace(" \n ", "\n").replace(" \n", "\n")

    return Tokenizer("words", 3 + len(found), 1, spans, decode, made_of=tuple(found))


_WORD = re.compile(r"\n|[^\W\d_]+|\d+|[^\w\s]")


def hugging_face(name: str, text: str, end: Callable[[Mapping[str, int]], int]) -> Tokenizer:
    """The tokenizer of the text of a tokenizer.json; `end` finds the end token's id among the special ones."""
    _need("tokenizers")
    from tokenizers import Tokenizer as Fast  # noqa: PLC0415 # an optional library

    fast = Fast.from_str(text)
    special = {str(one.content): number for number, one in fast.get_added_tokens_decoder().items() if one.special}

    def spans(given: str) -> list[Span]:
        starts = [0, *accumulate(len(character.encode()) for character in given)]
        encoded = fast.encode(given, add_special_tokens=False)
        return [
            (one, starts[first], starts[last]) for one, (first, last) in zip(encoded.ids, encoded.offsets, strict=True)
        ]

    def decode(ids: Sequence[int]) -> str:
        return str(fast.decode(list(ids)))

    return Tokenizer(name, fast.get_vocab_size(), end(special), spans, decode, special, made_of=(text,))


def _end_of(folder: Path, special: Mapping[str, int]) -> int:
    """The end token's id: what tokenizer_config.json names, else the first usual name."""
    config = folder / "tokenizer_config.json"
    named: Any = json.loads(config.read_text()).get("eos_token") if config.is_file() else None
    text = named.get("content") if isinstance(named, dict) else named
    for candidate in (text, "</s>", "<|im_end|>", "<|endoftext|>", "<EOT>", "[SEP]"):
        if candidate is not None and candidate in special:
            return special[candidate]
    raise SettingError(f"{folder}: no end token; its special tokens are: {', '.join(special) or 'none'}")


def _sentencepiece(name: str, path: Path) -> Tokenizer:
    _need("sentencepiece")
    from sentencepiece import SentencePieceProcessor  # noqa: PLC0415 # an optional library

    model = SentencePieceProcessor(model_file=str(path))

    def spans(text: str) -> list[Span]:
        return [(one.id, one.begin, one.end) for one in model.encode(text, return_type="proto").pieces]

    return Tokenizer(name, model.vocab_size(), model.eos_id(), spans, lambda ids: str(model.decode(list(ids))))


def _tekken(name: str, path: Path) -> Tokenizer:
    _need("mistral_common")
    from mistral_common.tokens.tokenizers.base import SpecialTokenPolicy  # noqa: PLC0415 # an optional library
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer  # noqa: PLC0415

    model = Tekkenizer.from_file(path)

    def spans(text: str) -> list[Span]:
        ids = model.encode(text, bos=False, eos=False)
        ends = list(accumulate(len(model.id_to_byte_piece(one, SpecialTokenPolicy.IGNORE)) for one in ids))
        return list(zip(ids, [0, *ends], ends, strict=False))

    def decode(ids: Sequence[int]) -> str:
        return str(model.decode(list(ids), special_token_policy=SpecialTokenPolicy.IGNORE))

    return Tokenizer(name, model.n_words, model.eos_id, spans, decode)


def _mistral(file: str) -> Path:
    _need("mistral_common")
    from importlib.resources import files  # noqa: PLC0415 # beside its one use

    folder = Path(str(files("mistral_common") / "data"))
    if not (folder / file).is_file():
        names = sorted(
            path.name for path in folder.iterdir() if path.name.startswith(("tekken", "mistral_", "tokenizer."))
        )
        raise SettingError(f"mistral-common ships no {file!r}; it ships: {', '.join(names)}")
    return folder / file


def _need(module: str) -> None:
    if find_spec(module) is None:
        raise MissingExtraError(f"this tokenizer needs {module.replace('_', '-')}", hint="pip install 'bigmath[train]'")
