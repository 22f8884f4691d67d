"""A trained PRM in a folder: `prm.pt` holds the weights, the settings and the tokenizer, so one rename makes it whole.

The folder that a model started from is not needed again: its `config.json` and `tokenizer.json` are in the file. Only a
tokenizer that ships with a library (`mistral:FILE`) or lies in a .model file is kept by its name.
"""

import json
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from bigmath.durable import sha256_of, write_whole
from bigmath.errors import SettingError, StoreError
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.tokenizer import Tokenizer, characters, hugging_face, tokenizer_named, words
from rl_hooks.torch_extra import need_torch

FILE = "prm.pt"
FORM = 2
"""Of the file; another number is refused."""


def save_prm(prm: Prm, folder: Path) -> Path:
    """Writes DIR/prm.pt, whole or not at all, and returns it.

    Raises:
        StoreError: it cannot be written.
    """
    torch, _ = need_torch()
    about = {
        "form": FORM,
        "settings": asdict(prm.settings),
        "config": prm.config,
        "tokenizer": {
            "name": prm.tokenizer.name, "end": prm.tokenizer.end, "made_of": list(prm.tokenizer.made_of),
        },
    }  # fmt: skip
    data = BytesIO()
    torch.save({"about": json.dumps(about), "net": prm.net.state_dict()}, data)
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, data.getvalue())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def load_prm(folder: Path) -> Prm:
    """The PRM of a folder.

    Raises:
        SettingError: there is none, it is damaged or of another form, or its tokenizer's file is gone.
        MissingExtraError: torch, transformers or the tokenizer's library is not installed.
    """
    torch, _ = need_torch()
    path = folder / FILE
    if not path.is_file():
        raise SettingError(f"{folder} holds no PRM: {FILE} is missing", hint="accepted: a folder that save_prm wrote")
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        about = json.loads(kept["about"])
        if about["form"] != FORM:
            raise SettingError(f"{path} is a PRM file of form {about['form']}; accepted: {FORM}")
        settings = ModelSettings(**about["settings"])
        prm = Prm(_tokenizer(**about["tokenizer"]), settings, config=about["config"])
        prm.net.load_state_dict(kept["net"])
    except SettingError:
        raise
    except Exception as error:  # torch and transformers raise whatever their readers do
        said = str(error).partition("\n")[0]
        raise SettingError(f"{path} is no PRM that can be read: {said}") from error
    return prm


def name_of(folder: Path) -> str:
    """What tells one saved PRM from another: the folder's name and 12 hex digits of its content."""
    return f"{folder.resolve().name}-{sha256_of(folder / FILE)[:12]}"


def _tokenizer(name: str, end: int, made_of: list[str]) -> Tokenizer:
    if not made_of:
        return tokenizer_named(name)
    if name == "words":
        return words(made_of)
    if name == "characters":
        return characters("".join(made_of))
    return hugging_face(name, made_of[0], lambda special: end)
