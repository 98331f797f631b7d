"""One attempt at one step: inputs laid, body run, outputs in the store, a record to publish."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ...runtime import child, process
from ...runtime.artifact import Artifact
from ...runtime.body import BodyError, Workplace
from ...runtime.command import Command, collect, command_of
from ...runtime.inputs import lay
from ...runtime.key import Inputs, Spec, parts_of
from ...runtime.outputs import OutputError
from ...runtime.removal import clear
from ...runtime.retry import AttemptFailed, Cause
from ...runtime.state import variables
from ...runtime.step import Work, judge, prepare, warnings_in
from ...runtime.store import Guard, MissingObjectError, Store, changed
from .capture import Capture
from .containers import Container, outside
from .environments import made, on_path, python_of
from .host import Host, perform
from .processes import end_children
from .recipes import NotMadeError, Recipe


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at one step. `spec` is the number of a spec that the worker knows.

    `more` are variables beside those of the spec, secrets included; `masked` are the secrets'
    values. A `fresh` Python body gets a process of its own; one with an environment is fresh.
    `planned` is a folder with the body's code as it was when the run was planned.
    """

    spec: int
    arguments: Mapping[str, object]
    key: str
    inputs: Inputs
    roots: tuple[Path, ...]
    more: Mapping[str, str]
    masked: tuple[str, ...]
    log: str
    timeout: float | None
    fresh: bool
    container: Container | None = None
    environment: Recipe | None = None
    planned: Path | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The bytes of the result record; its objects lie in the store already."""

    record: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong with the attempt; `trace` is the user's part of the traceback."""

    cause: Cause
    message: str
    trace: str
    seconds: float


