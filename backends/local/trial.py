"""A trial: one task on its way to a result, through as many attempts as its retries allow."""

from __future__ import annotations

from dataclasses import dataclass

from ...compiler.ir.nodes import Task
from ...runtime.retry import Cause, Policy
from ...runtime.step import Work
from .budget import Amount


@dataclass(slots=True, eq=False)
class Trial:
    """`answer` is the key its result answers to. `began` and `ends` are of the attempt that runs
    now; `ends` is None where the worker itself looks after the time."""

    task: Task
    work: Work
    answer: str
    amount: Amount
    urgency: float
    attempts: int = 0
    began: float = 0.0
    ends: float | None = None

    def pause(self, cause: Cause) -> float | None:
        """Seconds until another attempt after one that failed; None where there is no other."""
        policy = Policy.of(self.work.spec)
        if cause not in policy.on or self.attempts >= policy.attempts:
            return None
        return policy.wait(self.attempts)

    @property
    def ttl(self) -> float | None:
        """Seconds for which the result answers. What this run alone keeps answers it to its end:
        nothing is done twice because a run was gone on with late."""
        return self.task.settings.cache.ttl if self.work.pure else None

    @property
    def fresh(self) -> bool:
        """Whether a Python body gets a process that ran nothing before and runs nothing after."""
        settings = self.task.settings
        return bool(settings.secrets or settings.env or settings.resources.gpu or settings.isolate)
