"""Steps that are declared and not built: running one fails with a sentence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NoReturn


def canary(
    model: Path, endpoint: str, traffic: list[float], hold: timedelta, max_error_rate: float
) -> NoReturn:
    """Raise `NotImplementedError`."""
    _refuse("std.deploy.canary")


def rollback(endpoint: str) -> NoReturn:
    """Raise `NotImplementedError`."""
    _refuse("std.deploy.rollback")


def drift(endpoint: str, baseline: Path, every: timedelta) -> NoReturn:
    """Raise `NotImplementedError`."""
    _refuse("std.monitor.drift")


def _refuse(step: str) -> NoReturn:
    raise NotImplementedError(
        f"`{step}` is only declared in this version of Millpond: stub it in tests, or call a step "
        "of your own that does this on your platform"
    )
