"""What a reply is paid, and what never happens: an exception, a stalled batch, a failure of ours counted as wrong."""

import asyncio
import math
import threading
import time
from typing import Any

import numpy as np
import pytest

from bigmath import Explanation, Verdict
from bigmath.verifier.pool import ASKS_SYMPY
from rl_hooks.reward import Reward, RewardSettings, Scored, from_environment, mean_metrics, reply_of, settings_from

RIGHT, WRONG, CUT = r"so $\boxed{\frac12}$", r"so $\boxed{3}$", r"so \boxed{\frac1"


def _rewards(settings: RewardSettings, replies: list[Any], **told: Any) -> list[float | None]:
    return [one.reward for one in Reward(settings)(["0.5"] * len(replies), replies, **told)]


def test_the_default_pays_one_for_a_right_answer_and_nothing_else() -> None:
    assert _rewards(RewardSettings(), [RIGHT, WRONG, CUT, "", None, 7]) == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_a_broken_reference_pays_none_not_zero() -> None:
    scores = Reward()(["", None, "4"], ["4", "4", "4"])
    assert [one.reward for one in scores] == [None, None, 1.0]
    assert [one.metrics()["unjudged"] for one in scores] == [1.0, 1.0, 0.0]
    assert Reward(RewardSettings(unjudged=-0.5)).number(scores[0]) == -0.5


def test_a_reference_may_be_a_number_as_data_sets_store_it() -> None:
    replies = ["4", "0", "2.5", "1", "1"]
    scores = Reward()([np.int64(4), 0, 2.5, math.nan, True], replies)
    assert [one.reward for one in scores] == [1.0, 1.0, 1.0, None, None]


@pytest.mark.parametrize(("policy", "paid"), [("wrong", 0.0), ("skip", None), ("judge", 1.0)])
def test_a_truncated_reply_is_paid_by_the_stated_policy(policy: Any, paid: float | None) -> None:
    assert _rewards(RewardSettings(truncated=policy), [RIGHT, RIGHT], truncated=[True, False]) == [paid, 1.0]


def test_format_pays_one_box_and_no_other_form() -> None:
    settings = RewardSettings(format_weight=0.25)
    replies = [
        RIGHT,
        "the answer is 1/2",
        r"\boxed{1} or \boxed{\frac12}",
        r"\boxed{\frac12}, so \boxed{\frac12}",
        WRONG,
    ]
    assert _rewards(settings, replies) == [1.25, 1.0, 0.0, 1.25, 0.25]


def test_length_costs_past_the_free_part_and_no_more_than_its_weight() -> None:
    settings = RewardSettings(length_weight=0.5, length_free=100, length_limit=200)
    assert _rewards(settings, [RIGHT] * 4, tokens=[100, 150, 200, 900]) == [1.0, 0.75, 0.5, 0.5]
    assert _rewards(settings, [RIGHT]) == [1.0], "characters are no tokens"


def test_the_discount_is_the_papers_equation_21() -> None:
    settings = RewardSettings(discount=0.99)
    assert _rewards(settings, [RIGHT, RIGHT, WRONG], tokens=[0, 300, 300]) == [1.0, 0.99**300, 0.0]


def test_parts_sum_to_the_reward() -> None:
    settings = RewardSettings(format_weight=0.1, length_weight=0.2, length_free=1, length_limit=3, discount=0.9)
    for score in Reward(settings)(["0.5"] * 3, [RIGHT, WRONG, CUT], tokens=[2, 2, 9]):
        assert score.reward == pytest.approx(sum(score.parts.values()))
        assert set(score.parts) == {"correct", "format", "length"}


