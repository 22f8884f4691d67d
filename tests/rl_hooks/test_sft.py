"""SFT sets: what is trained on, token by token, for two real tokenizers; the drawn numbers; what gives no row."""

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise

import pytest
from scipy.stats import binomtest, chisquare

from bigmath.errors import SettingError
from bigmath.search.budget import Budget
from bigmath.search.linearise import parse
from bigmath.search.protocol import Question
from bigmath.search.puzzles.arithmetic import COUNTDOWN, Arithmetic, Solver, question
from bigmath.search.puzzles.judge import judge
from bigmath.search.run import Setup, run_searches
from bigmath.search.sampling import Sampling
from bigmath.search.trace import Trace
from bigmath.search.tree import BestFirst
from bigmath.search.values import Constant, Exact, MonteCarlo
from bigmath.verifier.policy import Verdict
from rl_hooks.masks import BACK, IGNORED, Segment, tokenize
from rl_hooks.sft import MAKERS, REASONS, SftRow, SftSettings, back, cot, masked_back, meta_star, revision, star
from rl_hooks.sft_tables import rejected_frame, text_frame, token_frame
from rl_hooks.tokenizer import Tokenizer, characters, tokenizer_named

ENVIRONMENT = Arithmetic(COUNTDOWN)
QUESTIONS = [question(f"q{target}", [2, 3, 7], target) for target in range(1, 43)]
NAMES = ["mistral:mistral_instruct_tokenizer_240323.model.v3", "mistral:tekken_240911.json"]
needs_mistral = pytest.mark.skipif(find_spec("mistral_common") is None, reason="mistral-common is not installed")


@pytest.fixture(name="sampled", scope="module")
def _sampled() -> list[Trace]:
    algorithm = Sampling(samples=40, until_verified=False)
    return _search(QUESTIONS, Setup(algorithm, Solver(ENVIRONMENT), Constant(), ENVIRONMENT, Budget(nodes=500)))


@pytest.fixture(name="searched", scope="module")
def _searched() -> list[Trace]:
    algorithm = BestFirst(candidates=9)
    value = Exact(ENVIRONMENT.solvable)
    return _search(QUESTIONS, Setup(algorithm, Solver(ENVIRONMENT), value, ENVIRONMENT, Budget(nodes=500)))


@pytest.fixture(name="tokenizer", scope="module", params=NAMES)
def _tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return tokenizer_named(request.param)


def _search(questions: Sequence[Question], setup: Setup) -> list[Trace]:
    return list(run_searches(questions, setup))


def _rows(sampled: list[Trace], searched: list[Trace]) -> dict[str, list[SftRow]]:
    settings = SftSettings(rate=0.5)
    return {
        kind: maker(searched if kind in {"meta_star", "back"} else sampled, settings).rows
        for kind, maker in MAKERS.items()
    }


@needs_mistral
@pytest.mark.parametrize("kind", list(MAKERS))
def test_masks_are_right_on_token_ids(
    kind: str, tokenizer: Tokenizer, sampled: list[Trace], searched: list[Trace]
) -> None:
    rows = _rows(sampled, searched)[kind]
    assert rows
    for row in rows[:25]:
        tokens = tokenize(row.segments, tokenizer, end=row.end)
        assert tokens.straddling == 0
        back_id = tokenizer.token(BACK)
        assert tokens.ids.count(back_id) == row.backtracks
        assert tokens.ids[-1] == tokenizer.end
        assert tokens.trained[-1]
        read = [one for one, trained in zip(tokens.ids, tokens.trained, strict=True) if not trained]
        learnt = [one for one, trained in zip(tokens.ids[:-1], tokens.trained[:-1], strict=True) if trained]
        assert _text(learnt, tokenizer) == row.completion
        assert _text(read, tokenizer).startswith(row.segments[0].text)
        if kind == "masked_back" and row.term == "back":
            assert BACK not in _text(read, tokenizer)
        elif kind != "masked_back":
            assert _text(read, tokenizer) == row.prompt
        # no token of the question is trained on, and the prompt is cut as it will be at inference
        alone = [number for number, _, _ in tokenizer.spans(row.segments[0].text)]
        assert list(tokens.ids[: len(alone)]) == alone
        assert not any(tokens.trained[: len(alone)])
        assert [one for one in tokens.labels() if one != IGNORED] == [*learnt, tokenizer.end]


