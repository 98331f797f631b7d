"""Environments of steps: a virtual environment per content, made once, in `.millpond/environments`.

One that is half made has no mark of completion, so nobody uses it: the next one who wants it makes
it anew. Whoever makes one holds its lock alone, whoever uses it together with others.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import assert_never

from ...runtime.child import Python
from ...runtime.environments import MARK, held, used
from ...runtime.process import run
from .code import PACKAGE, launcher
from .installers import Installer, installer, requirements_of_pylock
from .recipes import Form, NotMadeError, Recipe

_LINES = 12
_OFFLINE = (
    "failed to resolve",
    "name resolution",
    "name or service not known",
    "nodename nor servname",
    "dns error",
    "network is unreachable",
    "failed to establish a new connection",
    "error sending request",
    "connection refused",
    "could not connect",
    "proxyerror",
)


@contextmanager
def made(recipe: Recipe) -> Iterator[Path]:
    """The folder of the environment, made by whoever comes first, and there until the end.

    Raises `NotMadeError`.
    """
    place = recipe.place
    while True:
        with held(place):
            if (place / MARK).exists():
                used(place)
                yield place
                return
        with held(place, alone=True):
            if not (place / MARK).exists():
                shutil.rmtree(place, ignore_errors=True)
                _make(recipe, place)


def _make(recipe: Recipe, place: Path) -> None:
    log = Path(f"{place}.log")
    tool = installer(dict(recipe.variables).get("PATH"))
    with tempfile.TemporaryDirectory(prefix="millpond-") as scratch:
        try:
            with log.open("wb") as printed:
                for command in _commands(recipe, tool, place, Path(scratch)):
                    printed.write(f"$ {' '.join(command)}\n".encode())
                    printed.flush()
                    folder = recipe.folder if recipe.folder.is_dir() else Path(scratch)
                    variables = {**dict(recipe.variables), **tool.variables}
                    ended = run(command, variables, folder, printed)
                    if ended.code != 0:
                        raise NotMadeError(_why(recipe, ended.code, log))
        except (OSError, ValueError) as problem:
            raise NotMadeError(f"its environment could not be made: {problem}") from None
    mark = {"python": recipe.python.version, "from": recipe.name or recipe.form.value}
    half = place / f"{MARK}.half"
    half.write_text(json.dumps(mark) + "\n", encoding="utf-8")
    half.rename(place / MARK)


def _commands(recipe: Recipe, tool: Installer, place: Path, scratch: Path) -> list[tuple[str, ...]]:
    """What makes an empty environment, fills it, and looks whether a lock was all of it."""
    program = str(place / "bin" / "python")
    commands = [tool.empty(recipe.python, place)]
    listed = scratch / "requirements.txt"
    match recipe.form:
        case Form.NOTHING:
            pass
        case Form.PACKAGES:
            commands.append(tool.install(program, *recipe.text.splitlines()))
        case Form.REQUIREMENTS:
            commands.append(tool.install(program, "-r", str(_file(recipe, listed))))
        case Form.LOCK:
            commands.append(tool.install(program, "--no-deps", "-r", str(_file(recipe, listed))))
            commands.append(tool.check(program))
        case Form.PYLOCK:
            listed.write_text(requirements_of_pylock(recipe.text, recipe.folder), encoding="utf-8")
            commands.append(tool.install(program, "--no-deps", "-r", str(listed)))
        case Form.UV_LOCK:
            if _file(recipe, listed) == listed:
                raise ValueError(f"{recipe.folder / recipe.name} is not the lock that was read")
            commands.append(tool.export(recipe.folder, listed))
            commands.append(tool.install(program, "--no-deps", "-r", str(listed)))
        case _:
            assert_never(recipe.form)
    return commands


def _file(recipe: Recipe, copy: Path) -> Path:
    """The list itself where it still says the same, as it may name files beside it; else a copy."""
    path = recipe.folder / recipe.name
    with suppress(OSError):
        if path.read_text("utf-8", "replace") == recipe.text:
            return path
    copy.write_text(recipe.text, encoding="utf-8")
    return copy


def _why(recipe: Recipe, code: int, log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("$ ")]
    what = f"from {recipe.name}" if recipe.name else f"with Python {recipe.python.version}"
    parts = [f"its environment could not be made {what} (exit code {code})"]
    if code < 0:
        parts[0] = f"making its environment was ended by {signal.Signals(-code).name}"
    if any(word in "\n".join(said).lower() for word in _OFFLINE):
        parts.append("the package index could not be reached; is this machine offline?")
    parts += [f"  {line}" for line in said[-_LINES:]]
    parts.append(f"all of it: {log}")
    return "\n".join(parts)


def python_of(place: Path) -> Python:
    """What runs bodies in a made environment."""
    return Python(str(place / "bin" / "python"), str(launcher(place.parents[1])), PACKAGE)


def on_path(place: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a body with the environment's programs before all others."""
    path = os.pathsep.join((str(place / "bin"), environment["PATH"]))
    return {**environment, "PATH": path}
