"""OpenRLHF: `--reward.remote_url PATH/TO/for_openrlhf.py` loads this file and calls `reward_func`.

It gets `queries` (prompt and reply with special tokens) and `labels` as our export writes them, JSON with the answer.
An exception would leave the reward None, so there is none. Settings come from the variable BIGMATH_REWARD, such as
`format_weight=0.1`. Whether a reply was cut is not told to the hook. Read from OpenRLHF 0.11.2, utils/agent.py.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from rl_hooks.reward import Reward, from_environment, gold_text, mean_metrics

_TAIL = 64
"""Characters of a prompt's end that are looked for where the decoded query does not repeat the prompt to the letter."""


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> dict[str, Any]:
    """`rewards` and `scores` as tensors, one a query; `scores` are 0 to 1, for dynamic filtering."""
    import torch  # the trainer's own

    paid = _paid(queries, prompts, labels)
    return {
        **{name: torch.tensor(paid[name], dtype=torch.float32) for name in ("rewards", "scores")},
        "extra_logs": {name: torch.tensor([value]) for name, value in paid["extra_logs"].items()},
    }


def http_app() -> Any:
    """The same over HTTP, for `--reward.remote_url URL`: POST / with query, prompts and labels."""
    from fastapi import Body, FastAPI  # noqa: PLC0415 - served only

    app = FastAPI(title="bigmath reward for OpenRLHF")

    @app.post("/")
    def pay(
        query: Annotated[list[str], Body()], prompts: Annotated[list[str], Body()], labels: Annotated[list[Any], Body()]
    ) -> dict[str, Any]:
        return _paid(query, prompts, labels)

    return app


def _paid(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> dict[str, Any]:
    reward = Reward(from_environment())
    replies = [reply_in(query, prompt) for query, prompt in zip(queries, prompts, strict=True)]
    golds = [gold_in(label) if reply is not None else None for label, reply in zip(labels, replies, strict=True)]
    scores = reward(golds, replies)
    return {
        "rewards": [reward.number(one) for one in scores],
        "scores": [one.correct or 0.0 for one in scores],
        "extra_logs": {name.removeprefix("reward/"): value for name, value in mean_metrics(scores).items()},
    }


def reply_in(query: str, prompt: str) -> str | None:
    """What follows the prompt; None where it cannot be found, since a prompt must not be judged as a reply."""
    for needle in (prompt, prompt.rstrip()[-_TAIL:]):
        at = query.find(needle) if needle else -1
        if at >= 0:
            return query[at + len(needle) :]
    return query if not prompt else None


def gold_in(label: Any) -> str | None:
    """The answer of a label: the field `answer` of its JSON object, or the label itself where it is none."""
    if not isinstance(label, str):
        return gold_text(label) or None
    try:
        content = json.loads(label)
    except ValueError:
        return label
    if isinstance(content, dict):
        return gold_text(content.get("answer")) or None
    return label
