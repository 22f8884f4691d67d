"""Prompts conditioned on a discount, and what a discounted context of several episodes pays."""

import polars as pl
import pytest

from rl_hooks.episodes import MetaSettings, Shown
from rl_hooks.for_trl import make_reward
from rl_hooks.paces import PACES, Pace, paced


def _rows(count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"problem_id": [f"p{place}" for place in range(count)], "problem": [f"Q{place}?" for place in range(count)]}
    )


def test_every_row_asks_for_one_pace_and_carries_its_discount() -> None:
    rows = paced(_rows(900))
    of = {pace.sentence: pace.discount for pace in PACES}
    for text, discount in zip(rows["problem"], rows["discount"], strict=True):
        question, _, sentence = text.partition("\n\n")
        assert question.endswith("?")
        assert of[sentence] == discount
    shares = rows["discount"].value_counts()["count"]
    assert shares.min() > 240, "the paces are equally likely"  # type: ignore[operator] # there are rows


def test_a_problem_gets_the_same_pace_wherever_it_stands() -> None:
    rows = _rows(50)
    assert paced(rows).reverse().equals(paced(rows.reverse()))


@pytest.mark.parametrize(("discount", "sentence"), [(0.0, "x"), (1.1, "x"), (0.9, "")])
def test_a_pace_needs_a_discount_and_a_sentence(discount: float, sentence: str) -> None:
    with pytest.raises(ValueError, match="above 0, at most 1"):
        Pace(discount, sentence)


def test_trl_pays_each_row_by_its_own_discount() -> None:
    reply = r"\boxed{4}"
    paid = make_reward()(
        ["q"] * 3, [reply] * 3, completion_ids=[[1] * 10] * 3, answer=["4", "4", "5"], discount=[0.99, None, 0.99]
    )
    assert paid == [pytest.approx(0.99**10), 1.0, 0.0]


def test_an_episode_is_paid_by_all_that_was_written_until_its_end() -> None:
    def always(_: str) -> Shown:
        return Shown(1.0, "Right.")

    context = MetaSettings(2, "rl2", discount=0.9).context(always)
    context.step("a", 3)
    context.step("b", 4)
    assert context.reward == pytest.approx(0.9**3 + 0.9**7)
    own = MetaSettings(2, "e_rl2", discount=0.9).context(always, 0.5)
    own.step("a", 1)
    own.step("b", 1)
    assert own.reward == pytest.approx(0.5**2)


@pytest.mark.parametrize("wrong", [{"episodes": 0}, {"objective": "sum"}, {"discount": 0.0}, {"beta": -1.0}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needed|at most 1"):
        MetaSettings(**wrong)  # type: ignore[arg-type] # what is refused
