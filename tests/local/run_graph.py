"""Runs a graph in its text form here, as `mlp run` runs a program: a process of its own."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from millpond.backends.local.runs import run
from millpond.compiler.cli.progress import watcher
from millpond.compiler.contract.runner import Request
from millpond.compiler.ir.text import from_text
from millpond.compiler.ir.verify import verify
from millpond.compiler.passes.keys import specs
from millpond.runtime.history import History
from millpond.runtime.opening import open_store


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("file", type=Path)
    options.add_argument("--resume")
    options.add_argument("--keep-going", action="store_true")
    given = options.parse_args()
    graph = from_text(given.file.read_text())
    verify(graph, "reading")
    state = Path.cwd() / ".millpond"
    store = open_store(state)
    history = History(state / "history.sqlite", store)
    request = Request(
        graph=graph,
        specs=specs(graph, lambda span: "p.mlp:1:1"),
        store=store,
        history=history,
        state=state,
        folder=Path.cwd(),
        source_roots=(Path.cwd(),),
        settings={"workers": 4},
        parameters={},
        program="p.mlp",
        keep_going=given.keep_going,
    )
    with watcher(graph, sys.stderr, json_lines=False) as seen:
        result = run(replace(request, seen=seen), given.resume)
    history.close()
    store.close()
    why = {node.id: node.why for node in result.nodes}
    print(json.dumps({**result.as_json(), "why": why}))


if __name__ == "__main__":
    main()
