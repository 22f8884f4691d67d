"""What a rule is: a question of two trees that may ask the same question of their parts."""

from collections.abc import Callable
from typing import Protocol

from bigmath.verifier.policy import Policy
from bigmath.verifier.tree import Node


class Same(Protocol):
    """The relation the rules make up, under one policy."""

    policy: Policy

    def __call__(self, a: Node, b: Node) -> bool:
        """Whether two answers are the same. Raises `Undecided` where nothing shows it either way."""


Rule = Callable[[Node, Node, Same], bool]
