"""`python -m benchmarks`: prints how we compare with other tools, measured side by side."""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

from . import compile, local

FOLDER = Path(__file__).parent / ".venv"
OTHERS = ("ninja", "snakemake")


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("table", nargs="?", choices=("run", "compile"), help="one of the tables")
    words.add_argument("--steps", type=int, default=1000, help="how many steps a pipeline has")
    words.add_argument("--rounds", type=int, default=3, help="how often each tool has its turn")
    words.add_argument("--install", action="store_true", help="install the other tools first")
    words.add_argument("--only", nargs="*", metavar="TOOL", help="compare these tools alone")
    options = words.parse_args()
    if options.install:
        install()
    if options.table != "run":
        compile.main()
    if options.table == "compile":
        return 0
    chosen = [t for t in local.tools(FOLDER) if not options.only or t.name in options.only]
    measured = local.measure(chosen, options.steps, options.rounds, said)
    print(local.table(measured, options.steps))
    return 0


def install() -> None:
    """Puts the other tools into a venv of their own; one that cannot be had is left out."""
    if not (FOLDER / "bin" / "python").exists():
        venv.create(FOLDER, with_pip=True)
    for name in OTHERS:
        pip = (str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", name)
        if subprocess.run(pip, check=False).returncode:
            said(f"{name} cannot be installed here")


def said(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
