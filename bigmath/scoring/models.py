"""From what a user names to a model's folder and revision: a local folder, a Hub id, or `embedded`.

A Hub model's revision is its commit. A folder's is a hash over its files: small ones whole; of weights, which may be
hundreds of gigabytes, their size and 64 pieces spread evenly, since training changes every piece.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bigmath.errors import SettingError

EMBEDDED = "embedded"
PIECES = 64
PIECE_BYTES = 1 << 16
SMALL_BYTES = PIECES * PIECE_BYTES
READ_BY_ENGINE = ("*.json", "*.safetensors", "*.bin", "*.model", "*.txt", "*.jinja", "*.tiktoken")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "tekken.json")


@dataclass(frozen=True)
class Model:
    """A model that can be loaded from a folder."""

    name: str
    """As the user named it."""
    folder: Path
    revision: str


def resolve(name: str, revision: str | None = None) -> Model:
    """The model of this name; downloaded from the Hub, or converted from its package, where that is needed.

    Raises:
        SettingError: there is no such model, or its folder lacks what an engine needs.
        MissingExtraError: `embedded`, and the package with its weights is not installed.
    """
    if name == EMBEDDED:
        from bigmath.scoring import embedded  # noqa: PLC0415 # builds on this module

        folder = embedded.folder()
        return Model(name, folder, embedded.revision())
    if Path(name).is_dir():
        folder = Path(name)
        check(folder)
        return Model(name, folder, revision_of(folder))
    folder = _from_hub(name, revision)
    check(folder)
    return Model(name, folder, folder.name)


def check(folder: Path) -> None:
    """Raises `SettingError` if a folder lacks configuration, weights or tokenizer."""
    if not (folder / "config.json").is_file():
        raise SettingError(f"{folder}: no config.json; accepted: a folder as transformers saves it, or a Hub id")
    if not any(folder.glob("*.safetensors")) and not any(folder.glob("*.bin")):
        raise SettingError(f"{folder}: no weights (*.safetensors or *.bin)")
    if not any((folder / one).is_file() for one in TOKENIZERS):
        raise SettingError(
            f"{folder}: no tokenizer; accepted: one of {', '.join(TOKENIZERS)}",
            hint="tokenizer.save_pretrained(FOLDER) beside model.save_pretrained(FOLDER)",
        )


def revision_of(folder: Path) -> str:
    """`sha256:` and 16 hex digits over a folder's files."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in READ_BY_ENGINE for path in folder.glob(pattern)}):
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            if size <= SMALL_BYTES:
                digest.update(file.read())
            else:
                for piece in range(PIECES):
                    file.seek((size - PIECE_BYTES) * piece // (PIECES - 1))
                    digest.update(file.read(PIECE_BYTES))
    return f"sha256:{digest.hexdigest()[:16]}"


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 # local models need no Hub
    from huggingface_hub.errors import (  # noqa: PLC0415 # as above
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(READ_BY_ENGINE)))
    except HFValidationError:
        found = "no folder and no Hub id (ORG/NAME)"
    except LocalEntryNotFoundError:
        found = "no folder here, not in the Hub's cache, and the Hub cannot be reached"
    except (HfHubHTTPError, OSError) as error:
        found = "no folder here, and the Hub says: " + (str(error).strip().splitlines() or [type(error).__name__])[0]
    raise SettingError(
        f"--model {name}: {found}", hint=f"accepted: a Hub id, a folder as transformers saves it, or {EMBEDDED!r}"
    )
