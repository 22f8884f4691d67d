"""Fits only the linear head of a PRM, on the hidden states of a body that stays as it is: a logistic regression, for
which a few hundred solutions and a CPU are enough. Each text goes through the body once.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bigmath.errors import SettingError
from rl_hooks.prm_model import Prm, in_batches
from rl_hooks.torch_extra import need_torch

Solution = tuple[str, Sequence[str], Sequence[str]]
"""Question, steps, and what the environment says of the question and after each step."""


def features(prm: Prm, solutions: Sequence[Solution], say: Callable[[str], None] = lambda line: None) -> list[Any]:
    """For each solution a tensor (steps + 1, hidden size); a row of zeros where the text was too long for the place."""
    torch, _ = need_torch()
    prm.net.eval()
    encoded = [prm.encode(*one) for one in solutions]
    texts = [text for group in encoded for text in group]
    order = sorted(range(len(texts)), key=lambda place: len(texts[place][0]))  # near lengths together: little padding
    found: dict[int, Any] = {}
    for batch in in_batches([texts[place] for place in order]):
        with torch.no_grad():
            hidden = iter(prm.hidden(batch).float())
        for _, places in batch:
            rows = [next(hidden) if place >= 0 else torch.zeros(prm.size) for place in places]
            found[order[len(found)]] = torch.stack(rows)
        say(f"hidden states of {len(found)} of {len(texts)} solutions")
    every = iter([found[place] for place in range(len(texts))])
    return [torch.cat([next(every) for _ in group]) for group in encoded]


def fit_head(prm: Prm, hidden: Sequence[Any], wanted: Sequence[Sequence[float]], *, decay: float = 0.1) -> None:
    """Sets the linear head so that it says `wanted` (0..1, one a row of `hidden`) of these solutions.

    Args:
        decay: weight of half the squared norm, on features of mean 0 and deviation 1, beside the mean cross-entropy.

    Raises:
        SettingError: the PRM has no linear head, or there is nothing to fit.
    """
    torch, _ = need_torch()
    if prm.settings.head != "linear" or not hidden:
        raise SettingError("fitting a head needs a PRM whose head is linear, and at least one solution")
    given = torch.cat(list(hidden))
    target = torch.tensor([value for row in wanted for value in row])
    mean, deviation = given.mean(0), given.std(0).clamp_min(1e-6)
    scaled = (given - mean) / deviation
    weight = torch.zeros(scaled.shape[1], requires_grad=True)
    bias = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")
    loss_of = torch.nn.BCEWithLogitsLoss()

    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of(scaled @ weight + bias, target) + 0.5 * decay * (weight @ weight)
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        head = prm.net["linear"]
        head.weight.copy_((weight / deviation).unsqueeze(0))
        head.bias.copy_((bias - (weight / deviation) @ mean).reshape(1))


def head_values(prm: Prm, hidden: Sequence[Any]) -> list[list[float]]:
    """What the head says of each row of hidden states: what `Prm.values` would, without the body's work."""
    torch, _ = need_torch()
    with torch.no_grad():
        return [torch.sigmoid(prm.net["linear"](rows).squeeze(-1)).tolist() for rows in hidden]
