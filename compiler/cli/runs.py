"""`mlp runs`: list the runs of a project."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ..contract.folder import RunFolder, runs_of
from ..driver.front import Targets, Usage
from ..driver.runs import state_here
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
    rows = [_row(folder) for folder in islice(found, options.last or None)]
    if options.format == "json":
        print_json({"version": 1, "runs": rows})
        return 0
    for row in rows:
        counts = row["counts"]
        assert isinstance(counts, dict)
        said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        line = f"{row['run']}  {row['status']:<11}  {row['pipeline'] or '?'}  {said}"
        print(one_line(line.rstrip()))
    more = len(found) - len(rows)
    if more:
        print(f"and {more} older; `mlp runs --last 0` lists all")
    elif not rows:
        print("no run yet; next: mlp run FILE")
    return 0


def _row(folder: RunFolder) -> dict[str, object]:
    said = folder.said()
    return {
        "run": folder.id,
        "pipeline": said.get("pipeline"),
        "file": said.get("file"),
        "status": folder.status(),
        "began": said.get("began"),
        "seconds": said.get("seconds"),
        "counts": folder.counts(),
    }
