"""The process of one Python body: reads its job, runs the function, leaves what came of it."""

from __future__ import annotations

import json
import os
import stat
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .artifact import Json
from .body import BodyError, Workplace, run_body
from .descriptors import ValueMismatch
from .inputs import input_types, lay
from .key import Spec
from .outputs import declared, from_json
from .removal import remove
from .values import decode, encode

_LONGEST_WORDS = 2000
_LONGEST_TRACE = 1 << 20
JOB = "job.json"
OUTCOME = "outcome.json"
EXECUTED = "executed.ipynb"
# The modules whose `main` runs a body; other bodies are processes themselves.
_ENTRIES = {"python": "child", "notebook": "notebook"}

# A body may put something else in the place of this function.
_dumps = json.dumps

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


def is_ours(spec: Spec) -> bool:
    """Whether a process of ours runs the body."""
    return spec["kind"] in _ENTRIES


def command(
    spec: Spec,
    arguments: Mapping[str, object],
    place: Workplace,
    desk: Path,
    python: Python | None = None,
    kernel: Python | None = None,
) -> tuple[str, ...]:
    """The command that runs a body of ours whose inputs are laid; `desk` holds job and outcome.

    A notebook's cells run in a `kernel` of their own, where it is not the same Python.
    """
    python = python or own()
    forget(desk)
    job = job_of(spec, arguments, place, kernel)
    (desk / JOB).write_text(json.dumps(job), encoding="utf-8")
    entry = f"{python.package}.{_ENTRIES[cast(str, spec['kind'])]}"
    return (python.program, "-c", _START, python.root, entry, str(desk))


def job_of(
    spec: Spec, arguments: Mapping[str, object], place: Workplace, kernel: Python | None = None
) -> dict[str, Json]:
    """A job in the form that can be sent; `order_of` reads it."""
    types = input_types(spec)
    return {
        "spec": dict(spec),
        "arguments": {name: encode(types[name], value) for name, value in arguments.items()},
        "scratch": str(place.scratch),
        "roots": [str(root) for root in place.roots],
        "planned": None if place.planned is None else str(place.planned),
        "kernel": None if kernel is None else [kernel.program, kernel.root, kernel.package],
    }


def as_sent(spec: Spec, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments as a process finds them to which a job is sent."""
    types = input_types(spec)
    return {n: decode(types[n], encode(types[n], value)) for n, value in arguments.items()}


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it is read."""

    spec: Spec
    laid: dict[str, object]
    place: Workplace
    kernel: Python | None


def order(desk: Path) -> Order:
    """The job that lies on a desk."""
    return order_of(cast("dict[str, Json]", json.loads((desk / JOB).read_text(encoding="utf-8"))))


def order_of(job: Mapping[str, Json]) -> Order:
    """A job that was sent, its inputs where they were laid."""
    spec = cast(Spec, job["spec"])
    types = input_types(spec)
    arguments = {
        name: decode(types[name], data)
        for name, data in cast("dict[str, Json]", job["arguments"]).items()
    }
    roots = tuple(Path(cast(str, root)) for root in cast("list[Json]", job["roots"]))
    planned = cast("str | None", job["planned"])
    place = Workplace(
        Path(cast(str, job["scratch"])), roots, None if planned is None else Path(planned)
    )
    laid, _ = lay(spec, arguments, place.scratch, fetch=None)
    kernel = cast("list[str] | None", job["kernel"])
    return Order(spec, laid, place, None if kernel is None else Python(*kernel))


def main(desk_path: str) -> int:
    return answer(Path(desk_path), lambda job: run_body(job.spec, job.laid, job.place))


def answer(desk: Path, run: Callable[[Order], dict[str, Json]]) -> int:
    """Runs the job on a desk and leaves there what came of it; the exit code."""
    job = order(desk)
    return conclude(desk, lambda: run(job))


def conclude(desk: str | Path, run: Callable[[], dict[str, Json]]) -> int:
    """Runs a body and leaves on a desk what came of it; the exit code."""
    outcome: dict[str, Json]
    try:
        outcome = {"outputs": run()}
    except BodyError as problem:
        outcome = {"failure": str(problem), "trace": problem.trace}
    except Exception as problem:
        outcome = {"failure": f"fault of the launcher: {problem}", "trace": traceback.format_exc()}
    return 0 if leave(desk, outcome) and "outputs" in outcome else 1


def _legible(text: str, most: int) -> str:
    """A body's words as text that can be written, of a length that can be read."""
    if len(text) > most:
        text = f"{text[:most]} ... ({len(text):,} characters)"
    return text.encode("utf-8", "backslashreplace").decode()


def forget(desk: Path) -> None:
    """Takes away what came of the job before."""
    try:
        (desk / OUTCOME).unlink(missing_ok=True)
    except OSError:
        remove(desk / OUTCOME)


def leave(desk: str | Path, outcome: Mapping[str, Json]) -> bool:
    """Leaves what came of a job, after all that it has printed; False, and an empty file, where
    that could not be written."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a body may have closed it, or put another one in its place
            stream.flush()
    rest = memoryview(_dumps(outcome).encode())
    file = os.open(f"{desk}/{OUTCOME}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        os.ftruncate(file, 0)
        return False
    finally:
        os.close(file)
    return True


def outcome_of(spec: Spec, desk: Path) -> dict[str, object] | Failure | None:
    """What the process left: outputs with artifacts as paths, a failure, or nothing at all.

    Raises `OSError` for what it could not write.
    """
    try:
        # A body may have put anything in its place, also what a reader would wait for.
        file = os.open(desk / OUTCOME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return None
    with open(file, "rb", buffering=0) as said:
        text = said.readall().decode("utf-8", "surrogateescape")
    if not text:
        raise OSError("what came of it could not be written; is the disk full?")
    try:
        outcome = cast("dict[str, Json]", json.loads(text))
        if "outputs" not in outcome:
            words, trace = cast(str, outcome["failure"]), cast(str, outcome["trace"])
            return Failure(_legible(words, _LONGEST_WORDS), _legible(trace, _LONGEST_TRACE))
        data = cast("dict[str, Json]", outcome["outputs"])
        return {output.name: from_json(output, data[output.name]) for output in declared(spec)}
    except (ValueError, KeyError, TypeError, AttributeError, ValueMismatch):
        return Failure("what its process left is no outcome", "")