def _text(ids: list[int], tokenizer: Tokenizer) -> str:
    """The text of ids with `[BACK]` among them."""
    parts, run = [], list[int]()
    for one in ids:
        if one == tokenizer.token(BACK):
            parts += [tokenizer.decode(run), BACK]
            run = []
        else:
            run.append(one)
    return "".join([*parts, tokenizer.decode(run)])


@needs_mistral
def test_a_token_across_the_border_is_masked_and_counted(tokenizer: Tokenizer) -> None:
    tokens = tokenize([Segment("unbel", trained=False), Segment("ievable things", trained=True)], tokenizer, end=False)
    whole = [number for number, _, _ in tokenizer.spans("unbelievable things")]
    assert list(tokens.ids) == whole
    learnt = [one for one, trained in zip(tokens.ids, tokens.trained, strict=True) if trained]
    assert "ievable things".endswith(tokenizer.decode(learnt).strip())
    assert tokens.straddling <= 1


@needs_mistral
def test_the_cut_of_equation_10_is_even_over_tokens(tokenizer: Tokenizer) -> None:
    text = "7 * 3 = 21\n21 - 2 = 19\n"
    whole = tokenizer.spans(text)
    lengths = []
    for place in range(len(whole)):
        cut = (place + 0.5) / len(whole)
        tokens = tokenize([Segment("Q\n", trained=False), Segment(text, trained=False, cut=cut)], tokenizer, end=False)
        lengths.append(len(tokens.ids))
        assert not any(tokens.trained)
    steps = {after - before for before, after in pairwise(lengths)}
    assert steps <= {0, 1, 2}
    assert lengths[-1] - lengths[0] >= len(whole) - 2


def test_only_verified_solutions_are_learnt_and_wrong_attempts_are_wrong(
    sampled: list[Trace], searched: list[Trace]
) -> None:
    for kind, rows in _rows(sampled, searched).items():
        assert rows, kind
        for row in rows:
            asked = row.segments[0].text.strip()
            if kind in {"star", "masked_back"}:
                steps = row.completion.removeprefix(f"{BACK}\n").splitlines()
                assert judge(asked, steps, whole=True) is Verdict.CORRECT
            if kind == "revision":
                assert judge(asked, row.completion.splitlines(), whole=True) is Verdict.CORRECT
                for attempt in row.prompt.split("Attempt ")[1:-1]:
                    assert judge(asked, attempt.splitlines()[1:], whole=True) is not Verdict.CORRECT
            if kind == "meta_star":
                search, _, solution = row.completion.partition("\nSolution:\n")
                assert judge(asked, solution.splitlines(), whole=True) is Verdict.CORRECT
                assert parse(search)[1].kind == "value"


def test_a_backtracked_step_is_really_wrong(searched: list[Trace]) -> None:
    rows = back(searched, SftSettings(rate=1.0)).rows
    assert len(rows) > 10
    from bigmath.search.protocol import State

    for row in rows:
        before, _, after = row.completion.partition(BACK)
        *good, bad = before.splitlines()
        asked = Question("q", row.prompt.strip())
        assert ENVIRONMENT.solvable(State(asked, tuple(good)))
        assert not ENVIRONMENT.solvable(State(asked, (*good, bad)))
        assert judge(asked.text, [*good, *after.strip().splitlines()], whole=True) is Verdict.CORRECT


def test_a_wrong_step_of_counted_values_is_wrong_beyond_chance() -> None:
    policy = Solver(ENVIRONMENT, 0.5)
    value = MonteCarlo(policy, ENVIRONMENT, 48)
    traces = _search(QUESTIONS[::3], Setup(BestFirst(candidates=9), policy, value, ENVIRONMENT, Budget(nodes=500)))
    rows = back(traces, SftSettings(rate=1.0)).rows
    assert len(rows) > 3
    from bigmath.search.protocol import State

    for row in rows:
        *good, bad = row.completion.partition(BACK)[0].splitlines()
        asked = Question("q", row.prompt.strip())
        chances = [ENVIRONMENT.chance(State(asked, steps), 0.5) for steps in ((*good, bad), tuple(good))]
        assert chances[0] < chances[1]


