"""Recipes: what the environment of a step is made of, and the name that follows from it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath

from ...compiler.ir.definitions import ContainerBody, ShellBody
from ...compiler.ir.nodes import Task
from ...compiler.ir.settings import Environment
from ...compiler.passes.keys import PYTHON
from ...compiler.passes.pins import entries, ways
from .interpreters import Interpreter, find

_FORM = 1  # of what is made from a recipe; part of every name
# What installers read of the user's own settings: indexes, proxies, certificates, caches.
_STARTS = ("PIP_", "UV_")
_NAMES = frozenset(
    "PATH HOME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME NETRC SSL_CERT_FILE "
    "SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY "
    "TMPDIR".split()
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
    form, path, text = _said(environment, folder)
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


def _said(environment: Environment, folder: Path) -> tuple[Form, str, str]:
    if environment.lockfile is not None:
        path, text = environment.lockfile
        if environment.requirements is not None:
            # What they came to stands in `mlp.lock`, how to reach it in themselves.
            text = "".join((*_ways(environment.requirements[1], (folder / path).parent), text))
        return form_of(path), path, text
    if environment.requirements is not None:
        return Form.REQUIREMENTS, *environment.requirements
    if environment.packages:
        return Form.PACKAGES, "", "\n".join(sorted(environment.packages))
    return Form.NOTHING, "", ""


def _ways(text: str, beside: Path) -> Iterator[str]:
    """The options of a list that say how packages are reached, from wherever it is installed."""
    for entry in ways(text):
        option, _, value = re.sub(r"[\s=]+", " ", entry, count=1).partition(" ")
        place = beside / value
        yield f"{option} {place.resolve() if value and place.exists() else value}".strip() + "\n"


def form_of(lock: str) -> Form:
    """The format of a lock, by its name."""
    name = PurePath(lock).name
    if name == "uv.lock":
        return Form.UV_LOCK
    if name.startswith("pylock") and name.endswith(".toml"):
        return Form.PYLOCK
    return Form.LOCK
