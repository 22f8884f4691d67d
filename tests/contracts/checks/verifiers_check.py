"""verifiers: its loader finds our package's taskset, its tasks score real traces, each reference validates, and its
environment of several tries plays them with a stub of a model.
"""

import asyncio
import sys
import tomllib
from types import SimpleNamespace

from shared import export, replies, report

sys.path.insert(0, str(export()))

from verifiers.v1.graph import MessageNode
from verifiers.v1.trace import AgentInfo, Trace, TraceTask
from verifiers.v1.types import AssistantMessage
from verifiers.v1.utils.loaders import environment_class, taskset_class, taskset_config_type

from rl_hooks.for_verifiers_tries import TriesConfig

made = taskset_class("bigmath-math")
config_type = taskset_config_type("bigmath-math")
tasks = list(made(config_type(id="bigmath-math")))
held_out = list(made(config_type(id="bigmath-math", split="held_out")))
task = tasks[0]
kinds = replies(task.data.answer)


async def pay(reply: str) -> Trace:
    trace = Trace(
        task=TraceTask(type=type(task).__name__, data=task.data), agent=AgentInfo.model_construct(),
        nodes=[MessageNode(message=AssistantMessage(content=reply), sampled=True)],
    )  # fmt: skip
    await task.score(trace)
    return trace


async def all_of() -> dict[str, Trace]:
    return dict(zip(kinds, await asyncio.gather(*map(pay, kinds.values())), strict=True))


async def valid() -> bool:
    return all([await one.validate(None) for one in tasks[:20]])


class Talk:
    """A stub of an interaction: a model that says what it was given, a try a turn, each of three tokens."""

    def __init__(self, says: list[str]) -> None:
        self.says, self.heard, self.tokens = iter(says), [], 0
        self.trace = SimpleNamespace(id="stub", num_output_tokens=0)

    async def __aenter__(self) -> "Talk":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def turn(self, message: str | None) -> SimpleNamespace:
        self.heard.append(message)
        self.trace.num_output_tokens += 3
        return SimpleNamespace(terminated=False, last_reply=next(self.says))


async def tries(objective: str, discount: float, order: tuple[str, str]) -> dict[str, object]:
    """What `finalize` records on a real trace after two tries."""
    config = TriesConfig(
        taskset=config_type(id="bigmath-math"), id="bigmath-math-tries", episodes=2, objective=objective,
        discount=discount,
    )  # fmt: skip
    env = environment_class("bigmath-math", config.id)(config)
    talk = Talk([kinds[one] for one in order])
    await env.run(task, SimpleNamespace(agent=SimpleNamespace(interaction=lambda _: talk)))
    trace = Trace(task=TraceTask(type=type(task).__name__, data=task.data), agent=AgentInfo.model_construct(), nodes=[])
    trace.id = "stub"
    await env.finalize(task, SimpleNamespace(traces=[trace]))
    return {"paid": trace.reward, "metrics": trace.metrics, "heard": talk.heard}


paid = asyncio.run(all_of())
report(
    rows=len(tasks),
    held_out=len(held_out),
    rewards={kind: one.reward for kind, one in paid.items()},
    metrics=sorted(paid["right"].metrics),
    keys_unique=len({one.key for one in tasks}) == len(tasks),
    valid=asyncio.run(valid()),
    tries={
        name: asyncio.run(tries(objective, discount, order))
        for name, objective, discount, order in (
            ("rl2", "rl2", 1.0, ("right", "wrong")),
            ("e_rl2", "e_rl2", 1.0, ("right", "wrong")),
            ("discounted", "rl2", 0.9, ("wrong", "right")),
        )
    },
    pool=tomllib.loads((export() / "prime_rl.toml").read_text())["orchestrator"]["train"]["source"][0]["curriculum"],
)
