"""`bigmath serve`: the verifier over HTTP, for trainers that ask for a reward.

`guard` (sizes, times, crowding) -> `app` (routes, a bounded queue) -> `bigmath.verifier.pool` (worker processes).
The event loop never verifies anything; no text is written to a log.
"""
