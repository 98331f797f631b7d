"""`mlp cache pin` and `unpin`: keep the results of a run whatever their age, or no longer."""

from __future__ import annotations

from collections.abc import Sequence

from ..driver.front import Targets
from ..driver.keeping import keeping, results_of_run, run_here
from .amounts import counted
from .options import parse, parser, with_format, with_project
from .show import print_json


def run(words: Sequence[str], targets: Targets) -> int:
    """Says how many results there are."""
    verb = words[0]
    pins = verb == "pin"
    says = "keep the results of a run, whatever their age" if pins else "let them go like others"
    built = parser(f"cache {verb}", says, f"mlp cache {verb} latest")
    built.add_argument("run", metavar="RUN", help="a run, how its name begins, or `latest`")
    if pins:
        built.add_argument("--reason", metavar="TEXT", default="", help="why, for those who ask")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words[1:])
    with keeping(options.project) as here:
        found = run_here(here, options.run)
        stored = {kept.id for kept in here.results()}
        results = sorted(results_of_run(found) & stored)
        if pins:
            here.store.index.pin(results, options.reason or f"run {found.id}")
        else:
            here.store.index.unpin(results)
    if options.format == "json":
        print_json({"version": 1, "run": found.id, "pinned": pins, "results": len(results)})
        return 0
    how = "stay until `mlp cache unpin`" if pins else "may go once they are old enough"
    print(f"{counted(len(results), 'result')} of run {found.id} {how}")
    return 0