@pytest.mark.parametrize("verdict", [Verdict.TIMEOUT, Verdict.ERROR])
def test_a_failure_of_ours_is_never_a_wrong_answer(verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Explanation(verdict, "", None, None, "", "", "stopped")
    scored = Reward()._one(failed, RIGHT, cut=False, tokens=None)
    assert (scored.reward, scored.correct) == (None, None)


def test_many_threads_and_an_event_loop_share_the_workers() -> None:
    reward, found = Reward(), [[] for _ in range(4)]  # type: list[list[float | None]]

    def work(place: int) -> None:
        golds = [str(number) for number in range(50)]
        found[place] = [
            one.reward for one in reward(golds, [rf"\boxed{{{number + place % 2}}}" for number in range(50)])
        ]

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [[1.0] * 50, [0.0] * 50, [1.0] * 50, [0.0] * 50]

    async def both() -> list[list[Scored]]:
        return await asyncio.gather(*(reward.asynchronously(["4"], [reply]) for reply in (r"\boxed{4}", r"\boxed{5}")))

    assert [one[0].reward for one in asyncio.run(both())] == [1.0, 0.0]


def test_a_hostile_reply_holds_up_its_batch_for_less_than_two_seconds_and_costs_it_nothing() -> None:
    reward = Reward()
    for _ in range(5):  # until the workers have loaded
        reward([ASKS_SYMPY[0]] * 4, [f"\\boxed{{{ASKS_SYMPY[1]}}}"] * 4)
    hostile = [r"\boxed{\int_0^1 \sin(\sin(x^x))/\Gamma(x+1)^x dx}", r"\boxed{9^{9^{9^9}}}", r"\boxed{" + "{" * 20_000]
    began = time.monotonic()
    scores = reward(["42"] * 33, [r"\boxed{42}"] * 30 + hostile)
    assert time.monotonic() - began < 6.0, "two seconds, and more for a busy machine; a hang would be endless"
    assert [one.reward for one in scores[:30]] == [1.0] * 30
    assert all(one.reward in (0.0, None) for one in scores[30:])


def test_metrics_have_the_same_names_for_every_reply() -> None:
    scores = Reward()(["4", "", "4"], ["4", "4", ""])
    assert len({tuple(one.metrics()) for one in scores}) == 1
    assert mean_metrics(scores)["reward/unjudged"] == pytest.approx(1 / 3)
    assert mean_metrics(scores)["reward/no_answer"] == pytest.approx(1 / 3)
    assert mean_metrics([]) == {}


def test_the_reply_of_a_conversation_is_the_assistants_last_turn() -> None:
    turns = [
        {"role": "assistant", "content": "a"},
        {"role": "tool", "content": "b"},
        {"role": "assistant", "content": "c"},
    ]
    assert reply_of(turns) == "c"
    assert reply_of([*turns, {"role": "tool", "content": "d"}]) == "c"
    assert reply_of([{"role": "assistant", "content": [{"type": "text", "text": "x"}, {"text": "y"}]}]) == "xy"
    assert [reply_of(odd) for odd in ("plain", [], None, 7, [{"role": "user", "content": "q"}])] == [
        "plain",
        "",
        "",
        "",
        "",
    ]


def test_settings_from_the_environment_name_what_is_wrong() -> None:
    assert settings_from("truncated=skip, format_weight=0.1") == RewardSettings(truncated="skip", format_weight=0.1)
    assert from_environment({}.get) == RewardSettings()
    with pytest.raises(ValueError, match="no setting 'formats'; there are: truncated"):
        settings_from("formats=1")
    with pytest.raises(ValueError, match="discount='much' is no float"):
        settings_from("discount=much")
    with pytest.raises(ValueError, match="one of wrong, skip, judge"):
        settings_from("truncated=maybe")


@pytest.mark.parametrize("told", [{"truncated": [True]}, {"tokens": [1, 2, 3]}, {"discounts": []}])
def test_columns_that_are_not_as_long_as_the_replies_are_refused_and_none_is_paid(told: dict[str, Any]) -> None:
    ((name, given),) = told.items()
    with pytest.raises(ValueError, match=f"{name} has {len(given)} items for 2 replies"):
        _rewards(RewardSettings(), [RIGHT, WRONG], **told)
