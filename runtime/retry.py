"""Attempts: what went wrong with one, whether another follows, and how long to wait before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar, cast

from .artifact import Json
from .key import Spec
from .process import mask

_T = TypeVar("_T")


class Cause(Enum):
    """Why an attempt ended badly; the value is the word of `retry { on }`."""

    FAILURE = "failure"
    TIMEOUT = "timeout"
    INFRASTRUCTURE = "infrastructure"
    OOM = "oom"


EXIT_CODES = {Cause.FAILURE: 1, Cause.TIMEOUT: 1, Cause.INFRASTRUCTURE: 75, Cause.OOM: 137}


class AttemptFailed(Exception):  # noqa: N818 - it names what happened, not a fault
    """One attempt at a step ended badly; `trace` is the user's part of a traceback."""

    def __init__(self, cause: Cause, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.trace = trace

    def masked(self, secrets: Sequence[bytes]) -> AttemptFailed:
        """The same without any of the secrets in its words."""
        words = (
            mask(text.encode("utf-8", "backslashreplace"), secrets).decode()
            for text in (str(self), self.trace)
        )
        return AttemptFailed(self.cause, *words)


@dataclass(frozen=True, slots=True)
class Policy:
    """`retry` of a step; `attempts` counts the first one."""

    attempts: int = 1
    linear: bool = False
    first: float = 0.0
    longest: float | None = None
    on: frozenset[Cause] = frozenset(set(Cause) - {Cause.OOM})

    @staticmethod
    def of(spec: Spec) -> Policy:
        retry = cast("dict[str, Json]", spec.get("retry") or {})
        backoff = cast("dict[str, Json]", retry.get("backoff") or {})
        on = cast("list[str] | None", retry.get("on"))
        return Policy(
            attempts=cast(int, retry.get("attempts", 1)),
            linear=backoff.get("kind") == "linear",
            first=float(cast(float, backoff.get("first") or 0)),
            longest=cast("float | None", backoff.get("max")),
            on=Policy().on if on is None else frozenset(Cause(word) for word in on),
        )

    def wait(self, attempt: int) -> float:
        """Seconds between attempt number `attempt` (from 1) and the next."""
        seconds = self.first * (attempt if self.linear else 2 ** (attempt - 1))
        return seconds if self.longest is None else min(seconds, self.longest)


def persist(
    policy: Policy,
    attempt: Callable[[int], _T],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> _T:
    """Attempt until it works or the policy gives up; raises the last `AttemptFailed`.

    Infrastructure is not retried here: that is the engine's, or the local scheduler's, to do.
    """
    number = 1
    while True:
        try:
            return attempt(number)
        except AttemptFailed as failed:
            hopeless = failed.cause is Cause.INFRASTRUCTURE or failed.cause not in policy.on
            if hopeless or number >= policy.attempts:
                raise
            seconds = policy.wait(number)
            say(f"attempt {number} of {policy.attempts} failed: {failed}; next in {seconds:g} s")
            sleep(seconds)
            number += 1
