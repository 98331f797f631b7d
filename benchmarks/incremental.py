"""Work that is done again on this machine: cold, nothing to do, one input changed, one body edited.

Every tool builds the same DAG. Whole processes are timed in turn; the sinks that each tool ends
with are compared with what they must be.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from . import written
from .dags import Dag, layered
from .installs import tool, version
from .pairs import run

OURS = "millpond"
SCENARIOS = (
    "cold",
    "nothing to do",
    "once more",
    "input at the top",
    "input at the bottom",
    "body edited",
)
Result = Callable[[Dag, Path, str], list[int]]
"""What the sinks hold after a run, by its folder and what it has printed."""


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is told of a DAG, the words that run it and that make its folder ready, and the
    most steps that it does in bearable time."""

    name: str
    write: Callable[[Dag, Path], None]
    words: tuple[str, ...]
    result: Result
    steps: int = 100_000
    ready: tuple[tuple[str, ...], ...] = ()
    version: str = ""


def from_files(dag: Dag, folder: Path, printed: str) -> list[int]:
    """What lies in the files of the sinks."""
    return [int((folder / f"s{step}").read_text()) for step in dag.sinks]


def from_output(dag: Dag, folder: Path, printed: str) -> list[int]:
    """The list that was printed."""
    found: list[int] = ast.literal_eval(printed[printed.index("[") : printed.rindex("]") + 1])
    return found


TOOLS = (
    Tool("ninja", written.write_ninja, (), from_files),
    Tool("make", written.write_make, ("-j2",), from_files),
    Tool("doit", written.write_doit, (), from_files),
    Tool("snakemake", written.write_snakemake, ("-q", "all", "-c", "2"), from_files, 1_000),
    Tool(
        "dvc",
        written.write_dvc,
        ("repro", "-q"),
        from_files,
        50,
        (("init", "--no-scm", "-q"), ("config", "core.analytics", "false")),
    ),
    Tool("redun", written.write_redun, ("run", "workflow.py", "main"), from_output, 50),
)


def installed(python: Path, only: Sequence[str]) -> Iterator[Tool]:
    """Ours, whose Python is given, and those of the others that can be had here."""
    mlp = (str(python.with_name("mlp")), "run", "dag.mlp")
    yield Tool(OURS, written.write_mlp, mlp, from_output)
    for each in TOOLS:
        program = tool(each.name) if not only or each.name in only else None
        if program is None:
            continue
        others = program.with_name("python")
        if others.exists() and program.parent.parent.name == each.name:
            said = version(others, each.name)
        else:
            words = [str(program), "--version"]
            found = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            said = f"{each.name} {found.splitlines()[0].split()[-1]}"
        yield replace(
            each,
            words=(str(program), *each.words),
            ready=tuple((str(program), *words) for words in each.ready),
            version=said,
        )


Seconds = Mapping[tuple[str, int, str], list[float]]
"""CPU seconds by tool, number of steps and scenario, one for each round."""


def measure(tools: Sequence[Tool], steps: int, rounds: int, said: Callable[[str], None]) -> Seconds:
    """Every round gives each tool its turn; ours takes one for every number of steps."""
    found: dict[tuple[str, int, str], list[float]] = {}
    others = [each for each in tools if each.name != OURS]
    sizes = sorted({min(steps, each.steps) for each in others} or {steps})
    turns = [(each, n) for each in tools for n in (sizes if each.name == OURS else [each.steps])]
    for number in range(rounds):
        for each, most in turns:
            count = min(steps, most)
            said(f"round {number + 1} of {rounds}: {each.name}, {count} steps")
            with TemporaryDirectory(prefix="mlp-bench-") as place:
                for scenario, seconds in timed(each, Path(place), layered(count)):
                    found.setdefault((each.name, count, scenario), []).append(seconds)
    return found


def scenarios(dag: Dag) -> Iterator[tuple[str, Dag]]:
    """The DAG as it is in each scenario, one after the other in one folder."""
    top, bottom = dag.sources[0], dag.sources[-1]
    yield SCENARIOS[0], dag
    yield SCENARIOS[1], dag
    yield SCENARIOS[2], dag
    yield SCENARIOS[3], replace(dag, changed=frozenset((top,)))
    both = frozenset((top, bottom))
    yield SCENARIOS[4], replace(dag, changed=both)
    yield SCENARIOS[5], replace(dag, changed=both, edited=True)


def timed(each: Tool, folder: Path, dag: Dag) -> Iterator[tuple[str, float]]:
    """The CPU seconds of each scenario. Raises `ValueError` where a tool is wrong."""
    for words in each.ready:
        run(words, folder)
    for scenario, now in scenarios(dag):
        written.write_sources(now, folder)
        each.write(now, folder)
        ended = run(each.words, folder)
        wanted = [now.values()[step] for step in now.sinks]
        if each.result(now, folder, ended.printed) != wanted:
            raise ValueError(f"{each.name} is wrong: {scenario}")
        yield scenario, ended.seconds


def table(tools: Sequence[Tool], measured: Seconds) -> str:
    """CPU seconds, and how many times ours they are: medians over the rounds."""
    lines = [
        "| tool | steps | " + " | ".join(SCENARIOS) + " |",
        "|---|---|" + "---|" * len(SCENARIOS),
    ]
    for each in tools:
        sizes = sorted({count for name, count, _ in measured if name == each.name}, reverse=True)
        for count in sizes:
            cells = []
            for scenario in SCENARIOS:
                own, other = measured[OURS, count, scenario], measured[each.name, count, scenario]
                ratio = median(b / a for a, b in zip(own, other, strict=True))
                shown = "" if each.name == OURS else f" ({ratio:.3g})"
                cells.append(f"{median(other):.3f}{shown}")
            name = each.version or each.name
            lines.append(f"| {name} | {count:,} | {' | '.join(cells)} |")
    return "\n".join(lines)
