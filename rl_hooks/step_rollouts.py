"""Rows for a process reward model from a language model's own replies: each prefix of lines is continued K times and
the right continuations are counted (Eq. 11 of arXiv 2501.04682; 16 a step in its section 5.2).
"""

from pathlib import Path

import polars as pl

from rl_hooks import language_model
from rl_hooks.prm import PrmRow, split_steps
from rl_hooks.prm_model import Prm
from rl_hooks.reward import Reward


def count_rollouts(
    folder: Path, rows: pl.DataFrame, *, rollouts: int, temperature: float, tokens: int, seed: int
) -> list[PrmRow]:
    """One sampled solution to each row, cut at its limit or not, with the counts of each prefix of it.

    A continuation that was not judged counts as not right: it is rare, and the number of rollouts stays K.
    """
    model, tokenizer = language_model.load(folder)
    reward = Reward()
    asked = [language_model.as_text(prompt, tokenizer) for prompt in rows["prompt"]]
    solutions = [
        group[0].text
        for group in language_model.sample(model, tokenizer, asked, temperature=temperature, limit=tokens, seed=seed)
    ]
    prefixes = [("", *_prefixes(solution)) for solution in solutions]
    given = [prompt + prefix for prompt, cuts in zip(asked, prefixes, strict=True) for prefix in cuts[:-1]]
    more = iter(
        language_model.sample(model, tokenizer, given, n=rollouts, temperature=temperature, limit=tokens, seed=seed + 1)
    )
    found = []
    for row, solution, cuts in zip(rows.iter_rows(named=True), solutions, prefixes, strict=True):
        texts = [[cut + reply.text for reply in next(more)] for cut in cuts[:-1]]
        flat = [text for group in texts for text in group]
        scores = iter(reward([row["answer"]] * (len(flat) + 1), [*flat, solution]))
        counts = [sum(next(scores).correct == 1.0 for _ in group) for group in texts]
        final = next(scores)
        # nothing follows the last step: its value is the verdict itself
        counts.append(rollouts * (final.correct == 1.0))
        steps = steps_of(solution)
        found.append(
            PrmRow(
                problem_id=row["problem_id"], question=row["prompt"].strip(), steps=steps, states=("",) * len(cuts),
                n=(rollouts,) * len(cuts), c=tuple(counts), verdict=str(final.verdict),
            )
        )  # fmt: skip
    return found


def steps_of(solution: str) -> tuple[str, ...]:
    """The lines of a reply; a reply without any is one empty step."""
    return split_steps(solution, "line") or ("",)


def _prefixes(solution: str) -> list[str]:
    """The text up to the end of each step."""
    steps = steps_of(solution)
    return ["\n".join(steps[:size]) + "\n" for size in range(1, len(steps) + 1)]


def values_by(prm: Prm, pairs: list[tuple[str, str]]) -> list[float]:
    """The PRM's value after the last step of each (prompt, reply)."""
    solutions = [(prompt.strip(), steps := steps_of(reply), ("",) * (len(steps) + 1)) for prompt, reply in pairs]
    return [values[-1] for values in prm.values(solutions)]
