"""Times two commands in turn, whole processes, and gives the ratio of each pair."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Ratio:
    """What our command took, theirs, in CPU seconds (medians), and ours over theirs by pairs."""

    ours: float
    theirs: float
    ratio: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Ended:
    """User and system time of one run with all the processes it waited for, and what it printed."""

    seconds: float
    printed: str


def compare(ours: Command, theirs: Command, runs: int, folder: Path) -> Ratio:
    """`runs` pairs after one of each that is not counted: A B A B ..., so that both meet the same
    machine. Raises `CalledProcessError` where a command fails."""
    for command in (ours, theirs):
        run(command, folder)
    pairs = [(run(ours, folder).seconds, run(theirs, folder).seconds) for _ in range(runs)]
    ratios = [a / b for a, b in pairs]
    return Ratio(
        median(a for a, _ in pairs),
        median(b for _, b in pairs),
        median(ratios),
        min(ratios),
        max(ratios),
    )


def run(command: Command, folder: Path, more: dict[str, str] | None = None) -> Ended:
    """One run in a folder, with `more` variables. Raises `CalledProcessError` where it fails."""
    before = getrusage(RUSAGE_CHILDREN)
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=_clean() | (more or {}),
    )
    after = getrusage(RUSAGE_CHILDREN)
    seconds = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return Ended(seconds, ended.stdout)


def _clean() -> dict[str, str]:
    """The environment without what makes Python slow or strange; bytecode is kept."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
