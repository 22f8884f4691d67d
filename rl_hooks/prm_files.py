"""A trained PRM in a folder: `prm.pt` holds the weights, the settings and the tokenizer, so one rename makes it whole.

A tokenizer made here is kept as its words or characters, any other by its name; a model that started from a base folder
needs that folder's `config.json` again, its weights are in the file.
"""

import json
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

from bigmath.durable import sha256_of, write_whole
from bigmath.errors import SettingError, StoreError
from rl_hooks.prm_model import ModelSettings, Prm
from rl_hooks.tokenizer import Tokenizer, characters, tokenizer_named, words
from rl_hooks.torch_extra import need_torch

FILE = "prm.pt"
FORM = 1
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
        "tokenizer": {"name": prm.tokenizer.name, "made_of": list(prm.tokenizer.made_of)},
    }
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
        SettingError: there is none, it is damaged or of another form, or what it started from is gone.
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
        prm = Prm(_tokenizer(**about["tokenizer"]), settings)
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


def _tokenizer(name: str, made_of: list[str]) -> Tokenizer:
    makers: dict[str, Any] = {"words": words, "characters": lambda kept: characters("".join(kept))}
    return makers[name](made_of) if made_of else tokenizer_named(name)
