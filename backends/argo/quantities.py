"""Quantities as Kubernetes writes them: exact, and as short as exactness allows."""

from __future__ import annotations

import math

_SUFFIXES = (
    (10**12, "T"),
    (2**40, "Ti"),
    (10**9, "G"),
    (2**30, "Gi"),
    (10**6, "M"),
    (2**20, "Mi"),
)


def size_text(count: int) -> str:
    """Bytes: 32 GB is `32G`, 16 GiB is `16Gi`, anything odd stays a number."""
    for unit, suffix in _SUFFIXES:
        if count and count % unit == 0:
            return f"{count // unit}{suffix}"
    return str(count)


def cpu_text(cores: float) -> str:
    """Cores: `2`, `500m`; Kubernetes counts in thousandths, parts of one are rounded up."""
    thousandths = math.ceil(round(cores * 1000, 6))
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def seconds(limit: float) -> int:
    """Whole seconds, at least one."""
    return max(1, math.ceil(limit))
