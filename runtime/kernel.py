"""The kernel of a notebook step: where its cells run, and what takes the outputs from them."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from . import child
from .artifact import Json
from .body import collect as collected
from .codecs import CodecError
from .imports import from_source
from .notebook import paths_of
from .outputs import OutputError, declared
from .state import seed

_desk = Path()


def main(argv: list[str]) -> None:
    """Becomes a kernel; `argv` names the desk and the file that says how to reach it."""
    global _desk
    _desk = Path(argv[0])
    job = child.order(_desk)
    job.place.outputs.mkdir(exist_ok=True)
    # What our own package lies in is no place to find others; the project's code is.
    sys.path[0:1] = [str(root) for root in job.place.roots]
    from_source(job.place.roots, job.place.planned)
    try:
        application: Any = importlib.import_module("ipykernel.kernelapp").IPKernelApp
    except ImportError as problem:
        text = f"ipykernel must be in the environment of this step: {problem}"
        (_desk / "kernel.txt").write_text(text, encoding="utf-8")
        raise SystemExit(1) from None
    os.environ["IPYTHONDIR"] = str(_desk / "ipython")
    kernel = application.instance()
    kernel.initialize(["-f", argv[1], "--HistoryManager.enabled=False", "--log-level=ERROR"])
    events = kernel.shell.events

    def begin(*_: object) -> None:
        """Before the first cell: the same random state each time, whatever ran until now."""
        events.unregister("pre_run_cell", begin)
        if importlib.util.find_spec("numpy") is not None:
            importlib.import_module("numpy")  # so that its generator can be started anew
        seed()

    events.register("pre_run_cell", begin)
    kernel.start()


def collect() -> None:
    """Takes the outputs from the variables and paths of the notebook, at its end."""
    job = child.order(_desk)
    values: dict[str, object] = importlib.import_module("IPython").get_ipython().user_ns
    paths = paths_of(job.spec, job.place.outputs)
    outputs = declared(job.spec)
    outcome: dict[str, Json]
    try:
        missing = [o.name for o in outputs if o.name not in paths and o.name not in values]
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            raise CodecError(f"no cell has set {names}")
        outcome = {"outputs": collected(outputs, paths, values, job.laid, job.place)}
    except (OutputError, CodecError) as problem:
        outcome = {"failure": str(problem), "trace": getattr(problem, "trace", "")}
    except Exception as problem:
        outcome = {"failure": f"fault of the launcher: {problem}", "trace": traceback.format_exc()}
    (_desk / child.OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")
