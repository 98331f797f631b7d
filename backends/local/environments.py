"""Environments of steps: a virtual environment per content, made once, in `.millpond/environments`.

One that is half made has no mark of completion, so nobody uses it: the next one who wants it makes
it anew. Whoever makes one holds its lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath

from ...compiler.ir.values import ContainerBody, Environment, ShellBody, Task
from ...compiler.passes.keys import PYTHON
from ...compiler.passes.pins import entries
from ...runtime.child import Python
from ...runtime.process import run
from .code import PACKAGE, launcher
from .installers import Installer, installer, requirements_of_pylock
from .interpreters import Interpreter, find

_FORM = 1  # of what is made from a recipe; part of every name
_LINES = 12
_DONE = "made.json"
# What installers read of the user's own settings: indexes, proxies, certificates, caches.
_STARTS = ("PIP_", "UV_")
_NAMES = frozenset(
    "PATH HOME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME NETRC SSL_CERT_FILE "
    "SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY "
    "TMPDIR".split()
)
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


class NotMadeError(Exception):
    """An environment cannot be made; in the user's words, with the end of what was printed."""


class Form(Enum):
    """How the packages of an environment are said."""

    NOTHING = "nothing"
    PACKAGES = "packages"
    REQUIREMENTS = "requirements"
    LOCK = "lock"
    PYLOCK = "pylock"
    UV_LOCK = "uv.lock"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an environment is made of. `text` is a file's content, or one package on each line;
    `folder` is where the paths in it lead from. `variables` are for the installer alone."""

    python: Interpreter
    form: Form
    text: str
    name: str
    folder: Path
    home: Path
    variables: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """The name of what comes out: all that decides on it, files beside the list included."""
        said = [_FORM, self.python.program, self.python.version, self.form.value, self.text]
        content = json.dumps([*said, self._beside()])
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def _beside(self) -> dict[str, str]:
        """The files that a list of requirements names by path, and what they hold."""
        if self.form not in (Form.REQUIREMENTS, Form.LOCK, Form.PACKAGES):
            return {}
        words = [word for entry in entries(self.text) for word in entry.replace("=", " ").split()]
        found: dict[str, str] = {}
        for word in words:
            place = self.folder / word.removeprefix("file://")
            with suppress(OSError, ValueError):
                if place.is_file():
                    found[word] = hashlib.sha256(place.read_bytes()).hexdigest()
        return found

    @property
    def place(self) -> Path:
        return self.home / self.digest


def is_wanted(task: Task) -> bool:
    """Whether a task says what its environment holds, and runs in it here."""
    environment, body = task.settings.environment, task.definition.body
    if environment.image is not None or isinstance(body, ContainerBody):
        return False
    listed = environment.lockfile or environment.requirements or environment.packages
    # A script finds the declared Python under the name `python`; a function is run by it anyway.
    same = environment.python in ((None,) if isinstance(body, ShellBody) else (None, PYTHON))
    return bool(listed) or not same


def recipe_of(task: Task, folder: Path, state: Path, outer: Mapping[str, str]) -> Recipe | None:
    """The recipe of a task's environment; None where it runs in the one of `mlp` itself.

    The Python it names is there: `refusals.py` has seen to that. `folder` is the program's.
    """
    if not is_wanted(task):
        return None
    environment = task.settings.environment
    python = find(environment.python, outer.get("PATH"))
    if python is None:
        raise NotMadeError(f"there is no Python {environment.python} on this machine any more")
    form, path, text = _said(environment)
    variables = {n: v for n, v in outer.items() if n.upper() in _NAMES or n.startswith(_STARTS)}
    return Recipe(
        python,
        form,
        text,
        PurePath(path).name,
        (folder / path).parent if path else folder,
        state / "environments",
        tuple(sorted(variables.items())),
    )


def _said(environment: Environment) -> tuple[Form, str, str]:
    if environment.lockfile is not None:
        return form_of(environment.lockfile[0]), *environment.lockfile
    if environment.requirements is not None:
        return Form.REQUIREMENTS, *environment.requirements
    if environment.packages:
        return Form.PACKAGES, "", "\n".join(sorted(environment.packages))
    return Form.NOTHING, "", ""


def form_of(lock: str) -> Form:
    """The format of a lock, by its name."""
    name = PurePath(lock).name
    if name == "uv.lock":
        return Form.UV_LOCK
    if name.startswith("pylock") and name.endswith(".toml"):
        return Form.PYLOCK
    return Form.LOCK


def made(recipe: Recipe) -> Path:
    """The folder of the environment, made by whoever comes first. Raises `NotMadeError`."""
    place = recipe.place
    if (place / _DONE).exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{place}.lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / _DONE).exists():
            shutil.rmtree(place, ignore_errors=True)
            _make(recipe, place)
    return place


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
    half = place / f"{_DONE}.half"
    half.write_text(json.dumps(mark) + "\n", encoding="utf-8")
    half.rename(place / _DONE)


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
            commands.append(tool.export(recipe.folder, listed))
            commands.append(tool.install(program, "--no-deps", "-r", str(listed)))
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
