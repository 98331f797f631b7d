"""`mlp logs`: show what a step printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from ..contract.folder import RunFolder
from ..driver.front import Targets, Usage
from ..driver.runs import node_called, run_called, state_here
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json

_LOOK_SECONDS = 0.2


def run(words: Sequence[str], targets: Targets) -> int:
    """The log of one node; without a node, those that there are."""
    built = parser("logs", "show what a step printed", "mlp logs latest 'trials[2].m' -f")
    built.add_argument("run", metavar="RUN", help="a run, how its name begins, or `latest`")
    built.add_argument("node", metavar="NODE", nargs="?", help="one of its nodes")
    built.add_argument("-f", "--follow", action="store_true", help="go on until the node has ended")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words)
    if options.follow and (options.node is None or options.format == "json"):
        raise Usage("`-f` follows the log of one node, as text")
    folder = run_called(state_here(options.project), options.run)
    if options.node is None:
        _list(folder, options.format)
        return 0
    state = node_called(folder, options.node)
    if options.follow:
        _follow(folder, options.node)
        return 0
    log = folder.log(options.node)
    text = log.read_text("utf-8", "replace") if log.is_file() else ""
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "run": folder.id,
                "node": options.node,
                "state": state,
                "log": str(log) if log.is_file() else None,
                "text": text,
            }
        )
    elif text:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        print(one_line(_nothing(options.node, state)), file=sys.stderr)
    return 0


def _list(folder: RunFolder, style: str) -> None:
    states = folder.states()
    if style == "json":
        rows = [
            {"node": node, "state": state, "log": str(log) if log.is_file() else None}
            for node, state in states.items()
            for log in (folder.log(node),)
        ]
        print_json({"version": 1, "run": folder.id, "nodes": rows})
        return
    shown = {node: one_line(node) for node in states}
    width = max(map(len, shown.values()), default=0)
    for node, state in states.items():
        log = folder.log(node)
        size = f"{len(log.read_bytes().splitlines())} lines" if log.is_file() else ""
        print(f"{one_line(state or '-'):<9}{shown[node]:<{width}}  {size}".rstrip())


def _nothing(node: str, state: str | None) -> str:
    match state:
        case None:
            return f"`{node}` has printed nothing so far"
        case "hit":
            return f"`{node}` was a hit: nothing ran"
        case "skipped":
            return f"`{node}` was skipped"
        case _:
            return f"`{node}` printed nothing"


def _follow(folder: RunFolder, node: str) -> None:
    """Prints the log as it grows, until the node or the run has ended."""
    log, done = folder.log(node), 0
    while True:
        # asked before reading: what is printed last must not be lost
        over = folder.states().get(node) is not None or not folder.alive()
        if log.is_file():
            with log.open("rb") as file:
                file.seek(done)
                new = file.read()
            done += len(new)
            sys.stdout.write(new.decode("utf-8", "replace"))
            sys.stdout.flush()
        if over:
            return
        time.sleep(_LOOK_SECONDS)
