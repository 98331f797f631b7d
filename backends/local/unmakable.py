"""Environments that this machine cannot make, said with their place before anything starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePath

from ...compiler.diagnostics.diagnostic import Diagnostic, Label, error
from ...compiler.ir.nodes import Task
from ...compiler.ir.settings import Environment
from ...compiler.passes.pins import entries
from ...compiler.project import LOCK
from ...compiler.types.requirement import EDITABLE, flaw
from .interpreters import OLDEST, find, installed, is_version
from .recipes import Form, form_of, is_wanted

_OTHER_LOCKS = {
    "poetry.lock": "`poetry export --output requirements.lock`",
    "pdm.lock": "`pdm export --output requirements.lock`",
    "Pipfile.lock": "`pipenv requirements > requirements.lock`",
}


def unmakable(task: Task, folder: Path) -> Iterator[Diagnostic]:
    """Why the environment that a task declares cannot be made here. `folder` is the program's."""
    if not is_wanted(task):
        return
    environment = task.settings.environment
    yield from _ambiguous(task, environment)
    yield from _options(task, environment)
    if environment.python is not None:
        yield from _python(task, environment.python)
    if environment.lockfile is not None:
        yield from _lock(task, environment.lockfile[0], folder)
    listed = [
        (PurePath(path).name, text, folder / PurePath(path).parent)
        for path, text in filter(None, (environment.requirements, environment.lockfile))
        if form_of(path) is Form.LOCK
    ]
    listed.append(("packages", "\n".join(environment.packages), folder))
    for name, text, beside in listed:
        yield from _folders(task, name, text, beside)


def _refusal(task: Task, key: str, label: str, *notes: str, help_: tuple[str, ...]) -> Diagnostic:
    span = task.settings.span(f"environment.{key}") or task.settings.span("environment")
    labels = [Label(task.definition.span, "the step")] if span is not None else []
    return error(
        "MLP0903",
        f"this machine cannot make the environment of `{task.definition.name}`",
        span or task.definition.span,
        label,
        labels=labels,
        notes=list(notes),
        help=list(help_),
    )


def _ambiguous(task: Task, environment: Environment) -> Iterator[Diagnostic]:
    lock = environment.lockfile
    if lock is not None and PurePath(lock[0]).name == LOCK:
        # What the requirements came to stands beside them.
        return
    said = {
        "lockfile": environment.lockfile,
        "requirements": environment.requirements,
        "packages": environment.packages,
    }
    names = [name for name, value in said.items() if value]
    if len(names) > 1:
        listed = " and ".join(f"`{name}`" for name in names)
        yield _refusal(task, names[-1], f"{listed}: which of them?", help_=("keep one of them",))


def _options(task: Task, environment: Environment) -> Iterator[Diagnostic]:
    """What is no requirement, from wherever it comes: a file's own the checker has seen."""
    for entry in environment.packages:
        wrong = flaw(entry)
        if wrong is not None:
            help_ = ('write for example `"pandas==2.2.3"`',)
            yield _refusal(
                task, "packages", f"`packages` takes requirements; {entry!r} {wrong}", help_=help_
            )


def _python(task: Task, wanted: str) -> Iterator[Diagnostic]:
    if not is_version(wanted):
        help_ = ('write the version alone, as in `python = "3.12"`',)
        yield _refusal(task, "python", f"`{wanted}` is no version of Python", help_=help_)
        return
    path = os.environ.get("PATH")
    found = find(wanted, path)
    if found is None:
        have = ", ".join(f"{each.version} ({each.program})" for each in installed(path))
        minor = ".".join(wanted.split(".")[:2])
        yield _refusal(
            task,
            "python",
            f"there is no Python {wanted} here",
            f"found {have}",
            help_=(
                f"install it: `uv python install {wanted}`, or `pyenv install {wanted}`",
                f"or put `python{minor}` on the PATH",
            ),
        )
    elif found.is_old:
        oldest = ".".join(map(str, OLDEST))
        yield _refusal(
            task,
            "python",
            f"Python {found.version} is too old for the launcher",
            help_=(f"name {oldest} or a newer one",),
        )


def _lock(task: Task, path: str, folder: Path) -> Iterator[Diagnostic]:
    name = PurePath(path).name
    if name in _OTHER_LOCKS or name.endswith((".yml", ".yaml", ".json")):
        way = _OTHER_LOCKS.get(name, "a list of requirements with `==`")
        yield _refusal(
            task,
            "lockfile",
            f"`{name}` is no lock that can be read",
            "read are `uv.lock`, `pylock.toml`, and requirements that pin every package",
            help_=(f"write it down as requirements: {way}",),
        )
    elif form_of(path) is Form.UV_LOCK:
        if shutil.which("uv") is None:
            yield _refusal(
                task,
                "lockfile",
                "only uv reads a `uv.lock`",
                "there is no uv on the PATH",
                help_=(
                    "install uv",
                    "or name its export: `uv export --output-file requirements.lock`",
                ),
            )
        elif not (folder / path).with_name("pyproject.toml").is_file():
            yield _refusal(
                task,
                "lockfile",
                "uv reads its lock beside a `pyproject.toml`",
                f"there is none in {(folder / path).parent}",
                help_=("name the lock where it lies in its project",),
            )


def _folders(task: Task, name: str, text: str, beside: Path) -> Iterator[Diagnostic]:
    for entry in entries(text):
        words = entry.split()
        if words[0] in EDITABLE or (beside / words[0].removeprefix("file://")).is_dir():
            yield _refusal(
                task,
                name if name == "packages" else "requirements",
                f"`{entry}` in {name} is a folder",
                "its content may change at any time, and the results with it",
                help_=(
                    "modules of the project need no package: `python-path` in `mlp.toml` says "
                    "where they lie",
                    "or name a wheel that was built from it",
                ),
            )
