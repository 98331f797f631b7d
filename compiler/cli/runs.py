"""`mlp runs`: list the runs of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from ..contract.approvals import open_questions
from ..contract.folder import RunFolder, runs_of
from ..driver.front import Targets, Usage
from ..driver.runs import state_here
from ..ir.values import Json
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json


def run(words: Sequence[str], targets: Targets) -> int:
    """One line per run, the newest first."""
    built = parser("runs", "list the runs of this project", "mlp runs --last 5")
    built.add_argument("--last", metavar="N", type=int, default=20, help="how many; 0 for all")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words)
    if options.last < 0:
        raise Usage("`--last` is 0 or more")
    found = runs_of(state_here(options.project))
    shown = list(islice(found, options.last or None))
    if options.format == "json":
        print_json({"version": 1, "runs": [_row(folder) for folder in shown]})
        return 0
    for folder in shown:
        print(one_line(_line(folder)))
    more = len(found) - len(shown)
    if more:
        print(f"and {more} older; `mlp runs --last 0` lists all")
    elif not shown:
        print("no run yet; next: mlp run FILE")
    return 0


def _line(folder: RunFolder) -> str:
    status = folder.status()
    said = [folder.counts().words]
    noisy = len(_noisy(folder.said()))
    if noisy:
        said.append(f"{noisy} noisy")
    if status in ("running", "interrupted"):
        said += [f"`{asked.node}` waits for an answer" for asked in open_questions(folder.path)]
    pipeline = folder.said().get("pipeline") or "?"
    return f"{folder.id}  {status:<11}  {pipeline}  {', '.join(filter(None, said))}".rstrip()


def _row(folder: RunFolder) -> dict[str, object]:
    said, counts = folder.said(), folder.counts()
    return {
        "run": folder.id,
        "pipeline": said.get("pipeline"),
        "file": said.get("file"),
        "status": folder.status(),
        "began": said.get("began"),
        "seconds": said.get("seconds"),
        "counts": dict(counts.tasks),
        "gates_failed": counts.gates_failed,
        "noisy": _noisy(said),
    }


def _noisy(said: Mapping[str, Json]) -> list[Json]:
    """The nodes whose work has given other bytes before, as the run has written down."""
    nodes = said.get("nodes")
    rows = [row for row in nodes if isinstance(row, dict)] if isinstance(nodes, list) else []
    return [row["id"] for row in rows if row.get("noisy")]
