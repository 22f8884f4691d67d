"""verl: `reward.custom_reward_function.path=pkg://rl_hooks.for_verl`, `name=compute_score`.

verl awaits a coroutine and puts every key of the answer into the batch, so all answers have the same keys, all numbers.
It decodes without special tokens and tells the hook no lengths: truncation and length are its DAPO manager's part.
`reward_kwargs` take the fields of `RewardSettings`. Read from verl 0.9.1, trainer/ppo/reward.py and
experimental/reward_loop/reward_manager/naive.py.
"""

from functools import lru_cache
from typing import Any

from rl_hooks.reward import Reward, RewardSettings


async def compute_score(
    data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **settings: Any
) -> dict[str, float]:
    """`score` and one number a part; `unjudged` is 1 where the reply was not judged and `score` means nothing."""
    del data_source, extra_info
    names = RewardSettings.__dataclass_fields__
    reward = _reward(tuple(sorted((name, value) for name, value in settings.items() if name in names)))
    scored = (await reward.asynchronously([ground_truth], [solution_str]))[0]
    return {"score": reward.number(scored), "acc": scored.correct or 0.0, **scored.metrics()}


@lru_cache(maxsize=8)
def _reward(settings: tuple[tuple[str, Any], ...]) -> Reward:
    return Reward(RewardSettings(**dict(settings)))
