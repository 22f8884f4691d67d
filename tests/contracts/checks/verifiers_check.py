"""verifiers: its loader finds our package's taskset, its tasks score real traces, and each reference validates."""

import asyncio
import sys
import tomllib

from shared import export, replies, report

sys.path.insert(0, str(export()))

from verifiers.v1.graph import MessageNode
from verifiers.v1.trace import AgentInfo, Trace, TraceTask
from verifiers.v1.types import AssistantMessage
from verifiers.v1.utils.loaders import taskset_class, taskset_config_type

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


paid = asyncio.run(all_of())
report(
    rows=len(tasks),
    held_out=len(held_out),
    rewards={kind: one.reward for kind, one in paid.items()},
    metrics=sorted(paid["right"].metrics),
    keys_unique=len({one.key for one in tasks}) == len(tasks),
    valid=asyncio.run(valid()),
    pool=tomllib.loads((export() / "prime_rl.toml").read_text())["orchestrator"]["train"]["source"][0]["curriculum"],
)
