"""`bigmath serve`: the verifier over HTTP, for trainers that ask for a reward.

`guard` (sizes, times, crowding) -> `app` (routes) -> `pool` (a bounded queue before worker processes) -> the verifier.
The event loop never verifies anything; no text is written to a log.
"""
