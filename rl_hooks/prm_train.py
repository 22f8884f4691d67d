"""Trains a PRM by cross-entropy on labels derived from counts, soft ones too (TRL dropped its PRM trainer after 1.13).

The order of the rows is a function of seed and step alone, so a run taken up from a checkpoint ends with the same
weights as one that was never stopped.
"""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from bigmath.errors import SettingError, StoreError
from rl_hooks.prm import Label, PrmRow, labels
from rl_hooks.prm_model import Encoded, ModelSettings, Prm
from rl_hooks.tokenizer import Tokenizer
from rl_hooks.torch_extra import need_torch


@dataclass(frozen=True)
class TrainSettings:
    """How a PRM is trained."""

    model: ModelSettings = field(default_factory=ModelSettings)
    label: Label = "soft"
    """`hard` or `soft`; `advantage` is negative for some steps and no chance, so it has no cross-entropy."""
    steps: int = 800
    batch: int = 64
    rate: float = 3e-3
    """Peak learning rate: warmed up over a tenth of the steps, then to 0 as a cosine."""
    decay: float = 0.05
    seed: int = 0
    checkpoint_every: int = 200


def train_prm(
    rows: Sequence[PrmRow],
    tokenizer: Tokenizer,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
    at_step: Callable[[int, Prm], None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Prm:
    """A trained PRM.

    Args:
        folder: where checkpoints are kept; a run with the same settings and rows goes on from the last.
        at_step: called before the first step and after every `checkpoint_every` steps, to measure on the way.

    Raises:
        SettingError: there is no row, or the label is no chance.
    """
    if settings.label == "advantage":
        raise SettingError("cross-entropy needs labels in 0..1; accepted: hard, soft")
    if not rows:
        raise SettingError("there is no PRM row to train on")
    torch, _ = need_torch()
    prm = Prm(tokenizer, settings.model, seed=settings.seed)
    encoded = [_encoded(row, prm, settings.label) for row in rows]
    optimizer = torch.optim.AdamW(prm.net.parameters(), lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate_at(step, settings.steps))
    checkpoint = _Checkpoint(folder, rows, settings)
    first = checkpoint.load(prm, optimizer, schedule)
    if at_step is not None and first == 0:
        at_step(0, prm)
    loss_of = torch.nn.BCEWithLogitsLoss()
    for step in range(first, settings.steps):
        prm.net.train()
        batch = [encoded[place] for place in _places(step, len(rows), settings)]
        wanted = torch.tensor([value for _, values in batch for value in values])
        loss = loss_of(prm.logits([text for texts, _ in batch for text in texts]), wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prm.net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
            checkpoint.save(step + 1, prm, optimizer, schedule)
            say(f"PRM step {step + 1} of {settings.steps}, loss {loss.item():.3f}")
            if at_step is not None:
                at_step(step + 1, prm)
    return prm


def mean_absolute_error(prm: Prm, rows: Sequence[PrmRow], truth: Callable[[PrmRow], Sequence[float]]) -> float:
    """MAE of the values after the question and after each step against the true ones: `truth(row)`, one longer than the
    steps."""
    found = prm.values([(row.question, row.steps, row.states) for row in rows])
    return fmean(
        abs(value - true)
        for row, values in zip(rows, found, strict=True)
        for value, true in zip(values, truth(row), strict=True)
    )


def counted(row: PrmRow) -> list[float]:
    """c / n after the question and after each step."""
    return [right / tried for right, tried in zip(row.c, row.n, strict=True)]


def _encoded(row: PrmRow, prm: Prm, label: Label) -> tuple[list[Encoded], list[float]]:
    """The texts of a row and the labels of their places; the question's own count is trained on too."""
    texts = prm.encode(row.question, row.steps, row.states)
    first = float(row.c[0] > 0) if label == "hard" else row.c[0] / row.n[0]
    wanted = [first, *labels(row, label)]
    places = [place for _, found in texts for place in found]
    return texts, [value for value, place in zip(wanted, places, strict=True) if place >= 0]


def _places(step: int, rows: int, settings: TrainSettings) -> list[int]:
    """The rows of a step: epochs shuffled by seed and number, cut into batches that may run over an epoch's end."""
    wanted = range(step * settings.batch, (step + 1) * settings.batch)
    orders: dict[int, list[int]] = {}
    for epoch in {one // rows for one in wanted}:
        orders[epoch] = random.Random(f"{settings.seed}/{epoch}").sample(range(rows), rows)
    return [orders[one // rows][one % rows] for one in wanted]


def _rate_at(step: int, steps: int) -> float:
    import math  # noqa: PLC0415 # beside its one use

    warm = max(1, steps // 10)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


class _Checkpoint:
    """The last state of a run, written aside and renamed."""

    def __init__(self, folder: Path | None, rows: Sequence[PrmRow], settings: TrainSettings) -> None:
        self._folder = folder
        self._of = {"settings": asdict(settings), "rows": hash_of(rows)}

    def load(self, *parts: Any) -> int:
        """Steps done; fills the model, optimizer and schedule."""
        if self._folder is None or not (path := self._folder / "checkpoint.pt").is_file():
            return 0
        torch, _ = need_torch()
        try:
            kept = torch.load(path, weights_only=True)
        except Exception as error:  # torch raises whatever its unpickler does
            raise StoreError(f"{path} is no checkpoint: {error}", hint="delete it to train from the start") from error
        if kept["of"] != self._of:
            return 0
        prm, optimizer, schedule = parts
        prm.net.load_state_dict(kept["net"])
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
        return int(kept["step"])

    def save(self, step: int, prm: Prm, optimizer: Any, schedule: Any) -> None:
        if self._folder is None:
            return
        torch, _ = need_torch()
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f".checkpoint.{uuid.uuid4().hex}"
        state = {
            "of": self._of,
            "step": step,
            "net": prm.net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }
        torch.save(state, temporary)
        temporary.replace(self._folder / "checkpoint.pt")


def hash_of(rows: Sequence[PrmRow]) -> str:
    """20 hex digits over the rows."""
    import hashlib  # noqa: PLC0415 # beside its one use

    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:20]
