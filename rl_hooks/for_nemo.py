"""NeMo-RL's environment and NeMo-Gym's resources server.

NeMo-RL: `env_name: bigmath` with the environment that `environment()` makes, a Ray actor whose `step` scores a batch.
NeMo-Gym asks over HTTP: `gym_app()` answers POST /seed_session and /verify as its base server does. Neither installs
beside this project's Python; both are written after their sources (nemo_rl/environments/interfaces.py,
nemo_gym/base_resources_server.py) and checked against that shape.
"""

from collections.abc import Sequence
from typing import Any

from rl_hooks.reward import Reward, RewardSettings, Scored, reply_of


def score_conversations(reward: Reward, message_logs: Sequence[Sequence[Any]], metadata: Sequence[Any]) -> list[Scored]:
    """The score of each conversation's last assistant turn against `ground_truth` of its metadata."""
    golds = [one.get("ground_truth") if isinstance(one, dict) else None for one in metadata]
    return reward(golds, [reply_of(list(log)) for log in message_logs])


def environment(settings: RewardSettings | None = None) -> Any:
    """The environment's class, to be registered with NeMo-RL.

    Raises:
        ImportError: NeMo-RL is not installed.
    """
    import ray  # noqa: PLC0415 - the trainer's own
    import torch
    from nemo_rl.environments.interfaces import EnvironmentInterface, EnvironmentReturn  # noqa: PLC0415

    @ray.remote
    class BigMathEnvironment(EnvironmentInterface):  # type: ignore[misc] # the package has no types
        """One turn: the reply is scored and the episode ends."""

        def __init__(self, cfg: Any = None) -> None:
            del cfg
            self.reward = Reward(settings)

        def step(self, message_log_batch: Any, metadata: Any) -> Any:
            scores = score_conversations(self.reward, message_log_batch, metadata)
            return EnvironmentReturn(
                observations=[{"role": "environment", "content": str(one.verdict)} for one in scores],
                metadata=metadata,
                next_stop_strings=[None] * len(scores),
                rewards=torch.tensor([self.reward.number(one) for one in scores]),
                terminateds=torch.ones(len(scores)),
                answers=[one.extracted for one in scores],
            )

        def global_post_process_and_metrics(self, batch: Any) -> Any:
            return batch, {"accuracy": batch["rewards"].mean().item()}

    return BigMathEnvironment


def gym_app(settings: RewardSettings | None = None) -> Any:
    """The routes of a NeMo-Gym resources server: `uvicorn --factory rl_hooks.for_nemo:gym_app`."""
    from fastapi import Body, FastAPI  # noqa: PLC0415 - served only

    reward = Reward(settings)
    app = FastAPI(title="bigmath resources server")

    @app.post("/seed_session")
    async def seed_session(body: dict[str, Any] = Body(default_factory=dict)) -> dict[str, Any]:  # noqa: B008
        del body
        return {}

    @app.post("/verify")
    async def verify(body: dict[str, Any] = Body()) -> dict[str, Any]:  # noqa: B008
        scored = (
            await reward.asynchronously([body.get("expected_answer")], [reply_of_response(body.get("response"))])
        )[0]
        return {**body, "reward": reward.number(scored), "extracted_answer": scored.extracted, **scored.metrics()}

    return app


def reply_of_response(response: Any) -> str:
    """The text of the last message of an OpenAI Responses object."""
    output = response.get("output") if isinstance(response, dict) else None
    messages = [one for one in output or [] if isinstance(one, dict) and one.get("type") == "message"]
    return reply_of(messages)
