"""Eq. 19 and 20: the trainer's gradient against exact enumeration of all reasonings, and that against differences.

Needs the extra `train`.
"""

from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rl_hooks.language_model import END, PAD, make_tokenizer
from rl_hooks.verifier_free import leave_one_out, losses, verifier_free_trainer

pytestmark = [
    pytest.mark.skipif(find_spec("trl") is None, reason="the extra train is not installed"),
    pytest.mark.filterwarnings("ignore"),  # torch's and TRL's own
]
LENGTH = 2
QUESTION, REFERENCE = "ab", "ba"


def _trainer(folder: Path, **settings: Any) -> Any:
    from datasets import Dataset
    from transformers import GPT2Config, GPT2LMHeadModel, set_seed
    from trl import GRPOConfig

    set_seed(3)
    words = make_tokenizer(["ab\n"])
    # GPT-2, as it can be run in double precision throughout: a Llama's norms are in single whatever its weights are
    size = {"n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 32, "vocab_size": len(words)}
    quiet = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    start = folder / "start"  # TRL loads the reference of the KL from the folder that the model came from
    GPT2LMHeadModel(GPT2Config(**size, **quiet, eos_token_id=words.eos_token_id)).save_pretrained(start)
    model = GPT2LMHeadModel.from_pretrained(start)
    config = GRPOConfig(
        output_dir=str(folder), num_generations=4, per_device_train_batch_size=8, max_completion_length=LENGTH,
        max_steps=settings.pop("steps", 1), report_to=[], use_cpu=True, save_strategy="no", logging_steps=1,
        disable_tqdm=True, beta=settings.pop("beta", 0.0), learning_rate=settings.pop("rate", 1e-3), seed=0,
    )  # fmt: skip
    rows = Dataset.from_list([{"prompt": QUESTION, "solution": REFERENCE}] * 16)
    return verifier_free_trainer()(model=model, args=config, train_dataset=rows, processing_class=words, **settings)


def _everything(trainer: Any) -> dict[str, Any]:
    """All reasonings of at most two tokens as one batch: those that end and those that are cut."""
    import torch

    words = trainer.processing_class
    end, pad = words.convert_tokens_to_ids(END), words.convert_tokens_to_ids(PAD)
    others = [token for token in range(len(words)) if token != end]
    found = [[end], *([one, other] for one, other in product(others, range(len(words))))]
    prompt = torch.tensor(words(QUESTION, add_special_tokens=False)["input_ids"])
    ids, mask = trainer.reference_ids([REFERENCE] * len(found))
    # one column of padding before the question, as batches have it
    return {
        "prompt_ids": torch.cat([torch.tensor([pad]), prompt]).repeat(len(found), 1),
        "prompt_mask": torch.tensor([0] + [1] * len(prompt)).repeat(len(found), 1),
        "completion_ids": torch.tensor([[*one, pad][:LENGTH] for one in found]),
        "completion_mask": torch.tensor([([1] * len(one) + [0])[:LENGTH] for one in found]),
        "reference_ids": ids,
        "reference_mask": mask,
    }


@pytest.fixture(name="exact", scope="module")
def _exact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, dict[str, Any]]:
    """(trainer, model in double precision, the batch of everything)."""
    trainer = _trainer(tmp_path_factory.mktemp("exact"))
    model = trainer.model.double().eval()
    return trainer, model, _everything(trainer)


def _objective(exact: tuple[Any, Any, dict[str, Any]]) -> Any:
    """E over Z of log π(S | q, Z): Eq. 19 without sampling."""
    trainer, model, batch = exact
    log_z, log_s, _ = trainer.log_likelihoods(model, batch)
    return (log_z.exp() * log_s).sum()


def _slope(value: Any, model: Any) -> Any:
    import torch

    found = torch.autograd.grad(value, [one for one in model.parameters() if one.requires_grad])
    return torch.cat([one.flatten() for one in found])


