"""Wasted work over the edits: what each tool does again against what it had to do."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from . import layouts
from .edits import sequence, touched
from .installs import tool, version
from .oracle import UNCACHED, Oracle
from .pairs import run
from .pipelines import Pipeline, pipelines

OURS = "millpond"


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is told of a pipeline, the words that bring it up to date, and what comes out: by
    the pipeline, its folder and what was printed."""

    name: str
    version: str
    write: Callable[[Pipeline, Path], None]
    program: Path
    words: tuple[str, ...]
    result: Callable[[Pipeline, Path, str], object]
    ready: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One edit of one pipeline: steps that had to be done, that were done, and whether the result
    was `wrong`."""

    pipeline: str
    edit: str
    needed: int
    done: int
    wrong: bool


def tools(python: Path, only: Sequence[str]) -> list[Tool]:
    """Ours, whose Python is given, and those of the others that can be had here."""
    words = ("run", "pipeline.mlp", "--format", "json")
    mlp = python.with_name("mlp")
    found = [Tool(OURS, version(python, OURS), layouts.write_mlp, mlp, words, _from_json)]
    others: dict[str, tuple[object, ...]] = {
        "snakemake": (layouts.write_snakemake, ("-c", "1", "-q", "all"), _from_file),
        "dvc": (
            layouts.write_dvc,
            ("repro", "-q"),
            _from_file,
            (("init", "--no-scm", "-q"), ("config", "core.analytics", "false")),
        ),
        "redun": (layouts.write_redun, ("run", "workflow.py", "main"), _from_print),
    }
    for name, (write, words, *rest) in others.items():
        program = tool(name) if not only or name in only else None
        if program is not None:
            said = version(program.with_name("python"), name)
            found.append(Tool(name, said, write, program, words, *rest))  # type: ignore[arg-type]
    return found


def _from_json(pipeline: Pipeline, folder: Path, printed: str) -> object:
    return json.loads(printed)["outputs"]["result"]


def _from_file(pipeline: Pipeline, folder: Path, printed: str) -> object:
    return json.loads((folder / "out" / f"{pipeline.steps[-1].output}.json").read_text())


def _from_print(pipeline: Pipeline, folder: Path, printed: str) -> object:
    found: dict[str, object] = ast.literal_eval(printed)
    return found[pipeline.steps[-1].name]


def measure(tool: Tool, said: Callable[[str], None], only: Sequence[str] = ()) -> list[Row]:
    """All edits of all pipelines, or some, with one tool. The first run counts nowhere."""
    rows: list[Row] = []
    for pipeline in pipelines():
        if only and pipeline.name not in only:
            continue
        said(f"{tool.name}: {pipeline.name}")
        with TemporaryDirectory(prefix="mlp-edits-") as place:
            folder, oracle = Path(place), Oracle()
            layouts.write_project(pipeline, folder)
            for words in tool.ready:
                run((tool.program, *words), folder)
            rows.append(_brought_up(tool, oracle, "cold", pipeline, folder))
            for name, edit in sequence(pipeline):
                pipeline = edit(pipeline)
                layouts.write_project(pipeline, folder)
                touched(name, pipeline, folder)
                rows.append(_brought_up(tool, oracle, name, pipeline, folder))
    return rows


def _brought_up(tool: Tool, oracle: Oracle, edit: str, pipeline: Pipeline, folder: Path) -> Row:
    wanted, needed = oracle.judge(pipeline, folder)
    tool.write(pipeline, folder)
    (library,) = tool.program.parents[1].glob("lib/python*/site-packages")
    layouts.write_packages(pipeline, library)
    ledger = folder / "ledger"
    ledger.write_text("")
    path = os.pathsep.join((str(tool.program.parent), os.environ["PATH"]))
    more = {"PATH": path, "LEDGER": str(ledger), **UNCACHED}
    ended = run((tool.program, *tool.words), folder, more)
    if tool.name == OURS:
        nodes = json.loads(ended.printed)["nodes"]
        done = sum(node["kind"] == "task" and node["state"] == "ran" for node in nodes)
    else:
        done = len(ledger.read_text().splitlines())
    wrong = tool.result(pipeline, folder, ended.printed) != wanted
    return Row(pipeline.name, edit, needed, done, wrong)


def table(found: dict[str, list[Row]]) -> str:
    """Steps done over steps needed, for each edit and for all of them, and how often a result was
    wrong; the first run is left out."""
    names = list(found)
    edits = list(dict.fromkeys(row.edit for row in found[names[0]]))
    lines = [f"| edit | needed | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for edit in edits:
        own = [row for row in found[names[0]] if row.edit == edit]
        cells = []
        for name in names:
            rows = [row for row in found[name] if row.edit == edit]
            wrong = sum(row.wrong for row in rows)
            cells.append(f"{sum(r.done for r in rows)}{f' ({wrong} wrong)' if wrong else ''}")
        lines.append(f"| {edit} | {sum(r.needed for r in own)} | {' | '.join(cells)} |")
    needed = sum(row.needed for row in found[names[0]] if row.edit != "cold")
    done = {n: sum(r.done for r in found[n] if r.edit != "cold") for n in names}
    lines.append(f"| **all edits** | {needed} | {' | '.join(str(done[n]) for n in names)} |")
    ratios = [f"**{done[name] / needed:.2f}**" for name in names]
    lines.append(f"| **done / needed** | 1 | {' | '.join(ratios)} |")
    wrong = [str(sum(row.wrong for row in found[name])) for name in names]
    lines.append(f"| **wrong results** | 0 | {' | '.join(wrong)} |")
    return "\n".join(lines)
