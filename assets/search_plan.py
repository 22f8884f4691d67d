"""Names, as a user gives them, become a search: environment and questions, policy, value, algorithm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assets.score_plan import SCORABLE, problems_of
from bigmath.errors import SettingError
from bigmath.search.budget import Budget
from bigmath.search.mcts import Mcts
from bigmath.search.protocol import Environment, Policy, Question, Value
from bigmath.search.puzzles import make, maze
from bigmath.search.puzzles.arithmetic import COUNTDOWN, GAME24, Arithmetic, Solver
from bigmath.search.requests import Algorithm
from bigmath.search.run import Setup
from bigmath.search.sampling import Sampling
from bigmath.search.text_policy import Mathematics
from bigmath.search.tree import Beam, BestFirst, BreadthFirst, DepthFirst
from bigmath.search.values import Constant, Exact, MonteCarlo, Noisy, Random
from bigmath.search.vllm_policy import policy_of
from bigmath.store import Warehouse

PUZZLES: Mapping[str, Callable[[int, int], list[Question]]] = {
    "countdown": make.countdown,
    "game24": make.game24,
    "maze": make.mazes,
}
"""Questions by number and seed."""

ALGORITHMS = ("sampling", "breadth_first", "depth_first", "beam", "best_first", "mcts", "mcts_solver")
VALUES = ("exact", "monte_carlo", "noisy", "random", "constant", "prm")


@dataclass(frozen=True)
class Asked:
    """What a user asked of a search."""

    puzzle: str = "countdown"
    algorithm: str = "best_first"
    value: str = "monte_carlo"
    candidates: int = 6
    """Candidates a node; samples in all for `sampling`."""
    depth: int = 64
    rollouts: int = 16
    """K of Eq. 11."""
    skill: float = 0.3
    """Of the puzzle policy: chance that a step keeps the puzzle solvable by intent."""
    until_verified: bool = True
    model: str | None = None
    """A language model: a Hub id, a local folder, or `embedded`; without it the puzzle's own policy proposes."""
    temperature: float = 1.0
    """Of the language model."""
    step_tokens: int = 96
    """Most tokens of a model's step; a rollout has at most four times as many."""
    nodes: int | None = 300
    tokens: int | None = None
    seconds: float | None = None
    prm: Path | None = None
    """Folder of a saved PRM, for the value `prm`."""


def setup_of(asked: Asked) -> Setup:
    """The search.

    Raises:
        SettingError: a name is not known, or does not go with the puzzle.
    """
    environment, policy = _world(asked)
    return Setup(
        algorithm_of(asked),
        policy,
        _value(asked, environment, policy),
        environment,
        Budget(asked.nodes, asked.tokens, asked.seconds),
    )


def questions_of(
    puzzle: str, count: int, seed: int, *, warehouse: Path = Path("warehouse"), where: str | None = None
) -> list[Question]:
    """Puzzles drawn by seed, or problems with an answer as `bigmath score` picks them: from a table or a file.

    Raises:
        SettingError: there is no such puzzle, table or file; it lists those there are.
    """
    if puzzle in PUZZLES:
        if where is not None:
            raise SettingError("--where picks problems of a table or a file; puzzles are drawn by --seed")
        return PUZZLES[puzzle](count, seed)
    if puzzle not in SCORABLE and not Path(puzzle).is_file():
        raise SettingError(f"no puzzle {puzzle!r}; there are: {_choices()}")
    with_answer = "answer is not null" if where is None else f"({where}) and answer is not null"
    tables = Warehouse.open(warehouse, create=False) if puzzle in SCORABLE else None
    _, rows = problems_of(tables, puzzle, count, with_answer)
    return [Question(*row) for row in rows.select("problem_id", "problem", "answer").iter_rows()]


def algorithm_of(asked: Asked) -> Algorithm:
    """The algorithm of a name; `SettingError` lists them."""
    b, d, verified = asked.candidates, asked.depth, asked.until_verified
    found: Mapping[str, Algorithm] = {
        "sampling": Sampling(samples=b, at_once=b, until_verified=verified, depth=d, valued=asked.value != "constant"),
        "breadth_first": BreadthFirst(b, d, verified),
        "depth_first": DepthFirst(b, d, verified),
        "beam": Beam(b, d, verified),
        "best_first": BestFirst(b, d, verified, once=asked.puzzle == "maze"),
        "mcts": Mcts(candidates=b, depth=d, until_verified=verified),
        "mcts_solver": Mcts(candidates=b, depth=d, until_verified=verified, close=True, name="mcts_solver"),
    }
    if asked.algorithm not in found:
        raise SettingError(f"no algorithm {asked.algorithm!r}; there are: {', '.join(ALGORITHMS)}")
    return found[asked.algorithm]


def _world(asked: Asked) -> tuple[Environment, Policy]:
    if asked.model is not None:
        return Mathematics(), policy_of(asked.model, step_tokens=asked.step_tokens, temperature=asked.temperature)
    if asked.puzzle in SCORABLE or Path(asked.puzzle).is_file():
        raise SettingError(f"{asked.puzzle}: problems need a policy", hint="--model embedded, a Hub id, or a folder")
    if asked.puzzle == "maze":
        return maze.MazeWorld(), maze.Walker()
    rules = {"countdown": COUNTDOWN, "game24": GAME24}.get(asked.puzzle)
    if rules is None:
        raise SettingError(f"no puzzle {asked.puzzle!r}; there are: {_choices()}")
    environment = Arithmetic(rules)
    return environment, Solver(environment, asked.skill)


def _choices() -> str:
    return f"{', '.join(PUZZLES)}; the tables {', '.join(SCORABLE)}; or a file of problems"


def _value(asked: Asked, environment: Environment, policy: Policy) -> Value:
    if asked.value == "prm":
        return _prm(asked, environment)
    if asked.prm is not None:
        raise SettingError(f"--prm is for the value prm, not {asked.value}", hint="--value prm --prm DIR")
    exact: Value = Constant()
    if isinstance(environment, Arithmetic):
        exact = Exact(environment.solvable)
    elif asked.value == "exact" and asked.puzzle == "maze":
        exact = maze.AStarCost()
    values: dict[str, Value] = {
        "exact": exact,
        "monte_carlo": MonteCarlo(policy, environment, asked.rollouts),
        "random": Random(),
        "constant": Constant(),
    }
    if isinstance(exact, Exact):
        values["noisy"] = Noisy(exact, 0.5)
    if asked.value not in values:
        raise SettingError(f"no value {asked.value!r} for {asked.puzzle}; there are: {', '.join(values)}, prm")
    return values[asked.value]


def _prm(asked: Asked, environment: Environment) -> Value:
    if asked.prm is None:
        raise SettingError("the value prm needs a saved PRM", hint="--prm DIR with prm.pt")
    from rl_hooks.prm_files import load_prm, name_of  # noqa: PLC0415 # needs an extra
    from rl_hooks.prm_model import PrmValue  # noqa: PLC0415

    model = load_prm(asked.prm)
    if model.settings.reads == "state" and isinstance(environment, Mathematics):
        raise SettingError(f"{asked.prm} reads the states of puzzles; problems have none: it can value nothing here")
    return PrmValue(model, environment, name_of(asked.prm))
