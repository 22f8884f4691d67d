"""open-instruct: `verifier()` makes the class that its registry finds; rows name it in the column `dataset`.

open-instruct collects subclasses of VerifierFunction by their name, so import and call this before training, in a small
launcher. It is not on PyPI: written after open_instruct/ground_truth_utils.py and checked against that shape.
"""

from collections.abc import Sequence
from typing import Any

from rl_hooks.reward import Reward, RewardSettings, Scored

NAME = "bigmath"


def verifier(settings: RewardSettings | None = None) -> type:
    """The VerifierFunction of this name, for `build_all_verifiers` to find.

    Raises:
        ImportError: open-instruct is not installed.
    """
    from open_instruct.ground_truth_utils import VerificationResult, VerifierFunction  # noqa: PLC0415

    reward = Reward(settings)

    def result(scores: Sequence[Scored]) -> Any:
        return VerificationResult(score=reward.number(scores[0]), cost=0.0, reasoning=scores[0].rule)

    class BigMathVerifier(VerifierFunction):  # type: ignore[misc] # the package has no types
        """Whether the prediction ends in the reference answer; weight 1, score 0 to 1. The registry also names `query`
        and `rollout_state`, which change nothing here."""

        def __init__(self, verifier_config: Any = None) -> None:
            super().__init__(NAME, verifier_config=verifier_config, weight=1.0)

        def __call__(self, tokenized_prediction: list[int], prediction: str, label: Any, **_: Any) -> Any:
            return result(reward([_gold(label)], [prediction], tokens=[len(tokenized_prediction)]))

        async def async_call(self, tokenized_prediction: list[int], prediction: str, label: Any, **_: Any) -> Any:
            length = len(tokenized_prediction)
            return result(await reward.asynchronously([_gold(label)], [prediction], tokens=[length]))

    return BigMathVerifier


def _gold(label: Any) -> Any:
    """open-instruct wraps a reference in a list."""
    return label[0] if isinstance(label, list) and label else label
