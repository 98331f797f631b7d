"""`python -m benchmarks`: prints how we compare with other tools, measured side by side."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from . import compile, incremental, waste
from .installs import wheel

TABLES = ("compile", "incremental", "edits")


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("table", nargs="?", choices=TABLES, help="one of the tables alone")
    words.add_argument("--steps", type=int, default=1000, help="how many steps a DAG has")
    words.add_argument("--rounds", type=int, default=3, help="how often each tool has its turn")
    words.add_argument("--only", nargs="*", metavar="TOOL", help="compare with these tools alone")
    words.add_argument("--revision", default="HEAD", help="which commit of Millpond to measure")
    options = words.parse_args()
    wanted = TABLES if options.table is None else (options.table,)
    if "compile" in wanted:
        compile.main(options.revision)
    if wanted == ("compile",):
        return 0
    with tempfile.TemporaryDirectory(prefix="mlp-bench-") as name:
        python = wheel(Path(name), options.revision)
        if "edits" in wanted:
            chosen = waste.tools(python, options.only)
            print(waste.table({tool.version: waste.measure(tool, said) for tool in chosen}))
        if "incremental" in wanted:
            tools = list(incremental.installed(python, options.only))
            measured = incremental.measure(tools, options.steps, options.rounds, said)
            print(incremental.table(tools, measured))
    return 0


def said(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
