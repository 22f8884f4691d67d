"""How hard is a problem for a model? Sampled solutions (rollouts), their verdicts, and solve rates with intervals."""
