"""RL without a verifier (Eq. 19 and 20 of arXiv 2501.04682) as a GRPOTrainer: rows have a reference `solution` and no
reply is judged, so proofs can be trained on too.

    reward      r = log π(S | q, Z): how likely the reference S is after the sampled reasoning Z (Eq. 19)
    gradient    sg(r - baseline - β KL) ∇ log π(Z | q) + ∇ log π(S | q, Z) (Eq. 20)

The reward depends on the policy, so its own gradient is the second, likelihood term; leaving it out is biased. The
baseline is the mean reward of the other replies to the same question, which keeps the first term unbiased. The
reference is read after Z without its end token and with `separator` between; its end token counts as a part of S.
"""

from collections.abc import Sequence
from typing import Any

from rl_hooks.trl_training import need_trl


def losses(log_reasoning: Any, log_reference: Any, advantages: Any, likelihood_weight: float = 1.0) -> Any:
    """The negative of a surrogate whose gradient is Eq. 20, one number a reply; all arguments are (B,).

    `log_reasoning` is log π(Z | q) and `log_reference` log π(S | q, Z), both with gradient; `advantages` has none.
    """
    return -(advantages.detach() * log_reasoning + likelihood_weight * log_reference)


def verifier_free_trainer() -> type:
    """The trainer's class; a function, as TRL is imported where it is used.

    It takes GRPOTrainer's arguments without `reward_funcs`, and `solution_column`, `separator`, `per_token` (the reward
    is divided by the tokens of S, so that long references do not outweigh short ones) and `likelihood_weight` (1 is
    Eq. 20; 0 leaves the policy gradient alone).

    Raises:
        MissingExtraError: TRL is not installed.
    """
    trl = need_trl()
    import torch

    base: Any = trl.GRPOTrainer

    class VerifierFreeTrainer(base):  # type: ignore[misc] # no types without the extra
        """GRPO's sampling, logging and checkpoints with the reward and loss of Eq. 19 and 20."""

        def __init__(
            self,
            *args: Any,
            solution_column: str = "solution",
            separator: str = "\n",
            per_token: bool = False,
            likelihood_weight: float = 1.0,
            **kwargs: Any,
        ) -> None:
            self._column, self._separator = solution_column, separator
            self._per_token, self._weight = per_token, likelihood_weight

            def reference_likelihood(prompts: Sequence[Any], **_: Any) -> list[float]:
                """In place of a reward; the real one needs the token ids, which come after it."""
                return [0.0] * len(prompts)

            super().__init__(*args, reward_funcs=[reference_likelihood], **kwargs)

        def reference_ids(self, solutions: Sequence[str]) -> tuple[Any, Any]:
            """(ids, mask) of separator, reference and end token, padded on the right: (B, R) each."""
            words = self.processing_class
            rows = [
                [*words(self._separator + text, add_special_tokens=False)["input_ids"], words.eos_token_id]
                for text in solutions
            ]
            width = max(map(len, rows))
            ids = torch.full((len(rows), width), words.pad_token_id, dtype=torch.long, device=self.accelerator.device)
            mask = torch.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(row)] = torch.tensor(row)
                mask[place, : len(row)] = 1
            return ids, mask

        def log_likelihoods(self, model: Any, inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
            """(log π(Z | q), log π(S | q, Z), log π of each token of Z), of shapes (B,), (B,) and (B, T).

            Padding inside a row is masked and takes no position, so a row reads as if there were none.
            """
            prompt, reasoning = inputs["prompt_ids"], inputs["completion_ids"]
            thought = inputs["completion_mask"]
            reference, said = inputs["reference_ids"], inputs["reference_mask"]
            # Z's end token is a part of Z, but the reference is read in its place
            seen = thought * (reasoning != self.processing_class.eos_token_id)
            of_z = self._token_logs(
                model, prompt, inputs["prompt_mask"], reasoning, thought, temperature=self.temperature
            )
            of_s = self._token_logs(
                model,
                torch.cat([prompt, reasoning], 1),
                torch.cat([inputs["prompt_mask"], seen], 1),
                reference,
                said,
            )
            log_reference = of_s.sum(1) / said.sum(1) if self._per_token else of_s.sum(1)
            return of_z.sum(1), log_reference, of_z

        def _token_logs(
            self, model: Any, before: Any, before_mask: Any, after: Any, after_mask: Any, *, temperature: float = 1.0
        ) -> Any:
            """log π of each token of `after` given all before it, 0 where masked: (B, T)."""
            mask = torch.cat([before_mask, after_mask], 1)
            ids = torch.cat([before, after], 1)
            # rows are packed to the left, so that what precedes a token is what the mask shows
            order = torch.argsort(1 - mask, dim=1, stable=True)
            ids, packed = ids.gather(1, order), mask.gather(1, order)
            logits = model(input_ids=ids, attention_mask=packed).logits[:, :-1] / temperature
            logits = logits if logits.dtype == torch.float64 else logits.float()  # never in half precision
            logs = torch.log_softmax(logits, -1).gather(2, ids[:, 1:, None])[..., 0]
            logs = torch.cat([torch.zeros_like(logs[:, :1]), logs], 1)
            back = torch.argsort(order, dim=1)
            return logs.gather(1, back)[:, before.shape[1] :] * after_mask

        def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
            out: dict[str, Any] = super()._generate_and_score_completions(inputs)
            ids, mask = self.reference_ids([str(row[self._column]) for row in inputs])
            out["reference_ids"], out["reference_mask"] = ids, mask
            training = self.model.training
            self.model.eval()
            with torch.no_grad():
                _, reward, now = self.log_likelihoods(self.model, out)
            self.model.train(training)
            paid = reward
            if self.beta and (ref := out.get("ref_per_token_logps")) is not None:
                paid = paid - self.beta * ((now - ref) * out["completion_mask"]).sum(1)
            mode = "train" if training else "eval"
            group = self.num_generations if training else self.num_generations_eval
            everyone = self.accelerator.gather(paid)  # a group may lie on several processes
            first = self.accelerator.process_index * len(paid)
            out["advantages"] = leave_one_out(everyone, group)[first : first + len(paid)]
            self._correct_metrics(mode, self.accelerator.gather(reward), group)
            return out

        def _correct_metrics(self, mode: str, reward: Any, group: int) -> None:
            """Puts the reward that was paid where GRPO logged the zeros in its place."""
            spread = reward.view(-1, group).std(1) if group > 1 else torch.zeros_like(reward)
            logged = {
                "reward": reward.mean().item(),
                "reward_std": spread.mean().item(),
                "frac_reward_zero_std": (spread < 1e-6).float().mean().item(),
                "rewards/reference_likelihood/mean": reward.mean().item(),
                "rewards/reference_likelihood/std": reward.std().item(),
            }
            for name, value in logged.items():
                self._metrics[mode][name][-1] = value

        def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Any:
            log_reasoning, log_reference, _ = self.log_likelihoods(model, inputs)
            loss = losses(log_reasoning, log_reference, inputs["advantages"], self._weight).mean()
            return loss / (self.current_gradient_accumulation_steps if self.model.training else 1.0)

    return VerifierFreeTrainer


def leave_one_out(rewards: Any, group: int) -> Any:
    """Each reward less the mean of the others of its group: (B,); the rewards themselves where groups have one."""
    if group < 2:
        return rewards
    grouped = rewards.view(-1, group)
    return ((grouped - grouped.mean(1, keepdim=True)) * (group / (group - 1))).view(-1)
