"""Configurations for asynchronous generation and training (8.2 of arXiv 2501.04682): generation never waits for the
trainer, and how old its weights may be is bounded. The engines are verl's and TRL's own; each export carries the file,
and contract tests give it to the framework's own loader.
"""

VERL = """\
# python -m verl.experimental.fully_async_policy.fully_async_main --config-path "$PWD" --config-name async \\
#     actor_rollout_ref.model.path=MODEL
# Eight GPUs: four generate, four train; rewards are computed while the next replies are written.
# Hydra lets no configuration include fully_async_ppo_trainer, so what that adds to ppo_trainer is written out here.
hydra:
  searchpath:
    - pkg://verl.trainer.config

defaults:
  - ppo_trainer
  - _self_

async_training:
  staleness_threshold: 0.5          # at most half of a step's samples come from older weights
  trigger_parameter_sync_step: 4    # steps of the trainer between two transfers of weights
  require_batches: 1
  partial_rollout: true             # a reply that a transfer interrupts goes on with the new weights
  use_trainer_do_validate: false
  use_dynamic_resource_scheduling: false
  dynamic_schedule_policy: default
  dynamic_schedule_deactivate_ratio: 0.3
  dynamic_schedule_enable_rebalance: true
  concurrent_samples_per_replica: 16

rollout:
  nnodes: 1
  n_gpus_per_node: 4
  n: 8
  total_rollout_steps: 51200

trainer:
  nnodes: 1
  n_gpus_per_node: 4
  project_name: bigmath
  experiment_name: async
  save_freq: 20
  test_freq: 20
  resume_mode: auto                 # goes on from the last checkpoint after a kill

data:
  train_files: train.parquet
  val_files: held_out.parquet
  train_batch_size: 0               # samples stream; there is no batch
  gen_batch_size: 1
  return_raw_chat: true
  max_prompt_length: 1024
  max_response_length: 8192

algorithm:
  adv_estimator: grpo
  rollout_correction:
    bypass_mode: true               # the log-probabilities of the weights that wrote the reply

actor_rollout_ref:
  actor:
    strategy: fsdp2
    use_rollout_log_probs: true
    use_kl_loss: false
    ppo_mini_batch_size: 64
    optim:
      lr: 1.0e-6
  rollout:
    name: vllm
    mode: async
    n: 8
    calculate_log_probs: true
    gpu_memory_utilization: 0.8
    standalone_gpu_memory_utilization: null
    checkpoint_engine:
      backend: nccl
  model:
    use_remove_padding: true

reward:
  custom_reward_function:
    path: pkg://rl_hooks.for_verl
    name: compute_score
"""

TRL = """\
# The trainer's side; vLLM serves beside it, on GPUs of its own:
#   CUDA_VISIBLE_DEVICES=4,5,6,7 VLLM_SERVER_DEV_MODE=1 vllm serve MODEL --tensor-parallel-size 4 --dtype float32 \\
#       --weight-transfer-config '{"backend": "nccl"}'
#   CUDA_VISIBLE_DEVICES=0,1,2,3 accelerate launch train_async.py --config async.yaml
output_dir: out
vllm_server_base_url: http://127.0.0.1:8000
num_generations: 8
max_completion_length: 8192
max_staleness: 4                    # a reply whose weights are more steps older is thrown away
weight_sync_steps: 1
per_device_train_batch_size: 8
gradient_accumulation_steps: 8
learning_rate: 1.0e-6
max_steps: 1000
save_steps: 50
logging_steps: 1
report_to: none
"""

TRL_SCRIPT = '''\
"""Asynchronous GRPO on this export: generation goes on while the trainer trains. Says how in async.yaml."""

from datasets import load_dataset
from trl import TrlParser
from trl.experimental.async_grpo import AsyncGRPOConfig, AsyncGRPOTrainer

from rl_hooks.for_trl import make_reward

MODEL = "MODEL"

if __name__ == "__main__":
    (config,) = TrlParser((AsyncGRPOConfig,)).parse_args_and_config()
    rows = load_dataset("parquet", data_files={"train": "train.parquet"})
    AsyncGRPOTrainer(
        model=MODEL, args=config, train_dataset=rows["train"],
        reward_funcs=[make_reward(max_tokens=config.max_completion_length)],
    ).train()
'''
