"""The PRM trainer on rows small enough to learn in seconds; needs the extra `train`."""

from importlib.util import find_spec
from pathlib import Path
from statistics import correlation

import pytest

from bigmath.errors import SettingError
from bigmath.search.protocol import State
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from rl_hooks.prm import PrmRow, sample_rows
from rl_hooks.prm_model import ModelSettings, PrmValue, encode, render
from rl_hooks.prm_train import TrainSettings, counted, mean_absolute_error, train_prm
from rl_hooks.processbench import Case, read_cases, scores
from rl_hooks.tokenizer import characters, words

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="the extra train is not installed")

ENVIRONMENT = Arithmetic(COUNTDOWN)
QUESTIONS = [question(f"q{target}", [2, 3, 7], target) for target in range(1, 43)]
SMALL = ModelSettings(hidden=32, layers=1, heads=2, length=64, reads="state")


@pytest.fixture(name="rows", scope="module")
def _rows() -> list[PrmRow]:
    return sample_rows(QUESTIONS, Solver(ENVIRONMENT, 0.5), ENVIRONMENT, rollouts=16, solutions=3)


def test_values_stand_at_line_ends() -> None:
    ((text, ends),) = render("Q?", ("a", "b c"), ("", "1", ""), "solution")
    assert text == "Q?\na | 1\nb c\n"
    assert [text.encode()[:end].decode() for end in ends] == ["Q?\n", "Q?\na | 1\n", text]
    ids, places = encode(text, ends, characters(), 64)
    assert [characters().decode([ids[place]]) for place in places] == ["\n", "\n", "\n"]
    _, cut = encode(text, ends, characters(), 4)
    assert cut == [-1, -1, 3]


@needs_torch
@pytest.mark.parametrize("head", ["linear", "tokens"])
@pytest.mark.parametrize("reads", ["solution", "state"])
def test_a_prm_learns_what_rollouts_say(head: str, reads: str, rows: list[PrmRow]) -> None:
    tokenizer = words([text for row in rows for text in (row.question, *row.steps, *row.states, "+ - |\n")])
    model = ModelSettings(head=head, reads=reads, hidden=32, layers=1, heads=2, length=96)  # type: ignore[arg-type]
    seen: list[float] = []
    settings = TrainSettings(model, steps=30, batch=16, rate=5e-3, checkpoint_every=30)
    train_prm(rows, tokenizer, settings, at_step=lambda _, prm: seen.append(mean_absolute_error(prm, rows, counted)))
    assert seen[-1] < 0.9 * seen[0]


@needs_torch
def test_a_stopped_run_ends_with_the_same_weights(tmp_path: Path, rows: list[PrmRow]) -> None:
    tokenizer = words([text for row in rows for text in (*row.states, "\n")])
    settings = TrainSettings(SMALL, steps=12, batch=8, checkpoint_every=4)
    whole = train_prm(rows, tokenizer, settings)

    class StoppedError(Exception):
        pass

    def stop(step: int, _: object) -> None:
        if step == 8:
            raise StoppedError

    with pytest.raises(StoppedError):
        train_prm(rows, tokenizer, settings, folder=tmp_path, at_step=stop)
    steps: list[int] = []
    again = train_prm(rows, tokenizer, settings, folder=tmp_path, at_step=lambda step, _: steps.append(step))
    assert steps == [12]
    for one, other in zip(whole.net.parameters(), again.net.parameters(), strict=True):
        assert bool((one == other).all())


@needs_torch
def test_a_prm_is_a_value_of_search(rows: list[PrmRow]) -> None:
    tokenizer = words([text for row in rows for text in (*row.states, "\n")])
    prm = train_prm(rows, tokenizer, TrainSettings(SMALL, steps=250, batch=24, rate=5e-3))
    value = PrmValue(prm, ENVIRONMENT)
    states = [State(one) for one in QUESTIONS]
    states += [State(one, (step,)) for one in QUESTIONS for step in ("3 * 2 = 6", "7 - 2 = 5", "7 + 3 = 10")]
    estimates = [one.value for one in value.estimate(states)]
    assert correlation(estimates, [ENVIRONMENT.chance(state, 0.5) for state in states]) > 0.4


@needs_torch
def test_an_advantage_is_no_chance(rows: list[PrmRow]) -> None:
    with pytest.raises(SettingError, match="accepted: hard, soft"):
        train_prm(rows, characters("ab"), TrainSettings(label="advantage"))


def test_processbench_is_scored_as_its_paper_does(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text(
        '[{"id": "a", "problem": "p", "steps": ["s", "t"], "label": 1},'
        '{"id": "b", "problem": "p", "steps": ["s"], "label": -1}]'
    )
    cases = read_cases(file)
    assert cases[0] == Case("a", "p", ("s", "t"), 1)
    found = scores(cases, [[0.9, 0.1], [0.2]], threshold=0.5)
    assert (found["accuracy_on_wrong"], found["accuracy_on_right"], found["f1"]) == (1.0, 0.0, 0.0)
    found = scores(cases, [[0.9, 0.1], [0.7]], threshold=0.5)
    assert found["f1"] == 1.0
    with pytest.raises(SettingError, match="one value a step"):
        scores(cases, [[0.9], [0.7]], threshold=0.5)
