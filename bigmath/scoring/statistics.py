"""What n graded rollouts of one problem say: solve rate with interval, pass@k, maj@k, agreement.

Only rollouts that were graded count: one whose verdict is TIMEOUT or ERROR says nothing of the model, and a problem
whose reference cannot be read has no solve rate at all. A reply without an answer was graded: it is not solved, and it
casts no vote.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are 95 %."""


def wilson(correct: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a rate, (0, 1) for n = 0. Unlike rate ± error it is right at 0 and 1 (Brown, Cai and
    DasGupta 2001, section 3.1.1)."""
    if n == 0:
        return 0.0, 1.0
    rate, square = correct / n, z * z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    low = 0.0 if correct == 0 else max(0.0, middle - half)
    high = 1.0 if correct == n else min(1.0, middle + half)
    return low, high


def pass_at(k: int, correct: int, n: int) -> float:
    """Chance that at least one of k rollouts is correct: 1 - C(n - c, k) / C(n, k), the unbiased estimate of Chen et
    al. 2021 (arXiv 2107.03374, equation 1).

    Raises:
        ValueError: k is not between 1 and n, or correct not between 0 and n.
    """
    if not 1 <= k <= n or not 0 <= correct <= n:
        raise ValueError(f"pass@{k} of {correct} correct in {n}: needs 1 <= k <= n and 0 <= correct <= n")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def majority_at(k: int, votes: Sequence[int], correct: int | None, n: int) -> float:
    """Chance that the majority of k rollouts, drawn without replacement from the n, is right; exact, not sampled.

    Tie rule: where t answers share the most votes, each is chosen with chance 1/t. Rollouts without an answer do not
    vote; where nobody votes, the majority is wrong.

    Args:
        votes: how many of the n rollouts gave each distinct answer; the rest gave none.
        correct: place of the right answer in `votes`, None where no rollout gave it.

    Raises:
        ValueError: k is not between 1 and n, or there are more votes than rollouts.
    """
    if not 1 <= k <= n or sum(votes) > n:
        raise ValueError(f"maj@{k} of {sum(votes)} votes in {n} rollouts: needs 1 <= k <= n and votes <= n")
    if correct is None or votes[correct] == 0:
        return 0.0
    others = tuple(sorted(size for place, size in enumerate(votes) if place != correct and size))
    return _majority(k, votes[correct], others, n)


@cache
def _majority(k: int, right: int, others: tuple[int, ...], n: int) -> float:
    """Sums over j, the votes of the right answer: C(right, j) times the ways in which every other answer gets at most
    j, shared with the number t of those that get exactly j."""
    total = math.comb(n, k)
    favourable = 0.0
    below = [0, *accumulate(others)]
    for j in range(1, min(right, k) + 1):
        # answers with fewer than j rollouts, and rollouts without an answer, can never tie: one urn together
        small = sum(1 for size in others if size < j)
        urn = n - right - sum(others) + below[small]
        ways = {(0, 0): 1}  # (rollouts drawn, answers tied at j) -> number of ways
        for size in others[small:]:
            ways = _draw(ways, size, j, k - j)
        for (drawn, tied), count in ways.items():
            favourable += math.comb(right, j) * count * math.comb(urn, k - j - drawn) / total / (tied + 1)
    return min(1.0, favourable)


def _draw(ways: dict[tuple[int, int], int], size: int, j: int, room: int) -> dict[tuple[int, int], int]:
    """Adds an answer with `size` rollouts of which at most j are drawn."""
    after: dict[tuple[int, int], int] = {}
    for (drawn, tied), count in ways.items():
        for taken in range(min(size, j, room - drawn) + 1):
            key = (drawn + taken, tied + (taken == j))
            after[key] = after.get(key, 0) + count * math.comb(size, taken)
    return after


def same_answers(answers: Sequence[str], same: Callable[[str, str], bool]) -> list[list[int]]:
    """Places of the answers, grouped by mathematical equality with the first of each group, most votes first (then by
    first appearance). Equal texts are compared once."""
    groups: list[tuple[str, list[int]]] = []
    known: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        if answer not in known:
            found = next((members for first, members in groups if same(first, answer)), None)
            if found is None:
                found = []
                groups.append((answer, found))
            known[answer] = found
        known[answer].append(place)
    return sorted((members for _, members in groups), key=lambda members: (-len(members), members[0]))


def powers_up_to(n: int) -> list[int]:
    """1, 2, 4, ... up to n, and n itself: the k for which pass@k and maj@k are given."""
    return sorted({*(1 << e for e in range(max(n, 1).bit_length()) if 1 << e <= n), *([n] if n else [])})