def test_j_is_even_from_1_to_8() -> None:
    questions = [question(f"q{number}", [2, 3, 7], 13) for number in range(400)]
    algorithm = Sampling(samples=24, until_verified=False)
    policy = Solver(ENVIRONMENT, 0.3)
    traces = _search(questions, Setup(algorithm, policy, Constant(), ENVIRONMENT, Budget(nodes=500)))
    counts = Counter(row.attempts for row in revision(traces, SftSettings(per_problem=1)).rows)
    assert sum(counts.values()) > 300
    assert set(counts) == set(range(1, 9))
    assert chisquare([counts[j] for j in range(1, 9)]).pvalue > 0.001
    fixed = revision(traces[:20], SftSettings(attempts=3)).rows
    assert {row.attempts for row in fixed} == {3}


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("per_step", [False, True])
def test_backtracks_come_at_the_rate_asked_for(rate: float, per_step: bool, searched: list[Trace]) -> None:
    places: Counter[int] = Counter()
    done = chances = 0
    for seed in range(40):
        for row in back(searched, SftSettings(rate=rate, per_step=per_step, seed=seed)).rows:
            done += row.backtracks
            chances += 2 if per_step else 1  # three numbers: two steps
            if row.backtracks == 1 and not per_step:
                places[row.completion.partition(BACK)[0].count("\n")] += 1
    assert binomtest(done, chances, rate).pvalue > 0.001 if rate else done == 0
    if places and rate == 0.5:
        assert chisquare(list(places.values())).pvalue > 0.001  # t is even over the steps


def test_no_held_out_problem_gives_a_row(sampled: list[Trace], searched: list[Trace]) -> None:
    held_out = {one.problem_id for one in QUESTIONS[::2]}
    for kind, maker in MAKERS.items():
        made = maker(searched if kind in {"meta_star", "back"} else sampled, SftSettings(held_out=held_out))
        assert made.rows
        assert not {row.problem_id for row in made.rows} & held_out
        assert {one.problem_id for one in made.rejected if one.reason == "held_out"} == held_out
        assert {one.reason for one in made.rejected} <= set(REASONS)


def test_every_row_leads_back_to_its_problem_and_trace(sampled: list[Trace], searched: list[Trace]) -> None:
    known = {trace.trace_id: trace.problem_id for trace in (*sampled, *searched)}
    for rows in _rows(sampled, searched).values():
        for row in rows:
            assert row.trace_ids
            assert {known[one] for one in row.trace_ids} == {row.problem_id}


def test_curated_solutions_that_end_in_another_answer_are_left_out() -> None:
    from bigmath import verify

    problems = [
        {"problem_id": "a", "problem": "1+1?", "answer": "2", "solutions": ["It is $\\boxed{2}$.", "So \\boxed{3}."]},
        {"problem_id": "b", "problem": "2+2?", "answer": "4", "solutions": []},
        {"problem_id": "c", "problem": "3+3?", "answer": "6", "solutions": ["\\boxed{6}"]},
    ]
    made = cot(problems, SftSettings(held_out={"c"}), verify)
    assert [(row.problem_id, row.completion) for row in made.rows] == [("a", "It is $\\boxed{2}$.")]
    assert [(one.problem_id, one.reason) for one in made.rejected] == [
        ("a", "not_verified"),
        ("b", "no_solution"),
        ("c", "held_out"),
    ]


def test_tables_say_what_the_rows_say(sampled: list[Trace]) -> None:
    made = star(sampled, SftSettings())
    text, tokens = text_frame(made.rows), token_frame(made.rows, characters())
    assert text["row_id"].is_unique().all()
    assert text["row_id"].to_list() == tokens["row_id"].to_list()
    first = tokens.row(0, named=True)
    learnt = [one for one, keep in zip(first["input_ids"], first["loss_mask"], strict=True) if keep]
    assert characters().decode(learnt) == text["completion"][0]
    assert rejected_frame(made.rejected)["reason"].unique().to_list()
    assert meta_star(sampled, SftSettings()).rows
    assert masked_back(sampled, SftSettings()).rows


def test_what_is_only_read_comes_first() -> None:
    with pytest.raises(ValueError, match="must come before what is trained on"):
        SftRow(
            kind="star",
            problem_id="q",
            trace_ids=(),
            segments=(Segment("a", trained=True), Segment("b", trained=False)),
        )


def test_an_unknown_tokenizer_is_refused_in_one_line() -> None:
    with pytest.raises(SettingError, match=r"no tokenizer 'gpt9'; accepted: a folder with tokenizer\.json"):
        tokenizer_named("gpt9")
