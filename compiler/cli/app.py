"""The command line's front door: finds the command, and turns our own faults into exit code 70."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Protocol, cast

from ..driver.front import Targets, Usage
from .plain import inert

FINE, WRONG, MISUSED, FAULT, INTERRUPTED = 0, 1, 2, 70, 130

COMMANDS: dict[str, str] = {
    "check": "find every mistake in a file",
    "plan": "say what a run would do, and why",
    "why": "say why one node is a hit, runs or may run",
    "diff": "compare two versions of a pipeline",
    "run": "run a pipeline on this machine",
    "audit": "run some of the stored results again, and compare",
    "runs": "list the runs of this project",
    "logs": "show what a step printed",
    "approve": "decide what a run waits for",
    "lock": "write down what images, requirements and modules stand for today",
    "cache": "look at, check, shrink and move the results that are kept here",
    "compile": "write a pipeline down for Argo, Kubeflow or SageMaker",
    "test": "run the tests of a file",
    "graph": "draw a pipeline",
    "targets": "compare what the targets can do",
    "explain": "explain a diagnostic code",
    "init": "begin a small working project",
}


class Command(Protocol):
    """What a module of this folder holds: one command."""

    def run(self, words: Sequence[str], targets: Targets) -> int:
        """Carries the command out; the exit code."""
        ...


def main(words: Sequence[str], targets: Targets, version: str) -> int:
    """One call of `mlp`: the exit code. Never raises but for `SystemExit`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # a terminal that cannot show a letter gets its number
            stream.reconfigure(errors="backslashreplace")
    name = words[0] if words else "--help"
    if name in ("--help", "-h", "help"):
        name = ""
    elif name not in COMMANDS:
        print(f"mlp: there is no command called `{name}`{_nearest(name)}", file=sys.stderr)
        return MISUSED
    try:
        if not name:
            print(_overview(), flush=True)
            return FINE if words else MISUSED
        command = cast(Command, import_module(f".{name}", __package__))
        code = command.run(words[1:], targets)
        sys.stdout.flush()
        return code
    except Usage as problem:
        print(f"mlp {name}: {inert(str(problem))}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("mlp: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FINE
    except Exception as fault:
        trouble = _trouble(fault)
        if trouble is None:
            return _fault(fault, words, version)
        print(f"{f'mlp {name}'.rstrip()}: {inert(trouble)}", file=sys.stderr)
        return WRONG


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [
        "mlp: typed ML pipelines, planned before they run, on this machine or three clouds",
        "",
        "usage: mlp COMMAND [FILE] [options] [name=value ...]",
        "",
        *(f"  {name:<{width}}{says}" for name, says in COMMANDS.items()),
        "",
        "`mlp COMMAND --help` shows options and an example. Begin with: mlp init my-project",
    ]
    return "\n".join(lines)


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    return f"; did you mean `{close[0]}`?" if close else "; `mlp --help` lists them"


def _trouble(problem: Exception) -> str | None:
    """What this machine is to blame for, in words: a full disk, a folder that is not ours."""
    if isinstance(problem, ModuleNotFoundError) and problem.name == "fcntl":
        return "this system cannot lock files as a store of results must; `mlp check` works here"
    import errno

    from ...runtime.store import StoreUnreachableError

    if isinstance(problem, StoreUnreachableError):
        return str(problem)
    if not isinstance(problem, OSError) or problem.strerror is None:
        return None
    where = "" if problem.filename is None else f" `{problem.filename}`"
    match problem.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EROFS:
            if problem.filename is None:
                # What standard output still holds has nowhere to go, and is not tried again.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return f"cannot write{where}: {problem.strerror.lower()}"
        case errno.EACCES | errno.EPERM:
            return f"cannot use{where}: {problem.strerror.lower()}"
        case errno.EEXIST | errno.ENOTDIR | errno.EISDIR if "/.millpond/" in where:
            return f"cannot use{where}: something else lies in its place; move that away"
        case _:
            return None


def _fault(fault: Exception, words: Sequence[str], version: str) -> int:
    """Our mistake: a short message, and the traceback in a file, or below it where none can be."""
    import tempfile
    import traceback

    details = "".join(traceback.format_exception(fault))
    text = f"mlp {version}\nPython {sys.version}\nmlp {' '.join(words)}\n\n{details}"
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="mlp-fault-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(text)
        where = f"the details are in {file.name}"
    except OSError:
        print(text, file=sys.stderr)
        where = "the details are above"
    print(
        f"mlp: this is a fault of Millpond, not of your file: {type(fault).__name__}\n"
        f"     {where}; please report them with the command you typed",
        file=sys.stderr,
    )
    return FAULT
