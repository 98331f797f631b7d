"""The budget: what this machine has, and what the running steps have taken of it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ...compiler.ir.settings import Resources

_HEADROOM = 0.95


@dataclass(frozen=True, slots=True)
class Amount:
    """Cores, bytes of memory, gpus."""

    cpu: float = 0.0
    memory: int = 0
    gpu: int = 0

    def plus(self, other: Amount) -> Amount:
        return Amount(self.cpu + other.cpu, self.memory + other.memory, self.gpu + other.gpu)

    def minus(self, other: Amount) -> Amount:
        return Amount(self.cpu - other.cpu, self.memory - other.memory, self.gpu - other.gpu)

    def within(self, limit: Amount) -> bool:
        return (
            self.cpu <= limit.cpu + 1e-9 and self.memory <= limit.memory and self.gpu <= limit.gpu
        )


def asked(resources: Resources) -> Amount:
    """What a step takes; one that says nothing takes one core."""
    return Amount(
        1.0 if resources.cpu is None else resources.cpu,
        resources.memory or 0,
        resources.gpu or 0,
    )


def machine(gpus: int | None = None) -> Amount:
    """What this machine has; gpus are those that its target block speaks of, else those found."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        memory = 1 << 62
    return Amount(float(_cores()), int(memory * _HEADROOM), _gpus() if gpus is None else gpus)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _gpus() -> int:
    try:
        return len(os.listdir("/proc/driver/nvidia/gpus"))
    except OSError:
        return 0


def clamped(amount: Amount, limit: Amount) -> Amount:
    """As much of it as there is, for `--oversubscribe`."""
    return Amount(
        min(amount.cpu, limit.cpu), min(amount.memory, limit.memory), min(amount.gpu, limit.gpu)
    )
