"""The state of a process that a body meets: variables, folder and randomness the same each time."""

from __future__ import annotations

import importlib
import math
import os
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from .key import Spec

SEED = 0


class _Seeded(Protocol):
    def seed(self, value: int) -> None: ...


def variables(spec: Spec, scratch: Path, outer: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a body but its secrets: an allow-list and the declared `env`."""
    cpu = spec.get("cpu")
    threads = max(1, math.floor(cpu)) if isinstance(cpu, (int, float)) else 1
    return {
        "PATH": outer.get("PATH", os.defpath),
        "HOME": str(scratch),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": str(threads),
        **cast("dict[str, str]", spec.get("env") or {}),
    }


def become(environment: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Give this process these variables instead of those it had before; what modules have set since
    then, when they were imported, stays."""
    if environment == before:
        return
    for name in before.keys() - environment.keys():
        os.environ.pop(name, None)
    for name, value in environment.items():
        if before.get(name) != value:
            os.environ[name] = value


def seed() -> None:
    """Start the global random generators of Python and, where it is loaded, numpy anew."""
    random.seed(SEED)
    if "numpy" in sys.modules:
        # numpy loads this part of itself when it is first used, which would be too late.
        cast(_Seeded, importlib.import_module("numpy.random")).seed(SEED)
