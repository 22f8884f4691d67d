"""A language model as a policy, with a script in its place."""

from collections.abc import Sequence

from bigmath.search.budget import Budget
from bigmath.search.protocol import Ask, Question, State
from bigmath.search.run import Setup, run_searches
from bigmath.search.text_policy import Continuation, Mathematics, TextPolicy
from bigmath.search.tree import BestFirst
from bigmath.search.values import MonteCarlo

ASKED = Question("q", "What is 2 + 3?", "5")


class Writer:
    """Writes the next line of one of two solutions, chosen by the seed; counts its calls."""

    solutions = ("2 + 3 = 5\n\nSo it is \\boxed{5}.", "2 + 3 = 6\n\nSo it is \\boxed{6}.")

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(
        self, prompts: Sequence[str], seeds: Sequence[int], *, stop: str | None, limit: int
    ) -> list[Continuation]:
        self.batches.append(len(prompts))
        return [self._one(prompt, seed, stop) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _one(self, prompt: str, seed: int, stop: str | None) -> Continuation:
        written = prompt.partition("A: ")[2]
        whole = next((one for one in self.solutions if written and one.startswith(written)), self.solutions[seed % 2])
        left = whole.removeprefix(written)
        step = left.split(stop)[0] if stop else left
        return Continuation(step, len(step.split()), step == left)


def _policy(writer: Writer) -> TextPolicy:
    return TextPolicy("script", writer, lambda question: f"Q: {question.text}\nA: ", step_tokens=8, rollout_tokens=16)


def test_steps_end_at_the_stop_text_and_rollouts_at_the_end() -> None:
    policy = _policy(Writer())
    ((first, second),) = policy.propose([Ask(State(ASKED), 2, 0)])
    assert (first.step, first.ended, second.step) == ("2 + 3 = 5", False, "2 + 3 = 6")
    ((last,),) = policy.propose([Ask(State(ASKED).then(first), 1, 0)])
    assert (last.step, last.ended) == ("So it is \\boxed{5}.", True)
    ((rollout,),) = policy.complete([Ask(State(ASKED), 1, 0)])
    assert rollout.state == State(ASKED, ("2 + 3 = 5", "So it is \\boxed{5}."), ended=True)


def test_the_verifier_judges() -> None:
    world = Mathematics()
    right = State(ASKED, ("2 + 3 = 5", "So it is \\boxed{5}."))
    assert (world.is_final(right), world.judge(right), world.answer(right)) == (True, "CORRECT", "5")
    assert world.judge(State(ASKED, ("It is \\boxed{6}.",))) == "WRONG"
    assert not world.is_final(State(ASKED, ("2 + 3 = 5",)))


def test_a_search_asks_for_many_trees_in_one_batch_and_solves_them() -> None:
    writer = Writer()
    policy = _policy(writer)
    questions = [Question(f"q{number}", ASKED.text, "5") for number in range(6)]
    setup = Setup(
        BestFirst(candidates=3),
        policy,
        MonteCarlo(policy, Mathematics(), 2),
        Mathematics(),
        Budget(nodes=40, tokens=400),
    )
    traces = list(run_searches(questions, setup))
    assert [trace.verdict for trace in traces] == ["CORRECT"] * 6
    assert all(trace.tokens <= 400 for trace in traces)
    assert max(writer.batches) >= 12
