"""What a scoring run costs: forecast before, hard cap during, tokens spent after; and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

from bigmath.errors import SettingError


@dataclass(frozen=True)
class Budget:
    """Hard caps of one run; None is no cap."""

    tokens: int | None = None
    """Most tokens generated. Never passed: a request starts only where its `max_tokens` still fits."""
    minutes: float | None = None
    """Wall minutes after which no request starts; those under way are finished."""

    def __post_init__(self) -> None:
        if self.tokens is not None and self.tokens < 1:
            raise SettingError(f"a budget of {self.tokens} tokens; accepted: 1 or more")
        if self.minutes is not None and self.minutes <= 0:
            raise SettingError(f"a budget of {self.minutes} minutes; accepted: more than 0")

    def stops(self, *, spent: int, reserved: int, seconds: float) -> str | None:
        """Why no further request may start, or None; `reserved` is what those under way and the next may take."""
        if self.tokens is not None and spent + reserved > self.tokens:
            return f"the budget of {self.tokens:,} tokens leaves no room for another request ({spent:,} spent)"
        if self.minutes is not None and seconds > self.minutes * 60:
            return f"the budget of {self.minutes:g} minutes is spent"
        return None


@dataclass(frozen=True)
class Forecast:
    """What a run is going to take, as far as that can be known before it starts."""

    requests: int
    """Requests still to be generated; of an adaptive plan those of its first round, and at most `requests_most`."""
    requests_most: int
    tokens_most: int
    """If every reply were as long as it may be."""
    tokens_likely: int | None
    """By the mean length of this model's earlier replies; None where there are none."""
    seconds_likely: float | None
    """By this model's earlier speed here; None where it is not known."""

    def line(self) -> str:
        found = f"{self.requests:,} requests to generate"
        if self.requests_most > self.requests:
            found += f" (at most {self.requests_most:,})"
        found += f", at most {self.tokens_most:,} tokens"
        if self.tokens_likely is not None:
            found += f", likely {self.tokens_likely:,}"
        if self.seconds_likely is not None:
            found += f" in about {clock(self.seconds_likely)}"
        return found


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    problems_done: int
    problems: int
    requests_done: int
    """In this run."""
    requests: int
    """Known to be needed in this run, done or not."""
    tokens: int
    seconds: float
    """Since the first request, so without loading the model."""
    correct: int
    graded: int
    errors: int

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first request is done."""
        if not self.requests_done:
            return None
        return self.seconds / self.requests_done * (self.requests - self.requests_done)

    def line(self) -> str:
        """`120/200 problems, 480/800 requests, 612 tokens/s, 3:20 left, solve rate 0.12`"""
        left = self.seconds_left
        parts = [
            f"{self.problems_done:,}/{self.problems:,} problems",
            f"{self.requests_done:,}/{self.requests:,} requests",
            f"{self.tokens_per_second:,.0f} tokens/s",
            "" if left is None else f"{clock(left)} left",
            f"solve rate {self.correct / self.graded:.3f}" if self.graded else "",
            f"{self.errors:,} errors" if self.errors else "",
        ]
        return ", ".join(part for part in parts if part)


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Tells nobody."""


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