def test_the_chances_of_all_reasonings_add_up_to_one(exact: Any) -> None:
    trainer, model, batch = exact
    log_z, _, _ = trainer.log_likelihoods(model, batch)
    assert log_z.exp().sum().item() == pytest.approx(1.0, abs=1e-12)


def test_a_reference_is_read_after_the_reasoning_as_if_nothing_was_padded(exact: Any) -> None:
    import torch

    trainer, model, batch = exact
    words = trainer.processing_class
    _, log_s, _ = trainer.log_likelihoods(model, batch)
    place = 0  # the reasoning that ends at once
    ids = words(f"{QUESTION}\n{REFERENCE}", add_special_tokens=False)["input_ids"] + [words.eos_token_id]
    logs = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0], -1)
    wanted = sum(logs[at - 1, ids[at]].item() for at in range(len(QUESTION), len(ids)))
    assert log_s[place].item() == pytest.approx(wanted, abs=1e-10)


def test_the_exact_gradient_agrees_with_finite_differences(exact: Any) -> None:
    import torch

    _, model, _ = exact
    slope = _slope(_objective(exact), model)
    checked, step = 0, 1e-5
    weights = [one for one in model.parameters() if one.requires_grad]
    starts = [0]
    for one in weights:
        starts.append(starts[-1] + one.numel())
    for one, first in zip(weights, starts, strict=False):
        place = int(slope[first : first + one.numel()].abs().argmax())
        flat = one.data.view(-1)
        kept = flat[place].item()
        with torch.no_grad():
            flat[place] = kept + step
            above = _objective(exact).item()
            flat[place] = kept - step
            below = _objective(exact).item()
            flat[place] = kept
        assert (above - below) / (2 * step) == pytest.approx(slope[first + place].item(), rel=1e-5, abs=1e-8)
        checked += abs(slope[first + place].item()) > 1e-3
    assert checked >= 5, "most of the weights have a slope worth comparing"


def _expected(exact: Any, weight: float) -> Any:
    """The expectation of the loss's gradient over all pairs of reasonings, as a group of two draws them."""
    import torch

    trainer, model, batch = exact
    log_z, log_s, _ = trainer.log_likelihoods(model, batch)
    size = len(log_z)
    one, other = (grid.flatten() for grid in torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij"))
    pairs = torch.stack([one, other], 1).flatten()
    advantages = leave_one_out(log_s.detach()[pairs], 2)
    each = losses(log_z[pairs], log_s[pairs], advantages, weight).view(-1, 2).mean(1)
    chance = (log_z[one] + log_z[other]).exp().detach()
    return _slope((chance * each).sum(), model)


def test_the_estimator_has_the_exact_gradient_as_its_expectation(exact: Any) -> None:
    _, model, _ = exact
    wanted = -_slope(_objective(exact), model)
    found = _expected(exact, weight=1.0)
    assert (found - wanted).norm().item() < 1e-9 * wanted.norm().item()


def test_without_the_likelihood_term_the_estimator_is_biased(exact: Any) -> None:
    _, model, _ = exact
    wanted = -_slope(_objective(exact), model)
    found = _expected(exact, weight=0.0)
    assert (found - wanted).norm().item() > 0.1 * wanted.norm().item()


@pytest.mark.parametrize("beta", [0.0, 0.05])
def test_training_makes_the_reference_likelier(tmp_path: Path, beta: float) -> None:
    trainer = _trainer(tmp_path, steps=15, rate=1e-2, beta=beta)
    trainer.train()
    logged = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
    assert logged[-1] > logged[0] + 1.0
    assert logged[0] < 0, "a log-likelihood, not the zeros in its place"


def test_an_advantage_leaves_its_own_reward_out_of_the_mean() -> None:
    import torch

    found = leave_one_out(torch.tensor([1.0, 4.0, 7.0, 5.0, 5.0, 5.0]), 3)
    assert found.tolist() == pytest.approx([-4.5, 0.0, 4.5, 0.0, 0.0, 0.0])