Answer = Done | Failed


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker has for all its jobs: a folder of its own, the variables that it was started
    with, what is printed, and the host of Python bodies."""

    desk: Path
    outer: Mapping[str, str]
    capture: Capture
    host: Host


def attempt(job: Job, spec: Spec, store: Store, around: Surroundings) -> Answer:
    """One attempt, its output in the log, its result in the store."""
    began = time.monotonic()
    work = Work(spec, job.arguments, job.key, parts_of(spec, job.arguments), job.inputs)
    place = Workplace(around.desk / "scratch", job.roots, job.planned)

    def failed(cause: Cause, problem: Exception, trace: str = "") -> Failed:
        # An error's own words may quote a secret.
        message, trace = _masked(job, str(problem)), _masked(job, trace)
        return Failed(cause, message, trace, time.monotonic() - began)

    try:
        _hold(job, spec)
        clear(place.scratch)
        if spec["kind"] == "python" and not job.fresh:
            around.capture.begin(job.log)
            try:
                record = perform(
                    work, store, place, around.outer, job.more, around.host, around.capture.follow
                )
            finally:
                around.capture.end()
            content = record.content
        else:
            inside = nullcontext() if job.environment is None else made(job.environment)
            with inside as home:
                content = _apart(job, work, store, place, around, home)
        _hold(job, spec)
    except (BodyError, OutputError) as problem:
        return failed(Cause.FAILURE, problem, getattr(problem, "trace", ""))
    except AttemptFailed as problem:
        return failed(problem.cause, problem, problem.trace)
    except NotMadeError as problem:
        return failed(Cause.INFRASTRUCTURE, problem)
    except MissingObjectError as problem:
        return failed(Cause.INFRASTRUCTURE, problem)
    except OSError as problem:
        return failed(Cause.INFRASTRUCTURE, problem)
    return Done(content, time.monotonic() - began)


def _hold(job: Job, spec: Spec) -> None:
    """Holds the files that the code finds beside itself against what they were when the run was
    planned: the key says that. Raises `BodyError`."""
    for name in cast("list[str]", spec.get("beside", [])):
        found = (root / name for root in job.roots)
        place = next((path for path in found if path.is_file()), None)
        assert job.planned is not None, "what a bundle holds was laid out"
        if place is None or place.read_bytes() != (job.planned / name).read_bytes():
            raise BodyError(f"`{name}` has changed since this run began; start it again")


def _apart(
    job: Job,
    work: Work,
    store: Store,
    place: Workplace,
    around: Surroundings,
    home: Path | None,
) -> bytes:
    """An attempt in a process of its own, which ends with everything it started. `home` is the
    environment that it runs in."""
    spec, scratch, desk, outer = work.spec, place.scratch, around.desk, around.outer

    def fetch(artifact: Artifact, path: Path) -> tuple[Guard, ...]:
        return store.materialize(artifact, path, share=True)

    guards: tuple[Guard, ...] = ()
    try:
        laid, guards = lay(spec, job.arguments, scratch, fetch)
        ours = child.is_ours(spec)
        if ours:
            argv = child.command(spec, job.arguments, place, desk, *_pythons(job, spec, home))
            command = Command(argv, {}, scratch)
        else:
            command = command_of(spec, laid, place, "bash" if job.container else None)
        environment = {**variables(spec, scratch, outer), **job.more, **command.variables}
        if home is not None:
            environment = on_path(home, environment)
        if job.container is not None:
            # A Python body finds its job on the desk, and leaves its outcome there.
            write, read = (desk, (*job.roots, job.container.launcher)) if ours else (scratch, ())
            read = (*read, *outside(laid, scratch))
            command, environment = job.container.wrapped(command, environment, outer, write, read)
        began = time.monotonic()
        ended = _run(job, command, environment, around.host)
        outcome = child.outcome_of(spec, desk) if ours else None
        if job.container is not None:
            job.container.judge(ended, started=outcome is not None or not ours)
        judge(ended, job.timeout, outcome if isinstance(outcome, child.Failure) else None)
        if ours and not isinstance(outcome, dict):
            raise BodyError("the process ended without a result")
        outputs = outcome if isinstance(outcome, dict) else collect(spec, place)
        if changed(guards):
            raise BodyError("the body changed one of its inputs")
        seconds = time.monotonic() - began
        record = prepare(work, outputs, store, scratch, seconds, job.masked)
        if warnings := warnings_in(record):
            with open(job.log, "a", encoding="utf-8") as log:
                log.writelines(f"warning: {warning}\n" for warning in warnings)
        return record.content
    finally:
        changed(guards)  # a body that failed may have harmed them as well
        clear(scratch)
        _keep_notebook(job, desk)


def _pythons(job: Job, spec: Spec, home: Path | None) -> tuple[child.Python, child.Python | None]:
    """The Python that runs a body, and the one of its cells where that is not the same."""
    if job.container is not None:
        return job.container.python, None
    if home is None:
        return child.own(), None
    # What drives a notebook need not be in the environment of its cells.
    inside = python_of(home)
    return (child.own(), inside) if spec["kind"] == "notebook" else (inside, None)


def _keep_notebook(job: Job, desk: Path) -> None:
    """Puts a notebook as it came out beside the log of its step."""
    with suppress(FileNotFoundError):
        shutil.move(desk / child.EXECUTED, Path(job.log).with_suffix(".ipynb"))


def _run(job: Job, command: Command, environment: Mapping[str, str], host: Host) -> process.Ended:
    with open(job.log, "ab") as log:
        try:
            return process.run(
                command.argv,
                environment,
                command.folder,
                log,
                timeout=job.timeout,
                secrets=job.masked,
            )
        except FileNotFoundError as problem:
            raise BodyError(f"there is no program {problem.filename}") from None
        finally:
            if job.container is not None:
                job.container.remove()
            # What hid from its process group in a session of its own is a child of ours by now.
            end_children(but=host.pid)


def _masked(job: Job, text: str) -> str:
    return process.mask(
        text.encode("utf-8", "backslashreplace"), process.hidden(job.masked)
    ).decode()
