"""Putting a filter's question to a model: what a model has to be able to do, the prompts, and answers kept by content.

The answer is the logit of yes against no for the first token of the reply, so that one forward pass a question is
enough. It is kept under the hash of the model's name and the whole prompt: a row is asked once, a changed prompt anew.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from bigmath.kept import cache_folder, computed_once

SYSTEM = "You judge mathematics problems for a data set. Answer with one word: Yes or No."
READ = 3_000
"""Characters of a statement that are shown to the model."""


class YesNo(Protocol):
    """A model that answers yes or no."""

    @property
    def name(self) -> str:
        """Model and revision: what the answers depend on beside the prompt."""
        ...

    def ask(self, prompts: Sequence[str]) -> list[float]:
        """For each prompt log P(yes) − log P(no) of the first token of the reply, in order."""
        ...


@cache
def prompts() -> Mapping[str, str]:
    """The prompt of each filter that has one, with `{problem}` and `{answer}` to be filled in."""
    found = files("bigmath.second_opinion").joinpath("prompts").iterdir()
    return {one.name.removesuffix(".txt"): one.read_text() for one in found if one.name.endswith(".txt")}


_CONTROL = re.compile(r"<(?=[|｜]|/?s>|</?SYS>>|(?:start|end)_of_turn>)|\[(?=/?INST])", re.I)
"""The beginning of what chat templates write between turns: in a text it would end the user's turn."""


def prompt_of(name: str, problem: str, answer: str | None) -> str:
    """The prompt of a filter for one problem. Braces in the texts mean nothing, nor do the marks of a chat's turns, and
    the question comes after the texts."""
    shown = problem if len(problem) <= READ else f"{problem[: READ // 2]} ... {problem[-READ // 2 :]}"
    texts = {"{answer}": answer or "none", "{problem}": shown}
    return re.sub(r"\{(?:answer|problem)\}", lambda found: _CONTROL.sub(r"\g<0> ", texts[found[0]]), prompts()[name])


def default_cache() -> Path:
    """Where answers are kept if nothing else is said."""
    return cache_folder() / "second_opinion.sqlite"


class Asked:
    """A model whose answers are kept in a file: asked again, it says the same and nothing is computed."""

    def __init__(self, model: YesNo, path: Path, batch: int = 16) -> None:
        self.model = model
        self.path = path
        self.batch = batch
        self.computed = 0
        """Prompts that were put to the model itself."""

    def ask(self, prompts: Sequence[str], advance: Callable[[int], None] = lambda done: None) -> list[float]:
        """The logit of each prompt. Answers are stored batch by batch: a killed run goes on where it stopped.

        Raises:
            StoreError: the file cannot be read or written.
        """

        def logits(places: list[int]) -> list[float]:
            given = self.model.ask([prompts[at] for at in places])
            self.computed += len(given)
            return given

        keys = [hashlib.sha256(f"{self.model.name}\0{prompt}".encode()).hexdigest() for prompt in prompts]
        answers = [0.0] * len(prompts)
        for places, logit in computed_once(self.path, keys, logits, batch=self.batch):
            for at in places:
                answers[at] = logit
            advance(len(places))
        return answers
