"""Running on this machine: a thousand tiny steps against ninja, make and snakemake."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from .dags import Dag, layered, write_make, write_mlp, write_ninja, write_snakemake

SCENARIOS = ("cold", "nothing to do", "one change")
REFERENCE = "ninja"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: how it is told of a pipeline, and the command that runs it.

    `most_steps` keeps the slow ones bearable.
    """

    name: str
    write: Callable[[Dag, Path], None]
    command: tuple[str, ...]
    most_steps: int = 100_000


def tools(folder: Path) -> list[Tool]:
    """Those that are installed, on the PATH or in a venv of the benchmarks' own."""
    jobs = str(os.cpu_count() or 1)
    path = os.pathsep.join((str(folder / "bin"), os.environ.get("PATH", "")))
    found = [Tool("millpond", write_mlp, (sys.executable, "-m", "millpond", "run", "dag.mlp"))]
    others = (
        Tool("ninja", write_ninja, ("ninja",)),
        Tool("make", write_make, ("make", "-j", jobs)),
        Tool("snakemake", write_snakemake, ("snakemake", "-q", "-c", jobs), most_steps=1_000),
    )
    for tool in others:
        program = shutil.which(tool.command[0], path=path)
        if program is not None:
            found.append(replace(tool, command=(program, *tool.command[1:])))
    return found


def measure(
    chosen: Sequence[Tool], steps: int, rounds: int, said: Callable[[str], None]
) -> dict[tuple[str, str], float]:
    """CPU seconds by tool and scenario: medians of rounds in which the tools take turns."""
    seconds: dict[tuple[str, str], list[float]] = {}
    with TemporaryDirectory() as place:
        _run(chosen[0], Path(place), layered(10))  # compiles our modules
    for number in range(rounds):
        for tool in chosen:
            if steps > tool.most_steps:
                continue
            said(f"round {number + 1} of {rounds}: {tool.name}")
            with TemporaryDirectory() as place:
                folder = Path(place)
                dags = (layered(steps), layered(steps), layered(steps, changed=steps - 1))
                for scenario, dag in zip(SCENARIOS, dags, strict=True):
                    seconds.setdefault((tool.name, scenario), []).append(_run(tool, folder, dag))
    return {which: median(measured) for which, measured in seconds.items()}


def _run(tool: Tool, folder: Path, dag: Dag) -> float:
    """CPU seconds of one run, with all its processes."""
    tool.write(dag, folder)
    hidden = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        tool.command,
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table(measured: dict[tuple[str, str], float], steps: int) -> str:
    """CPU seconds, and in brackets how many times the reference's they are."""
    names = list(dict.fromkeys(name for name, _ in measured))
    lines = [f"local run, {steps} steps: CPU seconds (ratio to {REFERENCE})", ""]
    lines.append(f"{'':<12}" + "".join(f"{scenario:>22}" for scenario in SCENARIOS))
    for name in names:
        cells = []
        for scenario in SCENARIOS:
            own, other = measured[name, scenario], measured.get((REFERENCE, scenario))
            ratio = f" ({own / other:.1f})" if other else ""
            cells.append(f"{own:.3f}{ratio}")
        lines.append(f"{name:<12}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)
