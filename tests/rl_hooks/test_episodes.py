"""Several episodes in one context: what RL² and E-RL² pay, on problems, on hidden goals, and as TRL's environment."""

import inspect
import random
from fractions import Fraction

import pytest

from rl_hooks.episodes import Context, Shown, hidden, play, problem
from rl_hooks.for_trl import make_environment
from rl_hooks.meta_rl import Objective, hidden_goal, optimum


@pytest.mark.parametrize(("objective", "paid"), [("rl2", 2.0), ("e_rl2", 1.0)])
def test_rl2_pays_the_sum_and_e_rl2_the_last_episode(objective: Objective, paid: float) -> None:
    context = Context(problem("0.5"), 3, objective)
    said = play(context, lambda said: [r"\boxed{\frac12}", r"\boxed{3}", r"\boxed{1/2}"][len(said) // 2])
    assert context.reward == paid
    assert said[1] == "The answer is right. Tries left: 2."
    assert said[5] == "The answer is right. That was the last try."
    with pytest.raises(ValueError, match="all 3 episodes"):
        context.step("again")


def test_the_feedback_never_holds_the_answer() -> None:
    context = Context(problem("271828"), 2)
    assert "271828" not in context.step(r"\boxed{1}") + context.step(r"so \boxed{")


@pytest.mark.parametrize(("objective", "paid"), [("rl2", 1.0), ("e_rl2", 0.0)])
def test_an_episode_that_was_not_played_pays_nothing(objective: Objective, paid: float) -> None:
    context = Context(problem("4"), 2, objective)
    context.step(r"\boxed{4}")
    assert context.reward == paid


@pytest.mark.parametrize(("objective", "paid"), [("rl2", None), ("e_rl2", 1.0)])
def test_an_episode_that_was_not_judged_is_no_wrong_one(objective: Objective, paid: float | None) -> None:
    shown = iter([Shown(None, "?"), Shown(1.0, "!")])
    context = Context(lambda reply: next(shown), 2, objective)
    play(context, lambda said: "a")
    assert context.reward == paid


def test_played_hidden_goals_earn_what_the_exact_solver_says() -> None:
    task = hidden_goal(3, 2, Fraction(4, 5))
    rng = random.Random(0)

    def explore(said: list[str]) -> str:
        return "arm 1" if not said else f"arm {1 if said[1].startswith('Arm 1 pays 1') else 2}"

    def mean(objective: Objective, policy: object) -> float:
        paid = []
        for _ in range(4_000):
            context = Context(hidden(task, rng), 2, objective)
            play(context, policy)  # type: ignore[arg-type]
            paid.append(context.reward or 0.0)
        return sum(paid) / len(paid)

    # four standard errors of 4,000 plays
    assert mean("e_rl2", explore) == optimum(task, "e_rl2").final == 1.0
    assert mean("rl2", lambda said: "0") == pytest.approx(optimum(task, "rl2").total, abs=0.04)
    assert mean("rl2", explore) == pytest.approx(optimum(task, "e_rl2").total, abs=0.04)


@pytest.mark.parametrize("reply", ["", "arm 7", "-1", "9" * 400])
def test_a_reply_that_names_no_arm_pays_nothing(reply: str) -> None:
    context = Context(hidden(hidden_goal(3, 1, Fraction(1)), random.Random(0)), 1)
    assert "0 to 2" in context.step(reply)
    assert context.reward == 0.0


def test_trls_environment_resets_takes_tries_and_pays() -> None:
    kind = make_environment(2, "e_rl2")
    one, other = kind(), kind()
    assert "2 tries" in one.reset(prompt="q", answer="0.5", problem_id="math-1")
    other.reset(answer="7")
    assert one.submit("3") == "The answer is wrong. Tries left: 1."
    assert one.submit("1/2") == "The answer is right. That was the last try."
    assert one.submit("1/2") == "No try is left."
    assert (one.get_reward(), other.get_reward()) == (1.0, 0.0)
    tools = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert tools - {"reset", "get_reward"} == {"submit"}


def test_no_episode_or_another_objective_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Context(problem("4"), 0)
    with pytest.raises(ValueError, match="rl2 or e_rl2"):
        Context(problem("4"), 1, "rl3")  # type: ignore[arg-type]
