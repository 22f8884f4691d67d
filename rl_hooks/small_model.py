"""A small language model made from scratch and trained on rows with loss masks: for experiments that fit a laptop's
CPU."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any

from rl_hooks.masks import IGNORED, Tokens
from rl_hooks.tokenizer import Tokenizer
from rl_hooks.torch_extra import need_torch


@dataclass(frozen=True)
class SmallSettings:
    """Size and training of the model (a Llama)."""

    hidden: int = 96
    layers: int = 2
    heads: int = 4
    length: int = 512
    batch: int = 64
    rate: float = 2e-3
    """Peak learning rate: warmed up over 20 steps, then to a tenth as a cosine."""
    seed: int = 0


class SmallModel:
    """A model with its tokenizer."""

    def __init__(self, tokenizer: Tokenizer, settings: SmallSettings) -> None:
        torch, transformers = need_torch()
        torch.manual_seed(settings.seed)
        config = transformers.LlamaConfig(
            vocab_size=tokenizer.vocabulary + len(tokenizer.added),
            hidden_size=settings.hidden,
            intermediate_size=2 * settings.hidden,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            num_key_value_heads=settings.heads,
            max_position_embeddings=settings.length,
            pad_token_id=0,
        )
        self.net = transformers.LlamaForCausalLM(config)
        self.tokenizer, self.settings = tokenizer, settings
        self._torch = torch

    def parameters(self) -> int:
        """How many numbers it has."""
        return sum(one.numel() for one in self.net.parameters())

    def train(
        self,
        rows: Sequence[Tokens],
        *,
        steps: int | None = None,
        seconds: float | None = None,
        seed: int = 0,
        at_step: Callable[[int, float], None] = lambda step, loss: None,
    ) -> int:
        """Trains for so many steps, or so many CPU seconds; returns the tokens it saw. `at_step` hears of each step."""
        torch = self._torch
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=self.settings.rate, weight_decay=0.01)
        self.net.train()
        seen = step = 0
        started = process_time()
        order: list[int] = []
        dice = random.Random(seed)
        while (steps is None or step < steps) and (seconds is None or process_time() - started < seconds):
            done = step / steps if steps else (process_time() - started) / (seconds or 1.0)
            for group in optimizer.param_groups:
                group["lr"] = self.settings.rate * min(1.0, (step + 1) / 20) * (0.55 + 0.45 * math.cos(math.pi * done))
            while len(order) < self.settings.batch:
                order += dice.sample(range(len(rows)), len(rows))
            chosen, order = order[: self.settings.batch], order[self.settings.batch :]
            ids, labels = self._padded([rows[one] for one in chosen])
            loss = self.net(input_ids=ids, labels=labels).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            optimizer.step()
            seen += sum(len(rows[one].ids) for one in chosen)
            step += 1
            at_step(step, loss.item())
        return seen

    def sample(
        self, prompts: Sequence[str], *, temperature: float = 1.0, limit: int = 64, seed: int = 0, batch: int = 512
    ) -> list[tuple[str, int, bool]]:
        """For each prompt (completion, its tokens, whether it ended by itself); temperature 0 takes the likeliest."""
        encoded = [[number for number, _, _ in self.tokenizer.spans(prompt)] for prompt in prompts]
        found: list[tuple[str, int, bool] | None] = [None] * len(prompts)
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(encoded):
            by_length.setdefault(len(ids), []).append(place)
        generator = self._torch.Generator().manual_seed(seed)
        for places in by_length.values():  # equal lengths need no padding
            for at in range(0, len(places), batch):
                part = places[at : at + batch]
                for place, ids in zip(
                    part, self._grow([encoded[one] for one in part], temperature, limit, generator), strict=True
                ):
                    ended = bool(ids) and ids[-1] == self.tokenizer.end
                    found[place] = (self._text(ids[:-1] if ended else ids), len(ids), ended)
        return [one for one in found if one is not None]

    def _grow(self, prompts: list[list[int]], temperature: float, limit: int, generator: Any) -> list[list[int]]:
        torch = self._torch
        self.net.eval()
        grown: list[list[int]] = [[] for _ in prompts]
        alive = list(range(len(prompts)))
        with torch.no_grad():
            given, cache = torch.tensor(prompts), None
            for _ in range(min(limit, self.settings.length - len(prompts[0]))):
                out = self.net(input_ids=given, past_key_values=cache, use_cache=True)
                cache = out.past_key_values
                logits = out.logits[:, -1]
                if temperature > 0:
                    chosen = torch.multinomial(torch.softmax(logits / temperature, -1), 1, generator=generator)[:, 0]
                else:
                    chosen = logits.argmax(-1)
                for row, number in zip(alive, chosen.tolist(), strict=True):
                    grown[row].append(number)
                keep = [place for place, number in enumerate(chosen.tolist()) if number != self.tokenizer.end]
                if not keep:
                    break
                if len(keep) < 0.7 * len(alive):  # drop finished rows once they are many
                    cache.batch_select_indices(torch.tensor(keep))
                    alive = [alive[place] for place in keep]
                    given = chosen[keep][:, None]
                else:
                    given = chosen[:, None]
        return [_until(ids, self.tokenizer.end) for ids in grown]

    def _text(self, ids: Sequence[int]) -> str:
        return self.tokenizer.decode(ids)

    def _padded(self, rows: Sequence[Tokens]) -> tuple[Any, Any]:
        torch = self._torch
        width = max(len(row.ids) for row in rows)
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        labels = torch.full((len(rows), width), IGNORED, dtype=torch.long)
        for place, row in enumerate(rows):
            ids[place, : len(row.ids)] = torch.tensor(row.ids)
            labels[place, : len(row.ids)] = torch.tensor(row.labels())
        return ids, labels


def _until(ids: list[int], end: int) -> list[int]:
    """Up to the first end token, which is kept."""
    return ids[: ids.index(end) + 1] if end in ids else ids
