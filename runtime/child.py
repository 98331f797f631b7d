"""The process of one Python body: reads its job, runs the function, leaves what came of it."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .artifact import Json
from .body import BodyError, Workplace, run_body
from .inputs import input_types, lay
from .key import Spec
from .outputs import declared, from_json, to_json
from .values import decode, encode

JOB = "job.json"
OUTCOME = "outcome.json"

_START = (
    "import importlib, sys; sys.path[0] = sys.argv[1]; "
    "sys.exit(importlib.import_module(sys.argv[2]).main(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a body's process said before it ended badly."""

    message: str
    trace: str


@dataclass(frozen=True, slots=True)
class Python:
    """What runs a body: a program, and the folder (or zip) in which it finds this package under
    the name `package`."""

    program: str
    root: str
    package: str


def own() -> Python:
    """The Python that runs here."""
    root = Path(os.path.abspath(__file__)).parents[__name__.count(".")]
    return Python(sys.executable, str(root), __name__.rpartition(".")[0])


def command(
    spec: Spec,
    arguments: Mapping[str, object],
    place: Workplace,
    desk: Path,
    python: Python | None = None,
) -> tuple[str, ...]:
    """The command that runs a Python body whose inputs are laid; `desk` holds job and outcome."""
    python = python or own()
    types = input_types(spec)
    job: dict[str, Json] = {
        "spec": dict(spec),
        "arguments": {name: encode(types[name], value) for name, value in arguments.items()},
        "scratch": str(place.scratch),
        "roots": [str(root) for root in place.roots],
    }
    (desk / OUTCOME).unlink(missing_ok=True)
    (desk / JOB).write_text(json.dumps(job), encoding="utf-8")
    return (python.program, "-c", _START, python.root, f"{python.package}.child", str(desk))


def main(desk_path: str) -> int:
    desk = Path(desk_path)
    job = cast("dict[str, Json]", json.loads((desk / JOB).read_text(encoding="utf-8")))
    spec = cast(Spec, job["spec"])
    types = input_types(spec)
    arguments = {
        name: decode(types[name], data)
        for name, data in cast("dict[str, Json]", job["arguments"]).items()
    }
    roots = tuple(Path(cast(str, root)) for root in cast("list[Json]", job["roots"]))
    place = Workplace(Path(cast(str, job["scratch"])), roots)
    laid, _ = lay(spec, arguments, place.scratch, fetch=None)
    outcome: dict[str, Json]
    try:
        outputs = run_body(spec, laid, place)
    except BodyError as problem:
        outcome = {"failure": str(problem), "trace": problem.trace}
    except Exception as problem:
        outcome = {"failure": f"fault of the launcher: {problem}", "trace": traceback.format_exc()}
    else:
        outcome = {"outputs": {o.name: to_json(o, outputs[o.name]) for o in declared(spec)}}
    sys.stdout.flush()
    sys.stderr.flush()
    (desk / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")
    return 0 if "outputs" in outcome else 1


def outcome_of(spec: Spec, desk: Path) -> dict[str, object] | Failure | None:
    """What the process left: outputs as `run_body` gives them, a failure, or nothing at all."""
    try:
        text = (desk / OUTCOME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    outcome = cast("dict[str, Json]", json.loads(text))
    if "outputs" not in outcome:
        return Failure(cast(str, outcome["failure"]), cast(str, outcome["trace"]))
    data = cast("dict[str, Json]", outcome["outputs"])
    return {output.name: from_json(output, data[output.name]) for output in declared(spec)}
